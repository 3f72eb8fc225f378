"""The common path of every operation: check the operands, compute, record a node.

`value.py` does the same for the usual case (operands that are Values or floats, nothing that raises, no mode switched on) and
comes here for everything else: subclasses, other kinds of number, arrays, modes, errors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial, reduce
from typing import Any

from autograd_lite.engine import closures, modes
from autograd_lite.engine.arrays import elementwise
from autograd_lite.engine.errors import domain_error
from autograd_lite.engine.facts import constant_of
from autograd_lite.engine.numbers import as_float, has_shape
from autograd_lite.engine.value import Value, instead, record
from autograd_lite.rules import CALL, RULES, Rule
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS, NumberSystem, compile_partials, compile_rule
from autograd_lite.rules.floats import FLOATS
from autograd_lite.rules.ieee import IEEE
from autograd_lite.rules.rule import CURVED


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
    >>> apply("hypot", Value(3.0), 4.0)
    Value(data=5.0, grad=0.0)
    """
    rule = RULES.get(name)
    if rule is None:
        raise ValueError(f"there is no primitive called {name!r} in the table; autograd_lite.RULES lists all")
    if len(operands) < rule.arity or (len(operands) > rule.arity and not rule.variadic):
        hint = "; for a modulus write pow(x, y) % m" if name == "pow" else ""
        raise TypeError(f"{name} takes {rule.arity} arguments ({', '.join(rule.args.split())}), not {len(operands)}{hint}")
    if not _known(operands)[0]:
        if any(has_shape(operand) for operand in operands if not isinstance(operand, Value)):
            return elementwise(lambda *elements: apply(name, *elements), operands)
        operands = tuple([operand if isinstance(operand, Value) else as_float(operand) for operand in operands])
    substitute = modes.substitute.get()
    if substitute is not None:
        operands = substitute(operands)
    kind = kind_of(operands)
    numbers = [x if x.__class__ is float else x._number if isinstance(x, Value) else float(x) for x in operands]
    out = _forward(rule, numbers, operands)
    if kind is None:
        return out
    if not modes.recording.get():
        return constant_of(kind, out)
    return make_node(kind, name, operands, out, _partials(rule, out, numbers))


def kind_of(operands: Sequence[Any]) -> type[Any] | None:
    """The class of the result of an operation, None if no operand is a Value; a subclass wins over its base, wherever it stands."""
    return _known(operands)[2]


def _known(operands: Sequence[Any]) -> tuple[bool, bool, type[Any] | None]:
    """Whether all operands are Values or floats, whether all are Values, and the class of the result."""
    return _known_of(tuple(map(type, operands) if len(operands) < 3 else dict.fromkeys(map(type, operands))))


@lru_cache(maxsize=256)
def _known_of(kinds: tuple[type[Any], ...]) -> tuple[bool, bool, type[Any] | None]:
    values = [one for one in kinds if issubclass(one, Value)]
    kind = reduce(lambda one, other: other if issubclass(other, one) else one, values) if values else None
    return all(issubclass(one, Value | float) for one in kinds), len(values) == len(kinds), kind


def number_of(operand: Any) -> float:
    """The number of a Value, read from its slot, or a plain number as a float: how the engine reads, whatever stands over
    `.data` for users while a function is recorded for a compiler."""
    return operand._number if isinstance(operand, Value) else float(operand)


def make_node(kind: type[Any], name: str, operands: Sequence[Any], out: float, partials: Sequence[float | None]) -> Any:
    """A node for an operation that has been computed; the partials of operands that are plain numbers are dropped."""
    slopes = partials
    if not _known(operands)[1]:
        slopes = [d if isinstance(x, Value) else None for x, d in zip(operands, partials, strict=True)]
    if len(operands) > 2 or (name in RULES and RULES[name].variadic):
        node = record(name, out, tuple(operands), None, tuple(slopes), None, kind)
    else:
        (a, b), (da, db) = (operands, slopes) if len(operands) == 2 else ((*operands, None), (*slopes, None))
        node = record(name, out, a, b, da, db, kind)
    for observer in modes.observers.get():
        observer(node)
    return node


def _forward(rule: Rule, numbers: Sequence[float], operands: Sequence[Any]) -> float:
    try:
        return compile_rule(rule, FLOATS).forward(*numbers)  # type: ignore[no-any-return]
    except ARITHMETIC_ERRORS as error:
        if modes.answering_ieee.get():
            return compile_rule(rule, IEEE).forward(*numbers)  # type: ignore[no-any-return]
        found, told = domain_error(rule, numbers, operands, error), modes.undefined.get()
        if told is not None:
            told(rule.name, operands, found)
        raise found from None


def _partials(rule: Rule, out: float, numbers: Sequence[float]) -> tuple[Any, ...]:
    try:
        return compile_rule(rule, FLOATS).partials(out, *numbers)
    except ARITHMETIC_ERRORS:
        # The value is defined, its derivative is infinite or undefined: IEEE arithmetic says which.
        return compile_rule(rule, IEEE).partials(out, *numbers)


def _operation(name: str, *operands: Any) -> Any:
    """What the methods of `Value` come to.  An array beside an operator answers for itself, through NumPy's protocol."""
    if not _known(operands)[0] and RULES[name].level < CALL and any(map(has_shape, operands)):
        return NotImplemented
    return apply(name, *operands)


def _new(node: Value, *given: Any, **named: Any) -> None:
    """A new node with a label by position, or written as in micrograd, or that somebody wants to be told of."""
    if len(given) == 1 and isinstance(given[0], str) and not named:
        given = ((), "", given[0])
    if given or named:
        closures.operation_by_hand(node, *given, **named)
    for observer in modes.observers.get():
        observer(node)


instead.update(operation=_operation, new=_new)


class _Recording(dict[str, Callable[..., Any]]):
    """The functions that record a node, made when first asked for: primitives can be added at any time."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in RULES or name in {"fsum", "detach"}

    def __missing__(self, name: str) -> Callable[..., Any]:
        if name == "detach":
            return lambda x: x.detach() if isinstance(x, Value) else x
        if name in {"fsum", "max", "min", "prod"}:
            name = {"fsum": "sum"}.get(name, name)
            return lambda *xs: apply(name, *(xs[0] if len(xs) == 1 and not isinstance(xs[0], Value | float) else xs))
        return partial(apply, name)


#: Values as a number system: a rule's text evaluated in it records a graph.
VALUES = NumberSystem("Values", _Recording(), constants=CURVED)


def wanted_partials(rule: Rule, edges: Sequence[bool]) -> tuple[bool, ...]:
    """Which of the rule's partials are needed, given which of the operands are: one flag for a starred argument."""
    if not rule.variadic:
        return tuple(edges)
    return (*edges[: rule.arity], any(edges[rule.arity :]))


def partials_of(node: Value, edges: Sequence[bool] | None = None, numbers: NumberSystem | None = None) -> tuple[Any, ...]:
    """The local derivatives of a recorded operation as Values, computed from its operands: a graph of their own.

    None where there is no edge.  A derivative that is infinite or undefined is recorded in IEEE arithmetic, so that what comes
    after it is infinite or undefined too, and not 0.

    Parameters
    ----------
    node : Value
        The result of an operation.
    edges : sequence of bool, optional
        For each operand whether its derivative is wanted; all that were recorded if left out.
    numbers : NumberSystem, optional
        Another number system of Values than the one that simply records.

    Raises
    ------
    GraphError
        If the operation was made by hand, with a closure for its backward pass.
    """
    closures.refuse(node, "its derivative cannot be differentiated")
    rule = RULES[node.op]
    slopes = node.arg_grads
    if edges is None:
        edges = [slope is not None for slope in slopes]
    partials = compile_partials(rule, wanted_partials(rule, edges), numbers or VALUES)
    try:
        return partials(node, *node.args)
    except ARITHMETIC_ERRORS:
        with modes.ieee():
            return partials(node, *node.args)
