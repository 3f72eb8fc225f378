"""The folder that `train --report` writes: numbers, pictures, the graph of one forward pass, and a page that shows them."""

import csv
import html
import io
import json
import warnings
from pathlib import Path
from typing import Any

from autograd_lite import Value, topological_order
from autograd_lite.cli.errors import CommandError
from autograd_lite.cli.files import make_folder, write_whole, writing
from autograd_lite.cli.learning import Learner
from autograd_lite.cli.terminal import Terminal
from autograd_lite.data import Dataset

#: A graph with more edges is drawn for the first neuron it can be drawn for: nobody reads thousands of arrows.
MOST_EDGES = 400


def write_report(
    folder: str,
    learner: Learner,
    train: Dataset,
    held_out: Dataset,
    history: Any,
    summary: dict[str, Any],
    terminal: Terminal,
    recorder: Any = None,
) -> None:
    """Write the report.

    Parameters
    ----------
    folder : str
        Made if it is not there; files of an earlier report are replaced.
    learner : Learner
    train, held_out : Dataset
    history : nn.History
    summary : dict
    terminal : Terminal
    recorder : RunRecorder, optional
        Of the run, for the page that plays it.

    Raises
    ------
    CommandError
        If the folder cannot be written.
    """
    place = make_folder(folder)
    write_whole(place / "summary.json", json.dumps(summary, indent=1, ensure_ascii=False) + "\n")
    write_whole(place / "history.csv", _history_table(history))
    captions = {**_pictures(place, learner, train, held_out, history, terminal), **_graph(place, learner, train, terminal)}
    if recorder is not None and recorder.kept:
        from autograd_lite.pages import training_page

        with writing(place / "run.html"):
            training_page(recorder, place / "run.html", title=learner.describe())
    write_whole(place / "index.html", _page(summary, captions, recorder is not None and bool(recorder.kept)))
    terminal.note(f"report: {place / 'index.html'} ({', '.join(['summary.json', 'history.csv', *captions])})")


def _history_table(history: Any) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = {"loss": history.losses, "accuracy": history.accuracies, "grad_norm": history.grad_norms}
    columns = {name: values for name, values in columns.items() if values}
    writer.writerow(["epoch", *columns])
    for epoch, row in enumerate(zip(*columns.values(), strict=True), 1):
        writer.writerow([epoch, *(repr(value) for value in row)])
    return text.getvalue()


def _pictures(
    place: Path, learner: Learner, train: Dataset, held_out: Dataset, history: Any, terminal: Terminal
) -> dict[str, str]:
    """Write the pictures that fit the task; a caption for each."""
    from autograd_lite import plot

    if not history.losses:
        return {}
    try:
        figures = {
            "loss.png": (plot.training_curves(history.losses, accuracies=history.accuracies), "Loss and accuracy by epoch")
        }
        if learner.classifies:
            names = learner.class_names
            if len(learner.feature_names) == 2:
                boundary = plot.decision_boundary(
                    learner.probabilities,
                    train.x,
                    train.labels,
                    held_out=None if train is held_out else (held_out.x, held_out.labels),
                    class_names=names,
                    feature_names=learner.feature_names,
                    title=learner.describe(),
                )
                figures["boundary.png"] = (boundary, "What the network answers everywhere in the plane")
            matrix = plot.confusion_matrix(held_out.labels, [int(k) for k in learner.predict(held_out.x)], class_names=names)
            figures["confusion.png"] = (matrix, "Which class was taken for which")
        elif len(learner.feature_names) == 1:
            axes = {"xlabel": learner.feature_names[0], "ylabel": learner.target_name}
            figures["fit.png"] = (plot.regression_fit(learner.predict, train.x, train.y, **axes), "What was learned")
    except ImportError as error:
        terminal.note(f"no pictures in the report: {error}")
        return {}
    for name, (figure, _) in figures.items():
        save_figure(figure, place / name)
    return {name: caption for name, (_, caption) in figures.items()}


def save_figure(figure: Any, path: Path, **options: Any) -> None:
    """Write a figure; letters that no installed font has become boxes, without a warning on the screen."""
    try:
        with writing(path), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
            figure.savefig(path, **{"dpi": 130, **options})
    except ValueError as error:
        raise CommandError(f"{path} cannot be written: {error}") from None


def _graph(place: Path, learner: Learner, train: Dataset, terminal: Terminal) -> dict[str, str]:
    """The graph of one forward and backward pass, as far as it can be read."""
    from autograd_lite.draw import to_svg

    row = [Value(number, label=name) for name, number in zip(learner.feature_names, learner.inputs(train)[0], strict=True)]
    learner.model.zero_grad()
    output = learner.model(row)
    loss = learner.loss(output, learner.targets(train)[0])
    loss.label = "loss"
    loss.backward()
    drawn, caption = loss, "The graph of one row: forward values, and the gradients of its loss"
    if _edges(loss) > MOST_EDGES:
        drawn = _readable(loss)
        caption = f"A part of the graph of one row (all of it has {_edges(loss):,} edges)"
    try:
        with writing(place / "forward.svg"):
            to_svg(drawn, place / "forward.svg")
    except (ImportError, RuntimeError) as error:
        terminal.note(f"no graph in the report: {error}")
        return {}
    learner.model.zero_grad()
    return {"forward.svg": caption}


def _edges(root: Value) -> int:
    return sum(len(node.args) for node in topological_order(root))


def _readable(root: Value) -> Value:
    """The last node in the order of computation whose own graph is small enough to read."""
    order = topological_order(root)
    # The number of edges below a node, counted with repeats: an upper bound that needs one walk.
    below: dict[Value, int] = {}
    chosen = order[0]
    for node in order:
        below[node] = len(node.args) + sum(below[parent] for parent in node.parents)
        if not node.is_leaf and below[node] <= MOST_EDGES and below[node] >= below[chosen]:
            chosen = node
    return chosen


def _page(summary: dict[str, Any], captions: dict[str, str], played: bool) -> str:
    """One page that needs nothing but the files beside it."""
    rows = "\n".join(
        f"<tr><th>{html.escape(name.replace('_', ' '))}</th><td>{html.escape(_cell(value))}</td></tr>"
        for name, value in summary.items()
        if value is not None
    )
    figures = "\n".join(
        f'<figure><a href="{name}"><img src="{name}" alt="{html.escape(caption)}"></a>'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        for name, caption in captions.items()
    )
    run = '<p><a href="run.html">Play the training run</a>, epoch by epoch</p>' if played else ""
    title = html.escape(f"Training on {summary['dataset']}")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
body {{ color: #1f2328; background: #fff; }}
th {{ text-align: left; padding-right: 2rem; font-weight: 600; }}
td, th {{ border-bottom: 1px solid #d0d7de; padding-block: .2rem; }}
figure {{ margin: 2rem 0; overflow-x: auto; }}
img {{ max-width: 100%; height: auto; }}
figcaption {{ color: #57606a; font-size: .9rem; }}
</style>
</head>
<body>
<h1>{title}</h1>
<table>
{rows}
</table>
{run}
{figures}
<p>Numbers: <a href="summary.json">summary.json</a>, <a href="history.csv">history.csv</a></p>
</body>
</html>
"""


def _cell(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
