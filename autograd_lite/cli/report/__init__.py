"""The folder that `train --report` writes: numbers, pictures, and a page that shows them."""

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from autograd_lite.cli.files import make_folder, write_whole, writing
from autograd_lite.cli.learning import Learner
from autograd_lite.cli.report.page import page
from autograd_lite.cli.report.pictures import draw_pictures, save_figure
from autograd_lite.cli.terminal import Terminal
from autograd_lite.data import Dataset


@dataclass(frozen=True)
class Training:
    """All that is told about a training.

    Parameters
    ----------
    command : str
        What was typed.
    learner : Learner
        As it is now.
    train, held_out : Dataset
        The same where nothing could be held out.
    history : nn.History
    summary : dict
        What `--json` prints.
    recorder : RunRecorder or None
        Of the run, for the page that plays it.
    """

    command: str
    learner: Learner
    train: Dataset
    held_out: Dataset
    history: Any
    summary: dict[str, Any]
    recorder: Any = None


def write_report(folder: str, training: Training, terminal: Terminal) -> None:
    """Write the report.

    Parameters
    ----------
    folder : str
        Made if it is not there; files of an earlier report are replaced.
    training : Training
    terminal : Terminal

    Raises
    ------
    CommandError
        If something cannot be written.
    """
    place = make_folder(folder)
    write_whole(place / "summary.json", json.dumps(training.summary, indent=1, ensure_ascii=False) + "\n")
    write_whole(place / "history.csv", _history_table(training.history))
    pictures = draw_pictures(place, training, terminal)
    played = training.recorder is not None and bool(training.recorder.kept)
    if played:
        from autograd_lite.pages import training_page

        with writing(place / "run.html"):
            training_page(training.recorder, place / "run.html", title=training.learner.describe())
    write_whole(place / "index.html", page(training, pictures, played))
    terminal.note(f"report: {place / 'index.html'}; open it in a browser")


def _history_table(history: Any) -> str:
    """Each number that was noted, a line for each epoch."""
    columns = {
        "loss": history.losses,
        "accuracy": history.accuracies,
        "validation_loss": history.val_losses,
        "validation_accuracy": history.val_accuracies,
        "grad_norm": history.grad_norms,
        "learning_rate": history.learning_rates,
    }
    columns = {name: values for name, values in columns.items() if values}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["epoch", *columns])
    for epoch, row in enumerate(zip(*columns.values(), strict=True), 1):
        writer.writerow([epoch, *(repr(value) for value in row)])
    return text.getvalue()


__all__ = ["Training", "save_figure", "write_report"]
