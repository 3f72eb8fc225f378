"""docs/pictures.md shows the pictures that docs/pictures.py draws, and they are small."""

import importlib.util
import re
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

from autograd_lite.cli.gallery import PICTURES

DOCS = Path(__file__).resolve().parent.parent / "docs"
TEXT = (DOCS / "pictures.md").read_text(encoding="utf-8")


def script():
    spec = importlib.util.spec_from_file_location("pictures", DOCS / "pictures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_shows_what_the_script_draws():
    shown = set(re.findall(r"!\[[^\]]+\]\(pictures/([^)]+)\)", TEXT))
    assert shown == {f"{name}.png" for name in script().SHOWN} | {"race.gif"}
    assert shown == {path.name for path in (DOCS / "pictures").iterdir()}


def test_every_picture_is_small():
    for path in (DOCS / "pictures").iterdir():
        assert path.stat().st_size < 100_000, path.name


def test_the_page_names_every_picture_of_the_command():
    named = set(re.findall(r"autograd-lite plot ([a-z0-9-]+)", TEXT))
    assert named - {"all"} <= set(PICTURES)
    assert set(PICTURES) - named <= {"confusion", "regression"}  # named by their functions
