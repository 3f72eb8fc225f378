"""The samples that training works on: read once, checked once, dealt into batches."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

from autograd_lite.engine.node import Node, as_float

Samples = tuple[list[list[Any]], list[Any]]


def read_samples(xs: Any, ys: Any, what: str = "training") -> Samples:
    """Rows of floats (Values are kept) and their targets, from lists or from anything that NumPy or pandas made.

    Raises
    ------
    ValueError
        If there are none, rows differ in width, or there are not as many targets as rows.
    TypeError
        If something is not a number.
    """
    rows, targets = [_row(x) for x in _iterable(xs)], _iterable(ys)
    targets = [target.tolist() if hasattr(target, "tolist") else target for target in targets]
    if not rows or len(rows) != len(targets):
        raise ValueError(
            f"{what} takes at least one row and a target for each; not {len(rows)} rows and {len(targets)} targets"
        )
    widths = {len(row) for row in rows}
    if len(widths) > 1:
        wrong = next(k for k, row in enumerate(rows) if len(row) != len(rows[0]))
        raise ValueError(f"row {wrong} has {len(rows[wrong])} numbers, row 0 has {len(rows[0])}: all rows have one width")
    return rows, targets


def split(samples: Samples, fraction: float, seed: int) -> tuple[Samples, Samples]:
    """Take a fraction of the samples, drawn from the seed, out for validation.

    Raises
    ------
    ValueError
        If nothing would be left on either side.

    Examples
    --------
    >>> train, held_out = split(([[1.0], [2.0], [3.0], [4.0]], [1, 2, 3, 4]), 0.25, seed=0)
    >>> len(train[0]), len(held_out[1])
    (3, 1)
    """
    xs, ys = samples
    count = round(len(xs) * fraction)
    if not 0.0 < fraction < 1.0 or not 0 < count < len(xs):
        raise ValueError(
            f"validation={fraction!r} of {len(xs)} samples leaves nothing to train on or nothing to validate with; "
            "give a fraction between 0 and 1, or validation=(xs, ys)"
        )
    order = list(range(len(xs)))
    random.Random(f"validation {seed}").shuffle(order)
    held_out, kept = sorted(order[:count]), sorted(order[count:])
    return ([xs[k] for k in kept], [ys[k] for k in kept]), ([xs[k] for k in held_out], [ys[k] for k in held_out])


def batches(count: int, size: int, *, shuffle: bool, seed: int, epoch: int) -> Iterator[Sequence[int]]:
    """The batches of one epoch, as indices.

    The order depends on the seed and the number of the epoch alone, so training can be resumed at any epoch.

    >>> list(batches(5, 2, shuffle=False, seed=0, epoch=1))
    [[0, 1], [2, 3], [4]]
    """
    order = list(range(count))
    if shuffle and size < count:
        random.Random(f"epoch {epoch} of seed {seed}").shuffle(order)
    for first in range(0, count, size):
        yield order[first : first + size]


def _iterable(rows: Any) -> list[Any]:
    if hasattr(rows, "to_numpy"):  # pandas iterates over the names of columns
        rows = rows.to_numpy()
    if isinstance(rows, str | bytes | dict | Node) or not hasattr(rows, "__iter__"):
        raise TypeError(f"rows and targets are lists or arrays, one entry for each sample; not {type(rows).__name__}")
    return list(rows)


def _row(x: Any) -> list[Any]:
    if isinstance(x, Node) or not hasattr(x, "__len__"):
        x = (x,)
    return [one if isinstance(one, Node) else as_float(one) for one in x]
