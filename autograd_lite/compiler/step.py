"""A training step in compiled code: its data, its runs, and what becomes of a branch that goes another way in the middle of one."""

import time
from collections.abc import Sequence
from typing import Any

from autograd_lite.compiler.backends import resolve
from autograd_lite.compiler.checks import PLACE
from autograd_lite.compiler.errors import CompileError, GuardError
from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.memory import COMPILED, require
from autograd_lite.compiler.paths import ALIGNED, Paths
from autograd_lite.compiler.program import Program
from autograd_lite.compiler.step_kernels import Interrupted, StepKernels, used
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS
from autograd_lite.transforms.tree import TreeDef, branch, unflatten


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
        self, parameters: list[Any], paths: Paths, update: Kernel, penalty: Kernel | None, slots: int,
        rates: Sequence[str], backend: str, threads: int,
    ) -> None:  # fmt: skip
        self.parameters = parameters
        self.rates = tuple(rates)
        self.backend = resolve(backend)
        self.threads = threads
        self.state = [[0.0] * len(parameters) for _ in range(slots)]
        self.seconds = 0.0
        self._paths = paths
        self._kernels = StepKernels([], update, penalty, slots, paths.metrics)
        self._fall_back = backend == "auto"
        self._runner: Any = None
        #: The data: for each sample its numbers, its path through the loss, and its structure.
        self._rows: list[list[float]] = []
        self._path_of: list[int] = []
        self._structures: list[tuple[TreeDef, ...]] = []

    def __repr__(self) -> str:
        count = len(self.parameters)
        return f"<a training step of {count} parameters, compiled for {self.backend}: .load(samples), then .run(steps, ...)>"

    @property
    def program(self) -> Program:
        """The program for one sample: its inputs are the parameters and the sample, its results the gradients and the loss."""
        return self.programs[0]

    @property
    def programs(self) -> list[Program]:
        """One for each way that samples take through the loss."""
        return [path.kernel.program for path in self._paths.known]

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
        path_of: list[int] = []
        known: dict[Any, tuple[TreeDef, ...]] = {}
        structures: list[tuple[TreeDef, ...]] = []
        for k, sample in enumerate(samples):
            numbers, structure = self._paths.flatten(sample)
            if rows and len(numbers) != len(rows[0]):
                raise ValueError(f"sample {k} has {len(numbers)} numbers where the others have {len(rows[0])}: {sample!r}")
            path_of.append(self._paths.place(numbers, structure))
            rows.append(numbers)
            structures.append(known.setdefault(structure, structure))
        if not rows:
            raise ValueError("there are no samples to train on")
        self._rows, self._path_of, self._structures = rows, path_of, structures
        self._compiled().load(rows, path_of)

    def _compiled(self) -> Any:
        """The code for all paths known by now."""
        if self._runner is not None and len(self._kernels.samples) == len(self._paths.known):
            return self._runner
        begin = time.perf_counter()
        self._kernels.samples = [path.kernel for path in self._paths.known]
        require(self._kernels.size, COMPILED[self.backend], "compiling the training step")
        if self.backend == "llvm":
            try:
                self._runner = self._machine_code()
            except CompileError:
                if not self._fall_back:
                    raise
                self.backend = "python"
        if self.backend == "python":
            from autograd_lite.compiler.python_train import PythonRunner

            self._runner = PythonRunner(self._kernels, len(self.parameters))
        self.seconds += time.perf_counter() - begin
        return self._runner

    def _machine_code(self) -> Any:
        from autograd_lite.compiler.llvm.train import LlvmRunner

        return LlvmRunner(self._kernels, len(self.parameters), self.threads)

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
            If the samples, as the parameters change, take more ways through the loss than are allowed, or one stands so near
            to a branch that rounding decides.  The steps before are done; their losses are the exception's `losses`.
        ValueError
            If no data is loaded, or a batch is empty or names a sample that is not there.
        DomainError, DivisionByZeroError, RangeError
            As the eager engine has them, with the number of the sample; the steps before are done.  In machine code those of
            the loss: where the penalty or the update has no number, it goes on with infinities and nan, as in `ieee` mode,
            and a loss that is not finite tells.
        """
        chosen = self._checked(batches)
        table = self._table(rates, chosen if isinstance(chosen, int) else len(chosen))

        def batch(step: int) -> Any:
            return range(len(self._rows)) if isinstance(chosen, int) else chosen[step]

        self._check(True)
        if sync or not self._compiled().ready:
            self.refresh()
        losses: list[float] = []
        flipped = -1
        while True:
            done = len(losses)
            rest = chosen - done if isinstance(chosen, int) else chosen[done:]
            try:
                losses += self._runner.run(rest, table[done:])
                break
            except Interrupted as stop:
                losses += stop.losses
                step = len(losses)
                self.sync()
                try:
                    self._assign_paths(batch(step), stop, step, again=step == flipped)
                except GuardError as error:
                    error.losses = losses
                    raise
                flipped = step
        if sync:
            self.sync()
        return losses

    def _explained(self, error: Exception, batch: Sequence[int], step: int) -> Exception:
        """The eager engine's error for a mini-batch that a program cannot be run on; `error` if it has none."""
        for k in batch:
            try:
                self._paths.loss(*unflatten(branch((), self._structures[k]), self._rows[k]))
            except ARITHMETIC_ERRORS as found:
                found.add_note(f"in sample {k} of step {step}; the parameters are those before that step")
                return found
        if not isinstance(error, GuardError):
            error.add_note(f"in the derivative or the update of step {step}; the parameters are those before it")
        return error

    def _assign_paths(self, batch: Sequence[int], stop: Interrupted, step: int, again: bool) -> None:
        """Give each sample of a mini-batch the path it takes at the parameters as they are now."""
        if again:
            guards = self.programs[stop.sample].guards
            place = guards[stop.guard].place if stop.guard < len(guards) else PLACE
            near = GuardError(
                f"at step {step} a sample stands so near to the branch at {place} that rounding decides which way it goes; "
                "write where(condition, x, y) there, or train without compiling"
            )
            found = self._explained(stop.error or near, batch, step)
            if found is not near or place is not PLACE:
                raise found from None
            self._check(False)  # of numbers that are infinite or nan already
            return
        path_of, known = list(self._path_of), -1
        numbers = [parameter.data for parameter in self.parameters]
        shared: list[float] = []
        for k in batch:
            if known != len(self._paths.known):  # a new path may refer to more Values from outside
                known = len(self._paths.known)
                shared = [*numbers, *[0.0] * (-len(numbers) % ALIGNED), *self._outside()]
            try:
                path_of[k] = self._paths.place(self._rows[k], self._structures[k], shared)
            except ARITHMETIC_ERRORS as found:
                raise self._explained(found, batch, step) from None
        self._path_of, before = path_of, self._runner
        if self._compiled() is before:
            before.assign(path_of)
        else:
            self._runner.load(self._rows, path_of)
        self.refresh()

    def _check(self, checked: bool) -> None:
        """Whether the code is to stop where an operation would raise."""
        if self._kernels.checked is not checked:
            self._kernels.checked, self._runner = checked, None
            self._compiled().load(self._rows, self._path_of)
            self.refresh()

    def refresh(self) -> None:
        """Read parameters, Values from outside and `.state` into the code, before runs that are not synchronized."""
        self._compiled().write([parameter.data for parameter in self.parameters], self._outside(), self.state)

    @property
    def unreached(self) -> list[int]:
        """The numbers of the parameters that neither the loss nor the penalty depends on."""
        penalty, count = self._kernels.penalty, len(self.parameters)
        kernels = [*[path.kernel for path in self._paths.known], *([penalty] if penalty else [])]
        reached = [any(column) for column in zip(*[used(kernel, count) for kernel in kernels], strict=True)]
        return [k for k in range(count) if not reached[k]]

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
        batch = range(len(self._rows)) if batch is None else batch
        self.refresh()
        again = False
        while True:
            try:
                return self._runner.gradient(chosen)  # type: ignore[no-any-return]
            except Interrupted as stop:
                self._assign_paths(batch, stop, 0, again)  # raises, the second time
                again = True

    def _outside(self) -> list[float]:
        return [leaf.data for leaf in self._paths.outside]

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
