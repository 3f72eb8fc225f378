"""Arrays in, arrays out: compiled batches and functions of arrays beside JAX and NumPy: `python benchmarks/batches.py`.

Peers: `pip install "autograd-lite[bench]"`; those that are not installed are left out.  Processor time, one thread each, all take
turns, medians; the results are compared before anything is timed.  "ours/best" is against the fastest peer of the row.

The last tables are the ways in for scientists: `minimize`, `least_squares` and `solve_ivp` of SciPy with a compiled function, with
a plain one, and what a first call costs.
"""

import argparse
import importlib.util
import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["AUTOGRAD_LITE_CACHE"] = tempfile.mkdtemp()  # so that compiling is timed, not reading
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np

import autograd_lite as ag
from autograd_lite import hessian, jacobian, jit, tanh, value_and_grad, vmap

clock = time.process_time
Calls = dict[str, Callable[[], Any]]
jax: Any = None
if importlib.util.find_spec("jax"):
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)


def costs(calls: Calls, rounds: int = 9, each: float = 0.05) -> dict[str, float]:
    """Seconds of each call, the median of some rounds in which all take turns."""
    times = {}
    for who, call in calls.items():
        call()
        begin = clock()
        call()
        times[who] = max(1, int(each / max(clock() - begin, 1e-6)))
    found: dict[str, list[float]] = {who: [] for who in calls}
    for _ in range(rounds):
        for who, call in calls.items():
            begin = clock()
            for _ in range(times[who]):
                call()
            found[who].append((clock() - begin) / times[who])
    return {who: statistics.median(some) for who, some in found.items()}


def same(calls: Calls) -> None:
    """Everybody computes the same."""
    ours = np.hstack([np.ravel(part) for part in _parts(calls["ours"]())])
    for who, call in calls.items():
        theirs = np.hstack([np.ravel(part) for part in _parts(call())])
        np.testing.assert_allclose(theirs, ours, rtol=1e-9, atol=1e-9, err_msg=who)


def _parts(thing: Any) -> list[Any]:
    return [one for part in thing for one in _parts(part)] if isinstance(thing, tuple) else [thing]


def row(name: str, count: int, unit: str, calls: Calls) -> None:
    """Print a row; costs for each of `count`, in nanoseconds or microseconds."""
    same(calls)
    found = costs(calls)
    scale = (1e9 if unit.startswith("ns") else 1e6) / count
    peers = [cost for who, cost in found.items() if who in ("jax", "numpy")]
    ratio = f"  ours/best {found['ours'] / min(peers):.2f}" if peers else ""
    print(f"{name:52}", "  ".join(f"{who} {cost * scale:8.1f} {unit}" for who, cost in found.items()) + ratio, flush=True)


def compiled_by_jax(function: Callable[..., Any], *args: Any) -> Calls:
    """A call of JAX's, if it is installed: NumPy's arrays in, done when it returns."""
    if jax is None:
        return {}
    theirs = jax.jit(function)
    return {"jax": lambda: jax.block_until_ready(theirs(*args))}


# --- batches -------------------------------------------------------------------------------------------------------------------


def their_neuron(w: Any, x: Any, b: Any) -> Any:
    return jnp.tanh(w * x + b) ** 2


def batches() -> None:
    for n in (1_000, 100_000, 1_000_000):
        x, y = np.linspace(-3, 3, n), np.linspace(0.1, 2, n)
        two = jit(vmap(lambda x, y: tanh(x * y) + ag.exp(x) / (1 + y * y)))
        peers = compiled_by_jax(lambda x, y: jnp.tanh(x * y) + jnp.exp(x) / (1 + y * y), x, y)
        out, given = np.empty(n), {}
        if n == 100_000:
            given = {"with out=": lambda two=two, x=x, y=y, out=out: two(x, y, out=out)}
        by_numpy = {"numpy": lambda x=x, y=y: np.tanh(x * y) + np.exp(x) / (1 + y * y)}
        ours = {"ours": lambda two=two, x=x, y=y: two(x, y)}
        row(f"tanh(x*y) + exp(x)/(1+y*y), {n:,} samples", n, "ns", ours | given | peers | by_numpy)
        columns = [np.linspace(-1, 1, n), np.linspace(0, 2, n), np.linspace(-2, 2, n)]
        neuron = jit(vmap(value_and_grad(lambda w, x, b: tanh(w * x + b) ** 2, (0, 1, 2))))
        peers = compiled_by_jax(jax and jax.vmap(jax.value_and_grad(their_neuron, (0, 1, 2))), *columns)
        row(f"value_and_grad of a neuron, {n:,} samples", n, "ns", {"ours": lambda g=neuron, c=columns: g(*c)} | peers)
    layouts()


def layouts() -> None:
    """The same numbers in a table of rows, in single precision, in lists; sums of shared gradients; samples of two ways."""
    n = 100_000
    rows = np.random.default_rng(0).uniform(0.5, 2.0, (n, 2))
    ours, theirs = jit(vmap(lambda v: tanh(v[0] * v[1]))), lambda v: jnp.tanh(v[:, 0] * v[:, 1])
    half = rows.astype(np.float32)
    row("tanh(v[0]*v[1]), rows of a table", n, "ns", {"ours": lambda: ours(rows)} | compiled_by_jax(theirs, rows))
    row(
        "... in single precision",
        n,
        "ns",
        {"ours": lambda: ours(half)} | {"numpy": lambda: np.tanh(half[:, 0] * np.float64(1) * half[:, 1])},
    )
    listed = rows.tolist()
    row(
        "... in lists",
        n,
        "ns",
        {"ours": lambda: np.array(ours(listed)), "np.asarray alone": lambda: ours(np.asarray(listed))},
    )
    w = np.array([0.5, -0.3])
    fitted = jit(value_and_grad(lambda w, x: (tanh(w[0] * x[0] + w[1] * x[1]) - 0.2) ** 2), in_axes=(None, 0))
    peers = compiled_by_jax(jax and jax.value_and_grad(lambda w, x: jnp.sum((jnp.tanh(x @ w) - 0.2) ** 2)), w, rows)
    row("a loss and its gradient, summed", n, "ns", {"ours": lambda: fitted(w, rows)} | peers)
    ways = jit(vmap(lambda v: v[0] * v[0] if v[0] > v[1] else ag.exp(v[1])))
    choose = {"numpy": lambda: np.where(rows[:, 0] > rows[:, 1], rows[:, 0] ** 2, np.exp(rows[:, 1]))}
    row("an if that half of the samples take", n, "ns", {"ours": lambda: ways(rows)} | choose)
    holed = rows.copy()
    holed[5_000, 0] = np.nan
    row("one nan among the samples", n, "ns", {"ours": lambda: ours(holed)} | compiled_by_jax(theirs, holed))


# --- functions of arrays ---------------------------------------------------------------------------------------------------------


def rosenbrock(x: Any) -> Any:
    return ag.sum([100 * (x[k + 1] - x[k] ** 2) ** 2 + (1 - x[k]) ** 2 for k in range(len(x) - 1)])


def ring(x: Any) -> Any:
    n = len(x)
    return np.array([tanh(x[k] * x[(k + 1) % n]) + x[(k + 7) % n] ** 2 * x[k] for k in range(n)])


def whole() -> None:
    def theirs(x: Any) -> Any:
        return jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    def their_ring(x: Any) -> Any:
        return jnp.tanh(x * jnp.roll(x, -1)) + jnp.roll(x, -7) ** 2 * x

    for name, ours, peer, x in (
        (
            "value_and_grad of Rosenbrock's function of 1,000",
            value_and_grad(rosenbrock),
            "value_and_grad",
            np.linspace(-1, 1.2, 1000),
        ),
        ("hessian of Rosenbrock's function of 20", hessian(rosenbrock), "hessian", np.linspace(-1, 1.2, 20)),
        ("... at its minimum", hessian(rosenbrock), "hessian", np.ones(20)),
        ("jacobian, 100 to 100", jacobian(ring), "jacobian", np.linspace(-1, 1.2, 100)),
    ):
        compiled = jit(ours)
        begin = clock()
        compiled(x)
        first = clock() - begin
        peers = compiled_by_jax(getattr(jax, peer)(their_ring if peer == "jacobian" else theirs), x) if jax else {}
        row(name, 1, "us", {"ours": lambda f=compiled, x=x: f(x)} | peers)
        print(f"{'':52} first call {first:.2f} s, {compiled.eager_calls} calls of the eager engine")


def scipy() -> None:
    """Optimizers and integrators of SciPy, with the function compiled, by the eager engine, and by JAX."""
    if not importlib.util.find_spec("scipy"):
        return
    from scipy.integrate import solve_ivp
    from scipy.optimize import least_squares, minimize

    x0 = np.full(20, -1.0)
    both = value_and_grad(rosenbrock)
    ways = {"ours": jit(both), "eager": both}
    if jax:
        peer = jax.jit(jax.value_and_grad(lambda x: jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)))
        ways["jax"] = peer
    row("minimize(..., jac=True), Rosenbrock of 20, BFGS", 1, "us", {
        who: lambda g=g: minimize(g, x0, jac=True, method="BFGS", options={"gtol": 1e-6}).x.round(3) for who, g in ways.items()
    })  # fmt: skip
    t = np.linspace(0, 4, 50)
    data = 2.5 * np.exp(-1.3 * t) + 0.5

    def residuals(p: Any) -> Any:
        return np.array([p[0] * ag.exp(-p[1] * s) + p[2] - d for s, d in zip(t, data, strict=True)])

    fit, slope = jit(residuals), jit(jacobian(residuals))
    pairs = {"ours": (fit, slope), "eager": (lambda p: [float(one) for one in residuals(p)], jacobian(residuals))}
    if jax:
        jfit = jax.jit(lambda p: p[0] * jnp.exp(-p[1] * t) + p[2] - data)
        pairs["jax"] = (jfit, jax.jit(jax.jacobian(jfit)))
    row("least_squares(f, x0, jac), 50 residuals of 3", 1, "us", {
        who: lambda f=f, j=j: least_squares(f, [1.0, 1.0, 0.0], j).x.round(6) for who, (f, j) in pairs.items()
    })  # fmt: skip

    def orbit(t: float, y: Any) -> Any:
        cube = (y[0] * y[0] + y[1] * y[1]) ** 1.5
        return np.array([y[2], y[3], -y[0] / cube, -y[1] / cube])

    def chain(t: float, y: Any, sin: Any = ag.sin) -> Any:
        """Thirty pendulums in a row, each pulled by its neighbours, written pendulum by pendulum."""
        n = len(y) // 2
        pull = [
            sin(y[(k + 1) % n] - y[k]) + sin(y[k - 1] - y[k]) if k else sin(y[1] - y[0]) + sin(y[n - 1] - y[0])
            for k in range(n)
        ]
        return np.array([*y[n:], *[force - sin(y[k]) for k, force in enumerate(pull)]])

    def chain_of_arrays(t: float, y: Any) -> Any:
        a, v = y[: len(y) // 2], y[len(y) // 2 :]
        return np.concatenate([v, np.sin(np.roll(a, -1) - a) + np.sin(np.roll(a, 1) - a) - np.sin(a)])

    many = np.sin(np.arange(60.0))
    for name, start, fields in (
        ("an orbit of 4 numbers", [1.0, 0.0, 0.0, 1.1], {"ours": jit(orbit), "numpy": orbit}),
        ("30 pendulums", many, {"ours": jit(chain), "numpy": chain_of_arrays, "math": lambda t, y: chain(t, y, math.sin)}),
    ):
        row(f"solve_ivp(f, (0, 20), y0), {name}", 1, "us", {
            who: lambda f=f, y0=start: solve_ivp(f, (0.0, 20.0), y0, rtol=1e-8).y[:, -1] for who, f in fields.items()
        })  # fmt: skip


TABLES = {"batches": batches, "arrays": whole, "scipy": scipy}
if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=TABLES)
    chosen = parser.parse_args().only
    for name, table in TABLES.items():
        if chosen in (None, name):
            table()
