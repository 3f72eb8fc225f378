"""Where the numbers of a step lie in memory, and the nests of loops in which they are computed."""

from dataclasses import dataclass, field
from typing import Any

from autograd_lite.compiler.loops import Strides

#: The loop over the samples of a chunk, beside those of the program.
SAMPLE = -1


@dataclass(frozen=True)
class View:
    """Numbers found by strides: in each round of loops one at `base + place + stride * round`, counted in numbers.

    >>> w = View("%shared", 10, ((0, 5), (1, 1)))
    >>> w.fixed(0, 2), w.along(1, 3)
    (View(base='%shared', place=20, strides=((1, 1),)), View(base='%shared', place=10, strides=((0, 5), (3, 1))))
    """

    base: str
    place: int
    strides: Strides = ()

    def stride(self, axis: int | None) -> int:
        """How far it is from one round of a loop to the next."""
        return dict(self.strides).get(axis, 0) if axis is not None else 0

    def moved(self, far: int) -> "View":
        """The numbers so far from these."""
        return View(self.base, self.place + far, self.strides)

    def fixed(self, axis: int, turn: int) -> "View":
        """The numbers of one round of a loop."""
        rest = tuple(pair for pair in self.strides if pair[0] != axis)
        return View(self.base, self.place + turn * self.stride(axis), rest)

    def along(self, old: int, new: int) -> "View":
        """The same numbers with the rounds of another loop; of what is in that loop, too, the diagonal."""
        strides = dict(self.strides)
        strides[new] = strides.get(new, 0) + strides.pop(old, 0)
        return View(self.base, self.place, tuple(strides.items()))


@dataclass
class Contraction:
    """`to[m, n] (+)= sum over k of left[m, k] * right[k, n]`, n contiguous in `right` and in the result.

    Attributes
    ----------
    to, left, right : View
    m, n, k : int
        Loops; `m` may be None: one row.
    added : bool
        Add to what is there.
    """

    to: View
    left: View
    right: View
    m: int | None
    n: int
    k: int
    added: bool


@dataclass
class Nest:
    """Loops inside each other, and what is done in the innermost.

    Attributes
    ----------
    loops : tuple of int
        From the outermost to the innermost.
    vector : int, optional
        The one of them whose rounds are computed as many at once as there are lanes.
    steps : list of int
        Operations that are computed, each on results of the same round.
    stores : list of (int or View, View)
        A step, or numbers found in memory, and where they are kept.
    sums : list of (int, View)
        A step and where it is added up: over the samples, if it depends on them.
    adds : list of (int, View)
        A step and where it is added to the results of each sample.
    checks : list of (int, int)
        A step and the guard it is.
    fold : int, optional
        A step that is over the innermost loop.
    call : Contraction, optional
        What is called in each round.
    scan : int, optional
        A step whose rounds follow each other, in the innermost.
    rounds : object, optional
        The rounds of a scan whose body has loops; see `bodies.py`.
    clears : list of (View, int)
        Where so many numbers become zeros before.
    once : bool
        Nothing in it depends on the samples.
    """

    loops: tuple[int, ...]
    vector: int | None
    once: bool
    steps: list[int] = field(default_factory=list)
    stores: list[tuple[int | View, View]] = field(default_factory=list)
    sums: list[tuple[int, View]] = field(default_factory=list)
    adds: list[tuple[int, View]] = field(default_factory=list)
    checks: list[tuple[int, int]] = field(default_factory=list)
    fold: int | None = None
    call: Contraction | None = None
    scan: int | None = None
    rounds: Any = None
    clears: list[tuple[View, int]] = field(default_factory=list)
