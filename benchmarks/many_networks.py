"""Many XOR networks of 17 parameters, each from its own start: a step of one of them, beside JAX; and the map of trainability.

Processor time, one thread, double precision, all four samples in each step: `python benchmarks/many_networks.py [networks ...]`.
"""

import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import statistics
import sys
import time
from functools import partial
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np

from autograd_lite import nn
from autograd_lite.cli.commands.plot import MAP
from autograd_lite.cli.gallery import PICTURES
from autograd_lite.many.grid import Grid
from autograd_lite.many.plan import Plan
from autograd_lite.many.training import train

jax.config.update("jax_enable_x64", True)
XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
HIDDEN, STEPS, RATE, ROUNDS = 4, 300, 0.1, 7


def network(seed):
    return nn.MLP(2, [HIDDEN, 1], activation="tanh", seed=seed)


def ours(count):
    """A training of so many networks, whose starts are made already."""
    plan = Plan(network, Grid.of({"scale": np.linspace(0.5, 3.0, count)}), *XOR, "mse", "sgd", RATE, 0, STEPS, 0.01)
    jobs = [plan.job(0, runs) for runs in np.array_split(np.arange(count), max(1, count // 4096))]
    return lambda: [job()[0][0] for job in jobs]


def jaxs(count):
    """The same: `vmap` of a scan of steps."""
    x, y = (jnp.array(one, dtype=float) for one in XOR)
    start = jnp.array(np.random.default_rng(0).uniform(-1, 1, (count, 4 * HIDDEN + 1)))

    def loss(p):
        w = p[: 3 * HIDDEN].reshape(HIDDEN, 3)
        h = jnp.tanh(x @ w[:, :2].T + w[:, 2])
        return jnp.mean((h @ p[3 * HIDDEN : 4 * HIDDEN] + p[4 * HIDDEN] - y) ** 2)

    def train(p):
        p, _ = jax.lax.scan(lambda p, _: (p - RATE * jax.grad(loss)(p), None), p, length=STEPS)
        return loss(p)

    steps = jax.jit(jax.vmap(train))
    return lambda: steps(start).block_until_ready()


def seconds(call):
    begin = time.process_time()
    call()
    return time.process_time() - begin


def row(count):
    """Nanoseconds for a step of a network, here and in JAX, in turns."""
    calls = [ours(count), jaxs(count)]
    for call in calls:
        call()
    times = [[seconds(call) for call in calls] for _ in range(ROUNDS)]
    here, there = (1e9 * statistics.median(column) / count / STEPS for column in zip(*times, strict=True))
    ratio = statistics.median(b / a for a, b in times)
    print(f"| {count:,} networks | {here:.0f} | {there:.0f} | {ratio:.1f}x |", flush=True)


def main():
    print("| a step of one of | here, ns | JAX, ns | |\n| --- | --- | --- | --- |")
    for count in map(int, sys.argv[1:] or ("1", "10", "100", "1000", "10000", "100000")):
        row(count)
    if sys.argv[1:]:
        return
    spent = seconds(partial(train, network, *XOR, {"seed": range(10_000)}, loss="mse", lr=RATE, epochs=1000))
    print(f"10,000 starts x 1,000 steps, from call to table: {spent:.1f} s")
    spent = seconds(lambda: PICTURES["trainability"].draw(SimpleNamespace(seed=0, quiet=True, **MAP)))
    print(f"the map of trainability, 512 x 512, 500 steps: {spent:.1f} s")


if __name__ == "__main__":
    main()
