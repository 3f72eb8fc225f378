"""The architecture: imports go one way, `import autograd_lite` is light, public names resolve."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import autograd_lite

PACKAGE = Path(autograd_lite.__file__).parent
SIBLINGS = {"backprop", "draw", "nn", "testing", "compiler", "data", "plot", "expression"}
#: What each part may import, besides itself.
ALLOWED = {
    "rules": set(),
    "engine": {"rules"},
    "transforms": {"rules", "engine"},
    "structure": {"rules", "engine"},
    "replay": {"rules", "engine", "transforms"},
    **{name: {"rules", "engine", "transforms", "replay", "structure"} for name in SIBLINGS},
    "nn": {"rules", "engine", "transforms", "replay", "structure", "compiler"},
    "estimators": {"rules", "engine", "nn", "data"},
    "gpt": {"rules", "engine", "transforms", "replay", *SIBLINGS},
    "pages": {"rules", "engine", "transforms", "replay", "structure", *SIBLINGS},
    "cli": {"gpt", "pages", "rules", "engine", "transforms", "replay", *SIBLINGS},
    "notebook": {"rules", "engine", "transforms", "replay", "structure", "pages", *SIBLINGS},
    "pytest_plugin": {"rules", "engine", "testing", "draw"},
    "__main__": {"cli"},
}
#: `from autograd_lite import name` reaches a layer on top where the name is one of these.
TOP = {name: place.split(".")[0] for name, place in autograd_lite._LAZY.items()}


def wrong_arrows(part: str, source: str) -> list[str]:
    """The imports in `source`, a file of `part`, that point the wrong way."""
    found = []
    for node in ast.walk(ast.parse(source)):
        targets = []
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "autograd_lite":
                targets = [f"autograd_lite.{TOP.get(alias.name, alias.name)}" for alias in node.names]
            else:
                targets = [node.module]
        for target in targets:
            names = target.split(".")
            if names[0] != "autograd_lite" or len(names) == 1 or names[1] not in ALLOWED:
                continue
            if names[1] != part and names[1] not in ALLOWED[part]:
                found.append(target)
    return found


@pytest.mark.parametrize("part", sorted(p.stem for p in PACKAGE.iterdir() if p.stem in ALLOWED))
def test_arrows_point_one_way(part):
    place = PACKAGE / part
    for path in place.rglob("*.py") if place.is_dir() else [place.with_suffix(".py")]:
        assert wrong_arrows(part, path.read_text(encoding="utf-8")) == [], path


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
    with pytest.raises(AttributeError, match="nosuch"):
        autograd_lite.nosuch  # noqa: B018


def test_star_import_leaves_builtins_alone():
    names = {}
    exec("from autograd_lite import *", names)
    assert "Value" in names
    assert not {"sum", "max", "min", "abs", "round", "pow"} & set(names)
