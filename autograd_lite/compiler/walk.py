"""A walk through all that a function reads besides its arguments: closures, defaults, globals, attributes, containers, to any depth.

Of an object those attributes count which the code names, in whatever function: an over-estimate that is never too small.  Code of
this package and of the libraries in `CONSTANT` is taken as it is, so of their objects all attributes count.  What cannot be looked
into, an iterator most often, is refused with the line that reads it.
"""

import collections
import decimal
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
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from ctypes import c_char
from datetime import date, datetime
from enum import Enum
from functools import cached_property, lru_cache, partial
from itertools import filterfalse, repeat
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
CONSTANT = sys.stdlib_module_names | {_OWN, "numpy", "scipy", "pandas", "torch", "jax", "jaxlib", "sklearn", *_TOOLS}
#: Classes of theirs that read no attributes.
_PLAIN_BASES = ("builtins", "abc", "typing", "enum", "types", "_thread", "unittest.case")
#: Modules of this package whose things are not looked into: there is nothing of the user's in them.
_CLOSED = tuple(f"{_OWN}.{part}" for part in ("engine", "rules", "expression", "replay"))
_ABSENT = object()
#: As often as it is asked for.
_ABSENTS = repeat(_ABSENT)
#: What is the same for ever: known by itself, or by its text.
_SCALARS = frozenset({int, str, bytes, bool, type(None), range})
_BY_TEXT = (float, complex, PurePath)
_ORDERED = (list, tuple, collections.deque, set, frozenset)
_NUMBERS = (int, float, str, bytes, complex)
#: What is in C, and yet holds nothing but what is walked through.
_WHOLE = (*_ORDERED, *_NUMBERS, dict, partial, threading.local, type(lru_cache(len)))
#: What an object of C refers to besides what it holds.
_ASIDE = (types.ModuleType, types.TracebackType, types.FrameType)
#: Where classes are from whose objects show nothing of what they hold.
_UNSHOWN = ("_hashlib", "_sha", "_md5", "_blake2", "_hmac", "hmac", "sqlite3", "zlib", "_bz2", "_lzma")
#: What has no number in it that a function could compute with.
_HARMLESS = (io.IOBase, re.Pattern, type(threading.Lock()), type(threading.RLock()), random.Random, itertools.count)
#: Of these those attributes count that the code names.
_NAMED_ONLY = (logging.Logger, logging.Handler, threading.Thread)
#: What reads a file, and with a file, a text in memory.
_READING = frozenset({"read", "readline", "readlines", "getvalue", "getbuffer"})
#: If all that happens to one is that it is counted up or added to, it has no influence on what is computed.
_PASSIVE = (int, float, list, set, dict, bytearray, collections.deque, collections.Counter, collections.defaultdict)
#: What of a class is code.
_CODE = (types.FunctionType, staticmethod, classmethod, property, cached_property)
#: Methods that run when an object is made, and not when one that is there is used.
_MAKERS = frozenset({"__init__", "__new__", "__post_init__", "__init_subclass__", "__set_name__", "__del__"})
#: What takes names of attributes as texts.
_TAKING_NAMES = (getattr, hasattr, vars, dir, attrgetter, methodcaller, inspect.getattr_static, eval, exec, globals)
_BY_NAME = {id(one): one.__name__ for one in _TAKING_NAMES}
#: What every module has.
_OF_MODULES = frozenset(name for name in globals() if name[:2] == "__")
#: The step from an object to its class.
_ITS_CLASS = "."
#: What reads files, the keyboard, the clock.
_WORLD = {open, input, os.getcwd, os.urandom, clock.time, clock.time_ns, clock.localtime, clock.gmtime, clock.ctime}
_OUTSIDE = frozenset({date, datetime, Path, PosixPath, WindowsPath})
_WORLD_NAMES = frozenset({"now", "today", "utcnow", "read_text", "read_bytes"})
#: Attributes of Values, which are looked at where the code names them.
_OF_VALUES = ("label", "requires_grad", "is_constant", "is_leaf", "op")
#: Where something stands: the place of what it was found in, and the step from there, at first a name in a function's code.
Place = Any
Children = Iterable[tuple[Any, Any]]


_referents, _get = gc.get_referents, dict.get


class Seen:
    """What is compared at each call: references by identity, contents of buffers by what they are equal to.

    Attributes
    ----------
    containers : list
        All that they refer to counts.
    spaces, names : list
        Dictionaries, and of each a key: what stands there.
    modules : list
        Their classes count.
    reads, contents : list of callable
        What else gives references, several at once; and contents.
    """

    def __init__(self) -> None:
        self.containers: Any = []
        self.spaces: list[Any] = []
        self.names: list[str] = []
        self.modules: list[Any] = []
        self.reads: list[Callable[[], Iterable[Any]]] = []
        self.contents: list[Callable[[], Any]] = []

    def look_up(self, space: Any, names: Iterable[str]) -> None:
        """Watch what has these names in a namespace."""
        if type(space) is dict:
            names = [*names]
            self.names += names
            self.spaces += [space] * len(names)
        else:
            self.reads.append(partial(map, space.get, tuple(names), _ABSENTS))

    def references(self) -> tuple[Any, ...]:
        """What all that is watched refers to, now."""
        found = *_referents(*self.containers), *map(_get, self.spaces, self.names, _ABSENTS), *map(type, self.modules)
        for read in self.reads:
            found = *found, *read()
        return found

    def keep(self) -> None:
        """Remember how it is now; what is referred to is kept alive, so that nothing else can take its place in memory."""
        self.containers = tuple(self.containers)  # which is handed over as it is
        self.known = self.references()
        self._pointers_of = _reader(len(self.known))
        self._pointers, self._contents = self._pointers_of(self.known), [read() for read in self.contents]

    def unchanged(self) -> bool:
        """Whether it is as it was."""
        try:
            now = self.references()
            same: bool = len(now) == len(self.known) and self._pointers_of(now) == self._pointers
            return same and (not self.contents or [read() for read in self.contents] == self._contents)
        except (RuntimeError, LookupError):  # changed by another thread while it was read
            return False


#: Where a tuple has the addresses of its objects: behind its head and its length.
_ADDRESS = tuple.__basicsize__


def _reader(count: int) -> Callable[[tuple[Any, ...]], Any]:
    """A function that gives for tuples of `count` objects what is equal for the same objects only."""
    if not _READABLE or not count:
        return lambda things: [*map(id, things)]
    piece = (c_char * (tuple.__itemsize__ * count)).from_address
    return lambda things: piece(id(things) + _ADDRESS).raw


#: Whether the addresses of what is in a tuple can be read in one piece, where they stand.  Tried on one of this kind.
_READABLE = sys.implementation.name == "cpython" and tuple.__itemsize__ == len(pack("P", 0))
_READABLE = _READABLE and _reader(2)((None, _ABSENT)) == pack("PP", id(None), id(_ABSENT))


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
    codes : dict of code to None
        That which is not of this package or a library.
    own : bool
        Whether all code that was met is this package's, which reads nothing that is not seen.
    """

    def __init__(self, roots: tuple[Any, ...], reads: Reads, apart: tuple[Any, Any], by_name: dict[int, Any]) -> None:
        self.reads, self.by_name = reads, by_name
        self.apart, self.ignoring = apart  # attributes of a root that are left out
        self.tokens: list[Any] = []
        self.places: list[Place] = []
        self.values: list[Any] = []
        self.drawn: list[Any] = []
        self.own = True
        self.codes: dict[Any, None] = {}
        self.seen = Seen()
        self.spaces: list[tuple[Any, list[Any]]] = []
        self._unmade: set[int] = set()  # classes of which it is not known that the code makes objects
        self._met: dict[int, tuple[int, Any]] = {}
        self._plain: set[Any] = set()  # Values that were met, but for those of the user's classes
        self._numbers: dict[int, int] = {}  # where Values are in `values`, as far as that was needed
        primitives = [name for name in reads.attributes if name in RULES]  # which may be declared anew
        if primitives:
            self.seen.look_up(RULES, primitives)
        self.kept: list[Any] = [RULES[name] for name in primitives]  # what is known by its id in the tokens
        self.place: Place = None  # of what is being looked at
        self._add(tuple(map(id, self.kept)))
        stack: list[tuple[Any, Place]] = [(root, None) for root in reversed(roots)]
        while stack:
            thing, place = stack.pop()
            self.place = place
            children = [*self._visit(thing, type(thing))]
            stack += [(child, (place, step)) for child, step in reversed(children)]
        named = [name for name in _OF_VALUES if name in reads.attributes]
        if named:
            self.place, values = None, self.values
            self._content(None, lambda: tuple([getattr(one, name) for one in values for name in named]))

    def forget(self) -> None:
        """Let go of what has served its purpose."""
        self.tokens, self.places, self._met, self._plain, self._numbers = [], [], {}, set(), {}

    def changed_spaces(self) -> list[Any]:
        """Objects with attributes that have changed since."""
        return [space for space, known in self.spaces if [*map(id, gc.get_referents(space))] != [*map(id, known)]]

    def _add(self, token: Any, *things: Any) -> Children:
        """Describe what is being looked at by a token; gives the `things` behind it, if it has nothing but these."""
        self.tokens.append(token)
        self.places.append(self.place)
        return [(one, "") for one in things]

    def _content(self, kind: Any, read: Callable[[], Any]) -> Children:
        """Describe a thing by its content, which is read again at each call."""
        self.seen.contents.append(read)
        return self._add((kind, read()))

    def _by_id(self, thing: Any, kind: Any) -> Children:
        self.kept.append(thing)
        return self._add((kind, id(thing)))

    def _visit(self, thing: Any, kind: Any) -> Children:
        """Describe a thing, and say what is in it, or stands behind it."""
        if kind is Value:
            return self._add((Value, self._of_values([thing])))
        if kind in _SCALARS:
            return self._add((kind, thing))
        outside = thing in _OUTSIDE if kind is type else issubclass(kind, PurePath)
        if outside and not _WORLD_NAMES.isdisjoint(self.reads.attributes):
            raise self._refusal("reads files or the clock")
        if kind in _BY_TEXT or issubclass(kind, _BY_TEXT) and _constant(kind):
            return self._add((kind, repr(thing)))
        if id(thing) in _BY_NAME and not _is_spelled(_BY_NAME[id(thing)], self.place):
            setattr(self.reads, "any_global" if thing in (eval, exec, globals) else "any_attribute", True)
        known = self._met.get(id(thing))
        if known is not None:
            self._add(("again", known[0]))
            return self._makers(thing) if id(thing) in self._unmade and not self._is_a_class_met() else ()
        self._met[id(thing)] = (len(self._met), thing)  # kept alive, so that its id stays its own
        visit = next((visit for kinds, visit in _VISITS if issubclass(kind, kinds)), Walk._other)
        return visit(self, thing, kind)

    def _is_a_class_met(self) -> bool:
        """Whether what is looked at is a class because an object of it was."""
        return self.place is not None and self.place[1] == _ITS_CLASS

    def _counts(self, names: Mapping[str, bool], name: str, thing: Any) -> bool:
        """Whether a name is read, and not only added to."""
        read = names.get(name)
        return bool(read) or (read is False and type(thing) not in _PASSIVE)

    # --- code ----------------------------------------------------------------------------------------------------------

    def _function(self, function: Any, kind: Any) -> Children:
        code, space = function.__code__, function.__globals__
        module = space.get("__name__")
        self.own &= str(module).partition(".")[0] == _OWN
        if not _constant(module):
            self.codes[code] = None
        self._add(code)
        self.seen.containers.append(function)
        if function is os.getenv:
            yield os.environ, ""
        if function is os.getenv or str(module).startswith(_CLOSED):
            return
        own = _constant(module)
        reads = Reads() if own else reads_of(code)
        self.reads.add_attributes(reads)
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            there = gc.get_referents(cell)
            if own or not there or self._counts(reads.free, name, there[0]):
                self.seen.containers.append(cell)
                yield from ((one, (code, name)) for one in (there or [_ABSENT]))
        yield from ((function.__defaults__, ".__defaults__"), (function.__kwdefaults__, ".__kwdefaults__"))
        yield from self._space(vars(function), partial(self._counts, {**self.reads.attributes, "__wrapped__": True}))
        if not own:
            every, package = reads.any_global or self.reads.any_global, space.get("__package__") or ""
            names = [name for name in space if name not in _OF_MODULES] if every else [*reads.globals]
            names = [one for one in names if every or one not in space or self._counts(reads.globals, one, space[one])]
            yield from self._names(space, names, lambda name: (code, name))
            names = [name for name in reads.globals if name not in space]
            yield from self._names(function.__builtins__, names, lambda name: (code, name))
            names = [*reads.modules, *[f"{package}.{name}" for name in reads.modules]]
            yield from self._names(sys.modules, names, lambda name: (code, name))

    def _names(self, space: Any, names: Sequence[str], step: Callable[[str], Any]) -> Children:
        """Some names of a namespace, which is not watched as a whole."""
        if names:
            self.seen.look_up(space, names)
        found = [name for name in names if name in space]
        self._add(tuple(found))
        return [(space[name], step(name)) for name in found]

    def _builtin(self, function: Any, kind: Any) -> Children:
        """A function of C, or a method of an object that is written in C."""
        owner = function.__self__
        if function in _WORLD:
            raise self._refusal("reads what is outside of Python")
        behind = () if owner is None or isinstance(owner, types.ModuleType | type) else (owner,)
        return self._add((kind, function.__name__, getattr(function, "__module__", None)), *behind)

    def _module(self, module: Any, kind: Any) -> Children:
        name = module.__name__
        self._add((kind, name))
        if name.partition(".")[0] == _OWN:
            return ()
        space = vars(module)
        names = ["__getattr__", *self.reads.attributes]
        if _constant(name):
            names = [one for one in names if one in space and space[one] is not sys.modules]
        elif self.reads.any_attribute:
            names = [*dict.fromkeys([*space, *names])]
            self.seen.reads.append(partial(iter, space))
        self.seen.modules.append(module)
        return [(kind, _ITS_CLASS), *self._names(space, names, ".{}".format)]

    # --- containers ------------------------------------------------------------------------------------------------------

    def _dict(self, thing: Any, kind: Any) -> Children:
        by_order = collections.OrderedDict if isinstance(thing, collections.OrderedDict) else dict
        keys = [*by_order.keys(thing)]
        self.seen.containers.append(thing)
        self.seen.reads.append(partial(by_order.keys, thing))
        plain = set(map(type, keys)) <= {str}
        self._add((kind, tuple(keys) if plain else len(keys)))
        yield from () if plain else ((key, f"[key {k}]") for k, key in enumerate(keys))
        yield from ((dict.__getitem__(thing, key), f"[{key!r:.30}]") for key in keys)
        if isinstance(thing, collections.defaultdict):
            yield thing.default_factory, ".default_factory"
        yield from self._derived(thing, kind)

    def _derived(self, thing: Any, kind: Any) -> Children:
        """What an object of a class that is derived from a container's has besides."""
        return self._instance(thing, kind) if kind.__module__ not in ("builtins", "collections") else ()

    def _ordered(self, thing: Any, kind: Any) -> Children:
        if kind is not tuple and kind is not frozenset:
            self.seen.containers.append(thing)
        kinds = set(map(type, thing))
        plain = (Value, self._of_values(thing)) if kinds == {Value} else kinds == {float} and pack(f"{len(thing)}d", *thing)
        self._add((kind, plain or len(thing), thing.maxlen if issubclass(kind, collections.deque) else None))
        yield from ((one, k) for k, one in enumerate(() if plain else thing))
        yield from self._derived(thing, kind)

    def _of_values(self, values: Any) -> Any:
        """Which ones these plain Values are of all; only how many, if none was met before, which for many takes much less time."""
        new = {*values}
        if len(new) == len(values) and self._plain.isdisjoint(new):
            self._plain |= new
            self.values += values
            return len(values)
        self.values += filterfalse(self._plain.__contains__, dict.fromkeys(values))
        self._plain |= new
        known = len(self._numbers)
        self._numbers.update(zip(map(id, self.values[known:]), itertools.count(known), strict=False))
        return array("q", [self._numbers[id(one)] for one in values]).tobytes()

    def _array(self, thing: Any, kind: Any) -> Children:
        """An array, or a table, of whatever library."""
        if _as_array(thing).dtype.kind != "O":
            return self._content(kind, partial(_contents, thing))
        self._add((kind, _contents(thing)))
        self.seen.reads.append(partial(_elements, thing))
        return [(one, k) for k, one in enumerate(_elements(thing))]

    # --- objects ---------------------------------------------------------------------------------------------------------

    def _class(self, cls: Any, kind: Any) -> Children:
        self._by_id(cls, kind)
        if _constant(cls):
            return
        self.own = False
        yield kind, ""
        of_bases = _of_bases(cls)
        read = frozenset().union(*[_read_by(base) for base in cls.__mro__ if str(base.__module__).startswith(_OWN)])
        # Objects make others by their class: `type(self)()`, and `cls()` in a class method.
        by_class = "__class__" in self.reads.attributes or _gives_class(cls, self.reads.attributes)
        makes = not self._is_a_class_met() or by_class
        if not makes:
            self._unmade.add(id(cls))

        def counts(name: str, thing: Any) -> bool:
            special = name in of_bases or name == "keys" or (name[:2] == name[-2:] == "__")
            if name in _MAKERS and not makes:
                return False
            called = special and isinstance(thing, _CODE)
            return called or name in read or self._counts(self.reads.attributes, name, thing)

        for base in cls.__mro__:
            if not _constant(base):
                self.seen.containers.append(base)
                yield from self._space(gc.get_referents(vars(base))[0], counts)

    def _makers(self, cls: Any) -> Children:
        """What runs when objects are made of a class that was left out, as objects of it were all that was met."""
        self._unmade.discard(id(cls))
        spaces = [vars(base) for base in cls.__mro__ if not _constant(base)]
        return [(space[name], f".{name}") for space in spaces for name in sorted(_MAKERS & space.keys())]

    def _instance(self, thing: Any, kind: Any) -> Children:
        """The attributes of an object that count, and its class, whose methods are called."""
        if kind.__module__.startswith((*_CLOSED, *_TOOLS)):
            self._by_id(thing, kind)
            return
        if kind.__module__.startswith(f"{_OWN}.compiler"):  # a compiled function: what was compiled
            yield from [(thing.function, "")] if hasattr(thing, "function") else ()
            return
        apart, value = thing is self.apart, isinstance(thing, Value)
        if apart and self.place and (self.reads.any_attribute or {*self.ignoring} & self.reads.attributes.keys()):
            raise self._refusal(f"is the {kind.__name__} itself, which changes at each step")
        self._add("object")
        bases = [] if value else [base for base in kind.__mro__ if _constant(base) and base.__module__ not in _PLAIN_BASES]
        parts = not _constant(kind) and any(base.__module__.startswith(_OWN) for base in bases)
        everything = self.reads.any_attribute or (bool(bases) and not parts and not isinstance(thing, _NAMED_ONLY))
        # Namespaces are compared without a method of their own.
        everything |= self.reads.compares and kind is types.SimpleNamespace
        of_bases = _of_bases(kind) if parts else ()

        def counts(name: str, one: Any) -> bool:
            if apart and name in self.ignoring:
                return False
            own = parts and (_is_part(name, one) or name in of_bases)
            return everything or own or self._counts(self.reads.attributes, name, one)

        yield kind, _ITS_CLASS
        space = _attribute(thing, "__dict__")
        if isinstance(space, dict):
            yield from self._space(space, counts, named=not (everything or parts), keyed=not _constant(kind))
        if _in_c(kind):
            self._by_id(thing, kind)
            self.seen.reads.append(partial(_behind, thing))
            known = {id(space), *map(id, space.values())} if isinstance(space, dict) else set()
            yield from ((one, _ITS_CLASS if one is kind else "") for one in _behind(thing) if id(one) not in known)
            return
        slots = _slots(kind)[len(_slots(Value)) if value else 0 :]
        found = {name: _attribute(thing, name) for name in slots}
        names = [name for name, one in found.items() if counts(name, one)]
        if value or (found and id(thing) in self.by_name):  # not what nobody reads, nor the number of a Value
            if names:
                self.seen.reads.append(lambda: [_attribute(thing, name) for name in names])
        else:
            self.seen.containers.append(thing)
            if found and not everything:
                self.spaces.append((thing, gc.get_referents(thing)))
        there = [name for name in names if found[name] is not _ABSENT]
        self._add(tuple(there))
        yield from ((found[name], f".{name}") for name in there)

    def _value(self, thing: Any, kind: Any) -> Children:
        """A Value of a class of the user's is one more; what this gives it besides is looked at as in any object."""
        self._add(kind)
        self.values.append(thing)
        return () if _constant(kind) else self._instance(thing, kind)

    def _space(self, space: Any, counts: Callable[[str, Any], bool], named: bool = True, keyed: bool = True) -> Children:
        """Attributes in the dictionary of an object, a class or a function; `named` if those count that the code names."""
        names = [name for name, one in space.items() if counts(name, one)]
        self._add(tuple(names))
        if id(space) in self.by_name:
            absent = [name for name in self.reads.attributes if name not in space]
            self.seen.look_up(space, [*names, *absent])
        else:
            self.seen.containers.append(space)
            if named:
                self.spaces.append((space, gc.get_referents(space)))
            if keyed and space:  # what is put into an empty one is seen
                self.seen.reads.append(partial(iter, space))
        return [(space[name], f".{name}") for name in names]

    def _code(self, code: Any, kind: Any) -> Children:
        self.codes[code] = None
        self.reads.add_attributes(reads_of(code))
        return self._add(code)

    def _number(self, thing: Any, kind: Any) -> Children:
        """An instance of a class that is derived from one of numbers or texts."""
        base = next(base for base in kind.__mro__ if base in _NUMBERS)
        self._add((kind, base.__repr__(thing)))
        return self._instance(thing, kind)

    def _reader(self, thing: Any, kind: Any) -> Children:
        """A context variable, a weak reference: what it gives, in this thread."""
        read = partial(_value_of, thing) if isinstance(thing, ContextVar) else thing
        self.seen.reads.append(lambda: [read()])
        return self._add(kind, read())

    def _wrapper(self, thing: Any, kind: Any) -> Children:
        """A method, a property: what it calls, and on what."""
        return self._add(
            kind, *[getattr(thing, name) for name in ("__func__", "__self__", "fget", "func") if hasattr(thing, name)]
        )

    def _known(self, thing: Any, kind: Any) -> Children:
        if isinstance(thing, io.IOBase) and not _READING.isdisjoint(self.reads.attributes):
            raise self._refusal("is read from")
        if isinstance(thing, random.SystemRandom):
            raise self._refusal("draws random numbers from outside of Python")
        if isinstance(thing, random.Random):
            self.drawn.append((thing, thing.getstate()))
        return self._by_id(thing, kind)

    def _refusal(self, what: str) -> TraceError:
        return TraceError(
            f"{described(self.place)} {what}: that cannot be looked into, so what it gives at one call would be frozen into the compiled "
            "program. Pass what it gives as an argument, or leave this function uncompiled"
        )

    def _other(self, thing: Any, kind: Any) -> Children:
        """What is of no kind that is known."""
        if kind.__module__.startswith("numpy.random"):
            self.drawn.append((thing, pickle.dumps(thing)))
            return self._by_id(thing, kind)
        if (
            _constant(kind)
            and not kind.__module__.startswith(_OWN)
            and hasattr(thing, "__array__")
            and not hasattr(thing, "__next__")
        ):
            return self._array(thing, kind)
        if _bytes_of(thing) is not None:  # and what a pointer of ctypes points to
            self._content(kind, partial(_bytes_of, thing))
            return [(getattr(thing, "_objects", None), "")]
        if _constant(kind) and kind.__module__.startswith(_UNSHOWN):
            raise self._refusal(f"is a {kind.__name__}")
        if hasattr(kind, "__next__") and not isinstance(kind.__next__, types.FunctionType):
            raise self._refusal(f"is a {kind.__name__} (make a list of it)")
        if hasattr(kind, "cache_info"):
            self._content(None, lambda: thing.cache_info().currsize > 0)
        if issubclass(kind, attrgetter | methodcaller):
            self.reads.attributes.update((part, True) for name in thing.__reduce__()[1] for part in str(name).split("."))
        if kind is not object and (gc.is_tracked(thing) or not _in_c(kind) or hasattr(thing, "__dict__")):
            return self._instance(thing, kind)
        if not _constant(kind) and not callable(thing):
            raise self._refusal(f"is a {kind.__name__}")
        return self._by_id(thing, kind)


#: How what is of these kinds is described; the first that fits.
_VISITS: list[tuple[Any, Callable[..., Children]]] = [
    (Value, Walk._value),
    ((types.MethodType, property, cached_property, staticmethod, classmethod), Walk._wrapper),
    (slice, lambda walk, thing, kind: walk._add(kind, thing.start, thing.stop, thing.step)), (types.CodeType, Walk._code),
    (decimal.Context, lambda walk, thing, kind: walk._content(kind, thing.__repr__)),
    (_HARMLESS, Walk._known), (types.FunctionType, Walk._function), (types.BuiltinFunctionType, Walk._builtin),
    (type, Walk._class), (types.ModuleType, Walk._module),
    (Enum, lambda walk, thing, kind: [(thing._value_, ".value"), *walk._instance(thing, kind)]),
    (dict, Walk._dict), (_ORDERED, Walk._ordered), ((ContextVar, weakref.ref), Walk._reader),
    (_NUMBERS, Walk._number),
]  # fmt: skip


def _constant(module: Any) -> bool:
    """Whether a module, or that of a class, is of this package or an installed library."""
    return str(getattr(module, "__module__", module)).partition(".")[0] in CONSTANT


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
    code, step = place[1] if place is not None and isinstance(place[1], tuple) else (None, None)
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


def _attribute(thing: Any, name: str) -> Any:
    """Where it stands, whatever a class of the user's makes of the attributes that are asked for."""
    read: Any = type(thing).__getattribute__
    with suppress(AttributeError):
        return (object.__getattribute__ if type(read) is types.FunctionType else read)(thing, name)
    return _ABSENT


@lru_cache(maxsize=4096)
def _in_c(kind: Any) -> bool:
    """Whether objects of a class may hold something that is in no attribute."""
    return any(_size(base) > _size(base.__base__) for base in kind.__mro__ if base.__base__ and not issubclass(base, _WHOLE))


def _size(kind: Any) -> int:
    """How much of an object of a class is in no attribute that it has in a slot or a dictionary."""
    seen = len(_slots(kind)) + sum(name in vars(base) for base in kind.__mro__ for name in ("__dict__", "__weakref__"))
    return int(kind.__basicsize__ - tuple.__itemsize__ * seen)


def _behind(thing: Any) -> list[Any]:
    """What an object of C refers to, but for modules, and for where an error was raised, which is another place at each call."""
    context = thing.__context__ if isinstance(thing, BaseException) else _ABSENT
    found = [one for one in gc.get_referents(thing) if one is not context and not issubclass(type(one), _ASIDE)]
    return [one for one in found if type(one) is not dict or "__spec__" not in one]


def _bytes_of(thing: Any) -> Any:
    try:
        view = memoryview(thing)
        return view.format, view.shape, bytes(view)
    except TypeError:
        return None


def _as_array(thing: Any) -> Any:
    import numpy as np

    return np.asarray(thing.detach() if hasattr(thing, "detach") else thing)


def _contents(thing: Any) -> Any:
    """Everything in an array, exactly; of a table what its columns and rows are called, too."""
    array = _as_array(thing)
    named = [getattr(thing, name, None) for name in ("columns", "index")]
    names = [repr([*one]) for one in named if one is not None and not callable(one)]
    return (array.dtype.str, array.shape, b"" if array.dtype.kind == "O" else array.tobytes(), *names)


def _elements(array: Any) -> Any:
    """The objects in an array of objects, each time anew."""
    return _as_array(array).ravel().tolist()


def described(place: Any) -> str:
    """Where something stands, from the name in the code: `settings.rates[0] (file:line: text)`."""
    text = ""
    while place is not None:
        place, step = place
        if isinstance(step, tuple):
            return f"{step[1]}{text} ({line_of(*step)})"
        text = (f"[{step}]" if isinstance(step, int) else step if step != _ITS_CLASS else "") + text
    return text.lstrip(".") or "the function"
