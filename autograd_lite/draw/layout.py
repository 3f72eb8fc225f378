"""From DOT to a picture: with the `dot` program where there is one, else with the Graphviz that comes inside pygraphviz."""

import shutil
import subprocess
import warnings

from autograd_lite.draw.fontconfig import without_fontconfig_warnings

#: What a picture can be written as, beside DOT itself.
FORMATS = ("svg", "png", "pdf")


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
    with warnings.catch_warnings(), without_fontconfig_warnings():
        warnings.simplefilter("ignore")  # remarks of Graphviz about fonts
        with pygraphviz.AGraph(string=source) as graph:
            picture: bytes = graph.draw(format=format, prog=engine)
    return picture
