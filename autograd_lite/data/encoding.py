"""Class labels as numbers: indices from whatever they are written as, and one-hot rows."""

from collections.abc import Hashable, Sequence

from autograd_lite.data.errors import DataError


def one_hot(labels: Sequence[int], n_classes: int | None = None) -> list[list[float]]:
    """A row for each label, with 1.0 at the place of its class and 0.0 elsewhere.

    Parameters
    ----------
    labels : sequence of int
        Class indices, from 0.
    n_classes : int, optional
        The width of a row; one more than the largest label if left out.

    Raises
    ------
    DataError
        If a label is not an int from 0 to `n_classes - 1`.

    Examples
    --------
    >>> one_hot([0, 2])
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    for label in labels:
        if not isinstance(label, int) or isinstance(label, bool) or label < 0:
            raise DataError(f"a class label is an int from 0, not {label!r}")
    width = max(labels, default=-1) + 1 if n_classes is None else n_classes
    if any(label >= width for label in labels):
        raise DataError(f"label {max(labels)} does not fit in {width} classes: they are 0 to {width - 1}")
    return [[1.0 if k == label else 0.0 for k in range(width)] for label in labels]


def encode_labels(labels: Sequence[Hashable]) -> tuple[list[int], tuple[str, ...]]:
    """Number the distinct labels, numbers by size and texts by alphabet.

    Returns
    -------
    (list of int, tuple of str)
        The index of each label, and the names of the classes.

    Examples
    --------
    >>> encode_labels(["yes", "no", "yes"])
    ([1, 0, 1], ('no', 'yes'))
    >>> encode_labels([10, 9, 10.0])
    ([1, 0, 1], ('9', '10'))
    """
    distinct = sorted(set(labels), key=_rank)
    index = {label: k for k, label in enumerate(distinct)}
    return [index[label] for label in labels], tuple(label_text(label) for label in distinct)


def _rank(label: Hashable) -> tuple[int, float, str]:
    return (0, float(label), "") if isinstance(label, int | float) else (1, 0.0, str(label))


def label_text(label: Hashable) -> str:
    """A label as a text; whole floats as the ints they are."""
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)
