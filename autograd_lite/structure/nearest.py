"""What is left where a graph is too large, or too irregular, to be shown whole: the surroundings of its result."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from autograd_lite import Value
from autograd_lite.structure.boxes import Box, join, rewire
from autograd_lite.structure.folding import plain_box
from autograd_lite.structure.snapshot import cycle_error

T = TypeVar("T", bound=Hashable)


def nearest(root: T, sources: Callable[[T], Iterable[T]], most: int) -> dict[T, None]:
    """`root` and those nearest to it along `sources`, `most` at most, from near to far; only these are looked at.

    >>> x = Value(1.0)
    >>> for _ in range(1000): x = x * 2.0
    >>> len(nearest(x, lambda node: node.parents, 5))
    5
    """
    near = {root: None}
    queue = [root]
    for one in queue:
        for source in sources(one):
            if source not in near and len(near) < most:
                near[source] = None
                queue.append(source)
        if len(near) >= most:
            break
    return near


def surroundings(root: Value, most: int) -> list[Box]:
    """One box for `root` and each of the nodes nearest to it, `most` at most; one of the kind "rest" for what lies beyond.

    For graphs that are too large to be walked through: only what is returned is looked at.

    >>> x = Value(1.0)
    >>> for _ in range(1000): x = x * 2.0
    >>> [box.kind for box in surroundings(x, 3)]
    ['rest', 'operation', 'operation', 'operation']
    """
    near = nearest(root, lambda node: node.parents, most)
    rest = Box("rest", "", [], [])
    of = {parent: rest for node in near for parent in node.parents if parent not in near}
    boxes = [rest] if of else []
    waiting = list(near)
    while waiting:  # in topological order, which nearness is not
        ready = next((node for node in reversed(waiting) if all(parent in of for parent in node.parents)), None)
        if ready is None:
            raise cycle_error(root)
        waiting = [node for node in waiting if node is not ready]
        of[ready] = plain_box(ready, of)
        boxes.append(of[ready])
    return boxes


def keep_nearest(boxes: Sequence[Box], limit: int) -> list[Box]:
    """The last box (the result) and those nearest to it, `limit` at most; one of the kind "rest" stands for all others."""
    near = nearest(boxes[-1], lambda box: [source for source, _, _ in box.inputs], limit)
    far = [box for box in boxes if box not in near]
    if not far:
        return list(boxes)
    rest = replace(join("rest", "", far, units=len(far)), outputs=[], inputs=[])
    return rewire({**dict.fromkeys(far, rest), **{box: replace(box) for box in boxes if box in near}})
