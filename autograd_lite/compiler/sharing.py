"""What was recorded for one function or training step, kept for others like it: another `fit`, the next fold of a cross-validation.

A program depends on what was read when it was recorded, and on nothing else: on the state of a watch, that is, but for the numbers of
its Values.  So in a state of the same key there are the same programs, and the same machine code, for other Values in the same places.
Only where all code is this package's: what a user's function has read that nobody sees is read again by the next training at least.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

from autograd_lite.engine import locks

#: So much is kept, what was asked for last.
MOST = 64
#: By key what was recorded, and whose ids are in the key.
_kept: OrderedDict[Hashable, tuple[Any, list[Any]]] = OrderedDict()


def find(key: Hashable) -> Any:
    """What was recorded under a key; None if nothing is."""
    with locks.shared:
        if key is None or key not in _kept:
            return None
        _kept.move_to_end(key)
        return _kept[key][0]


def keep(key: Hashable, recorded: Any, kept: list[Any]) -> None:
    """Keep what was recorded; under None nothing is."""
    if key is None:
        return
    with locks.shared:
        _kept[key] = recorded, kept
        _kept.move_to_end(key)
        if len(_kept) > MOST:
            _kept.popitem(last=False)
