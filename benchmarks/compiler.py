"""The compiler beside the tensor libraries, at the size people learn on: `python benchmarks/compiler.py`.

Peers: `pip install "autograd-lite[bench]"`; those that are not installed are left out, and so is C without a compiler.

The first table is micrograd's demo step: MLP(2, [16, 16, 1]) with relu on 100 points, hinge loss, an L2 term, gradient
descent; 337 parameters, double precision, one thread.  Everybody starts from the same numbers, and the losses after some
steps are compared before anything is timed.  Then the rounds: all take turns, medians are printed.  What is counted is the
processor's time (one thread each), which other work on the machine distorts least.

Once trained, most samples are beyond the hinge, where their backward pass comes to nothing; the compiled step and the loops
in C skip it then, so the last two rows have both at the start, where most samples still have a slope.

`--only scaling --plot docs/compiler-cost.svg` draws how the cost grows with the work (needs matplotlib).
"""

import argparse
import gc
import importlib.util
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["AUTOGRAD_LITE_CACHE"] = tempfile.mkdtemp()  # so that compiling is timed, not reading
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np

import autograd_lite as ag
from autograd_lite import nn
from autograd_lite.compiler import compile_step, jit

clock = time.process_time
SIZES, RATE, ALPHA = (2, 16, 16, 1), 0.05, 1e-4
#: For each contestant its function `run(steps)`, which takes steps and returns the loss before the last of them.
Run = Callable[[int], float]


def points() -> tuple[np.ndarray, np.ndarray]:
    rng = random.Random(7)
    xs = np.array([[rng.uniform(-2, 2), rng.uniform(-2, 2)] for _ in range(100)])
    return xs, np.where(xs[:, 0] * xs[:, 1] > 0, 1.0, -1.0)


def weights() -> list[tuple[np.ndarray, np.ndarray]]:
    rng = random.Random(1337)
    return [
        (np.array([[rng.uniform(-1, 1) for _ in range(nin)] for _ in range(nout)]), np.zeros(nout))
        for nin, nout in zip(SIZES, SIZES[1:], strict=False)
    ]


def values(number: Callable[[float], Any]) -> list[tuple[list[list[Any]], list[Any]]]:
    return [([[number(float(x)) for x in row] for row in w], [number(0.0) for _ in b]) for w, b in weights()]


def flat(layers: Any) -> list[Any]:
    return [p for w, b in layers for row, bias in zip(w, b, strict=True) for p in (*row, bias)]


def score(layers: Any, x: Any, relu: Callable[[Any], Any]) -> Any:
    """micrograd's network, neuron by neuron."""
    for depth, (w, b) in enumerate(layers):
        sums = [sum((wi * xi for wi, xi in zip(row, x, strict=True)), bias) for row, bias in zip(w, b, strict=True)]
        x = sums if depth == len(layers) - 1 else [relu(one) for one in sums]
    return x[0]


# --- ours ---------------------------------------------------------------------------------------------------------------------


def our_step(backend: str) -> Any:
    layers = values(ag.Value)
    xs, ys = points()

    def loss(x: Any, y: Any) -> Any:
        return (1.0 - y * score(layers, x, ag.relu)).relu()

    def penalty() -> Any:
        return ALPHA * sum(p * p for p in flat(layers))

    step = compile_step(loss, flat(layers), (xs[0].tolist(), 1.0), penalty=penalty, backend=backend)
    step.load([(x.tolist(), float(y)) for x, y in zip(xs, ys, strict=True)])
    return step


def compiled_loop(backend: str) -> Run:
    begin = clock()
    step = our_step(backend)
    print(f"  {backend}: recorded and compiled in {clock() - begin:.3f} s")
    return lambda steps: step.run(steps, lr=RATE, sync=False)[-1]


def compiled_at_the_start() -> Run:
    step = our_step("llvm")
    return lambda steps: step.run(steps, lr=0.0, sync=False)[-1]


def compiled_calls(backend: str) -> Run:
    step = our_step(backend)

    def run(steps: int) -> float:
        for _ in range(steps):
            loss = step.run(1, lr=RATE, sync=False)[-1]
        return loss

    return run


def scalars(number: Callable[[float], Any], relu: Callable[[Any], Any]) -> Run:
    layers = values(number)
    xs, ys = points()

    def run(steps: int) -> float:
        for _ in range(steps):
            losses = [relu(1.0 + -float(y) * score(layers, x.tolist(), relu)) for x, y in zip(xs, ys, strict=True)]
            total = sum(losses[1:], losses[0]) * (1.0 / len(losses))
            total = total + ALPHA * sum((p * p for p in flat(layers)), number(0.0))
            for p in flat(layers):
                p.grad = 0.0
            total.backward()
            for p in flat(layers):
                p.data -= RATE * p.grad
        return float(total.data)

    return run


# --- arrays ---------------------------------------------------------------------------------------------------------------------


def numpy_run() -> Run:
    """By hand: the best that NumPy can do for this network."""
    layers = weights()
    xs, ys = points()

    def run(steps: int) -> float:
        (w1, b1), (w2, b2), (w3, b3) = layers
        for _ in range(steps):
            h1 = np.maximum(xs @ w1.T + b1, 0.0)
            h2 = np.maximum(h1 @ w2.T + b2, 0.0)
            margin = 1.0 - ys * (h2 @ w3[0] + b3[0])
            loss = np.maximum(margin, 0.0).mean() + ALPHA * sum(float((p * p).sum()) for p in (w1, b1, w2, b2, w3, b3))
            g = np.where(margin > 0.0, -ys / len(ys), 0.0)
            g2 = np.outer(g, w3[0]) * (h2 > 0.0)
            g1 = (g2 @ w2) * (h1 > 0.0)
            slopes = (g1.T @ xs, g1.sum(0), g2.T @ h1, g2.sum(0), (g @ h2)[None, :], g.sum())
            for p, slope in zip((w1, b1, w2, b2, w3, b3), slopes, strict=True):
                p -= RATE * (slope + 2.0 * ALPHA * p)
        return float(loss)

    return run


def torch_run() -> Run:
    import torch

    torch.set_num_threads(1)
    layers = [(torch.tensor(w, requires_grad=True), torch.tensor(b, requires_grad=True)) for w, b in weights()]
    parameters = [p for layer in layers for p in layer]
    xs, ys = map(torch.tensor, points())
    optimizer = torch.optim.SGD(parameters, lr=RATE)

    def run(steps: int) -> float:
        for _ in range(steps):
            h = xs
            for depth, (w, b) in enumerate(layers):
                h = torch.nn.functional.linear(h, w, b)
                h = torch.relu(h) if depth < 2 else h
            loss = torch.relu(1.0 - ys * h[:, 0]).mean() + ALPHA * sum((p * p).sum() for p in parameters)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return float(loss.detach())

    return run


def jax_step() -> tuple[Any, Any]:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    xs, ys = map(jnp.asarray, points())

    def loss(layers: Any) -> Any:
        h = xs
        for depth, (w, b) in enumerate(layers):
            h = h @ w.T + b
            h = jax.nn.relu(h) if depth < 2 else h
        return jax.nn.relu(1.0 - ys * h[:, 0]).mean() + ALPHA * sum((p * p).sum() for layer in layers for p in layer)

    def step(layers: Any) -> Any:
        value, slopes = jax.value_and_grad(loss)(layers)
        return jax.tree.map(lambda p, g: p - RATE * g, layers, slopes), value

    return step, [(jnp.asarray(w), jnp.asarray(b)) for w, b in weights()]


def jax_calls() -> Run:
    import jax

    step, layers = jax_step()
    compiled = jax.jit(step)
    compiled(layers)[1].block_until_ready()

    def run(steps: int) -> float:
        nonlocal layers
        for _ in range(steps):
            layers, value = compiled(layers)
        return float(value)

    return run


def jax_loop() -> Run:
    import jax

    step, layers = jax_step()

    def many(layers: Any, steps: Any) -> Any:
        return jax.lax.fori_loop(0, steps, lambda _, state: step(state[0]), (layers, 0.0))

    compiled = jax.jit(many)
    compiled(layers, 1)[1].block_until_ready()

    def run(steps: int) -> float:
        nonlocal layers
        layers, value = compiled(layers, steps)
        return float(value)

    return run


def casadi_run() -> Run:
    """The scalar graph in CasADi's SX, with its gradient and the update, as C, compiled by the system's compiler."""
    import casadi

    count = len(flat(weights()))
    p = casadi.SX.sym("p", count)
    names, layers = iter(casadi.vertsplit(p)), []
    for nin, nout in zip(SIZES, SIZES[1:], strict=False):
        rows, biases = [], []
        for _ in range(nout):
            rows.append([next(names) for _ in range(nin)])
            biases.append(next(names))
        layers.append((rows, biases))
    x, y = casadi.SX.sym("x", 2), casadi.SX.sym("y")

    def relu(z: Any) -> Any:
        return casadi.fmax(z, 0.0)

    one = relu(1.0 - y * score(layers, casadi.vertsplit(x), relu))
    sample = casadi.Function("sample", [p, x, y], [one, casadi.gradient(one, p)])
    xs, ys = points()
    mapped = sample.map(len(ys))
    symbol = casadi.MX.sym("p", count)
    losses, slopes = mapped(casadi.repmat(symbol, 1, len(ys)), casadi.DM(xs.T), casadi.DM(ys).T)
    total = casadi.sum2(losses) / len(ys) + ALPHA * casadi.sumsqr(symbol)
    after = symbol - RATE * (casadi.sum2(slopes) / len(ys) + 2.0 * ALPHA * symbol)
    step = casadi.Function("step", [symbol], [after, total])
    folder = tempfile.mkdtemp()
    here = Path.cwd()
    try:
        os.chdir(folder)
        step.generate("step.c")
        subprocess.run(["cc", "-O3", "-march=native", "-shared", "-fPIC", "-o", "step.so", "step.c"], check=True)
        compiled = casadi.external("step", f"{folder}/step.so")
    finally:
        os.chdir(here)
    numbers = np.array(flat([(w.tolist(), b.tolist()) for w, b in weights()]))
    buffer, evaluate = compiled.buffer()
    result, loss = np.zeros(count), np.zeros(1)
    buffer.set_arg(0, memoryview(numbers))
    buffer.set_res(0, memoryview(result))
    buffer.set_res(1, memoryview(loss))

    def run(steps: int) -> float:
        for _ in range(steps):
            evaluate()
            numbers[:] = result
        return float(loss[0])

    run.keep = compiled, buffer  # type: ignore[attr-defined]
    return run


HAND_WRITTEN = r"""
#include <string.h>
#define N 100
double run(long steps, double rate, double *w1, double *b1, double *w2, double *b2, double *w3, double *b3,
           const double *xs, const double *ys)
{
    double total = 0;
    for (long s = 0; s < steps; s++) {
        double g1[16][2] = {{0}}, c1[16] = {0}, g2[16][16] = {{0}}, c2[16] = {0}, g3[16] = {0}, c3 = 0;
        total = 0;
        for (int n = 0; n < N; n++) {
            double h1[16], h2[16], d2[16], d1[16] = {0}, z = b3[0];
            for (int i = 0; i < 16; i++) {
                double a = b1[i] + w1[2 * i] * xs[2 * n] + w1[2 * i + 1] * xs[2 * n + 1];
                h1[i] = a > 0 ? a : 0;
            }
            for (int i = 0; i < 16; i++) {
                double a = b2[i];
                for (int j = 0; j < 16; j++) a += w2[16 * i + j] * h1[j];
                h2[i] = a > 0 ? a : 0;
            }
            for (int i = 0; i < 16; i++) z += w3[i] * h2[i];
            double margin = 1 - ys[n] * z;
            if (margin <= 0) continue;
            total += margin;
            double g = -ys[n] / N;
            c3 += g;
            for (int i = 0; i < 16; i++) { g3[i] += g * h2[i]; d2[i] = h2[i] > 0 ? g * w3[i] : 0; c2[i] += d2[i]; }
            for (int i = 0; i < 16; i++)
                for (int j = 0; j < 16; j++) { g2[i][j] += d2[i] * h1[j]; d1[j] += d2[i] * w2[16 * i + j]; }
            for (int j = 0; j < 16; j++) {
                double d = h1[j] > 0 ? d1[j] : 0;
                c1[j] += d; g1[j][0] += d * xs[2 * n]; g1[j][1] += d * xs[2 * n + 1];
            }
        }
        total /= N;
#define UPDATE(p, g, count) for (int k = 0; k < count; k++) { total += ALPHA * p[k] * p[k]; p[k] -= rate * (g[k] + 2 * ALPHA * p[k]); }
        double *f1 = &g1[0][0], *f2 = &g2[0][0];
        UPDATE(w1, f1, 32) UPDATE(b1, c1, 16) UPDATE(w2, f2, 256) UPDATE(b2, c2, 16) UPDATE(w3, g3, 16)
        total += ALPHA * b3[0] * b3[0]; b3[0] -= rate * (c3 + 2 * ALPHA * b3[0]);
    }
    return total;
}
"""


def c_run(rate: float = RATE) -> Run:
    import ctypes

    folder = Path(tempfile.mkdtemp())
    (folder / "run.c").write_text(HAND_WRITTEN.replace("ALPHA", repr(ALPHA)))
    flags = ["-O3", "-march=native", "-ffast-math", "-shared", "-fPIC"]
    subprocess.run(["cc", *flags, "-o", folder / "run.so", folder / "run.c"], check=True)
    function = ctypes.CDLL(str(folder / "run.so")).run
    function.restype = ctypes.c_double
    arrays = [np.ascontiguousarray(a) for layer in weights() for a in layer] + [np.ascontiguousarray(a) for a in points()]
    addresses = [ctypes.c_void_p(a.ctypes.data) for a in arrays]
    run: Run = lambda steps: function(ctypes.c_long(steps), ctypes.c_double(rate), *addresses)  # noqa: E731
    run.keep = arrays  # type: ignore[attr-defined]
    return run


def with_own_collector(run: Run) -> Run:
    """Importing autograd_lite makes the garbage collector rarer, for everybody: here it is as the interpreter has it."""

    def collected(steps: int) -> float:
        thresholds = gc.get_threshold()
        gc.set_threshold(700, 10, 10)
        gc.freeze()  # what the others have made is not its business
        try:
            return run(steps)
        finally:
            gc.unfreeze()
            gc.set_threshold(*thresholds)

    return collected


# --- the tables -------------------------------------------------------------------------------------------------------------------


def there(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def demo(rounds: int) -> None:
    contestants: dict[str, tuple[Callable[[], Run], int, bool]] = {
        "llvm, steps in a loop": (lambda: compiled_loop("llvm"), 2000, there("llvmlite")),
        "llvm, a call a step": (lambda: compiled_calls("llvm"), 200, there("llvmlite")),
        "python": (lambda: compiled_loop("python"), 10, True),
        "eager Values": (lambda: scalars(ag.Value, lambda v: v.relu()), 1, True),
        "C by hand, -O3 -ffast-math": (c_run, 2000, shutil.which("cc") is not None),
        "jax.jit, steps in a loop": (jax_loop, 500, there("jax")),
        "jax.jit, a call a step": (jax_calls, 200, there("jax")),
        "NumPy by hand": (numpy_run, 200, True),
        "CasADi SX as C": (casadi_run, 200, there("casadi") and shutil.which("cc") is not None),
        "PyTorch": (torch_run, 50, there("torch")),
    }
    if there("micrograd"):
        from micrograd.engine import Value

        contestants["micrograd"] = (lambda: with_own_collector(scalars(Value, lambda v: v.relu())), 1, True)
    runs = {name: (make(), steps) for name, (make, steps, here) in contestants.items() if here}
    losses = {name: run(3) for name, (run, _) in runs.items()}
    assert max(losses.values()) - min(losses.values()) < 1e-9, losses
    if "llvm, steps in a loop" in runs and "C by hand, -O3 -ffast-math" in runs:
        runs |= {"llvm, at the start": (compiled_at_the_start(), 2000), "C by hand, at the start": (c_run(0.0), 2000)}
    times: dict[str, list[float]] = {name: [] for name in runs}
    for k in range(rounds):
        for name, (run, steps) in runs.items():
            if name == "micrograd" and k > 4:
                continue
            start = clock()
            run(steps)
            times[name].append((clock() - start) / steps)
    table("a step of micrograd's demo", times, 1e6, "us")


def table(what: str, times: dict[str, list[float]], scale: float, unit: str) -> None:
    """Medians, and how often the first one fits into each."""
    medians = {name: statistics.median(seconds) for name, seconds in times.items()}
    base = next(iter(medians.values()))
    print(f"\n{what:30} {'median':>12} {'to the first':>14}")
    for name, median in medians.items():
        print(f"{name:30} {median * scale:9.1f} {unit} {median / base:13.2f}x")


def digits(rounds: int) -> None:
    """An epoch of 64-32-10 on the digits in batches of 32, by `fit` and by the peers; Adam, cross-entropy."""
    from sklearn.datasets import load_digits
    from sklearn.neural_network import MLPClassifier

    xs, ys = load_digits(return_X_y=True)
    xs = xs / 16.0
    rows, targets = xs.tolist(), ys.tolist()

    def ours() -> None:
        model = nn.MLP(64, [32, 10], activation="relu", seed=0)
        history = nn.fit(
            model, rows, targets, loss="cross_entropy", optimizer=nn.optim.Adam(model, lr=1e-3), batch_size=32, epochs=11,
            engine="llvm", callbacks=[lambda *_: stamps.append(clock()) and None],
        )  # fmt: skip
        assert history.losses[-1] < history.losses[0]

    classifier = MLPClassifier((32,), batch_size=32, max_iter=1, random_state=0)
    contestants: dict[str, Callable[[], None]] = {
        "scikit-learn": lambda: classifier.partial_fit(xs, ys, classes=list(range(10))) and None
    }
    if there("torch"):
        import torch

        torch.set_num_threads(1)
        network = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10)).double()
        adam = torch.optim.Adam(network.parameters())
        inputs, classes = torch.tensor(xs), torch.tensor(ys)

        def torch_epoch() -> None:
            for batch in torch.randperm(len(classes)).split(32):
                loss = torch.nn.functional.cross_entropy(network(inputs[batch]), classes[batch])
                adam.zero_grad()
                loss.backward()
                adam.step()

        contestants["PyTorch"] = torch_epoch
    times: dict[str, list[float]] = {"fit(engine='llvm')": [], **{name: [] for name in contestants}}
    for _ in range(rounds):
        stamps: list[float] = []
        ours()
        times["fit(engine='llvm')"] += [b - a for a, b in zip(stamps, stamps[1:], strict=False)]
        for name, run in contestants.items():
            start = clock()
            run()
            times[name].append(clock() - start)
    table("an epoch of digits, 64-32-10", times, 1e3, "ms")


def whole_graph(rounds: int) -> None:
    """micrograd's demo as one graph of 66,000 operations, not written as a batch: how long to compile, how fast then."""
    layers = values(float)
    xs, ys = points()

    def loss(parameters: list[Any]) -> Any:
        rest = iter(parameters)
        nodes = [([[next(rest) for _ in row] for row in w], [next(rest) for _ in b]) for w, b in layers]
        losses = [(1.0 - float(y) * score(nodes, x.tolist(), ag.relu)).relu() for x, y in zip(xs, ys, strict=True)]
        return sum(losses[1:], losses[0]) / len(losses) + ALPHA * sum(p * p for p in parameters)

    numbers = [p for w, b in layers for part in ([x for row in w for x in row], b) for p in part]
    compiled = jit(ag.value_and_grad(loss), backend="llvm", check=False)
    start = clock()
    compiled(numbers)
    first = clock() - start
    print(f"\nthe demo as one graph: {compiled.program.size} operations, first call {first:.1f} s")

    def calls(count: int) -> float:
        for _ in range(count):
            loss, _ = compiled(numbers)
        return loss

    runs: dict[str, Run] = {"one graph, llvm": calls, **({"PyTorch": torch_run()} if there("torch") else {})}
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            start = clock()
            run(20)
            times[name].append((clock() - start) / 20)
    table("a step of the demo", times, 1e6, "us")


def scaling(plot: Path | None) -> None:
    """Cost as the graph grows, and as the batch grows; both are to be linear."""
    curves: dict[str, list[tuple[int, float]]] = {"compiling a graph": [], "running it": [], "a step over a batch": []}
    print(f"\n{'operations':>12} {'compile, us each':>18} {'run, ns each':>14}")
    for size in (45, 450, 4_500, 45_000, 450_000):

        def f(x: Any, size: int = size) -> Any:
            for k in range(size // 4):
                x = ag.sin(x) * 0.9 + x * (0.1 / (k + 1))
            return x

        compiled = jit(ag.value_and_grad(f), backend="llvm", check=False)
        start = clock()
        compiled(0.5)
        first = clock() - start
        seconds = []
        for _ in range(30):
            start = clock()
            compiled(0.5)
            seconds.append(clock() - start)
        count = compiled.program.size
        curves["compiling a graph"].append((count, first))
        curves["running it"].append((count, statistics.median(seconds)))
        print(f"{count:12} {first / count * 1e6:18.1f} {statistics.median(seconds) / count * 1e9:14.2f}")
    print(f"\n{'samples':>12} {'ns a sample':>18}")
    w = ag.Value(0.5)
    for size in (100, 1000, 10_000, 100_000, 1_000_000):
        step = compile_step(lambda x: (ag.tanh(w * x) - x) ** 2, [w], (0.1,), backend="llvm")
        step.load([(k / size,) for k in range(size)])
        step.run(1, lr=0.0, sync=False)
        seconds = []
        for _ in range(9):
            start = clock()
            step.run(1, lr=0.0, sync=False)
            seconds.append(clock() - start)
        curves["a step over a batch"].append((size, statistics.median(seconds)))
        print(f"{size:12} {statistics.median(seconds) / size * 1e9:18.2f}")
    if plot is not None:
        draw_curves(curves, plot)


def draw_curves(curves: dict[str, list[tuple[int, float]]], path: Path) -> None:
    """The sweep with both axes logarithmic, where a line of slope 1 is a cost in proportion."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": "compiler", "svg.fonttype": "none"}):
        figure = Figure(figsize=(7.0, 4.5), layout="constrained")
        axes = figure.add_subplot()
        for (name, points), marker in zip(curves.items(), "osd", strict=True):
            axes.loglog(*zip(*points, strict=True), marker=marker, label=name)
        first, last = 1e2, 1e6
        axes.loglog([first, last], [5e-9 * first, 5e-9 * last], color="0.6", linestyle="--", label="in proportion (slope 1)")
        axes.set(
            xlabel="operations of the graph, or samples of the batch", ylabel="seconds", title="Cost as work grows (llvm)"
        )
        axes.grid(alpha=0.3)
        axes.legend()
        figure.savefig(path, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", choices=("demo", "digits", "whole", "scaling"))
    parser.add_argument("--plot", type=Path, help="draw the sweep of `scaling` to this file (needs matplotlib)")
    arguments = parser.parse_args()
    parts: dict[str, Callable[[], None]] = {
        "demo": lambda: demo(arguments.rounds), "digits": lambda: digits(max(3, arguments.rounds // 3)),
        "whole": lambda: whole_graph(2 * arguments.rounds), "scaling": lambda: scaling(arguments.plot),
    }  # fmt: skip
    for name, part in parts.items():
        if arguments.only in (None, name):
            part()


if __name__ == "__main__":
    main()
