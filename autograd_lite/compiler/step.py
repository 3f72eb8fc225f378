"""A whole training step as one program: loss over a mini-batch, gradients, penalty, and the optimizer's update.

The loss is written for one sample, the update for one parameter, the penalty for all parameters; each is recorded once, as
Values, and they are compiled together.  The steps are a loop in the compiled code: nothing of Python runs between them.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.compiler.adjoint import append_gradient
from autograd_lite.compiler.arguments import NUMBER, Structure, size_of, take_apart
from autograd_lite.compiler.backends import resolve
from autograd_lite.compiler.capture import Captured, capture
from autograd_lite.compiler.errors import CompileError, GuardError, TraceError, UnsupportedOperation
from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Builder, Program
from autograd_lite.engine.node import Node

#: Parameters are followed by unused places up to a multiple of this, so that an update in vectors stays among its own.
_ALIGNED = 8


def descend(p: Any, g: Any, lr: Any) -> Any:
    """Gradient descent, the update if no other is given: the parameter minus the learning rate times the slope."""
    return p - lr * g


class Pieces:
    """The three programs of a step.

    Attributes
    ----------
    sample : Kernel
        Inputs: parameters, Values from outside, then the weight and the numbers of a sample; sums: the gradients, the loss.
    update : Kernel
        Inputs: the rates, then parameter, state and slope; for each parameter: the new parameter and state.
    penalty : Kernel or None
        Inputs: the parameters; results: the gradients, the penalty.
    """

    def __init__(self, sample: Kernel, update: Kernel, penalty: Kernel | None, outside: list[Any], slots: int) -> None:
        self.sample = sample
        self.update = update
        self.penalty = penalty
        self.outside = outside
        self.slots = slots


class CompiledStep:
    """A training step in compiled code; see `compile_step`.

    Attributes
    ----------
    parameters : list of Value
        Their `.data` is read when a run begins and written when it ends.
    state : list of list of float
        What the optimizer keeps, a list for each parameter's slot; kept from run to run.
    backend : str
    seconds : float
        How long recording and compiling took.
    """

    def __init__(
        self, parameters: Sequence[Any], example: Structure, pieces: Pieces, rates: Sequence[str], backend: str, begin: float
    ) -> None:
        self.parameters = list(parameters)
        self.rates = tuple(rates)
        self.pieces = pieces
        self._example = example
        self._rows: list[list[float]] = []
        self.state = [[0.0] * len(self.parameters) for _ in range(pieces.slots)]
        self.backend = backend
        if backend == "llvm":
            from autograd_lite.compiler.llvm.train import LlvmRunner

            self._runner: Any = LlvmRunner(pieces, len(self.parameters))
        else:
            from autograd_lite.compiler.python_train import PythonRunner

            self._runner = PythonRunner(pieces, len(self.parameters))
        self.seconds = time.perf_counter() - begin

    @property
    def program(self) -> Program:
        """The program for one sample: loss and gradients."""
        return self.pieces.sample.program

    @property
    def source(self) -> str:
        """The code: Python, or LLVM's language."""
        return self._runner.source  # type: ignore[no-any-return]

    def load(self, samples: Sequence[Any]) -> None:
        """Take the data set: a sequence of samples, each of the structure the step was compiled for."""
        rows = []
        for k, sample in enumerate(samples):
            numbers: list[Any] = []
            if take_apart(sample, numbers) != self._example:
                raise ValueError(f"sample {k} has another shape than the one the step was compiled for: {sample!r}")
            rows.append([one.data if isinstance(one, Node) else float(one) for one in numbers])
        if not rows:
            raise ValueError("there are no samples to train on")
        self._rows = rows
        self._runner.load(rows)

    def run(self, batches: Sequence[Sequence[int]] | int = 1, **rates: float | Sequence[float]) -> list[float]:
        """Take steps.

        Parameters
        ----------
        batches : sequence of sequences of int, or int
            For each step the samples of its mini-batch, by number; or how many steps to take on all samples.
        **rates : float or sequence of float
            The learning rate and whatever else the update takes, one number or one for each step.

        Returns
        -------
        list of float
            The loss before each step, penalty included: the mean over its mini-batch.

        Raises
        ------
        GuardError
            If the loss takes another branch for a sample than for the one it was recorded with.
        ValueError
            If no data is loaded, or a batch is empty or names a sample that is not there.
        """
        chosen = self._checked(batches)
        count = chosen if isinstance(chosen, int) else len(chosen)
        table = self._table(rates, count)
        numbers = [parameter.data for parameter in self.parameters]
        outside = [leaf.data for leaf in self.pieces.outside]
        losses, numbers, self.state = self._guarded(self._runner.run, numbers, outside, self.state, chosen, table)
        for parameter, number in zip(self.parameters, numbers, strict=True):
            parameter.data = number
        return losses  # type: ignore[no-any-return]

    def gradient(self, batch: Sequence[int] | None = None) -> tuple[float, list[float]]:
        """The loss and its gradient on a mini-batch (all samples if none is given), penalty included, without an update."""
        chosen = self._checked(1 if batch is None else [batch])
        numbers = [parameter.data for parameter in self.parameters]
        outside = [leaf.data for leaf in self.pieces.outside]
        return self._guarded(self._runner.gradient, numbers, outside, chosen)  # type: ignore[no-any-return]

    def _guarded(self, run: Callable[..., Any], *args: Any) -> Any:
        result = run(*args)
        if isinstance(result, int):
            place = self.program.guards[result].place
            raise GuardError(
                f"the branch at {place} goes different ways for different samples; in a compiled step write "
                "where(condition, x, y) instead, or train without compiling"
            )
        return result

    def _checked(self, batches: Any) -> Any:
        if not self._rows:
            raise ValueError("no data: call load(samples) before run")
        if isinstance(batches, int):
            if batches < 0:
                raise ValueError(f"the number of steps is not negative, but {batches} was given")
            return batches
        chosen = [list(batch) for batch in batches]
        for k, batch in enumerate(chosen):
            if not batch:
                raise ValueError(f"batch {k} is empty")
            if not (min(batch) >= 0 and max(batch) < len(self._rows)):
                raise ValueError(f"batch {k} names a sample that is not there: there are {len(self._rows)}, counted from 0")
        return chosen

    def _table(self, rates: dict[str, Any], count: int) -> list[list[float]]:
        """For each step the numbers of the update, in order."""
        if set(rates) != set(self.rates):
            raise TypeError(f"this update takes {', '.join(self.rates) or 'no rates'}; given: {', '.join(rates) or 'none'}")
        columns = []
        for name in self.rates:
            given = rates[name]
            column = [float(given)] * count if isinstance(given, int | float) else [float(one) for one in given]
            if len(column) != count:
                raise ValueError(f"{name} has {len(column)} entries for {count} steps")
            columns.append(column)
        return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(count)]


def compile_step(
    loss: Callable[..., Any],
    parameters: Sequence[Any],
    example: Sequence[Any],
    *,
    update: Callable[..., Any] = descend,
    state: int = 0,
    rates: Sequence[str] = ("lr",),
    penalty: Callable[[], Any] | None = None,
    backend: str = "auto",
    check: bool = True,
) -> CompiledStep:
    """Compile a training step.

    Parameters
    ----------
    loss : callable
        `loss(*sample)`, the loss of one sample, in terms of the parameters, which it refers to (as a model's method does).
    parameters : sequence of Value
        The leaves to train.
    example : sequence
        One sample, the arguments of `loss`: numbers, or lists of them.
    update : callable, default gradient descent
        `update(parameter, slope, *state, *rates)`: the new parameter, or a tuple of it and the new state.
    state : int, default 0
        How many numbers the update keeps for each parameter; they begin at 0.
    rates : sequence of str, default ("lr",)
        Names of the numbers that `run` gives to the update at each step.
    penalty : callable, optional
        `penalty()`, in terms of the parameters, added to the mean loss of each mini-batch.
    backend : {"auto", "python", "llvm"}, default "auto"
    check : bool, default True
        Record twice and compare, so that random numbers in the loss are noticed.

    Returns
    -------
    CompiledStep

    Raises
    ------
    TraceError
        If the loss, the update or the penalty cannot be a program.

    Examples
    --------
    >>> from autograd_lite import Value
    >>> w, b = Value(0.0), Value(0.0)
    >>> step = compile_step(lambda x, y: (w * x + b - y) ** 2, [w, b], (1.0, 2.0), backend="python")
    >>> step.load([(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)])
    >>> losses = step.run(200, lr=0.1)
    >>> round(w.data, 3), round(b.data, 3)
    (2.0, 1.0)
    """
    begin = time.perf_counter()
    parameters = list(parameters)
    for k, parameter in enumerate(parameters):
        if not isinstance(parameter, Node) or not parameter.is_leaf:
            raise TypeError(f"parameter {k} is not a leaf: parameters are Values that no operation made")
    if len({id(parameter) for parameter in parameters}) != len(parameters):
        raise ValueError("a parameter is listed twice")
    chosen = resolve(backend)
    structure = take_apart(tuple(example), [])
    sample, outside = _sample_kernel(loss, parameters, example, check)
    pieces = Pieces(
        sample, _update_kernel(update, state, rates), _penalty_kernel(penalty, parameters, check), outside, state
    )
    try:
        return CompiledStep(parameters, structure, pieces, rates, chosen, begin)
    except (CompileError, UnsupportedOperation):
        if backend != "auto":
            raise
        return CompiledStep(parameters, structure, pieces, rates, "python", begin)


def _sample_kernel(
    loss: Callable[..., Any], parameters: list[Any], example: Sequence[Any], check: bool
) -> tuple[Kernel, list[Any]]:
    numbers: list[Any] = []
    structures = [take_apart(argument, numbers) for argument in example]
    captured = capture(loss, structures, [float(getattr(one, "data", one)) for one in numbers], check)
    _one_number(captured, "the loss of one sample")
    builder = Builder.of(captured.program)
    size = sum(map(size_of, structures))
    places, outside = _outside_places(captured, parameters, size)
    weight = builder.input("weight")
    wrt = _with_all(builder, places, parameters)
    value = captured.program.outputs[0]
    slopes = append_gradient(builder, value, wrt, seed=weight)
    outputs = [*slopes, builder.emit("mul", weight, value)]
    order = [*wrt, *[builder.input("") for _ in range(-len(wrt) % _ALIGNED)]]
    inputs = {builder.args[index][0]: index for index, op in enumerate(builder.ops) if op == "input"}
    order += [inputs[size + k] for k, leaf in enumerate(captured.outside) if any(leaf is one for one in outside)]
    shared = len(order)
    order += [weight, *[inputs[k] for k in range(size)]]
    program = optimize(_reordered(builder, order, outputs, captured.program))
    return Kernel(program, shared, len(outputs)), outside


def _penalty_kernel(penalty: Callable[[], Any] | None, parameters: list[Any], check: bool) -> Kernel | None:
    if penalty is None:
        return None
    captured = capture(penalty, [], [], check)
    _one_number(captured, "the penalty")
    builder = Builder.of(captured.program)
    places, outside = _outside_places(captured, parameters, 0)
    if outside:
        raise TraceError("the penalty refers to Values that are not parameters; it may use parameters and plain numbers")
    wrt = _with_all(builder, places, parameters)
    value = captured.program.outputs[0]
    outputs = [*append_gradient(builder, value, wrt), value]
    return Kernel(optimize(_reordered(builder, wrt, outputs, captured.program)), len(wrt), len(outputs))


def _update_kernel(update: Callable[..., Any], state: int, rates: Sequence[str]) -> Kernel:
    """The update of one parameter: recorded at 1 for every number, where nothing divides by zero."""
    captured = capture(update, [NUMBER] * (2 + state + len(rates)), [1.0] * (2 + state + len(rates)))
    program = captured.program
    if len(program.outputs) != 1 + state:
        raise TypeError(f"the update gives {len(program.outputs)} numbers; with state={state} it gives {1 + state}")
    if captured.outside:
        raise TraceError("the update refers to Values; it may use its arguments and plain numbers")
    if program.guards:
        raise TraceError(f"the update branches at {program.guards[0].place}; use where(condition, x, y) there")
    builder = Builder.of(program)
    inputs = [index for index, op in enumerate(builder.ops) if op == "input"]
    order = [*inputs[2 + state :], inputs[0], *inputs[2 : 2 + state], inputs[1]]
    return Kernel(optimize(_reordered(builder, order, program.outputs, program)), len(rates), 0)


def _one_number(captured: Captured, what: str) -> None:
    if captured.structure is not NUMBER:
        raise TypeError(f"{what} is one number, not {len(captured.program.outputs)} of them")


def _outside_places(captured: Captured, parameters: list[Any], first: int) -> tuple[dict[int, int], list[Any]]:
    """For each parameter that is used its step, and the Values from outside that are not parameters."""
    numbers = {id(parameter): k for k, parameter in enumerate(parameters)}
    steps = {args[0]: index for index, (op, args) in enumerate(zip(captured.program.ops, captured.program.args, strict=True))
             if op == "input"}  # fmt: skip
    places = {numbers[id(leaf)]: steps[first + k] for k, leaf in enumerate(captured.outside) if id(leaf) in numbers}
    return places, [leaf for leaf in captured.outside if id(leaf) not in numbers]


def _with_all(builder: Builder, places: dict[int, int], parameters: list[Any]) -> list[int]:
    """The input of each parameter, new ones for those that are not used."""
    return [places[k] if k in places else builder.input(parameter.label) for k, parameter in enumerate(parameters)]


def _reordered(builder: Builder, order: Sequence[int], outputs: Sequence[int], like: Program) -> Program:
    """The program with these steps as its inputs, in this order."""
    args = list(builder.args)
    names = [builder.names[args[index][0]] for index in order]
    for place, index in enumerate(order):
        args[index] = (place,)
    return Program(builder.ops, args, names, list(outputs), list(like.guards), like.name)


__all__ = ["CompiledStep", "Pieces", "compile_step", "descend"]
