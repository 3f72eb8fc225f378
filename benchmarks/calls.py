"""What small calls cost: of a compiled function of two numbers, and of a model that is asked for its parameters.

Processor time, the least of many tries.  With another copy of the package, a checkout of an older version, both are measured in
turn and the ratio is given.

Run: python benchmarks/calls.py [--against DIRECTORY] [--rounds 3]
"""

import argparse
import json
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from statistics import median

SIZES = {1042: (10, [80, 2]), 10_220: (30, [200, 20]), 99_530: (100, [300, 230])}
HERE = Path(__file__).resolve().parents[1]


def microseconds(call, number, tries):
    """Of one call."""
    best = float("inf")
    for _ in range(tries):
        start = time.process_time_ns()
        for _ in range(number):
            call()
        best = min(best, time.process_time_ns() - start)
    return best / number / 1000


def measured():
    """By what was measured, microseconds a call, and a parameter."""
    from autograd_lite import jit, nn, tanh, value_and_grad
    from autograd_lite.micrograd import MLP
    from autograd_lite.nn.optim import SGD

    def f(x, y):
        return tanh(x * y) + x

    found = {}
    for backend in ("llvm", "python"):
        both = jit(value_and_grad(f, argnums=(0, 1)), backend=backend)
        value = jit(f, backend=backend)
        row = jit(value_and_grad(lambda p: f(*p)), backend=backend)
        calls = {
            "value_and_grad": partial(both, 1.0, 2.0),
            "value": partial(value, 1.0, 2.0),
            "value_and_grad of a list": partial(row, [1.0, 2.0]),
        }
        for name, call in calls.items():
            call()
            found[f"{name}, {backend}"] = microseconds(call, 500, 40)
    for count, sizes in SIZES.items():
        model, small = nn.MLP(*sizes, seed=0), MLP(*sizes)
        descent = SGD(model, lr=0.1)
        calls = {
            "parameters()": model.parameters, "zero_grad()": model.zero_grad, "SGD.zero_grad()": descent.zero_grad,
            "named_parameters()": lambda model=model: list(model.named_parameters()),
            "eval() and train()": lambda model=model: model.eval().train(), "micrograd's parameters()": small.parameters,
            "micrograd's zero_grad()": small.zero_grad,
        }  # fmt: skip
        for name, call in calls.items():
            found[f"{name}, {count:,}"] = microseconds(call, 1, 4) / count
    return found


def in_process(directory):
    """The same in a process of its own, with the package from a directory."""
    command = [sys.executable, __file__, "--serve"]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(directory)}, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path, help="a checkout of another version")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        print(json.dumps(measured()))
        return
    copies = [HERE, *([given.against] if given.against else [])]
    rounds = [[in_process(copy) for copy in copies] for _ in range(given.rounds)]
    print(f"{'us a call, or a parameter':36}{'here':>8}{'there  ratio' if given.against else '':>16}")
    for name in rounds[0][0]:
        times = [median(one[k][name] for one in rounds) for k in range(len(copies))]
        ratio = f"{times[1]:9.3f} {times[1] / times[0]:5.1f}x" if given.against else ""
        print(f"{name:36}{times[0]:8.3f}{ratio:>16}")


if __name__ == "__main__":
    main()
