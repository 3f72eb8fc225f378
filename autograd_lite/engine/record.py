"""The common path of every operation: check the operands, compute, record a node.

The generated methods of `Value` do the same inline for the usual case (operands that are Values or floats, nothing that
raises, no mode switched on) and come here for everything else.  Custom primitives and operations of three operands and
more always come here.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from autograd_lite.engine import modes
from autograd_lite.engine.errors import domain_error
from autograd_lite.engine.node import Node, as_float, constant_of
from autograd_lite.rules import RULES, Rule
from autograd_lite.rules.evaluate import Numbers, compile_partials, compile_rule
from autograd_lite.rules.floats import FLOATS
from autograd_lite.rules.ieee import IEEE

if TYPE_CHECKING:
    from autograd_lite.engine.value import Value

ARITHMETIC_ERRORS = (ValueError, ZeroDivisionError, OverflowError)


def apply(name: str, *operands: Any) -> Any:
    """Apply the primitive `name`: a Value if any operand is one, else a plain float.

    Parameters
    ----------
    name : str
        A name of the table of primitives.
    *operands : Value or number
        NumPy arrays are taken element by element and give an object array.

    Returns
    -------
    Value, float or ndarray

    Raises
    ------
    TypeError
        If an operand is not a number or their count is wrong.
    DomainError, DivisionByZeroError, RangeError
        Where Python's floats raise ValueError, ZeroDivisionError or OverflowError.

    Examples
    --------
    >>> from autograd_lite import Value
    >>> apply("hypot", Value(3.0), 4.0)
    Value(data=5.0, grad=0.0)
    """
    rule = RULES.get(name)
    if rule is None:
        raise ValueError(f"there is no primitive called {name!r} in the table; autograd_lite.RULES lists all")
    if len(operands) < rule.arity or (len(operands) > rule.arity and not rule.variadic):
        raise TypeError(f"{name} takes {rule.arity} arguments ({', '.join(rule.args.split())}), not {len(operands)}")
    if any(getattr(operand, "shape", ()) != () for operand in operands):
        from autograd_lite.engine.numpy_bridge import elementwise

        return elementwise(lambda *elements: apply(name, *elements), operands)
    substitute = modes.substitute.get()
    if substitute is not None:
        operands = tuple([substitute(operand) if isinstance(operand, Node) else operand for operand in operands])
    kind: type[Any] | None = None
    for operand in operands:
        # As in Python's own operators, a subclass wins over its base wherever it stands.
        if isinstance(operand, Node) and (kind is None or issubclass(type(operand), kind)):
            kind = type(operand)
    operands = tuple(operand if isinstance(operand, Node) else as_float(operand) for operand in operands)
    numbers = [number_of(operand) for operand in operands]
    out = _forward(rule, numbers, operands)
    if kind is None:
        return out
    if not modes.recording.get():
        return constant_of(kind, out)
    return make_node(kind, name, operands, out, _partials(rule, out, numbers))


_data: Any = Node.__dict__["data"]


def number_of(operand: Any) -> float:
    """The number of a Value, read from its slot, or a plain number as a float: how the engine reads, whatever stands over
    `.data` for users while a function is recorded for a compiler."""
    return _data.__get__(operand) if isinstance(operand, Node) else float(operand)


def make_node(kind: type[Any], name: str, operands: Sequence[Any], out: float, partials: Sequence[float | None]) -> Any:
    """A node for an operation that has been computed; the partials of operands that are plain numbers are dropped."""
    node = object.__new__(kind)
    node.data = out
    node.label = ""
    node._grad = None
    node._rule = name
    slopes = tuple(d if isinstance(x, Node) else None for x, d in zip(operands, partials, strict=True))
    if len(operands) > 2 or (name in RULES and RULES[name].variadic):
        node._a, node._da, node._b, node._db = tuple(operands), slopes, None, None
    else:
        node._a, node._da = operands[0], slopes[0]
        node._b, node._db = (operands[1], slopes[1]) if len(operands) == 2 else (None, None)
    for observer in modes.observers.get():
        observer(node)
    return node


def _forward(rule: Rule, numbers: Sequence[float], operands: Sequence[Any]) -> float:
    try:
        return compile_rule(rule, FLOATS).forward(*numbers)  # type: ignore[no-any-return]
    except ARITHMETIC_ERRORS as error:
        if modes.quiet.get():
            return compile_rule(rule, IEEE).forward(*numbers)  # type: ignore[no-any-return]
        raise domain_error(rule, numbers, operands, error) from None


def _partials(rule: Rule, out: float, numbers: Sequence[float]) -> tuple[Any, ...]:
    try:
        return compile_rule(rule, FLOATS).partials(out, *numbers)
    except ARITHMETIC_ERRORS:
        # The value is defined, its derivative is infinite or undefined: IEEE arithmetic says which.
        return compile_rule(rule, IEEE).partials(out, *numbers)


def propagate(order: Sequence[Any], grads: dict[Any, float]) -> None:
    """Back-propagation into a dict: pushes `grads` back over `order`, operations in topological order, to their operands."""
    for node in reversed(order):
        grad = grads[node]
        slope = node._da
        if slope.__class__ is tuple:
            for operand, d in zip(node._a, slope, strict=True):
                if d is not None:
                    grads[operand] += grad * d
            continue
        if slope is not None:
            grads[node._a] += grad * slope
        slope = node._db
        if slope is not None:
            grads[node._b] += grad * slope


@cache
def value_numbers() -> Numbers:
    """Values as a number system: a rule's text evaluated in it records a graph."""
    return Numbers("Values", _Recording())


class _Recording(dict[str, Callable[..., Any]]):
    """The functions that record a node, looked up when first asked for: primitives can be added at any time."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in RULES or name in {"fsum", "detach"}

    def __missing__(self, name: str) -> Callable[..., Any]:
        from autograd_lite.engine import functions

        name = {"fsum": "sum"}.get(name, name)
        return getattr(functions, name) if name in functions.__all__ else partial(apply, name)


def wanted_partials(rule: Rule, edges: Sequence[bool]) -> tuple[bool, ...]:
    """Which of the rule's partials are needed, given which of the operands are: one flag for a starred argument."""
    if not rule.variadic:
        return tuple(edges)
    return (*edges[: rule.arity], any(edges[rule.arity :]))


def partials_of(node: "Value", edges: Sequence[bool] | None = None, numbers: Numbers | None = None) -> tuple[Any, ...]:
    """The local derivatives of a recorded operation as Values, computed from its operands: a graph of their own.

    None where there is no edge.  A derivative that is infinite or undefined is the constant that was recorded.

    Parameters
    ----------
    node : Value
        The result of an operation.
    edges : sequence of bool, optional
        For each operand whether its derivative is wanted; all that were recorded if left out.
    numbers : Numbers, optional
        Another number system of Values than the one that simply records.
    """
    rule = RULES[node.op]
    slopes = node.arg_grads
    if edges is None:
        edges = [slope is not None for slope in slopes]
    try:
        return compile_partials(rule, wanted_partials(rule, edges), numbers or value_numbers())(node, *node.args)
    except ARITHMETIC_ERRORS:
        return slopes


__all__ = [
    "ARITHMETIC_ERRORS", "apply", "make_node", "number_of", "partials_of", "propagate", "value_numbers", "wanted_partials",
]  # fmt: skip
