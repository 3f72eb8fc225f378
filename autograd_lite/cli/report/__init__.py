"""The folder that `train --report` writes: numbers, pictures, and a page that shows them."""

from typing import Any

from autograd_lite.cli.files import csv_text, make_folder, write_whole, writing
from autograd_lite.cli.report.page import page
from autograd_lite.cli.report.pictures import draw_pictures
from autograd_lite.cli.terminal import Terminal
from autograd_lite.cli.training import Training
from autograd_lite.terminal import json_text


def write_report(folder: str, training: Training, recorder: Any, terminal: Terminal) -> None:
    """Write the report.

    Parameters
    ----------
    folder : str
        Made if it is not there; files of an earlier report are replaced.
    training : Training
        As it is over.
    recorder : RunRecorder or None
        Of the run, for the page that plays it.
    terminal : Terminal

    Raises
    ------
    CommandError
        If something cannot be written.
    """
    place = make_folder(folder)
    write_whole(place / "summary.json", json_text(training.summary, indent=1) + "\n")
    write_whole(place / "history.csv", _history_table(training.history))
    pictures = draw_pictures(place, training, terminal)
    played = recorder is not None and bool(recorder.kept)
    if played:
        from autograd_lite.pages import training_page

        with writing(place / "run.html"):
            training_page(recorder, place / "run.html", title=training.learner.describe())
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
    rows = enumerate(zip(*columns.values(), strict=True), 1)
    return csv_text([["epoch", *columns], *([epoch, *values] for epoch, values in rows)])


__all__ = ["write_report"]
