"""Training written in Values, on eight devices: JAX runs the program, the samples are spread over the devices.

The devices are simulated on one processor, which is how one tries such a thing without eight of them:

    XLA_FLAGS=--xla_force_host_platform_device_count=8 python examples/eight_devices.py

The losses are those of one device, and of the eager engine, within rounding.
"""

import os

os.environ.setdefault("XLA_FLAGS", "--xla_force_host_platform_device_count=8")

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

import autograd_lite as ag
from autograd_lite import nn

jax.config.update("jax_enable_x64", True)
STEPS, RATE = 8, 0.2


def step(f, numbers, xs, ys):
    """One step of gradient descent on the mean loss: the loss before it, and the new parameters."""
    values, slopes = f(numbers, xs, ys)
    mean_slopes = jnp.stack([jnp.mean(jnp.broadcast_to(slope, ys.shape)) for slope in slopes])
    return jnp.mean(values), numbers - RATE * mean_slopes


def train_with_jax(f, numbers, xs, ys, devices):
    """The losses of a few steps with the samples spread over devices, the parameters on each."""
    mesh = Mesh(np.array(devices), ("samples",))
    spread, everywhere = NamedSharding(mesh, PartitionSpec("samples")), NamedSharding(mesh, PartitionSpec())
    xs, ys = jax.device_put(xs, spread), jax.device_put(ys, spread)
    numbers = jax.device_put(jnp.array(numbers), everywhere)
    compiled = jax.jit(lambda numbers, xs, ys: step(f, numbers, xs, ys))
    losses = []
    for _ in range(STEPS):
        loss, numbers = compiled(numbers, xs, ys)
        losses.append(float(loss))
    assert len(xs.sharding.device_set) == len(devices)
    return losses


def train_eagerly(loss, parameters, xs, ys):
    """The same with Values."""
    losses = []
    for _ in range(STEPS):
        mean = ag.mean([loss(list(x), float(y)) for x, y in zip(xs, ys, strict=True)])
        for parameter in parameters:
            parameter.grad = 0.0
        mean.backward()
        for parameter in parameters:
            parameter.data -= RATE * parameter.grad
        losses.append(mean.data)
    return losses


def main():
    """Print the losses, a line for a step."""
    model = nn.MLP(2, [8, 1], activation="tanh", seed=0)
    parameters = model.parameters()

    def loss(x, y):
        return (model(x) - y) ** 2

    rng = np.random.default_rng(0)
    xs = rng.normal(size=(64, 2))
    ys = np.sign(xs[:, 0] * xs[:, 1])
    start = [parameter.data for parameter in parameters]
    f = ag.to_arrays(loss, [0.0, 0.0], 0.0, xp="jax.numpy", parameters=parameters, gradient=True)
    devices = jax.devices()
    one = train_with_jax(f, start, xs, ys, devices[:1])
    many = train_with_jax(f, start, xs, ys, devices)
    eager = train_eagerly(loss, parameters, xs, ys)
    print(f"{'step':>4}{'eager':>22}{'1 device':>22}{f'{len(devices)} devices':>22}")
    for k, row in enumerate(zip(eager, one, many, strict=True)):
        print(f"{k:>4}" + "".join(f"{number:>22.15g}" for number in row))


if __name__ == "__main__":
    main()
