"""A plane through the space of all weights, so that a loss of thousands of them can be drawn over two numbers."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Plane:
    """The points `centre + a * first + b * second`.

    Parameters
    ----------
    centre, first, second : tuple of float
        A point and two orthogonal directions of length 1.
    """

    centre: tuple[float, ...]
    first: tuple[float, ...]
    second: tuple[float, ...]

    def point(self, a: float, b: float) -> list[float]:
        """The weights at the coordinates (a, b)."""
        return [c + a * u + b * v for c, u, v in zip(self.centre, self.first, self.second, strict=True)]

    def project(self, weights: Sequence[float]) -> tuple[float, float]:
        """The coordinates of the point of the plane that is nearest to `weights`.

        >>> Plane((0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)).project([3.0, 4.0, 9.0])
        (3.0, 4.0)
        """
        offset = [w - c for w, c in zip(weights, self.centre, strict=True)]
        return _dot(offset, self.first), _dot(offset, self.second)

    def loss(self, loss: Callable[[list[float]], float]) -> Callable[[float, float], float]:
        """A loss of all weights as a function of the two coordinates."""
        return lambda a, b: loss(self.point(a, b))


def random_plane(centre: Sequence[float], *, seed: int = 0) -> Plane:
    """A plane through `centre` in two random orthogonal directions.

    >>> plane = random_plane([1.0, 2.0, 3.0], seed=1)
    >>> abs(sum(u * v for u, v in zip(plane.first, plane.second))) < 1e-12
    True
    """
    if len(centre) < 2:
        raise ValueError("a plane needs two weights or more; for one use loss_over_weight")
    draw = random.Random(f"plane {seed}")
    return _plane(centre, [draw.gauss(0, 1) for _ in centre], [draw.gauss(0, 1) for _ in centre])


def plane_of_path(path: Sequence[Sequence[float]], *, seed: int = 0) -> Plane:
    """The plane in which a descent is best seen: through its end, along the way from its start, and along the widest bend.

    Parameters
    ----------
    path : sequence of sequence of float
        All weights, step by step.
    seed : int
        For a random second direction, if the path is straight.

    Returns
    -------
    Plane
        Centred on the end of the path.
    """
    if not path:
        raise ValueError("there is no path: give the weights step by step, at least once")
    end = path[-1]
    along = [s - e for s, e in zip(path[0], end, strict=True)]
    if len(end) < 2 or not any(along):
        return random_plane(end, seed=seed)
    unit = _scaled(along)
    bends = [_orthogonal([w - e for w, e in zip(weights, end, strict=True)], unit) for weights in path]
    widest = max(bends, key=lambda bend: math.hypot(*bend))
    if math.hypot(*widest) <= 1e-6 * math.hypot(*along):
        draw = random.Random(f"plane {seed}")
        widest = [draw.gauss(0, 1) for _ in end]
    return _plane(end, along, widest)


def _plane(centre: Sequence[float], first: Sequence[float], second: Sequence[float]) -> Plane:
    unit = _scaled(first)
    return Plane(tuple(centre), tuple(unit), tuple(_scaled(_orthogonal(second, unit))))


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


def _scaled(direction: Sequence[float]) -> list[float]:
    length = math.hypot(*direction)
    return [x / length for x in direction]


def _orthogonal(direction: Sequence[float], unit: Sequence[float]) -> list[float]:
    shadow = _dot(direction, unit)
    return [x - shadow * u for x, u in zip(direction, unit, strict=True)]
