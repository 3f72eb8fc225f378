"""`draw_network`: a network as textbooks draw it, circles in columns and a line for each weight.

The graph of a computation says what happened, operation by operation; this picture says what there is: inputs, layers,
units, weights.  The width of a line is the size of its weight, its colour the sign; numbers come in when there is an input to
compute with, gradients when there is a loss.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from autograd_lite import Value
from autograd_lite.draw.digraph import Digraph, write_picture
from autograd_lite.draw.layers import read_network
from autograd_lite.draw.network_facts import Network, Options
from autograd_lite.draw.network_plan import Plan
from autograd_lite.draw.shapes import dot_of, svg_of
from autograd_lite.draw.themes import theme_named
from autograd_lite.engine.numbers import as_float

#: One unit for each layer (None: all of that layer), or pairs (layer, unit).
Units = Sequence[int | None] | Sequence[tuple[int, int | None]]


class NetworkDrawing:
    """A drawn network.  It shows itself in a notebook.

    Attributes
    ----------
    svg : str
        The picture; it needs no Graphviz.
    digraph : Digraph
        The same as DOT with fixed positions, for `render` and `pipe` as PNG or PDF.
    """

    def __init__(self, network: Network, options: Options) -> None:
        shapes, width, height = Plan(network, options).shapes()
        sizes = ", ".join(str(layer.units) for layer in network.layers)
        self._title = f"a network of {network.inputs} inputs and layers of {sizes} units"
        self.svg = svg_of(shapes, width, height, options.theme.paper, options.title or self._title)
        self._parts = shapes, height, options.theme.paper

    @property
    def digraph(self) -> Digraph:
        """The picture as DOT."""
        return dot_of(*self._parts)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture; the ending says how: .svg, .png, .pdf, .dot or .gv.  As `draw.render`."""
        return write_picture(self.digraph, path, self.svg)

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<drawing of {self._title}>"


def draw_network(
    model: Any,
    inputs: Sequence[Any] | Mapping[str, Any] | None = None,
    *,
    loss: Callable[[Any], Value] | None = None,
    show: str = "values",
    highlight: Units | None = None,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    numbers: bool | None = None,
    limit: int = 16,
    digits: int = 3,
    theme: str = "light",
    title: str = "",
) -> NetworkDrawing:
    """Draw a fully connected network as units in layers.

    Parameters
    ----------
    model : module, list of int, or list of layers
        An `nn.MLP`, `Sequential`, `Layer`, `Neuron` or `Perceptron`, or another library's with micrograd's attributes; or a fitted
        `MLPClassifier` or `MLPRegressor`; or sizes, the inputs first, as in `[4, 4, 4, 1]`; or layers, each rows of
        weights, a tuple (weights, biases, activation), or a mapping with these names.
    inputs : sequence of number, or mapping of str to number, optional
        One row to compute with: the units then show their activations.  The keys of a mapping name the inputs.
    loss : callable, optional
        Takes what the network gives (a Value, or a list of them), returns a Value to differentiate: the units then show the
        gradients, too.  `.grad` of the parameters is left alone.
    show : {"values", "gradients"}, default "values"
        What widths and colours stand for: weights and activations, or gradients with respect to them.  Without `loss`,
        the gradients are those that a backward pass left in the parameters.
    highlight : sequence, optional
        A path: the unit of each layer, from 0, the input layer first, as in `[1, 2, 0, 0]`; None in it stands for every unit of
        that layer.  Or pairs (layer, unit), for a part of the way; layer 0 is the input.
    input_names, output_names : sequence of str, optional
        Left out: x1, x2, ... (or the labels of `inputs`) and y1, y2, ...
    numbers : bool, optional
        Whether lines carry their numbers.  Left out: where they are few, and on the highlighted path.
    limit : int, default 16
        A layer with more units is drawn with half as many, and says how many more it has.
    digits : int, default 3
        Significant digits.
    theme : {"light", "dark"}
    title : str, optional
        What stands above.

    Returns
    -------
    NetworkDrawing
        Its `svg` needs neither Graphviz nor an extra; `save(path)` writes SVG, PNG, PDF or DOT.

    Raises
    ------
    TypeError
        If `model` is no network, or `loss` gives no Value.
    ValueError
        If sizes or counts do not fit, the path does not lead from layer to layer, or gradients are to be shown and there
        are none.

    Examples
    --------
    >>> picture = draw_network([4, 4, 4, 1], highlight=[1, 2, 0, 0])
    >>> picture
    <drawing of a network of 4 inputs and layers of 4, 4, 1 units>
    >>> gate = [([[0.5, 0.5]], [-0.7], "step")]
    >>> "input layer" in draw_network(gate, {"a": 1.0, "b": 1.0}).svg
    True
    """
    if show not in ("values", "gradients"):
        raise ValueError(f"show is 'values' or 'gradients', not {show!r}")
    network = Network(*read_network(model))
    row = _row(inputs, network.inputs)
    if input_names is None:
        input_names = _names_of(inputs, row)
    options = Options(
        theme_named(theme),
        digits,
        limit,
        show == "gradients",
        numbers,
        _path(highlight, network.sizes),
        _names(input_names, network.inputs, "input", "x"),
        _names(output_names, network.sizes[-1], "output", "y"),
        title,
    )
    if row is not None:
        network.run(row, loss)
    elif loss is not None:
        raise ValueError("loss needs inputs to compute with: draw_network(model, [1.0, 2.0], loss=...)")
    if show == "gradients" and loss is None:
        network.read_gradients()
    return NetworkDrawing(network, options)


def _row(inputs: Any, count: int) -> list[Value] | None:
    if inputs is None:
        return None
    given = list(inputs.values()) if isinstance(inputs, Mapping) else list(inputs)
    if len(given) != count:
        raise ValueError(f"the network has {count} inputs; {len(given)} numbers are given")
    return [x if isinstance(x, Value) else Value(as_float(x)) for x in given]


def _names_of(inputs: Any, row: list[Value] | None) -> list[str] | None:
    """What the inputs are called by their keys, or by their labels."""
    if isinstance(inputs, Mapping):
        return list(inputs)
    return [x.label or f"x{k}" for k, x in enumerate(row, 1)] if row and any(x.label for x in row) else None


def _names(given: Sequence[str] | None, count: int, what: str, letter: str) -> list[str]:
    if given is None:
        return [letter] if count == 1 and letter == "y" else [f"{letter}{k}" for k in range(1, count + 1)]
    if isinstance(given, str) or len(given) != count:
        raise ValueError(f"{what}_names is a list with a name for each of the {count} {what}s; not {given!r:.80}")
    return [str(name) for name in given]


def _path(highlight: Any, sizes: Sequence[int]) -> dict[int, set[int]]:
    """The highlighted units of each column."""
    if highlight is None:
        return {}
    entries = list(highlight)
    pairs = [entry for entry in entries if isinstance(entry, tuple | list) and len(entry) == 2]
    if not (pairs and len(pairs) == len(entries)):
        if pairs or len(entries) != len(sizes):
            example = [0] * len(sizes)
            raise ValueError(
                f"highlight names a unit of each of the {len(sizes)} columns, inputs first, such as {example}, or gives pairs "
                f"(layer, unit); not {highlight!r:.80}"
            )
        pairs = list(enumerate(entries))
    found: dict[int, set[int]] = {}
    for column, unit in pairs:
        if not isinstance(column, int) or not 0 <= column < len(sizes):
            raise ValueError(f"highlight: there is no layer {column!r}; 0 is the input, {len(sizes) - 1} the output")
        size = sizes[column]
        if unit is not None and not (isinstance(unit, int) and -size <= unit < size):
            raise ValueError(f"highlight: layer {column} has units 0 to {size - 1}, not {unit!r}")
        found.setdefault(column, set()).update(range(size) if unit is None else [unit % size])
    columns = sorted(found)
    if columns != list(range(columns[0], columns[-1] + 1)):
        raise ValueError(f"highlight leads from layer to layer, but goes through layers {columns}")
    return found
