"""One replay over 10,000 NumPy points against 10,000 eager evaluations: value and gradient of the same function.

Run with `python benchmarks/replay.py`; prints medians of processor time, and the ratio that is aimed at (50 or more).
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np

import autograd_lite as ag
from autograd_lite import Value

POINTS = 10_000


def neuron(x: Value, y: Value) -> Value:
    return ag.tanh(1.5 * x - 0.7 * y + 0.2) * ag.sigmoid(y) + 0.1 * x * x


def rosenbrock(x: Value, y: Value) -> Value:
    return 100.0 * (y - x * x) ** 2 + (1.0 - x) ** 2


def piecewise(x: Value, y: Value) -> Value:
    return ag.relu(x * y) + ag.maximum(x, y) * ag.abs(x - y) + ag.softplus(x)


def perceptron(x: Value, y: Value) -> Value:
    """A 2-8-1 network."""
    hidden = [ag.tanh(ag.dot([x, y], [0.3 * k - 1.0, 0.2 * k]) + 0.1 * k) for k in range(8)]
    return ag.sigmoid(ag.dot(hidden, [0.5 - 0.1 * k for k in range(8)]))


def median(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def main() -> None:
    draw = np.random.default_rng(0)
    xs, ys = draw.uniform(-2, 2, POINTS), draw.uniform(-2, 2, POINTS)
    print(f"{POINTS} points, value and both derivatives, medians")
    print(f"{'function':<12}{'eager':>12}{'replay':>12}{'ratio':>9}")
    for f in (neuron, rosenbrock, piecewise, perceptron):

        def eager(f: Callable[[Value, Value], Value] = f) -> list[tuple[float, float, float]]:
            results = []
            for a, b in zip(xs.tolist(), ys.tolist(), strict=True):
                x, y = Value(a), Value(b)
                out = f(x, y)
                out.backward()
                results.append((out.data, x.grad, y.grad))
            return results

        x, y = Value(0.5), Value(0.5)
        root = f(x, y)

        def replayed(root: Value = root, x: Value = x, y: Value = y) -> tuple[np.ndarray, ...]:
            run = ag.replay(root, "numpy", {x: xs, y: ys})
            return run.value, run.grad(x), run.grad(y)

        assert np.allclose(np.array(replayed()).T, eager())
        slow, fast = median(eager, 3), median(replayed, 15)
        print(f"{f.__name__:<12}{slow * 1e3:>9.1f} ms{fast * 1e3:>9.2f} ms{slow / fast:>8.0f}x")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    main()
