"""What a code object reads from outside: its globals, free variables, and the attributes it names, nested functions included.

What is only added to (`calls.append(x)`, `self.count += 1`, `hits["n"] += 1`) has no influence on what is computed, and is told apart.
"""

import contextlib
import dis
import linecache
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType
from typing import Any

#: What takes names that are not written in the code: then every attribute counts.
_ANY_ATTRIBUTE = frozenset(
    [
        "vars",
        "__dict__",
        "__getattribute__",
        "getattr_static",
        "attrgetter",
        "methodcaller",
        "dir",
        "getmembers",
        "asdict",
        "astuple",
        "replace",
        "copy",
        "deepcopy",
        "dumps",
    ]
)
#: What takes a name as a text, or any code: with a constant one it is known which.
_BY_TEXT = frozenset({"getattr", "hasattr", "globals", "eval", "exec"})
#: What finds a module by a text.
_MODULES = frozenset({"modules", "import_module", "__import__"})
#: Methods of containers that add to them and return nothing.
_ADDING = frozenset({"append", "add", "extend", "appendleft", "extendleft", "insert", "update", "write"})


@dataclass
class Reads:
    """What is read: each name with True, and with False if it is only added to.

    Attributes
    ----------
    globals, free, attributes : dict
    modules, texts : list of str
        Imported inside the function; and its constants.
    any_attribute, any_global : bool
        Whether names may be made when the function runs.
    compares : bool
        Whether anything is compared by `==`.
    """

    globals: dict[str, bool] = field(default_factory=dict)
    free: dict[str, bool] = field(default_factory=dict)
    attributes: dict[str, bool] = field(default_factory=dict)
    modules: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    any_attribute: bool = False
    any_global: bool = False
    compares: bool = False

    def add(self, more: "Reads") -> None:
        """Add what a function inside the function reads."""
        self.add_attributes(more)
        for mine, names in ((self.globals, more.globals), (self.free, more.free)):
            mine.update((name, mine.get(name, False) or read) for name, read in names.items())
        self.modules += more.modules
        self.texts += more.texts
        self.any_global |= more.any_global

    def add_attributes(self, more: "Reads") -> None:
        """Add the attributes that another function reads."""
        self.attributes.update((name, self.attributes.get(name, False) or read) for name, read in more.attributes.items())
        self.any_attribute |= more.any_attribute
        self.compares |= more.compares


@lru_cache(maxsize=4096)
def reads_of(code: CodeType) -> Reads:
    """What `code` reads.

    >>> def f(x):
    ...     calls.append(x)
    ...     return x * config.rate
    >>> found = reads_of(f.__code__)
    >>> found.globals, found.attributes
    ({'calls': False, 'config': True}, {'append': True, 'rate': True})
    """
    found = Reads()
    steps = list(dis.get_instructions(code))
    for k, step in enumerate(steps):
        kind = _kind(step)
        if kind is not None:
            names: dict[str, bool] = getattr(found, kind)
            names[step.argval] = names.get(step.argval, False) or not _only_added_to(steps, k)
            if kind == "globals" and step.argval in _BY_TEXT:
                _read_by_text(found, step.argval, steps[k + 1 :])
            elif kind == "globals" and step.argval == "type":
                found.attributes["__class__"] = True
        elif step.opname == "IMPORT_NAME":
            found.modules.append(step.argval)
        found.any_attribute |= step.opname == "MATCH_CLASS"  # `case Point(x, y)` finds the names in the class
        found.compares |= step.opname == "COMPARE_OP" and step.argval in ("==", "!=")
    for constant in _constants(code.co_consts):
        if isinstance(constant, CodeType):
            found.add(reads_of(constant))
        else:  # getattr(x, "rate"), attrgetter("a.b"), sys.modules["settings"], and the keywords of a pattern
            found.texts.append(constant)
            parts = re.findall(r"\w+", constant) if "{" in constant else constant.split(".")
            found.attributes.update((part, True) for part in parts if part.isidentifier())
    named = found.globals.keys() | found.attributes.keys()
    found.any_attribute = found.any_attribute or not named.isdisjoint(_ANY_ATTRIBUTE)
    found.any_global = found.any_global or "__globals__" in named
    if not named.isdisjoint(_MODULES):
        found.modules += found.texts
    return found


def _kind(step: dis.Instruction) -> str | None:
    """Where a step looks for the name that it reads."""
    op = step.opname
    if op.startswith(("STORE_", "DELETE_", "MAKE_", "COPY_", "IMPORT_NAME", "LOAD_CLOSURE")):
        return None
    if step.opcode in dis.hasfree:
        return "free"
    if step.opcode in dis.hasname:
        return "globals" if "GLOBAL" in op or op == "LOAD_NAME" else "attributes"
    return None


def _read_by_text(found: Reads, name: str, rest: list[dis.Instruction]) -> None:
    """Note what `getattr(thing, "rate")`, `globals()["rate"]` or `eval("rate * 2")` reads: anything, if the text is no constant."""
    if name in ("getattr", "hasattr"):
        found.any_attribute |= not isinstance(_argument(rest, 1), str)  # if it is, it is among the constants
        return
    text = _argument(rest, 0)
    if name == "globals":
        steps = [step for step in rest[:8] if not step.opname.startswith(("PRECALL", "CALL", "PUSH_NULL"))]
        literal = steps[0].opname == "LOAD_CONST" and (steps[1].opname == "BINARY_SUBSCR" or steps[1].argrepr == "[]")
        text = steps[0].argval if literal else None
        if isinstance(text, str):
            found.globals[text] = True
    elif isinstance(text, str):
        with contextlib.suppress(SyntaxError):
            found.add(reads_of(compile(text, "<text>", name)))
    found.any_global |= not isinstance(text, str)


def _argument(rest: list[dis.Instruction], place: int) -> Any:
    """The constant that is given at this place of a call whose arguments are plain names and constants; None for another."""
    given: list[Any] = []
    for step in rest:
        if step.opname.startswith(("PRECALL", "CALL")):
            return given[place] if place < len(given) else None
        if step.opname.startswith("LOAD_") and step.opname not in ("LOAD_ATTR", "LOAD_METHOD"):
            given += [step.argval if step.opname == "LOAD_CONST" else None] * (1 + (step.opname.count("LOAD_") > 1))
        elif step.opname not in ("LOAD_ATTR", "LOAD_METHOD", "PUSH_NULL"):
            return None
    return None


def _only_added_to(steps: list[dis.Instruction], k: int) -> bool:
    """Whether what is read here goes nowhere but to itself."""
    rest = [*steps[k + 1 : k + 8], *[steps[-1]] * 8]
    if rest[0].opname in ("LOAD_METHOD", "LOAD_ATTR"):
        return rest[0].argval in _ADDING
    if not _constant(rest[0]):
        return False
    if rest[1].opname == rest[2].opname == "COPY":  # name[key] += 1
        return _constant(rest[4]) and _in_place(rest[5])
    stored = rest[3] if rest[2].opname == "SWAP" else rest[2]
    return _in_place(rest[1]) and stored.opname.startswith("STORE_") and stored.argval == steps[k].argval


def _constant(step: dis.Instruction) -> bool:
    return step.opname in ("LOAD_CONST", "LOAD_SMALL_INT", "LOAD_CONST_IMMORTAL")


def _in_place(step: dis.Instruction) -> bool:
    return step.opname == "BINARY_OP" and step.argrepr.endswith("=")


def _constants(constants: Any) -> Iterator[Any]:
    for one in constants:
        if isinstance(one, tuple | frozenset):
            yield from _constants(one)
        elif isinstance(one, str | CodeType):
            yield one


def line_of(code: CodeType, name: str) -> str:
    """The line where a function reads a name, as `file:line: text`."""
    line = code.co_firstlineno
    for step in dis.get_instructions(code):
        if step.argval == name and step.positions is not None and step.positions.lineno:
            line = step.positions.lineno
            break
    text = linecache.getline(code.co_filename, line).strip()
    return f"{code.co_filename}:{line}" + (f": {text}" if text else "")
