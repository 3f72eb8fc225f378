"""Labels from the names of variables: `label_all(locals())`."""

import sys
from collections.abc import Mapping
from typing import Any

from autograd_lite import Value


def label_all(names: Mapping[str, Any] | None = None) -> list[str]:
    """Give every unlabelled Value the name of the variable that holds it; lists and dicts of Values, too (`w[0]`, `p['b']`).

    Parameters
    ----------
    names : mapping of str to object, optional
        The variables, such as `locals()`; those of the caller if left out.  Names that begin with an underscore are skipped.

    Returns
    -------
    list of str
        The labels that were given.

    Examples
    --------
    >>> w, xs = Value(2.0), [Value(1.0), Value(3.0)]
    >>> L = w * xs[0] + xs[1]
    >>> label_all({"w": w, "xs": xs, "L": L})
    ['w', 'xs[0]', 'xs[1]', 'L']
    >>> L.label
    'L'
    """
    if names is None:
        frame = sys._getframe(1)
        names = {**frame.f_globals, **frame.f_locals}
    given: list[str] = []

    def label(thing: Any, name: str, depth: int) -> None:
        if isinstance(thing, Value):
            if not thing.label:
                thing.label = name
                given.append(name)
        elif depth and isinstance(thing, list | tuple):
            for k, one in enumerate(thing):
                label(one, f"{name}[{k}]", depth - 1)
        elif depth and isinstance(thing, dict):
            for key, one in thing.items():
                label(one, f"{name}[{key!r}]", depth - 1)

    for name, thing in list(names.items()):
        if not name.startswith("_"):
            label(thing, name, 3)
    return given
