"""sin and cos of a vector: in arithmetic where the numbers are of ordinary size, one by one through C's where one is not.

The reduction is that of Cody and Waite, with the constants of FreeBSD's msun (Sun Microsystems' fdlibm): a multiple of pi/2
in three parts of 33 bits, whose products with a count below 2**20 are exact, and what each difference rounds off is kept.
Then sin or cos of at most pi/4, by msun's polynomials.  Beyond that size a reduction needs hundreds of digits of pi, which
the C library has.
"""

import math
from typing import Any

from autograd_lite.compiler.lowering import choose, polynomial
from autograd_lite.compiler.program import Builder, Program
from autograd_lite.compiler.symbols import Symbol, lift, write

#: The largest number for the quick way: 2**19 quarter turns.
LARGEST = 2.0**19
_PARTS = (1.57079632673412561417e00, 6.07710050630396597660e-11, 2.02226624871116645580e-21)
_TAIL = 8.47842766036889956997e-32
_SIN = (
    -1.66666666666666324348e-01, 8.33333333332248946124e-03, -1.98412698298579493134e-04, 2.75573137070700676789e-06,
    -2.50507602534068634195e-08, 1.58969099521155010221e-10,
)  # fmt: skip
_COS = (
    4.16666666666666019037e-02, -1.38888888888741095749e-03, 2.48015872894767294178e-05, -2.75573143513906633035e-07,
    2.08757232129817482790e-09, -1.13596475577881948265e-11,
)  # fmt: skip


def _difference(a: Any, b: Any) -> tuple[Any, Any]:
    """a - b, and what rounding it loses (Knuth)."""
    s = a - b
    back = s - a
    return s, (a - (s - back)) - (b + back)


def _reduced(x: Any) -> tuple[Any, Any, Any]:
    """A whole n and y + z with x = n * pi/2 + y + z, z far below y."""
    n = write("rint", x * (2.0 / math.pi))
    rest, lost = x - n * _PARTS[0], 0.0
    for part in _PARTS[1:]:
        rest, rounding = _difference(rest, n * part)
        lost = rounding + lost
    lost = lost - n * _TAIL
    y = rest + lost
    return n, y, (rest - y) + lost


def _wave(x: Any, quarters: float) -> Any:
    """sin(x + quarters * pi/2)."""
    n, y, low = _reduced(x)
    z = y * y
    cube = z * y
    sin = y - ((z * (0.5 * low - cube * polynomial(_SIN[1:], z)) - low) - cube * _SIN[0])
    half = 0.5 * z
    top = 1.0 - half
    cos = top + (((1.0 - top) - half) + (z * (z * polynomial(_COS, z)) - y * low))
    turn = n + quarters if quarters else n
    turn = turn - 4.0 * write("floor", 0.25 * turn)  # 0, 1, 2 or 3
    odd = choose("eq", turn, 1.0, cos, choose("eq", turn, 3.0, cos, sin))
    return choose("ge", turn, 2.0, -odd, odd)


def _sin(x: Any) -> Any:
    return choose("lt", write("abs", x), 2.0**-27, x, _wave(x, 0.0))  # also the sign of zero


def _cos(x: Any) -> Any:
    return _wave(x, 1.0)


def quick(op: str) -> Program:
    """sin or cos of one number of at most `LARGEST` in size, as a program of arithmetic.

    >>> quick("sin").run([0.5]) == [math.sin(0.5)]
    True
    """
    builder = Builder()
    x = Symbol(builder, builder.input("x"))
    return builder.finish([lift(builder, {"sin": _sin, "cos": _cos}[op](x))], name=op)
