"""Training steps in machine code: the programs of a step, and the loop over steps, in one module.

Parameters, the optimizer's state and the gradients are the columns of one block: `p s1 ... sk g`, each long enough for the
parameters, the Values from outside behind them (in the first column), the loss and other sums behind the gradients (in the last).
The update runs over vectors of parameters, and so does a penalty that is the same for every parameter (see `terms`).

The samples of all mini-batches are listed one after the other, those of a step that go with one program together and
filled up to whole vectors with more of the last; `groups` says for each step, thread and program where its part begins and how
long it is.
"""

import ctypes
import threading
from array import array
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from autograd_lite.compiler.checks import PLACE, checked
from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm.emit import Module
from autograd_lite.compiler.llvm.native import load, natural_lanes
from autograd_lite.compiler.llvm.terms import terms
from autograd_lite.compiler.llvm.training_loop import SHIFT, TrainingLoop
from autograd_lite.compiler.lowering import lowered
from autograd_lite.compiler.reorder import interleaved
from autograd_lite.compiler.step_kernels import Interrupted, StepKernels
from autograd_lite.compiler.ties import guards_outside
from autograd_lite.matrix import Matrix

_TRAIN = ctypes.CFUNCTYPE(
    ctypes.c_int64, *[ctypes.c_void_p] * 5, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64,
    ctypes.c_int64, *[ctypes.c_void_p] * 3,
)  # fmt: skip


class LlvmRunner:
    """Runs the kernels of a training step.

    Parameters
    ----------
    kernels : StepKernels
    count : int
        The number of parameters.
    threads : int, default 1
        How many share each mini-batch and the update.
    lanes : int, optional
        Samples computed at once by a thread.
    """

    def __init__(self, kernels: StepKernels, count: int, threads: int = 1, lanes: int | None = None) -> None:
        self.kernels, self.count, self.threads = kernels, count, threads
        self.lanes = natural_lanes() if lanes is None else lanes
        #: Parameters whose penalty is computed at once: several vectors, because each addition waits for the one before.
        self.wide = 4 * natural_lanes()
        self.sums = count + 1 + kernels.metrics
        penalty = [kernels.penalty] if kernels.penalty is not None else []
        longest = max([kernel.shared for kernel in (*kernels.samples, *penalty)] + [self.sums])
        self.stride = -(-longest // self.wide) * self.wide
        #: For each program of how many samples a part of a mini-batch is a multiple.
        self.source, self.function, self.groups = kernels.compiled((threads, self.lanes), self._compiled)
        #: Where the gradients begin in the block.
        self.first = (1 + kernels.slots) * self.stride
        self.block = array("d", bytes(8 * (self.first + self.stride)))
        #: For each of several threads gradients, loss and metrics of its samples.
        self.parts = array("d", bytes(8 * self.stride * threads * (threads > 1)))
        self.pool = _pool(threads - 1) if threads > 1 else None
        self.ready = False
        self.rows = array("d")
        self.variants: list[int] = []
        self._whole: Any = None

    def load(self, rows: Sequence[list[float]], variants: list[int]) -> None:
        """Keep the data set, one sample after the other, and which program each goes with."""
        self.rows = rows.numbers if isinstance(rows, Matrix) else array("d", [number for row in rows for number in row])
        self.rows = self.rows or array("d", [0.0])
        self.width = len(rows[0])
        self.assign(variants)

    def assign(self, variants: list[int]) -> None:
        """Send samples through other programs."""
        self.variants, self._whole = variants, None

    def write(self, numbers: list[float], outside: list[float], state: Sequence[Sequence[float]]) -> None:
        """Take the parameters, the Values from outside and the optimizer's state."""
        block, count = self.block, self.count
        block[:count] = array("d", numbers)
        if outside:
            first = count + -count % 8
            block[first : first + len(outside)] = array("d", outside)
        for k, column in enumerate(state, 1):
            block[k * self.stride : k * self.stride + count] = array("d", column)
        self.ready = True

    def read(self) -> tuple[Sequence[float], Sequence[Sequence[float]]]:
        """The parameters and the state, as they are now."""
        columns = [self.block[first : first + self.count] for first in range(0, self.first, self.stride)]
        return columns[0], columns[1:]

    def slopes(self) -> list[float]:
        """The gradient of the last step."""
        return self.block[self.first : self.first + self.count].tolist()

    def metrics(self) -> list[float]:
        """The metrics of the last step."""
        return self.block[self.first + self.count + 1 : self.first + self.sums].tolist()

    def gradient(self, chosen: Any) -> tuple[float, list[float]]:
        """Loss and gradient on one mini-batch."""
        losses = self._call(chosen, [[0.0] * self.kernels.update.shared], update=False)
        return losses[0], self.slopes()

    def run(self, chosen: Any, table: list[list[float]]) -> list[float]:
        """All the steps; gives their losses."""
        return self._call(chosen, table, update=True) if table else []

    def _call(self, chosen: Any, table: list[list[float]], update: bool) -> list[float]:
        offsets, weights, groups = self._batches(chosen)
        advance = 0 if isinstance(chosen, int) else 2 * len(self.kernels.samples) * self.threads
        losses = array("d", bytes(8 * len(table)))
        rates = array("d", [rate for row in table for rate in row] or [0.0])
        #: For each thread the guard that failed, if any, then whether one did; and the counter they wait at.
        failed, counter = array("q", bytes(8 * (self.threads + 1))), array("q", bytes(8))
        at = [one.buffer_info()[0] for one in (self.block, self.rows, offsets, weights, groups, rates, losses)]
        parts = self.parts.buffer_info()[0] if self.threads > 1 else at[0] + 8 * self.first
        own = [parts, failed.buffer_info()[0], counter.buffer_info()[0]]

        def thread(number: int) -> int:
            return int(self.function(*at[:5], advance, len(table), at[5], at[6], int(update), number, *own))

        others = [self.pool.submit(thread, number) for number in range(1, self.threads)] if self.pool else []
        done = thread(0)
        for one in others:
            one.result()
        if failed[-1]:
            variant, guard = divmod(next(filter(None, failed)) - 1, 1 << SHIFT)
            raise Interrupted(done, variant, guard, losses[:done].tolist())
        return losses.tolist()

    def _batches(self, chosen: Any) -> tuple[Any, Any, Any]:
        """Where each sample begins, its weight, and the groups."""
        if not isinstance(chosen, int):
            return self._listed(chosen)
        if self._whole is None:
            self._whole = self._listed([range(len(self.variants))])
        return self._whole  # type: ignore[no-any-return]

    def _listed(self, batches: Any) -> tuple[Any, Any, Any]:
        offsets, weights, groups = array("q"), array("d"), array("q")
        width, count = self.width, len(self.kernels.samples)
        for batch in batches:
            weight = 1.0 / len(batch)
            parts: list[Any] = [batch]
            if count > 1:
                parts = [[] for _ in range(count)]
                for k in batch:
                    parts[self.variants[k]].append(k)
            for number, share in enumerate(parts if self.threads == 1 else self._shares(parts)):
                missing = -len(share) % self.groups[number % count]
                groups.extend((len(offsets), len(share) + missing))
                if share:
                    offsets.extend([k * width for k in share])
                    offsets.extend([share[-1] * width] * missing)
                    weights.extend(spread(weight, len(share), missing))
        return offsets, weights, groups

    def _shares(self, parts: list[Any]) -> list[Any]:
        """Each part of a mini-batch in as many shares as there are threads, of whole vectors but for the last."""
        sizes = [-(-len(part) // (group * self.threads)) * group for part, group in zip(parts, self.groups, strict=True)]
        return [
            part[number * size : (number + 1) * size]
            for number in range(self.threads)
            for part, size in zip(parts, sizes, strict=True)
        ]

    def _compiled(self) -> tuple[str, Any, list[int]]:
        """The programs of a step and the loop: as text, and as a function; and for each program what is in `groups`."""
        kernels, module, groups, penalty = self.kernels, Module(), list[int](), ""

        def ready(kernel: Kernel, _: Any) -> Kernel:
            return checked(kernel, machine=True) if kernels.checked else kernel

        for k, kernel in enumerate(kernels.samples):
            kernel = guards_outside(kernel, ready, PLACE)
            groups.append(module.add(f"sample{k}", kernel, self.lanes, contract=True, weighted=True))
        module.add("update", kernels.update, natural_lanes(), contract=True, columns=True)
        if kernels.penalty is not None:
            poisoned = checked(kernels.penalty, machine=True, tested=kernels.penalty.program.outputs[-1:], poisoned=True)
            program = lowered(poisoned.program)
            if program.loops.sizes:
                penalty = "scalar"
                module.add("penalty", poisoned, natural_lanes(), contract=True)
            elif (found := terms(program)) is None:  # with its sums in several parts
                penalty = "scalar"
                module.add("penalty", replace(kernels.penalty, program=interleaved(program)), 1, contract=True)
            else:
                penalty = "vectors"
                term, rest = found
                module.add("penalty", Kernel(term, 0, 1), self.wide, contract=True, columns=True)
                module.add("rest", Kernel(rest, 1, 1), 1, contract=True)
        straight = any(not kernel.program.loops.sizes for kernel in kernels.samples)
        loop = TrainingLoop(
            self.lanes, self.threads, len(kernels.samples), self.count, self.sums, self.stride, kernels.slots,
            kernels.update.shared, penalty, self.sums if straight else 1,
        )  # fmt: skip
        source = module.text(loop.text())
        return source, load(source, module.effort).function(_TRAIN, "train"), groups


def spread(weight: float, count: int, missing: int) -> list[float]:
    """The weights of samples, and of as many more of the last as fill a vector: these share its weight.

    With a weight of 0 instead an infinity in the last sample would become nan.

    >>> spread(0.25, 2, 1)
    [0.25, 0.125, 0.125]
    """
    return [weight] * (count - 1) + [weight / (missing + 1)] * (missing + 1)


def _pool(count: int) -> ThreadPoolExecutor:
    """So many threads, all there before one of them waits in machine code."""
    pool, ready = ThreadPoolExecutor(count, "autograd-lite"), threading.Barrier(count + 1)
    for _ in range(count):
        pool.submit(ready.wait)
    ready.wait()
    return pool
