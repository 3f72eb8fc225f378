"""The derivative of a program, appended to it: the same backward pass as the engine's, written down instead of computed.

The local derivatives come from the texts of the table.  An edge may exist under a condition only: the branch of a `where`
that is not taken gets no gradient at all, so that an infinite slope in it does no harm (0 * inf is nan).  So the gradient
of a step travels with the truth of its presence, and what passes through an absent edge is 0 by a `select`, whatever it is.
"""

from collections.abc import Sequence
from typing import Any

from autograd_lite.compiler.operations import TRUTHS, rule_of
from autograd_lite.compiler.program import Builder
from autograd_lite.compiler.symbols import Symbol, lift, slopes_of, truth, write
from autograd_lite.rules.conditions import mask_of

#: A gradient, and under which truth it is there (None: always).
Gradient = tuple[int, Any]
_CONSTANT = frozenset({"input", "const", "detach"}) | TRUTHS


def append_gradient(
    builder: Builder,
    root: int,
    wrt: Sequence[int],
    seed: int | None = None,
    slopes: dict[int, int] | None = None,
    here: Any = None,
) -> list[int]:
    """Write the derivatives of step `root` with respect to the steps `wrt`.

    Parameters
    ----------
    builder : Builder
        Holds the steps up to `root`; the derivative is appended.
    root : int
    wrt : sequence of int
    seed : int, optional
        The derivative of whatever comes after with respect to `root`; 1.0 if left out.
    slopes : dict, optional
        Filled with the derivative of each step that has one.
    here : Here, optional
        Where the function was recorded, for backward rules that decide by the gradient in Python.

    Returns
    -------
    list of int
        The derivatives, in the order of `wrt`; the constant 0.0 where there is no path.

    Examples
    --------
    >>> b = Builder(); x = b.input("x")
    >>> slope, = append_gradient(b, b.emit("mul", x, x), [x])
    >>> b.finish([slope]).run([3.0])
    [6.0]
    """
    active = _active(builder, root, wrt)
    gradients: dict[int, Gradient] = {root: (builder.const(1.0) if seed is None else seed, None)}
    for index in range(root, -1, -1):
        if index not in gradients or not active[index]:
            continue
        if index in builder.rules:
            _by_rule(builder, index, gradients, active, here)
        elif builder.ops[index] not in _CONSTANT:
            _propagate(builder, index, gradients, active)
    if slopes is not None:
        slopes.update({index: gradient for index, (gradient, _) in gradients.items()})
    zero = builder.const(0.0)
    return [gradients[index][0] if index in gradients and active[index] else zero for index in wrt]


def _active(builder: Builder, root: int, wrt: Sequence[int]) -> list[bool]:
    """For each step up to the root whether it depends on one of `wrt` along edges."""
    active = [False] * (root + 1)
    for index in wrt:
        if index <= root:
            active[index] = True
    for index in range(root + 1):
        if not active[index] and index in builder.rules:
            active[index] = any(active[arg] for arg in builder.rules[index].operands)
        elif not active[index] and builder.ops[index] not in _CONSTANT:
            active[index] = any(active[arg] for arg in builder.args[index])
    return active


def _propagate(builder: Builder, index: int, gradients: dict[int, Gradient], active: list[bool]) -> None:
    """Pass the gradient of a step on to its operands, in their order."""
    rule = rule_of(builder.ops[index])
    assert rule is not None
    operands = builder.args[index]
    symbols = [Symbol(builder, operand) for operand in operands]
    out = Symbol(builder, index)
    grad, present = gradients[index]
    slopes = slopes_of(rule, [active[operand] for operand in operands])(out, *symbols)
    for operand, slope in zip(operands, slopes, strict=True):
        if active[operand] and slope is not None:
            _add(builder, gradients, operand, _step(Symbol(builder, grad), present, slope))


def _by_rule(builder: Builder, index: int, gradients: dict[int, Gradient], active: list[bool], here: Any) -> None:
    """Pass the gradient of a step on to its operands as its backward rule says; where it is not there, the rule sees 0."""
    grad, present = gradients[index]
    rule = builder.rules[index]
    for operand, part in zip(rule.operands, rule.write(builder, grad, here), strict=True):
        if part is not None and active[operand]:
            step = Symbol(builder, part)
            _add(builder, gradients, operand, (step if present is None else write("select", present, step, 0.0), present))


def _step(grad: Symbol, present: Any, slope: Any) -> tuple[Any, Any]:
    """grad * slope, and when it is there."""
    slope, exists = mask_of(slope)
    if exists is not True:
        present = truth(exists) if present is None else write("and", present, truth(exists))
    step = grad if slope.__class__ is float and slope == 1.0 else grad * slope
    return (step if present is None else write("select", present, step, 0.0)), present


def _add(builder: Builder, gradients: dict[int, Gradient], target: int, step: tuple[Any, Any]) -> None:
    index, present = lift(builder, step[0]), step[1]
    known = gradients.get(target)
    if known is None:
        gradients[target] = (index, present)
        return
    either = None if present is None or known[1] is None else write("or", known[1], present)
    gradients[target] = (builder.emit("add", known[0], index), either)
