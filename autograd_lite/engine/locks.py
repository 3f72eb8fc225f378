"""The locks of the package.  A child that is forked gets none that no thread of its own would release, nor half of what one guards:
whoever forks waits for all of them, in the order in which a thread may take one inside another."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

#: Held while gradients are written, so that passes over nodes that threads share come one after the other.
writing = threading.RLock()
#: Held while machine code is made, and while the modules are imported that make it.
generating = threading.RLock()
#: Held while it is counted how many recordings, and how many modes, are under way.
recordings = threading.Lock()
modes = threading.Lock()
#: Held while it is found out what compiled functions read from outside.
watching = threading.RLock()
#: Held while it is noted what is switched, by which threads.
switching = threading.RLock()
#: Held while programs that are shared are looked up.
shared = threading.Lock()

#: By the `id` of what is switched how to switch it back, and the threads that want it so, one for each time.
_switched: dict[int, tuple[Callable[[], Any], list[int]]] = {}


@contextmanager
def switched(things: Iterable[Any], undo: Callable[[Any], Callable[[], Any]]) -> Iterator[None]:
    """Things that any thread may switch inside the block, all to the same: who leaves last switches them back, as `undo` says it was.

    >>> import sys
    >>> with switched([sys], lambda _: lambda: print("back")):
    ...     with switched([sys], lambda _: lambda: print("not asked")):
    ...         pass
    back
    """
    here, places = threading.get_ident(), []
    try:
        with switching:
            for thing in things:
                if id(thing) not in _switched:
                    _switched[id(thing)] = undo(thing), []
                _switched[id(thing)][1].append(here)
                places.append(id(thing))
        yield
    finally:
        with switching:
            for place in places:
                _switched[place][1].remove(here)
                _switch_back(place)


def _switch_back(place: int) -> None:
    back, threads = _switched[place]
    if not threads:
        del _switched[place]
        back()


def _keep_own() -> None:
    """In a child no thread goes on but the one that forked."""
    for place, (_, threads) in [*_switched.items()]:
        threads[:] = [one for one in threads if one == threading.get_ident()]
        _switch_back(place)


if hasattr(os, "register_at_fork"):
    # What was registered last is taken first.
    for _one in (shared, modes, recordings, watching, generating, writing, switching):
        os.register_at_fork(before=_one.acquire, after_in_parent=_one.release, after_in_child=_one.release)
    os.register_at_fork(after_in_child=_keep_own)
