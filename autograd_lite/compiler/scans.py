"""Loops whose rounds follow each other: their bodies cut down to what is wanted, and what has to be looked at in each round.

A body is a program like any other.  What a guard says in it has to hold in each round; where a target cannot leave a loop in the
middle, that is one more number that is carried, 1.0 as long as everything has held.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial, reduce

from autograd_lite.compiler.kernel import arranged, chosen
from autograd_lite.compiler.loops import Block, Body, Part, places
from autograd_lite.compiler.operations import LEAVES
from autograd_lite.compiler.program import Builder, Guard, Program


def leaves(program: Program | Builder) -> list[Block]:
    """The steps of a program that are inputs, and where these are."""
    steps = enumerate(zip(program.ops, program.args, strict=True))
    return [Block(step, args[0], args[1] if op == "block" else ()) for step, (op, args) in steps if op in ("input", "block")]


def results(program: Program) -> list[Block]:
    """The steps of a program that are results, and where these are."""
    return [*[Block(step, k, ()) for k, step in enumerate(program.outputs) if step >= 0], *program.loops.blocks]


def taking(program: Program, order: Sequence[int]) -> Program:
    """The program with the inputs of these places, in this order, and without what nothing depends on.

    >>> b = Builder(); x, y, z = (b.input(name) for name in "xyz")
    >>> print(taking(b.finish([b.emit("sub", x, z)]), [2, 0]))
    program(z, x) -> 1 result, 1 operation
      %2 = sub x z
      return %2
    """
    alive = program.needed([*program.roots, *program.checks])
    b, new = Builder(), [-1] * len(program)
    b.names, b.loops.sizes = program.names, program.loops.sizes
    for step, (op, args) in enumerate(zip(program.ops, program.args, strict=True)):
        if alive[step]:
            operands = args if op in LEAVES else tuple([new[arg] for arg in args])
            new[step] = b.append(op, operands, program.loops.over.get(step))
    return arranged(program.renumbered(new, b), order)


def trimmed(program: Program) -> Program:
    """The program whose scans carry, take and give only what something depends on."""
    alive = program.needed([*program.roots, *program.checks])
    parts = [(step, over) for step, over in program.loops.over.items() if isinstance(over, Part) and alive[step]]
    scans = {step: program.args[step][0] for step, _ in parts}
    first = {step: program.loops.over[scan].carried * (program.ops[step] == "given") for step, scan in scans.items()}
    wanted: dict[int, set[int]] = {}
    for step, part in parts:
        wanted.setdefault(scans[step], set()).update(first[step] + k for k in part.places(program.loops.sizes))
    args, loops, moved = (
        list(program.args),
        replace(program.loops, over=dict(program.loops.over)),
        dict[int, dict[int, int]](),
    )
    for step, over in program.loops.over.items():
        if isinstance(over, Body) and alive[step]:
            loops.over[step], kept, moved[step] = _cut(over, wanted.get(step, set()))
            args[step] = tuple([args[step][place] for place in kept])
    for step, part in parts:
        before = loops.over[scans[step]].carried * (program.ops[step] == "given")
        loops.over[step] = replace(part, k=moved[scans[step]][first[step] + part.k] - before)
    return replace(program, args=args, loops=loops)


def _cut(body: Body, wanted: Collection[int]) -> tuple[Body, list[int], dict[int, int]]:
    """A body with what is wanted of its results; the operands that are left, and the new places of the results."""
    program, sizes = body.program, body.program.loops.sizes
    given = [(one, set(places(one, sizes))) for one in results(program)]
    taken = [(leaf.step, places(leaf, sizes)) for leaf in leaves(program)]
    looked_at = [*[guard.index for guard in program.guards], *program.checks, *program.guarded]
    found, before = set(wanted), -1
    while len(found) != before:
        before = len(found)
        for _, where in given:  # all of a block or nothing
            found |= where if not where.isdisjoint(found) else set()
        needed = program.needed([*[one.step for one, where in given if not where.isdisjoint(found)], *looked_at])
        inputs = {place for step, where in taken if needed[step] for place in where}
        found |= {place for place in inputs if place < body.carried}
    order, kept = sorted(found), sorted({*inputs, *[place for place in found if place < body.carried]})
    blocks = [one for one in program.loops.blocks if one.place in found]
    program = chosen(replace(program, loops=replace(program.loops, blocks=blocks)), order)
    carried = sum(place < body.carried for place in order)
    some = sum(body.carried <= place < body.carried + body.taken for place in kept)
    return (
        replace(body, program=taking(program, kept), carried=carried, taken=some),
        kept,
        {place: k for k, place in enumerate(order)},
    )


def unguarded(program: Program) -> Program:
    """The program without anything to be looked at."""
    over = {
        step: replace(one, program=unguarded(one.program)) if isinstance(one, Body) else one
        for step, one in program.loops.over.items()
    }
    return replace(program, guards=[], checks=[], loops=replace(program.loops, over=over))


def with_guards_outside(
    program: Program, exact: dict[int, list[bool]], ready: Callable[[Program, Sequence[bool]], Program], place: str
) -> Program:
    """The program in whose scans nothing is to be looked at: that everything held is carried, and a guard behind them.

    Parameters
    ----------
    program : Program
    exact : dict
        See `ties.exactness`.
    ready : callable
        Makes guards of all that is to be looked at in a body, from its program and which of its inputs are exact.
    place : str
        What the guards are said to be for.
    """
    if not program.guarded:
        return program
    b, new, guards = Builder(), list[int](), list(program.guards)
    b.names, b.loops.sizes = program.names, program.loops.sizes
    for step, (op, args) in enumerate(zip(program.ops, program.args, strict=True)):
        operands, over = args if op in LEAVES else tuple([new[arg] for arg in args]), program.loops.over.get(step)
        if not (isinstance(over, Body) and over.is_guarded):
            new.append(b.append(op, operands, over))
            continue
        body = replace(over, program=ready(over.program, exact[step]))
        if body.program.guards:
            operands = (*operands[: body.carried], b.const(1.0), *operands[body.carried :])
            body = _holding(body)
        new.append(b.append(op, operands, body))
        if len(operands) > len(args):
            held = b.append("carried", (new[-1],), Part(body.carried - 1))
            guards.append(Guard(b.emit("ne", held, b.const(0.0)), True, place))
    found = program.renumbered(new, b)
    known = len(program.guards)
    return replace(found, guards=[*found.guards[:known], *guards[known:]])


def _holding(body: Body) -> Body:
    """A body that carries one number more: whether its guards have held so far."""
    program = body.program
    b = Builder.of(program)
    before = b.input("held")
    truths = [one.index if one.expected else b.emit("not", one.index) for one in program.guards]
    whole = [reduce(lambda truth, loop: b.emit("and", truth, over=loop), b.loops.of(truth), truth) for truth in truths]
    held = reduce(partial(b.emit, "and"), [*whole, b.emit("ne", before, b.const(0.0))])
    now = b.emit("select", held, b.const(1.0), b.const(0.0))
    b.loops.blocks = program.loops.blocks
    found, here = b.finish([*program.outputs, now]), body.carried
    found = chosen(found, [*range(here), len(program.outputs), *range(here, len(program.outputs))])
    order = [*range(here), len(program.names), *range(here, len(program.names))]
    return replace(body, program=taking(found, order), carried=here + 1)
