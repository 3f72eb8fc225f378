"""Why a gradient is zero, nearly zero, or huge: the factors that make it so, in words.

What can be said about a factor is read off the table: a rule whose partial is the constant 0 is flat, a rule with a kink that
sits on it follows its convention, a product's slope is its other factors.
"""

import math
from collections.abc import Mapping
from typing import Any

from autograd_lite import RULES, Value
from autograd_lite.backprop.paths import Path, edges_with_places, reaching
from autograd_lite.engine.copying import operand_order
from autograd_lite.formatting import short_float
from autograd_lite.rules.evaluate import compile_condition
from autograd_lite.rules.ieee import IEEE
from autograd_lite.structure.names import d
from autograd_lite.terminal import clean

#: Derivatives outside of this range are called vanishing and exploding.
VANISHING, EXPLODING = 1e-6, 1e6
#: The least number of factors for which the size of a derivative is blamed on their number.
_SHOWN = 4


def factor(node: Value, place: int, names: Mapping[Any, str]) -> str:
    """The local derivative of `node` towards its operand number `place`, and what there is to say about its size.

    >>> x = Value(-1.0)
    >>> h = x.relu()
    >>> factor(h, 0, {x: "x", h: "h"})
    'dh/dx = 0.0: dead ReLU: its input x = -1.0 is not above 0'
    """
    parent, slope, why = node.args[place], node.arg_grads[place] or 0.0, reason(node, place, names)
    return f"{d(names[node])}/{d(names[parent])} = {short_float(slope)}" + (f": {why}" if why else "")


def reason(node: Value, place: int, names: Mapping[Any, str]) -> str:
    """Why the local derivative of `node` with respect to its operand number `place` is 0 or small; empty if it is neither."""
    slope = node.arg_grads[place]
    if slope is None or abs(slope) > 1e-3 or node.op not in RULES:
        return ""
    rule = RULES[node.op]
    numbers = [arg.data if isinstance(arg, Value) else arg for arg in node.args]
    called = [names.get(arg, "") if isinstance(arg, Value) else "" for arg in node.args]
    x, name = numbers[place], called[place]
    if rule.name in ("mul", "prod", "dot"):
        return _small_factor(node, place, numbers, called)
    if rule.partials[min(place, len(rule.partials) - 1)] in ("0.0", "none"):
        return f"{rule.name} is flat: its derivative is 0 everywhere"
    if slope == 0.0:
        at_kink = rule.kink and not rule.variadic and compile_condition(rule, rule.kink, IEEE)(node.data, *numbers) == 0.0
        if at_kink:
            return (
                f"{rule.name} has a kink at {name} = {short_float(x)}, where its derivative is taken as: {rule.convention}"
            )
        known = _exactly_zero(node, place, numbers, called)
        if known:
            return known
    if rule.name == "div":
        return f"the divisor {called[1] or short_float(numbers[1])} = {short_float(numbers[1])} is large"
    if len(numbers) == 1 and not rule.kink:
        return f"{rule.name} is {'saturated: ' if abs(x) > 1 else ''}flat at {name} = {short_float(x)}"
    return f"{rule.name} is flat in {name} at {short_float(x)}"


def _exactly_zero(node: Value, place: int, numbers: list[float], called: list[str]) -> str:
    """What is special about the operations whose slope is 0 for a reason of their own; empty for the others."""
    x, name = numbers[place], called[place]
    match node.op:
        case "relu":
            return f"dead ReLU: its input {name} = {short_float(x)} is not above 0"
        case "max" | "maximum" | "min" | "minimum":
            which = "largest" if node.op.startswith("max") else "smallest"
            return f"{name} = {short_float(x)} is not the {which}, which is {short_float(node.data)}"
        case "clamp":
            return f"{name} = {short_float(x)} is outside of what clamp lets through; the result is held at {short_float(node.data)}"
        case "pow" if place == 0 and numbers[1] == 0.0:
            return "the exponent is 0"
        case "pow" if x == 0.0:
            return f"the base {called[0] or short_float(x)} is 0"
        case "div":
            return f"the divisor is infinite, or the numerator {called[0] or short_float(numbers[0])} is 0"
    return ""


def _small_factor(node: Value, place: int, numbers: list[float], called: list[str]) -> str:
    """The factor beside operand number `place` of a product that is 0 or small; empty if none is."""
    half = len(numbers) // 2
    others = [(place + half) % (2 * half)] if node.op == "dot" else [k for k in range(len(numbers)) if k != place]
    small = next((k for k in others if abs(numbers[k]) <= 1e-3), None)
    return (
        ""
        if small is None
        else f"the other factor{' ' * bool(called[small])}{called[small]} is {short_float(numbers[small])}"
    )


def why_zero(root: Value, order: list[Value], target: Value, paths: list[Path], names: Mapping[Any, str]) -> list[str]:
    """Sentences on why the derivative of `root` with respect to `target` is 0; the caller knows that it is."""
    within = reaching(order, target)
    if root not in within:
        return [_no_path(root, order, target, names)]
    zeros = [
        factor(node, place, names)
        for node in reversed(order)
        if node in within
        for place, parent, slope in edges_with_places(node)
        if slope == 0.0 and parent in within
    ]
    live = {target}
    for node in order:
        if node in within and any(slope != 0.0 and parent in live for _, parent, slope in edges_with_places(node)):
            live.add(node)
    if root not in live:
        head = "every path passes a factor that is 0:" if len(zeros) > 1 or len(paths) > 1 else "a factor is 0:"
        lines = [head, *(f"  {zero}" for zero in zeros[:8])]
        return lines + ([f"  and {len(zeros) - 8:,} more"] if len(zeros) > 8 else [])
    contributing = [path for path in paths if path.product != 0.0]
    if contributing:
        return ["the paths cancel: their products are not 0, but their sum is"]
    return ["the product is too small for a float: no factor is 0, but together they are below 5e-324"]


def _no_path(root: Value, order: list[Value], target: Value, names: Mapping[Any, str]) -> str:
    top, called = names[root], names.get(target, clean(target.label) or "it")
    if any(node is target for node in operand_order(root)):
        return f"no path: {called} is an operand only of a branch that was not taken"
    copies = [n for n in order if n.is_constant and n.data == target.data and n.label == target.label]
    if copies:
        return (
            f"no path: {top} was computed from {names[copies[0]]}, a constant with the value of {called}, such as "
            f"{called}.detach() gives"
        )
    return (
        f"no path: {top} was not computed from {called}, or only through {called}.detach(), a plain number "
        f"({called}.data, float({called}), math.exp({called})) or inside no_grad()"
    )


def scale(value: float, path: Path, names: Mapping[Any, str]) -> list[str]:
    """Sentences on a derivative that vanishes or explodes along the largest path; none if it does neither."""
    if value == 0.0 or not math.isfinite(value) or VANISHING <= abs(value) <= EXPLODING or not path.factors:
        return []
    small = abs(value) < VANISHING
    sizes = [math.log(abs(f)) if f else -math.inf for f in path.factors]
    mean = math.exp(sum(sizes) / len(sizes)) if all(map(math.isfinite, sizes)) else 0.0
    order = sorted(range(len(sizes)), key=lambda k: sizes[k], reverse=not small)[:_SHOWN]
    unit = [k for k in order if (path.factors[k] if small else 1.0 / path.factors[k]) and abs(sizes[k]) > 1e-9]
    word, extreme = ("vanishing", "smallest") if small else ("exploding", "largest")
    alone = [k for k in unit if (sizes[k] < math.log(VANISHING) if small else sizes[k] > math.log(EXPLODING))]
    called = [factor(path.nodes[k], path.places[k], names) for k in sorted(alone or unit)]
    if alone:
        return [f"{word} because of {'one factor' if len(alone) == 1 else 'these factors'}: {'; '.join(called)}"]
    lines = [
        f"{word}: {len(sizes):,} factors of {mean:.3g} on average (geometric mean) along the largest path, "
        f"from {short_float(min(path.factors, key=abs))} to {short_float(max(path.factors, key=abs))} in size"
    ]
    return lines + ([f"  the {extreme}: " + "; ".join(called)] if called else [])
