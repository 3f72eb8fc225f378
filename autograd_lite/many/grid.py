"""The settings of the runs: every combination of the values that are given for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from autograd_lite.engine.numbers import as_float
from autograd_lite.nn.arguments import Range

#: Beside the learning rates of parts of a model, which are named "lr:layer1".
NAMES = ("seed", "scale", "data", "lr", "momentum")
_ABOVE_0, _BELOW_1, _RATE = Range(0.0, open_low=True), Range(0.0, 1.0, open_high=True), Range(0.0)
#: More runs than that would not be looked through.
_MOST = 100_000_000


@dataclass(frozen=True)
class Grid:
    """Every combination of some values, the last one changing fastest, as scikit-learn's `ParameterGrid` has them.

    Parameters
    ----------
    values : dict of str to list

    Examples
    --------
    >>> grid = Grid.of({"seed": range(2), "lr": [0.1, 0.5]})
    >>> len(grid), grid.column("lr").tolist(), grid.column("seed").tolist()
    (4, [0.1, 0.5, 0.1, 0.5], [0, 0, 1, 1])
    >>> grid.column("scale", 1.0).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """

    values: dict[str, Sequence[Any]]

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Grid":
        """The grid for an argument.

        Raises
        ------
        TypeError, ValueError
            If a name or a value is none that there is.
        """
        if not isinstance(given, Mapping):
            raise TypeError(f"grid is a dict of lists, such as {{'seed': range(100), 'lr': [0.1, 1.0]}}; not {given!r:.60}")
        found: dict[str, Sequence[Any]] = {}
        for name, values in given.items():
            if name not in NAMES and not str(name).startswith("lr:"):
                raise ValueError(
                    f"the grid has no {name!r}; what can differ from run to run: {', '.join(NAMES)}, and lr:layer1, the rate of the "
                    "parameters whose names begin so"
                )
            found[name] = _values(name, values)
        if (count := prod(map(len, found.values()))) > _MOST:
            raise ValueError(
                f"the grid has {count:,} runs, one for each combination; at most {_MOST:,}: give fewer values, or train parts of it"
            )
        return cls(found)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """How many values there are of each."""
        return tuple(map(len, self.values.values()))

    def __len__(self) -> int:
        return prod(self.shape)

    def column(self, name: str, otherwise: float = np.nan, runs: Any = None) -> Any:
        """Of all runs, or of those with these numbers, the values of `name`, the number of the data set for "data"; `otherwise`
        where the grid does not say."""
        runs = np.arange(len(self)) if runs is None else runs
        if name not in self.values:
            return np.full(len(runs), otherwise)
        axis = list(self.values).index(name)
        places = runs // prod(self.shape[axis + 1 :]) % self.shape[axis]
        return places if name == "data" else np.array(self.values[name])[places]


def _values(name: str, given: Any) -> Sequence[Any]:
    """The values of one setting, checked."""
    values: Sequence[Any] = given if isinstance(given, range) else list(given) if hasattr(given, "__iter__") else [given]
    if isinstance(given, str | bytes) or not values:
        raise ValueError(f"the grid's {name!r} is a list of values with at least one in it, not {given!r:.60}")
    if name == "data":
        for k, one in enumerate(values):
            if not isinstance(one, tuple | list) or len(one) != 2:
                raise TypeError(f"data is a list of pairs (xs, ys); number {k} is {type(one).__name__}")
        return values
    if name == "seed":
        for one in values if not isinstance(values, range) else ():
            if isinstance(one, bool) or not hasattr(one, "__index__"):
                raise TypeError(f"a seed is a whole number, not {one!r:.60}")
        return values if isinstance(values, range) else [int(one.__index__()) for one in values]
    numbers = [as_float(one) for one in values]
    for one in numbers:
        (_ABOVE_0 if name == "scale" else _BELOW_1 if name == "momentum" else _RATE).check(name, one)
    return numbers
