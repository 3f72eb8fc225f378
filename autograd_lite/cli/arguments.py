"""Types of options: each turns a text into a value or says what is accepted."""

import argparse
import math
from collections.abc import Callable


def sizes(text: str) -> tuple[int, ...]:
    """`16,16`: the sizes of hidden layers; `none` or `0` for no hidden layer.

    >>> sizes("16,8"), sizes("none")
    ((16, 8), ())
    """
    if text.strip().lower() in ("none", "0", ""):
        return ()
    try:
        found = tuple(int(part) for part in text.replace("x", ",").split(","))
    except ValueError:
        found = (0,)
    if any(size < 1 for size in found):
        raise argparse.ArgumentTypeError(
            f"{text!r}: sizes of layers are whole numbers from 1 with commas, such as 16,16 (or none)"
        )
    if math.prod(found) > 10**8 or max(found) > 100_000:
        raise argparse.ArgumentTypeError(f"{text!r}: a network of this size does not fit in memory here")
    return found


def number(low: float, high: float = math.inf, *, open_low: bool = True, open_high: bool = True) -> Callable[[str], float]:
    """A number between bounds, which belong to it unless they are open.

    >>> number(0, 1)("0.5")
    0.5
    """

    def convert(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        above = value > low if open_low else value >= low
        below = value < high if open_high else value <= high
        if not (above and below):
            start = f"above {low:g}" if open_low else f"from {low:g}"
            end = "" if high == math.inf else (f" and below {high:g}" if open_high else f" to {high:g}")
            raise argparse.ArgumentTypeError(f"{text!r}: a number {start}{end} is needed")
        return value

    return convert


def whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """A whole number from `low`, up to `high`.

    >>> whole(1)("30")
    30
    """

    def convert(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if value < low or (high is not None and value > high):
            end = f" to {high}" if high is not None else ""
            raise argparse.ArgumentTypeError(f"{text!r}: a whole number from {low}{end} is needed")
        return value

    return convert


def batch(text: str) -> int:
    """A batch size; 0 and `all` mean all rows at once.

    >>> batch("all"), batch("32")
    (0, 32)
    """
    if text.strip().lower() in ("all", "full"):
        return 0
    try:
        return whole(0)(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"{text!r}: a batch is a whole number of rows from 1, or 'all'") from None


def names(text: str) -> tuple[str, ...]:
    """Column names with commas between them.

    >>> names("id, name")
    ('id', 'name')
    """
    return tuple(name.strip() for name in text.split(",") if name.strip())
