"""The eager engine: takes each step of a training by recording and walking a graph."""

from collections.abc import Sequence

from autograd_lite.nn.training.samples import Samples
from autograd_lite.nn.training.step import Step


class EagerEngine:
    """Takes each step by recording and walking a graph."""

    name = "eager"

    def __init__(self, step: Step, samples: Samples) -> None:
        self.step = step
        self.samples = samples

    def begin_epoch(self) -> None:
        """Nothing to prepare."""

    def take(self, batch: Sequence[int]) -> tuple[float, float]:
        """One step on these samples: the loss before it, and how many answers were right."""
        return self.step(self.samples.chosen(batch))

    def end_epoch(self) -> None:
        """Nothing to write back."""
