"""Training steps on several threads: each takes a part of every mini-batch, and all wait for one another inside the machine code.

Every thread runs the whole loop over steps.  In a step it adds up the gradients of its own samples in memory of its own; then
all threads add up the parts, each for some of the parameters and always in the order of the threads; then each updates its
parameters.  The parts depend on the number of threads alone, so the result is the same on every run with that many.

Between these stages they wait at a counter that each increments on arrival: waiting takes a fraction of a microsecond where the
processor has a core for each, and gives way to others where it has not.
"""

import ctypes
import os
import threading
from array import array
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from autograd_lite.compiler.llvm.native import load
from autograd_lite.compiler.llvm.run import effort
from autograd_lite.compiler.llvm.train import LlvmRunner, spread
from autograd_lite.compiler.llvm.ways import call_ways

if TYPE_CHECKING:
    from autograd_lite.compiler.pieces import Pieces

_TRAIN = ctypes.CFUNCTYPE(
    ctypes.c_int64, *[ctypes.c_void_p] * 5, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64,
    ctypes.c_int64, *[ctypes.c_void_p] * 3,
)  # fmt: skip
#: Looks at the counter before a thread gives way to others.
_SPINS = 4000
_YIELD = "SwitchToThread" if os.name == "nt" else "sched_yield"
_WAIT = f"""\
declare i32 @{_YIELD}() nounwind

define internal void @wait(ptr %counter, i64 %target) nounwind noinline {{
entry:
  %before = atomicrmw add ptr %counter, i64 1 seq_cst
  br label %look
look:
  %n = phi i64 [ 0, %entry ], [ %n.next, %again ], [ 0, %give ]
  %now = load atomic i64, ptr %counter seq_cst, align 8
  %all = icmp uge i64 %now, %target
  br i1 %all, label %on, label %again
again:
  %n.next = add i64 %n, 1
  %long = icmp ugt i64 %n.next, {_SPINS}
  br i1 %long, label %give, label %look
give:
  %ignored = call i32 @{_YIELD}()
  br label %look
on:
  ret void
}}
"""


class ThreadedRunner(LlvmRunner):
    """Runs the pieces of a step on several threads.

    Parameters
    ----------
    pieces : Pieces
    count : int
        The number of parameters.
    threads : int
        At least 2.
    lanes : int, optional
        Samples computed at once by a thread.
    """

    def __init__(self, pieces: "Pieces", count: int, threads: int, lanes: int | None = None) -> None:
        self.threads = threads
        super().__init__(pieces, count, lanes)
        self.function = _TRAIN(load(self.source, effort(self.length)).address("train"))
        #: For each thread gradients, loss and metrics of its samples; and for each the guard that failed, if any.
        self.parts = array("d", bytes(8 * self.stride * threads))
        self.pool = ThreadPoolExecutor(threads - 1, "autograd-lite")
        ready = threading.Barrier(threads)  # so that all threads are there before one of them waits in machine code
        for _ in range(threads - 1):
            self.pool.submit(ready.wait)
        ready.wait()

    def _call(self, chosen: Any, table: list[list[float]], update: bool) -> list[float]:
        offsets, weights, groups = self._batches(chosen)
        advance = 0 if isinstance(chosen, int) else 2 * len(self.pieces.samples) * self.threads
        losses = array("d", bytes(8 * len(table)))
        rates = array("d", [rate for row in table for rate in row] or [0.0])
        failed = array("q", bytes(8 * self.threads))
        counter = array("q", bytes(8))
        at = [one.buffer_info()[0] for one in (self.block, self.rows, offsets, weights, groups, rates, losses)]
        own = [one.buffer_info()[0] for one in (self.parts, failed, counter)]

        def thread(number: int) -> int:
            return int(self.function(*at[:5], advance, len(table), at[5], at[6], int(update), number, *own))

        others = [self.pool.submit(thread, number) for number in range(1, self.threads)]
        done = thread(0)
        for one in others:
            one.result()
        flips = [code - 1 for code in failed if code]
        if flips:
            from autograd_lite.compiler.pieces import Interrupted

            raise Interrupted(done, flips[0] >> 32, flips[0] & 0xFFFFFFFF, losses[:done].tolist())
        return losses.tolist()

    def _listed(self, batches: Any) -> tuple[Any, Any, Any]:
        """As for one thread, but each part of a mini-batch in as many parts as there are threads."""
        offsets, weights, groups = array("q"), array("d"), array("q")
        width, ways, count = self.width, self.ways, len(self.pieces.samples)
        for batch in batches:
            weight = 1.0 / len(batch)
            parts: list[list[int]] = [[] for _ in range(count)]
            for k in batch:
                parts[ways[k]].append(k)
            sizes = [-(-len(part) // (self.lanes * self.threads)) * self.lanes for part in parts]
            for number in range(self.threads):
                for part, size in zip(parts, sizes, strict=True):
                    mine = part[number * size : (number + 1) * size]
                    missing = -len(mine) % self.lanes
                    groups.extend((len(offsets), len(mine) + missing))
                    if mine:
                        offsets.extend([k * width for k in mine])
                        offsets.extend([mine[-1] * width] * missing)
                        weights.extend(spread(weight, len(mine), missing))
        return offsets, weights, groups

    # --- the loop ----------------------------------------------------------------------------------------------------

    def _train(self) -> str:
        """The loop over steps of one thread; gives the number of steps that all have done."""
        self._waits = 0
        V = f"<{self.lanes} x double>" if self.lanes > 1 else "double"
        sums = self.count + 1 + self.pieces.metrics
        lines = [
            _WAIT,
            "define i64 @train(ptr %block, ptr %rows, ptr %offsets, ptr %weights, ptr %groups, i64 %advance, i64 %steps, "
            "ptr %rates, ptr %losses, i64 %update, i64 %thread, ptr %parts, ptr %failed, ptr %counter) nounwind {",
            "entry:",
            f"  %totals = alloca [{sums} x {V}], align {8 * self.lanes}",
            "  %sum = alloca double",
            "  br label %zero",
            *_loop("zero", "entry", sums, 1, [
                f"  %zero.at = getelementptr inbounds {V}, ptr %totals, i64 %zero.k",
                f"  store {V} {'zeroinitializer' if self.lanes > 1 else '0.0'}, ptr %zero.at",
            ], "begin"),
            "begin:",
            f"  %slopes = getelementptr inbounds double, ptr %block, i64 {(1 + self.pieces.slots) * self.stride}",
            f"  %at.loss = getelementptr inbounds double, ptr %slopes, i64 {self.count}",
            f"  %apart = mul i64 %thread, {self.stride}",
            "  %mine = getelementptr inbounds double, ptr %parts, i64 %apart",
            f"  %my.loss = getelementptr inbounds double, ptr %mine, i64 {self.count}",
            "  %my.failed = getelementptr inbounds i64, ptr %failed, i64 %thread",
            "  %first.thread = icmp eq i64 %thread, 0",
            *self._slice("sum", sums),
            *self._slice("par", self.count),
            "  br label %step",
            "step:",
            "  %s = phi i64 [ 0, %begin ], [ %s.next, %next ]",
            f"  %waits = mul i64 %s, {4 * self.threads}",
            "  %s.first = mul i64 %s, %advance",
            f"  %t.first = mul i64 %thread, {2 * len(self.pieces.samples)}",
            "  %first = add i64 %s.first, %t.first",
            "  %my.groups = getelementptr inbounds i64, ptr %groups, i64 %first",
            "  br label %clear",
            *_loop("clear", "step", sums, 8, [
                "  %clear.at = getelementptr inbounds double, ptr %mine, i64 %clear.k",
                "  store <8 x double> zeroinitializer, ptr %clear.at, align 8",
            ], "way0"),
            *self._samples(),
            "together:",
            *self._wait(),
            *self._failures(),
            *self._added_up(),
            *self._penalized(),
            "after:",
            *self._wait(),
            "  %wanted = icmp ne i64 %update, 0",
            "  %some = icmp ugt i64 %par.size, 0",
            "  %change.it = and i1 %wanted, %some",
            "  br i1 %change.it, label %change, label %changed",
            "change:",
            f"  %at.rates = mul i64 %s, {self.pieces.update.shared}",
            "  %my.rates = getelementptr inbounds double, ptr %rates, i64 %at.rates",
            "  %my.block = getelementptr inbounds double, ptr %block, i64 %par.low",
            "  %u = call i64 @update(ptr %my.rates, ptr %my.rates, ptr %my.block, "
            f"ptr inttoptr (i64 {self.stride} to ptr), ptr null, i64 %par.size, ptr %my.loss, ptr %my.block)",
            "  br label %changed",
            "changed:",
            *self._wait(),
            "  br label %next",
            "next:",
            "  %s.next = add i64 %s, 1",
            "  %s.more = icmp slt i64 %s.next, %steps",
            "  br i1 %s.more, label %step, label %end",
            "end:",
            "  ret i64 %steps",
            "}",
        ]  # fmt: skip
        assert self._waits == 4
        return "\n".join(lines)

    def _slice(self, name: str, count: int) -> list[str]:
        """This thread's part of a column: from `low`, `size` of them, whole vectors but for the last."""
        size = -(-count // (8 * self.threads)) * 8
        return [
            f"  %{name}.begin = mul i64 %thread, {size}",
            f"  %{name}.over = icmp ugt i64 %{name}.begin, {count}",
            f"  %{name}.low = select i1 %{name}.over, i64 {count}, i64 %{name}.begin",
            f"  %{name}.left = sub i64 {count}, %{name}.low",
            f"  %{name}.much = icmp ugt i64 %{name}.left, {size}",
            f"  %{name}.size = select i1 %{name}.much, i64 {size}, i64 %{name}.left",
        ]

    def _wait(self) -> list[str]:
        """Until all threads are here."""
        self._waits += 1
        name = f"%target{self._waits}"
        return [f"  {name} = add i64 %waits, {self._waits * self.threads}", f"  call void @wait(ptr %counter, i64 {name})"]

    def _samples(self) -> list[str]:
        def leave(way: int) -> list[str]:
            return [
                f"  %code{way} = add i64 %flip{way}, {(way << 32) + 1}",
                f"  store i64 %code{way}, ptr %my.failed",
                "  br label %together",
            ]

        return call_ways(len(self.pieces.samples), "%my.groups", "%mine", "together", leave)

    def _failures(self) -> list[str]:
        """All leave if a guard has failed for one."""
        lines = ["  %code.none = add i64 0, 0"]
        known = "%code.none"
        for number in range(self.threads):
            lines += [
                f"  %failed.at{number} = getelementptr inbounds i64, ptr %failed, i64 {number}",
                f"  %failed.code{number} = load i64, ptr %failed.at{number}",
                f"  %failed.any{number} = or i64 {known}, %failed.code{number}",
            ]
            known = f"%failed.any{number}"
        return [
            *lines, f"  %failing = icmp ne i64 {known}, 0", "  br i1 %failing, label %leave, label %add",
            "leave:", "  ret i64 %s",
        ]  # fmt: skip

    def _added_up(self) -> list[str]:
        """This thread's part of the gradients, over all threads in their order."""
        body = []
        for number in range(self.threads):
            body += [
                f"  %add.place{number} = add i64 %add.from, {number * self.stride}",
                f"  %add.at{number} = getelementptr inbounds double, ptr %parts, i64 %add.place{number}",
                f"  %add.part{number} = load <8 x double>, ptr %add.at{number}, align 8",
            ]
        total = "%add.part0"
        for number in range(1, self.threads):
            body.append(f"  %add.total{number} = fadd <8 x double> {total}, %add.part{number}")
            total = f"%add.total{number}"
        return [
            "add:",
            "  %add.some = icmp ugt i64 %sum.size, 0",
            "  br i1 %add.some, label %adding, label %added",
            "adding:",
            "  %add.k = phi i64 [ 0, %add ], [ %add.next, %adding ]",
            "  %add.from = add i64 %sum.low, %add.k",
            *body,
            "  %add.to = getelementptr inbounds double, ptr %slopes, i64 %add.from",
            f"  store <8 x double> {total}, ptr %add.to, align 8",
            "  %add.next = add i64 %add.k, 8",
            "  %add.more = icmp ult i64 %add.next, %sum.size",
            "  br i1 %add.more, label %adding, label %added",
            "added:",
            *self._wait(),
        ]

    def _penalized(self) -> list[str]:
        """The first thread adds the penalty, and notes the loss."""
        return [
            "  br i1 %first.thread, label %penalize, label %after",
            "penalize:",
            *self._penalty_calls(),
            "  %loss = load double, ptr %at.loss",
            "  %to.loss = getelementptr inbounds double, ptr %losses, i64 %s",
            "  store double %loss, ptr %to.loss",
            "  br label %after",
        ]


def _loop(name: str, before: str, count: int, step: int, body: list[str], after: str) -> list[str]:
    """A loop with a counter `name.k`."""
    return [
        f"{name}:",
        f"  %{name}.k = phi i64 [ 0, %{before} ], [ %{name}.next, %{name} ]",
        *body,
        f"  %{name}.next = add i64 %{name}.k, {step}",
        f"  %{name}.more = icmp ult i64 %{name}.next, {count}",
        f"  br i1 %{name}.more, label %{name}, label %{after}",
    ]


__all__ = ["ThreadedRunner"]
