"""What rounding may do to a gradient: tried, not guessed.

A recorded graph is evaluated again with every result moved by a random rounding or so, and what that does to the gradient is what
another way of writing it may do (Monte Carlo arithmetic; Parker 1997). To this comes the rounding of the sums, in proportion to the
sizes of all that was added up, which cancellation does not make small.
"""

import math
import random
from collections.abc import Sequence
from typing import Any

from autograd_lite.engine.copying import operand_order
from autograd_lite.engine.value import Value
from autograd_lite.rules import RULES
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS, compile_rule
from autograd_lite.rules.floats import FLOATS
from autograd_lite.testing.sweep import sweep

#: Half the distance of two floats next to 1.
UNIT = 2.0**-53
#: How often a graph is evaluated with random roundings, how large they are in units, and how much more than seen is allowed.
TRIALS, NUDGE, MARGIN = 3, 4.0, 16.0


def allowed_by_rounding(root: Any, inputs: Sequence[Any]) -> list[float]:
    """For each input, how far its slope may be off by rounding; inf where a rounding takes it over a kink or out of a domain."""
    nodes = [node for node in operand_order(root) if not node.is_leaf]
    sizes = sweep(root, reversed(nodes))[1]
    plain = _nudged(root, nodes, inputs, None)
    trials = [_nudged(root, nodes, inputs, random.Random(seed)) for seed in range(TRIALS)]
    allowed = []
    for k, leaf in enumerate(inputs):
        slopes = [math.inf if trial is None or plain is None else trial[k] - plain[k] for trial in trials]
        spread = max(map(abs, slopes))
        sums = 8.0 * (len(nodes) + 8) * UNIT * sizes.get(leaf, 0.0)
        allowed.append(sums + MARGIN * spread if math.isfinite(spread) else math.inf)
    return allowed


def _nudged(root: Any, nodes: Sequence[Any], inputs: Sequence[Any], rng: random.Random | None) -> list[float] | None:
    """The gradient with each result on the way moved by a few units in the last place; None if one leaves its domain."""

    def nudge() -> float:
        return 1.0 if rng is None else 1.0 + NUDGE * UNIT * rng.choice((-1.0, 1.0)) * rng.uniform(0.5, 1.0)

    values: dict[Any, float] = {}
    edges: dict[Any, list[tuple[Any, float]]] = {}
    try:
        for node in nodes:
            args = [values.get(arg, arg.data) if isinstance(arg, Value) else arg for arg in node.args]
            compiled = compile_rule(RULES[node.op], FLOATS)
            out = compiled.forward(*args)
            slopes = zip(node.args, node.arg_grads, compiled.partials(out, *args), strict=True)
            edges[node] = [(arg, slope) for arg, recorded, slope in slopes if recorded is not None and slope is not None]
            values[node] = out * nudge()
    except (*ARITHMETIC_ERRORS, TypeError):
        return None
    gradients, _ = sweep(root, reversed(nodes), edges.__getitem__, lambda grad, slope: grad * slope * nudge())
    return [gradients.get(leaf, 0.0) for leaf in inputs]
