"""From nodes to boxes: single operations, sums of many terms, sums of products, neurons.

A sum chain is a tree of additions whose inner results nobody else uses and nobody has named; a sum of products takes in the
multiplications that only it uses; a neuron is a sum of products each with a weight (a leaf), at most one more term (its
bias), and the function applied to the whole, if nothing else uses the sum.  A label keeps a node visible: what its
author has named is not folded away.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd_lite import RULES, Value
from autograd_lite.structure.boxes import Box, Input, merge_inputs
from autograd_lite.structure.names import shared_name

_ADDITIONS = {"add", "sum"}
#: Fewer terms than this are shown as they are.
_FEWEST_TERMS = 3


def single_boxes(order: Iterable[Value]) -> list[Box]:
    """One box for each node."""
    of: dict[Value, Box] = {}
    for node in order:
        of[node] = plain_box(node, of)
    return list(of.values())


@dataclass(slots=True)
class _Sum:
    """A sum being put together: the terms left, the pairs of factors taken in, and what else is inside."""

    terms: list[Any]
    pairs: list[tuple[Any, Any]] = field(default_factory=list)
    inside: list[Value] = field(default_factory=list)
    kind: str = "sum"
    activation: str = ""


class Folding:
    """Decides for each node of a graph which box it goes into: chains of additions at once, neurons by `find_neurons`.

    Nothing is built before `boxes` is called, so that of a graph of a million nodes it can be asked first how many there would be.
    Nodes in `results` are not folded away: somebody asked for them.
    """

    def __init__(self, order: Sequence[Value], results: Iterable[Value] = ()) -> None:
        self.order = order
        self.results = set(results)
        self.uses: dict[Value, int] = {}
        self.user: dict[Value, Value] = {}  # the last one to use it, which is the only one if uses is 1
        for node in order:
            for parent in node.parents:
                self.uses[parent] = self.uses.get(parent, 0) + 1
                self.user[parent] = node
        #: The node that stands for a sum (its last operation, its activation) -> the sum.
        self.sums: dict[Value, _Sum] = {}
        self.hidden: set[Value] = set()
        #: Whether `find_neurons` has been called.
        self.neurons = False
        self._find_sums()

    @property
    def visible(self) -> int:
        """How many boxes there are to be, as far as is decided."""
        return len(self.order) - len(self.hidden)

    def private(self, node: Any) -> bool:
        """Whether `node` is the unnamed result of an operation that one operation uses, once, and nobody else."""
        return (
            isinstance(node, Value)
            and not node.is_leaf
            and not node.label
            and self.uses.get(node, 0) == 1
            and node not in self.results
        )

    def _find_sums(self) -> None:
        """Fold chains of additions."""
        for node in reversed(self.order):
            if node.op not in _ADDITIONS or node in self.hidden:
                continue
            terms: list[Any] = []
            inside: list[Value] = []
            waiting: list[Any] = [node]
            while waiting:
                term = waiting.pop()
                if term is node or (self.private(term) and term.op in _ADDITIONS):
                    inside.append(term)
                    waiting.extend(reversed(term.args))
                else:
                    terms.append(term)
            if len(terms) >= _FEWEST_TERMS or node.op == "sum":
                inside.reverse()
                self.sums[node] = _Sum(terms, inside=inside)
                self.hidden.update(inside[:-1])

    def find_neurons(self) -> None:
        """Fold products and activations into the sums."""
        self.neurons = True
        for node in reversed(self.order):
            if node in self.hidden:
                continue
            found = self.sums.get(node)
            if found is None:
                if node.op == "add":
                    found = _Sum(list(node.args), inside=[node])
                elif node.op == "dot":
                    found = _Sum([node], inside=[])
                else:
                    continue
            self._take_products(found, node)
            if not found.pairs:
                continue
            self.hidden.update(one for one in found.inside if one is not node)
            found.kind = "neuron" if _is_neuron(found) else "products"
            self.sums[node] = found
            if found.kind == "neuron" and self.private(node):
                activation = self.user[node]
                if is_activation(activation) and activation not in self.hidden:
                    self.sums[activation] = self.sums.pop(node)
                    found.activation = activation.op
                    found.inside.append(activation)
                    self.hidden.add(node)

    def _take_products(self, found: _Sum, node: Value) -> None:
        """Move the products among the terms into pairs, if there are enough of them to be meant as one thing."""
        pairs: list[tuple[Any, Any]] = []
        terms: list[Any] = []
        taken: list[Value] = []
        for term in found.terms:
            own = term is node or self.private(term)
            if own and term.op == "mul" and _are_factors(*term.args):
                pairs.append((term.args[0], term.args[1]))
                taken.append(term)
            elif own and term.op == "dot":
                half = len(term.args) // 2
                pairs.extend(zip(term.args[:half], term.args[half:], strict=True))
                taken.append(term)
            else:
                terms.append(term)
        with_bias = len(terms) == 1 and _is_weight(terms[0]) and len(pairs) == 1 and any(map(_is_weight, pairs[0]))
        if len(pairs) >= 2 or with_bias:
            found.pairs, found.terms, found.inside = pairs, terms, taken + found.inside

    def boxes(self) -> list[Box]:
        """The boxes, in topological order."""
        of: dict[Value, Box] = {}
        result = []
        for node in self.order:
            if node in self.hidden:
                continue
            found = self.sums.get(node)
            box = plain_box(node, of) if found is None else _sum_box(node, found, of)
            of[node] = box
            result.append(box)
        return result


def plain_box(node: Value, of: Mapping[Value, Box]) -> Box:
    """One node as a box; `of` has the boxes of its operands."""
    if node.is_leaf:
        return Box("leaf", "" if node.requires_grad else "constant", [node], [node], name=node.label)
    box = Box("operation", node.op, [node], [node], name=node.label)
    names = RULES[node.op].arguments if node.op in RULES else ("x",)  # an operation by hand has no row
    for k, (operand, slope) in enumerate(zip(node.args, node.arg_grads, strict=True)):
        role = names[min(k, len(names) - 1)]
        if slope is not None:
            box.inputs.append(Input(of[operand], role))
        elif not isinstance(operand, Value):
            box.constants.append((role, operand))
    return box


def _sum_box(node: Value, found: _Sum, of: dict[Value, Box]) -> Box:
    box = Box(found.kind, found.activation, found.inside, [node], name=node.label)
    rest = "bias" if found.kind == "neuron" else "term"
    operands = [(rest, term) for term in found.terms]
    labels = []
    for pair in found.pairs:
        for role, factor in zip(_roles(pair) if found.kind == "neuron" else ("factor", "factor"), pair, strict=True):
            operands.append((role, factor))
            if role == "weight":
                labels.append(factor.label)
    inputs = []
    for role, operand in operands:
        if isinstance(operand, Value) and operand in of:
            inputs.append(Input(of[operand], role))
        elif not isinstance(operand, Value) and (operand or role != "term"):  # the 0 that sum() starts from is no term
            box.constants.append((role, operand))
    box.inputs = merge_inputs(inputs)
    box.name = box.name or shared_name(labels)
    return box


def _are_factors(p: Any, q: Any) -> bool:
    """Whether p * q can be weight times input: two different nodes, or a weight and a number."""
    return p is not q and (_is_weight(p) or _is_weight(q) or (isinstance(p, Value) and isinstance(q, Value)))


def _is_weight(operand: Any) -> bool:
    return isinstance(operand, Value) and operand.is_leaf and operand.requires_grad


def _roles(pair: tuple[Any, Any]) -> tuple[str, str]:
    """Which factor is the weight: the one that is a leaf; of two leaves the first, as in `w * x`."""
    return ("weight", "input") if _is_weight(pair[0]) or not _is_weight(pair[1]) else ("input", "weight")


def _is_neuron(found: _Sum) -> bool:
    biases = [term for term in found.terms if isinstance(term, Value) or term]
    return (
        len(biases) <= 1
        and all(_is_weight(term) or not isinstance(term, Value) for term in biases)
        and all(_is_weight(p) or _is_weight(q) for p, q in found.pairs)
    )


def is_activation(node: Value) -> bool:
    """Whether `node` is a function of one graph node: relu, tanh, ..., not an operator."""
    rule = RULES.get(node.op)  # what has a backward rule of its own has no row
    return len(node.parents) == 1 and (rule is None or (rule.level == 9 and not rule.variadic))
