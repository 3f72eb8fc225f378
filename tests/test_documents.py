"""The README's code and the notebooks run and show what they say."""

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("name", ["README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))])
def test_examples_in_the_text(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / name).read_text(encoding="utf-8")
    test = doctest.DocTestParser().get_doctest(text, {}, name, name, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    output = []
    runner.run(test, out=output.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(output)


def test_the_readme_has_examples_and_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(doctest.DocTestParser().get_examples(text)) >= 5
    assert len(re.findall(r"<!-- setup -->\n```console\n", text)) == 2


@pytest.mark.long
def test_an_operation_is_added_as_the_contributing_page_says(tmp_path):
    """Its row and one reference, in a copy of the repository; the tests about rows read them."""
    for name in ("autograd_lite", "tests", "tools", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.png", "*.gif"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    row = re.search(r"```text\n *(Rule\(.*?)\n *```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.S)[1]
    name = re.search(r'"(\w+)"', row)[1]
    for path, before, added in (
        ("autograd_lite/rules/table.py", '    Rule("sinpi"', f"    {row}\n"),
        ("tests/references.py", '    "sinpi": ', f'    "{name}": lambda x: 1 - mp.cos(x),\n'),
    ):
        text = (tmp_path / path).read_text(encoding="utf-8")
        (tmp_path / path).write_text(text.replace(before, added + before, 1), encoding="utf-8")
    tests = [f"tests/test_{name}.py" for name in ("rules_accuracy", "rules_law", "backprop_formulas")]
    for command in (
        ["tools/generate.py"],
        ["docs/reference.py"],
        ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", name, *tests],
        ["tools/generate.py", "--check"],
        ["docs/reference.py", "--check"],
        ["-c", f"from autograd_lite import Value, {name}; assert {name}(Value(1.0)).data == Value(1.0).{name}().data"],
    ):
        ran = subprocess.run(
            [sys.executable, *command], capture_output=True, text=True, check=False, cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
        )  # fmt: skip
        assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore")
def test_notebook_runs(path, tmp_path):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    notebook = nbformat.read(path, as_version=4)
    stored = [texts(cell) for cell in notebook.cells]
    nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    for before, cell in zip(stored, notebook.cells, strict=True):
        assert texts(cell) == before, cell.source


def texts(cell):
    """What a cell printed: stored outputs must be what the code gives now."""
    return "".join(output.get("text", "") for output in cell.get("outputs", []) if output.get("name") == "stdout")
