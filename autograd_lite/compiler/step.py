"""A training step in compiled code: its data, its runs, and what becomes of a branch that goes another way in the middle of one."""

import time
from array import array
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter, is_
from typing import Any

from autograd_lite.compiler import sharing
from autograd_lite.compiler.backends import resolve
from autograd_lite.compiler.errors import CompileError, GuardError, TraceError, UnsupportedOperation
from autograd_lite.compiler.memory import COMPILED, require
from autograd_lite.compiler.paths import ALIGNED, Paths
from autograd_lite.compiler.program import Program
from autograd_lite.compiler.step_kernels import Interrupted, Recorded, StepKernels, penalty_kernel, update_kernel
from autograd_lite.compiler.watch import State, Watch
from autograd_lite.engine import modes
from autograd_lite.engine.hooks import has_hooks
from autograd_lite.engine.value import CONSTANT
from autograd_lite.matrix import Matrix
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS
from autograd_lite.terminal import clean
from autograd_lite.transforms.tree import TreeDef, branch, unflatten


@dataclass(frozen=True)
class Recipe:
    """What a training step is recorded from; see `compile_step`.

    Attributes
    ----------
    known_by : hashable
        What the programs depend on besides these arguments and the state of the watch.
    """

    loss: Callable[..., Any]
    parameters: list[Any]
    example: tuple[Any, ...]
    update: Callable[..., Any]
    slots: int
    rates: tuple[str, ...]
    penalty: Callable[[], Any] | None = None
    static: frozenset[int] = frozenset()
    max_variants: int = 64
    check: bool = True
    metrics: int = 0
    known_by: Hashable = None

    def key(self, state: State, *how: Hashable) -> Hashable:
        """What steps of the same programs have in common; None for a step that has its own."""
        if not state.own:
            return None
        count = len(self.parameters)
        first = len(state.values) >= count and all(map(is_, self.parameters, state.values))
        places = count if first else tuple(state.places(self.parameters, "the step", made=True))
        more = (self.slots, self.rates, self.static, self.max_variants, self.check, self.metrics, self.known_by)
        return state.key, places, more, how

    def record(self, paths: Paths, own: bool) -> Recorded:
        """Update and penalty, recorded; `own` if all code is known."""
        update = update_kernel(self.update, self.slots, self.rates, None if own else paths.watch)
        return Recorded(update, penalty_kernel(self.penalty, paths))

    def paths(
        self, watch: Watch, follows: bool, python: bool, own: bool, found: Recorded | None, values: list[Any]
    ) -> Paths:
        """The loss recorded for the example, for Python source or machine code; what was found is recorded already."""
        given = (self.static, self.check and not own, self.max_variants, self.metrics, watch, follows, python)
        paths = Paths(self.loss, self.parameters, *given)
        if found is not None:
            paths.known, paths.outside = list(found.known), [values[k] for k in found.outside]
        paths.place(*paths.flatten(self.example))
        return paths

    def check_parameters(self) -> None:
        """Refuse parameters that a step cannot move as the eager engine would."""
        if not has_hooks() and CONSTANT not in map(attrgetter("_rule"), self.parameters):
            return
        for k, parameter in enumerate(self.parameters):
            if parameter.is_constant or has_hooks(parameter):
                name = f"parameter {k}" + (f", {clean(parameter.label)}," if parameter.label else "")
                if parameter.is_constant:
                    raise ValueError(f"{name} is frozen (requires_grad=False): leave it out of the list, or unfreeze it")
                raise TraceError(f"{name} has a hook, which only Python can call: remove it, or train without compiling")


class CompiledStep:
    """A training step in compiled code; see `compile_step`.

    Attributes
    ----------
    parameters : list of Value
        Their `.data` is read when a run begins and written when it ends.
    backend : str
    seconds : float
        How long recording and compiling took.
    """

    def __init__(self, recipe: Recipe, watch: Watch, backend: str, threads: int = 1, follows: bool = True) -> None:
        self.parameters = recipe.parameters
        self.rates = recipe.rates
        self.backend = resolve(backend)
        self.threads = threads
        self._columns: Sequence[Sequence[float]] = [[0.0] * len(self.parameters) for _ in range(recipe.slots)]
        self.seconds = 0.0
        #: Whether a run begins with a look at what was read from outside.
        self._recipe, self._watch, self._follows = recipe, watch, follows
        self._fall_back = backend == "auto"
        #: The data: for each sample its numbers, its path through the loss, and its structure.
        self._rows: Any = []
        self._loaded = False  # whether the code has them
        self._structures: list[tuple[TreeDef, ...]] = []
        self._record()

    def _record(self) -> None:
        """Record loss, update and penalty as they are now."""
        recipe, watch, python = self._recipe, self._watch, self.backend == "python"
        recipe.check_parameters()
        state = watch.state()
        self._key = recipe.key(state, self.backend, self._follows)
        found = sharing.find(self._key)
        self._paths = recipe.paths(watch, self._follows, python, state.own, found, state.values)
        self._recorded = found or recipe.record(self._paths, state.own)
        kernels = (self._recorded.update, self._recorded.penalty)
        self._kernels = StepKernels([], *kernels, recipe.slots, recipe.metrics, code=self._recorded.code)
        self._runner: Any = None
        self._ahead = False  # whether the newest parameters are in the code, and not in the Values
        self._observed = False  # whether somebody looks at each operation, so that the eager engine makes them
        self._state = state if state.own else watch.state()
        self._values = self._state.values
        rows, self._rows = self._rows, []  # forgotten if they cannot go through
        self._path_of = self._paths.places(rows, self._structures)
        self._rows = rows

    def _follow(self) -> None:
        """See what is other than it was: record again, or read other Values in the same places, or other numbers of them."""
        if not self._follows:
            return
        self._recipe.check_parameters()
        state = self._watch.state()
        # Each Value is but once among those of a state, in whatever places it stands.
        pairs = () if self._values is state.values else zip(self._values, state.values, strict=False)
        moved = {id(old): new for old, new in pairs if old is not new}
        changed = {*moved, *map(id, moved.values())}
        if state is not self._state or (changed and any(id(parameter) in changed for parameter in self.parameters)):
            self._settle()
            self._record()
            return
        self._values = state.values
        self._paths.outside = [moved.get(id(one), one) for one in self._paths.outside]
        if self._paths.outside and self._runner is not None and self._runner.ready and self._outside() != self._written:
            self._settle()
            self._read_in()

    def _settle(self) -> None:
        """Write what the code keeps into the Values, if that is the newest."""
        if self._ahead:
            self.sync()

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

    def load(self, samples: Sequence[Any], matrix: Matrix | None = None) -> None:
        """Take the data set.

        Parameters
        ----------
        samples : sequence
            Each the arguments of the loss.
        matrix : Matrix, optional
            The numbers of all samples; then one sample is enough, the others have its structure.

        Raises
        ------
        ValueError
            If there are none, or one has another shape.
        """
        flat = [self._paths.flatten(sample) for sample in samples]
        if not flat:
            raise ValueError("there are no samples to train on")
        width = len(flat[0][0])
        for k, (numbers, _) in enumerate(flat):
            if len(numbers) != width:
                raise ValueError(f"sample {k} has {len(numbers)} numbers where the others have {width}: {samples[k]!r}")
        known = dict[Any, Any]()
        structures = [known.setdefault(structure, structure) for _, structure in flat]
        if matrix is not None:
            structures = structures[:1] * len(matrix)
        elif width:
            matrix = Matrix(array("d", [number for row, _ in flat for number in row]), width)
        # What is recorded anew is recorded with what comes.
        self._rows, self._recipe = [], replace(self._recipe, example=tuple(samples[0]))
        self._follow()
        self._rows = [row for row, _ in flat] if matrix is None else matrix
        self._structures = structures
        self._path_of = self._paths.places(self._rows, self._structures)
        self._loaded = False
        self._compiled()

    def put(self, k: int, numbers: "array[float]") -> None:
        """Put other numbers in place of the last ones of a sample."""
        end = (k + 1) * self._rows.width
        self._rows.numbers[end - len(numbers) : end] = numbers

    def _compiled(self) -> Any:
        """The code for all paths known by now, with the data in it."""
        if self._runner is None or len(self._kernels.samples) < len(self._paths.known):
            self._compile()
        if self._rows and not self._loaded:
            self._runner.load(self._rows, self._path_of)
            self._loaded = True
        return self._runner

    def _compile(self) -> None:
        begin = time.perf_counter()
        self._kernels.samples = [path.kernel for path in self._paths.known]
        require(self._kernels.size, COMPILED[self.backend], "compiling the training step")
        if self._observed:
            from autograd_lite.compiler.python_train import ObservedRunner

            self._runner = ObservedRunner(self._kernels, self.parameters, self._loss_of, self._recipe.penalty)
        elif self.backend == "llvm":
            try:
                self._runner = self._machine_code()
            except CompileError:
                if not self._fall_back:
                    raise
                self.backend = "python"
        if self.backend == "python" and not self._observed:
            from autograd_lite.compiler.python_train import PythonRunner

            self._runner = PythonRunner(self._kernels, len(self.parameters))
        self._share()
        self._loaded = False
        self.seconds += time.perf_counter() - begin

    def _share(self) -> None:
        """Let others have what was recorded."""
        paths, state = self._paths, self._state
        if self._key is None or len(paths.known) == len(self._recorded.known) or any(path.rules for path in paths.known):
            return
        places = [*state.places(paths.outside, "the loss", made=True)] if paths.outside else []
        if None not in places:
            self._recorded = replace(self._recorded, known=tuple(paths.known), outside=tuple(places))
            sharing.keep(self._key, self._recorded, state.kept)

    def _machine_code(self) -> Any:
        from autograd_lite.compiler.llvm.train import LlvmRunner

        for rule in (rule for path in self._paths.known for rule in path.rules):
            raise UnsupportedOperation(
                f"machine code deals the weight of a sample out to the places of a register, which takes derivatives that are linear "
                f"in it, and the backward rule of {rule} need not be: backend='python' calls it with the gradient as it is"
            )
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

        self._follow()
        self._check(not modes.answering_ieee.get())
        if sync or not self._compiled().ready:
            self._settle()
            self._read_in()
        self._ahead = not sync
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
            except Exception:  # of somebody who observes; the steps before are done
                self.sync()
                raise
        if sync:
            self.sync()
        self._ahead = not sync
        return losses

    def _loss_of(self, k: int) -> Any:
        """The loss of a sample by the eager engine, at what the Values are now."""
        return self._paths.loss(*unflatten(branch((), self._structures[k]), self._rows[k]))

    def _explained(self, error: Exception, batch: Sequence[int], step: int) -> Exception:
        """The eager engine's error for a mini-batch that a program cannot be run on; `error` if it has none."""
        for k in batch:
            try:
                self._loss_of(k)
            except ARITHMETIC_ERRORS as found:
                found.add_note(f"in sample {k} of step {step}; the parameters are those before that step")
                return found
        if not isinstance(error, GuardError):
            error.add_note(f"in the derivative or the update of step {step}; the parameters are those before it")
        return error

    def _assign_paths(self, batch: Sequence[int], stop: Interrupted, step: int, again: bool) -> None:
        """Give each sample of a mini-batch the path it takes at the parameters as they are now."""
        if again:
            program = self.programs[stop.sample]
            known = stop.guard < len(program.guards)
            places = [program.guards[stop.guard].place] if known else sorted(program.branches)
            near = GuardError(
                f"at step {step} a sample stands so near to the branch at {' or '.join(places)} that rounding decides which way it goes; "
                "write where(condition, x, y) there, or train without compiling"
            )
            found = self._explained(stop.error or near, batch, step)
            if found is not near or known or not self._kernels.checked:
                raise found from None
            self._check(False)  # of numbers that are infinite or nan already
            return
        path_of, numbers = list(self._path_of), [parameter.data for parameter in self.parameters]
        numbers += [0.0] * (-len(numbers) % ALIGNED)
        shared = numbers + self._outside()
        for k in batch:
            try:
                path_of[k] = self._paths.place(self._rows[k], self._structures[k], shared)
            except ARITHMETIC_ERRORS as found:
                raise self._explained(found, batch, step) from None
            if len(shared) < len(numbers) + len(self._paths.outside):  # of a new path
                shared = numbers + self._outside()
        self._path_of = path_of
        self._compiled().assign(path_of)
        self._read_in()

    def _check(self, checked: bool) -> None:
        """Whether the code is to stop where an operation would raise; the eager engine takes its place if somebody observes."""
        if self._kernels.checked is not checked or self._observed is not modes.observed():
            self._settle()
            self._kernels.checked, self._observed, self._runner = checked, modes.observed(), None
            self._read_in()

    def refresh(self) -> None:
        """Read parameters, Values from outside and `.state` into the code, before runs that are not synchronized."""
        self._follow()
        self._read_in()

    def _read_in(self) -> None:
        self._written = self._outside()
        self._compiled().write([parameter._number for parameter in self.parameters], self._written, self._columns)

    @property
    def unreached(self) -> list[int]:
        """The numbers of the parameters that neither the loss nor the penalty depends on."""
        self._kernels.samples = [path.kernel for path in self._paths.known]
        reached = self._kernels.reached(len(self.parameters))
        return [k for k, one in enumerate(reached) if not one] if 0 in reached else []

    def sync(self) -> None:
        """Write the parameters where the runs have taken them into the Values."""
        numbers, self._columns = self._runner.read()
        self._ahead = False
        for parameter, number in zip(self.parameters, numbers, strict=True):
            parameter._number = number

    @property
    def state(self) -> list[list[float]]:
        """What the optimizer keeps: for each slot a number for each parameter; kept from run to run."""
        columns: list[list[float]] = [one if isinstance(one, list) else list(one) for one in self._columns]
        self._columns = columns
        return columns

    @state.setter
    def state(self, columns: Sequence[Sequence[float]]) -> None:
        self._columns = columns

    def peek(self) -> tuple[Sequence[float], Sequence[Sequence[float]]]:
        """The parameters where the runs have taken them, and the optimizer's state, without writing them into the Values."""
        return self._runner.read()  # type: ignore[no-any-return]

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
        self._follow()
        self._check(not modes.answering_ieee.get())
        self._settle()
        self._read_in()
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
            if min(batch) < 0 or max(batch) >= len(self._rows):
                raise ValueError(f"batch {k} names a sample that is not there: there are {len(self._rows)}, counted from 0")
        return chosen

    def _table(self, rates: dict[str, Any], count: int) -> list[list[float]]:
        """For each step the numbers of the update, in order."""
        if set(rates) != set(self.rates):
            raise TypeError(f"this update takes {', '.join(self.rates) or 'no rates'}; given: {', '.join(rates) or 'none'}")
        columns = [[one] * count if isinstance(one, int | float) else [*one] for one in map(rates.__getitem__, self.rates)]
        for name, column in zip(self.rates, columns, strict=True):
            if len(column) != count:
                raise ValueError(f"{name} has {len(column)} entries for {count} steps")
        return [[float(column[step]) for column in columns] for step in range(count)]
