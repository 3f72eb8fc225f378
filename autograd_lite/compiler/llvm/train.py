"""Training steps in machine code: the three programs of a step, and the loop over steps, in one module.

Parameters, the optimizer's state and the gradients are the columns of one block: `p s1 ... sk g`, each long enough for the
parameters, the Values from outside behind them, and (in the last column) the loss behind the gradients.
"""

import ctypes
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm.emit import Emitter
from autograd_lite.compiler.llvm.native import load, natural_lanes
from autograd_lite.compiler.llvm.run import PART, effort, length
from autograd_lite.compiler.llvm.steps import declarations
from autograd_lite.compiler.lowering import lowered
from autograd_lite.compiler.vectormath import VECTOR_FORMS

if TYPE_CHECKING:
    from autograd_lite.compiler.step import Pieces

_TRAIN = ctypes.CFUNCTYPE(
    ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, *[ctypes.c_int64] * 3,
    ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64,
)  # fmt: skip


class LlvmRunner:
    """Runs the pieces of a step.

    Parameters
    ----------
    pieces : Pieces
    count : int
        The number of parameters.
    lanes : int, optional
        Samples computed at once.
    """

    def __init__(self, pieces: "Pieces", count: int, lanes: int | None = None) -> None:
        self.pieces, self.count = pieces, count
        self.lanes = natural_lanes() if lanes is None else lanes
        self.stride = -(-max(pieces.sample.shared, count + 1) // 8) * 8
        self.source = self._module()
        self.function = _TRAIN(load(self.source, effort(self.length)).address("train"))
        self.rows = array("d")
        self.samples = 0

    def load(self, rows: list[list[float]]) -> None:
        """Keep the data set, one sample after the other."""
        self.rows = array("d", [number for row in rows for number in row] or [0.0])
        self.samples = len(rows)
        self._whole: tuple[array[int], array[float]] | None = None

    def gradient(self, numbers: Sequence[float], outside: Sequence[float], chosen: Any) -> Any:
        """Loss and gradient on one mini-batch, or the number of a guard."""
        state = [[0.0] * self.count] * self.pieces.slots
        result = self._call(numbers, outside, state, chosen, [[0.0] * self.pieces.update.shared], update=False)
        if isinstance(result, int):
            return result
        block, losses = result
        first = (1 + self.pieces.slots) * self.stride
        return losses[0], block[first : first + self.count].tolist()

    def run(
        self, numbers: list[float], outside: Sequence[float], state: list[list[float]], chosen: Any, table: list[list[float]]
    ) -> Any:
        """All the steps: the losses, and the parameters and state after them."""
        result = self._call(numbers, outside, state, chosen, table, update=True)
        if isinstance(result, int):
            return result
        block, losses = result
        columns = [block[k * self.stride : k * self.stride + self.count].tolist() for k in range(1 + self.pieces.slots)]
        return losses.tolist(), columns[0], columns[1:]

    def _call(
        self, numbers: Sequence[float], outside: Sequence[float], state: list[list[float]], chosen: Any,
        table: list[list[float]], update: bool,
    ) -> Any:  # fmt: skip
        padding = [0.0] * self.stride
        head = [*numbers, *[0.0] * (-self.count % 8), *outside]
        block = array("d", head + padding[len(head) :])
        for column in (*state, []):
            block.extend([*column, *padding[len(column) :]])
        offsets, weights, padded = self._batches(chosen)
        advance = 0 if isinstance(chosen, int) else padded
        losses = array("d", bytes(8 * max(1, len(table))))
        rates = array("d", [rate for row in table for rate in row] or [0.0])
        at = [buffer.buffer_info()[0] for buffer in (block, self.rows, offsets, weights, rates, losses)]
        flip = self.function(*at[:4], padded, advance, len(table), *at[4:], int(update))
        return int(flip) if flip >= 0 else (block, losses if table else losses[:0])

    def _batches(self, chosen: Any) -> tuple[Any, Any, int]:
        """Where each sample of each step begins, and its weight; a short batch is filled with samples of weight 0."""
        width = self.pieces.sample.mapped - 1
        if isinstance(chosen, int):
            padded = -(-self.samples // self.lanes) * self.lanes
            if self._whole is None:
                missing = padded - self.samples
                ends = [(self.samples - 1) * width] * missing
                self._whole = (
                    array("q", [*[k * width for k in range(self.samples)], *ends]),
                    array("d", [*[1.0 / self.samples] * self.samples, *[0.0] * missing]),
                )
            return *self._whole, padded
        padded = -(-max(map(len, chosen)) // self.lanes) * self.lanes if chosen else self.lanes
        offsets, weights = array("q"), array("d")
        for batch in chosen:
            missing = padded - len(batch)
            offsets.extend([k * width for k in batch])
            offsets.extend([batch[-1] * width] * missing)
            weights.extend([1.0 / len(batch)] * len(batch) + [0.0] * missing)
        return offsets, weights, padded

    # --- the module --------------------------------------------------------------------------------------------------

    def _module(self) -> str:
        declared: dict[str, str] = {}
        functions: list[str] = []
        self.length = 0
        parts = [("sample", self.pieces.sample, self.lanes, {"weighted": True})]
        parts.append(("update", self.pieces.update, natural_lanes(), {"columns": True}))
        if self.pieces.penalty is not None:
            parts.append(("penalty", self.pieces.penalty, 1, {}))
        for name, kernel, lanes, options in parts:
            program = lowered(kernel.program, VECTOR_FORMS if lanes > 1 else None)
            self.length += length(program)
            small = Kernel(program, kernel.shared, kernel.summed)
            emitter = Emitter(small, lanes, contract=True, longest=PART, **options)
            functions += emitter.functions(name)
            declared |= emitter.declared
        return "\n".join([*declarations(declared), *functions, self._train()]) + "\n"

    def _train(self) -> str:
        stride, slots, count = self.stride, self.pieces.slots, self.count
        slopes = (1 + slots) * stride
        null = "ptr null"
        lines = [
            "define i64 @train(ptr %block, ptr %rows, ptr %offsets, ptr %weights, i64 %count, i64 %advance, i64 %steps, "
            "ptr %rates, ptr %losses, i64 %update) nounwind {",
            "entry:",
            f"  %slopes = getelementptr inbounds double, ptr %block, i64 {slopes}",
            f"  %at.loss = getelementptr inbounds double, ptr %slopes, i64 {count}",
            f"  %extra = alloca [{count + 1} x double], align 64",
            "  %unused = alloca [8 x double], align 64",
            "  %any = icmp sgt i64 %steps, 0",
            "  br i1 %any, label %step, label %end",
            "step:",
            "  %s = phi i64 [ 0, %entry ], [ %s.next, %next ]",
            "  %first = mul i64 %s, %advance",
            "  %my.offsets = getelementptr inbounds i64, ptr %offsets, i64 %first",
            "  %my.weights = getelementptr inbounds double, ptr %weights, i64 %first",
            "  %flip = call i64 @sample(ptr %block, ptr %block, ptr %rows, ptr %my.offsets, ptr %my.weights, i64 %count, "
            "ptr %slopes, ptr null)",
            "  %bad = icmp sge i64 %flip, 0",
            "  br i1 %bad, label %leave, label %penalize",
            "leave:",
            "  ret i64 %flip",
            "penalize:",
        ]
        if self.pieces.penalty is not None:
            lines += [
                f"  %p = call i64 @penalty(ptr %block, ptr %block, {null}, {null}, {null}, i64 1, ptr %extra, {null})",
                "  br label %add",
                "add:",
                "  %k = phi i64 [ 0, %penalize ], [ %k.next, %add ]",
                "  %k.to = getelementptr inbounds double, ptr %slopes, i64 %k",
                "  %k.from = getelementptr inbounds double, ptr %extra, i64 %k",
                "  %k.old = load double, ptr %k.to",
                "  %k.more = load double, ptr %k.from",
                "  %k.new = fadd double %k.old, %k.more",
                "  store double %k.new, ptr %k.to",
                "  %k.next = add i64 %k, 1",
                f"  %k.on = icmp ult i64 %k.next, {count + 1}",
                "  br i1 %k.on, label %add, label %note",
            ]
        else:
            lines.append("  br label %note")
        lines += [
            "note:",
            "  %loss = load double, ptr %at.loss",
            "  %to.loss = getelementptr inbounds double, ptr %losses, i64 %s",
            "  store double %loss, ptr %to.loss",
            "  %wanted = icmp ne i64 %update, 0",
            "  br i1 %wanted, label %change, label %next",
            "change:",
            f"  %r = mul i64 %s, {self.pieces.update.shared}",
            "  %my.rates = getelementptr inbounds double, ptr %rates, i64 %r",
            f"  %u = call i64 @update(ptr %my.rates, ptr %my.rates, ptr %block, ptr inttoptr (i64 {stride} to ptr), {null}, "
            f"i64 {count}, ptr %unused, ptr %block)",
            "  br label %next",
            "next:",
            "  %s.next = add i64 %s, 1",
            "  %s.more = icmp slt i64 %s.next, %steps",
            "  br i1 %s.more, label %step, label %end",
            "end:",
            "  ret i64 -1",
            "}",
        ]
        return "\n".join(lines)


__all__ = ["LlvmRunner"]
