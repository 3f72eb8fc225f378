"""The ways an operation can be told to behave otherwise: record nothing, answer with nan and inf.

The normal path pays one test of a global that is false.  When any mode is on, in any thread, every operation takes the
slower common path (`common.py`), which asks the context it runs in; so a mode never leaks into another thread or task.
"""

import functools
import inspect
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import ModuleType
from typing import Any, ClassVar, TypeVar

from autograd_lite.engine import locks, value

recording: ContextVar[bool] = ContextVar("recording", default=True)
answering_ieee: ContextVar[bool] = ContextVar("answering_ieee", default=False)

#: Called with each node that is made, and with the root of each backward pass before it starts (see `observing`).
observers: ContextVar[tuple[Callable[[Any], None], ...]] = ContextVar("observers", default=())
backward_observers: ContextVar[tuple[Callable[[Any], None], ...]] = ContextVar("backward_observers", default=())

#: While a function is recorded for a compiler: gives what an operation is to take in place of the operands that it is given.
substitute: ContextVar[Callable[[Sequence[Any]], tuple[Any, ...]] | None] = ContextVar("substitute", default=None)

#: Likewise: told of each operation that raises, before it does: its name, its operands, and the error.
undefined: ContextVar[Callable[[str, Any, Exception], None] | None] = ContextVar("undefined", default=None)

F = TypeVar("F", bound=Callable[..., Any])

writing = locks.writing
_active = 0
#: The modules whose operations ask a global `special`; the fast twin of `value` adds itself.
switched: list[ModuleType] = [value]


@contextmanager
def special_mode() -> Iterator[None]:
    """Send every operation through the common path while the block runs."""
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def _count(step: int) -> None:
    global _active
    with locks.modes:
        _active += step
        for module in switched:
            module.special = _active > 0  # type: ignore[attr-defined]


class Mode:
    """A context variable that is set while a block runs, or a decorated function, the body of a generator and of a coroutine included."""

    variable: ClassVar[ContextVar[bool]]
    setting: ClassVar[bool]

    def __new__(cls, function: Any = None) -> Any:
        """A mode; as a decorator without parentheses, the function held in it."""
        return super().__new__(cls) if function is None else cls()(function)

    def __init__(self) -> None:
        self._tokens: list[Token[bool]] = []

    def __enter__(self) -> None:
        _count(1)
        self._tokens.append(self.variable.set(self.setting))

    def __exit__(self, *exception: object) -> None:
        self.variable.reset(self._tokens.pop())
        _count(-1)

    def __call__(self, function: F) -> F:
        """The function, held in the mode: its lines, and not those of whoever takes a generator's steps."""
        mode = type(self)  # anew for each call: two threads may be inside at once
        if inspect.isasyncgenfunction(function):
            raise TypeError(
                f"{mode.__name__}() decorates functions, generators and coroutines, not {function.__name__}, which is an "
                f"asynchronous generator: write `with {mode.__name__}():` around what it computes"
            )

        def held(*args: Any, **kwargs: Any) -> Any:
            with mode():
                return function(*args, **kwargs)

        def stepped(*args: Any, **kwargs: Any) -> Any:
            return (yield from _Stepped(mode, function(*args, **kwargs)))

        async def awaited(*args: Any, **kwargs: Any) -> Any:
            with mode():
                return await function(*args, **kwargs)

        generator, coroutine = inspect.isgeneratorfunction(function), inspect.iscoroutinefunction(function)
        return functools.wraps(function)(stepped if generator else awaited if coroutine else held)  # type: ignore[return-value]


class _Stepped(Generator[Any, Any, Any]):
    """A generator whose body runs in a mode; between its steps, in the caller's lines, the mode is off."""

    def __init__(self, mode: type[Mode], body: Generator[Any, Any, Any]) -> None:
        self._mode, self._body = mode, body

    def send(self, sent: Any) -> Any:
        with self._mode():
            return self._body.send(sent)

    def throw(self, *raised: Any) -> Any:
        with self._mode():
            return self._body.throw(*raised)


class no_grad(Mode):  # noqa: N801
    """Record nothing inside the block: results are constants, as in PyTorch.  Also a decorator, with parentheses or without.

    Examples
    --------
    >>> from autograd_lite import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.parents, y.requires_grad
    (9.0, (), False)
    """

    variable, setting = recording, False


class enable_grad(Mode):  # noqa: N801
    """Record again inside a `no_grad` block.

    Examples
    --------
    >>> from autograd_lite import Value, enable_grad, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     with enable_grad():
    ...         y = x * x
    >>> y.parents == (x, x)
    True
    """

    variable, setting = recording, True


class ieee(Mode):  # noqa: N801
    """Give IEEE 754 results inside the block, nan and infinities, where Python raises.

    Examples
    --------
    >>> from autograd_lite import Value, ieee
    >>> with ieee():
    ...     print((Value(1.0) / 0.0).data, Value(-1.0).log().data)
    inf nan
    """

    variable, setting = answering_ieee, True


def observed() -> bool:
    """Whether somebody here is told of each operation, of which there are none in a compiled program."""
    return value.special and bool(observers.get() or backward_observers.get())


@contextmanager
def observing(made: Callable[[Any], None] | None = None, backward: Callable[[Any], None] | None = None) -> Iterator[None]:
    """Call `made` with each node that an operation records inside the block, and with each new leaf; `backward` with the root
    of each backward pass before it starts.  What either raises reaches the line that made the node or called `backward()`."""
    with special_mode():
        tokens = [
            (variable, variable.set((*variable.get(), observer)))
            for variable, observer in ((observers, made), (backward_observers, backward))
            if observer is not None
        ]
        try:
            yield
        finally:
            for variable, token in tokens:
                variable.reset(token)
