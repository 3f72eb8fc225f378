"""A whole training step as one program: loss over a mini-batch, gradients, penalty, and the optimizer's update.

The loss is written for one sample, the update for one parameter, the penalty for all parameters; each is recorded once, as
Values, and they are compiled together.  The steps are a loop in the compiled code: nothing of Python runs between them.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.compiler.adjoint import append_gradient
from autograd_lite.compiler.arguments import NUMBER
from autograd_lite.compiler.backends import resolve
from autograd_lite.compiler.capture import capture
from autograd_lite.compiler.errors import CompileError, GuardError, TraceError, UnsupportedOperation
from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Builder, Program
from autograd_lite.compiler.variants import Variants, input_steps, one_number, reordered
from autograd_lite.engine.node import Node


def descend(p: Any, g: Any, lr: Any) -> Any:
    """Gradient descent, the update if no other is given: the parameter minus the learning rate times the slope."""
    return p - lr * g


class Pieces:
    """The programs of a step.

    Attributes
    ----------
    samples : list of Kernel
        One for each way through the loss.
    update : Kernel
        Inputs: the rates, then parameter, state and slope; for each parameter: the new parameter and state.
    penalty : Kernel or None
        Inputs: the parameters; results: the gradients, the penalty.
    slots : int
        How many numbers of state a parameter has.
    metrics : int
        How many sums a sample has behind its loss.
    """

    def __init__(self, samples: list[Kernel], update: Kernel, penalty: Kernel | None, slots: int, metrics: int = 0) -> None:
        self.samples = samples
        self.update = update
        self.penalty = penalty
        self.slots = slots
        self.metrics = metrics


class Interrupted(Exception):
    """A guard did not hold: at this step, in this program, this guard; the steps before are done."""

    def __init__(self, done: int, sample: int, guard: int, losses: list[float]) -> None:
        super().__init__()
        self.done, self.sample, self.guard, self.losses = done, sample, guard, losses


class CompiledStep:
    """A training step in compiled code; see `compile_step`.

    Attributes
    ----------
    parameters : list of Value
        Their `.data` is read when a run begins and written when it ends.
    state : list of list of float
        What the optimizer keeps: for each slot a number for each parameter; kept from run to run.
    backend : str
    seconds : float
        How long recording and compiling took.
    """

    def __init__(
        self, parameters: list[Any], variants: Variants, update: Kernel, penalty: Kernel | None, slots: int,
        rates: Sequence[str], backend: str,
    ) -> None:  # fmt: skip
        self.parameters = parameters
        self.rates = tuple(rates)
        self.backend = resolve(backend)
        self.state = [[0.0] * len(parameters) for _ in range(slots)]
        self.seconds = 0.0
        self._variants = variants
        self._pieces = Pieces([], update, penalty, slots, variants.metrics)
        self._fall_back = backend == "auto"
        self._runner: Any = None
        self._count = 0

    @property
    def program(self) -> Program:
        """The program for one sample: its inputs are the parameters and the sample, its results the gradients and the loss."""
        return self._variants.known[0].kernel.program

    @property
    def programs(self) -> list[Program]:
        """One for each way that samples take through the loss."""
        return [variant.kernel.program for variant in self._variants.known]

    @property
    def source(self) -> str:
        """The code: Python, or LLVM's language."""
        return self._compiled().source  # type: ignore[no-any-return]

    def load(self, samples: Sequence[Any]) -> None:
        """Take the data set: a sequence of samples, each the arguments of the loss.

        Raises
        ------
        ValueError
            If there are none, or one has another shape.
        """
        rows: list[list[float]] = []
        ways: list[int] = []
        width = None
        for k, sample in enumerate(samples):
            structures, numbers = self._variants.take_apart(sample)
            if width is None:
                width = len(numbers)
            if len(numbers) != width:
                raise ValueError(f"sample {k} has {len(numbers)} numbers where the others have {width}: {sample!r}")
            ways.append(self._variants.place(structures, numbers))
            rows.append(numbers)
        if not rows:
            raise ValueError("there are no samples to train on")
        self._count = len(rows)
        self._compiled().load(rows, ways)

    def _compiled(self) -> Any:
        """The code for all ways known by now."""
        if self._runner is not None and len(self._pieces.samples) == len(self._variants.known):
            return self._runner
        begin = time.perf_counter()
        self._pieces.samples = [variant.kernel for variant in self._variants.known]
        if self.backend == "llvm":
            from autograd_lite.compiler.llvm.train import LlvmRunner

            try:
                self._runner = LlvmRunner(self._pieces, len(self.parameters))
            except (CompileError, UnsupportedOperation):
                if not self._fall_back:
                    raise
                self.backend = "python"
        if self.backend == "python":
            from autograd_lite.compiler.python_train import PythonRunner

            self._runner = PythonRunner(self._pieces, len(self.parameters))
        self.seconds += time.perf_counter() - begin
        return self._runner

    def run(
        self, batches: Sequence[Sequence[int]] | int = 1, *, sync: bool = True, **rates: float | Sequence[float]
    ) -> list[float]:
        """Take steps.

        Parameters
        ----------
        batches : sequence of sequences of int, or int
            For each step the samples of its mini-batch, by number; or how many steps to take on all samples.
        sync : bool, default True
            Read the parameters before, and write them after.  False leaves them where the code keeps them, for a loop of
            short runs; `sync()` writes them at its end.
        **rates : float or sequence of float
            The learning rate and whatever else the update takes, one number or one for each step.

        Returns
        -------
        list of float
            The loss before each step, penalty included: the mean over its mini-batch.

        Raises
        ------
        GuardError
            If a sample takes a branch, because of the parameters, that the one recorded did not take.  The steps before
            are done; their losses are the exception's `losses`.
        ValueError
            If no data is loaded, or a batch is empty or names a sample that is not there.
        """
        chosen = self._checked(batches)
        table = self._table(rates, chosen if isinstance(chosen, int) else len(chosen))
        runner = self._runner
        if sync or not runner.ready:
            runner.write([parameter.data for parameter in self.parameters], self._outside(), self.state)
        try:
            losses: list[float] = runner.run(chosen, table)
        except Interrupted as stop:
            self.sync()
            place = self.programs[stop.sample].guards[stop.guard].place
            error = GuardError(
                f"at step {stop.done} a sample takes another branch than the one recorded, at {place}; in a compiled step "
                "write where(condition, x, y) instead, or train without compiling"
            )
            error.losses = stop.losses
            raise error from None
        if sync:
            self.sync()
        return losses

    def refresh(self) -> None:
        """Read parameters, Values from outside and `.state` into the code, before runs that are not synchronized."""
        self._compiled().write([parameter.data for parameter in self.parameters], self._outside(), self.state)

    @property
    def unreached(self) -> list[int]:
        """The numbers of the parameters that neither the loss nor the penalty depends on."""
        used = {
            index
            for kernel in self._kernels()
            for index, reached in enumerate(_used(kernel, len(self.parameters)))
            if reached
        }
        return [k for k in range(len(self.parameters)) if k not in used]

    def _kernels(self) -> list[Kernel]:
        penalty = self._pieces.penalty
        return [*[variant.kernel for variant in self._variants.known], *([penalty] if penalty else [])]

    def sync(self) -> None:
        """Write the parameters where the runs have taken them into the Values."""
        numbers, self.state = self._runner.read()
        for parameter, number in zip(self.parameters, numbers, strict=True):
            parameter.data = number

    @property
    def metrics(self) -> list[float]:
        """What the loss gave besides itself, in the last step: the means over its mini-batch."""
        return self._runner.metrics()  # type: ignore[no-any-return]

    @property
    def slopes(self) -> list[float]:
        """The gradient of the last step, penalty included."""
        return self._runner.slopes()  # type: ignore[no-any-return]

    def gradient(self, batch: Sequence[int] | None = None) -> tuple[float, list[float]]:
        """The loss and its gradient on a mini-batch (all samples if none is given), penalty included, without an update."""
        chosen = self._checked(1 if batch is None else [batch])
        self._runner.write([parameter.data for parameter in self.parameters], self._outside(), self.state)
        try:
            return self._runner.gradient(chosen)  # type: ignore[no-any-return]
        except Interrupted as stop:
            place = self.programs[stop.sample].guards[stop.guard].place
            raise GuardError(f"a sample takes another branch than the one recorded, at {place}") from None

    def _outside(self) -> list[float]:
        return [leaf.data for leaf in self._variants.outside]

    def _checked(self, batches: Any) -> Any:
        if not self._count:
            raise ValueError("no data: call load(samples) before run")
        if isinstance(batches, int):
            if batches < 0:
                raise ValueError(f"the number of steps is not negative, but {batches} was given")
            return batches
        chosen = [list(batch) for batch in batches]
        for k, batch in enumerate(chosen):
            if not batch:
                raise ValueError(f"batch {k} is empty")
            if not (min(batch) >= 0 and max(batch) < self._count):
                raise ValueError(f"batch {k} names a sample that is not there: there are {self._count}, counted from 0")
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
    static: Sequence[int] = (),
    backend: str = "auto",
    max_variants: int = 64,
    check: bool = True,
    metrics: int = 0,
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
    static : sequence of int, optional
        Arguments of the loss whose numbers it needs as numbers (a class used as an index): for each there is a program.
    backend : {"auto", "python", "llvm"}, default "auto"
    max_variants : int, default 64
        How many ways through the loss are compiled: the samples may take different branches where these depend on the
        sample alone.
    check : bool, default True
        Record twice and compare, so that random numbers in the loss are noticed.
    metrics : int, default 0
        How many numbers the loss gives besides itself, as a list behind it: `[loss, right]`, say.  They are not
        differentiated; `.metrics` has their means over the last mini-batch.

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
    resolve(backend)
    variants = Variants(loss, parameters, static, check, max_variants, metrics)
    variants.place(*variants.take_apart(example))
    step = CompiledStep(
        parameters, variants, _update_kernel(update, state, rates), _penalty_kernel(penalty, parameters, check), state,
        rates, backend,
    )  # fmt: skip
    step.seconds = time.perf_counter() - begin
    return step


def _used(kernel: Kernel, count: int) -> list[bool]:
    """For each of the first `count` inputs whether anything is computed from it."""
    program = kernel.program
    used = set(program.outputs)
    for op, args in zip(program.ops, program.args, strict=True):
        if op not in ("input", "const"):
            used.update(args)
    places = input_steps(program)
    return [places.get(k) in used for k in range(count)]


def _penalty_kernel(penalty: Callable[[], Any] | None, parameters: list[Any], check: bool) -> Kernel | None:
    if penalty is None:
        return None
    captured = capture(penalty, [], [], check)
    one_number(captured, "the penalty")
    found = {id(leaf): index for leaf, index in zip(captured.outside, input_steps(captured.program).values(), strict=True)}
    if len(found) > sum(id(parameter) in found for parameter in parameters):
        raise TraceError("the penalty refers to Values that are not parameters; it may use parameters and plain numbers")
    if captured.program.guards:
        raise TraceError(f"the penalty branches at {captured.program.guards[0].place}; use where(), relu, abs... there")
    builder = Builder.of(captured.program)
    wrt = [found[id(one)] if id(one) in found else builder.input(one.label) for one in parameters]
    outputs = [*append_gradient(builder, captured.program.outputs[0], wrt), captured.program.outputs[0]]
    return Kernel(optimize(reordered(builder, wrt, outputs, (), "penalty")), len(wrt), len(outputs))


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
    return Kernel(optimize(reordered(builder, order, program.outputs, (), "update")), len(rates), 0)


__all__ = ["CompiledStep", "Interrupted", "Pieces", "compile_step", "descend"]
