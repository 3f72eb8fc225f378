"""What was recorded for one training step, kept for others like it: another `fit`, the next fold of a cross-validation.

A program depends on what was read when it was recorded, and on nothing else: on the state of a watch, that is, but for the numbers of
its Values.  So a step in a state of the same key has the same programs, and the same machine code, for other Values in the same places.
Only where all code is this package's: what a user's function has read that nobody sees is read again by the next training at least.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from operator import is_
from typing import Any

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.paths import Path
from autograd_lite.compiler.watch import State

#: So many steps are kept, those asked for last.
MOST = 32
_kept: OrderedDict[Hashable, "Recorded"] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Recorded:
    """What a training step consists of, but for Values and numbers.

    Attributes
    ----------
    update : Kernel
    penalty : Kernel or None
    known : tuple of Path
    outside : tuple of int
        Where the Values from outside stand among those of the state.
    code : dict
        What was compiled of it.
    kept : list
        Whose ids are in the key.
    """

    update: Kernel
    penalty: Kernel | None
    known: tuple[Path, ...] = ()
    outside: tuple[int, ...] = ()
    code: dict[Any, Any] = field(default_factory=dict)
    kept: list[Any] = field(default_factory=list)


def key_of(state: State, parameters: Sequence[Any], *more: Hashable) -> Hashable:
    """What steps have in common that have the same programs; None for a step that has its own."""
    if not state.own:
        return None
    first = len(parameters) <= len(state.values) and all(map(is_, parameters, state.values))
    places = None if first else tuple(state.places(parameters, "the training step", made=True))
    return state.key, len(parameters), places, more


def find(key: Hashable) -> Recorded | None:
    """What was recorded for a step with this key."""
    with _lock:
        if key is None or key not in _kept:
            return None
        _kept.move_to_end(key)
        return _kept[key]


def keep(key: Hashable, recorded: Recorded) -> None:
    """Keep what was recorded, unless it refers to one training's own things."""
    if key is None or any(path.rules for path in recorded.known) or None in recorded.outside:
        return
    with _lock:
        _kept[key] = recorded
        _kept.move_to_end(key)
        if len(_kept) > MOST:
            _kept.popitem(last=False)
