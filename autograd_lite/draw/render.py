"""Drawing into files: `to_svg`, and `render` for the other formats."""

import os
from pathlib import Path
from typing import Any

from autograd_lite.draw.digraph import DOT, EXAMPLE, Digraph, write_picture
from autograd_lite.draw.dot import draw_dot
from autograd_lite.draw.layout import FORMATS, layout
from autograd_lite.draw.network import NetworkDrawing
from autograd_lite.files import write_result


def to_svg(root: Any, path: str | os.PathLike[str] | None = None, **options: Any) -> str:
    """Draw the graph under `root` as SVG.

    Parameters
    ----------
    root : Value or list of Value
    path : path, optional
        Where to write it.
    **options
        As for `draw_dot`.

    Returns
    -------
    str
        The SVG.

    Raises
    ------
    ValueError
        If the path ends in the name of another format.
    OSError
        If the file cannot be written.
    GraphvizNotFoundError
        If there is neither a `dot` program nor pygraphviz.
    """
    kind = "" if path is None else Path(path).suffix.lstrip(".").lower()
    if kind in FORMATS[1:] + DOT:
        raise ValueError(f"to_svg writes SVG; draw.render(root, {os.fspath(path)!r}) writes {kind.upper()}")  # type: ignore[arg-type]
    svg = layout(draw_dot(root, **options).source, "svg").decode("utf-8")
    if path is not None:
        write_result(path, svg, EXAMPLE)
    return svg


def render(root: Any, path: str | os.PathLike[str], **options: Any) -> Path:
    """Draw the graph under `root` into a file; its ending says how: .svg, .png, .pdf, .dot or .gv.

    Parameters
    ----------
    root : Value, list of Value, or a drawing that `draw_dot` or `draw_network` made
    path : path
    **options
        As for `draw_dot`.

    Returns
    -------
    pathlib.Path
        Where it was written.

    Raises
    ------
    ValueError
        If the path is empty or has another ending.
    OSError
        If the file cannot be written.
    GraphvizNotFoundError
        If there is neither a `dot` program nor pygraphviz.
    """
    if isinstance(root, NetworkDrawing):
        return root.save(path)
    return write_picture(root if isinstance(root, Digraph) else draw_dot(root, **options), path)
