"""What a function has read from outside, watched: never stale.

A function reads more than its arguments: closures, defaults, globals, attributes of objects, of classes and of modules, what the
functions called from there read, and so on.  `Watch` says in what *state* all of it is.  A state is exact: 1 is not 1.0, 0.0 is
not -0.0, the order of what is in a container counts.  But Values are only places in it: their numbers are read anew at each call,
and where other Values stand in the same places, the state is the same.  Whether the caller is in `ieee` mode is part of it: there
an operation answers where it raises elsewhere, and a function may go another way.

Walking through everything (`walk.py`) takes a while, so a call compares references first, each with the very object that it was.
Only where one is another object, the state is found out again; most often it is the same, since what changed is read by nobody.
"""

import random
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import is_
from typing import Any

from autograd_lite.compiler.errors import TraceError
from autograd_lite.compiler.reads import Reads
from autograd_lite.compiler.walk import Seen, Walk, described
from autograd_lite.engine import locks, modes


class State:
    """What a function refers to was so.

    Attributes
    ----------
    values : list of Value
        Those in it, in the order in which they are met.
    ieee : bool
    key : tuple
        What it is known by; what is recorded in another state of the same key is the same, if all code is `own`, this package's.
    kept : list
        Whose ids are in the key, so that nothing else gets them.
    draws : bool
        Whether there are random generators that the code may draw from.
    """

    def __init__(self, walk: Walk, key: tuple[Any, ...]) -> None:
        self.values, self.ieee, self.key = walk.values, bool(key[0]), key
        self.draws = bool(walk.drawn)
        self.kept, self.own = walk.kept, walk.own and not self.draws

    def places(self, values: Sequence[Any], name: str, made: bool = False) -> list[int | None]:
        """Where these Values stand among those of the state; None for one that the function made, if that may be.

        Raises
        ------
        TraceError
            If one is nowhere, so that another Value in its place would not be seen.
        """
        known = dict(zip(map(id, self.values), range(len(self.values)), strict=True))
        places = [*map(known.get, map(id, values))]
        if None in places and not made:
            raise TraceError(
                f"{name} reads {values[places.index(None)]!r}, which is found in nothing that it refers to: another Value in its "
                "place would not be seen. Pass it in as an argument, or leave this function uncompiled"
            )
        return places

    def at(self, places: Sequence[int | None], values: Sequence[Any]) -> list[Any]:
        """The Values that stand now at these places; in those without a place the ones given."""
        return [value if place is None else self.values[place] for place, value in zip(places, values, strict=True)]


class Watch:
    """All that functions read besides their arguments.

    Parameters
    ----------
    *roots : object
        Functions, and objects that are called or given to them.
    apart : object, optional
        The last of the roots, if it is an object of which some attributes are left out, because they are known to be read anew.
    ignoring : collection of str
        These attributes.  Nothing else that is watched may read them.

    Examples
    --------
    >>> scale = [2.0]
    >>> watch = Watch(scale)
    >>> before = watch.state()
    >>> watch.state() is before
    True
    >>> scale[0] = 3.0
    >>> watch.state() is before
    False
    """

    def __init__(self, *roots: Any, apart: Any = None, ignoring: tuple[str, ...] = ()) -> None:
        self.roots, self.apart, self.ignoring = roots, apart, ignoring
        self.reads = Reads()
        self.by_name: dict[int, Any] = {}  # objects that have changed in what nobody reads
        self._states: weakref.WeakValueDictionary[Any, State] = weakref.WeakValueDictionary()
        #: What is compared at each call, and the state as long as that is the same; None if it has to be looked at.
        self.now: tuple[Seen, State] | None = None
        self._walk: Walk | None = None

    def state(self) -> State:
        """The state now.

        Raises
        ------
        TraceError
            If there is something whose changes could not be seen, with the line that reads it.
        """
        now = self.now
        if now is not None and now[1].ieee is modes.answering_ieee.get() and now[0].unchanged():
            return now[1]
        return self._look()

    def _look(self, walk: Walk | None = None) -> State:
        """The state that a walk has found, which is from now on the one to compare with."""
        with locks.watching:
            walk = walk or self.walked()
            walk.seen.keep()
            # Another thread may have changed something while it was walked through: then it is looked at again at the next call.
            steady = threading.active_count() == 1 or self.walked().tokens == walk.tokens
            ieee = modes.answering_ieee.get()
            key = (ieee, *walk.tokens)
            state = self._states.get(key)
            if state is None:
                state = self._states[key] = State(walk, key)
            elif self._walk is not None and (changed := self._walk.changed_spaces()):
                self.by_name.update((id(space), space) for space in changed)
                walk = self.walked()
                walk.seen.keep()
            if len(walk.values) != len(state.values) or not all(map(is_, walk.values, state.values)):
                state.values = walk.values
            walk.forget()
            self.now, self._walk = (walk.seen, state) if steady else None, walk
            return state

    def walked(self) -> Walk:
        """A walk through everything, with all the names that the code reads."""
        while True:
            known = _size(self.reads)
            walk = Walk(self.roots, self.reads, (self.apart, self.ignoring), self.by_name)
            if _size(self.reads) == known:
                return walk

    @contextmanager
    def generators_kept(self) -> Iterator[None]:
        """Put random generators back when the block is left: to record a function is not to call it."""
        drawn = self.walked().drawn
        try:
            yield
        finally:
            for generator, state in drawn:
                if isinstance(generator, random.Random):
                    generator.setstate(state)

    def settled(self, before: Walk, name: str) -> State:
        """The state after a function was recorded; refused if it has changed what it reads when it was called a second time.

        Raises
        ------
        TraceError
            Saying what has changed, and the line that reads it.
        """
        after = self.walked()
        if after.tokens == before.tokens and after.drawn == before.drawn:
            return self._look(after)
        pairs = enumerate(zip(before.tokens, after.tokens, strict=False))
        place = next((k for k, (one, other) in pairs if one != other), None)
        what = described(after.places[place]) if place is not None else "the random numbers that it draws"
        raise TraceError(
            f"{name} recorded two different programs for the same arguments, or would: it depends on something besides them "
            f"that it changes, {what}. Random numbers or a state that it changes have to be passed in as an argument"
        )


def _size(reads: Reads) -> tuple[int, ...]:
    return len(reads.attributes), sum(reads.attributes.values()), reads.any_attribute, reads.any_global
