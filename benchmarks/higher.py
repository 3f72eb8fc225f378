"""The ninth derivative of tanh at 1: by power series, by nesting grad nine times, and in HIPS autograd.

Run with `python benchmarks/higher.py` (with `pip install autograd` for the comparison); prints medians of processor time.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import autograd_lite as ag

ORDER = 9
TRUE = 1183.4218675111372  # from mpmath, 60 digits


def nested(grad: Callable[..., Callable[[float], float]], f: Callable[..., object]) -> Callable[[float], float]:
    for _ in range(ORDER):
        f = grad(f)
    return f


def median(work: Callable[[], float], repeats: int) -> tuple[float, float]:
    times = []
    for _ in range(repeats):
        start = time.process_time()
        result = work()
        times.append(time.process_time() - start)
    return statistics.median(times), float(result)


def main() -> None:
    rows = [
        ("derivative(tanh, 9)", lambda: ag.derivative(ag.tanh, ORDER)(1.0), 50),
        ("grad nested nine times", lambda: nested(ag.grad, ag.tanh)(1.0), 10),
    ]
    try:
        import autograd
        import autograd.numpy
    except ImportError:
        print("HIPS autograd is not installed (pip install autograd): no comparison")
    else:
        rows.append(("HIPS autograd", lambda: nested(autograd.grad, autograd.numpy.tanh)(1.0), 5))
    print(f"{'ninth derivative of tanh at 1':<32}{'median':>12}{'relative error':>18}")
    base = None
    for name, work, repeats in rows:
        work()
        seconds, result = median(work, repeats)
        base = base or seconds
        print(f"{name:<32}{seconds * 1e3:>9.2f} ms{abs(result / TRUE - 1):>18.1e}{seconds / base:>10.0f}x")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    main()
