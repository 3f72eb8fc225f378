"""The samples that training works on: read once, checked once."""

import hashlib
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine.arrays import unmasked
from autograd_lite.engine.facts import constant_of
from autograd_lite.engine.numbers import as_float
from autograd_lite.engine.value import Value
from autograd_lite.matrix import Matrix
from autograd_lite.nn.arguments import NOT_NEGATIVE, shown
from autograd_lite.rules.special import fsum
from autograd_lite.transforms.tree import partition, unflatten


@dataclass(frozen=True)
class Samples:
    """Rows, a target for each, and what each counts.

    Attributes
    ----------
    rows : sequence of list of float
        A `Matrix`, if they were given as an array.
    targets : list
    weights : list of float or None
        One for each row; None if all count the same.
    """

    rows: Sequence[list[Any]]
    targets: list[Any]
    weights: list[float] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def chosen(self, places: Sequence[int]) -> "Samples":
        """Some of the samples."""
        return Samples(
            self.rows.chosen(places) if isinstance(self.rows, Matrix) else [self.rows[k] for k in places],
            [self.targets[k] for k in places],
            None if self.weights is None else [self.weights[k] for k in places],
        )

    def digest(self) -> str:
        """The same text for the same numbers, and another one for others; what is no number counts by its type alone.

        >>> Samples([[1.0]], [0]).digest() == Samples([[1.0]], [0.0]).digest()
        True
        >>> Samples([[1.0]], [0]).digest() == Samples([[1.0]], [1]).digest()
        False
        """
        found = hashlib.blake2b(digest_size=16)
        if isinstance(self.rows, Matrix):
            found.update(self.rows.little_endian())
        for row in () if isinstance(self.rows, Matrix) else self.rows:
            # A Value in a row may be one that is learned, so its number is not what the row is known by.
            fixed = row if set(map(type, row)) == {float} else [math.nan if isinstance(one, Value) else one for one in row]
            found.update(struct.pack(f"<{len(fixed)}d", *fixed))
        found.update(repr((_known_by(self.targets), self.weights)).encode())
        return found.hexdigest()

    def balanced(self) -> "Samples":
        """With weights whose mean is 1: a loss that is the mean over a batch keeps its size then.

        Samples that count nothing are left out, and weights that are all the same are none.

        >>> Samples([[1.0], [2.0], [3.0]], [0, 1, 0], [1.0, 0.0, 3.0]).balanced()
        Samples(rows=[[1.0], [3.0]], targets=[0, 0], weights=[0.5, 1.5])
        """
        if self.weights is None:
            return self
        counted = self.chosen([k for k, weight in enumerate(self.weights) if weight])
        assert counted.weights is not None
        if min(counted.weights) == max(counted.weights):
            return Samples(counted.rows, counted.targets)
        mean = math.fsum(counted.weights) / len(counted)
        return Samples(counted.rows, counted.targets, [weight / mean for weight in counted.weights])


def read_samples(xs: Any, ys: Any, what: str = "training", weights: Any = None) -> Samples:
    """Rows of floats (Values are kept) and their targets, from lists or from anything that NumPy or pandas made.

    Raises
    ------
    ValueError
        If there are none, rows differ in width, a number is not finite, there are not as many targets (or weights) as rows,
        or nothing counts.
    TypeError
        If something is not a number.
    """
    table, targets = Matrix.of(xs), _iterable(ys)
    rows: Sequence[list[Any]] = [_row(x) for x in _iterable(xs)] if table is None else table
    targets = [unmasked(target).tolist() if hasattr(target, "tolist") else target for target in targets]
    if not rows or len(rows) != len(targets):
        raise ValueError(
            f"{what} takes at least one row and a target for each; not {len(rows)} rows and {len(targets)} targets"
        )
    if table is None and len({len(row) for row in rows}) > 1:
        wrong = next(k for k, row in enumerate(rows) if len(row) != len(rows[0]))
        raise ValueError(f"row {wrong} has {len(rows[wrong])} numbers, row 0 has {len(rows[0])}: all rows have one width")
    regular = table is not None and table.is_finite()
    for what_of, numbers in (("row", () if regular else rows), ("target", targets)):
        for k, one in enumerate(numbers):
            if not _finite(one):
                raise ValueError(
                    f"{what_of} {k} is {shown(one)}: {what} takes finite numbers; leave it out, or fill the gap"
                )
    return Samples(rows, targets, None if weights is None else _read_weights(weights, len(rows)))


def handed(row: Any) -> Any:
    """A row as a model gets it: its numbers are Values, as where the model is recorded, so one that asks what they are always goes one way.

    >>> handed([1.0, "red"])
    [Value(data=1.0, grad=0.0), 'red']
    """
    try:
        numbers, tree = partition(row)
    except TypeError:  # an array of something else, which nothing compiles
        return row
    return unflatten(tree, [one if isinstance(one, Value) else constant_of(Value, as_float(one)) for one in numbers])


def _iterable(rows: Any) -> list[Any]:
    if hasattr(rows, "to_numpy"):  # pandas iterates over the names of columns
        rows = rows.to_numpy()
    rows = unmasked(rows)
    if (
        hasattr(rows, "dtype")
        and hasattr(rows, "tolist")
        and getattr(rows.dtype, "kind", "") in ("f", "i", "u")
        and rows.shape
    ):
        return rows.tolist()  # type: ignore[no-any-return]
    if isinstance(rows, str | bytes | dict | Value) or not hasattr(rows, "__iter__"):
        raise TypeError(f"rows and targets are lists or arrays, one entry for each sample; not {type(rows).__name__}")
    return list(rows)


def _finite(thing: Any) -> bool:
    """Whether no number in it is nan or infinite; what is no number is somebody else's to refuse."""
    if not isinstance(thing, list):
        return not isinstance(thing, float) or math.isfinite(thing)
    try:
        return all(map(math.isfinite, thing))
    except (TypeError, OverflowError):
        return all(map(_finite, thing))


def _known_by(target: Any) -> Any:
    """What tells a target from another: its numbers (0 is 0.0) and texts; other things have no text that stays the same."""
    if isinstance(target, list | tuple):
        return [_known_by(one) for one in target]
    if isinstance(target, float | str):
        return target
    if isinstance(target, int):
        return float(target) if abs(target) <= 2**53 else int(target)
    return type(target).__name__


def _read_weights(weights: Any, count: int) -> list[float]:
    found = [as_float(weight) for weight in _iterable(weights)]
    if len(found) != count:
        raise ValueError(f"there is a weight for each sample: {count} samples, {len(found)} weights")
    for weight in found:
        NOT_NEGATIVE.check("the weight of a sample", weight)
    if not any(found):
        raise ValueError("all weights of samples are 0: there is nothing to learn from")
    if not math.isfinite(fsum(found)):
        raise ValueError("the weights of samples add up to more than a float holds; divide all of them by the largest")
    return found


def _row(x: Any) -> list[Any]:
    if isinstance(x, Value) or not hasattr(x, "__len__"):
        x = (x,)
    return [one if isinstance(one, Value) else as_float(one) for one in x]
