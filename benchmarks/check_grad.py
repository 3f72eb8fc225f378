"""`check_grad` beside `torch.autograd.gradcheck`, and how long a thousand random graphs take.

    python benchmarks/check_grad.py            (the peer: pip install "autograd-lite[bench]")

The function has 10 inputs and about 40 operations on scalars, written once for both.  Medians of processor time,
taking turns in one process.
"""

import argparse
import importlib.util
import statistics
import time
from typing import Any

import autograd_lite as ag
from autograd_lite.testing import check_grad, gradgradcheck, random_graph

POINT = [0.3, -1.2, 0.8, 1.7, -0.4, 0.9, -2.1, 0.5, 1.1, -0.7]


def function(m: Any, *x: Any) -> Any:
    total = x[0] * x[1]
    for a, b in zip(x, x[1:], strict=False):
        total = total + m.sin(a * b) + m.exp(a) * b
    return m.tanh(total) * x[9]


def ours(*x: Any) -> Any:
    return function(ag, *x)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=21)
    rounds = parser.parse_args().rounds
    contestants = {
        "check_grad": lambda: check_grad(ours, *POINT),
        "check_grad(fast_mode=False)": lambda: check_grad(ours, *POINT, fast_mode=False),
        "gradgradcheck": lambda: gradgradcheck(ours, *POINT),
    }
    if importlib.util.find_spec("torch"):
        import torch

        torch.set_num_threads(1)
        inputs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in POINT]

        def theirs(*x: Any) -> Any:
            return function(torch, *x)

        contestants["torch gradcheck"] = lambda: torch.autograd.gradcheck(theirs, inputs)
        contestants["torch gradcheck, fast_mode"] = lambda: torch.autograd.gradcheck(theirs, inputs, fast_mode=True)
        contestants["torch gradgradcheck"] = lambda: torch.autograd.gradgradcheck(theirs, inputs)
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for k in range(rounds + 1):
        for name, run in contestants.items():
            start = time.process_time()
            assert run()
            if k:  # the first round loads modules
                times[name].append(time.process_time() - start)
    base = statistics.median(times["check_grad"])
    print(f"{'a function of 10 inputs':30} {'median ms':>10} {'to check_grad':>14}")
    for name, seconds in times.items():
        median = statistics.median(seconds)
        print(f"{name:30} {median * 1e3:10.2f} {median / base:13.1f}x")
    start = time.process_time()
    graphs = [random_graph(seed, operations=10, smooth=seed % 2 == 0) for seed in range(1000)]
    middle = time.process_time()
    verdicts = [check_grad(graph, *graph.point, raise_exception=False).verdict for graph in graphs]
    size = sum(len(graph.operations) for graph in graphs) / len(graphs)
    print(f"1,000 random graphs of {size:.0f} operations: made in {middle - start:.2f} s, checked in "
          f"{time.process_time() - middle:.2f} s, {verdicts.count('pass')} passed")  # fmt: skip


if __name__ == "__main__":
    main()
