"""The pictures of a report: which ones fit a task, and where nothing can be seen on them any more."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograd_lite import Value, topological_order
from autograd_lite.cli.files import writing
from autograd_lite.cli.terminal import Terminal
from autograd_lite.cli.training import Training

#: A graph with more edges is drawn for the first neuron it can be drawn for: nobody reads hundreds of arrows.
MOST_EDGES = 80
#: A table of more classes than this is too small to read.
MOST_CLASSES = 25


@dataclass(frozen=True)
class Picture:
    """A file of the report, what it shows, and whether it takes the whole width of the page."""

    name: str
    caption: str
    wide: bool = False


def draw_pictures(place: Path, training: Training, terminal: Terminal) -> list[Picture]:
    """Write the pictures that fit; what cannot be drawn for want of an extra is told."""
    found: list[Picture] = []
    try:
        from autograd_lite.cli.figures import save_figure

        for picture, figure in _figures(training):
            save_figure(figure, place / picture.name)
            found.append(picture)
    except ImportError as error:
        terminal.note(f"no plots in the report: {error}")
    found.append(_network(place, training, wide=len(found) % 2 == 0))
    try:
        found += _graph(place, training)
    except (ImportError, RuntimeError) as error:
        terminal.note(f"no graph in the report: {error}")
    return found


def _figures(training: Training) -> Iterator[tuple[Picture, Any]]:
    from autograd_lite.cli import figures

    learner, train, held_out, history = training.learner, training.train, training.held_out, training.history
    if history.losses:
        yield Picture("loss.png", "How training went, epoch by epoch"), figures.curves(history)
    if learner.classifies and len(learner.feature_names) == 2:
        caption = "What the network answers everywhere in the plane"
        yield Picture("boundary.png", caption), figures.boundary(learner, train, held_out)
    if learner.classifies and len(learner.class_names) <= MOST_CLASSES:
        rows = "all rows" if train is held_out else "the held-out rows"
        caption = f"Which class was taken for which, in {rows}"
        yield Picture("confusion.png", caption), figures.confusion(learner, held_out)
    elif not learner.classifies and len(learner.feature_names) == 1:
        yield Picture("fit.png", "What was learned"), figures.regression(learner, train)


def _network(place: Path, training: Training, wide: bool) -> Picture:
    from autograd_lite.draw import draw_network

    learner = training.learner
    outputs = learner.class_names if len(learner.class_names) > 2 else (learner.target_name,)
    drawing = draw_network(learner.model, input_names=learner.feature_names, output_names=outputs, limit=12)
    with writing(place / "network.svg"):
        drawing.save(place / "network.svg")
    caption = "The network: the thicker a line, the larger its weight; the colour tells the sign"
    return Picture("network.svg", caption, wide)


def _graph(place: Path, training: Training) -> list[Picture]:
    """The graph of one forward and backward pass, as far as it can be read; none if it cannot."""
    from autograd_lite.draw import to_svg

    learner, train = training.learner, training.train
    row = [Value(number, label=name) for name, number in zip(learner.feature_names, learner.inputs(train)[0], strict=True)]
    learner.model.zero_grad()
    loss = learner.loss(learner.model(row), learner.targets(train)[0])
    loss.label = "loss"
    loss.backward()
    drawn, caption = loss, "Every operation for the first row: values from left to right, gradients of its loss back"
    edges = sum(len(node.args) for node in topological_order(loss))
    if edges > MOST_EDGES:
        drawn = _readable(loss)
        if drawn.is_leaf:
            return []
        caption = f"One neuron of the graph of the first row, with values and gradients of its loss (all of it has {edges:,} edges)"
    with writing(place / "forward.svg"):
        to_svg(drawn, place / "forward.svg")
    learner.model.zero_grad()
    return [Picture("forward.svg", caption, wide=True)]


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
