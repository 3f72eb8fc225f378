"""A compiled function: its programs, found by the arguments, and the eager engine where none of them will do."""

import functools
import logging
import math
import time
import warnings
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from types import MethodType
from typing import Any

from autograd_lite.compiler import sharing
from autograd_lite.compiler.backends import compile_kernel, resolve
from autograd_lite.compiler.capture import Captured, capture
from autograd_lite.compiler.checks import PLACE
from autograd_lite.compiler.errors import GuardError
from autograd_lite.compiler.guards import guard_check
from autograd_lite.compiler.kernel import Code, Kernel
from autograd_lite.compiler.loops import IN_PYTHON, WORTH_LOOPS
from autograd_lite.compiler.operations import LEAVES, raised
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Guard, Program, unrolled
from autograd_lite.compiler.straight import NOWHERE, straight
from autograd_lite.compiler.tracer import VALUED, session_of_call
from autograd_lite.compiler.vectors import CELL, in_memory, readable, with_array, written
from autograd_lite.compiler.watch import State, Watch
from autograd_lite.engine import modes
from autograd_lite.engine.numbers import as_float
from autograd_lite.engine.value import Value
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS
from autograd_lite.transforms.registry import derivative_of, name_of
from autograd_lite.transforms.signature import parameters, positional
from autograd_lite.transforms.trace import differentiating, for_numbers
from autograd_lite.transforms.tree import Branch, Static, TreeDef, branch, partition, partition_all, unflatten
from autograd_lite.transforms.writing import builder

_log = logging.getLogger("autograd_lite")
#: Programs are kept for so many structures of arguments and states of what is read from outside.
_MOST_STRUCTURES = 256
_FLOATS = frozenset({float})
#: What is part of a structure of arguments and cannot change.
_FIXED = (str, bool, int, float, type(None))


@dataclass
class Variant:
    """One program for a function: for one structure of arguments and one way through its branches."""

    captured: Captured
    kernel: Kernel
    code: Code
    seconds: float
    #: Where each Value from outside stands among those of the state; None for one that the function made.
    places: list[int | None] = field(default_factory=list)
    #: Of a batch: which results are added up (`batch.py`).
    plan: Any = None
    _path: tuple[Any, Callable[[tuple[Any, ...]], Any] | None] = (None, None)

    @property
    def program(self) -> Program:
        """The program, after the passes."""
        return self.kernel.program

    def of(self, outside: list[Any]) -> "Variant":
        """The same of other Values from outside."""
        return replace(self, captured=replace(self.captured, outside=outside, state=None))

    def run(self, numbers: Sequence[float]) -> Sequence[float] | None:
        """What the code gives for the numbers of the arguments; None if they go another way, or not to a finite result, or if
        somebody observes what is done."""
        if modes.observed():
            return None
        captured = self.captured
        try:
            if self.code.values:
                found = self.code.function(numbers, captured.outside)
            else:
                found = self.code.function([*numbers, *captured.numbers()] if captured.outside else numbers, ())
        except ARITHMETIC_ERRORS:
            return None
        if found.__class__ is int:
            return None
        results: Sequence[float] = found[0]
        total = sum(results)  # finite only if all are; where finite ones are too large to be added up, each is asked
        return results if total - total == 0.0 or all(map(math.isfinite, results)) else None

    def path(self, entry: "Entry") -> Callable[[tuple[Any, ...]], Any] | None:
        """The short way for calls like this one."""
        if self._path[0] is not entry:
            self._path = entry, straight(entry, self)
        return self._path[1]

    @cached_property
    def build(self) -> Callable[[Sequence[float]], Any]:
        """A function that makes the result of its numbers."""
        return builder(self.captured.structure)

    def run_in_memory(self, numbers: "array[float]") -> Any:
        """As `run`, by machine code; gives an array of results."""
        if self.code.whole is None or modes.observed() or not readable():
            return None
        import numpy as np

        numbers = numbers + array("d", self.captured.numbers())
        found = np.zeros(len(self.captured.program.outputs))
        return found if self.code.whole(numbers.tobytes(), id(found) + CELL) < 0 else None

    @cached_property
    def build_arrays(self) -> Callable[[Any], Any]:
        """As `build`, for an array, of which the arrays in the result are views."""
        return builder(self.captured.structure, arrays=True)

    @cached_property
    def _written_out(self) -> Program:
        return unrolled(self.captured.program)

    @cached_property
    def _check(self) -> Callable[[Sequence[float]], bool]:
        return guard_check(self.captured.program)

    def failing(self, numbers: Sequence[float]) -> list[Guard]:
        """The guards that do not hold for the numbers of the arguments, by the operations of the eager engine, and one for each
        operation that raises."""
        program = self._written_out
        if not program.guards and not program.checks:
            return []
        values = program.values([*numbers, *self.captured.numbers()])
        computed = [k for k in program.checks if program.ops[k] not in LEAVES]
        raising = [k for k in computed if raised(program.ops[k], [values[arg] for arg in program.args[k]])]
        flipped = [guard for guard in program.guards if bool(values[guard.index]) is not guard.expected]
        return flipped + [Guard(k, False, PLACE) for k in raising]

    def follows(self, numbers: Sequence[float]) -> bool:
        """Whether the numbers of the arguments go this way, by Python source, so to a last bit."""
        return self._check([*numbers, *self.captured.numbers()])


@dataclass
class Entry:
    """What is compiled for arguments of one shape, in one state of everything else: a variant for each way through the branches."""

    shape: Any
    watch: Watch
    state: State
    values: list[Any]
    variants: list[Variant] = field(default_factory=list)
    #: Of batches: for each way in which arguments lay the short way for such calls, once there were two.
    paths: dict[Any, Any] = field(default_factory=dict)

    def read(self) -> None:
        """Let the programs read the Values that stand now where those stood with which they were recorded."""
        for variant in self.variants:
            variant.captured.outside = self.state.at(variant.places, variant.captured.outside)
        self.values = self.state.values


class Jitted:
    """A compiled function; see `jit`.

    Attributes
    ----------
    variants : list of Variant
        What has been compiled so far.
    eager_calls : int
        How often the eager engine was asked, for a call or for a sample of a batch: a result that is not finite, two sides of a
        branch that are equal but for rounding, an error.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        backend: str = "auto",
        static: Sequence[int] = (),
        max_variants: int = 16,
        check: bool = True,
        threads: int = 1,
    ) -> None:
        self.function = function
        self.threads = threads
        self.backend = backend
        self.static = frozenset(static)
        self.max_variants = max_variants
        self.check = check
        self._known: dict[Any, Entry] = {}
        self._watches: dict[Any, Watch] = {(): Watch(function)}
        self._last: Entry | None = None
        self._straight: Callable[[tuple[Any, ...]], Any] | None = None
        self.eager_calls, self._said = 0, False
        functools.update_wrapper(self, function, updated=())
        self.__name__ = getattr(function, "__name__", type(function).__name__)
        self.__qualname__ = getattr(function, "__qualname__", self.__name__)

    def __get__(self, owner: Any, kind: type[Any] | None = None) -> Any:
        """As a method: the object it is called on is the first argument, fixed in the program with its plain numbers."""
        return self if owner is None else MethodType(self, owner)

    def __reduce__(self) -> Any:
        """Copied and pickled without its programs: by the name that it has in its module, or by its function."""
        options = ("backend", "static", "max_variants", "check", "threads")
        made = partial(type(self), **{name: getattr(self, name) for name in options}), self._given()
        return name_of(self) or made

    def _given(self) -> tuple[Any, ...]:
        """What it was made of."""
        return (self.function,)

    @property
    def variants(self) -> list[Variant]:
        """Every program compiled so far."""
        return [variant for entry in self._known.values() for variant in entry.variants]

    @property
    def program(self) -> Program:
        """The program compiled last."""
        return self._newest().program

    @property
    def source(self) -> str:
        """The code of the program compiled last: Python, or LLVM's language."""
        return self._newest().code.source

    def _newest(self) -> Variant:
        if not self.variants:
            raise RuntimeError("nothing is compiled before the first call")
        return self.variants[-1]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function's result as plain numbers."""
        path = self._straight
        if path is not None and not kwargs and (short := path(args)) is not NOWHERE:
            return short
        if "out" in kwargs and "out" not in parameters(
            self.function, 64
        ):  # memory for the results, and no argument of the function
            return written(self(*args, **{name: kwargs[name] for name in kwargs if name != "out"}), kwargs["out"])
        return self._long(args, kwargs)

    def _long(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call that is not like the one before."""
        args = positional(self.function, args, kwargs) if kwargs else args
        if (made := self._in_memory(args)) is not None:
            return made[0]
        given, structures = partition_all(args, self.static)
        floats = given is args or _FLOATS.issuperset(map(type, given))
        if session_of_call.get() is not None or not floats and self._inside(given):
            return self.function(*args)
        numbers = given if floats else plain(given)
        entry = self._entry(structures, structures)
        if differentiating.get():
            if not entry.variants:
                self._compile(entry, structures, numbers)
            if self._within(entry.variants):
                return self.function(*args)
        for variant in entry.variants:
            found = variant.run(numbers)
            if found is not None:
                self._straight = variant.path(entry)
                return variant.build(found)
        return self._otherwise(entry, structures, numbers)

    def _in_memory(self, args: tuple[Any, ...]) -> tuple[Any] | None:
        """The result, where an argument is an array and there is machine code that takes the branches it takes; None elsewhere."""
        if self.static or not with_array(args) or session_of_call.get() is not None:
            return None
        given = in_memory(args)
        if given is None:
            return None
        numbers, structures = given
        entry = self._entry(structures, structures)
        if self._within(entry.variants):
            return None
        for variant in entry.variants:
            results = variant.run_in_memory(numbers)
            if results is not None:
                self._straight = variant.path(entry)
                return (variant.build_arrays(results),)
        return None

    def _entry(self, shape: Any, structures: Sequence[TreeDef]) -> Entry:
        """What is compiled for arguments of this shape, in the state that everything from outside is in now."""
        entry = self._last
        if entry is None or entry.shape != shape or entry.watch.state() is not entry.state:
            watch = self._watch(structures)
            entry = self._last = self._of(shape, watch, watch.state())
        if entry.values is not entry.state.values:
            entry.read()
        return entry

    def _watch(self, structures: Sequence[TreeDef]) -> Watch:
        """The watch of what the function reads from outside, and from objects among its arguments."""
        objects = [thing for tree in structures for thing in _objects(tree)]
        key = tuple(map(id, objects))
        if key not in self._watches:
            if len(self._watches) >= _MOST_STRUCTURES:
                del self._watches[next(iter(self._watches))]
            self._watches[key] = Watch(self.function, *objects)
        return self._watches[key]

    def _of(self, shape: Any, watch: Watch, state: State) -> Entry:
        """The entry; of many the oldest are forgotten."""
        entry = self._known.get((shape, state))
        if entry is None:
            if len(self._known) >= _MOST_STRUCTURES:
                del self._known[next(iter(self._known))]
            entry = self._known[shape, state] = Entry(shape, watch, state, state.values)
            for variant in sharing.find(self._shared_by(entry)) or ():
                entry.variants.append(variant.of(state.at(variant.places, variant.places)))
        return entry

    def _shared_by(self, entry: Entry) -> Any:
        """What functions of the same programs have in common; None for one that has its own."""
        how = (type(self), repr(self._given()[1:]), self.backend, self.static, self.max_variants, self.check, self.threads)
        return (entry.state.key, entry.shape, how) if entry.state.own else None

    def _inside(self, numbers: Sequence[Any]) -> bool:
        """Whether the call is a part of a graph or of a program that is being recorded."""
        if session_of_call.get() is not None:
            return True
        if not any(issubclass(kind, Value) for kind in set(map(type, numbers))) or not modes.recording.get():
            return False
        return any(isinstance(one, Value) and one.requires_grad for one in numbers)

    def _within(self, variants: list[Variant]) -> bool:
        """Whether a function that is being differentiated may ask for the derivative by a Value this one refers to."""
        return differentiating.get() and any(leaf.requires_grad for one in variants for leaf in one.captured.outside)

    def _otherwise(self, entry: Entry, structures: Sequence[TreeDef], numbers: Sequence[float]) -> Any:
        """The result where no program that there is gives it: of a new one for another way, or of the function itself."""
        failing = [variant.failing(numbers) for variant in entry.variants]
        if not all(failing):  # a tie, see `ties.py`, an infinity, or somebody observes
            return unflatten(*self._eager(structures, numbers))
        if any(all(guard.place == PLACE for guard in guards) for guards in failing):
            self._eager(structures, numbers)  # raises, or catches and goes another way
        if self._full(entry):
            return unflatten(*self._eager(structures, numbers))
        try:
            variant = self._compile(entry, structures, numbers)
        except ARITHMETIC_ERRORS:
            return unflatten(*self._eager(structures, numbers))
        found = variant.run(numbers)
        if found is not None:
            return variant.build(found)
        flipped = [guard for guard in variant.failing(numbers) if guard.place != PLACE]
        if flipped and variant.captured.program.loops.sizes:
            entry.variants.remove(variant)  # sums in loops are rounded in another way, which decided
        elif flipped:
            raise GuardError(
                f"the branch at {flipped[0].place} depends on something besides the arguments; the function cannot be compiled"
            )
        return unflatten(*self._eager(structures, numbers))

    def _full(self, entry: Entry) -> bool:
        """Whether no more ways through the branches are compiled; it is said once."""
        if len(entry.variants) < self.max_variants:
            return False
        if not self._said:
            self._said = True
            places = set[str]().union(*[variant.program.branches for variant in entry.variants])
            warnings.warn(
                f"{self.__name__} took {len(entry.variants)} different ways through its branches; what goes another way is computed "
                f"by the eager engine, which is much slower; the branches are at {'; '.join(sorted(places))}. Use where(), relu, "
                f"max... for a choice between numbers, or allow more with max_variants={2 * self.max_variants}",
                RuntimeWarning,
                stacklevel=2,
            )
        return True

    def _eager(self, structures: Sequence[TreeDef], numbers: Sequence[float]) -> tuple[TreeDef, list[float]]:
        """The function itself, on Values: its errors say what went wrong, and its infinities are the right ones."""
        self.eager_calls += 1
        given = list(numbers if derivative_of(self.function) else map(Value, numbers))
        token = for_numbers.set(True)
        try:
            nodes, structure = partition(self.function(*unflatten(branch((), structures), given)))
        finally:
            for_numbers.reset(token)
        return structure, plain(nodes)

    def _compile(self, entry: Entry, structures: Sequence[TreeDef], numbers: Sequence[float]) -> Variant:
        variants = entry.variants
        start = time.perf_counter()
        ordered = entry.state.values if self._worth_loops(len(numbers) + len(entry.state.values)) else None
        check, loops = self.check and not entry.state.own, None
        if resolve(self.backend) == "llvm":
            loops = frozenset([VALUED] if variants else [])  # where a program that there is does not hold
        captured = capture(self.function, structures, numbers, check, entry.watch, ordered, loops)
        kernel = self._kernel(captured, entry)
        code = compile_kernel(kernel, self.backend, self.threads)
        variant = Variant(captured, kernel, code, time.perf_counter() - start)
        variants.append(variant)
        state = captured.state or entry.watch.state()
        if state is not entry.state:  # the call has changed something, once: a cache that it fills
            self._known.pop((entry.shape, entry.state), None)
            self._of(entry.shape, entry.watch, state).variants.append(variant)
        variant.places = state.places(captured.outside, self.__name__, made=not check)
        if not any(None in one.places or one.captured.program.rules for one in variants):
            sharing.keep(self._shared_by(entry), [one.of([]) for one in variants], entry.state.kept)
        size = kernel.program.size
        _log.debug("compiled %s for %s: %d operations, %.3f s", self.__name__, code.backend, size, variant.seconds)
        return variant

    def _worth_loops(self, count: int) -> bool:
        """Whether a function of so many numbers, its own and those from outside, is looked through for loops."""
        return count >= WORTH_LOOPS * (IN_PYTHON if resolve(self.backend) == "python" else 1)

    def _kernel(self, captured: Captured, entry: Entry) -> Kernel:
        program = optimize(captured.program)
        return Kernel(program, len(program.names), 0, values=len(captured.outside))


def _objects(tree: TreeDef) -> list[Any]:
    """What is in a structure of arguments and may change."""
    if isinstance(tree, Branch):
        return [thing for child in tree.children for thing in _objects(child)]
    return [tree.thing] if isinstance(tree, Static) and type(tree.thing) not in _FIXED else []


def plain(numbers: Sequence[Any]) -> list[float]:
    """Numbers and Values as floats."""
    return [one if one.__class__ is float else float(one) if isinstance(one, Value) else as_float(one) for one in numbers]
