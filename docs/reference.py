"""Writes `docs/reference.md`: every public name in a line, with the first sentence of its documentation.

python docs/reference.py            write it
python docs/reference.py --check    say whether it is up to date
"""

import importlib
import inspect
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import autograd_lite
from autograd_lite.engine.value import Value
from autograd_lite.rules import RULES

PAGE = Path(__file__).with_name("reference.md")

#: Sections: a title, the module whose names it lists, and what to say first.
SECTIONS = [
    ("Derivatives", "transforms", ""),
    ("Loops", "loops", "See [loops.md](loops.md)."),
    ("The same graph in other numbers", "replay", ""),
    ("Watching back-propagation", "backprop", ""),
    ("Drawing", "draw", ""),
    ("Pages", "pages", "See [pages.md](pages.md)."),
    ("Testing derivatives", "testing", ""),
    ("Networks", "nn", ""),
    ("Optimizers", "nn.optim", ""),
    ("Schedules", "nn.optim.lr_scheduler", ""),
    ("Data", "data", ""),
    ("Pictures", "plot", ""),
    ("Compiling", "compiler", ""),
    ("For scikit-learn", "estimators", "Not reached from the top: `from autograd_lite.estimators import MLPClassifier`."),
    ("A character GPT", "gpt", ""),
]
#: What stands in a module for its own modules' sake.
INNER = {"UNIT"}


def first_sentence(thing: Any) -> str:
    """The first sentence of a documentation string, on one line."""
    text = " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())
    return re.split(r"(?<=[.:]) (?=[A-Z`])", text)[0].rstrip(":")


def signature(thing: Any) -> str:
    """The names of the arguments; those with a default in brackets."""
    try:
        parameters = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return ""
    words = []
    for one in parameters:
        stars = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
        words.append(f"[{one.name}]" if not stars and one.default is not one.empty else stars + one.name)
    return f"({', '.join(words)})"


def line(name: str, thing: Any) -> str:
    """One entry."""
    if isinstance(thing, ModuleType):
        return f"- `{name}`: {first_sentence(thing)}"
    if inspect.isclass(thing) or callable(thing):
        shown = name + ("" if inspect.isclass(thing) and issubclass(thing, Exception) else signature(thing))
        return f"- `{shown}`: {first_sentence(thing)}"
    return f"- `{name}`: a {type(thing).__name__}"


def members() -> list[str]:
    """What a Value has besides the operations."""
    lines = []
    operations = {name for rule in RULES.values() for name in (rule.name, *rule.aliases)}
    for name, thing in sorted(vars(Value).items()):
        if name in operations:
            continue
        if name.startswith("_") or not (isinstance(thing, property) or inspect.isfunction(thing)):
            continue
        shown = (
            f".{name}"
            if isinstance(thing, property)
            else f".{name}{signature(thing).replace('(self, ', '(').replace('(self)', '()')}"
        )
        lines.append(f"- `{shown}`: {first_sentence(thing)}")
    return lines


def operations() -> list[str]:
    """The table of primitives: how each is spelt, and where it is defined."""
    lines = ["| function | of | defined where | also called |", "| --- | --- | --- | --- |"]
    for rule in RULES.values():
        method = hasattr(Value, rule.name)
        aliases = ", ".join(f"`{alias}`" for alias in rule.aliases)
        domain = rule.domain.replace("|", "\\|") if rule.domain else "everywhere"
        if (method or hasattr(autograd_lite, rule.name)) and rule.name != "sinc_derivative":
            lines.append(f"| `{rule.name}` | {', '.join(rule.arguments)} | {domain} | {aliases} |")
    return lines


def page() -> str:
    """The whole page."""
    parts = [
        "# Reference",
        "Written by `python docs/reference.py` from the documentation strings; `help(name)` has the whole of each, with examples.",
        "Arguments in brackets can be left out. Names of a section are reached from the top, `autograd_lite.grad`, where\n"
        "`dir(autograd_lite)` has them, and from its module, `autograd_lite.transforms.grad`.",
        "## Value",
        f"`{'Value' + signature(Value)}`: {first_sentence(Value)}",
        "\n".join(members()),
        "## Operations",
        "Functions of `autograd_lite`, and methods of a Value where they have one argument or are operators.",
        "\n".join(operations()),
        "## Modes",
        "\n".join(line(name, getattr(autograd_lite, name)) for name in ("no_grad", "enable_grad", "ieee", "detect_anomaly")),
    ]
    for title, place, remark in SECTIONS:
        module = importlib.import_module(f"autograd_lite.{place}")
        names = [name for name in module.__all__ if name not in INNER]
        parts += [f"## {title}", f"`autograd_lite.{place}`. {first_sentence(module)}"]
        parts += [remark] * bool(remark)
        parts.append("\n".join(line(name, getattr(module, name)) for name in sorted(names, key=str.lower)))
    return "\n\n".join(parts) + "\n"


def main() -> int:
    """Write the page, or check it."""
    text = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") != text:
        print("docs/reference.md is out of date: python docs/reference.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
