"""The ways through a loss that the samples of a data set take, each a program.

A loss may branch on what is given with a sample (a label that is 0 or 1, a class that is an index): for each way a program
is recorded, and each sample goes with the program for its way, found when the data is loaded.  A branch on what the
parameters make of a sample stays a guard that the running program checks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_lite.compiler.adjoint import append_gradient
from autograd_lite.compiler.arguments import NUMBER, Fixed, Structure, size_of, take_apart
from autograd_lite.compiler.capture import Captured, capture
from autograd_lite.compiler.errors import GuardError
from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.operations import ARITHMETIC_ERRORS
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Builder, Guard, Program
from autograd_lite.compiler.python_target import compile_python
from autograd_lite.engine.node import Node

#: Parameters are followed by unused places up to a multiple of this, so that an update in vectors stays among its own.
ALIGNED = 8


@dataclass
class Variant:
    """A program for the samples that go one way.

    Attributes
    ----------
    structure : Structure
        Of the samples; what is fixed in it (a class, say) is part of the program.
    kernel : Kernel
        Inputs: parameters, Values from outside, then the weight and the numbers of a sample; sums: the gradients, the loss.
    holds : callable
        For the numbers of a sample whether it goes this way, as far as that depends on them alone.
    follows : callable
        For the shared inputs of the kernel and the numbers of a sample whether it goes this way, at these parameters.
    """

    structure: Structure
    kernel: Kernel
    holds: Callable[[Sequence[float]], bool]
    follows: Callable[[Sequence[float], Sequence[float]], bool]


class Variants:
    """Records a loss for the samples it is given, once for each way they go.

    Parameters
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
    """

    def __init__(
        self,
        loss: Callable[..., Any],
        parameters: list[Any],
        static: Sequence[int],
        check: bool,
        most: int,
        metrics: int = 0,
    ) -> None:
        self.loss = loss
        self.parameters = parameters
        self.static = frozenset(static)
        self.check = check
        self.most = most
        self.metrics = metrics
        self.known: list[Variant] = []
        #: Values that the loss refers to and that are not parameters, in the order of their places.
        self.outside: list[Any] = []

    def take_apart(self, sample: Sequence[Any]) -> tuple[tuple[Structure, ...], list[float]]:
        """The structure of a sample, and its numbers."""
        numbers: list[Any] = []
        structures = tuple([take_apart(one, numbers, k in self.static) for k, one in enumerate(sample)])
        return structures, [one.data if isinstance(one, Node) else float(one) for one in numbers]

    def place(self, structures: tuple[Structure, ...], numbers: list[float], shared: Sequence[float] | None = None) -> int:
        """Which program a sample goes with; a new one is recorded if there is none.

        Parameters
        ----------
        structures : tuple of Structure
        numbers : list of float
            Of the sample.
        shared : sequence of float, optional
            The shared inputs of all programs, to decide by them too.
        """
        for k, variant in enumerate(self.known):
            if variant.structure != structures or not variant.holds(numbers):
                continue
            if shared is None or variant.follows(shared, numbers):
                return k
        if len(self.known) >= self.most:
            places = {guard.place for variant in self.known for guard in variant.kernel.program.guards}
            raise GuardError(
                f"the samples take more than {self.most} way{'s' * (self.most > 1)} through the loss"
                + (f", which branches at {'; '.join(sorted(places))}" if places else "")
                + "; choose with where(), relu, max..., give targets as numbers to compute with (a list of 0 and 1 for the "
                f"class), or allow more with max_variants={2 * self.most}"
            )
        self.known.append(self._record(structures, numbers))
        return len(self.known) - 1

    def _record(self, structures: tuple[Structure, ...], numbers: list[float]) -> Variant:
        captured = capture(self.loss, structures, numbers, self.check)
        if not self.metrics:
            one_number(captured, "the loss of one sample")
        elif len(captured.program.outputs) != 1 + self.metrics:
            got = len(captured.program.outputs)
            raise TypeError(
                f"with metrics={self.metrics} the loss gives {1 + self.metrics} numbers, itself first; not {got}"
            )
        known = {id(one) for one in (*self.parameters, *self.outside)}
        self.outside += [leaf for leaf in captured.outside if id(leaf) not in known]
        size = sum(map(size_of, structures))
        builder = Builder.of(captured.program)
        inputs = input_steps(captured.program)
        found = {id(leaf): inputs[size + k] for k, leaf in enumerate(captured.outside)}
        parameters = [found.get(id(one), -1) for one in self.parameters]
        parameters = [
            builder.input(one.label) if at < 0 else at for at, one in zip(parameters, self.parameters, strict=True)
        ]
        weight = builder.input("weight")
        value, *metrics = captured.program.outputs
        gradient = append_gradient(builder, value, parameters, seed=weight)
        shared = [*parameters, *[builder.input("") for _ in range(-len(parameters) % ALIGNED)]]
        shared += [found[id(leaf)] if id(leaf) in found else builder.input("") for leaf in self.outside]
        order = [*shared, weight, *[inputs[k] for k in range(size)]]
        mine, guards = _of_the_sample(captured, size)
        outputs = [*gradient, *[builder.emit("mul", weight, one) for one in (value, *metrics)]]
        program = optimize(reordered(builder, order, outputs, guards, captured.program.name))
        kernel = Kernel(program, len(shared), len(outputs))
        return Variant(structures, kernel, _checker(captured, mine, size), _follower(kernel))


def _of_the_sample(captured: Captured, size: int) -> tuple[list[Guard], list[Guard]]:
    """The guards that depend on the numbers of a sample alone, and the others."""
    program = captured.program
    alone: list[bool] = []
    for op, args in zip(program.ops, program.args, strict=True):
        alone.append(args[0] < size if op == "input" else op == "const" or all(alone[arg] for arg in args))
    mine = [guard for guard in program.guards if alone[guard.index]]
    return mine, [guard for guard in program.guards if not alone[guard.index]]


def _checker(captured: Captured, guards: list[Guard], size: int) -> Callable[[Sequence[float]], bool]:
    """A function of a sample's numbers: whether all these guards hold."""
    if not guards:
        return lambda numbers: True
    program = captured.program
    only = Program(program.ops, program.args, program.names, [], guards, "ways")
    function = compile_python(Kernel(optimize(only), len(program.names), 0)).function
    rest = [0.0] * (len(program.names) - size)
    return lambda numbers: not isinstance(function([*numbers, *rest], ()), int)


def _follower(kernel: Kernel) -> Callable[[Sequence[float], Sequence[float]], bool]:
    """A function of shared inputs and a sample's numbers: whether the guards of the running program hold."""
    program, shared = kernel.program, kernel.shared
    if not program.guards:
        return lambda inputs, numbers: True
    only = Program(program.ops, program.args, program.names, [], program.guards, "ways")
    compiled: list[Any] = []

    def follows(inputs: Sequence[float], numbers: Sequence[float]) -> bool:
        if not compiled:
            compiled.append(compile_python(Kernel(optimize(only), len(program.names), 0)).function)
        try:
            found = compiled[0]([*inputs[:shared], 1.0, *numbers], ())
        except ARITHMETIC_ERRORS:  # the eager engine says what is wrong, if the sample is recorded
            return False
        return not isinstance(found, int)

    return follows


def one_number(captured: Captured, what: str) -> None:
    """Refuse a result that is not one number."""
    if captured.structure is not NUMBER:
        got = (
            captured.structure.thing if isinstance(captured.structure, Fixed) else f"{len(captured.program.outputs)} of them"
        )
        raise TypeError(f"{what} is one number, not {got}")


def input_steps(program: Program) -> dict[int, int]:
    """For each place among the inputs its step."""
    steps = zip(program.ops, program.args, strict=True)
    return {args[0]: index for index, (op, args) in enumerate(steps) if op == "input"}


def reordered(builder: Builder, order: Sequence[int], outputs: Sequence[int], guards: Sequence[Guard], name: str) -> Program:
    """The program with these steps as its inputs, in this order."""
    args = list(builder.args)
    names = [builder.names[args[index][0]] for index in order]
    for place, index in enumerate(order):
        args[index] = (place,)
    return Program(builder.ops, args, names, list(outputs), list(guards), name)


__all__ = ["ALIGNED", "Variant", "Variants", "input_steps", "one_number", "reordered"]
