"""A compiled function: its programs, found by the arguments, and the eager engine where none of them will do."""

import functools
import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MethodType
from typing import Any

from autograd_lite.compiler.backends import compile_kernel
from autograd_lite.compiler.capture import Captured, capture
from autograd_lite.compiler.checks import PLACE
from autograd_lite.compiler.errors import GuardError
from autograd_lite.compiler.frozen import frozen_reader
from autograd_lite.compiler.guards import guard_check
from autograd_lite.compiler.kernel import Code, Kernel
from autograd_lite.compiler.operations import raised
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Guard, Program
from autograd_lite.compiler.tracer import being_recorded
from autograd_lite.engine import modes
from autograd_lite.engine.value import Value
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS
from autograd_lite.transforms.registry import derivative_of
from autograd_lite.transforms.signature import positional
from autograd_lite.transforms.trace import differentiating, for_numbers
from autograd_lite.transforms.tree import TreeDef, branch, partition, partition_all, unflatten

_log = logging.getLogger("autograd_lite")
#: Programs are kept for so many structures of arguments and numbers from outside.
_MOST_STRUCTURES = 256


@dataclass
class Variant:
    """One program for a function: for one structure of arguments and one way through its branches."""

    captured: Captured
    kernel: Kernel
    code: Code
    seconds: float

    @property
    def program(self) -> Program:
        """The program, after the passes."""
        return self.kernel.program

    def run(self, numbers: Sequence[float]) -> list[float] | None:
        """What the code gives for the numbers of the arguments; None if they go another way, or not to a finite result."""
        try:
            found = self.code.function([*numbers, *self.captured.numbers()], ())
        except ARITHMETIC_ERRORS:
            return None
        return found[0] if found.__class__ is not int and all(map(math.isfinite, found[0])) else None

    @cached_property
    def _check(self) -> Callable[[Sequence[float]], bool]:
        program = self.captured.program
        return guard_check(program, program.guards, program.checks)

    def failing(self, numbers: Sequence[float]) -> list[Guard]:
        """The guards that do not hold for the numbers of the arguments, by the operations of the eager engine, and one for each
        operation that raises."""
        program = self.captured.program
        if not program.guards and not program.checks:
            return []
        values = program.values([*numbers, *self.captured.numbers()])
        raising = [k for k in program.checks if raised(program.ops[k], [values[arg] for arg in program.args[k]])]
        flipped = [guard for guard in program.guards if bool(values[guard.index]) is not guard.expected]
        return flipped + [Guard(k, False, PLACE) for k in raising]

    def follows(self, numbers: Sequence[float]) -> bool:
        """Whether the numbers of the arguments go this way, by Python source, so to a last bit."""
        return self._check([*numbers, *self.captured.numbers()])


class Jitted:
    """A compiled function; see `jit`.

    Attributes
    ----------
    variants : list of Variant
        What has been compiled so far.
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
        self._known: dict[Any, list[Variant]] = {}
        self._frozen = frozen_reader(function)
        functools.update_wrapper(self, function, updated=())
        self.__name__ = getattr(function, "__name__", type(function).__name__)

    def __get__(self, owner: Any, kind: type[Any] | None = None) -> Any:
        """As a method: the object it is called on is the first argument, fixed in the program with its plain numbers."""
        return self if owner is None else MethodType(self, owner)

    @property
    def variants(self) -> list[Variant]:
        """Every program compiled so far."""
        return [variant for variants in self._known.values() for variant in variants]

    @property
    def program(self) -> Program:
        """The program compiled last."""
        return self._last().program

    @property
    def source(self) -> str:
        """The code of the program compiled last: Python, or LLVM's language."""
        return self._last().code.source

    def _last(self) -> Variant:
        if not self.variants:
            raise RuntimeError("nothing is compiled before the first call")
        return self.variants[-1]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function's result as plain numbers."""
        if kwargs:
            args = positional(self.function, args, kwargs)
        given, structures = partition_all(args, self.static)
        if self._inside(given):
            return self.function(*args)
        numbers = plain(given)
        variants = self._of((structures, self._frozen()))
        if differentiating.get() and not variants:
            self._compile(variants, structures, numbers)
        if self._within(variants):
            return self.function(*args)
        structure, results = self._run(variants, structures, numbers)
        return unflatten(structure, results)

    def _of(self, key: Any) -> list[Variant]:
        """What is compiled for arguments of this structure; of many structures the oldest are forgotten."""
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST_STRUCTURES:
                del self._known[next(iter(self._known))]
            known = self._known[key] = []
        return known

    def _inside(self, numbers: Sequence[Any]) -> bool:
        """Whether the call is a part of a graph or of a program that is being recorded."""
        if being_recorded():
            return True
        if not any(issubclass(kind, Value) for kind in set(map(type, numbers))) or not modes.recording.get():
            return False
        return any(isinstance(one, Value) and one.requires_grad for one in numbers)

    def _within(self, variants: list[Variant]) -> bool:
        """Whether a function that is being differentiated may ask for the derivative by a Value this one refers to."""
        return differentiating.get() and any(leaf.requires_grad for one in variants for leaf in one.captured.outside)

    def _run(
        self, variants: list[Variant], structures: Sequence[TreeDef], numbers: list[float]
    ) -> tuple[TreeDef, list[float]]:
        """The structure of the result, and its numbers."""
        for variant in variants:
            found = variant.run(numbers)
            if found is not None:
                return variant.captured.structure, found
        failing = [variant.failing(numbers) for variant in variants]
        if not all(failing):  # a tie, see `ties.py`, or an infinity
            return self._eager(structures, numbers)
        if any(all(guard.place == PLACE for guard in guards) for guards in failing):
            self._eager(structures, numbers)  # raises, or catches and goes another way
        try:
            variant = self._compile(variants, structures, numbers)
        except ARITHMETIC_ERRORS:
            return self._eager(structures, numbers)
        found = variant.run(numbers)
        if found is not None:
            return variant.captured.structure, found
        flipped = [guard for guard in variant.failing(numbers) if guard.place != PLACE]
        if flipped:
            raise GuardError(
                f"the branch at {flipped[0].place} depends on something besides the arguments; the function cannot be compiled"
            )
        return self._eager(structures, numbers)

    def _eager(self, structures: Sequence[TreeDef], numbers: Sequence[float]) -> tuple[TreeDef, list[float]]:
        """The function itself, on Values: its errors say what went wrong, and its infinities are the right ones."""
        given = list(numbers if derivative_of(self.function) else map(Value, numbers))
        token = for_numbers.set(True)
        try:
            nodes, structure = partition(self.function(*unflatten(branch((), structures), given)))
        finally:
            for_numbers.reset(token)
        return structure, plain(nodes)

    def _compile(self, variants: list[Variant], structures: Sequence[TreeDef], numbers: Sequence[float]) -> Variant:
        if len(variants) >= self.max_variants:
            self._eager(structures, numbers)  # its own error comes first
            places = {guard.place for variant in variants for guard in variant.program.guards}
            raise GuardError(
                f"{self.__name__} took {len(variants)} different ways through its branches, and needs another one; "
                f"the branches are at {'; '.join(sorted(places))}. Use where(), relu, max... for a choice between numbers, "
                f"or allow more with max_variants={2 * self.max_variants}"
            )
        start = time.perf_counter()
        captured = capture(self.function, structures, numbers, self.check)
        kernel = self._kernel(captured)
        code = compile_kernel(kernel, self.backend, self.threads)
        variant = Variant(captured, kernel, code, time.perf_counter() - start)
        variants.append(variant)
        size = kernel.program.size
        _log.debug("compiled %s for %s: %d operations, %.3f s", self.__name__, code.backend, size, variant.seconds)
        return variant

    def _kernel(self, captured: Captured) -> Kernel:
        program = optimize(captured.program)
        return Kernel(program, len(program.names), 0)


def plain(numbers: Sequence[Any]) -> list[float]:
    """Numbers and Values as floats."""
    return [float(one) for one in numbers]
