"""From a text to a program of a few steps, with everything else refused.

Python's own parser reads the text, so precedence and spelling are Python's; its tree is then translated, node by node, from a
closed list of what is allowed.  Nothing of the text is ever executed: there is no `eval`, and no name that is not a variable, a
constant or a function of the table.  The result is a list of steps for a stack machine, and the limits below are counted here:
the answer to a long or deep text does not depend on the recursion limits of this or that Python.
"""

import ast
import math
import operator
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar, NamedTuple

from autograd_lite.expression.errors import ExpressionError, did_you_mean, refusal, syntax_hint
from autograd_lite.expression.functions import CONSTANTS, Function, functions_by_name

#: Limits of a text: characters, brackets in brackets, operations in operations.  What people write is far below; every
#: Python's parser takes more.
LONGEST, MOST_BRACKETS, DEEPEST = 20_000, 200, 1_000

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow", ast.Mod: "mod", ast.FloorDiv: "floordiv",
    ast.USub: "neg",
}  # fmt: skip
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}  # fmt: skip


class Instruction(NamedTuple):
    """One step of a program for a stack machine.

    Attributes
    ----------
    do : {"push", "name", "call", "store", "branch", "jump"}
    what : object
        What is pushed; the name; the function; the place to jump to.
    operands : int
        How many it takes from the stack.
    node : ast.AST
        What it comes from, for errors.
    keywords : tuple of str
        For a call: the names of its last arguments.
    takes_lists : bool
        For a call: whether an operand may be more than a number.
    """

    do: str
    what: Any
    operands: int
    node: ast.AST
    keywords: tuple[str, ...] = ()
    takes_lists: bool = False


class ParsedText:
    """A checked text as a list of steps, which can point at places in the text.

    Parameters
    ----------
    text : str

    Attributes
    ----------
    text : str
    steps : list of Instruction
    variables : tuple of str
        The names whose meaning is not in the text, in the order they appear in.
    assigned : dict of str to None
        The names that the text itself gives a meaning.

    Raises
    ------
    ExpressionError
        For a text that is not an expression, pointing at the place.

    Examples
    --------
    >>> parsed = ParsedText("L = w*x + b")
    >>> [step.do for step in parsed.steps], parsed.variables, list(parsed.assigned)
    (['name', 'name', 'call', 'name', 'call', 'store'], ('w', 'x', 'b'), ['L'])
    """

    #: Beside those of the table.
    more_functions: ClassVar[Mapping[str, Function]] = {}

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise ExpressionError(f"an expression is a text, not {type(text).__name__}")
        if len(text) > LONGEST:
            raise ExpressionError(f"the expression has {len(text):,} characters; at most {LONGEST:,} are accepted")
        self.lines = [line.strip() for line in text.splitlines()]
        self.text = "\n".join(self.lines)
        self.functions = {**functions_by_name(), **self.more_functions}
        self.steps: list[Instruction] = []
        self._variables: dict[str, None] = {}
        self.assigned: dict[str, None] = {}
        statements = self._tree().body
        if not statements:
            raise ExpressionError("the expression is empty; write something like w*x + b")
        for statement in statements:
            self._statement(statement, statement is statements[-1])

    @property
    def variables(self) -> tuple[str, ...]:
        """The names whose meaning is not in the text, in the order they appear in."""
        return tuple(self._variables)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.text,)

    # --- reading, and pointing at what was read --------------------------------------------------------------------------

    def error(self, node: ast.AST, message: str, sign: str = "") -> ExpressionError:
        """The error that points at `node`, or at the operator `sign` that follows its start."""
        line = self.lines[getattr(node, "lineno", 1) - 1]
        # The syntax tree counts bytes of UTF-8.
        column = len(line.encode()[: getattr(node, "col_offset", 0)].decode(errors="ignore")) + 1
        return ExpressionError(message, line, max(line.find(sign, column - 1) + 1, column))

    def _tree(self) -> ast.Module:
        depth = 0
        for line in self.lines:
            for column, character in enumerate(line, 1):
                depth += (character in "([{") - (character in ")]}")
                if depth > MOST_BRACKETS:
                    message = f"brackets are nested more than {MOST_BRACKETS} deep; name parts of it: a = ..."
                    raise ExpressionError(message, line, column)
        too_deep = ExpressionError(f"operations are nested more than {DEEPEST:,} deep; name parts of it: a = ...; b = ...")
        try:
            with warnings.catch_warnings():
                # "2(x)" makes Python warn that a number is not callable; it is refused below in our words.
                warnings.simplefilter("ignore")
                tree = ast.parse(self.text)
        except SyntaxError as error:
            number = min(max(error.lineno or 1, 1), len(self.lines))
            line = self.lines[number - 1]
            column = min(max(error.offset or 1, 1), len(line) + 1)
            message, column = syntax_hint(line, column, error.msg)
            raise ExpressionError(message, line, column) from None
        except (RecursionError, MemoryError):
            raise too_deep from None
        except ValueError as error:
            raise ExpressionError(f"the expression cannot be read: {error}") from None
        level: list[ast.AST] = [tree]
        for _ in range(DEEPEST + 3):  # around the operations stand the module and the statement, inside a name or number
            level = [part for node in level for part in ast.iter_child_nodes(node) if isinstance(part, ast.stmt | ast.expr)]
            if not level:
                return tree
        raise too_deep

    # --- translating -------------------------------------------------------------------------------------------------------

    def _statement(self, statement: ast.stmt, is_last: bool) -> None:
        """Append the steps for a statement."""
        if isinstance(statement, ast.Expr):
            if not is_last:
                raise self.error(statement, "only the last statement may go without a name; write name = ... here")
            self._expression(statement.value)
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if not isinstance(target, ast.Name):
                    raise self.error(target, "only a plain name can be assigned, as in h = w*x + b")
            self._expression(statement.value)
            for target in statement.targets:
                self._assign(target, getattr(target, "id", ""))
        else:
            raise self.error(statement, refusal(statement))

    def _assign(self, target: ast.expr, name: str) -> None:
        if name in self.assigned:
            raise self.error(target, f"{name} is assigned twice; a name stands for one node, so use another one")
        if name in self._variables:
            raise self.error(target, f"{name} was used before it is assigned; assign it first, or use another name")
        if name in self.functions:
            raise self.error(target, f"{name} is a function; use another name for the result")
        self.assigned[name] = None
        self.steps.append(Instruction("store", name, 1, target))

    def _expression(self, root: ast.expr) -> None:
        """Append the steps for an expression, without recursion."""
        todo: list[Any] = [root]
        while todo:
            item = todo.pop()
            if isinstance(item, ast.expr):
                todo += reversed(self._parts(item))
            elif isinstance(item, Instruction):
                self.steps.append(item)
            else:
                item()

    def _parts(self, node: ast.expr) -> list[Any]:
        """What a node asks for, in order: its operands, then the step that combines them."""
        match node:
            case ast.Constant(value=value):
                return [Instruction("push", self._constant(node, value), 0, node)]
            case ast.Name(id=name):
                return [partial(self._name, node, name)]
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return [left, right, self._applied(node, op, 2)]
            case ast.BinOp(op=op):
                sign = {ast.BitXor: "^", ast.MatMult: "@"}.get(type(op), "")
                raise self.error(node, refusal(op), sign)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return [
                    Instruction("push", -self._constant(node.operand, number), 0, node)
                ]  # -2 is a number, not an operation on one
            case ast.UnaryOp(op=ast.USub() as op, operand=operand):
                return [operand, self._applied(node, op, 1)]
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return [operand]
            case ast.Call(func=ast.Name(id=name)):
                return self._call(node, name)
            case ast.Call(func=ast.Attribute() as function):
                raise self.error(node, refusal(function))
            case ast.Call():
                raise self.error(node, "only a function can be called; to multiply, write *")
            case ast.Compare():
                return self._comparison(node)
            case ast.IfExp():
                return list(self._choice(node))
            case ast.Subscript(value=value, slice=ast.Constant(value=int() as index)) if not isinstance(index, bool):
                return [value, Instruction("call", partial(self._chosen, node, index), 1, node, takes_lists=True)]
            case _:
                raise self.error(node, refusal(node))

    def _constant(self, node: ast.expr, value: Any) -> Any:
        """A number of the text."""
        if isinstance(value, bool) or value is None or value is Ellipsis:
            raise self.error(node, f"{value} is not a number; write 1 or 0")
        if isinstance(value, str | bytes):
            what = f"texts are not accepted ({ascii(value)[:40]}): an expression is made of numbers and variables"
            raise self.error(node, what)
        if isinstance(value, complex):
            raise self.error(node, f"complex numbers are not accepted ({value.imag:g}j): a Value is real")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isinf(number):
            raise self.error(node, "this number is beyond the largest float, 1.8e308")
        return number

    def _name(self, node: ast.expr, name: str) -> None:
        """Append the step for a name: a variable, a constant, or what has been assigned."""
        if name.startswith("__"):
            raise self.error(node, f"the name {name!r} is not accepted: two leading underscores are Python's own")
        if name in self.functions and name not in self.assigned:
            raise self.error(node, f"{name} is a function; call it: {self.functions[name].signature()}")
        if name not in self.assigned and name not in CONSTANTS:
            self._variables.setdefault(name)
        self.steps.append(Instruction("name", name, 0, node))

    def _applied(self, node: ast.expr, op: ast.AST, count: int) -> Instruction:
        return Instruction("call", self.functions[_OPERATORS[type(op)]].call, count, node)

    def _call(self, node: ast.Call, name: str) -> list[Any]:
        function = self.functions.get(name)
        if function is None:
            raise self._no_function(node, name)
        if any(isinstance(arg, ast.Starred) for arg in node.args) or any(k.arg is None for k in node.keywords):
            raise self.error(node, "* and ** before an argument are not accepted; write the arguments out")
        keywords = tuple(keyword.arg or "" for keyword in node.keywords)
        wrong = function.misfit(len(node.args), keywords)
        if wrong:
            raise self.error(node, f"{function.signature()} was given {wrong}")
        parts: list[Any] = []
        for arg in (*node.args, *(keyword.value for keyword in node.keywords)):
            if not isinstance(arg, ast.List | ast.Tuple):
                parts.append(arg)
            elif function.takes_lists:
                parts += [*arg.elts, Instruction("call", _listed, len(arg.elts), arg)]
            else:
                raise self.error(arg, f"{name} takes numbers, not a list: {function.signature()}")
        count = len(node.args) + len(keywords)
        return [*parts, Instruction("call", function.call, count, node, keywords, function.takes_lists)]

    def _no_function(self, node: ast.Call, name: str) -> ExpressionError:
        known = name in self._variables or name in self.assigned or name in CONSTANTS
        if known or (len(name) == 1 and name != "_"):
            return self.error(node, f"{name} is not a function; to multiply, write {name} * (...)")
        hint = did_you_mean(name, self.functions) if not name.startswith("_") else ""
        return self.error(node, f"no function {name!r}.{hint} Known ones: exp, log, sin, relu, ...")

    def _comparison(self, node: ast.Compare) -> list[Any]:
        """Two sides and the step that compares them: 1.0 or 0.0."""
        if len(node.ops) > 1:
            what = "compare two things at a time; for a < x < b write where(a < x, where(x < b, 1, 0), 0)"
            raise self.error(node, what)
        return self._compared(node, float)

    def _compared(self, node: ast.Compare, truth: Callable[[bool], Any]) -> list[Any]:
        """The sides of a comparison and the step that compares each with the next."""
        signs = [_COMPARISONS.get(type(op)) for op in node.ops]

        def holds(*sides: Any) -> Any:
            return truth(all(sign(x, y) for sign, x, y in zip(signs, sides, sides[1:], strict=False) if sign))

        if None in signs:
            raise self.error(node, "the comparisons are < <= > >= == !=")
        return [node.left, *node.comparators, Instruction("call", holds, len(signs) + 1, node)]

    def _choice(self, node: ast.IfExp) -> Iterator[Any]:
        """`body if test else orelse`: only the branch that is taken is evaluated, and only it is in the graph."""
        places: dict[str, int] = {}

        def leave(do: str, count: int) -> None:
            places[do] = len(self.steps)
            self.steps.append(Instruction(do, None, count, node))

        def arrive(do: str) -> None:
            self.steps[places[do]] = self.steps[places[do]]._replace(what=len(self.steps))

        yield from (node.test, partial(leave, "branch", 1), node.body, partial(leave, "jump", 0))
        yield from (partial(arrive, "branch"), node.orelse, partial(arrive, "jump"))

    def _chosen(self, node: ast.expr, index: int, listed: Any) -> Any:
        if not isinstance(listed, list):
            raise self.error(node, "only the result of softmax or log_softmax is a list to choose from")
        if not -len(listed) <= index < len(listed):
            what = f"there is no [{index}]: the list has {len(listed)} numbers, [0] to [{len(listed) - 1}]"
            raise self.error(node, what)
        return listed[index]


def _listed(*operands: Any) -> list[Any]:
    return list(operands)
