"""Training steps in Python source: the three programs of a step, and the loop around them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd_lite.compiler.python_target import compile_python

if TYPE_CHECKING:
    from autograd_lite.compiler.step import Pieces


class PythonRunner:
    """Runs the pieces of a step.

    Parameters
    ----------
    pieces : Pieces
    count : int
        The number of parameters.
    """

    def __init__(self, pieces: "Pieces", count: int) -> None:
        self.count = count
        self.padding = [0.0] * (-count % 8)
        self.sample = compile_python(pieces.sample)
        self.update = compile_python(pieces.update)
        self.penalty = compile_python(pieces.penalty) if pieces.penalty else None
        self.rows: list[list[float]] = []

    @property
    def source(self) -> str:
        """The source of all of them."""
        parts = [self.sample.source, self.penalty.source if self.penalty else "", self.update.source]
        return "\n\n".join(part for part in parts if part)

    def load(self, rows: list[list[float]]) -> None:
        """Keep the data set."""
        self.rows = rows

    def gradient(self, numbers: Sequence[float], outside: Sequence[float], chosen: Any) -> Any:
        """Loss and gradient on one mini-batch, or the number of a guard."""
        batch = self.rows if isinstance(chosen, int) else [self.rows[k] for k in chosen[0]]
        weight = 1.0 / len(batch)
        found = self.sample.function([*numbers, *self.padding, *outside], [[weight, *row] for row in batch])
        if isinstance(found, int):
            return found
        *slopes, loss = found[0]
        if self.penalty is not None:
            *extra, penalty = self.penalty.function(numbers, ())[0]
            slopes = [slope + more for slope, more in zip(slopes, extra, strict=True)]
            loss += penalty
        return loss, slopes

    def run(
        self, numbers: list[float], outside: Sequence[float], state: list[list[float]], chosen: Any, table: list[list[float]]
    ) -> Any:
        """All the steps: the losses, and the parameters and state after them."""
        losses = []
        for k, rates in enumerate(table):
            found = self.gradient(numbers, outside, chosen if isinstance(chosen, int) else chosen[k : k + 1])
            if isinstance(found, int):
                return found
            losses.append(found[0])
            after = self.update.function(rates, list(zip(numbers, *state, found[1], strict=True)))[1]
            columns = [list(column) for column in zip(*after, strict=True)]
            numbers, state = columns[0], columns[1:]
        return losses, numbers, state


__all__ = ["PythonRunner"]
