"""Loops whose rounds follow each other: their bodies cut down to what is wanted, and what has to be looked at in each round.

A body is a program like any other.  What a guard says in it has to hold in each round; where a target cannot leave a loop in the
middle, that is one more number that is carried, 1.0 as long as everything has held.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial, reduce

from autograd_lite.compiler.loops import Body, Part
from autograd_lite.compiler.operations import LEAVES
from autograd_lite.compiler.program import Builder, Guard, Program


def part_of(program: Program | Builder, outputs: Iterable[int], places: Sequence[int]) -> Program:
    """What is needed for some steps, as a program of its own that takes the inputs at these places, in this order.

    >>> b = Builder(); x, y, z = (b.input(name) for name in "xyz")
    >>> print(part_of(b, [b.emit("sub", x, z)], [2, 0]))
    program(z, x) -> 1 result, 1 operation
      %2 = sub x z
      return %2
    """
    outputs = list(outputs)
    whole = program.finish(outputs) if isinstance(program, Builder) else replace(program, outputs=outputs)
    alive = whole.needed([*outputs, *[guard.index for guard in whole.guards], *whole.checks, *whole.guarded])
    b, new, steps = Builder(), [-1] * len(whole), whole.inputs()
    b.loops.sizes = whole.loops.sizes
    for place in places:
        found = b.input(whole.names[place])
        if place in steps:
            new[steps[place]] = found
    for step, (op, args) in enumerate(zip(whole.ops, whole.args, strict=True)):
        if op == "const":
            new[step] = b.const(args[0])
        elif alive[step] and op != "input":
            operands = args if op in LEAVES else tuple([new[arg] for arg in args])
            new[step] = b.append(op, operands, whole.loops.over.get(step))
    return replace(whole.renumbered(new, b), names=b.names)


def trimmed(program: Program) -> Program:
    """The program whose scans carry, take and give only what something depends on."""
    alive = program.needed([*program.roots, *program.checks])
    wanted: dict[int, set[tuple[str, int]]] = {}
    for step, over in program.loops.over.items():
        if isinstance(over, Part) and alive[step]:
            wanted.setdefault(program.args[step][0], set()).add((program.ops[step], over.k))
    args, loops = list(program.args), replace(program.loops, over=dict(program.loops.over))
    moved: dict[int, dict[tuple[str, int], int]] = {}
    for step, over in program.loops.over.items():
        if isinstance(over, Body) and alive[step]:
            loops.over[step], kept, moved[step] = _cut(over, wanted.get(step, set()))
            args[step] = tuple([args[step][place] for place in kept])
    for step, over in program.loops.over.items():
        if isinstance(over, Part) and alive[step]:
            loops.over[step] = replace(over, k=moved[args[step][0]][program.ops[step], over.k])
    return replace(program, args=args, loops=loops)


def _cut(body: Body, wanted: Collection[tuple[str, int]]) -> tuple[Body, list[int], dict[tuple[str, int], int]]:
    """A body with what is wanted of it; the operands that are left, and the new numbers of its results."""
    program, inputs = body.program, body.program.inputs()
    given = sorted(k for kind, k in wanted if kind == "given")
    carried = {k for kind, k in wanted if kind == "carried"}
    looked_at = [*[guard.index for guard in program.guards], *program.checks, *program.guarded]
    while True:
        outputs = [program.outputs[k] for k in sorted(carried)] + [program.outputs[body.carried + k] for k in given]
        needed = program.needed([*outputs, *looked_at])
        places = [place for place in range(len(program.names)) if place in inputs and needed[inputs[place]]]
        more = {place for place in places if place < body.carried} - carried
        if not more:
            break
        carried |= more
    kept = [*sorted(carried), *[place for place in places if place >= body.carried]]
    taken = sum(body.carried <= place < body.carried + body.taken for place in places)
    new = {("carried", k): number for number, k in enumerate(sorted(carried))}
    new |= {("given", k): number for number, k in enumerate(given)}
    return replace(body, program=part_of(program, outputs, kept), carried=len(carried), taken=taken), kept, new


def unguarded(program: Program) -> Program:
    """The program without anything to be looked at."""
    over = {
        step: replace(one, program=unguarded(one.program)) if isinstance(one, Body) else one
        for step, one in program.loops.over.items()
    }
    return replace(program, guards=[], checks=[], loops=replace(program.loops, over=over))


def with_guards_outside(
    program: Program, exact: dict[int, Sequence[bool]], ready: Callable[[Program, Sequence[bool]], Program], place: str
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
    held = reduce(partial(b.emit, "and"), [*truths, b.emit("ne", before, b.const(0.0))])
    now = b.emit("select", held, b.const(1.0), b.const(0.0))
    outputs = [*program.outputs[: body.carried], now, *program.outputs[body.carried :]]
    places = [*range(body.carried), len(program.names), *range(body.carried, len(program.names))]
    whole = b.finish([])
    return replace(body, program=part_of(replace(whole, guards=[], checks=[]), outputs, places), carried=body.carried + 1)
