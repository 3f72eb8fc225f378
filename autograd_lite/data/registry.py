"""Every data set by name: `load("moons")`, `load("iris")`, `load("cats.csv", target="kind")`."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from autograd_lite.data import synthetic
from autograd_lite.data.bundled import BUNDLED, bundled
from autograd_lite.data.csv_file import read_csv
from autograd_lite.data.dataset import Dataset
from autograd_lite.data.errors import DataError, did_you_mean, listed
from autograd_lite.data.tables import GATES, gate, toy_table


@dataclass(frozen=True)
class Source:
    """Where a data set comes from.

    Parameters
    ----------
    name : str
    make : callable
        Gives the `Dataset`; its keyword arguments are the options.
    summary : str
        A line for a list.
    needs : str
        The extra to install; empty for none.
    """

    name: str
    make: Callable[..., Dataset]
    summary: str
    needs: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """The keyword arguments that `make` takes."""
        return tuple(inspect.signature(self.make).parameters)


def _sources() -> list[Source]:
    gates = [Source(name, partial(_fixed, gate, name), f"the gate {name.upper()}: 4 rows, 2 inputs") for name in GATES]
    return [
        *gates,
        Source("toy", toy_table, "height, weight, eye size, nose height: liked or not (32 rows)"),
        Source("moons", synthetic.moons, "two interleaving half circles"),
        Source("circles", synthetic.circles, "a circle inside a circle"),
        Source("spirals", synthetic.spirals, "three arms winding around each other"),
        Source("xor_blobs", synthetic.xor_blobs, "four clouds, opposite corners of one class"),
        Source("blobs", synthetic.blobs, "three round clouds"),
        Source("sine", synthetic.sine, "sin(x) with noise (regression)"),
        Source("polynomial", synthetic.polynomial, "x^2 + 7x + 2 with noise (regression)"),
        *(Source(name, partial(_fixed, bundled, name), BUNDLED[name][2], "data") for name in BUNDLED),
    ]


def _fixed(make: Callable[[str], Dataset], name: str, /) -> Dataset:
    return make(name)


#: Every data set that has a name.
SOURCES: dict[str, Source] = {source.name: source for source in _sources()}


def names() -> list[str]:
    """The names that `load` knows.

    >>> names()[:4]
    ['and', 'or', 'nand', 'nor']
    """
    return list(SOURCES)


def load(name: str | Path, **options: Any) -> Dataset:
    """A data set by its name, or a CSV file by its path.

    Parameters
    ----------
    name : str or Path
        One of `names()`, in any case, `-` and `_` alike; or the path of a file.
    **options
        What the source takes: `n`, `noise`, `seed`, ... for generated data; `target`, `ignore`, ... for a file.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        For an unknown name, an option the source does not take, or a file that cannot be used.
    ImportError
        If the data set needs scikit-learn and it is not there.

    Examples
    --------
    >>> print(load("moons", n=40))
    moons: 40 rows, 2 features, classification of target (upper 20, lower 20)
    """
    source = find(str(name))
    if source is not None:
        unknown = [option for option in options if option not in source.options]
        if unknown:
            takes = f"it takes {', '.join(source.options)}" if source.options else "it takes none"
            raise DataError(f"no option {unknown[0]!r} for the data set {source.name!r}: {takes}")
        return source.make(**options)
    if not looks_like_file(name):
        raise DataError(
            f"no data set {str(name)!r}.{did_you_mean(str(name), SOURCES)} There are {', '.join(SOURCES)}; "
            "or give the path of a CSV file"
        )
    if "target" not in options:
        from autograd_lite.data.table import read_table

        table = read_table(name, encoding=options.get("encoding"), delimiter=options.get("delimiter"))
        raise DataError(f"which column is to be predicted? Name the target: {listed(table.header)}", source=str(name))
    return read_csv(name, **options)


def find(name: str) -> Source | None:
    """The source called `name`, in any case and with `-` or `_`; None if there is none."""
    return SOURCES.get(name.lower().replace("-", "_"))


def looks_like_file(name: str | Path) -> bool:
    """Whether `name` is meant as a path: it exists, or has a folder or an ending in it."""
    text = str(name)
    return isinstance(name, Path) or "/" in text or "\\" in text or "." in text or Path(text).exists()
