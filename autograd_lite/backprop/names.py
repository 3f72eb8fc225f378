"""Other places for what `structure` has: names, and the checked order of a graph."""

from typing import Any

from autograd_lite import Value
from autograd_lite.formatting import short as _short
from autograd_lite.structure.names import Names, clean, d, one_word, operand_name
from autograd_lite.structure.snapshot import CHECKED, Snapshot, checked_root, cycle_error


def short(number: Any) -> str:
    """A float in six digits, recognisable as one: `formatting.short(number, 6, point=True)`."""
    return _short(number, 6, point=True)


def checked_order(root: Any, doing: str = "stepping") -> list[Value]:
    """`Snapshot.of(root, doing).order`."""
    return Snapshot.of(root, doing).order


__all__ = [
    "CHECKED",
    "Names",
    "checked_order",
    "checked_root",
    "clean",
    "cycle_error",
    "d",
    "one_word",
    "operand_name",
    "short",
]
