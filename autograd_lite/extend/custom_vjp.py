"""`custom_vjp`: a function with a backward rule of its own, spelled as in JAX and with its meaning.

The rule is called in every backward pass, with the gradient that arrives there, the cotangent.  So it need not be the derivative:
clipping, reversal, straight-through estimators are rules.  A call is one node of the graph, with the rule for a pullback; where
its gradient is to be differentiated in turn, `forward` and `backward` are called with Values, and what they record is.
"""

import inspect
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from functools import wraps
from typing import Any

from autograd_lite.engine import modes
from autograd_lite.engine.arrays import elementwise
from autograd_lite.engine.closures import Pullback, keeping, made
from autograd_lite.engine.common import kind_of, number_of
from autograd_lite.engine.facts import constant_of
from autograd_lite.engine.numbers import as_float, has_shape
from autograd_lite.engine.value import Value

#: The functions whose `forward` is being recorded for the compiler, each called by that before it; and how often one is that calls
#: itself, for derivatives of so high an order.
_forwards: ContextVar[tuple[Any, ...]] = ContextVar("forwards", default=())
_DEEPEST = 2


class custom_vjp:  # noqa: N801 - the name people know from JAX
    """A function of numbers with a backward rule of its own: decorate it, then `defvjp(forward, backward)`.

    Parameters
    ----------
    f : callable
        Takes numbers by position, returns a number.
    nondiff_argnums : sequence of int, optional
        Arguments that are not differentiated, and may be anything; `backward` gets them first.

    Examples
    --------
    A gradient that is clipped on its way:

    >>> import autograd_lite as ag
    >>> @custom_vjp
    ... def clipped(x):
    ...     return x
    >>> clipped.defvjp(lambda x: (x, None), lambda _, g: (ag.clamp(g, -1.0, 1.0),))
    >>> ag.grad(lambda x: 100.0 * clipped(x))(2.0)
    1.0

    A derivative that is more exact than what would be recorded:

    >>> @custom_vjp
    ... def log1pexp(x):
    ...     return ag.log(1.0 + ag.exp(x))
    >>> log1pexp.defvjp(lambda x: (log1pexp(x), x), lambda x, g: (g / (1.0 + ag.exp(-x)),))
    >>> x = Value(0.0)
    >>> log1pexp(x).backward(); x.grad
    0.5
    """

    def __init__(self, f: Callable[..., Any], nondiff_argnums: Sequence[int] = ()) -> None:
        if not callable(f):
            raise TypeError(f"custom_vjp decorates a function, not {f!r}")
        wraps(f)(self)
        self.__name__ = getattr(f, "__name__", type(f).__name__)
        self.__qualname__ = getattr(f, "__qualname__", self.__name__)
        self.function = f
        self.check = True
        self.nondiff_argnums = (nondiff_argnums,) if isinstance(nondiff_argnums, int) else tuple(nondiff_argnums)
        self._signature: inspect.Signature | None = None
        with suppress(TypeError, ValueError):  # of a function written in C it may not be told
            self._signature = inspect.signature(f)
        self._forward: Callable[..., Any] | None = None
        self._backward: Callable[..., Any] | None = None

    def defvjp(
        self, forward: Callable[..., tuple[Any, Any]], backward: Callable[..., Sequence[Any]], *, check: bool = True
    ) -> None:
        """Give the backward rule.

        Parameters
        ----------
        forward : callable
            From the arguments to the pair (result, whatever `backward` needs).
        backward : callable
            From the arguments that are not differentiated, what `forward` kept and the gradient of the result to a tuple with the
            gradient of each other argument; None where there is none.
        check : bool, default True
            Whether `check_grad` is to hold the rule to the derivative: False for one that is meant to be something else.
        """
        for one in (forward, backward):
            if not callable(one):
                raise TypeError(f"{self.__name__}.defvjp takes two functions, forward and backward; not {one!r:.60}")
        self._forward, self._backward, self.check = forward, backward, check

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function of numbers or Values; of arrays element by element."""
        args = self._positional(args, kwargs)
        moving = [k for k in range(len(args)) if k not in self.nondiff_argnums]
        if any(has_shape(args[k]) for k in moving):
            return elementwise(lambda *numbers: self(*_put(args, moving, numbers)), [args[k] for k in moving])
        substitute = modes.substitute.get()
        operands = [args[k] for k in moving]
        if substitute is not None:
            operands = list(substitute(operands))
        operands = [x if isinstance(x, Value) else as_float(x) for x in operands]
        kind = kind_of(operands)
        # While a function is recorded for the compiler numbers have to stay in the graph: what it records is the result itself.
        given = _put(args, moving, operands if substitute else [number_of(x) for x in operands])
        if kind is None or self._forward is None or not modes.recording.get():
            return self._without_rule(kind, given)
        fixed = [args[k] for k in self.nondiff_argnums]
        if any(isinstance(one, Value) and not one.is_constant for one in fixed):
            raise TypeError(
                f"{self.__name__}: a Value was given for an argument in nondiff_argnums; give its number, x.data"
            )
        rule = _Rule(self, args, moving)
        inlined = (self._recorded(given),) if substitute else ()
        rule.is_recorded, rule.depth = bool(inlined), len(_forwards.get())
        out = inlined[0] if inlined else rule.kept(given)
        return made(kind, f"custom_vjp {self.__name__}", operands, number_of(out), rule, inlined)

    def _recorded(self, given: Sequence[Any]) -> Any:
        """The result by the operations of `forward`, or of the function itself where `forward` calls it."""
        if _forwards.get().count(self) > _DEEPEST:
            return self.function(*given)
        token = _forwards.set((*_forwards.get(), self))
        try:
            return self.run_forward(given)[0]
        finally:
            _forwards.reset(token)

    def _without_rule(self, kind: Any, given: Sequence[Any]) -> Any:
        if kind is not None and self._forward is None:
            raise TypeError(f"{self.__name__} has no derivative yet: call {self.__name__}.defvjp(forward, backward)")
        out = self.function(*given)
        if isinstance(out, Value):
            return out
        return as_float(out) if kind is None else constant_of(kind, out)

    @property
    def functions(self) -> list[Callable[..., Any]]:
        """The function and its rule's two: what depends on something from outside."""
        return [one for one in (self.function, self._forward, self._backward) if one is not None]

    def _positional(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """The arguments in their places, defaults put in."""
        if self._signature is None or (not kwargs and len(args) == len(self._signature.parameters)):
            return args
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        if bound.kwargs:
            raise TypeError(f"{self.__name__} takes its arguments by position; {', '.join(bound.kwargs)} goes by name alone")
        return bound.args

    def run_forward(self, args: Sequence[Any]) -> tuple[Any, Any]:
        """The result, and what `forward` keeps for `backward`."""
        assert self._forward is not None
        pair = self._forward(*args)
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise TypeError(f"{self.__name__}: forward returns a pair (result, whatever backward needs), not {pair!r:.80}")
        return pair[0], pair[1]

    def run_backward(self, args: Sequence[Any], saved: Any, grad: Any, count: int) -> Sequence[Any]:
        """What the rule makes of a gradient: a number, a Value or None for each of `count` arguments."""
        assert self._backward is not None
        found = self._backward(*[args[k] for k in self.nondiff_argnums], saved, grad)
        if not isinstance(found, tuple | list) or len(found) != count:
            given = f"a tuple of {len(found)}" if isinstance(found, tuple | list) else f"{found!r:.80}"
            raise TypeError(
                f"{self.__name__}: backward returns a tuple of {count} gradient{'s' * (count != 1)}, one for each argument "
                f"(None where there is none), not {given}"
            )
        try:
            return [one if one is None or isinstance(one, Value) else as_float(one) for one in found]
        except TypeError:
            raise TypeError(
                f"{self.__name__}: backward returned {found!r:.80}, where each gradient is a number or None"
            ) from None

    def __repr__(self) -> str:
        return f"<custom_vjp {self.__name__}>"

    def __reduce__(self) -> str:
        return self.__qualname__  # where it is found again: the name of what it decorates


def _put(args: Sequence[Any], places: Sequence[int], things: Sequence[Any]) -> list[Any]:
    """The arguments with `things` in `places`."""
    found = list(args)
    for place, thing in zip(places, things, strict=True):
        found[place] = thing
    return found


class _Rule(Pullback):
    """The backward rule of one call."""

    def __init__(self, owner: custom_vjp, args: Sequence[Any], moving: Sequence[int]) -> None:
        self.owner, self.moving = owner, moving
        self.args = _put(args, moving, [None] * len(moving))  # the operands are in the node
        self.saved: Any = None

    def kept(self, numbers: Sequence[Any]) -> Any:
        """The result for these numbers; what `forward` keeps besides is kept."""
        out, self.saved = self.owner.run_forward(numbers)
        return out if isinstance(out, Value) else as_float(out)

    def value(self, *numbers: float) -> float:
        """The function again, of floats."""
        return as_float(self.owner.function(*_put(self.args, self.moving, numbers)))

    def moved(self, numbers: Sequence[float]) -> "_Rule":
        """The rule of a call with other numbers."""
        other = _Rule(self.owner, self.args, self.moving)
        other.kept(_put(self.args, self.moving, numbers))
        return other

    def parts(self, node: Value, grad: Any) -> list[Any]:
        return self._of_edges(node, self.owner.run_backward(self.args, self.saved, grad, len(self.moving)))

    def again(self, node: Value, args: Sequence[Any]) -> tuple[Any, Any]:
        with keeping(self.owner.__name__):
            return self.owner.run_forward(_put(self.args, self.moving, args[: len(self.moving)]))

    def parts_with_graph(self, node: Value, grad: Any, saved: Any) -> list[Any]:
        with keeping(self.owner.__name__):
            return self._of_edges(node, self.owner.run_backward(self.args, saved, grad, len(self.moving)))

    def _of_edges(self, node: Value, found: Sequence[Any]) -> list[Any]:
        return [part for part, operand in zip(found, node.args[: len(found)], strict=True) if isinstance(operand, Value)]

    def refuse(self, node: Value, consequence: str) -> None:
        raise NotImplementedError(
            f"{self.owner.__name__} is a function of Python's with a backward rule of its own (custom_vjp), so {consequence}"
        )
