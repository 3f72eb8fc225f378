"""Writes the code that is derived from the table of primitives, between markers, into three files:

    rules/floats.py       the primitives that are expressions, as functions of floats
    engine/value.py       the methods of `Value`
    engine/functions.py   the functions of the same names, of numbers or Values

    python -m autograd_lite.engine.generate           write
    python -m autograd_lite.engine.generate --check   say whether the files are fresh; exit code 1 if not

The code is written out, rather than made at import, so that a debugger, `help()` and a type checker see plain Python, and
so that the usual case pays for no extra call.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograd_lite.rules import RULES, Rule
from autograd_lite.rules.evaluate import rewrite
from autograd_lite.rules.floats import INTRINSICS
from autograd_lite.rules.rule import CONSTANTS

PACKAGE = Path(__file__).resolve().parent.parent

#: Rules that are Python operators: the special methods (from the left, from the right).
OPERATORS = {
    "add": ("__add__", "__radd__"),
    "sub": ("__sub__", "__rsub__"),
    "mul": ("__mul__", "__rmul__"),
    "div": ("__truediv__", "__rtruediv__"),
    "pow": ("__pow__", "__rpow__"),
    "mod": ("__mod__", "__rmod__"),
    "floordiv": ("__floordiv__", "__rfloordiv__"),
    "neg": ("__neg__", ""),
    "abs": ("__abs__", ""),
}
#: Forms that cannot raise on floats, so need no `try`.
SAFE = {
    "add",
    "sub",
    "mul",
    "neg",
    "abs",
    "relu",
    "leaky_relu",
    "step",
    "sign",
    "maximum",
    "minimum",
    "copysign",
    "degrees",
    "radians",
}
FLOAT_OPERATORS: dict[type[ast.operator], str] = {ast.Pow: "pow"}
#: In the methods `math.pow` itself: where it raises, the common path finds out how.
INLINE_OPERATORS: dict[type[ast.operator], str] = {ast.Pow: "_pow"}


def composites() -> list[Rule]:
    """The rules that are expressions of others: those whose forward text is not just a call of the intrinsic."""
    return [
        rule for rule in RULES.values() if not rule.variadic and rule.name not in INTRINSICS and rule.name not in OPERATORS
    ]


def in_floats(text: str) -> str:
    """The text as Python on floats, constants written as numbers or as `inf` and `nan`."""
    tree = ast.parse(rewrite(text, INLINE_OPERATORS), mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in CONSTANTS:
            node.id = {"none": "None"}.get(node.id, node.id.upper())
    return ast.unparse(tree)


# --- rules/floats.py -------------------------------------------------------------------------------------------------


def float_functions() -> Iterator[str]:
    """The primitives that are expressions of others, on floats."""
    for rule in composites():
        parameters = ", ".join(
            f"{name}: float" + (f" = {rule.defaults[name]!r}" if name in rule.defaults else "") for name in rule.arguments
        )
        yield f"def {rule.name}({parameters}) -> float:"
        yield f'    """{rule.doc}"""'
        for target, text in (*((f"{name} =", text) for name, text in rule.let), ("return", rule.forward)):
            body = ast.unparse(ast.parse(rewrite(text, FLOAT_OPERATORS), mode="eval"))
            for name, value in CONSTANTS.items():
                if isinstance(value, float) and name not in {"pi"}:
                    body = _replace_name(body, name, repr(value))
            yield f"    {target} {body}"
        yield ""
        yield ""
    names = [rule.name for rule in composites()]
    yield "#: The functions that are expressions of others."
    yield "COMPOSITES = ("
    yield from _listed(names)
    yield ")  # fmt: skip"
    yield ""
    yield "__all__ = ["
    yield from _listed(["COMPOSITES", "FLOATS", "INTRINSICS", *INTRINSICS, *names])
    yield "]  # fmt: skip"


def _listed(names: Iterable[str]) -> Iterator[str]:
    """Quoted names, sorted, in lines that are not too long."""
    line = "   "
    for name in sorted(names):
        if len(line) + len(name) + 5 > 120:
            yield line
            line = "   "
        line += f' "{name}",'
    yield line


def _replace_name(text: str, name: str, by: str) -> str:
    tree = ast.parse(text, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == name:
            node.id = by
    return ast.unparse(tree)


# --- engine/value.py -------------------------------------------------------------------------------------------------


def imports() -> Iterator[str]:
    """The float functions that the methods call."""
    source = "\n".join(methods())
    tree = ast.parse("class Value:\n" + source)
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names = {rule.name for rule in composites()} | set(INTRINSICS)
    yield "from autograd_lite.rules.floats import ("
    yield from (
        f"    {name}," for name in sorted(called & names, key=lambda name: (name.rstrip("0123456789"), len(name), name))
    )
    yield ")"
    yield ""
    for name, value in CONSTANTS.items():
        if name.upper() in used and isinstance(value, float) and name not in {"pi", "inf", "nan"}:
            yield f"{name.upper()} = {value!r}"


def methods() -> Iterator[str]:
    """The methods of `Value`."""
    for rule in RULES.values():
        if rule.variadic:
            yield from _variadic_method(rule)
        elif rule.arity == 1:
            yield from _unary_method(rule)
        elif rule.arity == 2:
            yield from _binary_method(rule)
        else:
            yield from _common_method(rule)
        if rule.name in OPERATORS and rule.name in {"pow", "abs"}:
            yield f"    {rule.name} = {OPERATORS[rule.name][0]}"
        for alias in rule.aliases:
            yield f"    {alias} = {OPERATORS.get(rule.name, (rule.name,))[0]}"
        yield ""


def _docstring(rule: Rule) -> str:
    notes = [rule.doc]
    if rule.domain:
        notes.append(f"Defined for {rule.domain}.")
    if rule.convention:
        notes.append(f"Slope: {rule.convention}.")
    return f'        r"""{" ".join(notes)}"""'


def _unary_method(rule: Rule) -> Iterator[str]:
    (x,) = rule.arguments
    yield f"    def {OPERATORS.get(rule.name, (rule.name, ''))[0]}(self) -> Value:"
    yield _docstring(rule)
    yield "        if _special:"
    yield f'            return _apply("{rule.name}", self)'
    yield f"        {x} = self.data"
    yield from _compute(rule, [0], f'return _apply("{rule.name}", self)', "        ")
    yield from _store(rule, "        ", "out", "self", "d0", "None", "None")


def _binary_method(rule: Rule) -> Iterator[str]:
    x, y = rule.arguments
    left, right = OPERATORS.get(rule.name, (rule.name, ""))
    default = rule.defaults.get(y)
    second = "other"
    named = y if y in rule.defaults else second  # leaky_relu(negative_slope=...) is called by that name
    given = f"{named}: Value | float" + (f" = {default!r}" if default is not None else "")
    yield f"    def {left}(self, {given}) -> Value:"
    yield _docstring(rule)
    if named != second:
        yield f"        {second} = {named}"
    fallback = (
        f'return _apply("{rule.name}", self, {second})' if not right else f'return _operator("{rule.name}", self, {second})'
    )
    yield f"        if {second}.__class__ is Value and not _special:"
    yield f"            {x} = self.data"
    yield f"            {y} = {second}.data"
    yield from _compute(rule, [0, 1], fallback, "            ")
    yield from _store(rule, "            ", "out", "self", "d0", second, "d1")
    yield f"        if ({second}.__class__ is float or {second}.__class__ is int) and not _special:"
    yield f"            {x} = self.data"
    yield f"            {y} = float({second})"
    yield from _compute(rule, [0], fallback, "            ")
    yield from _store(rule, "            ", "out", "self", "d0", y, "None")
    yield f"        {fallback}"
    if not right:
        return
    yield ""
    yield f"    def {right}(self, other: float) -> Value:"
    yield f'        """{rule.doc}  (The number first.)"""'
    fallback = f'return _operator("{rule.name}", other, self)'
    yield "        if (other.__class__ is float or other.__class__ is int) and not _special:"
    yield f"            {x} = float(other)"
    yield f"            {y} = self.data"
    yield from _compute(rule, [1], fallback, "            ")
    yield from _store(rule, "            ", "out", x, "None", "self", "d1")
    yield f"        {fallback}"


def _compute(rule: Rule, wanted: list[int], fallback: str, indent: str) -> Iterator[str]:
    """`out` and the wanted partials d0, d1, in a `try` where the arithmetic may raise; what is cheap is written inline."""
    lines = [f"{name} = {in_floats(text)}" for name, text in rule.let]
    lines.append(f"out = {in_floats(rule.forward)}")
    lines += [f"d{k} = {in_floats(rule.partials[k])}" for k in wanted if not _inline(rule.partials[k])]
    if rule.name in SAFE:
        yield from (indent + line for line in lines)
        return
    yield indent + "try:"
    yield from (indent + "    " + line for line in lines)
    yield indent + "except ARITHMETIC_ERRORS:"
    yield indent + f"    {fallback}"


def _inline(partial: str) -> bool:
    """Whether a partial is so simple that it needs no variable: a number or a name."""
    return isinstance(ast.parse(in_floats(partial), mode="eval").body, ast.Constant | ast.Name | ast.UnaryOp)


def _store(rule: Rule, indent: str, out: str, a: str, da: str, b: str, db: str) -> Iterator[str]:
    slopes = [
        in_floats(rule.partials[int(d[1])]) if d != "None" and _inline(rule.partials[int(d[1])]) else d for d in (da, db)
    ]
    yield indent + "node = _new(Value)"
    yield indent + f"node.data = {out}"
    yield indent + 'node.label = ""'
    yield indent + "node._grad = None"
    yield indent + f'node._rule = "{rule.name}"'
    yield indent + f"node._a = {a}"
    yield indent + f"node._b = {b}"
    yield indent + f"node._da = {slopes[0]}"
    yield indent + f"node._db = {slopes[1]}"
    yield indent + "return node"


def _common_method(rule: Rule) -> Iterator[str]:
    if rule.name == "where":
        yield "    def where(self, condition: Value | float, other: Value | float) -> Value:"
        yield '        """This value where the condition holds (is not 0), else `other`: PyTorch\'s order of arguments."""'
        yield '        return _apply("where", condition, self, other)'
        return
    if rule.name == "clamp":
        yield "    def clamp(self, min: Value | float | None = None, max: Value | float | None = None) -> Value:"
        yield _docstring(rule)
        yield '        return _apply("clamp", self, -INF if min is None else min, INF if max is None else max)'
        return
    names = ", ".join(f"{name}: Value | float" for name in rule.arguments[1:])
    yield f"    def {rule.name}(self, {names}) -> Value:"
    yield _docstring(rule)
    yield f'        return _apply("{rule.name}", self, {", ".join(rule.arguments[1:])})'


def _variadic_method(rule: Rule) -> Iterator[str]:
    yield f"    def {rule.name}(self, *others: Value | float) -> Any:"
    yield f'        """{rule.doc}  See `autograd_lite.{rule.name}`."""'
    yield f"        return _functions().{rule.name}((self, *others))"


# --- engine/functions.py ---------------------------------------------------------------------------------------------


def functions() -> Iterator[str]:
    """The functions of one and two arguments."""
    for rule in RULES.values():
        if rule.variadic or rule.arity > 2:
            continue  # written by hand: their signatures are their own
        yield from _function(rule)
        for alias in rule.aliases:
            yield f"{alias} = {rule.name}"
        if rule.aliases:
            yield ""
            yield ""
    names = {name for rule in RULES.values() for name in (rule.name, *rule.aliases)} | {
        "detach",
        "mean",
        "stop_gradient",
    }
    yield "__all__ = ["
    yield from _listed(names)
    yield "]  # fmt: skip"


def _function(rule: Rule) -> Iterator[str]:
    notes = [rule.doc]
    if rule.domain:
        notes.append(f"Defined for {rule.domain}.")
    if rule.convention:
        notes.append(f"Slope: {rule.convention}.")
    if rule.arity == 1:
        (x,) = rule.arguments
        yield f"def {rule.name}({x}: N) -> N:"
        yield f'    r"""{" ".join(notes)}"""'
        yield f'    return Value.{_method(rule)}({x}) if isinstance({x}, Value) else _apply("{rule.name}", {x})'
    else:
        x, y = rule.arguments
        optional = " = ..." if y in rule.defaults else ""
        default = f" = {rule.defaults[y]!r}" if y in rule.defaults else ""
        yield "@overload"
        yield f"def {rule.name}({x}: float, {y}: float{optional}) -> float: ..."
        yield "@overload"
        yield f"def {rule.name}({x}: Value, {y}: Value | float{optional}) -> Value: ..."
        yield "@overload"
        yield f"def {rule.name}({x}: float, {y}: Value) -> Value: ..."
        yield f"def {rule.name}({x}: Any, {y}: Any{default}) -> Any:"
        yield f'    r"""{" ".join(notes)}"""'
        yield f'    return Value.{_method(rule)}({x}, {y}) if isinstance({x}, Value) else _apply("{rule.name}", {x}, {y})'
    yield ""
    yield ""


def _method(rule: Rule) -> str:
    return OPERATORS.get(rule.name, (rule.name,))[0]


# --- files -----------------------------------------------------------------------------------------------------------

#: File, what the section between its markers is called, what writes it.
TARGETS = (
    (PACKAGE / "rules" / "floats.py", "functions", float_functions),
    (PACKAGE / "engine" / "value.py", "imports", imports),
    (PACKAGE / "engine" / "value.py", "methods", methods),
    (PACKAGE / "engine" / "functions.py", "functions", functions),
)


def fresh_text(text: str, section: str, lines: Iterator[str]) -> str:
    """The text with what is between the markers of the section replaced."""
    begin = f"# [{section} generated from the table of primitives: begin]"
    end = f"# [{section} generated from the table of primitives: end]"
    head, found, rest = text.partition(begin)
    _, found_end, tail = rest.partition(end)
    if not (found and found_end):
        raise ValueError(f"the markers of the section {section!r} are missing")
    indent = head[len(head.rstrip(" ")) :]
    body = "\n".join(lines).rstrip("\n")
    return f"{head}{begin}\n{body}\n{indent}{end}{tail}"


def main(arguments: list[str]) -> int:
    """Write the generated parts, or with `--check` only compare."""
    fresh = {path: path.read_text(encoding="utf-8") for path, _, _ in TARGETS}
    for path, section, lines in TARGETS:
        fresh[path] = fresh_text(fresh[path], section, lines())
    stale = [path for path, text in fresh.items() if text != path.read_text(encoding="utf-8")]
    if "--check" not in arguments:
        for path in stale:
            path.write_text(fresh[path], encoding="utf-8")
    verb = "is stale: run python -m autograd_lite.engine.generate" if "--check" in arguments else "written"
    for path in stale:
        print(f"{path.relative_to(PACKAGE.parent)} {verb}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
