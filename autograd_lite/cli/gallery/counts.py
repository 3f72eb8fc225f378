"""Two ways to a gradient, and two ways to write one out, measured as they grow."""

import math
import random
from collections.abc import Sequence
from typing import Any

from autograd_lite import grad, nn, plot
from autograd_lite.engine.functions import dot, exp, tanh


def numeric_and_backprop(args: Any) -> Any:
    """Error and cost of numerical differentiation and of back-propagation, for functions of 1 to 1000 parameters."""
    sizes = [1, 3, 10, 30, 100, 300, 1000]
    errors: dict[str, list[float]] = {"numerical": [], "backprop": []}
    for size in sizes:
        draw = random.Random(f"{args.seed} {size}")
        at = [draw.uniform(-1, 1) for _ in range(size)]
        exact = _gradient(at)
        largest = max(map(abs, exact))
        for name, found in (("numerical", plot.numerical_gradient(_function, at)), ("backprop", grad(_function)(at))):
            errors[name].append(max(abs(f - e) for f, e in zip(found, exact, strict=True)) / largest)
    return plot.gradient_comparison(
        sizes,
        numerical_errors=errors["numerical"],
        backprop_errors=errors["backprop"],
        numerical_cost=[2 * size for size in sizes],
        # One pass forward and one back, whatever the number of parameters.
        backprop_cost=[2] * len(sizes),
        unit="passes through the function, one way",
    )


def multiplication_counts(args: Any) -> Any:
    """Multiplications of back-propagation and of expanded formulas, for networks of 1 to 8 layers of 4 neurons."""
    depths, reused, expanded = list(range(1, 9)), [], []
    for depth in depths:
        model = nn.MLP(4, [4] * (depth - 1) + [1], activation="tanh", seed=args.seed)
        counts = plot.multiplications((model([1.0, 0.5, -0.5, -1.0]) - 1.0) ** 2)
        reused.append(counts[0])
        expanded.append(counts[1])
    return plot.multiplication_counts(depths, backprop=reused, expanded=expanded, note="layers of 4 neurons, one output")


def step_sizes(args: Any) -> Any:
    """The error of numerical derivatives of exp at 1 over their step, against that of back-propagation."""
    steps = [10.0 ** (-k / 4) for k in range(2, 57)]
    exact = math.e
    return plot.step_sizes(
        steps,
        {
            "forward, (f(x+h) - f(x)) / h": [abs((math.exp(1 + h) - math.e) / h - exact) / exact for h in steps],
            "central": [abs((math.exp(1 + h) - math.exp(1 - h)) / (2 * h) - exact) / exact for h in steps],
        },
        backprop_error=abs(grad(exp)(1.0) - exact) / exact,
        note="derivative of exp(x) at x = 1",
    )


def _function(weights: Sequence[Any]) -> Any:
    """A neuron of any number of weights on fixed inputs: its derivative is known in closed form."""
    return tanh(dot(weights, _inputs(len(weights))))


def _gradient(weights: Sequence[float]) -> list[float]:
    inputs = _inputs(len(weights))
    out = math.tanh(math.fsum(w * x for w, x in zip(weights, inputs, strict=True)))
    return [x * (1.0 - out * out) for x in inputs]


def _inputs(count: int) -> list[float]:
    return [math.cos(k + 1.0) / math.sqrt(count) for k in range(count)]
