"""Steps of a straight program that are alike, as one in loops inside each other."""

from collections.abc import Sequence
from math import prod
from operator import sub
from typing import Any

from autograd_lite.compiler.found import Found, Split
from autograd_lite.compiler.grids import inside, refined

#: What may be taken over one loop and then over another; ties of `max` would be shared otherwise.
_IN_PARTS = {"sum": "sum", "fsum": "fsum", "dot": "sum"}


class Nest:
    """Steps that are one in loops inside each other.

    Attributes
    ----------
    loops : list of int
        Those, and behind them the ones that the operation is over; -1 for one in which all is the same.
    torn : bool
        Whether an operand goes another way.
    """

    def __init__(self, found: Found, op: str, columns: Sequence[tuple[int, ...]], shape: tuple[int, ...]) -> None:
        self.found, self.op, self.columns, self.shape = found, op, columns, shape
        self.lists = [found.old.ops[column[0]] in ("block", "stack") for column in columns]
        shapes = [found.place(column[0])[0][1] for column, many in zip(columns, self.lists, strict=True) if many]
        self.over = max(shapes, key=len, default=())
        self._find()
        if len(self.over) > 1 and (op not in _IN_PARTS or (self.torn and len(shape) < 2)):
            self.over = (prod(self.over),)
            self._find()
        self.loops = [-1] * len(shape + self.over)
        for along, place in zip(self.along, self.places, strict=True):
            for axis, k in along.items() if isinstance(along, dict) else ():
                loop = found.loops[place[0][0]][axis][0]
                if self.loops[k] < 0 and loop not in self.loops:
                    self.loops[k] = loop
        for k, size in enumerate(shape + self.over):
            if self.loops[k] < 0 and (k >= len(shape) or self._varies(inside(shape)[k])):
                self.loops[k] = found.b.loops.add(size)

    def _find(self) -> None:
        """Where each operand is, how far it goes from round to round, and with which rounds the loops of its step go along."""
        self.places, self.ways, self.along = list[Any](), list[Any](), list[Any]()
        for column, many in zip(self.columns, self.lists, strict=True):
            place = self.found.place(column[0])
            (base, inner, within), start = place
            ways = [tuple(map(sub, self.found.place(column[far])[1], start)) for far in inside(self.shape)]
            more = refined(inner, self.over, within) if many else []
            along: Any = {}
            if more is None:
                along = None
            elif not isinstance(base, str):
                along = self.found.aligned(base, start, self.shape + self.over * many, [*ways, *more])
            self.places.append(place)
            self.ways.append([*ways, *(more or ())])
            self.along.append(along)
        splits = [one for one in self.along if isinstance(one, Split)]
        parts = {(one.colour, one.period, one.part): one for one in splits}
        for colour, period, part in parts if self.shape and None not in self.along else ():
            if part is None or any(key[:2] == (colour, period) and key[2] != part for key in parts):
                raise parts[colour, period, part]
        self.torn = bool(splits) or None in self.along

    def _varies(self, inner: int) -> bool:
        """Whether any operand is another one so many places on; constants may differ anywhere."""
        at = self.found.number
        return any(
            len(set(map(at, column))) > 1 if self.found.old.ops[column[0]] == "const" else at(column[0]) != at(column[inner])
            for column in self.columns
        )

    def written(self) -> tuple[int, list[int]]:
        """The step, and those of its loops that it is in."""
        found, count = self.found, len(self.shape)
        given = zip(self.columns, self.lists, self.places, self.ways, self.along, strict=True)
        args = [self._operand(column, many, place, ways, along) for column, many, place, ways, along in given]
        b = found.b
        if self.op == "stack":
            self.loops.append(b.loops.add(len(args)))
            step = b.emit("stack", *args, over=self.loops[-1])
            return step, [loop for loop in self.loops if loop in b.loops.of(step)]
        if not self.over:
            step = b.emit(self.op, *args)
        else:
            step = b.emit(self.op, *args, over=self.loops[-1])
            for loop in self.loops[-2 : count - len(self.loops) - 1 : -1]:
                step = b.emit(_IN_PARTS[self.op], step, over=loop)
        return step, [loop for loop in self.loops[:count] if loop in b.loops.of(step)]

    def _operand(self, column: Sequence[int], many: bool, place: Any, ways: Any, along: Any) -> int:
        found, count = self.found, len(self.shape)
        if place[0][0] != "const" and isinstance(along, dict):
            step = found.whole(place, self.shape + self.over * many, ways, self.loops)
            assert step is not None
            return step
        if not many:
            return found.column(column, self.shape, self.loops[:count])
        parts = zip(*[found.old.args[step] for step in column], strict=True)
        return found.b.emit(
            "stack", *[found.column(part, self.shape, self.loops[:count]) for part in parts], over=self.loops[-1]
        )
