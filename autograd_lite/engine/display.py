"""How a node shows itself: as text, and in a notebook as a picture.

Jupyter asks an object for `_repr_svg_`, but a node knows nothing of drawing, which is layers above it.  So it asks here, and the
package's front, which may know everybody, has put a function here that imports the drawing when it is first needed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_lite.engine.methods import methods
from autograd_lite.engine.value import Value

#: For "graph" and "network" the function that draws one as SVG; it gives None where only text can be shown.
drawers: dict[str, Callable[[Any], str | None]] = {}


def picture(kind: str, thing: Any) -> str | None:
    """`thing` as SVG; None, which a notebook takes as "show the text", if nobody draws that kind."""
    draw = drawers.get(kind)
    return None if draw is None else draw(thing)


@methods
class _Shown(Value):
    __slots__ = ()

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        grad = self.grad.data if isinstance(self.grad, Value) else self.grad
        return f"{type(self).__name__}(data={float(self.data)!r}, grad={float(grad)!r}{label})"

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else str(self)

    def _repr_svg_(self) -> str | None:
        """The graph of this node, for notebooks; None (they show the text then) without the drawing extra."""
        return picture("graph", self)
