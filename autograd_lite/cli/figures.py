"""Figures of a trained network, for the command `plot` and for reports, and how a figure becomes a file."""

import io
import warnings
from pathlib import Path
from typing import Any

from autograd_lite import nn, plot
from autograd_lite.cli.errors import CommandError
from autograd_lite.cli.files import writing
from autograd_lite.cli.learning import Learner
from autograd_lite.data import Dataset
from autograd_lite.files import write_atomically


def curves(history: nn.History, **words: Any) -> Any:
    """Loss and accuracy by epoch; `words`, as in all of these, are the title and the note."""
    return plot.training_curves(
        history.losses,
        accuracies=history.accuracies,
        validation_losses=history.val_losses,
        validation_accuracies=history.val_accuracies,
        **words,
    )


def boundary(learner: Learner, train: Dataset, held_out: Dataset, **words: Any) -> Any:
    """What a network of two inputs answers everywhere in the plane."""
    names: dict[str, Any] = {"class_names": learner.class_names, "feature_names": learner.feature_names}
    others = None if train is held_out else (held_out.x, held_out.labels)
    return plot.decision_boundary(learner.probabilities, train.x, train.labels, held_out=others, **names, **words)


def confusion(learner: Learner, rows: Dataset, **words: Any) -> Any:
    """Which class was taken for which."""
    answers = [int(answer) for answer in learner.predict(rows.x)]
    return plot.confusion_matrix(rows.labels, answers, class_names=learner.class_names, **words)


def regression(learner: Learner, train: Dataset, **words: Any) -> Any:
    """What was learned of a number that depends on one input."""
    axes = {"xlabel": learner.feature_names[0], "ylabel": learner.target_name}
    return plot.regression_fit(learner.predict, train.x, train.y, **axes, **words)


def save_figure(figure: Any, path: Path, **options: Any) -> None:
    """Write a figure; letters that no installed font has become boxes, without a warning on the screen."""
    try:
        with writing(path), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
            warnings.filterwarnings("ignore", message="constrained_layout", category=UserWarning)  # names of any length
            figure.savefig(drawn := io.BytesIO(), **{"dpi": 130, "format": path.suffix[1:], **options})
            write_atomically(path, drawn.getvalue())
    except ValueError as error:
        raise CommandError(f"{path} cannot be written: {error}") from None
