"""Holding rows out: a split that keeps the proportions of the classes, and folds for cross-validation."""

import random
from collections import defaultdict

from autograd_lite.data.dataset import Dataset
from autograd_lite.data.errors import DataError


def train_test_split(data: Dataset, test: float = 0.25, *, seed: int = 0, stratify: bool = True) -> tuple[Dataset, Dataset]:
    """Split at random into rows to train on and rows to judge by.

    Parameters
    ----------
    data : Dataset
    test : float, default 0.25
        The fraction to hold out, above 0 and below 1.
    seed : int, default 0
        The same seed gives the same split.
    stratify : bool, default True
        Keep the proportions of the classes, to the row; each class with two rows or more is on both sides.

    Returns
    -------
    (Dataset, Dataset)
        To train on, and held out.  No row is in both, and none is lost.

    Raises
    ------
    DataError
        If a side would be empty.

    Examples
    --------
    >>> data = Dataset("d", [[float(k)] for k in range(8)], [0, 0, 0, 0, 0, 0, 1, 1])
    >>> train, held_out = train_test_split(data, 0.5)
    >>> train.class_counts, held_out.class_counts
    ({'0': 3, '1': 1}, {'0': 3, '1': 1})
    """
    if not (isinstance(test, int | float) and 0.0 < test < 1.0):
        raise DataError(f"the held-out fraction is above 0 and below 1, not {test!r}", source=data.name)
    wanted = round(test * len(data))
    if not 0 < wanted < len(data):
        raise DataError(
            f"holding out {test:g} of {len(data)} rows leaves one side empty; give more rows or another fraction",
            source=data.name,
        )
    draw = random.Random(f"split {seed}")
    groups = _groups(data, stratify)
    for group in groups:
        draw.shuffle(group)
    held_out: list[int] = []
    train: list[int] = []
    for group, count in zip(groups, _shares([len(group) for group in groups], wanted), strict=True):
        held_out += group[:count]
        train += group[count:]
    draw.shuffle(held_out)
    draw.shuffle(train)
    return data.subset(train), data.subset(held_out)


def k_folds(data: Dataset, k: int = 5, *, seed: int = 0, stratify: bool = True) -> list[tuple[Dataset, Dataset]]:
    """The `k` pairs (train, held out) of a cross-validation: each row is held out exactly once.

    Examples
    --------
    >>> data = Dataset("d", [[float(k)] for k in range(6)], [0, 1, 0, 1, 0, 1])
    >>> sorted(row[0] for _, held_out in k_folds(data, 3) for row in held_out.x)
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    """
    if not (isinstance(k, int) and 2 <= k <= len(data)):
        raise DataError(f"the number of folds is from 2 to the number of rows, {len(data)}, not {k!r}", source=data.name)
    draw = random.Random(f"folds {seed}")
    folds: list[list[int]] = [[] for _ in range(k)]
    place = 0
    for group in _groups(data, stratify):
        draw.shuffle(group)
        for index in group:
            folds[place % k].append(index)
            place += 1
    return [(data.subset([i for other in folds if other is not fold for i in other]), data.subset(fold)) for fold in folds]


def _groups(data: Dataset, stratify: bool) -> list[list[int]]:
    """The indices of the rows by class; all in one group where classes do not matter."""
    if not stratify or data.task != "classification":
        return [list(range(len(data)))]
    by_class: defaultdict[float, list[int]] = defaultdict(list)
    for i, label in enumerate(data.y):
        by_class[label].append(i)
    return [by_class[label] for label in sorted(by_class)]


def _shares(sizes: list[int], wanted: int) -> list[int]:
    """`wanted` rows shared among groups of `sizes` in proportion, the remainders going to the largest fractions; then
    moved, where they can be, so that no group of two or more is left out on either side."""
    total = sum(sizes)
    shares = [size * wanted // total for size in sizes]
    by_fraction = sorted(range(len(sizes)), key=lambda k: (-(sizes[k] * wanted % total), k))
    for k in by_fraction[: wanted - sum(shares)]:
        shares[k] += 1
    for k, size in enumerate(sizes):
        if size >= 2 and shares[k] == 0:
            _move(shares, sizes, k, +1)
        elif size >= 2 and shares[k] == size:
            _move(shares, sizes, k, -1)
    return shares


def _move(shares: list[int], sizes: list[int], k: int, step: int) -> None:
    """Change the share of group `k` by `step` at the cost of the group that can spare most, if one can."""
    spare = [(shares[j] if step > 0 else sizes[j] - shares[j], j) for j in range(len(sizes)) if j != k]
    most, giver = max(spare, default=(0, 0), key=lambda pair: (pair[0], -pair[1]))
    if most >= 2:
        shares[k] += step
        shares[giver] -= step
