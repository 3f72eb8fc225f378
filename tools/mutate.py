"""Breaks the package at random, one place at a time, and looks whether the tests notice.

python tools/mutate.py --count 30 --seed 1
python tools/mutate.py --count 10 --part compiler

A mutant changes one operator, comparison, number, truth or statement in a copy of the repository; the tests of its part are run on it
until one fails.  Survivors are printed as a diff: each is a test that is missing, or a line that changes nothing.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: For each part of the package the tests that look at it, the quick ones first.
TESTS = {
    "engine": [
        "test_engine",
        "test_hooks",
        "test_micrograd",
        "test_custom",
        "test_transforms*",
        "test_replay",
        "test_backprop_tools",
    ],
    "transforms": ["test_transforms*", "test_hooks", "test_compiler_vmap"],
    "compiler": ["test_compiler_[!r]*", "test_compiler_refusals", "test_nn_engines", "test_compiler_random"],
    "nn": ["test_nn*"],
}
OPERATORS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.Pow: ast.Mult, ast.Mod: ast.FloorDiv,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


def places(tree: ast.Module) -> list[ast.AST]:
    """The nodes that can be changed so that it should matter: no docstrings, types, messages or `__all__`."""
    found = []
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for statement in function.body:
            if isinstance(statement, ast.Raise) or (
                isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            ):
                continue
            inside_raise = {id(one) for node in ast.walk(statement) if isinstance(node, ast.Raise) for one in ast.walk(node)}
            found += [node for node in ast.walk(statement) if id(node) not in inside_raise and variants(node)]
    return found


def variants(node: ast.AST) -> list[ast.AST]:
    """What can stand in place of a node."""
    if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in OPERATORS:
        return [_with(node, op=OPERATORS[type(node.op)]())]
    if isinstance(node, ast.Compare) and type(node.ops[0]) in OPERATORS:
        return [_with(node, ops=[OPERATORS[type(node.ops[0])](), *node.ops[1:]])]
    if isinstance(node, ast.Constant) and type(node.value) in (int, float, bool):
        return [_with(node, value=not node.value if isinstance(node.value, bool) else node.value + 1)]
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        return [_with(node, test=ast.UnaryOp(ast.Not(), node.test))]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        return [node.operand]
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Continue | ast.Break) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ):
        return [ast.Pass()]
    return []


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


class _Replaced(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def mutants(parts: list[str], at_random: random.Random) -> Iterator[tuple[str, Path, str, str]]:
    """Part, file, the line that is changed, and the text of the file with one thing changed; generated files are left out."""
    files = [
        (part, path)
        for part in parts
        for path in sorted((ROOT / "autograd_lite" / part).rglob("*.py"))
        if path.name not in {"__init__.py", "_fast.py"}
    ]
    weights = [path.stat().st_size for _, path in files]
    while True:
        ((part, path),) = at_random.choices(files, weights)
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        candidates = places(tree)
        if not candidates:
            continue
        old = at_random.choice(candidates)
        new = at_random.choice(variants(old))
        line = source.splitlines()[old.lineno - 1].strip()
        change = [ast.unparse(ast.fix_missing_locations(copy.copy(one)))[:90] for one in (old, new)]
        what = f"{path.relative_to(ROOT)}:{old.lineno}: {line}\n    {change[0]!r} -> {change[1]!r}"
        yield part, path, what, ast.unparse(ast.fix_missing_locations(_Replaced(old, new).visit(tree)))


def is_noticed(part: str, path: Path, text: str, timeout: float) -> bool:
    """Whether a test fails on a copy of the repository with that text in place of the file."""
    with tempfile.TemporaryDirectory() as place:
        twin = Path(place) / "repository"
        shutil.copytree(ROOT, twin, ignore=shutil.ignore_patterns(".git", "__pycache__", ".*_cache"))
        target = twin / path.relative_to(ROOT)
        target.write_text(text, encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(twin), "CI": "true"}
        environment.pop("AUTOGRAD_LITE_ENGINE", None)
        if path.name == "value.py":
            environment["AUTOGRAD_LITE_ENGINE"] = "readable"  # the twin is not made again
        tests = [
            str(target),
            *(str(test) for pattern in TESTS[part] for test in sorted((twin / "tests").glob(f"{pattern}.py"))),
        ]
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "-n",
            "2",
            "--doctest-modules",
            *tests,
        ]
        try:
            return subprocess.run(command, cwd=twin, env=environment, capture_output=True, timeout=timeout).returncode != 0
        except subprocess.TimeoutExpired:
            return True  # a loop that does not end is noticed, too


def main() -> int:
    """The exit code is 1 if more than one mutant in ten survives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=30, help="how many mutants")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", choices=[*TESTS], action="append", help="only in this part")
    parser.add_argument("--timeout", type=float, default=900.0, help="seconds for the tests of one mutant")
    arguments = parser.parse_args()
    survivors = 0
    made = mutants(arguments.part or [*TESTS], random.Random(arguments.seed))
    for k in range(arguments.count):
        part, path, what, text = next(made)
        noticed = is_noticed(part, path, text, arguments.timeout)
        survivors += not noticed
        print(f"{k + 1:3} {'noticed ' if noticed else 'SURVIVES'} {what}", flush=True)
    print(f"{survivors} of {arguments.count} survive")
    return int(10 * survivors > arguments.count)


if __name__ == "__main__":
    sys.exit(main())
