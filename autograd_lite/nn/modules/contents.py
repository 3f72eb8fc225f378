"""What stands in a module: its parameters and modules by name, found by a walk, and found anew when something has changed.

A walk through attributes, lists and dicts takes a microsecond a parameter, and a training step asks twice.  So what was looked at
is kept beside what was found, and compared with what stands there now, object by object, which takes a small part of that; it
does not matter what was set, appended, removed or replaced, or how.
"""

import gc
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from operator import is_
from typing import Any

from autograd_lite.engine.value import Value


class Holder:
    """Base of what is searched for parameters, in its attributes."""


#: Nothing of another kind holds parameters, so it does not matter when one such thing takes the place of another.
_HOLDING = (Holder, Value, list, tuple, dict)
#: How those dicts are gone through of which it is known what that depends on.
_KNOWN_WAYS = {one for kind in (dict, OrderedDict) for one in (kind.items, kind.values)}


class Contents:
    """What stands in a module.

    Parameters
    ----------
    root : Holder
        It is not kept, so that it can go; what stands in it is.

    Attributes
    ----------
    names, parameters : list
        Each leaf once, and what it is called.
    modules : list of tuple
        Each module inside once, with its name before it.
    doubled : str
        The name of two parameters; "" if there is none.
    lasting : bool
        Whether all changes can be seen; not where a container goes through its contents in a way of its own.
    """

    def __init__(self, root: Holder) -> None:
        self.names: list[str] = []
        self.parameters: list[Value] = []
        self.modules: list[tuple[str, Any]] = []
        self.doubled = ""
        self.lasting = True
        self._holders: list[Holder] = []
        self._spaces: list[Any] = []
        self._mappings: list[Any] = []
        self._lists: list[Any] = []
        self._keys: list[Any] = []
        self._values: list[Any] = []
        self._elements: list[Any] = []
        self._search(root, "", {id(root)}, set())
        self._sizes = self._sizes_now()
        del self._holders[0]

    def _search(self, thing: Any, name: str, seen: set[int], names: set[str]) -> None:
        """Find what a thing is or what is in it, apart from the objects and names that were seen."""
        new = id(thing) not in seen
        seen.add(id(thing))
        if isinstance(thing, Value):
            if new and thing.is_leaf:
                if name in names:
                    self.doubled = self.doubled or name
                names.add(name)
                self.names.append(name)
                self.parameters.append(thing)
            return
        pairs = self._pairs(thing)
        if new and isinstance(thing, Holder):
            self.modules.append((name, thing))
            _known.pop(id(thing), None)  # no need to keep twice what it is called
        for called, member in named(thing, name, pairs):
            if isinstance(member, _HOLDING):
                self._search(member, called, seen, names)

    def _pairs(self, thing: Any) -> list[tuple[Any, Any]]:
        """What is in a container, remembered as it is at this moment."""
        pairs = items(thing)
        if isinstance(thing, tuple):  # cannot change
            self.lasting &= type(thing).__iter__ is tuple.__iter__
        elif isinstance(thing, Holder | dict):
            if isinstance(thing, Holder):
                self._holders.append(thing)
                self._spaces.append(vars(thing))
            else:
                self.lasting &= {type(thing).items, type(thing).values} <= _KNOWN_WAYS
            self._mappings.append(vars(thing) if isinstance(thing, Holder) else thing)
            self._keys += [key for key, _ in pairs]
            self._values += [member for _, member in pairs]
        else:
            self._lists.append(thing)
            self._elements += [member for _, member in pairs]
        return pairs

    def _sizes_now(self) -> list[int]:
        """How much is in each container: what moves from the end of one to the beginning of the next is in the same order."""
        return [*map(len, self._mappings), *map(len, self._lists)]

    def told_apart(self) -> "Contents":
        """The same, if its parameters can be told apart by their names.

        Raises
        ------
        ValueError
            If two would have the same.
        """
        if self.doubled:
            raise ValueError(f"two parameters would be called {self.doubled!r}: give one of the attributes another name")
        return self

    def still(self, root: Holder) -> bool:
        """Whether the same stands in the module now."""
        keys: list[Any] = []
        values: list[Any] = []
        elements: list[Any] = []
        for mapping in self._mappings:
            keys += mapping
            values += mapping.values()
        for one in self._lists:
            elements += one
        spaces = [vars(root), *map(vars, self._holders)]
        if self._sizes_now() != self._sizes or not (
            _same(elements, self._elements) and _same(keys, self._keys) and _same(spaces, self._spaces)
        ):
            return False
        if _same(values, self._values):
            return True
        changed = [pair for pair in zip(values, self._values, strict=False) if pair[0] is not pair[1]]
        if len(values) != len(self._values) or any(isinstance(one, _HOLDING) for pair in changed for one in pair):
            return False
        self._values = values
        return True


def _same(now: list[Any], known: list[Any]) -> bool:
    """Whether two lists hold the same objects."""
    return len(now) == len(known) and all(map(is_, now, known))


_known: dict[int, tuple[weakref.ref[Holder], Contents]] = {}


def contents(root: Holder) -> Contents:
    """What stands in a module now.

    >>> class Line(Holder):
    ...     def __init__(self):
    ...         self.slope, self.offsets = Value(2.0), [Value(1.0), Value(3.0)]
    >>> line = Line()
    >>> contents(line).names
    ['slope', 'offset1', 'offset2']
    >>> contents(line) is contents(line)
    True
    >>> del line.offsets[0]
    >>> contents(line).names
    ['slope', 'offset1']
    """
    there, found = _known.get(id(root), (None, None))
    if there is None or found is None or there() is not root or not found.still(root):
        place = id(root)
        found = Contents(root)
        if found.lasting:
            _known[place] = weakref.ref(root, lambda _: _known.pop(place, None)), found
        else:
            _known.pop(place, None)
    return found


def _let_go(phase: str, info: dict[str, int]) -> None:
    """Before a full collection, forget everything: what stands in a module may lead back to it, and would keep it for ever."""
    if phase == "start" and info["generation"] == 2:
        _known.clear()


gc.callbacks.append(_let_go)


def items(thing: Any) -> list[tuple[Any, Any]]:
    """What is in a module, list, tuple or dict, each with its attribute's name, number or key; nothing for anything else."""
    if isinstance(thing, Holder):
        return [*vars(thing).items()]
    if isinstance(thing, dict):
        return [*thing.items()]
    return [*enumerate(thing, 1)] if isinstance(thing, list | tuple) else []


def named(thing: Any, name: str, pairs: Iterable[tuple[Any, Any]]) -> Iterator[tuple[str, Any]]:
    """What is in a container called `name`, with its names; attributes that begin with an underscore are private.

    The elements of a list `layers` are called `layer1` and so on, those of `w` are `w1`, those of `bias` are `bias1`.  A list in a
    list goes on after an underscore, `w1_2`, since `w12` is the twelfth element of `w`.
    """
    if isinstance(thing, Holder):
        pairs = [pair for pair in pairs if not pair[0].startswith("_")]
        before = f"{name}." if name else ""
    elif isinstance(thing, dict):
        before = f"{name}."
    else:
        plural = len(name) > 2 and name.endswith("s") and name[-2] not in "sua"
        before = f"{name[:-1] if plural else name}{'_' if name[-1:].isdigit() else ''}"
    for key, member in pairs:
        yield f"{before}{key}", member
