"""Training steps in machine code: the programs of a step, and the loop over steps, in one module.

Parameters, the optimizer's state and the gradients are the columns of one block: `p s1 ... sk g`, each long enough for the
parameters, the Values from outside behind them (in the first column), the loss and other sums behind the gradients (in the last).
The update runs over vectors of parameters, and so does a penalty that is the same for every parameter (see `terms`).

The samples of all mini-batches are listed one after the other, those of a step that go one way through the loss together and
filled up to whole vectors with more of the last; `groups` says for each step and way where its part begins and how long
it is.
"""

import ctypes
from array import array
from typing import TYPE_CHECKING, Any

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm.emit import Emitter
from autograd_lite.compiler.llvm.native import load, natural_lanes
from autograd_lite.compiler.llvm.run import effort, length, longest_part
from autograd_lite.compiler.llvm.steps import declarations
from autograd_lite.compiler.llvm.terms import terms
from autograd_lite.compiler.llvm.ways import call_ways
from autograd_lite.compiler.lowering import lowered
from autograd_lite.compiler.reorder import interleaved
from autograd_lite.compiler.vectormath import VECTOR_FORMS

if TYPE_CHECKING:
    from autograd_lite.compiler.pieces import Pieces

_TRAIN = ctypes.CFUNCTYPE(
    ctypes.c_int64, *[ctypes.c_void_p] * 5, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64,
    ctypes.c_void_p,
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
        #: Parameters whose penalty is computed at once: several vectors, because each addition waits for the one before.
        self.wide = 4 * natural_lanes()
        longest = max([kernel.shared for kernel in pieces.samples] + [count + 1 + pieces.metrics])
        self.stride = -(-longest // self.wide) * self.wide
        self.length = 0
        self.source = self._module()
        self.function = _TRAIN(load(self.source, effort(self.length)).address("train"))
        self.block = array("d", bytes(8 * self.stride * (2 + pieces.slots)))
        self.ready = False
        self.rows = array("d")
        self.ways: list[int] = []
        self._whole: Any = None

    def load(self, rows: list[list[float]], ways: list[int]) -> None:
        """Keep the data set, one sample after the other."""
        self.rows = array("d", [number for row in rows for number in row] or [0.0])
        self.width, self.ways = len(rows[0]), ways
        self._whole = None

    def steer(self, ways: list[int]) -> None:
        """Send samples other ways through the loss."""
        self.ways, self._whole = ways, None

    def write(self, numbers: list[float], outside: list[float], state: list[list[float]]) -> None:
        """Take the parameters, the Values from outside and the optimizer's state."""
        block, count = self.block, self.count
        block[:count] = array("d", numbers)
        if outside:
            first = count + -count % 8
            block[first : first + len(outside)] = array("d", outside)
        for k, column in enumerate(state, 1):
            block[k * self.stride : k * self.stride + count] = array("d", column)
        self.ready = True

    def read(self) -> tuple[list[float], list[list[float]]]:
        """The parameters and the state."""
        columns = [self.block[k * self.stride : k * self.stride + self.count].tolist() for k in range(1 + self.pieces.slots)]
        return columns[0], columns[1:]

    def slopes(self) -> list[float]:
        """The gradient of the last step."""
        first = (1 + self.pieces.slots) * self.stride
        return self.block[first : first + self.count].tolist()

    def metrics(self) -> list[float]:
        """The metrics of the last step."""
        first = (1 + self.pieces.slots) * self.stride + self.count + 1
        return self.block[first : first + self.pieces.metrics].tolist()

    def gradient(self, chosen: Any) -> tuple[float, list[float]]:
        """Loss and gradient on one mini-batch."""
        losses = self._call(chosen, [[0.0] * self.pieces.update.shared], update=False)
        return losses[0], self.slopes()

    def run(self, chosen: Any, table: list[list[float]]) -> list[float]:
        """All the steps; gives their losses."""
        return self._call(chosen, table, update=True) if table else []

    def _call(self, chosen: Any, table: list[list[float]], update: bool) -> list[float]:
        offsets, weights, groups = self._batches(chosen)
        advance = 0 if isinstance(chosen, int) else 2 * len(self.pieces.samples)
        losses = array("d", bytes(8 * len(table)))
        rates = array("d", [rate for row in table for rate in row] or [0.0])
        where = array("q", (0, 0))
        at = [one.buffer_info()[0] for one in (self.block, self.rows, offsets, weights, groups, rates, losses, where)]
        flip = self.function(*at[:5], advance, len(table), at[5], at[6], int(update), at[7])
        if flip >= 0:
            from autograd_lite.compiler.pieces import Interrupted

            raise Interrupted(where[0], where[1], flip, losses[: where[0]].tolist())
        return losses.tolist()

    def _batches(self, chosen: Any) -> tuple[Any, Any, Any]:
        """Where each sample begins, its weight, and the groups."""
        if not isinstance(chosen, int):
            return self._listed(chosen)
        if self._whole is None:
            self._whole = self._listed([range(len(self.ways))])
        return self._whole  # type: ignore[no-any-return]

    def _listed(self, batches: Any) -> tuple[Any, Any, Any]:
        offsets, weights, groups = array("q"), array("d"), array("q")
        width, ways, count = self.width, self.ways, len(self.pieces.samples)
        for batch in batches:
            weight = 1.0 / len(batch)
            parts: list[Any] = [batch]
            if count > 1:
                parts = [[] for _ in range(count)]
                for k in batch:
                    parts[ways[k]].append(k)
            for part in parts:
                missing = -len(part) % self.lanes
                groups.extend((len(offsets), len(part) + missing))
                if part:
                    offsets.extend([k * width for k in part])
                    offsets.extend([part[-1] * width] * missing)
                    weights.extend(spread(weight, len(part), missing))
        return offsets, weights, groups

    # --- the module --------------------------------------------------------------------------------------------------

    def _module(self) -> str:
        declared: dict[str, str] = {}
        functions: list[str] = []
        parts: list[tuple[str, Kernel, int, dict[str, bool]]] = [
            (f"sample{k}", kernel, self.lanes, {"weighted": True}) for k, kernel in enumerate(self.pieces.samples)
        ]
        parts.append(("update", self.pieces.update, natural_lanes(), {"columns": True}))
        if self.pieces.penalty is not None:
            parts += self._penalty(self.pieces.penalty)
        for name, kernel, lanes, options in parts:
            program = lowered(kernel.program, VECTOR_FORMS if lanes > 1 else None)
            size = length(program)
            self.length += size
            small = Kernel(program, kernel.shared, kernel.summed)
            emitter = Emitter(small, lanes, contract=True, longest=longest_part(size), **options)
            functions += emitter.functions(name)
            declared |= emitter.declared
        return "\n".join([*declarations(declared), *functions, self._train()]) + "\n"

    def _penalty(self, kernel: Kernel) -> list[tuple[str, Kernel, int, dict[str, bool]]]:
        """The penalty in vectors, `penalty` and `rest`, if it can be; else with its sums in several parts."""
        program = lowered(kernel.program)
        found = terms(program)
        self.in_vectors = found is not None
        if found is None:
            return [("penalty", Kernel(interleaved(program), kernel.shared, kernel.summed), 1, {})]
        return [
            ("penalty", Kernel(found.term, 0, 1), self.wide, {"columns": True}),
            ("rest", Kernel(found.rest, 1, 1), 1, {}),
        ]

    def _train(self) -> str:
        """The loop over steps: clear the gradients, add up every way's, the penalty's, note the loss, update."""
        slots, count = self.pieces.slots, self.count
        V = f"<{self.lanes} x double>" if self.lanes > 1 else "double"
        sums = count + 1 + self.pieces.metrics
        lines = [
            "define i64 @train(ptr %block, ptr %rows, ptr %offsets, ptr %weights, ptr %groups, i64 %advance, i64 %steps, "
            "ptr %rates, ptr %losses, i64 %update, ptr %where) nounwind {",
            "entry:",
            f"  %totals = alloca [{sums} x {V}], align {8 * self.lanes}",
            "  %sum = alloca double",
            "  br label %zero",
            "zero:",
            "  %z = phi i64 [ 0, %entry ], [ %z.next, %zero ]",
            f"  %z.at = getelementptr inbounds {V}, ptr %totals, i64 %z",
            f"  store {V} {'zeroinitializer' if self.lanes > 1 else '0.0'}, ptr %z.at",
            "  %z.next = add i64 %z, 1",
            f"  %z.more = icmp ult i64 %z.next, {sums}",
            "  br i1 %z.more, label %zero, label %begin",
            "begin:",
            f"  %slopes = getelementptr inbounds double, ptr %block, i64 {(1 + slots) * self.stride}",
            f"  %at.loss = getelementptr inbounds double, ptr %slopes, i64 {count}",
            "  %at.way = getelementptr inbounds i64, ptr %where, i64 1",
            "  br label %step",
            "step:",
            "  %s = phi i64 [ 0, %begin ], [ %s.next, %next ]",
            "  %first = mul i64 %s, %advance",
            "  %mine = getelementptr inbounds i64, ptr %groups, i64 %first",
            "  br label %clear",
            "clear:",
            "  %k = phi i64 [ 0, %step ], [ %k.next, %clear ]",
            "  %k.at = getelementptr inbounds double, ptr %slopes, i64 %k",
            "  store <8 x double> zeroinitializer, ptr %k.at, align 8",
            "  %k.next = add i64 %k, 8",
            f"  %k.on = icmp ult i64 %k.next, {count + 1 + self.pieces.metrics}",
            "  br i1 %k.on, label %clear, label %way0",
        ]

        def leave(way: int) -> list[str]:
            return ["  store i64 %s, ptr %where", f"  store i64 {way}, ptr %at.way", f"  ret i64 %flip{way}"]

        lines += call_ways(len(self.pieces.samples), "%mine", "%slopes", "penalize", leave)
        lines += [
            "penalize:",
            *self._penalty_calls(),
            "  %loss = load double, ptr %at.loss",
            "  %to.loss = getelementptr inbounds double, ptr %losses, i64 %s",
            "  store double %loss, ptr %to.loss",
            "  %wanted = icmp ne i64 %update, 0",
            "  br i1 %wanted, label %change, label %next",
            "change:",
            f"  %at.rates = mul i64 %s, {self.pieces.update.shared}",
            "  %my.rates = getelementptr inbounds double, ptr %rates, i64 %at.rates",
            f"  %u = call i64 @update(ptr %my.rates, ptr %my.rates, ptr %block, ptr inttoptr (i64 {self.stride} to ptr), "
            f"ptr null, i64 {count}, ptr %at.loss, ptr %block)",
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

    def _penalty_calls(self) -> list[str]:
        """The penalty's gradients and itself, added to those of the samples."""
        if self.pieces.penalty is None:
            return []
        if not self.in_vectors:
            return [
                "  %p = call i64 @penalty(ptr %block, ptr %block, ptr null, ptr null, ptr null, i64 1, ptr %slopes, ptr null)"
            ]
        apart = (1 + self.pieces.slots) * self.stride
        return [
            "  store double 0.0, ptr %sum",
            f"  %p = call i64 @penalty(ptr null, ptr null, ptr %block, ptr inttoptr (i64 {apart} to ptr), ptr null, "
            f"i64 {self.count}, ptr %sum, ptr %slopes)",
            "  %r = call i64 @rest(ptr %sum, ptr %sum, ptr null, ptr null, ptr null, i64 1, ptr %at.loss, ptr null)",
        ]


def spread(weight: float, count: int, missing: int) -> list[float]:
    """The weights of samples, and of as many more of the last as fill a vector: these share its weight.

    With a weight of 0 instead an infinity in the last sample would become nan.

    >>> spread(0.25, 2, 1)
    [0.25, 0.125, 0.125]
    """
    return [weight] * (count - 1) + [weight / (missing + 1)] * (missing + 1)


__all__ = ["LlvmRunner", "spread"]
