"""Running a checked expression: on `Value`s for its graph, on plain numbers for its value."""

from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine.value import Value
from autograd_lite.expression.errors import ExpressionError, MissingVariablesError
from autograd_lite.expression.functions import CONSTANTS
from autograd_lite.expression.parsing import Instruction, ParsedText


class Runnable(ParsedText):
    """A checked text and the machine that runs it.

    Parameters
    ----------
    text : str

    Raises
    ------
    ExpressionError
        For a text that is not accepted, pointing at the column.
    """

    def run(self, find: Callable[[str], Any], assign: Callable[[str, Any], Any] | None = None) -> Any:
        """The result of the last statement.

        Parameters
        ----------
        find : callable
            From a name to what it means.
        assign : callable, optional
            Given a name and its result at each assignment; what it returns is the result from there on.
        """
        stack: list[Any] = []
        place = 0
        while place < len(self.steps):
            step = self.steps[place]
            place += 1
            split = len(stack) - step.operands
            operands = stack[split:] if step.takes_lists else [self.number(one, step) for one in stack[split:]]
            del stack[split:]
            match step.do:
                case "push":
                    stack.append(step.what)
                case "name":
                    stack.append(find(step.what))
                case "call":
                    stack.append(self._called(step, operands))
                case "branch":
                    place = place if operands[0] else step.what
                case "jump":
                    place = step.what
                case "store" if assign is not None:
                    stack.append(assign(step.what, operands[0]))
        return self.number(stack[-1], self.steps[-1]) if isinstance(stack[-1], list) else stack[-1]

    def number(self, operand: Any, step: Instruction) -> Any:
        """An operand where one number is needed."""
        if not isinstance(operand, list):
            return operand
        what = f"a list of {len(operand)} numbers where one is needed; choose one: softmax(...)[0]"
        raise self.error(step.node, what)

    def _called(self, step: Instruction, operands: list[Any]) -> Any:
        split = len(operands) - len(step.keywords)
        try:
            return step.what(*operands[:split], **dict(zip(step.keywords, operands[split:], strict=True)))
        except TypeError as error:
            raise self.error(step.node, str(error)) from None


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


class Expression(Runnable):
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
        scope: dict[str, Any] = {name: n if isinstance(n, Value) else Value(n, label=name) for name, n in given.items()}
        named: dict[str, Any] = {}
        result = self.run(
            ChainMap(named, scope, CONSTANTS).__getitem__,
            lambda name, number: named.setdefault(name, _labelled(number, name)),
        )
        root = result if isinstance(result, Value) else Value(result)
        return Built(root, {name: scope[name] for name in dict.fromkeys((*self.variables, *given))}, named)

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
        named: dict[str, Any] = {}
        return self.run(ChainMap(named, given, CONSTANTS).__getitem__, named.setdefault)

    def _check_names(self, given: Mapping[str, Any]) -> None:
        constants = {step.what for step in self.steps if step.do == "name" and step.what in CONSTANTS}
        for name in given:
            if name in self.assigned:
                raise ExpressionError(f"{name} is computed by the expression; no number can be given for it")
            if name not in self.variables and name not in constants:
                listed = ", ".join(self.variables) or "it has none"
                raise ExpressionError(f"the expression has no variable {name!r}; its variables: {listed}")
        missing = [name for name in self.variables if name not in given]
        if missing:
            raise MissingVariablesError(missing)


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
