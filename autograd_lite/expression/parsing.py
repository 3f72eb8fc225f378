"""From a text to a program of a few instructions, with everything else refused.

Python's own parser reads the text, so precedence and spelling are Python's; its tree is then translated, node by node,
from a closed list of what is allowed.  Nothing of the text is ever executed: there is no `eval`, no attribute, no name
that is not a variable, a constant or a function of the table.  The translation is iterative and its result is a list for
a stack machine, so that neither deep nesting nor a sum of a thousand terms meets a recursion limit here.
"""

import ast
import math
import warnings
from dataclasses import dataclass
from typing import Any, NoReturn

from autograd_lite.expression.errors import ExpressionError
from autograd_lite.expression.functions import CONSTANTS, Function, functions_by_name
from autograd_lite.expression.hints import did_you_mean, syntax_hint

#: Limits of a text; what people write by hand is far below both.
LONGEST = 20_000
DEEPEST = 200

_BINARY = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
    ast.Mod: "mod",
    ast.FloorDiv: "floordiv",
}
_COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}


@dataclass(frozen=True)
class Instruction:
    """One step of a program for a stack machine.

    Parameters
    ----------
    do : str
        "number", "name", "store", "call", "list", "index", "compare", "branch" or "jump".
    what : object
        The number; the name; the function; the place to jump to.
    count : int
        How many operands it takes from the stack.
    keywords : tuple of str
        For a call: the names of its last arguments.
    column : int
        Where in the text it comes from, from 1.
    """

    do: str
    what: Any
    count: int = 0
    keywords: tuple[str, ...] = ()
    column: int = 0
    line: int = 1


@dataclass(frozen=True)
class Program:
    """A checked expression, ready to run.

    Parameters
    ----------
    text : str
    instructions : tuple of Instruction
    variables : tuple of str
        The names that need a number, in the order they appear in.
    assigned : tuple of str
        The names that the text itself gives a meaning.
    """

    text: str
    instructions: tuple[Instruction, ...]
    variables: tuple[str, ...]
    assigned: tuple[str, ...]


def compile_text(text: str) -> Program:
    """Check `text` and translate it.

    Parameters
    ----------
    text : str
        An expression, or assignments separated by `;` or new lines; the last statement is the result.

    Raises
    ------
    ExpressionError
        For everything that is not arithmetic on variables, numbers and the functions of the table.

    Examples
    --------
    >>> program = compile_text("L = (w*x + b - y)**2")
    >>> program.variables, program.assigned
    (('w', 'x', 'b', 'y'), ('L',))
    """
    if not isinstance(text, str):
        raise ExpressionError(f"an expression is a text, not {type(text).__name__}")
    if not text.strip():
        raise ExpressionError("the expression is empty; write something like 'w*x + b'")
    if len(text) > LONGEST:
        raise ExpressionError(f"the expression has {len(text):,} characters; at most {LONGEST:,} are accepted")
    lines = [line.strip() for line in text.splitlines()]
    _check_nesting(lines)
    return _Translator("\n".join(lines)).run()


def _check_nesting(lines: list[str]) -> None:
    """Refuse brackets nested so deep that Python's parser would give up in its own words."""
    depth = 0
    for line in lines:
        for column, character in enumerate(line, 1):
            depth += (character in "([{") - (character in ")]}")
            if depth > DEEPEST:
                raise ExpressionError(
                    f"brackets are nested more than {DEEPEST} deep; name parts of it: a = ...", line, column
                )


class _Translator:
    """Translates one text; holds what is known so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.split("\n")
        self.functions = functions_by_name()
        self.code: list[Instruction] = []
        self.variables: dict[str, None] = {}
        self.assigned: dict[str, None] = {}

    def run(self) -> Program:
        statements = self._tree().body
        if not statements:
            raise ExpressionError("the expression is empty; write something like 'w*x + b'")
        for statement in statements:
            if isinstance(statement, ast.Assign):
                self._assignment(statement)
            elif isinstance(statement, ast.Expr):
                if statement is not statements[-1]:
                    self.refuse(statement, "only the last statement may go without a name; write name = ... here")
                self._expression(statement.value)
            else:
                self.refuse(statement, _statement_hint(statement))
        return Program(self.text, tuple(self.code), tuple(self.variables), tuple(self.assigned))

    def refuse(self, node: ast.AST, message: str, sign: str = "") -> NoReturn:
        """Raise for `node`, pointing at it, or at the operator `sign` that follows its start."""
        line = self.lines[getattr(node, "lineno", 1) - 1]
        column = self._column(node)
        raise ExpressionError(message, line, max(line.find(sign, column - 1) + 1, column))

    def _column(self, node: ast.AST) -> int:
        """The column in characters; the syntax tree counts bytes of UTF-8."""
        line = self.lines[getattr(node, "lineno", 1) - 1]
        return len(line.encode()[: getattr(node, "col_offset", 0)].decode(errors="ignore")) + 1

    def _tree(self) -> ast.Module:
        try:
            with warnings.catch_warnings():
                # "2(x)" makes Python warn that a number is not callable; it is refused below in our words.
                warnings.simplefilter("ignore")
                return ast.parse(self.text)
        except SyntaxError as error:
            number = min(max(error.lineno or 1, 1), len(self.lines))
            line = self.lines[number - 1]
            column = min(max(error.offset or 1, 1), len(line) + 1)
            message, column = syntax_hint(line, column, error.msg)
            raise ExpressionError(message, line, column) from None
        except (RecursionError, MemoryError):
            raise ExpressionError("the expression is nested too deep; name parts of it: a = ...; b = ...") from None
        except ValueError as error:
            raise ExpressionError(f"the expression cannot be read: {error}") from None

    def _assignment(self, statement: ast.Assign) -> None:
        for target in statement.targets:
            if not isinstance(target, ast.Name):
                self.refuse(target, "only a plain name can be assigned, as in h = w*x + b")
        self._expression(statement.value)
        for target in statement.targets:
            assert isinstance(target, ast.Name)
            name = target.id
            if name in self.assigned:
                self.refuse(target, f"{name} is assigned twice; a name stands for one node, so use another one")
            if name in self.variables:
                self.refuse(target, f"{name} was used before it is assigned; assign it first, or use another name")
            if name in self.functions:
                self.refuse(target, f"{name} is a function; use another name for the result")
            self.assigned[name] = None
            self.emit(target, "store", name, 1)

    def emit(self, node: ast.AST, do: str, what: Any, count: int = 0, keywords: tuple[str, ...] = ()) -> int:
        line = getattr(node, "lineno", 1)
        self.code.append(Instruction(do, what, count, keywords, self._column(node), line))
        return len(self.code) - 1

    # --- expressions -------------------------------------------------------------------------------------------------

    def _expression(self, root: ast.expr) -> None:
        """Append the instructions for `root`: what is to be done is a list of nodes and finished instructions."""
        todo: list[Any] = [root]
        while todo:
            item = todo.pop()
            if isinstance(item, ast.expr):
                todo += reversed(self._parts(item))
            else:
                item()

    def _parts(self, node: ast.expr) -> list[Any]:
        """What a node asks for, in order: its operands, then the step that combines them."""
        match node:
            case ast.Constant(value=value):
                return [lambda: self.emit(node, "number", self._number(node, value))]
            case ast.Name(id=name):
                return [lambda: self._name(node, name)]
            case ast.BinOp(left=left, op=op, right=right):
                function = self._operator(node, op)
                return [left, right, lambda: self.emit(node, "call", function, 2)]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                if isinstance(operand, ast.Constant) and type(operand.value) in (int, float):
                    # -2 is a number, not an operation on one.
                    return [lambda: self.emit(node, "number", -self._number(operand, operand.value))]
                return [operand, lambda: self.emit(node, "call", self.functions["neg"], 1)]
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return [operand]
            case ast.Call():
                return self._call(node)
            case ast.Compare():
                return self._compare(node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._choice(node, test, body, orelse)
            case ast.Subscript(value=value, slice=ast.Constant(value=int() as index)) if not isinstance(index, bool):
                return [value, lambda: self.emit(node, "index", index, 1)]
            case _:
                self.refuse(node, _expression_hint(node))

    def _number(self, node: ast.expr, value: Any) -> float:
        if isinstance(value, bool) or value is None or value is Ellipsis:
            self.refuse(node, f"{value} is not a number; write 1 or 0")
        if isinstance(value, str | bytes):
            self.refuse(
                node, f"texts are not accepted ({ascii(value)[:40]}): an expression is made of numbers and variables"
            )
        if isinstance(value, complex):
            self.refuse(node, f"complex numbers are not accepted ({value.imag:g}j): a Value is real")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isinf(number):
            self.refuse(node, "this number is beyond the largest float, 1.8e308")
        return number

    def _name(self, node: ast.expr, name: str) -> None:
        if name.startswith("__"):
            self.refuse(node, f"the name {name!r} is not accepted: names with two leading underscores are Python's own")
        if name in self.functions and name not in self.assigned:
            self.refuse(node, f"{name} is a function; call it: {self.functions[name].signature()}")
        if name not in self.assigned and name not in CONSTANTS:
            self.variables.setdefault(name)
        self.emit(node, "name", name)

    def _operator(self, node: ast.expr, op: ast.operator) -> Function:
        name = _BINARY.get(type(op))
        if name is None:
            hint = {
                ast.BitXor: ("^ is not a power here; write **", "^"),
                ast.MatMult: ("@ multiplies matrices; write dot([a, b], [c, d])", "@"),
            }
            self.refuse(node, *hint.get(type(op), ("this operator works on bits; the operators are + - * / ** // %", "")))
        return self.functions[name]

    def _call(self, node: ast.Call) -> list[Any]:
        if not isinstance(node.func, ast.Name):
            if isinstance(node.func, ast.Attribute):
                self.refuse(node, _expression_hint(node.func))
            self.refuse(node, "only a function can be called; to multiply, write *")
        name = node.func.id
        function = self.functions.get(name)
        if function is None:
            if name.startswith("_"):
                self.refuse(node, f"no function {name!r}: only the functions of the table can be called")
            known = name in self.variables or name in self.assigned or name in CONSTANTS
            if len(name) == 1 or known:
                self.refuse(node, f"{name} is not a function; to multiply, write {name} * (...)")
            self.refuse(
                node, f"no function {name!r}.{did_you_mean(name, self.functions)} Known ones: exp, log, sin, relu, ..."
            )
        if any(isinstance(arg, ast.Starred) for arg in node.args) or any(k.arg is None for k in node.keywords):
            self.refuse(node, "* and ** before an argument are not accepted; write the arguments out")
        keywords = tuple(keyword.arg or "" for keyword in node.keywords)
        self._check_arguments(node, function, len(node.args), keywords)
        for arg in node.args:
            if isinstance(arg, ast.List | ast.Tuple) and not function.takes_lists:
                self.refuse(arg, f"{name} takes numbers, not a list: {function.signature()}")
        operands: list[Any] = []
        for arg in (*node.args, *(keyword.value for keyword in node.keywords)):
            if isinstance(arg, ast.List | ast.Tuple):
                operands += [*arg.elts, self._step(arg, "list", None, len(arg.elts))]
            else:
                operands.append(arg)
        return [*operands, self._step(node, "call", function, len(node.args) + len(keywords), keywords)]

    def _step(self, node: ast.AST, do: str, what: Any, count: int, keywords: tuple[str, ...] = ()) -> Any:
        return lambda: self.emit(node, do, what, count, keywords)

    def _check_arguments(self, node: ast.Call, function: Function, positional: int, keywords: tuple[str, ...]) -> None:
        names = [name for name in function.parameters if not name.startswith("*")]
        free = [name for name in names[positional:] if not function.variadic]
        wrong = [name for name in keywords if name not in free]
        total = positional + len(keywords)
        left_out = [name for name in names[: function.required] if name in free and name not in keywords]
        if wrong or left_out or total == 0 or (not function.variadic and positional > len(names)):
            given = "no argument" if total == 0 else f"{total} argument{'s' if total > 1 else ''}"
            what = f"an argument called {wrong[0]!r}" if wrong else given
            self.refuse(node, f"{function.signature()} was given {what}")

    def _compare(self, node: ast.Compare) -> list[Any]:
        if len(node.ops) > 1:
            self.refuse(node, "compare two things at a time; for a < x < b write where(a < x, where(x < b, 1, 0), 0)")
        sign = _COMPARE.get(type(node.ops[0]))
        if sign is None:
            self.refuse(node, "the comparisons are < <= > >= == !=")
        return [node.left, node.comparators[0], lambda: self.emit(node, "compare", sign, 2)]

    def _choice(self, node: ast.expr, test: ast.expr, body: ast.expr, orelse: ast.expr) -> list[Any]:
        """`body if test else orelse`: only the branch that is taken is evaluated, and only it is in the graph."""
        branch = jump = 0

        def begin() -> None:
            nonlocal branch
            branch = self.emit(node, "branch", None, 1)

        def between() -> None:
            nonlocal jump
            jump = self.emit(node, "jump", None)
            self._aim(branch)

        return [test, begin, body, between, orelse, lambda: self._aim(jump)]

    def _aim(self, at: int) -> None:
        """Make the instruction at `at` jump to the next one to be emitted."""
        old = self.code[at]
        self.code[at] = Instruction(old.do, len(self.code), old.count, (), old.column, old.line)


def _statement_hint(node: ast.stmt) -> str:
    match node:
        case ast.Import() | ast.ImportFrom():
            return "import is not accepted; every function of the table is there already"
        case ast.AugAssign():
            return "write the assignment out: a name stands for one node"
        case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef():
            return "definitions are not accepted; write the expression itself"
        case _:
            return f"{type(node).__name__.lower()} is not accepted; an expression or name = expression is"


def _expression_hint(node: ast.expr) -> str:
    match node:
        case ast.Attribute(attr=name):
            return f"attribute access (.{name}) is not accepted; write functions plainly, as in exp(x)"
        case ast.Lambda():
            return "lambda is not accepted; write the expression itself"
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return "comprehensions are not accepted; write the terms out"
        case ast.List() | ast.Tuple() | ast.Set() | ast.Dict():
            return "a list can only stand in a call such as sum([a, b]) or dot([a, b], [c, d])"
        case ast.Subscript():
            return "only a whole number can choose from a list, as in softmax(a, b)[0]"
        case ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return "and, or, not are not accepted; nest where(condition, x, y)"
        case ast.UnaryOp():
            return "~ is not accepted; the operators are + - * / ** // %"
        case ast.NamedExpr():
            return "write the assignment as a statement of its own: a = ...; ..."
        case ast.JoinedStr():
            return "texts are not accepted: an expression is made of numbers and variables"
        case _:
            return f"{type(node).__name__.lower()} is not accepted; arithmetic, functions and comparisons are"
