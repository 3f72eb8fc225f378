"""The engine beside its peers, in one run: `python benchmarks/engine.py` (peers: `pip install "autograd-lite[bench]"`).

The work is micrograd's demo step: MLP(2, [16, 16, 1]), 100 points, hinge loss and an L2 term; forward, backward, update.
Every engine runs the same scalar operations, written once below; only the class of the numbers differs.  Each has a process of
its own, and they take turns, so that a slow moment of the machine hits all of them; medians and ratios of medians are printed.
"""

import argparse
import importlib.util
import os
import random
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import autograd_lite


class Network:
    """micrograd's MLP, written with `sum(w * x) + b` on whatever numbers it is given."""

    def __init__(self, number: Callable[[float], Any], sizes: list[int], relu: Callable[[Any], Any]) -> None:
        rng = random.Random(1337)
        self.relu = relu
        self.layers = [
            [([number(rng.uniform(-1, 1)) for _ in range(n_in)], number(0.0)) for _ in range(n_out)]
            for n_in, n_out in zip(sizes, sizes[1:], strict=False)
        ]

    def parameters(self) -> list[Any]:
        return [p for layer in self.layers for weights, bias in layer for p in (*weights, bias)]

    def __call__(self, xs: list[Any]) -> Any:
        for depth, layer in enumerate(self.layers):
            sums = [sum((w * x for w, x in zip(weights, xs, strict=True)), bias) for weights, bias in layer]
            xs = sums if depth == len(self.layers) - 1 else [self.relu(s) for s in sums]
        return xs[0]


def points() -> tuple[list[list[float]], list[float]]:
    rng = random.Random(7)
    xs = [[rng.uniform(-2, 2), rng.uniform(-2, 2)] for _ in range(100)]
    return xs, [1.0 if x[0] * x[1] > 0 else -1.0 for x in xs]


def loss(network: Network, number: Callable[[float], Any], xs: list[list[float]], ys: list[float]) -> Any:
    scores = [network([number(x) for x in row]) for row in xs]
    losses = [network.relu(1.0 + -y * score) for y, score in zip(ys, scores, strict=True)]
    data_loss = sum(losses[1:], losses[0]) * (1.0 / len(losses))
    squares = [p * p for p in network.parameters()]
    return data_loss + 1e-4 * sum(squares[1:], squares[0])


def scalar_step(number: Callable[[float], Any], relu: Callable[[Any], Any]) -> Callable[[], float]:
    network = Network(number, [2, 16, 16, 1], relu)
    xs, ys = points()

    def step() -> float:
        total = loss(network, number, xs, ys)
        for p in network.parameters():
            p.grad = 0.0
        total.backward()
        for p in network.parameters():
            p.data -= 0.01 * p.grad
        return float(total.data)

    return step


def torch_step() -> Callable[[], float]:
    import torch

    torch.set_num_threads(1)

    def number(x: float) -> Any:
        return torch.tensor(x, dtype=torch.float64, requires_grad=True)

    network = Network(number, [2, 16, 16, 1], torch.relu)
    xs, ys = points()

    def step() -> float:
        total = loss(network, number, xs, ys)
        for p in network.parameters():
            p.grad = None
        total.backward()
        with torch.no_grad():
            for p in network.parameters():
                p -= 0.01 * p.grad
        return float(total.detach())

    return step


def own_network_step() -> Callable[[], float]:
    """The same network from `autograd_lite.nn`, whose neuron is one `dot` node instead of a chain of additions."""
    from autograd_lite import nn, relu

    model = nn.MLP(2, [16, 16, 1], seed=1337)
    xs, ys = points()

    def step() -> float:
        losses = [relu(1.0 - y * model(x)) for x, y in zip(xs, ys, strict=True)]
        total = autograd_lite.mean(losses) + 1e-4 * autograd_lite.sum([p * p for p in model.parameters()])
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= 0.01 * p.grad
        return float(total.data)

    return step


def micrograd_step() -> Callable[[], float]:
    from micrograd.engine import Value

    sys.setrecursionlimit(10**6)
    return scalar_step(Value, lambda x: x.relu())


CONTENDERS: dict[str, tuple[str, Callable[[], Callable[[], float]]]] = {
    "autograd_lite": ("", lambda: scalar_step(autograd_lite.Value, lambda x: x.relu())),
    "autograd_lite.nn": ("", own_network_step),
    "micrograd": ("micrograd", micrograd_step),
    "PyTorch scalars": ("torch", torch_step),
}


def serve(name: str) -> None:
    """In a process of its own, so that no engine is helped or hurt by what another imported: a time for each line read."""
    step = CONTENDERS[name][1]()
    step()
    for _ in sys.stdin:
        start = time.perf_counter()
        step()
        print(time.perf_counter() - start, flush=True)


def step_table(rounds: int) -> None:
    present = [name for name, (module, _) in CONTENDERS.items() if not module or importlib.util.find_spec(module)]
    for name in CONTENDERS.keys() - set(present):
        print(f"({name} is not installed)")
    servers = {}
    for name in present:
        # Peers run with the interpreter's own settings of the garbage collector, as their users run them.
        environment = os.environ if "lite" in name else {**os.environ, "AUTOGRAD_LITE_GC": "default"}
        command = [sys.executable, __file__, "--serve", name]
        servers[name] = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    times: dict[str, list[float]] = {name: [] for name in present}
    for _ in range(rounds):
        for name, server in servers.items():
            assert server.stdin is not None
            assert server.stdout is not None
            server.stdin.write("go\n")
            server.stdin.flush()
            times[name].append(float(server.stdout.readline()))
    for server in servers.values():
        server.communicate()
    medians = {name: statistics.median(values) for name, values in times.items()}
    print("micrograd's demo step: forward, backward, update (66,000 scalar operations)")
    print(f"{'engine':20} {'median':>10} {'runs':>5}   as long as autograd_lite")
    for name, median in medians.items():
        print(f"{name:20} {median * 1e3:7.1f} ms {len(times[name]):5}   {median / medians['autograd_lite']:.2f}x")


def chain(length: int) -> tuple[float, float]:
    """Seconds a node, forward and backward, of a chain of multiplications; the median of five."""
    forward, backward = [], []
    for _ in range(5):
        leaf = autograd_lite.Value(1.0)
        start = time.perf_counter()
        node = leaf
        for _ in range(length):
            node = node * 1.0000001
        middle = time.perf_counter()
        node.backward()
        end = time.perf_counter()
        forward.append((middle - start) / length)
        backward.append((end - middle) / length)
    return statistics.median(forward), statistics.median(backward)


def chain_table() -> None:
    short, long = chain(10_000), chain(1_000_000)
    print("\na chain of multiplications, per node")
    print(f"{'':12} {'10,000':>10} {'1,000,000':>10}   ratio")
    for k, name in enumerate(("forward", "backward")):
        print(f"{name:12} {short[k] * 1e9:7.0f} ns {long[k] * 1e9:7.0f} ns   {long[k] / short[k]:.2f}x")
    both = sum(long) / sum(short)
    print(f"{'both':12} {sum(short) * 1e9:7.0f} ns {sum(long) * 1e9:7.0f} ns   {both:.2f}x")
    tracemalloc.start()
    node = autograd_lite.Value(1.0)
    other = autograd_lite.Value(1.5)
    for _ in range(100_000):
        node = node * other
    node.backward()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"memory: {size / 100_000:.0f} bytes a node, gradient included")


def import_table(rounds: int = 21) -> None:
    def seconds(code: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - start

    pairs = [(seconds("import autograd_lite"), seconds("pass")) for _ in range(rounds)]
    with_it, without = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"\nimport autograd_lite: {1e3 * (with_it - without):.0f} ms on top of the interpreter's {1e3 * without:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=25, help="runs of each engine")
    parser.add_argument("--serve", metavar="ENGINE", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve)
        return
    step_table(arguments.rounds)
    chain_table()
    import_table()


if __name__ == "__main__":
    main()
