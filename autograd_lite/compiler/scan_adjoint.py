"""The derivative of a scan: a scan that goes the other way.

What it carries are the derivatives of what comes after with respect to the numbers that were carried, and the sums of those with
respect to what all rounds share.  A round needs what the round of the other scan began with, so that gives it; and what took
long to compute there it gives as well, the rest is computed again.

What is added up for a list that all rounds share, the weights of a layer, is not carried: the rounds give what it is the product
of, and one product of matrices behind them does the rest.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain

from autograd_lite.compiler.errors import UnsupportedOperation
from autograd_lite.compiler.loops import Block, Body, Part, at, moved, places
from autograd_lite.compiler.operations import CONSTANT, LEAVES, TRUTHS
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Builder
from autograd_lite.compiler.scans import leaves, results, taking, unguarded

#: What is computed again in a round sooner than it is kept for it.
_CHEAP = TRUTHS.union(
    ["add", "sub", "mul", "neg", "abs", "select", "detach", "relu", "maximum", "minimum", "copysign", "sign", "step"]
)


class ScanAdjoint:
    """Writes the derivative of a scan.

    Parameters
    ----------
    builder : Builder
    step : int
        The scan.
    given : dict of int to int
        For its results (`carried`, `given`) the steps that are their derivatives.
    active : sequence of bool
        For each step whether its derivative is asked for.
    active_steps, gradients_of : callable
        Of `adjoint.py`, which the derivative of a body is written by.
    """

    def __init__(
        self,
        builder: Builder,
        step: int,
        given: dict[int, int],
        active: Sequence[bool],
        active_steps: Callable[..., list[bool]],
        gradients_of: Callable[..., list[int]],
    ) -> None:
        self.active_steps, self.gradients_of = active_steps, gradients_of
        self.out, self.step, self.args = builder, step, builder.args[step]
        self.body: Body = builder.loops.over[step]
        # What has to be looked at is looked at where the scan itself is.
        program = unguarded(self.body.program)
        self.b, self.sizes, self.forward = Builder.of(program), program.loops.sizes, len(program)
        self.b.again = builder.again
        self.leaves, self.results = leaves(program), results(program)
        self.where = {one: places(one, self.sizes) for one in [*self.leaves, *self.results]}
        #: The derivatives of results, by their places.
        self.grads: dict[int, int] = {}
        for result, grad in given.items():
            part, before = builder.loops.over[result], self.body.carried if builder.ops[result] == "given" else 0
            for turn in builder.loops.rounds([loop for loop, _ in part.strides]):
                place, one = before + part.k + at(part.strides, turn), grad
                for loop, k in turn.items():
                    one = (
                        builder.emit("item", one, builder.const(float(k)), over=loop)
                        if loop in builder.loops.of(one)
                        else one
                    )
                self.grads[place] = builder.emit("add", self.grads[place], one) if place in self.grads else one
        self.outer_active = active
        self.active = self._closed({place for place, arg in enumerate(self.args) if active[arg]}, self._reached)
        self.moving = self._moving(self.active)
        self.wanted = self._closed(set(self.grads), self._asked)

    def write(self) -> list[tuple[int, int]]:
        """Operands of the scan, each with a step that is its derivative."""
        body, b = self.body, self.b
        seeded = sorted(self.wanted)
        self.seeds = {place: len(b.names) + k for k, place in enumerate(seeded)}
        b.names += [f"d{place}" for place in seeded]
        seeds: dict[int, int] = {}
        for one in self.results:
            if not self.wanted.isdisjoint(self.where[one]) and self.moving[one.step]:
                seed = self._leaf(one, self.seeds)
                for loop in set(b.loops.of(seed)) - set(b.loops.of(one.step)):  # it is given in each round
                    seed = b.emit("sum", seed, over=loop)
                seeds[one.step] = b.emit("add", seeds[one.step], seed) if one.step in seeds else seed
        wrt = [one for one in self.leaves if not self.active.isdisjoint(self.where[one])]
        slopes = zip(wrt, self.gradients_of(b, seeds, [one.step for one in wrt]), strict=True)
        found = [(one, slope) for one, slope in slopes if b.number(slope) != 0.0]
        #: Lists that all rounds share: steps that are theirs outside, and what is multiplied and added up for them.
        lists = self._lists()
        factors = [self._factors(slope) if one in lists else () for one, slope in found]
        self.apart = [(one, lists[one], many) for (one, _), many in zip(found, factors, strict=True) if many]
        found = [pair for pair, many in zip(found, factors, strict=True) if not many]
        moved = sorted({*chain(*[self.where[one] for one, _ in found])})
        carried = [place for place in seeded if place < body.carried]
        end = body.carried + body.taken
        shared, taken = [p for p in moved if p >= end], [p for p in moved if body.carried <= p < end]
        sums = {place: len(b.names) + k for k, place in enumerate(shared)}
        b.names += [f"sum{place}" for place in shared]
        order = {place: k for k, place in enumerate([*carried, *shared, *taken])}
        self.outputs = self._given_back(found, sums, order)
        self.factors: dict[int, Block] = {}
        for step in dict.fromkeys(chain(*[factors for _, _, factors in self.apart])):
            self.factors[step] = self._row(step, len(self.outputs))
            self.outputs += [-1] * len(places(self.factors[step], self.sizes))
        b.loops.blocks += self.factors.values()
        return self._emitted(carried, shared, taken, [*[self.seeds[p] for p in carried], *sums.values()])

    # --- what moves ------------------------------------------------------------------------------------------------------

    def _closed(self, found: set[int], more: Callable[[set[int]], set[int]]) -> set[int]:
        """Places and what follows from them, until nothing new does."""
        before = -1
        while len(found) != before:
            before, found = len(found), found | more(found)
        return found

    def _moving(self, active: set[int]) -> list[bool]:
        moving = [one.step for one in self.leaves if not active.isdisjoint(self.where[one])]
        return self.active_steps(self.b, self.forward - 1, moving)

    def _reached(self, active: set[int]) -> set[int]:
        """What is carried on and depends on these inputs; of a block all."""
        moving = self._moving(active)
        found = {p for one in self.results if moving[one.step] for p in self.where[one] if p < self.body.carried}
        return found.union(*[self.where[one] for one in self.leaves if moving[one.step]])

    def _asked(self, wanted: set[int]) -> set[int]:
        """The results whose derivative is needed for that of these: of a block all, and what was carried to them."""
        needed, found = [False] * self.forward, set[int]()
        for one in self.results:
            if not wanted.isdisjoint(self.where[one]):
                needed[one.step] = self.moving[one.step]
                found.update(self.where[one])
        for step in range(self.forward - 1, -1, -1):
            if needed[step] and self.b.ops[step] not in CONSTANT | LEAVES:
                for arg in self.b.args[step]:
                    needed[arg] |= self.moving[arg]
        return found | {p for one in self.leaves if needed[one.step] for p in self.where[one] if p < self.body.carried}

    # --- blocks ----------------------------------------------------------------------------------------------------------

    def _lists(self) -> dict[Block, int]:
        """The lists of inputs that all rounds share, with the steps outside that are the same inputs and whose derivative is asked for."""
        out, end = self.out, self.body.carried + self.body.taken
        known = {}
        for step, (op, args) in enumerate(zip(out.ops[: self.step], out.args, strict=False)):
            # A list that the rounds take, too, is in their loop: it is to be asked for in one of its own.
            if op == "block" and self.outer_active[step] and self.body.loop not in dict(args[1]):
                known[tuple(places(Block(step, *args), out.loops.sizes))] = step
        inputs = {place: out.args[arg][0] for place, arg in enumerate(self.args) if place >= end and out.ops[arg] == "input"}
        keys = {one: tuple([inputs.get(place) for place in self.where[one]]) for one in self.leaves if one.strides}
        return {
            one: known[key] for one, key in keys.items() if key in known and len(out.args[known[key]][1]) == len(one.strides)
        }

    def _factors(self, slope: int) -> tuple[int, ...]:
        """What is multiplied and added up over the rounds, if it is less to keep than that: a product of what is in fewer loops each,
        or what is in one loop."""
        loops, args = self.b.loops.of(slope), self.b.args[slope]
        if self.b.ops[slope] == "mul" and all(0 < len(self.b.loops.of(arg)) < len(loops) for arg in args):
            return args
        return (slope,) if len(loops) == 1 else ()

    def _row(self, step: int, place: int) -> Block:
        """All rounds of a step as results from a place on."""
        loops = self.b.loops.of(step)
        sizes = [self.sizes[loop] for loop in loops]
        return Block(step, place, tuple((loop, math.prod(sizes[k + 1 :])) for k, loop in enumerate(loops)))

    def _moved(self, block: Block, new: dict[int, int]) -> Block:
        """A block, when each of its places has moved."""
        found = moved(block, new, self.sizes)
        if found is None:
            raise UnsupportedOperation("a list in a loop is torn")
        return Block(block.step, *found)

    def _leaf(self, block: Block, new: dict[int, int]) -> int:
        """Inputs that are where a block has moved."""
        one = self._moved(block, new)
        return self.b.block(one.place, one.strides) if one.strides else self.b.append("input", (one.place,))

    def _given_back(self, found: list[tuple[Block, int]], sums: dict[int, int], order: dict[int, int]) -> list[int]:
        """The results of a round: derivatives, added to the sums so far of what all rounds share."""
        summed, blocks = set[int](), list[Block]()
        for one, slope in found:
            where = self.where[one]
            if where[0] in sums and summed.isdisjoint(where):
                summed.update(where)
                slope = self.b.emit("add", self._leaf(one, sums), slope)
            elif where[0] in sums and not summed.issuperset(where):
                raise UnsupportedOperation("lists in a loop overlap")
            if where[0] in order:
                blocks.append(replace(self._moved(one, order), step=slope))
        self.b.loops.blocks = [one for one in blocks if one.strides]
        in_lists = {place for one in self.b.loops.blocks for place in places(one, self.sizes)}
        outputs = [-1] * len(order)
        for one in blocks:
            if not one.strides and one.place in in_lists:  # they are added up there
                self.b.loops.blocks.append(one)
            elif not one.strides:
                before = outputs[one.place]
                outputs[one.place] = one.step if before < 0 else self.b.emit("add", before, one.step)
        zero = self.b.const(0.0)
        return [zero if step < 0 and place not in in_lists else step for place, step in enumerate(outputs)]

    # --- what is kept ----------------------------------------------------------------------------------------------------

    def _kept(self) -> list[int]:
        """The steps of a round that the other scan gives: what it began with, and what took long."""
        b, end = self.b, self.body.carried + self.body.taken
        moving = [False] * self.forward
        for one in self.leaves:
            moving[one.step] = one.place < end
        for step in range(self.forward):
            if b.ops[step] not in LEAVES:
                moving[step] = any(moving[arg] for arg in b.args[step])
        needed, found = [False] * len(b.ops), list[int]()
        for step in [*self.outputs, *[block.step for block in b.loops.blocks]]:
            needed[step] = needed[step] or step >= 0
        began = {one.step for one in self.leaves if one.place < self.body.carried}
        for step in range(len(b.ops) - 1, -1, -1):
            dear = step < self.forward and moving[step] and not self._is_cheap(step)
            if needed[step] and (dear or step in began):
                found.append(step)
            elif needed[step] and b.ops[step] not in LEAVES:
                for arg in b.args[step]:
                    needed[arg] = True
        return found[::-1]

    def _is_cheap(self, step: int) -> bool:
        """Whether a step is computed again; what is found elsewhere, or is in the loop of an inner scan, has to be."""
        b = self.b
        inner = {over.loop for over in b.loops.over.values() if isinstance(over, Body)}
        return b.ops[step] in LEAVES | _CHEAP | {"scan", "item", "along", "stack", "given"} or not inner.isdisjoint(
            b.loops.of(step)
        )

    def _emitted(
        self, carried: list[int], shared: list[int], taken: list[int], places_carried: list[int]
    ) -> list[tuple[int, int]]:
        """Both scans in the program: the one that there is gives what the other one takes."""
        body, b, out = self.body, self.b, self.out
        kept, blocks, first = self._kept(), list[Block](), len(self.body.program.outputs)
        takes = list[int]()
        for step in kept:
            blocks.append(self._row(step, first + len(takes)))
            start, count, strides = len(b.names), len(places(blocks[-1], self.sizes)), blocks[-1].strides
            takes += range(start, start + count)
            b.ops[step], b.args[step] = ("block", (start, strides)) if strides else ("input", (start,))
            b.loops.over.pop(step, None)
            b.names += [f"s{step}"] * count
        forward = body.program
        outputs, all_blocks = [*forward.outputs, *[-1] * len(takes)], [*forward.loops.blocks, *blocks]
        for block in blocks:
            if not block.strides:
                outputs[block.place] = block.step
                all_blocks.remove(block)
        more = replace(forward, outputs=outputs, loops=replace(forward.loops, blocks=all_blocks))
        out.loops.over[self.step] = replace(body, program=more)
        program = optimize(b.finish(self.outputs))
        needed = {place for one in leaves(program) for place in places(one, self.sizes)}
        of_taken = [p for p in range(body.carried, body.carried + body.taken) if p in needed]
        of_shared = [p for p in range(body.carried + body.taken, len(body.program.names)) if p in needed]
        given = [place for place in self.seeds if place >= body.carried]
        takes_all = [*takes, *of_taken, *[self.seeds[place] for place in given]]
        program = taking(program, [*places_carried, *takes_all, *of_shared])
        zero, here = out.const(0.0), first - body.carried
        operands = [
            *[self.grads.get(place, zero) for place in carried], *[zero] * len(shared),
            *[out.append("given", (self.step,), Part(here + k, body.loop)) for k in range(len(takes))],
            *[self.args[place] for place in of_taken], *[self.grads.get(place, zero) for place in given],
            *[self.args[place] for place in of_shared],
        ]  # fmt: skip
        other = Body(program, len(places_carried), len(takes_all), body.loop, not body.backwards)
        scan = out.append("scan", tuple(operands), other)
        pairs = [(self.args[place], out.append("carried", (scan,), Part(k))) for k, place in enumerate([*carried, *shared])]
        pairs += [(self.args[place], out.append("given", (scan,), Part(k, body.loop))) for k, place in enumerate(taken)]
        for one, whole, factors in self.apart:
            loops = {loop: new for (loop, _), (new, _) in zip(one.strides, out.args[whole][1], strict=True)}
            parts = list[int]()
            for row in map(self.factors.__getitem__, factors):
                strides = tuple((loops[loop], stride) for loop, stride in row.strides)
                parts.append(out.append("given", (scan,), Part(row.place - len(places_carried), body.loop, strides)))
            pairs.append((whole, out.append("dot" if len(parts) > 1 else "sum", tuple(parts), body.loop)))
        return pairs
