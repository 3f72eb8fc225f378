"""The short way for a call like one before: a function written out as Python, for one program and the shapes of its arguments.

It asks whether the arguments are such, whether somebody looks on or records (which is a mode), and the watch; then it hands the
numbers to the code.
Wherever one of the answers is another, or a guard does not hold, it gives `NOWHERE`, and the call goes the long way.
"""

from array import array
from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any

from autograd_lite.compiler.samples import Placed, inputs_of
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
{ready}    now = watch.now
    if (
        {tests} or value.special or now is None or now[1] is not state or not now[0].unchanged()
    ):
        return NOWHERE
{run}
    return {result}
"""
#: Whether Values from outside are others, or may be what is differentiated by.
_OUTSIDE = "entry.values is not state.values or differentiating()"
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
    code, captured = variant.code, variant.captured
    trees = {f"a{k}": tree for k, tree in enumerate(entry.shape)}
    arrays = any(isinstance(tree, Leaf) and tree.shape is not None for tree in trees.values())
    if not all(map(_short, trees.values())) or (arrays and not (with_arrays() and readable())):
        return None
    kind = "python" if code.single is None else "whole" if arrays else "single"
    shared, results = sum(map(size, entry.shape)) + len(captured.outside), len(captured.program.outputs)
    names = {
        "captured": captured, "function": code.function, "single": code.single, "whole": code.whole, "CELL": CELL,
        "unpack": Struct(f"{results}d").unpack_from, **(_of_numpy() if arrays else {}),
    }  # fmt: skip
    outside = "captured" if captured.outside else ""
    numbers = (
        _plain(trees, outside, code.values)
        if kind == "python"
        else _packed(trees, len(captured.outside), 8 * max(1, results) * (kind == "single"), names)
    )
    run = _RUNS[kind].format(
        numbers=numbers, start=8 * shared, results=results, values="captured.outside" if code.values else "()"
    )
    tests = [_test(tree, name, kind == "python") for name, tree in trees.items()]
    tests += [_OUTSIDE] * bool(captured.outside)
    return _path(entry, [*trees], tests, run, expression(captured.structure, names, arrays=kind == "whole"), names)


def straight_batch(entry: Any, args: tuple[Any, ...], axes: Sequence[int | None], computed: Callable[[Placed], Any]) -> Any:
    """The function for a batch of any number of samples in arrays that lie as these do; None where there is none.

    Parameters
    ----------
    entry : Entry
    args : tuple
        The arguments of a call like those to come.
    axes : sequence of int or None
        For each of them where its samples are.
    computed : callable
        Gives the result for samples.
    """
    along = {f"a{k}": axis for k, axis in enumerate(axes) if axis is not None}
    shared = {f"a{k}": tree for k, (tree, axis) in enumerate(zip(entry.shape[0], axes, strict=True)) if axis is None}
    given = {name: args[int(name[1:])] for name in along}
    names = _of_numpy()
    if not all(map(_short, shared.values())) or not all(one.__class__ is names["ndarray"] for one in given.values()):
        return None
    arrays = {name: in_doubles(one) for name, one in given.items()}
    inputs = inputs_of([*arrays.values()], [*along.values()])
    if inputs is None:
        return None
    names |= {"array": array, "Placed": Placed, "axes": [*along.values()], "inputs": inputs, "computed": computed}
    names |= {f"{name}_kind": one.dtype for name, one in given.items()}
    ready = [
        f"    if {name}.__class__ is ndarray and {name}.dtype is {name}_kind:\n        {name} = {name}.astype(double)\n"
        for name, one in given.items()
        if arrays[name] is not one
    ]
    tests = [_test(tree, name, exact=False) for name, tree in shared.items()]
    for k, (name, one) in enumerate(arrays.items()):
        axis = along[name] % one.ndim
        shape = ", ".join(["n" if place == axis else str(count) for place, count in enumerate(one.shape)])
        count = f"{name}.ndim != {one.ndim} or (n := {name}.shape[{axis}]) < 1 or " if k == 0 else ""
        tests.append(
            f"{name}.__class__ is not ndarray or {name}.dtype is not double or {count}{name}.shape != ({shape},) or "
            f"{name}.strides != {one.strides}"
        )
    numbers = _packed(shared, 0, 0, names) or 'b""'
    run = f"    samples = Placed(n, array('d', {numbers}), ({', '.join(arrays)},), axes, inputs)"
    return _path(entry, [f"a{k}" for k in range(len(args))], [*tests, _OUTSIDE], run, "computed(samples)", names, ready)


def _path(
    entry: Any, args: list[str], tests: list[str], run: str, result: str, names: dict[str, Any], ready: Sequence[str] = ()
) -> Any:
    """The function: what is asked of the arguments, what is done with them, and the result of that."""
    if not args or len(args) > _MOST or entry.state.ieee:
        return None
    names |= {
        "NOWHERE": NOWHERE, "watch": entry.watch, "state": entry.state, "entry": entry, "value": value, "ERRORS": ARITHMETIC_ERRORS,
        "differentiating": differentiating.get,
    }  # fmt: skip
    text = _TEXT.format(
        count=len(args), names=", ".join(args), ready="".join(ready), tests=" or ".join(tests), run=run, result=result
    )
    exec(text, names)
    return names["path"]


def _of_numpy() -> dict[str, Any]:
    import numpy as np

    return {"ndarray": np.ndarray, "double": in_doubles(np.zeros(1)).dtype, "zeros": np.zeros}


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


def _plain(trees: dict[str, TreeDef], outside: str, values: bool) -> str:
    """The numbers in a tuple; without those of Values from outside, if these are handed over as they are."""
    if (values or not outside) and all(tree is NUMBER for tree in trees.values()):
        return "args"
    parts = [
        name if tree is NUMBER else f"*{name}" if isinstance(tree, Branch) else f"*{name}.ravel().tolist()"
        for name, tree in trees.items()
    ]
    return f"({', '.join(parts)},{'' if values else ' *captured.numbers()'})"


def _packed(trees: dict[str, TreeDef], outside: int, room: int, names: dict[str, Any]) -> str:
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

    for name, tree in trees.items():
        if isinstance(tree, Leaf) and tree.shape is not None:
            pack(0)
            written.append(f"{name}.tobytes()")
            number = 0
        else:
            items.append(name if tree is NUMBER else f"*{name}")
            number += size(tree)
    if outside:
        items.append("*captured.numbers()")
        number += outside
    pack(room)
    return " + ".join(written)
