"""The derivative of a scan: a scan that goes the other way.

What it carries are the derivatives of what comes after with respect to the numbers that were carried, and the sums of those with
respect to what all rounds share.  A round needs what the round of the other scan began with, so that gives it; and what took
long to compute there it gives as well, the rest is computed again.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cached_property

from autograd_lite.compiler.adjoint import CONSTANT, active_steps, gradients_of
from autograd_lite.compiler.loops import Body, Part
from autograd_lite.compiler.operations import TRUTHS
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Builder
from autograd_lite.compiler.scans import part_of, unguarded

#: What is computed again in a round sooner than it is kept for it.
_CHEAP = TRUTHS | {"add", "sub", "mul", "neg", "abs", "select", "detach", "relu", "maximum", "minimum", "copysign", "sign", "step"}


class ScanAdjoint:
    """Writes the derivative of a scan.

    Parameters
    ----------
    builder : Builder
    step : int
        The scan.
    given : dict of int to int
        For its results (`carried`, `given`) the steps that are their derivatives.
    active : sequence of bool
        For each step whether its derivative is asked for.
    """

    def __init__(self, builder: Builder, step: int, given: dict[int, int], active: Sequence[bool]) -> None:
        self.builder, self.step, self.args = builder, step, builder.args[step]
        self.body: Body = builder.loops.over[step]
        # What has to be looked at is looked at where the scan itself is.
        self.b = Builder.of(unguarded(self.body.program))
        #: By the number among the results of the body.
        self.of_carried: dict[int, int] = {}
        self.of_given: dict[int, int] = {}
        for result, grad in given.items():
            part, known = builder.loops.over[result], self.of_carried if builder.ops[result] == "carried" else self.of_given
            known[part.k] = builder.emit("add", known[part.k], grad) if part.k in known else grad
        self.inputs = self.body.program.inputs()
        self.outputs = self.body.program.outputs
        self.active = self._active([place for place, arg in enumerate(self.args) if active[arg]])

    def write(self) -> list[tuple[int, int]]:
        """Operands of the scan, each with a step that is its derivative."""
        body, b = self.body, self.b
        before, of_given = {k: b.input(f"d{k}") for k in self.relevant}, {j: b.input(f"e{j}") for j in self.of_given}
        seeds: dict[int, int] = {}
        pairs = [(self.outputs[k], one) for k, one in before.items()]
        for output, seed in [*pairs, *[(self.outputs[body.carried + j], one) for j, one in of_given.items()]]:
            seeds[output] = b.emit("add", seeds[output], seed) if output in seeds else seed
        wrt = [place for place in self.active if place in self.inputs and (place >= body.carried or place in self.relevant)]
        slopes = dict(zip(wrt, gradients_of(b, seeds, [self.inputs[place] for place in wrt]), strict=True))
        zero = b.const(0.0)
        shared = [place for place in wrt if place >= body.carried + body.taken and slopes[place] != zero]
        taken = [place for place in wrt if body.carried <= place < body.carried + body.taken and slopes[place] != zero]
        sums = {place: b.input(f"sum{place}") for place in shared}
        after = [slopes.get(k, zero) for k in self.relevant]
        results = [*after, *[b.emit("add", one, slopes[place]) for place, one in sums.items()], *[slopes[p] for p in taken]]
        return self._emitted(results, [*before.values(), *sums.values()], list(of_given.values()), shared, taken)

    # --- what moves ------------------------------------------------------------------------------------------------------

    def _active(self, places: Collection[int]) -> list[int]:
        """The inputs of the body on which the derivative is asked for in some round."""
        found, last = set(places), len(self.b.ops) - 1
        while True:
            moving = active_steps(self.b, last, [self.inputs[place] for place in found if place in self.inputs])
            more = {k for k in range(self.body.carried) if moving[self.outputs[k]]} - found
            if not more:
                self._moving = moving
                return sorted(found)
            found |= more

    @cached_property
    def relevant(self) -> list[int]:
        """The numbers carried whose derivative is not 0 in all rounds."""
        found = {k for k in self.of_carried if k in self.active}
        while True:
            needed = [False] * len(self._moving)
            for output in [*[self.outputs[k] for k in found], *[self.outputs[self.body.carried + j] for j in self.of_given]]:
                needed[output] = self._moving[output]
            for step in range(len(needed) - 1, -1, -1):
                if needed[step] and self.b.ops[step] not in CONSTANT:
                    for arg in self.b.args[step]:
                        needed[arg] |= self._moving[arg]
            carried = range(self.body.carried)
            more = {k for k in carried if k in self.active and k in self.inputs and needed[self.inputs[k]]} - found
            if not more:
                return sorted(found)
            found |= more

    # --- what is kept ----------------------------------------------------------------------------------------------------

    def _kept(self, results: Sequence[int]) -> list[int]:
        """The steps of a round that the other scan gives: what it began with, and what took long; inputs of this one now."""
        b, forward = self.b, len(self.body.program)
        of_round = self.body.program.depends()
        shared = {self.inputs[place] for place in self.inputs if place >= self.body.carried + self.body.taken}
        moving = [False] * forward
        for step in range(forward):
            if b.ops[step] == "input":
                moving[step] = of_round[step] and step not in shared
            elif b.ops[step] != "const":
                moving[step] = any(moving[arg] for arg in b.args[step])
        needed, found = [False] * len(b.ops), list[int]()
        for step in results:
            needed[step] = True
        for step in range(len(b.ops) - 1, -1, -1):
            if not needed[step] or b.ops[step] in ("input", "const"):
                if needed[step] and step < forward and b.ops[step] == "input" and b.args[step][0] < self.body.carried:
                    found.append(step)
                continue
            if step < forward and moving[step] and b.ops[step] not in _CHEAP and not b.loops.of(step) and b.ops[step] != "scan":
                found.append(step)
                continue
            for arg in b.args[step]:
                needed[arg] = True
        return found[::-1]

    def _emitted(
        self, results: list[int], carried: list[int], derivatives: list[int], shared: list[int], taken: list[int]
    ) -> list[tuple[int, int]]:
        """Both scans in the program: the one that there is gives what the other one takes."""
        body, b, out = self.body, self.b, self.builder
        kept = self._kept(results)
        for step in kept:
            if b.ops[step] != "input":
                b.ops[step], b.args[step] = "input", (len(b.names),)
                b.loops.over.pop(step, None)
                b.names.append(f"s{step}")
        more = replace(body.program, outputs=[*self.outputs, *kept])
        out.loops.over[self.step] = replace(body, program=more)
        found = b.finish(results)
        alive, steps = found.needed(results), found.inputs()
        of_shared = [place for place in self.inputs if place >= body.carried + body.taken and alive[self.inputs[place]]]
        of_taken = [place for place in self.inputs if body.carried <= place < body.carried + body.taken and alive[self.inputs[place]]]
        takes = [*[b.args[step][0] for step in kept], *of_taken, *[b.args[step][0] for step in derivatives]]
        places = [*[b.args[step][0] for step in carried], *takes, *of_shared]
        assert steps
        program = optimize(part_of(found, results, places))
        zero = out.const(0.0)
        starts = [self.of_carried.get(k, zero) for k in self.relevant] + [zero] * len(shared)
        first = len(self.outputs) - body.carried
        given = [out.append("given", (self.step,), Part(first + k, body.loop)) for k in range(len(kept))]
        operands = [
            *starts, *given, *[self.args[place] for place in of_taken], *[self.of_given[j] for j in self.of_given],
            *[self.args[place] for place in of_shared],
        ]  # fmt: skip
        other = Body(program, len(starts), len(takes), body.loop, not body.backwards)
        scan = out.append("scan", tuple(operands), other)
        pairs = [(self.args[place], out.append("carried", (scan,), Part(k))) for k, place in enumerate([*self.relevant, *shared])]
        return pairs + [
            (self.args[place], out.append("given", (scan,), Part(k, body.loop))) for k, place in enumerate(taken)
        ]
