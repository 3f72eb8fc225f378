"""What compiled work costs by its size: `python benchmarks/scaling.py [--only samples] [--plot FILE]`.

For each kind of work a row of sizes, the cost of a call at each (processor time, one thread, the least of some rounds), and the line
`fixed + slope * size` that fits best in proportion; the last column is how many times the line a cost is, or the other way round.
More than 2 anywhere is a cliff.  Kinds of work are functions in `WORK`: each gives a call for a size.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd_lite as ag
from autograd_lite import jit, nn, tanh, value_and_grad, vmap
from autograd_lite.many.grid import Grid
from autograd_lite.many.plan import Plan

clock = time.process_time
Call = Callable[[], Any]


def samples(f: Any, width: int) -> Callable[[int], Call]:
    """A batch of samples with so many numbers each, in columns."""
    compiled = jit(vmap(f))

    def call(n: int) -> Call:
        columns = np.linspace(-2.0, 2.0, width * n).reshape(width, n)
        return lambda: compiled(*columns)

    return call


def rows(n: int) -> Call:
    """Samples in the rows of a table."""
    table = np.linspace(0.5, 2.0, 2 * n).reshape(n, 2)
    return lambda: _product(table)


def summed(n: int) -> Call:
    """A loss and its gradient, summed over samples."""
    w, table = np.array([0.5, -0.3]), np.linspace(-1.0, 1.0, 2 * n).reshape(n, 2)
    return lambda: _loss(w, table)


def branching(n: int) -> Call:
    """Samples of which half take the other branch."""
    table = np.random.default_rng(0).uniform(0.5, 2.0, (n, 2))
    return lambda: _branch(table)


_product = jit(vmap(lambda v: tanh(v[0] * v[1])))
_branch = jit(vmap(lambda v: v[0] * v[0] if v[0] > v[1] else ag.exp(v[1])))
_loss = jit(value_and_grad(lambda w, x: (tanh(w[0] * x[0] + w[1] * x[1]) - 0.2) ** 2), in_axes=(None, 0))


def units(n: int) -> Call:
    """A layer of so many units of four inputs, from plain numbers in one array, and its gradient."""

    def network(w: Any) -> Any:
        x = (0.3, -0.2, 0.8, 0.1)
        return ag.sum([w[5 * k] * tanh(ag.sum([w[5 * k + j + 1] * x[j] for j in range(4)])) for k in range(n)])

    compiled, w = jit(value_and_grad(network)), np.linspace(-1.0, 1.0, 5 * n)
    return lambda: compiled(w)


def rosenbrock(n: int) -> Call:
    """Rosenbrock's function of n numbers in an array, and its gradient."""
    compiled, x = jit(value_and_grad(_rosenbrock)), np.linspace(-1.0, 1.2, n)
    return lambda: compiled(x)


def _rosenbrock(x: Any) -> Any:
    return ag.sum([100 * (x[k + 1] - x[k] ** 2) ** 2 + (1 - x[k]) ** 2 for k in range(len(x) - 1)])


def networks(n: int) -> Call:
    """So many networks of 17 parameters, each a hundred steps of training from a start of its own."""
    xor = ([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])
    grid = Grid.of({"scale": np.linspace(0.5, 3.0, n)})
    plan = Plan(lambda seed: nn.MLP(2, [4, 1], activation="tanh", seed=seed), grid, *xor, "mse", "sgd", 0.1, 0, 100, 0.01)
    jobs = [plan.job(0, runs) for runs in np.array_split(np.arange(n), -(-n // 4096))]
    return lambda: [job() for job in jobs]


_TO_MILLION = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
#: By name: what makes a call for a size, and the sizes.  Time steps belong here as well.
WORK: dict[str, tuple[Callable[[int], Call], Sequence[int]]] = {
    "samples": (samples(lambda x, y: tanh(x * y) + ag.exp(x) / (1 + y * y), 2), _TO_MILLION),
    "samples, value_and_grad": (samples(value_and_grad(lambda w, x, b: tanh(w * x + b) ** 2, (0, 1, 2)), 3), _TO_MILLION),
    "rows": (rows, _TO_MILLION),
    "samples, summed": (summed, _TO_MILLION),
    "samples of two ways": (branching, _TO_MILLION),
    "networks": (networks, _TO_MILLION),
    "units": (units, (1, 3, 10, 30, 100, 300, 1_000)),
    "rosenbrock": (rosenbrock, (3, 10, 30, 100, 300, 1_000, 3_000, 10_000)),
}


def cost(call: Call, rounds: int = 15, each: float = 0.02) -> float:
    """Microseconds of a call, the least of some rounds."""
    call()
    call()
    begin = clock()
    call()
    times = max(1, int(each / max(clock() - begin, 1e-6)))
    found = []
    for _ in range(rounds):
        begin = clock()
        for _ in range(times):
            call()
        found.append((clock() - begin) / times)
    return min(found) * 1e6


def line(sizes: Sequence[int], costs: Sequence[float]) -> tuple[float, float]:
    """A fixed cost and a slope, none negative, whose sums are nearest to the costs in proportion."""
    n, c = np.array(sizes, dtype=float), np.array(costs)
    fixed, slope = np.linalg.lstsq(np.stack([1 / c, n / c], 1), np.ones(len(n)), rcond=None)[0]
    return max(float(fixed), 0.0), max(float(slope), 0.0)


def plot(found: dict[str, tuple[Sequence[int], Sequence[float], tuple[float, float]]], path: str) -> None:
    """Draw costs as points and the lines beside them, both axes logarithmic."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 5))
    for name, (sizes, costs, (fixed, slope)) in found.items():
        (points,) = axes.loglog(sizes, costs, "o", label=name)
        axes.loglog(sizes, [fixed + slope * n for n in sizes], color=points.get_color(), linewidth=1)
    axes.set(xlabel="samples, units, numbers", ylabel="microseconds a call")
    axes.legend()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=WORK)
    parser.add_argument("--plot", metavar="FILE")
    given, found = parser.parse_args(), {}
    for name, (make, sizes) in WORK.items():
        if given.only not in (None, name):
            continue
        costs = [cost(make(n)) for n in sizes]
        fixed, slope = line(sizes, costs)
        found[name] = sizes, costs, (fixed, slope)
        print(f"{name}: {fixed:.1f} us + {1000 * slope:.2f} ns each")
        for n, one in zip(sizes, costs, strict=True):
            fitted = fixed + slope * n
            print(f"  {n:>9,}  {one:12.2f} us  {max(one / fitted, fitted / one):5.2f}", flush=True)
    if given.plot:
        plot(found, given.plot)


if __name__ == "__main__":
    main()
