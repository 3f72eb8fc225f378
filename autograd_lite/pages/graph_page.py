"""`to_html` and `save_page`: a computation to step through in a browser, as one file."""

import contextlib
import os
from pathlib import Path
from typing import Any

from autograd_lite import Value
from autograd_lite.engine.numbers import as_float
from autograd_lite.files import write_result
from autograd_lite.nn.arguments import check_count
from autograd_lite.pages.document import assemble, static
from autograd_lite.pages.folded_data import folded_data
from autograd_lite.pages.graph_data import drawn_whole, graph_data
from autograd_lite.pages.javascript import UntranslatableError, operations
from autograd_lite.structure import Snapshot
from autograd_lite.terminal import printable

#: Views with more boxes than this are not what a page opens with.
LIMIT = 45
#: Of `static/`, in the order in which they build on each other.
SCRIPTS = [
    "base.js", "state.js", "layout.js", "boxes.js", "graph.js", "update.js", "camera.js", "step.js", "node.js", "listing.js",
    "whatif.js", "main.js",
]  # fmt: skip


def to_html(
    loss: Value,
    path: str | os.PathLike[str] | None = None,
    *,
    title: str = "",
    gradient: float = 1.0,
    limit: int = LIMIT,
    theme: str = "auto",
    step: int = 0,
) -> str:
    """A page that steps through the forward and the backward pass of `loss`: one file, no network, no dependencies.

    Parameters
    ----------
    loss : Value
        The result; its graph is shown.  Nothing in it is changed, and no `backward()` need have been called.
    path : path, optional
        Where to write the page.
    title : str, optional
    gradient : float, default 1.0
        Where the backward pass starts, as for `backward`.
    limit : int, default 45
        The page opens with the finest view that has so many boxes at most; others can be chosen on the page.
    theme : {"auto", "light", "dark"}, default "auto"
        "auto" follows the reader's system.
    step : int, default 0
        The step the page opens at.

    Returns
    -------
    str
        The HTML.

    Raises
    ------
    TypeError
        If `loss` is not a Value.
    ValueError
        If another argument makes no sense.
    GraphError
        If the graph has a cycle, made by hand.
    OSError
        If the file cannot be written.

    Notes
    -----
    The page shows the chain rule as it is: hooks that replace gradients are not called.

    Examples
    --------
    >>> w, x = Value(-2.0, label="w"), Value(5.0, label="x")
    >>> page = to_html(w * x)
    >>> page.startswith("<!DOCTYPE html>"), "http://" in page.replace("http://www.w3.org/2000/svg", "")
    (True, False)
    """
    graph = Snapshot.of(loss, "a page")
    limit, step = check_count("limit", limit), check_count("step", step, least=0)
    build = graph_data if drawn_whole(graph) else folded_data
    data = build(graph, as_float(gradient), limit)
    data.update(title=printable(title) or f"Back-propagation of {graph.names[loss]}", nodes=len(graph), step=step)
    page = assemble(data["title"], "graph.html", ["base.css", "graph.css"], SCRIPTS, data, theme, _arithmetic(data))
    if path is not None:
        write_result(path, page, "page.html")
    return page


def _arithmetic(data: dict[str, Any]) -> str:
    """The operations of the graph in JavaScript, where all of them can be written so: then numbers can be changed on the page."""
    used = {atom["key"] for atom in data["atoms"] if "key" in atom}
    with contextlib.suppress(UntranslatableError):
        if used:
            return static("arithmetic.js") + operations(used)
    return "const OPERATIONS = null;"


def save_page(loss: Value, path: str | os.PathLike[str], **options: Any) -> Path:
    """Write the page of `loss`; `options` are those of `to_html`.

    Returns
    -------
    pathlib.Path
        Where it was written.

    Raises
    ------
    TypeError, ValueError, GraphError, OSError
        As `to_html`.
    """
    return write_result(path, to_html(loss, **options), "page.html")
