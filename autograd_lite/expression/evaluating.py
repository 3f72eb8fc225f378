"""Running a checked expression: on `Value`s for its graph, on plain numbers for its value."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine.value import Value
from autograd_lite.expression.errors import ExpressionError, MissingVariablesError
from autograd_lite.expression.functions import CONSTANTS
from autograd_lite.expression.parsing import Instruction, Program, compile_text

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True)
class Built:
    """An expression as a graph.

    Parameters
    ----------
    root : Value
        The result.
    variables : dict of str to Value
        The leaves, by name, in the order they appear in the text.
    named : dict of str to Value
        The nodes that an assignment gave a name.
    """

    root: Value
    variables: dict[str, Value]
    named: dict[str, Value]


class Expression:
    """A formula given as a text, safely: nothing of it is executed as Python.

    Parameters
    ----------
    text : str
        Arithmetic on variables, numbers, `pi`, `e` and the functions of the table; comparisons, `where(c, x, y)` and
        `x if c else y`; assignments before it, separated by `;` or new lines, name intermediate nodes.

    Raises
    ------
    ExpressionError
        For anything else, pointing at the column.

    Examples
    --------
    >>> loss = Expression("h = w*x + b; L = (h - y)**2")
    >>> loss.variables
    ('w', 'x', 'b', 'y')
    >>> graph = loss.build(w=-2, x=5, b=3, y=-8)
    >>> graph.root
    Value(data=1.0, grad=0.0, label='L')
    >>> graph.root.backward(); graph.variables["w"].grad
    10.0

    As a function of its variables it can be handed to `grad` and the like:

    >>> Expression("x**2 + 7*x + 2")(-3.5)
    -10.25
    """

    def __init__(self, text: str) -> None:
        self.program: Program = compile_text(text)

    @property
    def text(self) -> str:
        """The text it was made from."""
        return self.program.text

    @property
    def variables(self) -> tuple[str, ...]:
        """The names that need a number, in the order they appear in."""
        return self.program.variables

    def build(self, numbers: Mapping[str, Any] | None = None, /, **more: Any) -> Built:
        """The graph of the expression at the given numbers.

        Parameters
        ----------
        numbers, **more
            A number for each variable; an existing `Value` is used as it is.

        Returns
        -------
        Built

        Raises
        ------
        MissingVariablesError
            If a variable has no number.
        ExpressionError
            For a name the expression does not have.
        DomainError, DivisionByZeroError, RangeError
            As the operations do.
        """
        given = {**(numbers or {}), **more}
        self._check_names(given)
        scope = {name: n if isinstance(n, Value) else Value(n, label=name) for name, n in given.items()}
        result, named = self._run(scope, leaves=True)
        root = result if isinstance(result, Value) else Value(result)
        ordered = {name: scope[name] for name in (*self.variables, *given) if name in scope}
        return Built(root, ordered, {name: named[name] for name in self.program.assigned if name in named})

    def __call__(self, *args: Any, **numbers: Any) -> Any:
        """The result for numbers or Values given in the order of `variables` or by name; a number for numbers."""
        if len(args) > len(self.variables):
            raise ExpressionError(
                f"{len(args)} numbers for {len(self.variables)} variables: {', '.join(self.variables) or 'there are none'}"
            )
        given = dict(zip(self.variables, args, strict=False))
        twice = [name for name in numbers if name in given]
        if twice:
            raise ExpressionError(f"{twice[0]} is given by place and by name")
        given.update(numbers)
        self._check_names(given)
        return self._run(dict(given), leaves=False)[0]

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def _check_names(self, given: Mapping[str, Any]) -> None:
        missing = [name for name in self.variables if name not in given]
        for name in given:
            if name in self.program.assigned:
                raise ExpressionError(f"{name} is computed by the expression; no number can be given for it")
            if name not in self.variables and name not in self._constants_used():
                listed = ", ".join(self.variables) or "it has none"
                raise ExpressionError(f"the expression has no variable {name!r}; its variables: {listed}")
        if missing:
            raise MissingVariablesError(missing)

    def _constants_used(self) -> set[str]:
        return {step.what for step in self.program.instructions if step.do == "name" and step.what in CONSTANTS}

    def _run(self, scope: dict[str, Any], *, leaves: bool) -> tuple[Any, dict[str, Any]]:
        """The result and what was assigned.  With `leaves`, a number that is assigned becomes a leaf of that name."""
        stack: list[Any] = []
        named: dict[str, Any] = {}
        result: Any = 0.0
        place = 0
        code = self.program.instructions
        while place < len(code):
            step = code[place]
            place += 1
            operands = stack[len(stack) - step.count :]
            del stack[len(stack) - step.count :]
            match step.do:
                case "number":
                    stack.append(step.what)
                case "name":
                    stack.append(named[step.what] if step.what in named else scope.get(step.what, CONSTANTS.get(step.what)))
                case "list":
                    stack.append([self._one(operand, step) for operand in operands])
                case "call":
                    stack.append(self._call(step, operands))
                case "index":
                    stack.append(self._choose(step, operands[0]))
                case "compare":
                    stack.append(1.0 if _COMPARISONS[step.what](*(self._one(v, step) for v in operands)) else 0.0)
                case "branch":
                    if self._one(operands[0], step) == 0.0:
                        place = step.what
                case "jump":
                    place = step.what
                case "store":
                    result = self._one(operands[0], step)
                    if leaves:
                        result = _labelled(result, step.what)
                    named[step.what] = result
        return (self._one(stack[-1], code[-1]) if stack else result), named

    def _call(self, step: Instruction, operands: list[Any]) -> Any:
        function = step.what
        if not function.takes_lists:
            operands = [self._one(operand, step) for operand in operands]
        split = len(operands) - len(step.keywords)
        try:
            return function.call(*operands[:split], **dict(zip(step.keywords, operands[split:], strict=True)))
        except TypeError as error:
            raise self._error(step, f"{function.signature()}: {error}") from None

    def _choose(self, step: Instruction, listed: Any) -> Any:
        if not isinstance(listed, list):
            raise self._error(step, "only the result of softmax or log_softmax is a list to choose from")
        if not -len(listed) <= step.what < len(listed):
            raise self._error(
                step, f"there is no [{step.what}]: the list has {len(listed)} numbers, [0] to [{len(listed) - 1}]"
            )
        return listed[step.what]

    def _one(self, operand: Any, step: Instruction) -> Any:
        if isinstance(operand, list):
            raise self._error(step, f"a list of {len(operand)} numbers where one is needed; choose one: softmax(...)[0]")
        return operand

    def _error(self, step: Instruction, message: str) -> ExpressionError:
        return ExpressionError(message, self.text.split("\n")[step.line - 1], step.column)


def _labelled(result: Any, name: str) -> Value:
    """The node called `name`: the result, or where that has a name already, or is a number, a leaf or node that can be."""
    if not isinstance(result, Value):
        return Value(result, label=name)
    if not result.label:
        result.label = name
    return result


def evaluate(text: str, numbers: Mapping[str, Any] | None = None, /, **more: Any) -> Value:
    """The result of the expression `text` as a `Value` whose graph is the expression.

    >>> f = evaluate("w*x + b", w=-2, x=5, b=3)
    >>> f.backward(); f.data, [leaf.grad for leaf in f.parents[0].parents]
    (-7.0, [5.0, -2.0])
    """
    return Expression(text).build(numbers, **more).root
