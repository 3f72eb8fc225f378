"""The ways through a loss that the samples of a data set take, each a program.

A loss may branch on what is given with a sample (a label that is 0 or 1, a class that is an index): for each way a program
is recorded, and each sample goes with the program for its way, found when the data is loaded.  A branch on what the
parameters make of a sample stays a guard that the running program checks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import is_
from typing import Any

from autograd_lite.compiler.adjoint import input_gradients
from autograd_lite.compiler.capture import Captured, capture
from autograd_lite.compiler.errors import GuardError, TraceError, UnsupportedOperation
from autograd_lite.compiler.guards import guard_check
from autograd_lite.compiler.kernel import Kernel, arranged
from autograd_lite.compiler.loops import IN_PYTHON, WORTH_LOOPS
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Builder, Guard, Program, unrolled
from autograd_lite.compiler.scans import unguarded
from autograd_lite.compiler.watch import Watch
from autograd_lite.engine.value import topological_order
from autograd_lite.transforms.tree import NUMBER, TreeDef, describe, partition_all

#: Parameters are followed by unused places up to a multiple of this, so that an update in vectors stays among its own.
ALIGNED = 8


@dataclass
class Path:
    """A program for the samples that go one way.

    Attributes
    ----------
    structure : tuple of TreeDef
        Of the samples; what is fixed in it (a class, say) is part of the program.
    kernel : Kernel
        Inputs: parameters, Values from outside, then the weight and the numbers of a sample; sums: the gradients, the loss.
    forward : Program
        Of the same inputs the loss alone, without loops.
    holds : callable
        For the numbers of a sample whether it goes this way, as far as that depends on them alone.
    always : bool
        Whether all samples of its structure do.
    rules : list of str
        The functions in it that have a backward rule of their own, which need not be linear in the gradient.
    """

    structure: tuple[TreeDef, ...]
    kernel: Kernel
    forward: Program
    holds: Callable[[Sequence[float]], bool]
    always: bool
    rules: list[str]

    @cached_property
    def _check(self) -> Callable[[Sequence[float]], bool]:
        return guard_check(self.forward)

    def follows(self, shared: Sequence[float], numbers: Sequence[float]) -> bool:
        """Whether a sample goes this way, given the shared inputs of the kernel."""
        return self._check([*shared[: self.kernel.shared], 1.0, *numbers])


@dataclass
class Paths:
    """Records a loss for the samples it is given, once for each way they go.

    Attributes
    ----------
    loss : callable
    parameters : list of Value
    static : collection of int
        Arguments of the loss whose numbers are fixed in the program.
    check : bool
        Record twice and compare.
    most : int
        How many ways there may be.
    metrics : int
        How many numbers the loss gives besides itself.
    watch : Watch, optional
        Of what the loss reads.
    follows : bool
        Refuse Values from outside whose replacement would not be seen.
    python : bool, default False
        Python source is made of the programs.
    known : list of Path
    outside : list of Value
        Those that the loss refers to and that are not parameters, in the order of their places.
    """

    loss: Callable[..., Any]
    parameters: list[Any]
    static: frozenset[int]
    check: bool
    most: int
    metrics: int = 0
    watch: Watch | None = None
    follows: bool = True
    python: bool = False
    known: list[Path] = field(default_factory=list)
    outside: list[Any] = field(default_factory=list)

    def flatten(self, sample: Sequence[Any]) -> tuple[list[float], tuple[TreeDef, ...]]:
        """The numbers of a sample, and its structure."""
        numbers, structures = partition_all(sample, self.static)
        return [float(one) for one in numbers], structures

    def place(self, numbers: list[float], structures: tuple[TreeDef, ...], shared: Sequence[float] | None = None) -> int:
        """Which program a sample goes with; a new one is recorded if there is none.

        Parameters
        ----------
        numbers : list of float
            Of the sample.
        structures : tuple of TreeDef
        shared : sequence of float, optional
            The shared inputs of all programs, to decide by them too.
        """
        for k, path in enumerate(self.known):
            fits = path.structure == structures and path.holds(numbers)
            if fits and (shared is None or path.follows(shared, numbers)):
                return k
        if len(self.known) >= self.most:
            places = set[str]().union(*[path.kernel.program.branches for path in self.known])
            raise GuardError(
                f"the samples take more than {self.most} way{'s' * (self.most > 1)} through the loss"
                + (f", which branches at {'; '.join(sorted(places))}" if places else "")
                + "; choose with where(), relu, max..., give targets as numbers to compute with (a list of 0 and 1 for the "
                f"class), or allow more with max_variants={2 * self.most}"
            )
        self.known.append(self._record(numbers, structures))
        return len(self.known) - 1

    def places(self, rows: Sequence[list[float]], structures: Sequence[tuple[TreeDef, ...]]) -> list[int]:
        """Which program each sample goes with."""
        if not rows:
            return []
        first = self.place(rows[0], structures[0])
        if self.known[first].always and all(structure is structures[0] for structure in structures):
            return [first] * len(rows)
        return [self.place(*one) for one in zip(rows, structures, strict=True)]

    @property
    def ordered(self) -> list[Any] | None:
        """The parameters, where they are so many that loops are looked for."""
        return self.parameters if len(self.parameters) >= WORTH_LOOPS * (IN_PYTHON if self.python else 1) else None

    def _record(self, numbers: list[float], structures: tuple[TreeDef, ...]) -> Path:
        try:
            return self._recorded(numbers, structures, None if self.python else frozenset())
        except UnsupportedOperation:  # a derivative of a `scan` that is no loop
            return self._recorded(numbers, structures, None)

    def _recorded(self, numbers: list[float], structures: tuple[TreeDef, ...], loops: frozenset[int] | None) -> Path:
        captured = capture(self.loss, structures, numbers, self.check, self.watch, self.ordered, loops, further=True)
        if not self.metrics:
            one_number(captured, "the loss of one sample")
        elif len(captured.program.outputs) != 1 + self.metrics:
            got = len(captured.program.outputs)
            raise TypeError(
                f"with metrics={self.metrics} the loss gives {1 + self.metrics} numbers, itself first; not {got}"
            )
        self.refer(captured, "the loss")
        alone, others = of_the_sample(captured.program, len(numbers))
        weight, order = self.order(captured, len(numbers))
        forward = arranged(captured.program, order)
        forward.names[weight] = "weight"
        kernel = Kernel(
            optimize(self._with_gradient(replace(forward, guards=others), weight)),
            weight,
            len(self.parameters) + len(forward.outputs),
        )
        check = guard_check(replace(unguarded(captured.program), guards=alone))
        rest = [0.0] * len(captured.outside)
        rules = [rule.node._op for rule in captured.program.rules.values()]
        return Path(structures, kernel, forward, lambda numbers: check([*numbers, *rest]), not alone, rules)

    def refer(self, captured: Captured, what: str) -> None:
        """Note the Values that what was recorded refers to besides the parameters."""
        others = captured.outside[self._first(captured) :]
        for leaf in others:
            if not leaf.is_leaf and not set(map(id, self.parameters)).isdisjoint(map(id, topological_order(leaf))):
                raise TraceError(
                    f"{what} refers to {leaf!r}, which was computed from a parameter before: as a number from outside it would "
                    f"neither follow the parameter nor give it its gradient. Compute it in {what}"
                )
        known = {id(one) for one in (*self.parameters, *self.outside)} if others else set()
        found = [leaf for leaf in others if id(leaf) not in known]
        if self.watch is not None and self.follows:
            (captured.state or self.watch.state()).places(found, what, made=not self.check)
        self.outside += found

    def _first(self, captured: Captured) -> int:
        """How many parameters are the first Values from outside, in order: all or none."""
        count, outside = len(self.parameters), captured.outside
        return count if len(outside) >= count and all(map(is_, self.parameters, outside)) else 0

    def order(self, captured: Captured, count: int) -> tuple[int, list[int]]:
        """The place of the weight of a sample, behind all that is shared; and the inputs of the kernel: the place of each among those
        of what was recorded, whose first are the numbers of the sample, -1 for none."""
        first = self._first(captured)
        known = {id(leaf): k for k, leaf in enumerate(captured.outside[first:], count + first)}
        shared = [*range(count, count + first)] or [known.get(id(one), -1) for one in self.parameters]
        shared += [-1] * (-len(shared) % ALIGNED)
        shared += [known.get(id(one), -1) for one in self.outside]
        return len(shared), [*shared, -1, *range(count)]

    def _with_gradient(self, forward: Program, weight: int) -> Program:
        """The gradients of the parameters, the loss and the metrics, all times the weight of the sample, an input at that place."""
        forward = unrolled(forward) if -1 in forward.outputs else forward
        builder, count = Builder.of(forward), len(self.parameters)
        factor, value = builder.append("input", (weight,)), forward.outputs[0]
        outputs = input_gradients(builder, value, range(count), 0, seed=factor)
        outputs += [builder.emit("mul", factor, one) for one in forward.outputs]
        known = {"name": forward.name, "checks": forward.checks, "straight": forward.straight}
        return builder.finish(outputs, forward.guards, **known)


def of_the_sample(program: Program, count: int) -> tuple[list[Guard], list[Guard]]:
    """The guards that depend on the numbers of a sample alone, the first `count` inputs, and the others."""
    alone = [not depends for depends in program.depends(count)] if program.guards else []
    mine = [guard for guard in program.guards if alone[guard.index]]
    return mine, [guard for guard in program.guards if not alone[guard.index]]


def one_number(captured: Captured, what: str) -> None:
    """Refuse a result that is not one number."""
    if captured.structure is not NUMBER:
        raise TypeError(f"{what} is one number, not {len(captured.program.outputs)} of them, {describe(captured.structure)}")
