"""Who draws a thing in a notebook.

Jupyter asks an object for `_repr_svg_`, but a node knows nothing of drawing, which is layers above it.  So it asks here, and the
package's front, which may know everybody, has put a function here that imports the drawing when it is first needed.
"""

from collections.abc import Callable
from typing import Any

#: For "graph" and "network" the function that draws one as SVG; it gives None where only text can be shown.
drawers: dict[str, Callable[[Any], str | None]] = {}


def picture(kind: str, thing: Any) -> str | None:
    """`thing` as SVG; None, which a notebook takes as "show the text", if nobody draws that kind."""
    draw = drawers.get(kind)
    return None if draw is None else draw(thing)


__all__ = ["drawers", "picture"]
