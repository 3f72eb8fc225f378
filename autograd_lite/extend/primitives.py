"""New primitives, declared by whoever uses the package: a row is added to the table at run time.

As *text* a primitive is in every reader at once: it is stepped, drawn, explained, differentiated any number of times,
replayed in other numbers, compiled and tested like those the package came with.  As a *Python function* with its partials
it has what needs floats only: values, gradients, steps, drawings and tests.
"""

import inspect
import keyword
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, cast

from autograd_lite.engine import functions
from autograd_lite.engine.common import VALUES, apply
from autograd_lite.engine.numbers import as_float
from autograd_lite.engine.value import Value, compiled
from autograd_lite.extend.check import check_partials, problems
from autograd_lite.rules import RULES, Rule
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS
from autograd_lite.rules.floats import FLOATS, INTRINSICS
from autograd_lite.rules.ieee import IEEE
from autograd_lite.rules.rule import CONSTANTS

#: The box of an argument for which none is given: where the declaration is checked and random tests draw from.
BOX = (-3.0, 3.0)
#: The names declared here, each with what to undo when it is taken back.
_declared: dict[str, list[Callable[[], object]]] = {}
_RESERVED = {"constant", "out", "len", "zip", "enumerate", "int", "fsum", "detach", "products_of_others", *CONSTANTS}


def primitive(
    name: str | None = None,
    args: str | None = None,
    forward: str | Callable[..., float] | None = None,
    partials: Sequence[str] | Sequence[Callable[..., float]] = (),
    *,
    box: Sequence[tuple[float, float]] = (),
    method: bool = False,
    differentiable: bool = False,
    check: bool = True,
    **facts: Any,
) -> Callable[..., Any]:
    """Declare a new primitive operation.

    Parameters
    ----------
    name : str
        What it is called; a name that is not taken.
    args : str
        The names of its arguments, separated by spaces; a last one with a star stands for any number.
    forward : str or callable
        The result: as text in the arguments (the language of `Rule`), or as a function of floats.
    partials : sequence of str or of callable
        The derivative in each argument: as text in the arguments and `out`, or as functions of the arguments (with the
        result first, if the first parameter is called `out`).
    box : sequence of (float, float), optional
        For each argument an interval inside the domain in which the function is finite; (-3, 3) if left out.
    method : bool, default False
        Whether `Value` gets it as a method, too.
    differentiable : bool, default False
        For partials that are functions: whether they can be called with Values as well (they use `autograd_lite.exp`, not
        `math.exp`), so that second derivatives exist.
    check : bool, default True
        Compare the partials with numerical derivatives now.
    **facts
        Whatever else a `Rule` knows: `domain`, `kink`, `jump`, `convention`, `remedy`, `let`, `symbol`, `text`, `latex`,
        `defaults`, `doc`.

    Returns
    -------
    callable
        The operation: takes numbers or Values.  With no `forward` a decorator for a function of floats.

    Raises
    ------
    ValueError
        If the name is taken or a text is not an expression.
    WrongPartialError
        If a partial is not the derivative, with the numbers.

    Notes
    -----
    A primitive given by Python functions has no text to evaluate in other number systems: replays other than in floats,
    and (without `differentiable`) second derivatives raise an error that says so.

    Examples
    --------
    >>> softstep = primitive("softstep", "x", "x / (1.0 + x * x)", ["(1.0 - x * x) / (1.0 + x * x) ** 2"])
    >>> x = Value(2.0)
    >>> y = softstep(x)
    >>> y.backward(); y.data, round(x.grad, 12)
    (0.4, -0.12)
    >>> unregister("softstep")

    >>> @primitive(partials=[lambda x, y: y, lambda x, y: x])
    ... def times(x, y):
    ...     return x * y
    >>> times(Value(3.0), 2.0).local_grads
    (2.0,)
    >>> unregister("times")
    """
    if forward is None:
        if name is not None and not isinstance(name, str):
            raise TypeError("as a decorator primitive takes its partials: @primitive(partials=[...])")

        def declare(function: Callable[..., float]) -> Callable[..., Any]:
            title = name or function.__name__
            facts.setdefault("doc", _first_line(function))
            return primitive(
                title, args, function, partials, box=box, method=method, differentiable=differentiable, check=check, **facts
            )

        return declare
    if name is None:
        raise TypeError("a primitive needs a name")
    _check_name(name, method)
    python: dict[str, Callable[..., Any]] = {}
    if callable(forward):
        args = args or " ".join(_parameters(forward))
        python = _python_names(name, args, forward, partials)
        forward, partials = f"{name}({', '.join(args.split())})", [_call(n, args) for n in list(python)[1:]]
    elif not all(isinstance(partial, str) for partial in partials):
        raise TypeError("forward and partials are both texts, or both functions")
    if not args:
        raise TypeError("a primitive given as text needs the names of its arguments: args='x y'")
    slots = ", ".join(f"<{arg.lstrip('*')}>" for arg in args.split())
    facts.setdefault("latex", rf"\operatorname{{{name}}}({slots})")
    texts = tuple(str(partial) for partial in partials)
    rule = Rule(name, args, forward, texts, box=tuple(box) or (BOX,) * len(args.split()), **facts)
    wrong = problems(rule, {*INTRINSICS, *FLOATS.functions, *RULES, *python, name})
    if len(rule.box) != len(rule.arguments):
        wrong.append(f"{name}: {len(rule.arguments)} arguments but a box of {len(rule.box)} intervals")
    if wrong:
        raise ValueError("; ".join(wrong))
    _register(rule, python, differentiable)
    try:
        if check:
            check_partials(rule)
        operation = _operation(rule)
        if method:
            setattr(Value, name, lambda self, *others: operation(self, *others))
            _declared[name].append(lambda: delattr(Value, name))
    except BaseException:
        unregister(name)
        raise
    return operation


def unregister(name: str) -> None:
    """Take a declared primitive out of the table again.

    Graphs that used it keep their numbers and recorded slopes; what needs its texts (second derivatives, replays,
    drawings) no longer finds them.

    Raises
    ------
    ValueError
        If it was not declared with `primitive`.
    """
    if name not in _declared:
        raise ValueError(f"{name!r} was not declared; declared primitives: {', '.join(sorted(_declared)) or 'none'}")
    for undo in reversed(_declared.pop(name)):
        undo()


# --- names and their meaning -----------------------------------------------------------------------------------------


def _check_name(name: str, method: bool) -> None:
    if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
        raise ValueError(
            f"{name!r} cannot be the name of a primitive: a Python name without an underscore in front is needed"
        )
    owner = next((rule.name for rule in RULES.values() if name == rule.name or name in rule.aliases), None)
    if name in _declared:
        raise ValueError(f"the primitive {name!r} is declared already; unregister({name!r}) takes it back")
    if owner is not None or name in functions.__all__ or name in _RESERVED or name in FLOATS.functions:
        raise ValueError(f"the name {name!r} is taken" + (f" by the primitive {owner!r}" if owner else ""))
    if method and hasattr(Value, name):
        raise ValueError(f"a Value has something called {name!r} already, so it cannot become a method")


def _parameters(function: Callable[..., Any]) -> list[str]:
    """The names of the parameters, which must be plain ones."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        raise TypeError(f"the arguments of {function!r} cannot be told; name them: args='x y'") from None
    if any(parameter.kind not in {parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD} for parameter in parameters):
        raise TypeError("a primitive given as a function takes its arguments by position, and a fixed number of them")
    return [parameter.name for parameter in parameters]


def _python_names(
    name: str, args: str, forward: Callable[..., float], partials: Sequence[Any]
) -> dict[str, Callable[..., Any]]:
    """The Python functions under the names that the rule's texts call them by, the function itself first."""
    if not all(callable(partial) for partial in partials):
        raise TypeError("forward and partials are both texts, or both functions")
    if "*" in args:
        raise TypeError("a primitive of any number of arguments is declared as text")
    found: dict[str, Callable[..., Any]] = {name: forward}
    for k, partial in enumerate(partials):
        try:
            with_out = next(iter(inspect.signature(partial).parameters), "") == "out"
        except (TypeError, ValueError):
            with_out = False
        found[f"{name}_partial_{k}"] = partial if with_out else _without_out(partial)
    return found


def _without_out(partial: Callable[..., float]) -> Callable[..., float]:
    return lambda out, *args: partial(*args)


def _call(function: str, args: str) -> str:
    return f"{function}(out, {', '.join(args.split())})"


def _register(rule: Rule, python: Mapping[str, Callable[..., Any]], differentiable: bool) -> None:
    """Put the rule into the table, and what its texts call into the number systems."""
    recorded, on_floats, on_ieee = (cast(dict[str, Any], system.functions) for system in (VALUES, FLOATS, IEEE))
    undo: list[Callable[[], object]] = [lambda: RULES.pop(rule.name, None), compiled.cache_clear]
    _declared[rule.name] = undo
    RULES[rule.name] = rule

    def add(table: Any, name: str, function: Callable[..., Any]) -> None:
        table[name] = function
        undo.append(lambda: table.pop(name, None))

    for name, function in python.items():
        add(on_floats, name, _float(function))
        add(on_ieee, name, _total(_float(function)))
        if name != rule.name:
            add(recorded, name, function if differentiable else _refusal(rule.name))


def _float(function: Callable[..., Any]) -> Callable[..., float]:
    """As `function`, with a plain float for whatever number it returns."""
    return wraps(function)(lambda *args: as_float(function(*args)))


def _total(function: Callable[..., float]) -> Callable[..., float]:
    """As `function`, with nan where it raises."""

    @wraps(function)
    def total(*args: float) -> float:
        try:
            return function(*args)
        except ARITHMETIC_ERRORS:
            return float("nan")

    return total


def _refusal(name: str) -> Callable[..., Any]:
    def refuse(*args: Any) -> Any:
        raise NotImplementedError(
            f"{name} was declared by Python functions on floats, so its derivative cannot be differentiated again: declare "
            "it as text, or, if its partials can be called with Values, with differentiable=True"
        )

    return refuse


def _operation(rule: Rule) -> Callable[..., Any]:
    """The function that applies the primitive."""
    names = rule.arguments

    def operation(*given: Any, **named: Any) -> Any:
        if not rule.variadic:
            for name in names[len(given) :]:
                if name in named:
                    given = (*given, named.pop(name))
                elif name in rule.defaults:
                    given = (*given, rule.defaults[name])
        if named:
            raise TypeError(f"{rule.name} has no argument {next(iter(named))!r}; it takes {', '.join(rule.args.split())}")
        return apply(rule.name, *given)

    operation.__name__ = operation.__qualname__ = rule.name
    operation.__doc__ = rule.doc or f"The declared primitive {rule.name}({', '.join(rule.args.split())}) = {rule.forward}."
    return operation


def _first_line(function: Callable[..., Any]) -> str:
    return (inspect.getdoc(function) or "").partition("\n")[0]
