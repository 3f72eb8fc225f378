"""A walk through all that a function reads besides its arguments: closures, defaults, globals, attributes, containers, to any depth.

Of an object those attributes count which the code names, in whatever function: an over-estimate that is never too small.  Code of
this package and of the libraries in `_CONSTANT` is taken as it is, so of their objects all attributes count.  What cannot be looked
into, an iterator most often, is refused with the line that reads it.
"""

import builtins
import collections
import gc
import inspect
import io
import itertools
import logging
import os
import pickle
import random
import re
import sys
import threading
import time as clock
import types
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from ctypes import c_char, c_void_p
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from functools import cached_property, lru_cache, partial
from itertools import repeat
from operator import attrgetter, methodcaller
from pathlib import Path, PosixPath, PurePath, WindowsPath
from struct import pack
from typing import Any

from autograd_lite.compiler.errors import TraceError
from autograd_lite.compiler.reads import Reads, line_of, reads_of
from autograd_lite.engine.value import Value
from autograd_lite.rules import RULES

_OWN = __name__.partition(".")[0]
#: Libraries whose objects have no numbers that a function could compute with.
_TOOLS = ("_pytest", "pytest", "IPython", "ipykernel", "matplotlib", "llvmlite", "hypothesis")
_CONSTANT = sys.stdlib_module_names | {_OWN, "numpy", "scipy", "pandas", "torch", "jax", "jaxlib", "sklearn", *_TOOLS}
#: Classes of theirs that read no attributes.
_PLAIN_BASES = ("builtins", "abc", "typing", "enum", "types", "_thread", "unittest.case")
#: Modules of this package whose things are not looked into: there is nothing of the user's in them.
_CLOSED = tuple(f"{_OWN}.{part}" for part in ("engine", "rules", "expression", "replay"))
_ABSENT = object()
#: What is the same for ever: known by itself, or by its text.
_SCALARS = frozenset({int, str, bytes, bool, type(None), range})
_BY_TEXT = (float, complex, PurePath)
_ORDERED = (list, tuple, collections.deque, set, frozenset)
#: What has no number in it that a function could compute with.
_HARMLESS = (io.IOBase, re.Pattern, type(threading.Lock()), type(threading.RLock()), random.Random, itertools.count)
#: Of these those attributes count that the code names.
_NAMED_ONLY = (logging.Logger, logging.Handler, threading.Thread)
#: What reads a file, and with a file, a text in memory.
_READING = frozenset({"read", "readline", "readlines", "getvalue", "getbuffer"})
#: If all that happens to one is that it is counted up or added to, it has no influence on what is computed.
_PASSIVE = (int, float, list, set, dict, bytearray, collections.deque, collections.Counter, collections.defaultdict)
#: What stands behind things that have nothing of their own.
_BEHIND: list[tuple[Any, Callable[[Any], Any]]] = [
    (types.MethodType, lambda method: (method.__func__, method.__self__)), (property, lambda one: (one.fget,)),
    (cached_property, lambda one: (one.func,)), ((staticmethod, classmethod), lambda one: (one.__func__,)),
    (types.MappingProxyType, gc.get_referents),
]  # fmt: skip
#: Methods that run when an object is made, and not when one that is there is used.
_MAKERS = frozenset({"__init__", "__new__", "__post_init__", "__init_subclass__", "__set_name__", "__del__"})
#: What takes names of attributes as texts.
_BY_NAME = {id(one): one.__name__ for one in (getattr, hasattr, vars, dir, attrgetter, methodcaller, inspect.getattr_static)}
#: The step from an object to its class.
_ITS_CLASS = "."
#: What reads files, the keyboard, the clock.
_WORLD = frozenset({open, input, clock.time, clock.time_ns, clock.localtime, clock.gmtime, clock.ctime, os.getcwd})
_OUTSIDE = frozenset({date, datetime, Path, PosixPath, WindowsPath})
_WORLD_NAMES = frozenset({"now", "today", "utcnow", "read_text", "read_bytes"})
#: Attributes of Values, which are looked at where the code names them.
_OF_VALUES = ("label", "requires_grad", "is_constant", "is_leaf", "op")
#: Where something stands: the place of what it was found in, and the step from there, at first a name in a function's code.
Place = Any
Children = list[tuple[Any, Any]]


@dataclass
class Seen:
    """What is compared at each call: references by identity, contents of buffers by their bytes."""

    containers: list[Any] = field(default_factory=list)
    keyed: list[Any] = field(default_factory=list)
    named: list[tuple[Any, tuple[str, ...]]] = field(default_factory=list)
    readers: list[Callable[[], Any]] = field(default_factory=list)
    contents: list[Callable[[], Any]] = field(default_factory=list)
    known: list[Any] = field(default_factory=list)
    pointers: Any = b""
    read_pointers: Any = None
    bytes_known: list[Any] = field(default_factory=list)

    def references(self) -> list[Any]:
        """What all that is watched refers to, now."""
        found = gc.get_referents(*self.containers)
        for mapping, names in self.named:
            found += map(mapping.get, names, repeat(_ABSENT))
        for one in self.keyed:
            found += one
        if self.readers:
            found += [read() for read in self.readers]
        return found

    def keep(self) -> None:
        """Remember how it is now; what is referred to is kept alive, so that nothing else can take its place in memory."""
        self.known = self.references()
        self.read_pointers = _reader(len(self.known))
        self.pointers = self.read_pointers(self.known)
        self.bytes_known = [read() for read in self.contents]

    def unchanged(self) -> bool:
        """Whether it is as it was."""
        try:
            now = self.references()
            same = len(now) == len(self.known) and self.read_pointers(now) == self.pointers
            return same and (not self.contents or [read() for read in self.contents] == self.bytes_known)
        except (RuntimeError, LookupError):  # changed by another thread while it was read
            return False


#: Where a list has the address of its objects' addresses: behind its head and its length.
_ADDRESS = object.__basicsize__ + tuple.__itemsize__


def _reader(count: int) -> Callable[[list[Any]], Any]:
    """A function that gives for lists of `count` objects what is equal for the same objects only."""
    if not _READABLE or not count:
        return lambda things: [*map(id, things)]
    piece, where = (c_char * (tuple.__itemsize__ * count)).from_address, c_void_p.from_address
    return lambda things: piece(where(id(things) + _ADDRESS).value or 0).raw


#: Whether the addresses of what is in a list can be read in one piece, where they stand.  Tried on one as long as it says.
_READABLE = sys.implementation.name == "cpython" and list.__basicsize__ == _ADDRESS + 2 * tuple.__itemsize__
_READABLE = _READABLE and _reader(2)([None, _ABSENT]) == pack("PP", id(None), id(_ABSENT))


class Walk:
    """One walk.

    Attributes
    ----------
    tokens, places : list
        What describes the state exactly, and for each where it was found.
    values : list of Value
        As they are met; in the tokens they are numbers of places in this list.
    seen : Seen
        What to compare at each call.
    drawn : list of tuple
        Random generators, and their states.
    """

    def __init__(
        self, roots: tuple[Any, ...], reads: Reads, apart: tuple[Any, tuple[str, ...]], by_name: dict[int, Any]
    ) -> None:
        self.reads, self.by_name = reads, by_name
        self.apart, self.ignoring = apart  # attributes of a root that are left out
        self.tokens: list[Any] = []
        self.places: list[Place] = []
        self.values: list[Any] = []
        self.drawn: list[Any] = []
        self.kept: list[Any] = []  # what is known by its id in the tokens
        self.seen = Seen()
        self.spaces: list[tuple[Any, list[Any]]] = []
        self._unmade: set[int] = set()  # classes of which it is not known that the code makes objects
        self._met: dict[int, tuple[int, Any]] = {}
        primitives = tuple([name for name in reads.attributes if name in RULES])  # which may be declared anew
        if primitives:
            self.seen.named.append((RULES, primitives))
        self.kept += [RULES[name] for name in primitives]
        self._add(tuple(map(id, self.kept)), None)
        stack: list[tuple[Any, Place]] = [(root, None) for root in reversed(roots)]
        while stack:
            thing, place = stack.pop()
            children = self._visit(thing, place)
            stack.extend([(child, (place, step)) for child, step in reversed(children)])
        named = [name for name in _OF_VALUES if name in reads.attributes]
        if named:
            read = partial(_of_values, self.values, named)
            self.seen.contents.append(read)
            self._add(read(), None)

    def forget(self) -> None:
        """Let go of what has served its purpose."""
        self.tokens, self.places, self._met = [], [], {}

    def changed_spaces(self) -> list[Any]:
        """Objects with attributes that have changed since."""
        return [space for space, known in self.spaces if [*map(id, gc.get_referents(space))] != [*map(id, known)]]

    def _add(self, token: Any, place: Place) -> None:
        self.tokens.append(token)
        self.places.append(place)

    def _visit(self, thing: Any, place: Place) -> Children:
        """Describe a thing, and say what is in it, or stands behind it."""
        kind = type(thing)
        if kind in _SCALARS:
            self._add((kind, thing), place)
            return []
        outside = thing in _OUTSIDE if kind is type else isinstance(thing, PurePath)
        if outside and not _WORLD_NAMES.isdisjoint(self.reads.attributes):
            raise self._refusal(place, "reads files or the clock")
        if kind in _BY_TEXT or isinstance(thing, _BY_TEXT) and _constant(kind):
            self._add((kind, repr(thing)), place)
            return []
        if id(thing) in _BY_NAME and not _is_spelled(_BY_NAME[id(thing)], place):
            self.reads.any_attribute = True
        known = self._met.get(id(thing))
        if known is not None:
            self._add(("again", known[0]), place)
            return self._makers(thing) if id(thing) in self._unmade and (place is None or place[1] != _ITS_CLASS) else []
        self._met[id(thing)] = (len(self._met), thing)  # kept alive, so that its id stays its own
        if isinstance(thing, Value):
            return self._value(thing, kind, place)
        for kinds, behind in _BEHIND:
            if isinstance(thing, kinds):
                self._add(kind, place)
                return [(one, "") for one in behind(thing)]
        for kinds, visit in _VISITS:
            if isinstance(thing, kinds):
                return visit(self, thing, kind, place)
        return self._other(thing, kind, place)

    def _counts(self, names: Mapping[str, bool], name: str, thing: Any) -> bool:
        """Whether a name is read, and not only added to."""
        read = names.get(name)
        return bool(read) or (read is False and type(thing) not in _PASSIVE)

    # --- code ----------------------------------------------------------------------------------------------------------

    def _function(self, function: Any, kind: Any, place: Place) -> Children:
        code, space = function.__code__, function.__globals__
        module = space.get("__name__")
        self._add(code, place)
        self.seen.containers.append(function)
        if str(module).startswith(_CLOSED):
            return []
        if function is os.getenv:
            return [(os.environ, "")]
        own = _is_constant(module)
        reads = Reads() if own else reads_of(code)
        self.reads.add_attributes(reads)
        children: Children = []
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            there = gc.get_referents(cell)
            if own or not there or self._counts(reads.free, name, there[0]):
                self.seen.containers.append(cell)
                children += [(one, (code, name)) for one in (there or [_ABSENT])]
        children += [(function.__defaults__, ".__defaults__"), (function.__kwdefaults__, ".__kwdefaults__")]
        children += self._space(vars(function), partial(self._counts, {**self.reads.attributes, "__wrapped__": True}), place)
        if not own:
            names = [name for name in space if name[:2] != "__"] if reads.any_global else list(reads.globals)
            counts = (lambda name, one: True) if reads.any_global else partial(self._counts, reads.globals)
            children += self._names(space, names, counts, code)
            package = space.get("__package__") or ""
            names = [*reads.modules, *[f"{package}.{name}" for name in reads.modules]]
            children += self._names(sys.modules, names, lambda name, one: True, code)
        return children

    def _names(self, space: Any, names: list[str], counts: Callable[[str, Any], bool], code: types.CodeType) -> Children:
        """Some names of a namespace, which is not watched as a whole."""
        watched = tuple([name for name in names if name not in space or counts(name, space[name])])
        if watched:
            self.seen.named.append((space, watched))
        found = [name for name in watched if name in space]
        self._add(tuple(found), None)
        builtin = vars(builtins) if space is not sys.modules else {}
        more = [(builtin[name], (code, name)) for name in watched if name not in space and name in builtin]
        return [*[(space[name], (code, name)) for name in found], *more]

    def _builtin(self, function: Any, kind: Any, place: Place) -> Children:
        """A function of C, or a method of an object that is written in C."""
        owner = function.__self__
        if function in _WORLD:
            raise self._refusal(place, "reads what is outside of Python")
        self._add((kind, function.__name__, getattr(function, "__module__", None)), place)
        return [] if owner is None or isinstance(owner, types.ModuleType | type) else [(owner, "")]

    def _module(self, module: Any, kind: Any, place: Place) -> Children:
        name = module.__name__
        self._add((kind, name), place)
        if name.partition(".")[0] == _OWN:
            return []
        space = vars(module)
        names = ["__getattr__", *self.reads.attributes]
        if _is_constant(name):
            names = [one for one in names if one in space and space[one] is not sys.modules]
        elif self.reads.any_attribute:
            names = [*dict.fromkeys([*space, *names])]
            self.seen.keyed.append(space)
        self.seen.named.append((space, tuple(names)))
        found = [one for one in names if one in space]
        self._add(tuple(found), place)
        return [(space[one], f".{one}") for one in found]

    # --- containers ------------------------------------------------------------------------------------------------------

    def _dict(self, thing: Any, kind: Any, place: Place) -> Children:
        by_order = collections.OrderedDict if isinstance(thing, collections.OrderedDict) else dict
        keys = [*by_order.keys(thing)]
        self.seen.containers.append(thing)
        self.seen.keyed.append(by_order.keys(thing))
        plain = set(map(type, keys)) <= {str}
        self._add((kind, tuple(keys) if plain else len(keys)), place)
        children: Children = [] if plain else [(key, f"[key {k}]") for k, key in enumerate(keys)]
        children += [(dict.__getitem__(thing, key), f"[{key!r:.30}]") for key in keys]
        if isinstance(thing, collections.defaultdict):
            children.append((thing.default_factory, ".default_factory"))
        return children + self._derived(thing, kind, place)

    def _derived(self, thing: Any, kind: Any, place: Place) -> Children:
        """What an object of a class that is derived from a container's has besides."""
        return self._instance(thing, kind, place) if kind.__module__ not in ("builtins", "collections") else []

    def _ordered(self, thing: Any, kind: Any, place: Place) -> Children:
        if kind is not tuple and kind is not frozenset:
            self.seen.containers.append(thing)
        floats = set(map(type, thing)) == {float}
        self._add((kind, pack(f"{len(thing)}d", *thing) if floats else len(thing)), place)
        return [(one, k) for k, one in enumerate(() if floats else thing)] + self._derived(thing, kind, place)

    def _buffer(self, thing: Any, kind: Any, place: Place) -> Children:
        read = partial(_bytes_of, thing)
        self.seen.contents.append(read)
        self._add((kind, read()), place)
        return []

    def _array(self, thing: Any, kind: Any, place: Place) -> Children:
        """An array, or a table, of whatever library."""
        self._add((kind, _contents(thing)), place)
        array = _as_array(thing)
        if array.dtype.kind != "O":
            self.seen.contents.append(partial(_contents, thing))
            return []
        elements = _Elements(thing)
        self.seen.keyed.append(elements)
        return [(one, k) for k, one in enumerate(elements)]

    # --- objects ---------------------------------------------------------------------------------------------------------

    def _class(self, cls: Any, kind: Any, place: Place) -> Children:
        self._add((kind, id(cls)), place)
        self.kept.append(cls)
        if _constant(cls):
            return []
        children: Children = [(kind, "")]
        of_bases = _of_bases(cls)
        read = frozenset().union(*[_read_by(base) for base in cls.__mro__ if str(base.__module__).startswith(_OWN)])
        # Objects make others by their class: `type(self)()`, and `cls()` in a class method.
        by_class = "__class__" in self.reads.attributes or _gives_class(cls, self.reads.attributes)
        makes = place is None or place[1] != _ITS_CLASS or by_class
        if not makes:
            self._unmade.add(id(cls))

        def counts(name: str, thing: Any) -> bool:
            special = name in of_bases or name == "keys" or (name[:2] == name[-2:] == "__")
            if name in _MAKERS and not makes:
                return False
            called = special and isinstance(
                thing, types.FunctionType | staticmethod | classmethod | property | cached_property
            )
            return called or name in read or self._counts(self.reads.attributes, name, thing)

        for base in cls.__mro__:
            if not _constant(base):
                self.seen.containers.append(base)
                children += self._space(gc.get_referents(vars(base))[0], counts, place)
        return children

    def _makers(self, cls: Any) -> Children:
        """What runs when objects are made of a class that was left out, as objects of it were all that was met."""
        self._unmade.discard(id(cls))
        spaces = [vars(base) for base in cls.__mro__ if not _constant(base)]
        return [(space[name], f".{name}") for space in spaces for name in sorted(_MAKERS & space.keys())]

    def _instance(self, thing: Any, kind: Any, place: Place) -> Children:
        """The attributes of an object that count, and its class, whose methods are called."""
        if kind.__module__.startswith((*_CLOSED, *_TOOLS)):
            self._by_id(thing, kind, place)
            return []
        if kind.__module__.startswith(f"{_OWN}.compiler"):  # a compiled function: what was compiled
            return [(thing.function, "")] if hasattr(thing, "function") else []
        if (
            thing is self.apart
            and place is not None
            and (self.reads.any_attribute or {*self.ignoring} & self.reads.attributes.keys())
        ):
            raise self._refusal(place, f"is the {kind.__name__} itself, which changes at each step")
        self._add("object", place)
        bases = [base for base in kind.__mro__ if _constant(base) and base.__module__ not in _PLAIN_BASES]
        parts = not _constant(kind) and any(base.__module__.startswith(_OWN) for base in bases)
        everything = self.reads.any_attribute or (bool(bases) and not parts and not isinstance(thing, _NAMED_ONLY))
        everything |= (
            self.reads.compares and kind is types.SimpleNamespace
        )  # which are compared without a method of their own
        of_bases = _of_bases(kind) if parts else ()

        def counts(name: str, one: Any) -> bool:
            if thing is self.apart and name in self.ignoring:
                return False
            own = parts and (_is_part(name, one) or name in of_bases)
            return everything or own or self._counts(self.reads.attributes, name, one)

        children: Children = [(kind, _ITS_CLASS)]
        self.seen.containers.append(thing)
        space = getattr(thing, "__dict__", None)
        if isinstance(space, dict):
            children += self._space(space, counts, place, named=not (everything or parts), keyed=not _constant(kind))
        found = {name: getattr(thing, name, _ABSENT) for name in _slots(kind)}
        names = [name for name, one in found.items() if one is not _ABSENT and counts(name, one)]
        if found and id(thing) in self.by_name:
            self.seen.containers.remove(thing)
            self.seen.readers += [partial(getattr, thing, name, _ABSENT) for name in names]
        elif found and not everything:
            self.spaces.append((thing, gc.get_referents(thing)))
        self._add(tuple(names), place)
        return children + [(found[name], f".{name}") for name in names]

    def _value(self, thing: Any, kind: Any, place: Place) -> Children:
        """A Value is its place among them; what a class of the user's gives it besides is looked at as in any object."""
        self._add((kind, len(self.values)), place)
        self.values.append(thing)
        if _constant(kind):
            return []
        names = [name for name in _slots(kind) if name not in _slots(Value)]
        self.seen.readers += [partial(getattr, thing, name, _ABSENT) for name in names]
        there = {name: getattr(thing, name) for name in names if hasattr(thing, name)}
        spaces = [space for space in (there, getattr(thing, "__dict__", None)) if space is not None]

        def counts(name: str, one: Any) -> bool:
            return self.reads.any_attribute or self._counts(self.reads.attributes, name, one)

        return [(kind, _ITS_CLASS), *[child for space in spaces for child in self._space(space, counts, place)]]

    def _space(
        self, space: Any, counts: Callable[[str, Any], bool], place: Place, named: bool = True, keyed: bool = True
    ) -> Children:
        """Attributes in the dictionary of an object, a class or a function; `named` if those count that the code names."""
        names = [name for name, one in space.items() if counts(name, one)]
        self._add(tuple(names), place)
        if id(space) in self.by_name:
            self.seen.named.append((space, (*names, *[name for name in self.reads.attributes if name not in space])))
        else:
            self.seen.containers.append(space)
            if named:
                self.spaces.append((space, gc.get_referents(space)))
            if keyed:
                self.seen.keyed.append(space)
        return [(space[name], f".{name}") for name in names]

    def _number(self, thing: Any, kind: Any, place: Place) -> Children:
        """An instance of a class that is derived from one of numbers or texts."""
        base = next(base for base in kind.__mro__ if base in (int, float, str, bytes, complex))
        self._add((kind, base.__repr__(thing)), place)
        return self._instance(thing, kind, place)

    def _reader(self, thing: Any, kind: Any, place: Place) -> Children:
        """A context variable, a weak reference: what it gives, in this thread."""
        read = partial(_value_of, thing) if isinstance(thing, ContextVar) else thing
        self.seen.readers.append(read)
        self._add(kind, place)
        return [(read(), "")]

    def _known(self, thing: Any, kind: Any, place: Place) -> Children:
        if isinstance(thing, io.IOBase) and not _READING.isdisjoint(self.reads.attributes):
            raise self._refusal(place, "is read from")
        self._by_id(thing, kind, place)
        if isinstance(thing, random.Random):
            self.drawn.append((thing, thing.getstate()))
        return []

    def _by_id(self, thing: Any, kind: Any, place: Place) -> None:
        self._add((kind, id(thing)), place)
        self.kept.append(thing)

    def _refusal(self, place: Place, what: str) -> TraceError:
        return TraceError(
            f"{described(place)} {what}: that cannot be looked into, so what it gives at one call would be frozen into the compiled "
            "program. Pass what it gives as an argument, or leave this function uncompiled"
        )

    def _other(self, thing: Any, kind: Any, place: Place) -> Children:
        """What is of no kind that is known."""
        if kind.__module__.startswith("numpy.random"):
            self.drawn.append((thing, pickle.dumps(thing)))
            self._by_id(thing, kind, place)
            return []
        if _constant(kind) and not kind.__module__.startswith(_OWN) and hasattr(thing, "__array__"):
            return self._array(thing, kind, place)
        if _bytes_of(thing) is not None:
            return self._buffer(thing, kind, place)
        if hasattr(kind, "__next__") and not isinstance(kind.__next__, types.FunctionType):
            raise self._refusal(place, f"is a {kind.__name__} (make a list of it)")
        if hasattr(kind, "cache_info"):
            self.seen.contents.append(partial(_is_filled, thing))
            self._add(_is_filled(thing), place)
        if hasattr(thing, "__dict__") or _slots(kind):
            return self._instance(thing, kind, place)
        if gc.is_tracked(thing):
            self._add(kind, place)
            if isinstance(thing, attrgetter | methodcaller):
                self.reads.attributes.update((part, True) for name in thing.__reduce__()[1] for part in str(name).split("."))
            self.seen.containers.append(thing)
            return [(one, "") for one in gc.get_referents(thing) if not isinstance(one, types.ModuleType | type)]
        self._by_id(thing, kind, place)
        if not _constant(kind) and not callable(thing):
            raise self._refusal(place, f"is a {kind.__name__}")
        return []


#: How what is of these kinds is described; the first that fits.
_VISITS: list[tuple[Any, Callable[..., Children]]] = [
    (_HARMLESS, Walk._known), (types.FunctionType, Walk._function), (types.BuiltinFunctionType, Walk._builtin),
    (type, Walk._class), (types.ModuleType, Walk._module),
    (Enum, lambda walk, thing, kind, place: [(thing._value_, ".value"), *walk._instance(thing, kind, place)]),
    (dict, Walk._dict), (_ORDERED, Walk._ordered), ((ContextVar, weakref.ref), Walk._reader),
    ((int, float, str, bytes, complex), Walk._number),
]  # fmt: skip


def _is_constant(module: Any) -> bool:
    return str(module).partition(".")[0] in _CONSTANT


def _constant(kind: Any) -> bool:
    """Whether a class is of this package or an installed library."""
    return _is_constant(kind.__module__)


def _of_bases(kind: Any) -> set[str]:
    """What the code of this package and of libraries may call on an object of a class of the user's, or read of it."""
    bases = [base for base in kind.__mro__ if _constant(base) and base is not object]
    return set().union(*map(vars, bases), *map(_read_by, bases))


@lru_cache(maxsize=1024)
def _read_by(base: Any) -> frozenset[str]:
    """The attributes that the methods of a class read."""
    methods = [getattr(one, "__func__", getattr(one, "fget", getattr(one, "func", one))) for one in vars(base).values()]
    codes = [method.__code__ for method in methods if isinstance(method, types.FunctionType)]
    return frozenset(name for code in codes for name in reads_of(code).attributes)


def _is_spelled(name: str, place: Place) -> bool:
    """Whether code reads a builtin function by its own name, so that it was seen what is given to it (`reads.py`)."""
    if place is None or not isinstance(place[1], tuple):
        return False
    code, step = place[1]
    return step == name and name not in code.co_freevars


def _gives_class(cls: Any, names: Mapping[str, bool]) -> bool:
    """Whether one of the methods with these names is given the class."""
    return any(isinstance(vars(base).get(name), classmethod) for base in cls.__mro__ for name in names)


def _slots(kind: Any) -> list[str]:
    """The attributes that objects of a class have in slots."""
    spaces = [vars(base).items() for base in reversed(kind.__mro__)]
    return [name for space in spaces for name, one in space if type(one) is types.MemberDescriptorType and name[:2] != "__"]


def _is_part(name: str, thing: Any) -> bool:
    """Whether an attribute of a module is one that the package's own code looks at: parameters, modules, whether it is trained."""
    if isinstance(thing, list | tuple | dict):
        return any(_is_part("", one) for one in (thing.values() if isinstance(thing, dict) else thing))
    return name == "training" or any(base.__module__.startswith(_OWN) for base in type(thing).__mro__)


def _value_of(variable: ContextVar[Any]) -> Any:
    try:
        return variable.get()
    except LookupError:
        return _ABSENT


def _bytes_of(thing: Any) -> bytes | None:
    try:
        return bytes(memoryview(thing))
    except TypeError:
        return None


def _is_filled(cache: Any) -> bool:
    return cache.cache_info().currsize > 0  # type: ignore[no-any-return]


def _of_values(values: list[Any], names: list[str]) -> Any:
    return tuple([getattr(value, name) for value in values for name in names])


def _as_array(thing: Any) -> Any:
    import numpy as np

    return np.asarray(thing.detach() if hasattr(thing, "detach") else thing)


def _contents(thing: Any) -> Any:
    """Everything in an array, exactly; of a table what its columns and rows are called, too."""
    array = _as_array(thing)
    named = [getattr(thing, name, None) for name in ("columns", "index")]
    names = [repr([*one]) for one in named if one is not None and not callable(one)]
    return (array.dtype.str, array.shape, b"" if array.dtype.kind == "O" else array.tobytes(), *names)


class _Elements:
    """The objects in an array of objects, each time anew."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __iter__(self) -> Iterator[Any]:
        return iter(_as_array(self.array).ravel().tolist())


def described(place: Any) -> str:
    """Where something stands, from the name in the code: `settings.rates[0] (file:line: text)`."""
    text = ""
    while place is not None:
        place, step = place
        if isinstance(step, tuple):
            return f"{step[1]}{text} ({line_of(*step)})"
        text = (f"[{step}]" if isinstance(step, int) else step if step != _ITS_CLASS else "") + text
    return text.lstrip(".") or "the function"
