"""From DOT to a picture: with the `dot` program where there is one, else with the Graphviz that comes inside pygraphviz."""

import os
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import Any

FORMATS = ("svg", "png", "pdf")


class GraphvizNotFoundError(RuntimeError):
    """Neither a `dot` program nor pygraphviz is there to lay a graph out."""


def layout(source: str, format: str) -> bytes:
    """The picture of DOT text.

    Parameters
    ----------
    source : str
    format : {"svg", "png", "pdf"}

    Returns
    -------
    bytes

    Raises
    ------
    GraphvizNotFoundError
        With what to install.
    """
    if format not in FORMATS:
        raise ValueError(f"a picture is written as {', '.join(FORMATS)} or dot, not {format!r}")
    program = shutil.which("dot")
    if program:
        return subprocess.run([program, f"-T{format}"], input=source.encode(), capture_output=True, check=True).stdout
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pygraphviz
    except ImportError:
        raise GraphvizNotFoundError(
            'to lay a graph out, install the drawing extra, pip install "autograd-lite[draw]", or the Graphviz program; '
            "draw_dot(root).source is the DOT text, which needs neither"
        ) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # remarks of Graphviz about fonts
        picture: bytes = pygraphviz.AGraph(string=source).draw(format=format, prog="dot")
    return picture


def svg_of(source: str) -> str:
    """DOT text as SVG text."""
    return layout(source, "svg").decode("utf-8")


def to_svg(root: Any, path: str | os.PathLike[str] | None = None, **options: Any) -> str:
    """Draw the graph under `root` as SVG.

    Parameters
    ----------
    root : Value
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
    OSError
        If the file cannot be written.
    GraphvizNotFoundError
        If there is neither a `dot` program nor pygraphviz.
    """
    from autograd_lite.draw.dot import draw_dot

    svg = svg_of(draw_dot(root, **options).source)
    if path is not None:
        write(svg.encode("utf-8"), path)
    return svg


def render(root: Any, path: str | os.PathLike[str], **options: Any) -> Path:
    """Draw the graph under `root` into a file; its ending says how: .svg, .png, .pdf or .dot.

    Returns
    -------
    pathlib.Path
        Where it was written.
    """
    from autograd_lite.draw.dot import draw_dot

    kind = Path(path).suffix.lstrip(".").lower()
    if kind not in (*FORMATS, "dot"):
        raise ValueError(f"the name of the picture ends in .svg, .png, .pdf or .dot; {str(path)!r} does not")
    source = draw_dot(root, **options).source
    write(source.encode("utf-8") if kind == "dot" else layout(source, kind), path)
    return Path(path)


def write(content: bytes, path: str | os.PathLike[str]) -> None:
    """Write a file whole or not at all."""
    if not str(path):
        raise ValueError("the name of the file is empty")
    target = Path(path)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
