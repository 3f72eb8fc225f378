"""The eager engine: takes each step of a training by recording and walking a graph."""

from collections.abc import Sequence

from autograd_lite.nn.training.samples import Samples
from autograd_lite.nn.training.step import Step


class EagerEngine:
    """Takes each step by recording and walking a graph."""

    name = "eager"

    def __init__(self, step: Step, samples: Samples) -> None:
        self.step = step
        self.rows, self.targets = samples

    def begin_epoch(self) -> None:
        """Nothing to prepare."""

    def take(self, batch: Sequence[int]) -> tuple[float, int]:
        """One step on these samples: the loss before it, and how many answers were right."""
        return self.step([self.rows[k] for k in batch], [self.targets[k] for k in batch])

    def end_epoch(self) -> None:
        """Nothing to write back."""
