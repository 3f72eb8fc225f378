"""Nodes and local derivatives of a graph as formulas: `slope(h, 0)` is `sech(w * x) ** 2`."""

from collections.abc import Mapping
from typing import Any

from autograd_lite import RULES
from autograd_lite.backprop.names import one_word, short
from autograd_lite.backprop.spelling import Spelling, latex_name
from autograd_lite.backprop.written import Written, as_written, write, written_numbers
from autograd_lite.engine.node import CONSTANT, Node
from autograd_lite.engine.record import ARITHMETIC_ERRORS
from autograd_lite.rules.evaluate import compile_rule

#: An unlabelled result is written out as an expression up to so many characters and so deep, and called by its name beyond.
LONGEST = 48
_DEEPEST = 6


class Writer:
    """Writes nodes and local derivatives of one graph.

    Parameters
    ----------
    names : mapping of Value to str

    Examples
    --------
    >>> from autograd_lite import Value
    >>> from autograd_lite.backprop.names import Names
    >>> w, x = Value(0.5, label="w"), Value(2.0, label="x")
    >>> h = (w * x).tanh()
    >>> writer = Writer(Names([w, x, h.parents[0], h]))
    >>> print(writer.slope(h, 0), "|", writer.slope(h.parents[0], 1))
    sech(w * x) ** 2 | w
    """

    def __init__(self, names: Mapping[Node, str]) -> None:
        self.names = names
        self._known: dict[tuple[Node, int], Written] = {}

    def node(self, node: Any, depth: int = _DEEPEST) -> Written:
        """A node as its label, as a short expression if it has none, else by its automatic name."""
        if not isinstance(node, Node):
            return as_written(node)
        key = (node, depth)
        if key not in self._known:
            self._known[key] = self._node(node, depth)
        return self._known[key]

    def _node(self, node: Node, depth: int) -> Written:
        if not node.label and node._rule == CONSTANT:
            return as_written(node.data)
        if not node.label and node.op in RULES and depth > 0:
            found = self.operation(node, depth)
            if len(str(found)) <= LONGEST:
                return found
        name = self.names.get(node, node.label or short(node.data))
        return Written(Spelling(one_word(name), latex_name(name)), float(node.data))

    def operation(self, node: Node, depth: int = _DEEPEST) -> Written:
        """The operation that made a node, written on its operands; a leaf or an operation that is gone by its name."""
        if node.op not in RULES:
            return self.node(node)
        return as_written(write(node.op, *[self._operand(arg, depth - 1) for arg in node.args]))

    def slope(self, node: Node, place: int) -> Written:
        """The local derivative of `node` with respect to its operand number `place`, as a formula."""
        if node.op not in RULES:
            return as_written(node.arg_grads[place])
        operands = [self._operand(arg, _DEEPEST - 1) for arg in node.args]
        out: Any = self.node(node)
        try:
            partials = compile_rule(RULES[node.op], written_numbers()).partials(out, *operands)
        except (NotImplementedError, *ARITHMETIC_ERRORS):
            # An operation of the user's own that is not described by texts, or a slope that is infinite: the number.
            return as_written(node.arg_grads[place])
        slope = partials[place]
        return as_written(node.arg_grads[place] if slope is None else slope)

    def _operand(self, arg: Any, depth: int) -> Any:
        """Plain numbers stay plain: `x ** 2` has the slope 2 * x, without an exponent that is computed."""
        return self.node(arg, depth) if isinstance(arg, Node) else float(arg)


__all__ = ["Writer"]
