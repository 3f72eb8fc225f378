"""The short way for a call like one before: a function written out as Python, for one program and the shapes of its arguments.

It asks whether the arguments are such, whether somebody looks on or records (which is a mode), and the watch; then it hands the
numbers to the code.
Wherever one of the answers is another, or a guard does not hold, it gives `NOWHERE`, and the call goes the long way.
"""

from struct import Struct
from typing import Any

from autograd_lite.compiler.vectors import CELL, in_doubles, readable, with_arrays
from autograd_lite.engine import value
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS
from autograd_lite.transforms.trace import differentiating
from autograd_lite.transforms.tree import NUMBER, Branch, Leaf, TreeDef, size
from autograd_lite.transforms.writing import expression

NOWHERE = object()
#: More arguments, or longer lists, go the long way.
_MOST = 50
_TEXT = """\
def path(args):
    if len(args) != {count}:
        return NOWHERE
    {names}, = args
    now = watch.now
    if (
        {tests}value.special or now is None or now[1] is not state or not now[0].unchanged(){outside}
    ):
        return NOWHERE
{run}
    return {result}
"""
_RUNS = {
    "python": """\
    try:
        found = function({numbers}, {values})
    except ERRORS:
        return NOWHERE
    if found.__class__ is int:
        return NOWHERE
    leaves = found[0]
    total = sum(leaves)
    if total - total != 0.0:
        return NOWHERE""",
    "single": """\
    numbers = {numbers}
    if single(numbers) >= 0:
        return NOWHERE
    leaves = unpack(numbers, {start})""",
    "whole": """\
    leaves = zeros({results})
    if whole({numbers}, id(leaves) + CELL) >= 0:
        return NOWHERE""",
}


def straight(entry: Any, variant: Any) -> Any:
    """The function for a program; None where there is none, as for arguments in containers of containers.

    Parameters
    ----------
    entry : Entry
    variant : Variant
    """
    code, captured, trees = variant.code, variant.captured, entry.shape
    arrays = any(isinstance(tree, Leaf) and tree.shape is not None for tree in trees)
    if not trees or len(trees) > _MOST or entry.state.ieee or not all(map(_short, trees)):
        return None
    if arrays and not (with_arrays() and readable()):
        return None
    kind = "python" if code.single is None else "whole" if arrays else "single"
    shared, results = sum(map(size, trees)) + len(captured.outside), len(captured.program.outputs)
    names: dict[str, Any] = {
        "NOWHERE": NOWHERE, "watch": entry.watch, "state": entry.state, "entry": entry, "value": value, "ERRORS": ARITHMETIC_ERRORS,
        "differentiating": differentiating.get, "captured": captured, "function": code.function,
        "single": code.single, "whole": code.whole, "CELL": CELL, "unpack": Struct(f"{results}d").unpack_from,
    }  # fmt: skip
    if arrays:
        import numpy as np

        names |= {"ndarray": np.ndarray, "double": in_doubles(np.zeros(1)).dtype, "zeros": np.zeros}
    numbers = _plain(trees, captured, code.values) if kind == "python" else _packed(trees, captured, kind, results, names)
    text = _TEXT.format(
        count=len(trees),
        names=", ".join(f"a{k}" for k in range(len(trees))),
        tests="".join(f"{_test(tree, f'a{k}', kind == 'python')} or " for k, tree in enumerate(trees)),
        outside=" or entry.values is not state.values or differentiating()" * bool(captured.outside),
        run=_RUNS[kind].format(
            numbers=numbers, start=8 * shared, results=results, values="captured.outside" if code.values else "()"
        ),
        result=expression(captured.structure, names, arrays=kind == "whole"),
    )
    exec(text, names)
    return names["path"]


def _short(tree: TreeDef) -> bool:
    """A number, an array, or a short list or tuple of numbers."""
    if isinstance(tree, Branch):
        return tree.kind in (list, tuple) and len(tree.children) <= _MOST and all(one is NUMBER for one in tree.children)
    return isinstance(tree, Leaf)


def _test(tree: TreeDef, name: str, exact: bool) -> str:
    """What is true of an argument that does not have this tree; `exact` where NumPy's floats would compute in their own way."""
    if isinstance(tree, Branch):
        kinds = f"({'float, ' * len(tree.children)})"
        return f"{name}.__class__ is not {tree.kind.__name__} or (*map(type, {name}),) != {kinds}"
    if tree is NUMBER:
        return f"{name}.__class__ is not float" if exact else f"not isinstance({name}, float)"
    return f"{name}.__class__ is not ndarray or {name}.dtype is not double or {name}.shape != {tree.shape}"  # type: ignore[union-attr]


def _plain(trees: tuple[TreeDef, ...], captured: Any, values: bool) -> str:
    """The numbers in a tuple; without those of Values from outside, if these are handed over as they are."""
    if (values or not captured.outside) and all(tree is NUMBER for tree in trees):
        return "args"
    parts = [
        f"a{k}" if tree is NUMBER else f"*a{k}" if isinstance(tree, Branch) else f"*a{k}.ravel().tolist()"
        for k, tree in enumerate(trees)
    ]
    return f"({', '.join(parts)},{'' if values else ' *captured.numbers()'})"


def _packed(trees: tuple[TreeDef, ...], captured: Any, kind: str, results: int, names: dict[str, Any]) -> str:
    """The numbers as bytes that nobody else has, so the results may be written behind them, where there is room for these."""
    written: list[str] = []
    items: list[str] = []
    number = 0

    def pack(room: int) -> None:
        """What was met since the last array."""
        if items or room:
            name = f"pack{len(names)}"
            names[name] = Struct(f"{number}d{room}x").pack
            written.append(f"{name}({', '.join(items)})")
            items.clear()

    for k, tree in enumerate(trees):
        if isinstance(tree, Leaf) and tree.shape is not None:
            pack(0)
            written.append(f"a{k}.tobytes()")
            number = 0
        else:
            items.append(f"a{k}" if tree is NUMBER else f"*a{k}")
            number += size(tree)
    if captured.outside:
        items.append("*captured.numbers()")
        number += len(captured.outside)
    pack(8 * max(1, results) if kind == "single" else 0)
    return " + ".join(written)
