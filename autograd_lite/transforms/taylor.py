"""Derivatives of any order in one variable, by truncated power series: `derivative` and `taylor`.

Nesting `grad` n times gives the n-th derivative too, but each level differentiates everything the level below wrote down,
so the work multiplies with every order.  Here a graph is evaluated once more in another number system, in which a number
is a power series.  Sums, products and quotients of series are school arithmetic.  For any other operation y = f(x) the row
of the table gives y' = f'(x, y) x', and that determines the series of y coefficient by coefficient:

    k y_k = sum over j = 1..k of j x_j p_(k-j),    p the series of the partial, evaluated by this very arithmetic.

So p needs one coefficient less than y, and two functions that are each other's derivative (tanh and sech, sine and cosine)
unroll as far as is asked for.  The cost grows with the square of the order, or its cube.
"""

import ast
import math
from collections.abc import Callable, Iterable
from functools import partial, reduce
from operator import add
from typing import Any

from autograd_lite.engine.common import apply, wanted_partials
from autograd_lite.engine.errors import RangeError
from autograd_lite.engine.modes import ieee
from autograd_lite.engine.value import Value
from autograd_lite.rules import RULES
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS, NumberSystem, compile_partials
from autograd_lite.rules.rule import CURVED
from autograd_lite.transforms.registry import transformed
from autograd_lite.transforms.trace import RESULT, Sweep, check_callable, record, recording
from autograd_lite.transforms.tree import NUMBER, TreeDef, describe, flatten, unflatten


class Series:
    """A power series whose coefficients (floats or Values) are computed when they are asked for.

    A coefficient that is not there, as all of the variable from the second on, is None and not 0.0: that times an infinite one would be
    nan.  Comparisons and truth are those of the leading coefficient: the point where the series is expanded.
    """

    __slots__ = ("_next", "coefficients")

    def __init__(self, leading: Any, following: Callable[[int], Any]) -> None:
        self.coefficients = [leading]
        self._next = following

    def __getitem__(self, k: int) -> Any:
        while len(self.coefficients) <= k:
            self.coefficients.append(self._next(len(self.coefficients)))
        return self.coefficients[k]

    def __add__(self, other: Any) -> "Series":
        if isinstance(other, Series):
            return Series(self[0] + other[0], lambda k: _total([self[k], other[k]]))
        return Series(self[0] + other, self.__getitem__)

    __radd__ = __add__

    def __neg__(self) -> "Series":
        return Series(-self[0], lambda k: _times(self[k], -1.0))

    def __sub__(self, other: Any) -> "Series":
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> "Series":
        return (-self).__add__(other)

    def __mul__(self, other: Any) -> "Series":
        if isinstance(other, Series):
            return Series(self[0] * other[0], lambda k: _total([_times(self[j], other[k - j]) for j in range(k + 1)]))
        return Series(self[0] * other, lambda k: _times(self[k], other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Series":
        if not isinstance(other, Series):
            return Series(_over(self[0], other), lambda k: _over(self[k], other))

        def following(k: int) -> Any:
            known = _total([_times(quotient[j], other[k - j]) for j in range(k)])
            return _over(_total([self[k], _times(known, -1.0)]), other[0])

        quotient = Series(_over(self[0], other[0]), following)
        return quotient

    def __rtruediv__(self, other: Any) -> "Series":
        return Series(other, lambda k: None) / self

    def __bool__(self) -> bool:
        return bool(self[0])

    def __eq__(self, other: object) -> bool:
        return bool(self[0] == _leading(other))

    __hash__ = object.__hash__

    def __lt__(self, other: Any) -> bool:
        return bool(self[0] < _leading(other))

    def __le__(self, other: Any) -> bool:
        return bool(self[0] <= _leading(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self[0] > _leading(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self[0] >= _leading(other))


def _leading(x: Any) -> Any:
    return x[0] if isinstance(x, Series) else x


def _total(terms: Iterable[Any]) -> Any:
    """The sum of the coefficients that are there; None if none is."""
    there = [term for term in terms if term is not None]
    return reduce(add, there) if there else None


def _times(a: Any, b: Any) -> Any:
    return None if a is None or b is None else a * b


def _over(a: Any, b: Any) -> Any:
    """a / b, infinite or undefined where b is 0."""
    try:
        return None if a is None else a / b
    except ARITHMETIC_ERRORS:
        with ieee():
            return apply("div", a, b)


# A Value on the left of a series would not know what to do with it, so the series is asked, wherever it stands.


def _add(x: Any, y: Any) -> Any:
    return y.__radd__(x) if isinstance(y, Series) else x + y


def _sub(x: Any, y: Any) -> Any:
    return y.__rsub__(x) if isinstance(y, Series) and not isinstance(x, Series) else x - y


def _mul(x: Any, y: Any) -> Any:
    return y.__rmul__(x) if isinstance(y, Series) else x * y


def _div(x: Any, y: Any) -> Any:
    return y.__rtruediv__(x) if isinstance(y, Series) and not isinstance(x, Series) else x / y


# Of many terms or factors no long chain is made, since asking its end for a coefficient would be a deep recursion.


def _sum(xs: Iterable[Any]) -> Any:
    terms = list(xs)
    series = [x for x in terms if isinstance(x, Series)]
    leading = reduce(add, map(_leading, terms), 0.0)
    return Series(leading, lambda k: _total(x[k] for x in series)) if series else leading


def _products(xs: Iterable[Any]) -> list[list[Any]]:
    """The factors, the products of pairs of them, of pairs of these, and so on to the product of all."""
    levels = [list(xs)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([_mul(*below[k : k + 2]) if k + 1 < len(below) else below[k] for k in range(0, len(below), 2)])
    return levels


def _product(xs: Iterable[Any]) -> Any:
    return next(iter(_products(xs)[-1]), 1.0)


def _products_of_others(xs: Iterable[Any]) -> list[Any]:
    """For each the product of all others: those in its pair and those outside of it, from the top of the tree down."""
    others: list[Any] = [1.0]
    for below in reversed(_products(xs)[:-1]):
        others = [_mul(others[k // 2], below[k ^ 1]) if k ^ 1 < len(below) else others[k // 2] for k in range(len(below))]
    return others


_ARITHMETIC: dict[str, Callable[..., Any]] = {"add": _add, "sub": _sub, "mul": _mul, "div": _div, "neg": lambda x: -x}
_OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow", ast.Mod: "mod",
    ast.FloorDiv: "floordiv",
}  # fmt: skip


class Expansion(dict[str, Callable[..., Any]]):
    """The functions on series, with what they have computed so far: `tanh` of the same series is one series."""

    def __init__(self) -> None:
        super().__init__(
            _ARITHMETIC,
            fsum=_sum,
            prod=_product,
            max=lambda *xs: max(*xs),
            min=lambda *xs: min(*xs),
            detach=_leading,
            products_of_others=_products_of_others,
        )
        self.numbers = NumberSystem("power series", self, _OPERATORS, CURVED)
        self._known: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in RULES

    def __missing__(self, name: str) -> Callable[..., Any]:
        return lambda *args: self.call(name, args)

    def call(self, name: str, args: tuple[Any, ...], leading: Any = None) -> Any:
        """The primitive `name` of series and numbers; `leading` is its value at the point, where it is known."""
        if not any(isinstance(arg, Series) for arg in args):
            return apply(name, *args)
        key = (name, *(id(arg) if isinstance(arg, Series | Value) else repr(arg) for arg in args))
        if key not in self._known:
            if leading is None:
                leading = apply(name, *map(_leading, args))
            self._known[key] = (self._solution(name, args, leading), args)  # args are kept: no id comes twice
        return self._known[key][0]

    def _solution(self, name: str, args: tuple[Any, ...], leading: Any) -> Series:
        """The series y with y' = sum of partial times x', and y_0 given."""
        slopes: list[tuple[Any, Series]] = []

        def following(k: int) -> Any:
            if not slopes:
                slopes.extend(self._slopes(name, args, series))
            terms = [
                _times(_times(x[j], float(j)), slope[k - j] if isinstance(slope, Series) else slope if k == j else None)
                for slope, x in slopes
                for j in range(1, k + 1)
            ]
            return _over(_total(terms), float(k))

        series = Series(leading, following)
        return series

    def _slopes(self, name: str, args: tuple[Any, ...], out: Series) -> list[tuple[Any, Series]]:
        """The partials with respect to those arguments that are series, and these."""
        rule = RULES[name]
        wanted = wanted_partials(rule, [isinstance(arg, Series) for arg in args])
        partials = compile_partials(rule, wanted, self.numbers)
        try:
            slopes = partials(out, *args)
        except ARITHMETIC_ERRORS:  # infinite or undefined here
            with ieee():
                slopes = partials(out, *args)
        pairs = zip(slopes, args, strict=True)
        return [(slope, arg) for slope, arg in pairs if slope is not None and isinstance(arg, Series)]


def _expand(sweep: Sweep, order: int, graph: bool) -> list[list[Any]]:
    """For each result of the sweep the coefficients of its power series in the one input, up to `order`."""
    sweep.check_forward()
    (x,) = sweep.inputs
    expansion = Expansion()
    variable = Series(x if graph else x.data, lambda k: 1.0 if k == 1 else None)
    series: dict[Any, Any] = {x: variable}
    for node in sweep.order:
        operands = node.args
        args = tuple(series.get(arg, arg if graph else arg.data) if isinstance(arg, Value) else arg for arg in operands)
        if any(isinstance(arg, Series) for arg in args):
            series[node] = _of_node(expansion, node, args, graph)
    for k in range(1, order + 1):  # order by order, so that a long chain of operations is no deep recursion
        for one in series.values():
            one[k]
    rows = [
        [series[result][k] for k in range(order + 1)] if isinstance(result, Value) and result in series
        else [result if graph else float(result), *[None] * order]
        for result in sweep.results
    ]  # fmt: skip
    return [[0.0 if coefficient is None else coefficient for coefficient in row] for row in rows]


def _of_node(expansion: Expansion, node: Any, args: tuple[Any, ...], graph: bool) -> Any:
    if node.op in _ARITHMETIC and not (node.op == "div" and _leading(args[1]) == 0.0):
        return _ARITHMETIC[node.op](*args)
    return expansion.call(node.op, args, node if graph else node.data)


def taylor(f: Callable[[Any], Any], x: Any, n: int) -> Any:
    """The coefficients c of the power series of `f` at `x`: f(x + h) = c[0] + c[1] h + ... + c[n] h**n + ...

    Parameters
    ----------
    f : callable
        Of one variable; returns a number, or lists, tuples, dicts and arrays of them.
    x : number or Value
    n : int
        The highest power.

    Returns
    -------
    list
        n + 1 coefficients; each in the shape of what `f` returns.

    Examples
    --------
    >>> taylor(lambda x: 1 / (1 - x), 0.0, 4)
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    check_callable(f, "taylor")
    _order(n, "taylor")
    sweep, tree = _one_variable(f, x)
    with recording(sweep.trace.no_grad):
        rows = _expand(sweep, n, sweep.graph)
    return [unflatten(tree, [sweep.trace.returned(row[k]) for row in rows]) for k in range(n + 1)]


def derivative(f: Callable[..., Any], n: int = 1) -> Callable[..., Any]:
    """A function that computes the n-th derivative of `f`, a function of one variable.

    Parameters
    ----------
    f : callable
        Of one number (further arguments are passed on as they are); returns a number, or lists, tuples, dicts and arrays
        of them.
    n : int, default 1
        The order, 0 or more.

    Returns
    -------
    callable
        Takes what `f` takes.  A number in, a float out; a Value in, a Value out with a graph.

    Raises
    ------
    ValueError
        If `n` is negative.
    RangeError
        If the derivative is beyond the largest float, as factorials soon are.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> derivative(ag.sin, 101)(0.0)
    1.0
    >>> derivative(lambda x: x ** 5, 3)(2.0)
    240.0
    """
    check_callable(f, "derivative")
    _order(n, "derivative")
    return transformed(_derivative, f, n)


def _derivative(f: Callable[..., Any], n: int, /, x: Any, *args: Any, **kwargs: Any) -> Any:
    def at(x: Any) -> Any:
        return f(x, *args, **kwargs)

    if n == 1:
        return _slope(at, x)
    try:
        coefficient = taylor(at, x, n)[n]
    except NotImplementedError:
        # An operation declared by Python functions has no series; its derivatives may still be differentiated in turn.
        return reduce(lambda g, _: partial(_slope, g), range(n), at)(x)
    numbers, tree = flatten(coefficient, RESULT)
    try:
        return unflatten(tree, [number * float(math.factorial(n)) for number in numbers])
    except OverflowError:
        raise RangeError(
            f"the derivative of order {n} has the factor {n}!, which is beyond the largest float; "
            "taylor(f, x, n) gives the coefficients without it"
        ) from None


def _slope(f: Callable[[Any], Any], x: Any) -> Any:
    """The first derivative: one sweep over what was recorded."""
    sweep, tree = _one_variable(f, x)
    with recording(sweep.trace.no_grad):
        if sweep.one_way is None:
            slopes = sweep.forward([1.0])
        else:
            slopes = [Sweep([result], sweep.trace).reverse()[0] for result in sweep.results]
    return unflatten(tree, [sweep.trace.returned(slope) for slope in slopes])


def _one_variable(f: Callable[[Any], Any], x: Any) -> tuple[Sweep, TreeDef]:
    """A call of a function of one number, recorded."""
    trace = record(f, 0, [x], {})
    if trace.trees[0] != NUMBER:
        raise TypeError(f"a function of one number is differentiated here, not one of {describe(trace.trees[0])}")
    outputs, tree = flatten(trace.result, RESULT)
    return Sweep(outputs, trace), tree


def _order(n: Any, name: str) -> None:
    if isinstance(n, bool) or not isinstance(n, int):
        raise TypeError(f"{name} takes a whole number for n, not {n!r}")
    if n < 0:
        raise ValueError(f"{name} takes an order of 0 or more, not {n}")
