"""From DOT to a picture: with the `dot` program where there is one, else with the Graphviz that comes inside pygraphviz."""

import os
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import graphviz

from autograd_lite.draw.quiet import without_font_remarks
from autograd_lite.files import write_result

#: What a picture can be written as, beside DOT itself.
FORMATS = ("svg", "png", "pdf")

#: For messages about the name of a file.
EXAMPLE = "graph.svg"

#: A file of this kind is the DOT text.
_TEXTS = ("dot", "gv")


class GraphvizNotFoundError(RuntimeError):
    """Neither a `dot` program nor pygraphviz is there to lay a graph out."""


def layout(source: str, format: str, engine: str = "dot") -> bytes:
    """The picture of DOT text.

    Parameters
    ----------
    source : str
        DOT.
    format : {"svg", "png", "pdf"}
    engine : {"dot", "neato"}, default "dot"
        Graphviz's program for the layout.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If the format is another one.
    GraphvizNotFoundError
        With what to install.
    RuntimeError
        If Graphviz cannot read `source`, with what it says.
    """
    if format not in FORMATS:
        raise ValueError(f"a picture is written as {', '.join(FORMATS)} or dot, not {format!r}")
    program = shutil.which(engine)
    if program:
        done = subprocess.run([program, f"-T{format}"], input=source.encode(), capture_output=True, check=False)
        if done.returncode or not done.stdout:
            raise RuntimeError(f"{program} could not draw the graph: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pygraphviz
    except ImportError:
        raise GraphvizNotFoundError(
            'to lay a graph out, install the drawing extra, pip install "autograd-lite[draw]", or the Graphviz program; '
            "draw_dot(root).source is the DOT text, which needs neither, and to_text(root) draws in the terminal"
        ) from None
    with warnings.catch_warnings(), without_font_remarks():
        warnings.simplefilter("ignore")  # remarks of Graphviz about fonts
        with pygraphviz.AGraph(string=source) as graph:
            picture: bytes = graph.draw(format=format, prog=engine)
    return picture


class Digraph(graphviz.Digraph):  # type: ignore[misc]
    """`graphviz.Digraph` whose `render`, `pipe` and display in a notebook also work where no `dot` program is installed."""

    def pipe(self, format: str | None = None, *args: Any, encoding: str | None = None, **options: Any) -> Any:
        """The picture as bytes, or as text if an encoding is given; as `graphviz.Digraph.pipe`."""
        if shutil.which(self.engine):
            return super().pipe(format, *args, encoding=encoding, **options)
        picture = layout(self.source, format or self.format, self.engine)
        return picture if encoding is None else picture.decode(encoding)

    def render(self, filename: Any = None, directory: Any = None, view: bool = False, *args: Any, **options: Any) -> str:
        """Write DOT and picture, and return the picture's path; as `graphviz.Digraph.render`."""
        if shutil.which(self.engine):
            return str(super().render(filename, directory, view, *args, **options))
        outfile = options.get("outfile")
        target = Path(outfile) if outfile else None
        format = options.get("format") or (target.suffix.lstrip(".") if target else self.format)
        text = Path(self.save(target.with_suffix(".gv") if target and filename is None else filename, directory))
        picture = layout(self.source, format, self.engine)
        target = target or text.with_name(f"{text.name}.{format}")
        write_result(target, picture, EXAMPLE)
        if options.get("cleanup"):
            text.unlink()
        if view:
            self._view(str(target), format=format, quiet=bool(options.get("quiet_view")))
        return str(target)

    def _repr_svg_(self) -> str:
        svg: str = self.pipe("svg").decode("utf-8")
        return svg

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict[str, str]:
        try:
            return {"image/svg+xml": self._repr_svg_()}
        except GraphvizNotFoundError as error:
            return {"text/plain": str(error)}


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
    from autograd_lite.draw.dot import draw_dot

    kind = "" if path is None else Path(path).suffix.lstrip(".").lower()
    if kind in FORMATS[1:] + _TEXTS:
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
    from autograd_lite.draw.dot import draw_dot
    from autograd_lite.draw.network import NetworkDrawing

    kind = Path(path).suffix.lstrip(".").lower()
    if not str(path):
        raise ValueError("the name of the picture is empty; give a path such as 'graph.svg'")
    if kind not in (*FORMATS, *_TEXTS):
        raise ValueError(f"the name of the picture ends in .svg, .png, .pdf or .dot; {str(path)!r} does not")
    if isinstance(root, NetworkDrawing) and kind == "svg":
        return write_result(path, root.svg, EXAMPLE)
    drawing = (
        root.digraph
        if isinstance(root, NetworkDrawing)
        else root
        if isinstance(root, Digraph)
        else draw_dot(root, **options)
    )
    picture = drawing.source if kind in _TEXTS else layout(drawing.source, kind, drawing.engine)
    return write_result(path, picture, EXAMPLE)


__all__ = ["FORMATS", "Digraph", "GraphvizNotFoundError", "layout", "render", "to_svg"]
