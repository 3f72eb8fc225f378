"""The loop over training steps, which calls the functions of one module: of the samples, of the penalty, of the update.

Every thread runs the whole loop.  In a step it adds up the gradients of its own samples in memory of its own; then all threads
add up the parts, each for some of the parameters and always in the order of the threads; then each updates its parameters.
The parts depend on the number of threads alone, so the result is the same on every run with that many.

Between these stages they wait at a counter that each increments on arrival: waiting takes a fraction of a microsecond where the
processor has a core for each, and gives way to others where it has not.  One thread has nothing to wait for and nothing to add
up: its part is the column of the gradients.
"""

import os
from dataclasses import dataclass

from autograd_lite.compiler.llvm.syntax import cleared, loop, vector

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
#: Failures of guards are noted as the variant of the sample, shifted by this, and the guard's number plus one.
SHIFT = 32


@dataclass(frozen=True)
class TrainingLoop:
    """What the text of the loop depends on.

    Attributes
    ----------
    lanes, threads : int
    variants : int
        How many programs there are for samples.
    parameters : int
    sums : int
        The numbers that are added up over the samples: the gradients, the loss, metrics.
    stride : int
        How far apart the columns of `block` are.
    slots, rates : int
        How many numbers of state a parameter has, and how many the update is given.
    penalty : str
        "vectors" for one in terms of each parameter, "scalar" for any other, "" for none.
    totals : int
        How many vectors a function for samples takes as memory for its sums.
    """

    lanes: int
    threads: int
    variants: int
    parameters: int
    sums: int
    stride: int
    slots: int
    rates: int
    penalty: str
    totals: int

    def text(self) -> str:
        """The function `train`, and what it calls to wait; gives the number of steps that all threads have done."""
        return "\n".join([
            *([_WAIT] if self.threads > 1 else []),
            "define i64 @train(ptr %block, ptr %rows, ptr %offsets, ptr %weights, ptr %groups, i64 %advance, i64 %steps, "
            "ptr %rates, ptr %losses, i64 %update, i64 %thread, ptr %parts, ptr %failed, ptr %counter) nounwind {",
            *self._entry(),
            "step:",
            "  %s = phi i64 [ 0, %begin ], [ %s.next, %next ]",
            f"  %waits = mul i64 %s, {4 * self.threads}",
            *self._gradient(),
            *self._loss(),
            *self._update(),
            "next:",
            "  %s.next = add i64 %s, 1",
            "  %s.more = icmp slt i64 %s.next, %steps",
            "  br i1 %s.more, label %step, label %end",
            "end:",
            "  ret i64 %steps",
            "}",
        ])  # fmt: skip

    @property
    def _slopes(self) -> int:
        """Where the gradients begin in `block`."""
        return (1 + self.slots) * self.stride

    def _entry(self) -> list[str]:
        """What is the same for all steps."""
        V = vector(self.lanes)
        return [
            "entry:",
            f"  %totals = alloca [{self.totals} x {V}], align {8 * self.lanes}",
            "  %sum = alloca double",
            "  br label %zero",
            *cleared("zero", "entry", "%totals", V, "begin", self.totals),
            "begin:",
            f"  %slopes = getelementptr inbounds double, ptr %block, i64 {self._slopes}",
            f"  %at.loss = getelementptr inbounds double, ptr %slopes, i64 {self.parameters}",
            f"  %apart = mul i64 %thread, {self.stride}",
            "  %mine = getelementptr inbounds double, ptr %parts, i64 %apart",
            f"  %my.loss = getelementptr inbounds double, ptr %mine, i64 {self.parameters}",
            "  %my.failed = getelementptr inbounds i64, ptr %failed, i64 %thread",
            f"  %any.failed = getelementptr inbounds i64, ptr %failed, i64 {self.threads}",
            "  %first.thread = icmp eq i64 %thread, 0",
            *self._share("sum", self.sums),
            *self._share("par", self.parameters),
            "  br label %step",
        ]

    def _gradient(self) -> list[str]:
        """Add up the gradients, each thread those of its samples, then all of them together."""
        return [
            "  %s.first = mul i64 %s, %advance",
            f"  %t.first = mul i64 %thread, {2 * self.variants}",
            "  %first = add i64 %s.first, %t.first",
            "  %my.groups = getelementptr inbounds i64, ptr %groups, i64 %first",
            "  br label %clear",
            *cleared("clear", "step", "%mine", "<8 x double>", "variant0", self.sums, 8, ", align 8"),
            *[line for variant in range(self.variants) for line in self._samples(variant)],
            "together:",
            *self._wait(1),
            "  %failing = load i64, ptr %any.failed",
            "  %give.up = icmp ne i64 %failing, 0",
            "  br i1 %give.up, label %leave, label %add",
            "leave:",
            "  ret i64 %s",
            "add:",
            *self._added_up(),
        ]

    def _loss(self) -> list[str]:
        """The first thread adds the penalty, and notes the loss."""
        return [
            "added:",
            *self._wait(2),
            "  br i1 %first.thread, label %penalize, label %after",
            "penalize:",
            *self._penalty(),
            "  %loss = load double, ptr %at.loss",
            "  %to.loss = getelementptr inbounds double, ptr %losses, i64 %s",
            "  store double %loss, ptr %to.loss",
            "  br label %after",
        ]

    def _update(self) -> list[str]:
        """Each thread changes its share of the parameters, where there is one and that is wanted."""
        return [
            "after:",
            *self._wait(3),
            "  %wanted = icmp ne i64 %update, 0",
            "  %some = icmp ugt i64 %par.size, 0",
            "  %change.it = and i1 %wanted, %some",
            "  br i1 %change.it, label %change, label %changed",
            "change:",
            f"  %at.rates = mul i64 %s, {self.rates}",
            "  %my.rates = getelementptr inbounds double, ptr %rates, i64 %at.rates",
            "  %my.block = getelementptr inbounds double, ptr %block, i64 %par.low",
            "  %u = call i64 @update(ptr %my.rates, ptr %my.rates, ptr %my.block, "
            f"ptr inttoptr (i64 {self.stride} to ptr), ptr null, i64 %par.size, ptr %my.loss, ptr %my.block)",
            "  br label %changed",
            "changed:",
            *self._wait(4),
            "  br label %next",
        ]

    def _share(self, name: str, count: int) -> list[str]:
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

    def _wait(self, stage: int) -> list[str]:
        """Until all threads are here, at one of the four stages of a step."""
        if self.threads == 1:
            return []
        return [
            f"  %target{stage} = add i64 %waits, {stage * self.threads}",
            f"  call void @wait(ptr %counter, i64 %target{stage})",
        ]

    def _samples(self, k: int) -> list[str]:
        """Run the program of a variant over its samples, if this thread has any."""
        after = f"variant{k + 1}" if k + 1 < self.variants else "together"
        return [
            f"variant{k}:",
            f"  %at.begin{k} = getelementptr inbounds i64, ptr %my.groups, i64 {2 * k}",
            f"  %at.size{k} = getelementptr inbounds i64, ptr %my.groups, i64 {2 * k + 1}",
            f"  %begin{k} = load i64, ptr %at.begin{k}",
            f"  %size{k} = load i64, ptr %at.size{k}",
            f"  %any{k} = icmp sgt i64 %size{k}, 0",
            f"  br i1 %any{k}, label %run{k}, label %{after}",
            f"run{k}:",
            f"  %offsets{k} = getelementptr inbounds i64, ptr %offsets, i64 %begin{k}",
            f"  %weights{k} = getelementptr inbounds double, ptr %weights, i64 %begin{k}",
            f"  %flip{k} = call i64 @sample{k}(ptr %block, ptr %block, ptr %rows, ptr %offsets{k}, "
            f"ptr %weights{k}, i64 %size{k}, ptr %mine, ptr null, ptr %totals)",
            f"  %bad{k} = icmp sge i64 %flip{k}, 0",
            f"  br i1 %bad{k}, label %leave{k}, label %{after}",
            f"leave{k}:",
            f"  %code{k} = add i64 %flip{k}, {(k << SHIFT) + 1}",
            f"  store i64 %code{k}, ptr %my.failed",
            "  store atomic i64 1, ptr %any.failed monotonic, align 8",  # so that all threads leave
            "  br label %together",
        ]

    def _added_up(self) -> list[str]:
        """This thread's share of the gradients, over all threads in their order."""
        if self.threads == 1:
            return ["  br label %added"]
        body, total = ["  %add.from = add i64 %sum.low, %adding.k"], ""
        for k in range(self.threads):
            body += [
                f"  %add.place{k} = add i64 %add.from, {k * self.stride}",
                f"  %add.at{k} = getelementptr inbounds double, ptr %parts, i64 %add.place{k}",
                f"  %add.part{k} = load <8 x double>, ptr %add.at{k}, align 8",
                *([f"  %add.total{k} = fadd <8 x double> {total}, %add.part{k}"] if k else []),
            ]
            total = f"%add.total{k}" if k else "%add.part0"
        body += [
            "  %add.to = getelementptr inbounds double, ptr %slopes, i64 %add.from",
            f"  store <8 x double> {total}, ptr %add.to, align 8",
        ]
        return [
            "  %add.some = icmp ugt i64 %sum.size, 0",
            "  br i1 %add.some, label %adding, label %added",
            *loop("adding", "add", body, "added", "%sum.size", 8),
        ]

    def _penalty(self) -> list[str]:
        """The penalty's gradients and itself, added to those of the samples."""
        if not self.penalty:
            return []
        if self.penalty == "scalar":
            return [
                "  %p = call i64 @penalty(ptr %block, ptr %block, ptr null, ptr null, ptr null, i64 1, ptr %slopes, ptr null)"
            ]
        return [
            "  store double 0.0, ptr %sum",
            f"  %p = call i64 @penalty(ptr null, ptr null, ptr %block, ptr inttoptr (i64 {self._slopes} to ptr), ptr null, "
            f"i64 {self.parameters}, ptr %sum, ptr %slopes)",
            "  %r = call i64 @rest(ptr %sum, ptr %sum, ptr null, ptr null, ptr null, i64 1, ptr %at.loss, ptr null)",
        ]
