"""`Column`: what a column of the data becomes when a network reads it, and back.

A number is one input.  A text that is one of a few is an input for each of them, 1.0 for the one it is and 0.0 for the
others (one-hot), since numbers 0, 1, 2 in place of texts would tell the network an order that is not there; of two texts one
input says which.  Files, arrays and frames are read by this one rule, and a model keeps its columns, so later rows are read
the same way.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograd_lite.data.errors import DataError, did_you_mean, listed, quoted

#: More different texts than this are names or remarks, not categories.
MOST_CATEGORIES = 20


@dataclass(frozen=True)
class Column:
    """A column of the data.

    Parameters
    ----------
    name : str
    categories : tuple of str, optional
        The texts it may hold; none for a column of numbers.

    Raises
    ------
    DataError
        If a category is there twice.

    Examples
    --------
    >>> colour = Column("colour", ("blue", "green", "red"))
    >>> colour.inputs
    ('colour=blue', 'colour=green', 'colour=red')
    >>> colour.encode("red"), colour.decode((0.0, 1.0, 0.0))
    ((0.0, 0.0, 1.0), 'green')
    >>> Column("smoker", ("no", "yes")).inputs, Column("kg").inputs
    (('smoker=yes',), ('kg',))
    """

    name: str
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.categories)) != len(self.categories):
            raise DataError(f"a category is there twice: {listed(self.categories)}", column=self.name)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs it becomes."""
        if not self.categories:
            return (self.name,)
        return tuple(f"{self.name}={category}" for category in self.categories[1 if len(self.categories) == 2 else 0 :])

    def encode(self, value: float | str) -> tuple[float, ...]:
        """The inputs for a number or a category.

        Raises
        ------
        DataError
            For a text that is none of the categories.
        """
        if not self.categories:
            return (float(value),)
        if value not in self.categories:
            raise DataError(self.unknown(str(value)), column=self.name)
        chosen = self.categories.index(str(value))
        if len(self.categories) == 2:
            return (float(chosen),)
        return tuple(float(k == chosen) for k in range(len(self.categories)))

    def decode(self, inputs: Sequence[float]) -> float | str:
        """The number or the category that `inputs` stand for."""
        if len(inputs) != len(self.inputs):
            raise DataError(f"{len(inputs)} numbers for {len(self.inputs)} inputs", column=self.name)
        if not self.categories:
            return inputs[0]
        if len(self.categories) == 2:
            return self.categories[inputs[0] > 0.5]
        return self.categories[list(inputs).index(max(inputs))]

    def unknown(self, value: str) -> str:
        """The message for a text that is none of the categories."""
        hint = did_you_mean(value, self.categories)
        return f"{quoted(value)} is none of the values that were learned, {listed(self.categories)}.{hint}"

    def describe(self) -> str:
        """What became of the texts, in a line; empty for numbers.

        >>> Column("smoker", ("no", "yes")).describe()
        'smoker: no or yes, one input (1 for yes)'
        """
        if not self.categories:
            return ""
        if len(self.categories) == 1:
            return f"{self.name}: always {quoted(self.categories[0])}, which tells nothing"
        if len(self.categories) == 2:
            return f"{self.name}: {self.categories[0]} or {self.categories[1]}, one input (1 for {self.categories[1]})"
        return f"{self.name}: {len(self.categories)} categories, one input each"


def input_names(columns: Iterable[Column]) -> tuple[str, ...]:
    """The names of all inputs, in order.

    Raises
    ------
    DataError
        If two inputs would have one name.
    """
    names = tuple(name for column in columns for name in column.inputs)
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"two inputs would be called {quoted(twice)}; give one of the columns another name")
    return names


def decode_rows(rows: Iterable[Sequence[float]], columns: Sequence[Column]) -> list[list[float | str]]:
    """Rows of inputs as rows of numbers and texts again.

    Examples
    --------
    >>> decode_rows([[4.5, 1.0]], [Column("kg"), Column("tame", ("no", "yes"))])
    [[4.5, 'yes']]
    """
    widths = [len(column.inputs) for column in columns]
    found: list[list[float | str]] = []
    for row in rows:
        if len(row) != sum(widths):
            raise DataError(f"a row of {len(row)} numbers for {sum(widths)} inputs")
        cells: list[float | str] = []
        at = 0
        for column, width in zip(columns, widths, strict=True):
            cells.append(column.decode(row[at : at + width]))
            at += width
        found.append(cells)
    return found


def joined(parts: Sequence[Sequence[Sequence[float]]]) -> list[list[float]]:
    """Rows from columns of inputs.

    >>> joined([[(1.0,), (2.0,)], [(0.0, 1.0), (1.0, 0.0)]])
    [[1.0, 0.0, 1.0], [2.0, 1.0, 0.0]]
    """
    return [[number for cell in row for number in cell] for row in zip(*parts, strict=True)]


def categories_of(texts: Sequence[str]) -> tuple[str, ...]:
    """The categories of a column of texts, by alphabet; none if they are too many.

    >>> categories_of(["red", "blue", "red", "blue"]), categories_of(["Tom", "Tim"])
    (('blue', 'red'), ())
    """
    different = set(texts)
    few = len(different) <= MOST_CATEGORIES and 2 * len(different) <= len(texts)
    return tuple(sorted(different)) if few else ()


def too_many(texts: Sequence[str]) -> str:
    """The message for texts that are no categories."""
    return (
        f"this column holds {len(set(texts))} different texts in {len(texts)} rows, such as {quoted(texts[0])}; texts are read "
        f"where they are at most {MOST_CATEGORIES} different ones, each in two rows on average"
    )
