"""The derivative of a program, appended to it: the same backward pass as the engine's, written down instead of computed.

The local derivatives come from the texts of the table.  An edge may exist under a condition only: the branch of a `where`
that is not taken gets no gradient at all, so that an infinite slope in it does no harm (0 * inf is nan).  So the gradient
of a step travels with the truth of its presence, and what passes through an absent edge is 0 by a `select`, whatever it is.

Of a program with loops the derivative has loops: a step in a loop that an operand is not in has been repeated for each round, so
what it passes on is added up over the rounds.  So a product of a matrix and a vector passes on two of the same kind.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from autograd_lite.compiler.errors import UnsupportedOperation
from autograd_lite.compiler.loops import MOVED, SCANS, Block, Shifts
from autograd_lite.compiler.operations import CONSTANT, LEAVES, rule_of
from autograd_lite.compiler.program import Builder
from autograd_lite.compiler.scan_adjoint import ScanAdjoint
from autograd_lite.compiler.symbols import Rounds, Symbol, lift, rounds, slopes_of, truth, write
from autograd_lite.rules.conditions import mask_of

#: A gradient, and under which truth it is there (None: always).
Gradient = tuple[int, Any]
#: For a step the gradients of single rounds of it, by the loop and the number of the round.
Items = dict[int, dict[tuple[int, int], int]]


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
    return gradients_of(builder, {root: builder.const(1.0) if seed is None else seed}, wrt, slopes, here)


def gradients_of(
    builder: Builder, seeds: dict[int, int], wrt: Sequence[int], slopes: dict[int, int] | None = None, here: Any = None
) -> list[int]:
    """As `append_gradient`, of several steps at once, each with its derivative of whatever comes after."""
    last = max(seeds, default=-1)
    active = active_steps(builder, last, wrt)
    gradients: dict[int, Gradient] = {root: (seed, None) for root, seed in seeds.items()}
    items: Items = {}
    parts: dict[int, dict[int, int]] = {}
    for index in range(last, -1, -1):
        if index in items:
            _gather(builder, index, items.pop(index), gradients)
        if index in parts:
            through = ScanAdjoint(builder, index, parts.pop(index), active, active_steps, gradients_of)
            for operand, grad in through.write():
                _add(builder, gradients, operand, (Symbol(builder, grad), None), builder.loops.of(grad))
        if index not in gradients or not active[index]:
            continue
        if index in builder.rules:
            _by_rule(builder, index, gradients, active, here)
        elif builder.ops[index] in MOVED:
            _move(builder, index, gradients, active, items)
        elif builder.ops[index] in SCANS:
            parts.setdefault(builder.args[index][0], {})[index] = gradients[index][0]
        elif builder.ops[index] not in CONSTANT:
            _propagate(builder, index, gradients, active)
    if slopes is not None:
        slopes.update({index: gradient for index, (gradient, _) in gradients.items()})
    zero = builder.const(0.0)
    return [gradients[index][0] if index in gradients and active[index] else zero for index in wrt]


def input_gradients(builder: Builder, root: int, places: Sequence[int], first: int, **options: Any) -> list[int]:
    """Write the derivatives of step `root` with respect to inputs.

    Parameters
    ----------
    builder : Builder
    root : int
    places : sequence of int
        Of the inputs.
    first : int
        Where the first of the derivatives stands among the results of the program.
    **options
        Of `append_gradient`.

    Returns
    -------
    list of int
        The derivatives in the order of `places`; -1 for all if blocks of the builder give them.

    Raises
    ------
    UnsupportedOperation
        If a list in the program is made of inputs that are wanted and others.
    """
    new = [-1] * len(builder.names)
    for k, place in enumerate(places):
        new[place] = first + k
    shifts, leaves = Shifts(new), dict[int, Block]()
    for step, (op, args) in enumerate(zip(builder.ops[: root + 1], builder.args, strict=False)):
        if op in ("input", "block"):
            place, strides = (*args, ())[:2]
            shift = shifts.of(*builder.loops.ends(place, strides))
            if shift == "torn" and any(
                step in more for one, more in zip(builder.ops, builder.args, strict=True) if one not in LEAVES
            ):
                raise UnsupportedOperation("a list of numbers of several arguments is not differentiated as one")
            if shift not in (None, "torn"):
                leaves[step] = Block(step, place + shift, strides)
    slopes = append_gradient(builder, root, list(leaves), **options)
    zero, blocks = builder.const(0.0), builder.loops.blocks
    given = [replace(leaf, step=slope) for leaf, slope in zip(leaves.values(), slopes, strict=True) if slope != zero]
    many = [block for block in given if block.strides]
    single = {block.place: block.step for block in given if not block.strides}
    if many:  # an input may be read by itself and in a list
        blocks += [*many, *[Block(step, place, ()) for place, step in single.items()]]
        return [-1] * len(places)
    return [single.get(first + k, zero) for k in range(len(places))]


def active_steps(builder: Builder, root: int, wrt: Sequence[int]) -> list[bool]:
    """For each step up to the root whether it depends on one of `wrt` along edges."""
    active = [False] * (root + 1)
    for index in wrt:
        if index <= root:
            active[index] = True
    for index in range(root + 1):
        if not active[index] and index in builder.rules:
            active[index] = any(active[arg] for arg in builder.rules[index].operands)
        elif not active[index] and builder.ops[index] not in CONSTANT:
            active[index] = any(active[arg] for arg in builder.args[index])
    return active


def _propagate(builder: Builder, index: int, gradients: dict[int, Gradient], active: list[bool]) -> None:
    """Pass the gradient of a step on to its operands, in their order."""
    rule = rule_of(builder.ops[index])
    assert rule is not None
    operands = builder.args[index]
    symbols = rounds([Symbol(builder, operand) for operand in operands], builder.loops.over.get(index))
    out = Symbol(builder, index)
    grad, present = gradients[index]
    slopes = slopes_of(rule, [active[operand] for operand in operands], builder.again)(out, *symbols)
    # An operand of a dot product that is not in its loop is there in each round.
    loops, over = builder.loops.of(index), builder.loops.over.get(index)
    if builder.ops[index] == "dot" and over is not None:
        loops = (*loops, over)
    for operand, slope in zip(operands, slopes, strict=True):
        slope = slope.symbol if isinstance(slope, Rounds) else slope
        if active[operand] and slope is not None:
            _add(builder, gradients, operand, _step(Symbol(builder, grad), present, slope), loops)


def _move(builder: Builder, index: int, gradients: dict[int, Gradient], active: list[bool], items: Items) -> None:
    """Pass the gradient of what is only found elsewhere, in or out of a loop, on to where it comes from."""
    op, args, loops = builder.ops[index], builder.args[index], builder.loops
    over: Any = loops.over[index]
    gradient = (Symbol(builder, gradients[index][0]), gradients[index][1])

    def moved(op: str, over: Any, *more: int) -> tuple[Any, Any]:
        """The gradient and its presence elsewhere, where they are in the loop at all."""
        loop = over[0] if op == "along" else over
        return tuple(  # type: ignore[return-value]
            one
            if one is None or loop not in loops.of(one.index)
            else Symbol(builder, builder.emit(op, one.index, *more, over=over))
            for one in gradient
        )

    if op == "along":
        _add(builder, gradients, args[0], moved("along", over[::-1]), loops.of(args[0]))
    elif op == "stack":
        outside = [one for one in loops.of(index) if one != over]
        for k, arg in enumerate(args):
            if active[arg]:
                _add(builder, gradients, arg, moved("item", over, builder.const(float(k))), outside)
    elif builder.ops[args[1]] == "const" and gradient[1] is None:
        known, place = items.setdefault(args[0], {}), (over, int(builder.args[args[1]][0]))
        grad = gradient[0].index
        known[place] = builder.emit("add", known[place], grad) if place in known else grad
    else:
        chosen = write("eq", Symbol(builder, builder.append("position", (over,))), Symbol(builder, args[1]))
        present = chosen if gradient[1] is None else write("and", gradient[1], chosen)
        _add(builder, gradients, args[0], (write("select", chosen, gradient[0], 0.0), present), loops.of(index))


def _gather(builder: Builder, index: int, known: dict[tuple[int, int], int], gradients: dict[int, Gradient]) -> None:
    """Add the gradients of single rounds of a step to its own."""
    zero = builder.const(0.0)
    for loop in dict.fromkeys(loop for loop, _ in known):
        parts = [known.get((loop, k), zero) for k in range(builder.loops.sizes[loop])]
        _add(builder, gradients, index, (Symbol(builder, builder.emit("stack", *parts, over=loop)), None))


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


def _add(
    builder: Builder, gradients: dict[int, Gradient], target: int, step: tuple[Any, Any], loops: Sequence[int] = ()
) -> None:
    """Add a part to a gradient: over the rounds of those of the `loops` in which it is passed on that the target is not in."""
    index, present = lift(builder, step[0]), step[1]
    for loop in loops:
        if loop in builder.loops.of(target):
            continue
        if loop in builder.loops.of(index):
            index = builder.emit("sum", index, over=loop)
        else:
            index = builder.emit("mul", index, builder.const(float(builder.loops.sizes[loop])))
        if present is not None and loop in builder.loops.of(present.index):
            present = Symbol(builder, builder.emit("or", present.index, over=loop))
    known = gradients.get(target)
    if known is None:
        gradients[target] = (index, present)
        return
    either = None if present is None or known[1] is None else write("or", known[1], present)
    gradients[target] = (builder.emit("add", known[0], index), either)
