"""Generated data: shapes in the plane for classification, curves for regression.

Pure Python, from a seed: the same arguments give the same rows on every machine, and nothing needs to be installed.
"""

import math
import random
from collections.abc import Callable, Sequence

from autograd_lite.data.dataset import Dataset
from autograd_lite.data.errors import DataError


def moons(n: int = 200, *, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Two interleaving half circles.

    Parameters
    ----------
    n : int, default 200
        The number of points, shared equally by the classes.
    noise : float, default 0.1
        The standard deviation of what is added to each coordinate.
    seed : int, default 0

    Returns
    -------
    Dataset
        Shuffled, as all of this module.

    Examples
    --------
    >>> moons(100, seed=1).class_counts
    {'upper': 50, 'lower': 50}
    """
    _check(n, noise, seed, classes=2)
    draw = random.Random(f"moons {seed}")
    points = []
    for label, count in enumerate(_shares(n, 2)):
        for k in range(count):
            angle = math.pi * k / max(count - 1, 1)
            x, y = (math.cos(angle), math.sin(angle)) if label == 0 else (1 - math.cos(angle), 0.5 - math.sin(angle))
            points.append(([x + draw.gauss(0, noise), y + draw.gauss(0, noise)], label))
    return _plane("moons", points, ("upper", "lower"), draw, "two interleaving half circles")


def circles(n: int = 200, *, noise: float = 0.05, factor: float = 0.5, seed: int = 0) -> Dataset:
    """A circle inside a circle.

    Parameters
    ----------
    n : int, default 200
    noise : float, default 0.05
        The standard deviation of what is added to each coordinate.
    factor : float, default 0.5
        The radius of the inner circle; the outer one has 1.
    seed : int, default 0

    Examples
    --------
    >>> data = circles(noise=0.0)
    >>> sorted({round(math.hypot(*row), 9) for row in data.x})
    [0.5, 1.0]
    """
    _check(n, noise, seed, classes=2)
    if not 0.0 <= factor < 1.0:
        raise DataError(f"factor, the radius of the inner circle, is from 0 to below 1, not {factor!r}")
    draw = random.Random(f"circles {seed}")
    points = []
    for label, count in enumerate(_shares(n, 2)):
        radius = factor if label else 1.0
        for k in range(count):
            angle = 2 * math.pi * k / count
            points.append(
                ([radius * math.cos(angle) + draw.gauss(0, noise), radius * math.sin(angle) + draw.gauss(0, noise)], label)
            )
    return _plane("circles", points, ("outer", "inner"), draw, "a circle inside a circle")


def spirals(n: int = 300, *, arms: int = 3, turns: float = 0.7, noise: float = 0.03, seed: int = 0) -> Dataset:
    """Arms that wind around each other from the middle outwards, one class each.

    Parameters
    ----------
    n : int, default 300
    arms : int, default 3
    turns : float, default 0.7
        How many times an arm goes around.
    noise : float, default 0.03
        The standard deviation of what is added to each coordinate; the outermost radius is 1.
    seed : int, default 0

    Examples
    --------
    >>> spirals(seed=1).class_counts
    {'arm 1': 100, 'arm 2': 100, 'arm 3': 100}
    """
    _check_parts("spirals", "arms", arms)
    _check(n, noise, seed, classes=arms)
    draw = random.Random(f"spirals {seed}")
    points = []
    for label, count in enumerate(_shares(n, arms)):
        for k in range(count):
            # From 0.1 on: in the very middle all arms are one.
            radius = 0.1 + 0.9 * k / max(count - 1, 1)
            angle = 2 * math.pi * (turns * radius + label / arms)
            points.append(
                ([radius * math.cos(angle) + draw.gauss(0, noise), radius * math.sin(angle) + draw.gauss(0, noise)], label)
            )
    names = tuple(f"arm {k + 1}" for k in range(arms))
    return _plane("spirals", points, names, draw, f"{arms} arms winding around each other")


def xor_blobs(n: int = 200, *, noise: float = 0.2, seed: int = 0) -> Dataset:
    """Four clouds at the corners of a square, opposite corners of one class: XOR with something to hold out.

    >>> xor_blobs(noise=0.0, n=4).class_counts
    {'same': 2, 'different': 2}
    """
    _check(n, noise, seed, classes=4)
    draw = random.Random(f"xor blobs {seed}")
    corners = [(0.0, 0.0, 0), (1.0, 1.0, 0), (0.0, 1.0, 1), (1.0, 0.0, 1)]
    points = [
        ([a + draw.gauss(0, noise), b + draw.gauss(0, noise)], label)
        for (a, b, label), count in zip(corners, _shares(n, 4), strict=True)
        for _ in range(count)
    ]
    return _plane("xor_blobs", points, ("same", "different"), draw, "four clouds, opposite corners of one class")


def blobs(n: int = 150, *, centers: int = 3, noise: float = 0.25, seed: int = 0) -> Dataset:
    """Round clouds on a circle, one class each: the easy case, which a straight boundary solves.

    >>> blobs(30).n_classes
    3
    """
    _check_parts("blobs", "centers", centers)
    _check(n, noise, seed, classes=centers)
    draw = random.Random(f"blobs {seed}")
    points = [
        ([math.cos(angle) + draw.gauss(0, noise), math.sin(angle) + draw.gauss(0, noise)], label)
        for label, count in enumerate(_shares(n, centers))
        for angle in [2 * math.pi * label / centers]
        for _ in range(count)
    ]
    return _plane("blobs", points, tuple(f"blob {k + 1}" for k in range(centers)), draw, f"{centers} round clouds")


def sine(n: int = 100, *, noise: float = 0.1, periods: float = 1.0, seed: int = 0) -> Dataset:
    """y = sin(x) with noise, over whole periods around 0: regression.

    >>> data = sine(5, noise=0.0)
    >>> all(abs(y - math.sin(x)) < 1e-12 for (x,), y in data)
    True
    """
    return _curve("sine", math.sin, math.pi * periods, n, noise, seed, "sin(x) with noise")


def polynomial(
    n: int = 100, *, coefficients: Sequence[float] = (2.0, 7.0, 1.0), noise: float = 0.5, reach: float = 8.0, seed: int = 0
) -> Dataset:
    """A polynomial with noise: regression.

    Parameters
    ----------
    n : int, default 100
    coefficients : sequence of float, default (2, 7, 1)
        Of the powers 0, 1, 2, ...: the default is x^2 + 7 x + 2, whose minimum is at -3.5.
    noise : float, default 0.5
    reach : float, default 8
        x goes from -reach to reach.
    seed : int, default 0

    Examples
    --------
    >>> data = polynomial(noise=0.0)
    >>> all(abs(y - (x**2 + 7 * x + 2)) < 1e-9 for (x,), y in data)
    True
    """
    terms = tuple(float(c) for c in coefficients)
    if not terms:
        raise DataError("a polynomial has at least one coefficient")

    def value(x: float) -> float:
        total = 0.0
        for coefficient in reversed(terms):
            total = total * x + coefficient
        return total

    written = " + ".join(f"{c:g} x^{k}" for k, c in reversed(list(enumerate(terms))))
    return _curve("polynomial", value, reach, n, noise, seed, f"{written} with noise")


def _curve(
    name: str, function: Callable[[float], float], reach: float, n: int, noise: float, seed: int, description: str
) -> Dataset:
    _check(n, noise, seed, classes=1)
    if not (math.isfinite(reach) and reach > 0.0):
        raise DataError(f"x goes from a finite number to a larger one, not from {-reach!r} to {reach!r}")
    draw = random.Random(f"{name} {seed}")
    xs = [reach * (2 * k / max(n - 1, 1) - 1) for k in range(n)]
    draw.shuffle(xs)
    ys = [function(x) + draw.gauss(0, noise) for x in xs]
    return Dataset(name, [[x] for x in xs], ys, ("x",), task="regression", target_name="y", description=description)


def _plane(
    name: str, points: list[tuple[list[float], int]], classes: tuple[str, ...], draw: random.Random, description: str
) -> Dataset:
    draw.shuffle(points)
    rows = [point for point, _ in points]
    return Dataset(name, rows, [label for _, label in points], class_names=classes, description=description)


def _shares(n: int, parts: int) -> list[int]:
    """`n` points shared by `parts` as equally as can be."""
    return [(n + k) // parts for k in range(parts)][::-1]


def _check(n: int, noise: float, seed: int, classes: int) -> None:
    if not isinstance(n, int) or n < max(classes, 1):
        raise DataError(f"n, the number of points, is a whole number from {max(classes, 1)}, not {n!r}")
    if not (isinstance(noise, int | float) and math.isfinite(noise) and noise >= 0.0):
        raise DataError(f"noise, a standard deviation, is a number from 0, not {noise!r}")
    if not isinstance(seed, int):
        raise DataError(f"seed is a whole number, not {seed!r}: the same seed gives the same rows")


def _check_parts(name: str, what: str, count: int) -> None:
    if not isinstance(count, int) or count < 2:
        raise DataError(f"{name} have two {what} or more, not {count!r}")
