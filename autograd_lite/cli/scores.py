"""How well a network does: a sentence, numbers for JSON, and which class it takes for which."""

import math
from collections.abc import Sequence

from autograd_lite.cli.learning import Learner
from autograd_lite.data import Dataset
from autograd_lite.terminal import Table


def verdict(learner: Learner, scores: dict[str, float], count: int, where: str = "") -> str:
    """The score on `count` rows in a line; `where` says which they are."""
    if learner.classifies:
        right = round(scores["accuracy"] * count)
        return f"accuracy{where}: {scores['accuracy']:.1%} ({right} of {count}), loss {scores['loss']:.4g}"
    return f"loss{where}: {scores['loss']:.4g} (mean squared error of {count} rows), r2 {scores['r2']:.4f}"


def for_json(part: str, scores: dict[str, float]) -> dict[str, float | None]:
    """The scores under names of their own; JSON has no nan.

    >>> for_json("test", {"loss": 0.5, "r2": math.nan})
    {'test_loss': 0.5, 'test_r2': None}
    """
    return {f"{part}_{name}": value if math.isfinite(value) else None for name, value in scores.items()}


def confusion_table(classes: Sequence[str], rows: Dataset, answers: Sequence[float]) -> Table:
    """True classes, a row for each, against predicted ones."""
    counts = [[0] * len(classes) for _ in classes]
    for truth, answer in zip(rows.labels, answers, strict=True):
        counts[truth][int(answer)] += 1
    short = [name if len(name) <= 12 else name[:11] + "…" for name in classes]
    lines = [[name, *map(str, row), ""] for name, row in zip(short, counts, strict=True)]
    return Table(["true", *short, "<- predicted"], lines, right=range(1, len(classes) + 1), ruled=False)
