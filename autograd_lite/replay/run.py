"""Evaluates a recorded graph again, value and gradients, in a number system: the engine's two sweeps, once more, over any
numbers.

The forward sweep follows every operand, also those no gradient went to when the graph was recorded: at other inputs the
other branch of a `where` may be taken.  The derivatives are the rows of the table evaluated in the system; no number is
carried over from the recording except the leaves.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from autograd_lite.engine.closures import pullback_of
from autograd_lite.engine.common import wanted_partials
from autograd_lite.engine.copying import operand_order
from autograd_lite.engine.errors import DivisionByZeroError, DomainError, GraphError, RangeError
from autograd_lite.engine.value import Value
from autograd_lite.replay.system import System, UnsupportedOperationError
from autograd_lite.rules import RULES
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS, compile_condition, compile_forward, compile_partials
from autograd_lite.rules.ieee import IEEE

#: What an error of a number system is to whoever replays a graph.
_ERRORS: dict[type, type[Exception]] = {
    NotImplementedError: UnsupportedOperationError,
    ZeroDivisionError: DivisionByZeroError,
    OverflowError: RangeError,
    ArithmeticError: UnsupportedOperationError,
    ValueError: DomainError,
}


class Replay:
    """A graph evaluated in a number system; `replay` makes one.

    Attributes
    ----------
    root : Value
        The node that was replayed.
    numbers : str
        The name of the number system.
    nodes : tuple of Value
        The nodes in the order of evaluation.
    """

    def __init__(self, root: Any, system: System, inputs: Mapping[Any, Any]) -> None:
        self.root = root
        self.numbers = system.key
        self.nodes: tuple[Any, ...] = tuple(operand_order(root))
        self._system = system
        self._given = _resolve(inputs, self.nodes)
        self._values: dict[Any, Any] = {}
        self._grads: dict[Any, Any] | None = None
        with system.working():
            self._values = self._evaluate()

    # --- what is asked of it -----------------------------------------------------------------------------------------

    @property
    def value(self) -> Any:
        """The value of the root."""
        return self[self.root]

    def __getitem__(self, node: Any) -> Any:
        """The value of any node of the graph."""
        self._check(node)
        return self._system.finish(self._values[node])

    @property
    def values(self) -> dict[Any, Any]:
        """The value of every node, in the order of evaluation."""
        return {node: self._system.finish(value) for node, value in self._values.items()}

    def grad(self, node: Any) -> Any:
        """The derivative of the root with respect to a node; 0 if no path leads there.

        Raises
        ------
        GraphError
            If the node is not part of the graph.
        UnsupportedOperationError
            If a derivative on the way does not exist in the number system.
        """
        self._check(node)
        found = self._gradients().get(node)
        return self._system.finish(self._seed() * 0 if found is None else found)

    @property
    def grads(self) -> dict[Any, Any]:
        """The derivative of the root with respect to every node that one reaches."""
        return {node: self._system.finish(grad) for node, grad in self._gradients().items()}

    def __repr__(self) -> str:
        return f"Replay(numbers={self.numbers!r}, value={self.value!r}, nodes={len(self.nodes)})"

    # --- the two sweeps ----------------------------------------------------------------------------------------------

    def _evaluate(self, nudged: Any = None) -> dict[Any, Any]:
        """The value of every node; `nudged` is the node that a subclass wants changed a little."""
        system, given = self._system, self._given
        values: dict[Any, Any] = {}
        for node in self.nodes:
            if node.is_leaf:
                values[node] = system.number(given.get(node, node.data))
            else:
                args = self._operands(node, values)
                self._within_domain(node, args)
                values[node] = self._attempt(node, args, partial(self._forward, node, args))
            if node is nudged:
                values[node] = self._nudge(values[node])
        return values

    def _operands(self, node: Any, values: Mapping[Any, Any]) -> list[Any]:
        constant = self._system.constant or self._system.number
        return [values[arg] if isinstance(arg, Value) else constant(arg) for arg in node.args]

    def _forward(self, node: Any, args: list[Any]) -> Any:
        if pullback_of(node) is not None:
            return self._rule(node).value(*args)
        return compile_forward(RULES[node.op], self._system)(*args)

    def _rule(self, node: Any) -> Any:
        """The function of Python's with a backward rule of its own that made a node; it knows floats only."""
        rule = pullback_of(node)
        if not rule.is_pure or self._system.key != "float":
            rule.refuse(node, "it cannot be computed in other numbers")
        return rule

    def _nudge(self, number: Any) -> Any:
        return number

    def _seed(self) -> Any:
        system = self._system
        return system.seed(self._values[self.root]) if system.seed else system.number(1.0)

    def _gradients(self) -> dict[Any, Any]:
        if self._grads is None:
            with self._system.working():
                self._grads = self._backward()
        return self._grads

    def _backward(self) -> dict[Any, Any]:
        system, active = self._system, self._active()
        grads: dict[Any, Any] = {self.root: self._seed()}
        for node in reversed(self.nodes):
            grad = grads.get(node)
            if grad is None or node.is_leaf:
                continue
            edges = [isinstance(arg, Value) and arg in active for arg in node.args]
            args = self._operands(node, self._values)
            if pullback_of(node) is not None:
                for operand, part in zip(node.parents, self._rule(node).moved(args).parts(node, grad), strict=True):
                    if part is not None:
                        grads[operand] = grads.get(operand, 0.0) + float(part)
                continue
            slopes = self._attempt(node, args, partial(self._partials, node, edges, args))
            for operand, edge, slope in zip(node.args, edges, slopes, strict=True):
                if edge and slope is not None:
                    step = system.multiply(grad, slope)
                    known = grads.get(operand)
                    grads[operand] = step if known is None else system.add(known, step)
        return grads

    def _partials(self, node: Any, edges: list[bool], args: list[Any]) -> tuple[Any, ...]:
        rule, out, system = RULES[node.op], self._values[node], self._system
        wanted = wanted_partials(rule, edges)
        try:
            return compile_partials(rule, wanted, system)(out, *args)
        except ARITHMETIC_ERRORS:
            if not system.infinite:
                raise
            # The value is defined, its slope is infinite or undefined: IEEE arithmetic says which.
            slopes = compile_partials(rule, wanted, IEEE)(float(out), *map(float, args))
            return tuple(None if slope is None else system.number(slope) for slope in slopes)

    def _active(self) -> set[Any]:
        """The nodes a gradient is wanted for: those with a leaf below them that takes part."""
        active: set[Any] = set()
        for node in self.nodes:
            below = any(isinstance(arg, Value) and arg in active for arg in node.args)
            if below or (node.is_leaf and not node.is_constant):
                active.add(node)
        return active

    # --- errors ------------------------------------------------------------------------------------------------------

    def _within_domain(self, node: Any, args: list[Any]) -> None:
        rule = RULES.get(node.op)
        if rule is None or not rule.domain or not self._system.checks_domain or rule.name in self._system.guarded:
            return
        inside = compile_condition(rule, rule.domain, self._system)(None, *args)
        if inside is not True and not inside:
            may = "may leave" if inside is None else "leaves"
            raise DomainError(f"{self._place(node, args)} {may} the domain: it needs {rule.domain}. Instead: {rule.remedy}.")

    def _attempt(self, node: Any, args: list[Any], compute: Callable[[], Any]) -> Any:
        """The result of `compute`; if it fails, an error that says at which node."""
        try:
            return compute()
        except (NotImplementedError, ArithmeticError, ValueError) as error:
            kind = next(_ERRORS[base] for base in type(error).__mro__ if base in _ERRORS)
            raise kind(f"{self._place(node, args)}: {error}") from None

    def _place(self, node: Any, args: list[Any]) -> str:
        label = f" (label {node.label!r})" if node.label else ""
        shown = ", ".join(_short(arg) for arg in args)
        place = next(k for k, one in enumerate(self.nodes, 1) if one is node)  # nodes are equal when their numbers are
        return f"node {place} of {len(self.nodes)}{label}, {node.op}({shown})"

    def _check(self, node: Any) -> None:
        if node not in self._values:
            raise GraphError(f"{node!r} is not a node of the replayed graph; ask for one that the root was computed from")


def _short(number: Any) -> str:
    text = str(number)
    return text if len(text) <= 40 else text[:37] + "..."


def _resolve(inputs: Mapping[Any, Any], nodes: tuple[Any, ...]) -> dict[Any, Any]:
    """`inputs` with labels replaced by the leaves they name."""
    leaves = {node for node in nodes if node.is_leaf}
    given: dict[Any, Any] = {}
    for key, number in inputs.items():
        if isinstance(key, str):
            named = [leaf for leaf in leaves if leaf.label == key]
            if len(named) != 1:
                have = ", ".join(sorted(repr(leaf.label) for leaf in leaves if leaf.label)) or "none"
                raise GraphError(f"{len(named)} leaves have the label {key!r}; the labels of this graph's leaves: {have}")
            given[named[0]] = number
        elif not isinstance(key, Value):
            raise TypeError(f"inputs maps leaves (or their labels) to numbers; {key!r} is neither")
        elif not key.is_leaf:
            raise GraphError(f"{key!r} is the result of {key.op}; inputs can only replace leaves")
        elif key not in leaves:
            raise GraphError(f"{key!r} is not a leaf of the replayed graph")
        else:
            given[key] = number
    return given
