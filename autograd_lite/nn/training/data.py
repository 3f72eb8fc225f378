"""The data of a training: what is trained on, what is held out, and how it is dealt into batches."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autograd_lite.nn.arguments import check_count
from autograd_lite.nn.training.samples import Samples, read_samples


@dataclass(frozen=True)
class TrainingData:
    """What is trained on, and in which order.

    Attributes
    ----------
    samples : Samples
    held_out : Samples, optional
        To watch and not to train on.
    batch_size : int, optional
        All samples at once if left out.
    shuffle : bool, default True
        Deal the batches anew in each epoch.
    seed : int, default 0

    Examples
    --------
    >>> data = TrainingData(read_samples([[1.0], [2.0], [3.0]], [1, 2, 3]), batch_size=2, shuffle=False)
    >>> list(data.batches(epoch=1))
    [[0, 1], [2]]
    """

    samples: Samples
    held_out: Samples | None = None
    batch_size: int | None = None
    shuffle: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        if self.batch_size is not None:
            check_count("batch_size", self.batch_size, instead="None takes all samples at once")

    @classmethod
    def read(cls, xs: Any, ys: Any, weights: Any, validation: Any, **options: Any) -> "TrainingData":
        """From what `fit` is given."""
        samples, held_out = read_samples(xs, ys, weights=weights), None
        if isinstance(validation, float | int):
            samples, held_out = split(samples, validation, options["seed"])
        elif isinstance(validation, tuple | list) and len(validation) in (2, 3):
            held_out = read_samples(validation[0], validation[1], "validation", *validation[2:])
        elif validation is not None:
            length = f" of {len(validation)}" if isinstance(validation, tuple | list) else ""
            raise TypeError(
                f"validation is a fraction, or (xs, ys), or (xs, ys, weights); not {type(validation).__name__}{length}"
            )
        return cls(samples.balanced(), held_out, **options)

    @property
    def size(self) -> int:
        """How many samples a batch has, the last one of an epoch excepted."""
        return len(self.samples) if self.batch_size is None else int(self.batch_size)

    def batches(self, epoch: int) -> Iterator[Sequence[int]]:
        """The batches of one epoch, as the numbers of samples.

        The order depends on the seed and the number of the epoch alone, so training can be resumed at any epoch.
        """
        order = list(range(len(self.samples)))
        if self.shuffle and self.size < len(order):
            random.Random(f"epoch {epoch} of seed {self.seed}").shuffle(order)
        for first in range(0, len(order), self.size):
            yield order[first : first + self.size]

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What a run that goes on must have the same: worked out once, and only for a checkpoint."""
        return {
            "samples": len(self.samples),
            "validation_samples": 0 if self.held_out is None else len(self.held_out),
            "batch_size": self.size,
            "shuffle": self.shuffle,
            "seed": self.seed,
            "data": self.samples.digest(),
            "validation_data": None if self.held_out is None else self.held_out.digest(),
        }


def split(samples: Samples, fraction: float, seed: int) -> tuple[Samples, Samples]:
    """Take a fraction of the samples, drawn from the seed, out for validation.

    Raises
    ------
    ValueError
        If nothing would be left on either side.

    Examples
    --------
    >>> train, held_out = split(read_samples([[1.0], [2.0], [3.0], [4.0]], [1, 2, 3, 4]), 0.25, seed=0)
    >>> len(train), len(held_out)
    (3, 1)
    """
    count = round(len(samples) * fraction)
    if not 0.0 < fraction < 1.0 or not 0 < count < len(samples):
        raise ValueError(
            f"validation={fraction!r} of {len(samples)} samples leaves nothing to train on or nothing to validate with; "
            "give a fraction between 0 and 1, or validation=(xs, ys)"
        )
    order = list(range(len(samples)))
    random.Random(f"validation {seed}").shuffle(order)
    return samples.chosen(sorted(order[count:])), samples.chosen(sorted(order[:count]))
