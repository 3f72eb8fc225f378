"""Long loops that keep no graph: a segment of the steps is one node, and its steps are recorded again when a gradient comes to it.

A segment has many results, and a node has one gradient.  So the gradient of such a node is a `Bundle`, with a number for each
result.  What the body refers to from outside passes through the segments as the carry does: the last one begins to add up its
gradient, the first hands it on, in the order that a loop without checkpoints has.
"""

import math
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import chain
from typing import TYPE_CHECKING, Any

from autograd_lite.engine import modes
from autograd_lite.engine.closures import OpenRuleError, Pullback, made, pullback_of
from autograd_lite.engine.common import kind_of, number_of
from autograd_lite.engine.errors import GraphError
from autograd_lite.engine.facts import constant_of
from autograd_lite.engine.functions import dot
from autograd_lite.engine.passes import gradients, propagate, without_rules
from autograd_lite.engine.value import Value, topological_order
from autograd_lite.loops.generators import Generators
from autograd_lite.transforms.trace import recording
from autograd_lite.transforms.tree import size

if TYPE_CHECKING:
    from autograd_lite.loops.scan import Scan


def in_segments(scan: "Scan") -> list[Any]:
    """The last carry of a loop whose steps are not kept; the results of the steps are appended to `scan.rows`."""
    outside, carry = _Outside(scan.body), scan.init
    count, before = math.ceil(len(scan.order) / scan.segments), None
    for start in range(0, len(scan.order), count):
        segment = _Segment(scan, scan.order[start : start + count], outside, before, carry)
        before, given = segment.run()
        width = size(scan.results)
        end = width * len(segment.places)
        scan.keep([given[k * width : (k + 1) * width] for k in range(len(segment.places))])
        scan.kept = scan.kept or scan.xs.values or before is not None
        carry = given[end:]
    return carry


class Bundle(float):
    """The gradient of a segment: a number for each of its results, by their place, and for each Value from outside.

    >>> both = 0.0 + Bundle({0: 1.0}) + Bundle({0: 2.0, 1: 5.0})
    >>> both.grads
    {0: 3.0, 1: 5.0}
    """

    grads: dict[Any, Any]

    def __new__(cls, grads: dict[Any, Any]) -> "Bundle":
        """A float that is nan: there is no one number."""
        bundle = float.__new__(cls, math.nan)
        bundle.grads = grads
        return bundle

    def __add__(self, other: Any) -> "Bundle":
        more = other.grads if isinstance(other, Bundle) else {}
        return Bundle({**self.grads, **{key: self.grads[key] + x if key in self.grads else x for key, x in more.items()}})

    __radd__ = __add__

    def __reduce__(self) -> Any:
        return Bundle, (self.grads,)


class _Outside:
    """What a loop refers to from outside: generators of random numbers, the Values that segments have met so far, and the leaves
    that these depend on."""

    def __init__(self, body: Any) -> None:
        self.generators = Generators(body)
        self.met: set[Any] = set()
        self.grows = False  # whether a segment after the first has met something that does not depend on its carry
        self._leaves: dict[Any, list[Any]] = {}

    def takes(self, node: Any) -> bool:
        """Whether a gradient can flow to a node."""
        if node.is_constant:
            return False
        if node not in self._leaves:
            below = [node] if node.is_leaf else topological_order(node)
            self._leaves[node] = [one for one in below if one.is_leaf and not one.is_constant]
        return bool(self._leaves[node])

    @contextmanager
    def variable(self) -> Iterator[None]:
        """Inside these leaves take gradients as they did: a transform makes a constant of an argument once its function was called."""
        constants = {leaf for leaves in self._leaves.values() for leaf in leaves if leaf.is_constant}
        try:
            for leaf in constants:
                leaf.requires_grad = True
            yield
        finally:
            for leaf in constants:
                leaf.requires_grad = False


class _OfLoop(Pullback):
    """What nodes of a loop without a graph have in place of slopes."""

    is_known = False

    def value(self, *numbers: float) -> float:
        """Refused: a step is not computed in other numbers."""
        return self.refuse(None, "they cannot be computed in other numbers")  # type: ignore[no-any-return]

    def refuse(self, node: Any, consequence: str) -> Any:
        raise NotImplementedError(
            f"scan(..., checkpoint=...) keeps no graph of its steps, so {consequence}: leave checkpoint out"
        )


class _Result(_OfLoop):
    """One of the results of a segment."""

    def __init__(self, place: int) -> None:
        self.place = place

    def parts(self, node: Any, grad: Any) -> list[Any]:
        return [Bundle({self.place: grad})]

    def again(self, node: Any, args: Sequence[Any]) -> tuple[Any, Any]:
        return args[0].results[self.place], None

    def parts_with_graph(self, node: Any, grad: Any, saved: Any) -> list[Any]:
        return self.parts(node, grad)


class _Many(Value):
    """The node of a segment where its steps are in the graph: what they gave."""

    __slots__ = ("results",)

    def __init__(self, results: list[Any]) -> None:
        super().__init__(0.0, requires_grad=False)
        self.results = results


class _Segment(_OfLoop):
    """Some steps of a loop as one operation, on the segment before it and on what it is the first to refer to from outside.

    Parameters
    ----------
    scan : Scan
    places : range
        Of the steps, in xs.
    shared : _Outside
    before : Value, optional
        The node of the segment before it.
    carry : list of Value
        The carry before the first step.
    """

    def __init__(self, scan: "Scan", places: range, shared: _Outside, before: Any, carry: list[Any]) -> None:
        self.scan, self.places, self.shared, self.before = scan, places, shared, before
        self.ieee, self.states = modes.answering_ieee.get(), shared.generators.states()
        self.start = array("d", map(number_of, carry))
        # Which of the results of the segment before is moving here; the carry that the first begins with is from outside.
        self.sources = [None if before is None or one.is_constant else pullback_of(one).place for one in carry]
        self.init = carry if before is None else None
        self.outside: list[Any] = []
        self.new: list[Any] = []
        self.bits = b""

    def run(self) -> tuple[Any, list[Any]]:
        """The node, None if no gradient can flow to it; and the results as nodes and constants."""
        carry = self._carry()
        results, nodes = self._first(carry)
        self.bits = _bits(results)
        moved = self._look_through(nodes, results, carry)
        self.new = [one for one in self.outside if one not in self.shared.met]
        self.shared.met.update(self.new)
        operands = [*self._links(), *self.new]
        if not operands:
            return None, [constant_of(Value, number_of(one)) for one in results]
        kind = kind_of(operands)
        node = made(kind, "checkpoint segment", operands, 0.0, self, ())  # type: ignore[arg-type]
        return node, [
            made(type(node), "checkpoint result", (node,), number_of(one), _Result(k), ())
            if one in moved
            else constant_of(Value, number_of(one))
            for k, one in enumerate(results)
        ]

    def _links(self) -> list[Any]:
        return [] if self.before is None else [self.before]

    def _carry(self) -> list[Any]:
        """What to begin with: nodes of its own that stand for results of the segment before."""
        if self.init is not None:
            return self.init
        pairs = zip(self.start, self.sources, strict=True)
        return [Value(number, requires_grad=source is not None) for number, source in pairs]

    def _steps(self, carry: list[Any]) -> list[Any]:
        """The results: of each step, and the carry."""
        rows = []
        for k in self.places:
            carry, row = self.scan.step(carry, self.scan.xs.at(k))
            rows.append(row)
        return [*chain(*rows), *carry]

    def _first(self, carry: list[Any]) -> tuple[list[Any], list[Any]]:
        """The results, and the nodes of the segment, in topological order.

        To observe what is made is slow.  It is not needed where all that moves depends on nodes that were made for the carry, so
        that it was made in these steps; what earlier segments met has been found.
        """
        outside = self.shared
        again = self.before is not None and not outside.grows and not self.scan.xs.values
        if again:
            results = self._steps(carry)
            own = {one for one in carry if not one.is_constant}
            nodes = topological_order(*results, ends={*carry, *outside.met})
            inside, others = set(own), set(outside.met)
            for node in nodes:
                operands = [operand for operand, _ in node.edges]
                if not inside.isdisjoint(operands):
                    inside.add(node)
                elif not others.isdisjoint(operands) or (node.is_leaf and not node.is_constant):
                    others.add(node)
            outside.grows = len(others) > len(outside.met)
            if not outside.grows:
                return results, nodes
        nodes = []
        with outside.generators.at(self.states) if again else nullcontext(), modes.observing(made=nodes.append):
            return self._steps(carry), nodes

    def _look_through(self, nodes: list[Any], results: list[Any], carry: list[Any]) -> set[Any]:
        """Find what was referred to from outside; gives that, and all that depends on it or on the carry."""
        own = [] if self.init is not None else carry
        inside = {*nodes, *own}
        moved = {one for one in own if not one.is_constant}
        found: dict[Any, None] = {}

        def moves(one: Any) -> bool:
            if one not in inside and one not in moved and self.shared.takes(one):
                found[one] = None
                moved.add(one)
            return one in moved

        for node in nodes:
            found_some = [moves(operand) for operand, _ in node.edges]  # of all: each is noted
            if any(found_some):
                moved.add(node)
        for one in results:
            moves(one)
        self.outside = list(found)
        return moved

    # --- backwards -------------------------------------------------------------------------------------------------------

    def _again(self, carry: list[Any]) -> list[Any]:
        """The results, recorded again."""
        before, modes_then = self.shared.generators.at(self.states), modes.ieee() if self.ieee else nullcontext()
        with before, self.shared.variable(), recording(not modes.recording.get()), modes_then:
            results = self._steps(carry)
        if _bits(results) != self.bits:
            raise GraphError(
                "the body of scan(..., checkpoint=...) gives something else when it is called again for the derivative: it depends "
                "on what has changed meanwhile, as a number that was assigned does, or a counter; leave checkpoint out"
            )
        return results

    def parts(self, node: Any, grad: Any) -> list[Any]:
        if not isinstance(grad, Bundle):
            self.refuse(node, "there is nothing to step through")
        grads, carry = grad.grads, self._carry()
        results = self._again(carry)
        if not any(isinstance(one, Value) for one in grads.values()):
            ends = [one for one in {*carry, *self.outside} if not one.is_constant]
            nodes = topological_order(*results, ends=ends)
            sums = dict.fromkeys([*nodes, *ends], 0.0)
            for key, number in grads.items():
                one = results[key] if key.__class__ is int else key
                sums[one] = sums.get(one, 0.0) + number
            try:
                propagate([one for one in nodes if not one.is_leaf], sums, closed=True)
                return self._shared(carry, {key: one for key, one in sums.items() if one != 0.0}, grads)
            except OpenRuleError:
                pass
        return self.parts_with_graph(node, grad, (results, carry))

    def again(self, node: Any, args: Sequence[Any]) -> tuple[Any, Any]:
        links = len(self._links())
        for operand, twin in zip(self.new, args[links:], strict=True):
            rules = map(pullback_of, topological_order(operand) if operand is not twin else ())
            if any(rule is not None and not isinstance(rule, _OfLoop) for rule in rules):
                self.refuse(node, "a second derivative through it cannot leave out the custom_vjp that it depends on")
        carry = self._carry()
        if links:
            pairs = zip(self.sources, carry, strict=True)
            carry = [one if source is None else args[0].results[source] * 1.0 for source, one in pairs]
        results = self._again(carry)
        free = without_rules([one for one in topological_order(*results) if not one.is_leaf])
        return _Many([free.get(one, one) for one in results]), (results, carry)

    def parts_with_graph(self, node: Any, grad: Any, saved: Any) -> list[Any]:
        (results, carry), grads = saved, grad.grads
        # The walk ends at these nodes of their own: the gradients that arrive have a graph which leads to the same inputs.
        seeds = {key: one * 1.0 for key, one in grads.items() if key.__class__ is int}
        root = dot([results[key] for key in seeds], [*seeds.values()])
        ends = [one for one in (*carry, *self.outside, *seeds.values()) if isinstance(one, Value)]
        sums = gradients(root, 1.0, ends) if isinstance(root, Value) else {}
        for key, one in grads.items():
            if key.__class__ is not int:
                sums[key] = sums[key] + one if key in sums else one
        return self._shared(carry, sums, grads)

    def _shared(self, carry: list[Any], sums: dict[Any, Any], grads: dict[Any, Any]) -> list[Any]:
        """For the segment before, if there is one, and for each new Value from outside its gradient."""
        found = [sums.get(one) for one in self.new]
        if self.before is None:
            return found
        pairs = zip(self.sources, carry, strict=True)
        through = {source: sums[one] for source, one in pairs if source is not None and one in sums}
        new = set(self.new)
        passing = dict.fromkeys([*self.outside, *[key for key in grads if key.__class__ is not int]])
        through |= {one: sums[one] for one in passing if one in sums and one not in new}
        return [Bundle(through) if through else None, *found]


def _bits(results: list[Any]) -> bytes:
    return array("d", map(number_of, results)).tobytes()
