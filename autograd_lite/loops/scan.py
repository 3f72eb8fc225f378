"""`scan`: a value carried through the entries of lists and arrays.

By itself it calls the body for each step, so it is drawn, stepped through and differentiated like any other lines of Python.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd_lite.engine import modes
from autograd_lite.engine.common import number_of
from autograd_lite.engine.modes import ieee
from autograd_lite.engine.value import Value
from autograd_lite.loops.trees import Columns, as_values, is_recorded, matching, moves, numbers_of, settled, stack
from autograd_lite.transforms.trace import check_callable
from autograd_lite.transforms.tree import Static, TreeDef, unflatten


def scan(
    f: Callable[[Any, Any], Any],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    *,
    checkpoint: bool | int = False,
) -> tuple[Any, Any]:
    """Carry a value through a loop, with JAX's meaning: `carry, y = f(carry, x)` for each entry x of xs.

    Parameters
    ----------
    f : callable
        The body, from the carry and an entry to the next carry and a result.  It is given Values.
    init : number, list, tuple, dict or array, nested
        The carry at the start; its structure stays.  0, 0.0 and True are the same start as for any number.
    xs : list, array or range, tuples and dicts of them, optional
        Axis 0 has an entry for each step.  Those of a range are plain whole numbers, which may be used as an index.
    length : int, optional
        The number of steps; needed where there are no xs.
    reverse : bool, default False
        Begin with the last entry.  The results stand where their entries are.
    checkpoint : bool or int, default False
        Keep no graph of the steps: the derivative calls the body a second time, a segment of the loop at a time.  With True
        memory grows with the square root of the length; a number is the number of segments.

    Returns
    -------
    carry, ys
        The last carry, and the results of all steps: a list in place of each number, a list of lists in place of each list, an
        array if xs are arrays.  Plain numbers, unless the loop was given Values or a gradient can flow to the result.

        Where there is no step, the body is called once, on ones in place of x, to see what its results look like.

    Raises
    ------
    TypeError
        If the body returns no pair, or a carry or a result of another structure than before, with the place.
    ValueError
        If the entries of xs are not as many as each other or as `length`.
    GraphError
        With `checkpoint`, in the derivative, if the body gives something else than before.

    Examples
    --------
    >>> scan(lambda total, x: (total + x, total), 0, [1.0, 2.0, 3.0])
    (6.0, [0.0, 1.0, 3.0])

    A decay, dy/dt = -k y, in steps of 0.1, and its slope in k:

    >>> from autograd_lite import grad
    >>> round(grad(lambda k: scan(lambda y, _: (y - 0.1 * k * y, None), 1.0, length=10)[0])(0.5), 6)
    -0.630249
    """
    check_callable(f, "scan", "init, xs")
    columns = Columns(xs, "xs")
    numbers, tree = numbers_of(init, "init")
    steps = _length(columns.sizes, length)
    kept = is_recorded() or any(isinstance(number, Value) for number in numbers)
    order = range(steps)[:: -1 if reverse else 1]
    return Scan(f, as_values(numbers), tree, columns, order, _segments(checkpoint, steps), kept).run()


@dataclass
class Scan:
    """A loop that is to be run.

    Attributes
    ----------
    body : callable
    init : list of Value
        The numbers of the carry at the start.
    tree : TreeDef
        Of the carry.
    xs : Columns
    order : range
        The places in xs, as the steps come.
    segments : int
        How many parts of the loop are called a second time for a derivative; 0 for none.
    kept : bool
        Whether results are Values.
    results : TreeDef, optional
        Of what a step gives, once that is known.
    """

    body: Callable[[Any, Any], Any]
    init: list[Any]
    tree: TreeDef
    xs: Columns
    order: range
    segments: int
    kept: bool
    results: Any = None
    rows: list[list[Any]] = field(default_factory=list)

    def run(self) -> tuple[Any, Any]:
        """The last carry and the results."""
        recorded = None
        if is_recorded():
            from autograd_lite.compiler.scanned import as_loop  # only who compiles asks the compiler

            recorded = as_loop(self)
        if recorded is not None:
            carry = recorded
        elif not self.order:
            carry = self._no_steps()
        elif self.segments and modes.recording.get() and not is_recorded():
            from autograd_lite.loops.checkpoint import in_segments  # it asks the compiler's watch, which others do not need

            carry = in_segments(self)
        else:
            carry = self.steps(self.order, self.init)
        rows, self.rows = self.rows[:: self.order.step], []  # what is kept for a derivative does not lead to its own results
        ys = stack(self.results, list(map(self._returned, rows)), self.xs.arrays)
        return unflatten(self.tree, self._returned(carry)), ys

    def steps(self, places: range, carry: list[Any]) -> list[Any]:
        """The carry after these steps; their results are appended to `rows`."""
        moving = moves(carry)
        for k in places:
            carry, row = self.step(carry, self.xs.at(k))
            if not moving and not (moving := moves([*carry, *row])):
                carry, row = settled(carry), settled(row)
            self.keep([row])
        self.kept = self.kept or moving or self.xs.values
        return carry

    def keep(self, rows: list[list[Any]]) -> None:
        """Append the results of some steps, where there are any: a long loop without results keeps nothing."""
        if not isinstance(self.results, Static):
            self.rows += rows

    def step(self, carry: list[Any], entries: Any) -> tuple[list[Any], list[Any]]:
        """The numbers of the next carry and of the result."""
        pair = self.body(unflatten(self.tree, carry), entries)
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(
                f"the body of scan returns a pair (carry, y), not {pair!r:.80}; (carry, None) where there is no y"
            )
        new = matching(self.tree, pair[0], "carry", "init")
        if self.results is None:
            self.results = numbers_of(pair[1], "y")[1]
        return new, matching(self.results, pair[1], "y", "the first step")

    def entries(self, k: int) -> tuple[list[Any], TreeDef]:
        """What step k takes: its numbers, and their structure."""
        return numbers_of(self.xs.at(k), "an entry of xs")

    def _no_steps(self) -> list[Any]:
        with ieee():
            try:
                self.step([number.detach() for number in self.init], self.xs.imagined())
            except (TypeError, IndexError, KeyError, AttributeError) as error:
                if not any(isinstance(column, list) for column in self.xs.columns):
                    raise
                raise ValueError(
                    f"scan has no step to do, and its body does not take numbers for the entries of {', '.join(self.xs.sizes)}, an "
                    f"empty list which does not say what they would be ({error}): give an empty array, of shape (0, 3) say"
                ) from None
        return self.init

    def _returned(self, leaves: Sequence[Any]) -> list[Any]:
        """Results as the caller should see them."""
        return list(leaves) if self.kept else [number_of(leaf) for leaf in leaves]


def _length(sizes: dict[str, int], length: Any) -> int:
    """The number of steps."""
    if length is not None:
        if isinstance(length, bool) or not hasattr(length, "__index__"):
            raise TypeError(f"length is the number of steps, a whole number, not {length!r:.60}")
        if operator.index(length) < 0:
            raise ValueError(f"length is the number of steps, 0 or more, not {length!r}")
        sizes = {"length": operator.index(length), **sizes}
    if not sizes:
        raise ValueError("scan needs xs, with an entry for each step, or length=n")
    if len(set(sizes.values())) > 1:
        given = ", ".join(f"{place} has {size}" for place, size in sizes.items()).replace("length has", "length is")
        raise ValueError(f"scan takes one entry of each of the xs in a step, along axis 0, and their sizes differ: {given}")
    return next(iter(sizes.values()))


def _segments(checkpoint: Any, steps: int) -> int:
    if isinstance(checkpoint, bool):
        return round(steps**0.5) if checkpoint else 0
    if not isinstance(checkpoint, int) or checkpoint < 1:
        raise ValueError(f"checkpoint is True, False or the number of segments, at least 1; not {checkpoint!r:.60}")
    return min(checkpoint, steps)
