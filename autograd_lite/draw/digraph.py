"""`Digraph`: DOT text that draws, saves and shows itself, with no Graphviz program needed."""

import os
import shutil
from pathlib import Path
from typing import Any

import graphviz

from autograd_lite.draw.layout import FORMATS, GraphvizNotFoundError, layout
from autograd_lite.files import write_result

#: For messages about the name of a file.
EXAMPLE = "graph.svg"
#: How the name of a file of DOT ends.
DOT = ("dot", "gv")


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
        return str(self.pipe("svg", encoding="utf-8"))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict[str, str]:
        try:
            return {"image/svg+xml": self._repr_svg_()}
        except GraphvizNotFoundError as error:
            return {"text/plain": str(error)}


def write_picture(drawing: Digraph, path: str | os.PathLike[str], svg: str | None = None) -> Path:
    """Write a drawing in the format that the ending of `path` names; `svg` is used for SVG if there is one."""
    kind = Path(path).suffix.lstrip(".").lower()
    if kind not in (*FORMATS, *DOT):
        raise ValueError(f"the name of the picture ends in .svg, .png, .pdf or .dot; {str(path)!r} does not")
    if kind in DOT:
        return write_result(path, drawing.source, EXAMPLE)
    return write_result(path, svg if svg and kind == "svg" else layout(drawing.source, kind, drawing.engine), EXAMPLE)
