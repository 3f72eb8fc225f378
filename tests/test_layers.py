"""The architecture: imports go one way, `import autograd_lite` is light, public names resolve."""

import ast
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest
from refusals import refused

import autograd_lite

PACKAGE = Path(autograd_lite.__file__).parent
#: What everybody may import, and what itself imports nothing.
SHARED = ("formatting", "terminal", "files", "hints")
SIBLINGS = {"backprop", "draw", "nn", "testing", "compiler", "data", "plot"}
#: What each part may import, besides itself.
ALLOWED = {
    "rules": set(),
    "engine": {"rules"},
    "extend": {"rules", "engine"},
    "transforms": {"rules", "engine"},
    "structure": {"rules", "engine"},
    "replay": {"rules", "engine", "transforms"},
    "expression": {"rules", "engine"},
    **{name: {"rules", "engine", "transforms", "replay", "structure"} for name in SIBLINGS},
    "backprop": {"rules", "engine", "structure", "expression"},
    "nn": {"rules", "engine", "transforms", "replay", "structure", "compiler"},
    "loops": {"rules", "engine", "transforms", "compiler"},
    "micrograd": {"engine"},
    "many": {"rules", "engine", "transforms", "compiler", "nn"},
    "estimators": {"rules", "engine", "nn", "data"},
    "gpt": {"rules", "engine", "transforms", "replay", *SIBLINGS},
    "pages": {"rules", "engine", "transforms", "replay", "structure", *SIBLINGS},
    "cli": {"gpt", "pages", "many", "rules", "engine", "transforms", "replay", "expression", *SIBLINGS},
    "notebook": {"rules", "engine", "transforms", "replay", "structure", "pages", *SIBLINGS},
    "pytest_plugin": {"rules", "engine", "testing", "draw"},
    "__main__": {"cli"},
    **{name: set() for name in SHARED},
}
#: `from autograd_lite import name` reaches a layer on top where the name is one of these.
LAZY = {name: f"autograd_lite.{place}" for name, place in autograd_lite._LAZY.items()}
FILES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}


def origin(name: str) -> str:
    """Where the package's front, which knows everybody by name, has `name` from."""
    return LAZY.get(name, "autograd_lite.engine")


def imports(source: str, known: Collection[str] = FILES) -> list[str]:
    """The modules of the package that `source` imports, inside functions too; what only a type checker imports is left out."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name != "autograd_lite"]
            fronts = {alias.asname or alias.name for alias in node.names if alias.name == "autograd_lite"}
            found += [
                origin(one.attr)
                for one in ast.walk(tree)
                if isinstance(one, ast.Attribute) and ast.unparse(one.value) in fronts
            ]
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.append(
                    inner if inner in known else origin(alias.name) if node.module == "autograd_lite" else node.module
                )
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module") and node.args:
            found += [
                one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant) and str(one.value) in known
            ]
    return [name for name in found if name.split(".")[0] == "autograd_lite"]


def wrong_arrows(part: str, source: str) -> list[str]:
    """The imports in `source`, a file of `part`, that point the wrong way."""
    parts = [(name, name.split(".")[1]) for name in imports(source) if "." in name]
    return [name for name, other in parts if other in ALLOWED and other != part and other not in {*ALLOWED[part], *SHARED}]


@pytest.mark.parametrize("part", sorted(p.stem for p in PACKAGE.iterdir() if p.stem in ALLOWED))
def test_arrows_point_one_way(part):
    place = PACKAGE / part
    for path in place.rglob("*.py") if place.is_dir() else [place.with_suffix(".py")]:
        assert wrong_arrows(part, path.read_text(encoding="utf-8")) == [], path


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Groups of files that reach each other."""
    reached: dict[str, set[str]] = {}
    for start in arrows:
        seen, path = set(), list(arrows[start])
        while path:
            name = path.pop()
            if name not in seen:
                seen.add(name)
                path += arrows.get(name, ())
        reached[start] = seen
    groups = {
        frozenset(other for other in reached[name] if name in reached.get(other, ()))
        for name in arrows
        if name in reached[name]
    }
    return sorted(sorted(group) for group in groups)


def test_no_files_import_each_other_in_a_circle():
    """Single files, inside sub-packages too, imports inside functions included."""
    arrows = {name: set(imports(path.read_text(encoding="utf-8"))) for name, path in FILES.items()}
    assert circles(arrows) == []


def test_a_circle_is_noticed():
    known = {"autograd_lite.nn.a", "autograd_lite.nn.b"}
    one = imports("def f():\n    from autograd_lite.nn import b", known)
    two = imports("from autograd_lite.nn.a import x\nif TYPE_CHECKING:\n    from autograd_lite.nn.c import y", known)
    assert (one, two) == (["autograd_lite.nn.b"], ["autograd_lite.nn.a"])
    assert circles({"autograd_lite.nn.a": set(one), "autograd_lite.nn.b": set(two), "c": {"d"}}) == [sorted(known)]


def test_the_core_knows_nothing_that_stands_around_it():
    around = set(imports(FILES["autograd_lite.engine.value"].read_text(encoding="utf-8")))
    assert around == {
        "autograd_lite.engine.numbers",
        "autograd_lite.rules",
        "autograd_lite.rules.evaluate",
        "autograd_lite.rules.floats",
    }


def test_every_part_is_listed():
    parts = {p.name for p in PACKAGE.iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    assert parts <= set(ALLOWED)


def test_a_wrong_arrow_is_noticed():
    assert wrong_arrows("rules", "from autograd_lite.engine import Value") == ["autograd_lite.engine"]
    assert wrong_arrows("draw", "from autograd_lite import nn") == ["autograd_lite.nn"]
    assert wrong_arrows("draw", "from autograd_lite import Value, topological_order") == []
    assert wrong_arrows("nn", "import autograd_lite.draw.dot") == ["autograd_lite.draw.dot"]


HEAVY = ["numpy", "matplotlib", "rich", "graphviz", "pygraphviz", "hypothesis", "mpmath", "pytest", "sklearn", "llvmlite"]


def imported_heavy(code: str) -> str:
    code += f"; import sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_the_import_is_light():
    assert imported_heavy("import autograd_lite") == "[]"


def test_a_heavy_import_is_noticed():
    assert imported_heavy("import autograd_lite, graphviz") == "['graphviz']"


def test_public_names_resolve():
    for name in autograd_lite.__all__:
        assert getattr(autograd_lite, name) is not None
    assert set(autograd_lite.__all__) <= set(dir(autograd_lite))
    with refused(AttributeError, "'nosuch'"):
        autograd_lite.nosuch  # noqa: B018


def test_star_import_leaves_builtins_alone():
    names = {}
    exec("from autograd_lite import *", names)
    assert "Value" in names
    assert not {"sum", "max", "min", "abs", "round", "pow"} & set(names)
