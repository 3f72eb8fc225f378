"""What a function refers to besides its arguments and that is frozen into its program: plain numbers, texts, flags.

Values from outside are read anew at each call.  A plain number is part of the program; so it is read at each call too, and
where it has changed the function is recorded again.  Numbers are found in closures, globals, defaults, in the functions
called from there, in the attributes that the code names of modules and objects (`self.scale`), and in lists, tuples, dicts and
arrays of them up to a size: what is deeper or larger than that is taken as it was.
"""

from collections.abc import Callable
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import Any

from autograd_lite.engine.value import Value
from autograd_lite.transforms.registry import derivative_of

#: How many entries of containers are compared at each call, of how many containers within containers.
LARGEST, DEEPEST = 1000, 3
_OWN = __name__.partition(".")[0]


def frozen_reader(function: Callable[..., Any]) -> Callable[[], tuple[Any, ...]]:
    """A function that reads the plain numbers, texts and flags that `function` refers to.

    Examples
    --------
    >>> scale = [2.0]
    >>> def f(x):
    ...     return x * scale[0]
    >>> read = frozen_reader(f)
    >>> before = read()
    >>> scale[0] = 3.0
    >>> read() == before
    False
    """
    readers: list[Callable[[], Any]] = []
    seen: set[tuple[int, int]] = set()
    path: list[Any] = _functions(function, ["__call__"])
    while path:
        one = path.pop()
        code = getattr(one, "__code__", None)
        bound = getattr(one, "__self__", None)
        key = (id(getattr(one, "__func__", one)), id(bound))
        if key in seen or not isinstance(code, CodeType):
            continue
        seen.add(key)
        names = _names(code)
        if bound is not None:
            readers += _attributes(lambda bound=bound: bound, names)  # type: ignore[misc]
            path += _functions(bound, names)
        defaults = (*(one.__defaults__ or ()), *(one.__kwdefaults__ or {}).values())
        places: list[Callable[[], Any]] = [partial(_contents, cell) for cell in one.__closure__ or ()]
        places += [lambda default=default: default for default in defaults]  # type: ignore[misc]
        places += [partial(one.__globals__.get, name) for name in names if name in one.__globals__]
        for get in places:
            path += _theirs(get(), names)
            readers += _readers(get, names)

    def read() -> tuple[Any, ...]:
        return tuple([reader() for reader in readers])

    return read


def _unwrapped(thing: Any) -> Any:
    """The function that was differentiated, mapped or compiled."""
    while True:
        derivative = derivative_of(thing)
        if derivative is not None:
            thing = derivative.function
        elif isinstance(thing, partial):
            thing = thing.func
        elif type(thing).__module__.startswith(f"{_OWN}.compiler") and hasattr(thing, "function"):
            thing = thing.function
        else:
            return thing


def _functions(thing: Any, names: list[str]) -> list[Any]:
    """What is to be looked into: a function, or the methods of an object that the code names or calls."""
    found = _unwrapped(thing)
    if hasattr(found, "__code__"):
        return [found]
    if hasattr(found, "functions"):  # of a `custom_vjp`: itself and its rule
        return list(found.functions)
    methods = [getattr(type(found), name, None) for name in (*names, "__call__")]
    return [MethodType(method, found) for method in methods if isinstance(method, FunctionType)]


def _theirs(thing: Any, names: list[str]) -> list[Any]:
    """The same, leaving out what is this package's own."""
    return [one for one in _functions(thing, names) if not str(one.__module__).startswith(_OWN)]


def _names(code: CodeType) -> list[str]:
    """Names of globals and attributes in a function and the functions inside it."""
    found = dict.fromkeys(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= dict.fromkeys(_names(constant))
    return list(found)


def _readers(get: Callable[[], Any], names: list[str]) -> list[Callable[[], Any]]:
    """What reads the numbers of a thing: itself, its entries, or the attributes of it that the code names."""
    thing = get()
    if isinstance(thing, Value) or callable(thing) or hasattr(thing, "__dict__"):
        return _attributes(get, names) if _watched(thing) else []
    return [lambda: snapshot(get())] if _holds_numbers(thing) else []


def _watched(thing: Any) -> bool:
    """Whether attributes are looked at: of modules and objects of the user's."""
    module = thing.__name__ if type(thing).__name__ == "module" else type(thing).__module__
    return not isinstance(thing, type | Value) and not str(module).startswith(_OWN)


def _attributes(get: Callable[[], Any], names: list[str]) -> list[Callable[[], Any]]:
    there = getattr(get(), "__dict__", {})
    return [
        lambda name=name: snapshot(get().__dict__.get(name))  # type: ignore[misc]
        for name in names
        if name in there and _holds_numbers(there[name])
    ]


def _holds_numbers(thing: Any) -> bool:
    """Whether there is anything to compare; a list of parameters has nothing, and is not read at each call."""
    found = [snapshot(thing)]
    while found:
        one = found.pop()
        if one is None:
            continue
        if one[0] not in (list, tuple, dict):
            return True
        found += one[1]
    return False


def snapshot(thing: Any, depth: int = DEEPEST) -> Any:
    """The plain numbers, texts and flags in a thing, to be compared; None for anything else.

    >>> snapshot([1.0, {"rate": 2}]) == snapshot([1.0, {"rate": 3}])
    False
    """
    kind = thing.__class__
    if kind in (float, int, bool, str):
        return (kind, thing)
    if kind in (list, tuple) and depth and len(thing) <= LARGEST:
        return (kind, tuple([snapshot(one, depth - 1) for one in thing]))
    if kind is dict and depth and len(thing) <= LARGEST:
        return (kind, tuple([snapshot(one, depth - 1) for one in thing.values()]), tuple(map(str, thing)))
    if getattr(getattr(thing, "dtype", None), "kind", "O") in "fiub" and getattr(thing, "size", LARGEST + 1) <= LARGEST:
        return (kind, thing.shape, thing.tobytes())
    return None


def _contents(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None  # not bound yet
