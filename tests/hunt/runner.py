"""Hunting: texts are drawn and run; what raises is made smaller by hypothesis and handed back as code."""

import itertools
import linecache
import sys
import time
import types
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from . import judges, programs, slopes, states, trainings

#: What is hunted for, each a strategy of texts.
KINDS: dict[str, st.SearchStrategy[str]] = {
    "stale": states.functions(blocks=(), results=("r",)),
    "caught": states.functions(states=0, blocks=states.CAUGHT, results=("r",)),
    "dead": states.functions(states=0, blocks=states.DEAD, results=("r",)),
    "structure": states.functions(states=0, blocks=states.BRANCHES, results=states.RESULTS),
    "leaks": states.functions(states=0, blocks=states.LEAKS, results=("r",)),
    "functions": states.functions(),
    "rows": programs.rows(),
    "mixed": programs.mixed(),
    "directions": programs.orders(),
    "modes": slopes.modes(),
    "orders": slopes.orders(),
    "nans": slopes.nans(),
    "rules": slopes.rules(),
    "losses": slopes.losses(),
    "peers": trainings.peers(),
    "engines": trainings.engines(),
    "diverging": trainings.diverging(),
    "threads": trainings.threads(),
    "names": trainings.names(),
}
#: What stands above every text.
HEADER = """import contextlib
import copy
import functools
import types
from collections import deque, namedtuple
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import IntEnum
from fractions import Fraction

import numpy as np
from tests.hunt.judges import *
"""
_numbers = itertools.count()


@dataclass
class Find:
    """A text that shows a wrong number, the seed that led to it, and what it said."""

    kind: str
    seed: int
    text: str
    error: str

    def __str__(self) -> str:
        head = f"# {self.kind}, seed {self.seed}: {self.error.replace(chr(10), ' ')}"
        return f"{head}\n{HEADER}{self.text}"


def run(text: str) -> None:
    """Run a text as a module of its own, whose lines Python knows."""
    name = f"hunted{next(_numbers)}"
    module = types.ModuleType(name)
    module.__file__ = f"<{name}>"
    linecache.cache[module.__file__] = (len(text), None, text.splitlines(True), module.__file__)
    sys.modules[name] = module
    exec(HEADER.replace("tests.hunt.judges", judges.__name__), vars(module))
    try:
        exec(compile(text, module.__file__, "exec"), vars(module))
    finally:
        del sys.modules[name], linecache.cache[module.__file__]
        vars(module).clear()  # a hook that knows its node by a global would keep it, and every pass would look for hooks


def hunt(kind: str, number: int, examples: int) -> Find | None:
    """Try texts of one kind; the same ones for the same seed.

    Parameters
    ----------
    kind : str
        A name of `KINDS`.
    number : int
        The seed.
    examples : int
        How many, at most.

    Returns
    -------
    Find or None
        The smallest text found that fails.
    """
    last: list[Any] = []

    @seed(number)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(KINDS[kind])
    def attempt(text: str) -> None:
        try:
            run(text)
        except Exception as error:
            last[:] = [text, error]
            raise

    try:
        attempt()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) or not last:
            raise
        text, found = last
        return Find(kind, number, text, f"{type(found).__name__}: {found}")
    return None


def hunt_for(seconds: float, number: int, kinds: Sequence[str], examples: int = 60) -> list[Find]:
    """All kinds in turn, with one seed after another, until the time is over; a find is printed, and its kind left alone then."""
    finds: list[Find] = []
    end, left = time.monotonic() + seconds, list(kinds)
    while left and time.monotonic() < end:
        for kind in list(left):
            find = hunt(kind, number, examples) if time.monotonic() < end else None
            if find is not None:
                print(find, end="\n\n", flush=True)
                finds.append(find)
                left.remove(kind)
        number += 1
    return finds
