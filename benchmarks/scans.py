"""Loops whose rounds follow each other, compiled, beside `jax.lax.scan`: value and gradient, from call to return.

    python benchmarks/scans.py

Processor time of one thread, medians, in one run; the time to the first result beside it.  The ratio is ours to JAX's: below 1 is faster.
"""

import os
import statistics
import time
from functools import partial

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import jax
import jax.numpy as jnp
import numpy as np

import autograd_lite as al
from autograd_lite import jit, scan, value_and_grad

jax.config.update("jax_enable_x64", True)


def pendulums(length, angles, g):
    def step(state, _):
        angles, speeds = state
        speeds = [v - 0.01 * g * al.sin(x) for x, v in zip(angles, speeds, strict=True)]
        return ([x + 0.01 * v for x, v in zip(angles, speeds, strict=True)], speeds), None

    (angles, _), _ = scan(step, (list(angles), [0.0] * 4), length=length)
    return al.sum([x * x for x in angles])


def pendulums_of_jax(length, angles, g):
    def step(state, _):
        angles, speeds = state
        speeds = speeds - 0.01 * g * jnp.sin(angles)
        return (angles + 0.01 * speeds, speeds), None

    return jnp.sum(jax.lax.scan(step, (angles, jnp.zeros(4)), None, length=length)[0][0] ** 2)


def recurrent(w, u, xs):
    rows = list(w)

    def step(h, x):
        return [al.tanh(al.dot(list(row), h) + one * x) for row, one in zip(rows, u, strict=True)], None

    return al.sum(scan(step, [0.0] * len(rows), xs)[0])


def recurrent_of_jax(w, u, xs):
    return jnp.sum(jax.lax.scan(lambda h, x: (jnp.tanh(w @ h + u * x), None), jnp.zeros(len(u)), xs)[0])


def filtered(q, ys):
    """The surprise of a Kalman filter for a random walk."""

    def step(state, y):
        mean, var = state
        var = var + q
        gain, error = var / (var + 0.5), y - mean
        return (mean + gain * error, (1 - gain) * var), al.log(var + 0.5) + error**2 / (var + 0.5)

    return al.sum(list(scan(step, (0.0, 1.0), ys)[1]))


def filtered_of_jax(q, ys):
    def step(state, y):
        mean, var = state
        var = var + q
        gain, error = var / (var + 0.5), y - mean
        return (mean + gain * error, (1 - gain) * var), jnp.log(var + 0.5) + error**2 / (var + 0.5)

    return jnp.sum(jax.lax.scan(step, (0.0, 1.0), ys)[1])


def timed(function, *args):
    """Seconds to the first result, and the median of later calls."""
    start = time.process_time()
    function(*args)
    first, seconds = time.process_time() - start, []
    for _ in range(15):
        start = time.process_time()
        function(*args)
        seconds.append(time.process_time() - start)
    return first, statistics.median(seconds)


def row(name, ours, theirs, argnums, args):
    mine = timed(jit(value_and_grad(ours, argnums), backend="llvm"), *args)
    peer = jax.jit(jax.value_and_grad(theirs, argnums))
    other = timed(lambda *given: jax.block_until_ready(peer(*given)), *map(jnp.asarray, args))
    print(f"{name:44} {mine[1] * 1e3:9.3f} {other[1] * 1e3:9.3f} {mine[1] / other[1]:7.2f} {mine[0]:9.2f} {other[0]:7.2f}")


def main():
    rng = np.random.default_rng(0)
    print(f"{'':44} {'here, ms':>9} {'JAX, ms':>9} {'ratio':>7} {'first, s':>9} {'JAX':>7}")
    angles = np.array([0.1, 0.2, 0.3, 0.4])
    for length in (1, 10, 100, 1000, 4000, 40_000, 100_000):
        functions = [partial(one, length) for one in (pendulums, pendulums_of_jax)]
        row(f"4 pendulums, {length} steps", *functions, (0, 1), (angles, 9.8))
    for width, length in ((10, 614), (60, 614)):
        w, u = rng.normal(size=(width, width)) * 0.1, rng.normal(size=width) * 0.3
        row(f"{width} numbers through {length} steps", recurrent, recurrent_of_jax, (0, 1), (w, u, rng.normal(size=length)))
    for length in (100, 10_000):
        row(f"Kalman filter, {length} steps", filtered, filtered_of_jax, 0, (0.3, rng.normal(size=length)))


if __name__ == "__main__":
    main()
