"""`fori_loop`, over whole numbers, and `while_loop`, as long as a condition holds."""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

from autograd_lite.engine import modes
from autograd_lite.engine.closures import Pullback, made
from autograd_lite.engine.common import number_of
from autograd_lite.engine.numbers import as_float
from autograd_lite.engine.value import Value
from autograd_lite.loops.scan import scan
from autograd_lite.loops.trees import as_values, is_recorded, matching, moves, numbers_of, settled
from autograd_lite.transforms.trace import check_callable
from autograd_lite.transforms.tree import unflatten


def fori_loop(lower: int, upper: int, body: Callable[[int, Any], Any], init: Any) -> Any:
    """Carry a value through `body(i, value)` for the whole numbers from `lower` up to `upper`, which is not among them.

    Parameters
    ----------
    lower, upper : int
        No step is done where `upper` is not above `lower`.
    body : callable
        From a plain whole number, which may be an index, and the value to the next value, of the same structure.
    init : number, list, tuple, dict or array, nested

    Returns
    -------
    The last value, as `scan` gives it.

    Raises
    ------
    TypeError
        If a bound is no whole number, or the body returns something of another structure than `init`.

    Examples
    --------
    >>> xs = [2.0, 3.0, 4.0]
    >>> fori_loop(0, 3, lambda i, total: total + xs[i], 0)
    9.0
    """
    check_callable(body, "fori_loop", "i, value")
    bounds = [_whole(bound, word) for bound, word in ((lower, "lower"), (upper, "upper"))]
    return scan(lambda value, i: (body(i, value), None), init, range(*bounds))[0]


def _whole(bound: Any, word: str) -> int:
    """A bound as a whole number; that of a Value in a recording by comparisons, so that it is a branch and not frozen."""
    number: Any = bound
    if isinstance(bound, Value) and is_recorded():
        whole = 0
        while whole < number:
            whole += 1
        while whole > number:
            whole -= 1
    else:
        number = as_float(bound)
        whole = int(number) if isfinite(number) else 0
    if whole != number:
        raise TypeError(f"fori_loop: {word} is a whole number, not {number!r}")
    return whole


def while_loop(cond: Callable[[Any], Any], body: Callable[[Any], Any], init: Any) -> Any:
    """Carry a value through `body(value)` as long as `cond(value)` holds.

    It cannot be differentiated backwards (`grad`, `backward()`), since the number of steps is not known before, and a compiled loop
    could keep nothing of them; forwards it can (`jvp`, `jacfwd`).

    Parameters
    ----------
    cond : callable
        From the value to a truth.
    body : callable
        From the value to the next one, of the same structure.
    init : number, list, tuple, dict or array, nested

    Returns
    -------
    The last value: plain numbers, unless it was given Values or a derivative can flow to the result.

    Raises
    ------
    TypeError
        If the body returns something of another structure than `init`, with the place.
    NotImplementedError
        When a gradient comes to the result.

    Examples
    --------
    >>> while_loop(lambda x: x < 100.0, lambda x: 2.0 * x, 3)
    192.0
    >>> from autograd_lite import jvp
    >>> jvp(lambda x: while_loop(lambda y: y < 100.0, lambda y: 2.0 * y, x), (3.0,), (1.0,))
    (192.0, 64.0)
    """
    check_callable(cond, "while_loop", "value")
    check_callable(body, "while_loop", "value")
    numbers, tree = numbers_of(init, "init")
    kept, carry = is_recorded() or any(isinstance(number, Value) for number in numbers), as_values(numbers)
    moving = moves(carry)
    while cond(unflatten(tree, carry)):
        carry = matching(tree, body(unflatten(tree, carry)), "value", "init")
        if not moving and not (moving := moves(carry)):
            carry = settled(carry)
    if moving and modes.recording.get():
        carry = [one if one.is_constant else _forwards(one) for one in carry]
    return unflatten(tree, carry if kept or moving else [number_of(number) for number in carry])


class _Forwards(Pullback):
    """What `while_loop` gives: a tangent goes through with a slope of 1, a gradient does not."""

    is_known = is_one_way = False

    def parts(self, node: Any, grad: Any) -> Any:
        self.refuse(node, "grad and backward() cannot go through it")

    def parts_with_graph(self, node: Any, grad: Any, saved: Any) -> Any:
        self.refuse(node, "grad and backward() cannot go through it")

    def again(self, node: Any, args: Sequence[Any]) -> tuple[Any, Any]:
        return args[0], None

    def value(self, number: float) -> float:
        """The number, which other numbers go through as it does."""
        return number

    def moved(self, numbers: Sequence[float]) -> "_Forwards":
        """The rule beside other numbers."""
        return self

    def refuse(self, node: Any, consequence: str) -> Any:
        raise NotImplementedError(
            f"while_loop does a number of steps that is not known before, so {consequence}: use scan with a length and where() or a "
            "branch, fori_loop, or forward derivatives (jvp, jacfwd)"
        )


def _forwards(number: Any) -> Any:
    recorded = modes.substitute.get()
    (operand,) = recorded((number,)) if recorded else (number,)
    rule = _Forwards()
    rule.is_recorded = recorded is not None
    node = made(type(operand), "while_loop result", (operand,), number_of(operand), rule, (operand,) if recorded else ())
    node._da = (1.0, *node._da[1:])
    return node
