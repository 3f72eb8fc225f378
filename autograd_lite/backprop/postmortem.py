"""Where nan and infinity began: on a graph that is there already, or at the spot while it is made.

`post_mortem(loss)` needs nothing switched on beforehand: a recorded graph has all its numbers.  `detect_anomaly()` raises at
the operation that makes the first bad number, with the user's line on the traceback.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from autograd_lite import Value
from autograd_lite.backprop.steps import Edge, sweep
from autograd_lite.engine import modes
from autograd_lite.formatting import short_float
from autograd_lite.structure.names import Names, d, operand_name
from autograd_lite.structure.snapshot import Snapshot, checked_root
from autograd_lite.structure.source import record_source, source_of
from autograd_lite.terminal import clean


class AnomalyError(FloatingPointError):
    """A number became nan or infinite; `.node` is the Value."""

    def __init__(self, message: str, node: Value | None) -> None:
        super().__init__(message)
        self.node = node


@dataclass(frozen=True)
class PostMortem:
    """What `post_mortem` found; prints itself, and is true if something is wrong.

    Attributes
    ----------
    node : Value or None
        The first node with a bad number: in the forward pass, else, if all values are good, in the backward pass.
    phase : {"forward", "backward", ""}
    text : str
    """

    node: Value | None
    phase: str
    text: str

    def __bool__(self) -> bool:
        return self.node is not None

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


def post_mortem(loss: Value) -> PostMortem:
    """Find where nan or infinity began in a recorded graph.

    Parameters
    ----------
    loss : Value

    Returns
    -------
    PostMortem
        The first bad node in the order of the forward pass: its inputs, its line if `record_source` was on, and what to
        write instead.  If all values are finite, the first slope or gradient of the backward pass that is not.

    Raises
    ------
    TypeError
        If `loss` is not a Value.

    Examples
    --------
    >>> from autograd_lite import Value, exp, ieee
    >>> x = Value(800.0, label="x")
    >>> with ieee():
    ...     loss = exp(x) / (exp(x) + 1.0)
    >>> print(post_mortem(loss))
    forward: v1 = exp(x) is inf, the first number that is not finite
      x = 800.0
      exp overflows above 709.78: use logsumexp, softmax, softplus or log_softmax, which subtract the largest first
    """
    root = checked_root(loss, "a post-mortem")
    graph = Snapshot.of(root, "a post-mortem")
    order, names = graph.order, graph.names
    for node in order:
        if not math.isfinite(node.data):
            return PostMortem(node, "forward", _forward(node, names))
    for edge in sweep(reversed(order), {root: 1.0}.get):
        if not math.isfinite(edge.after):
            return PostMortem(edge.node, "backward", _backward(edge, names))
    for node in order:
        if node.has_grad and not math.isfinite(node.grad):
            name = names[node]
            text = f"every value and every slope is finite, but {name}.grad is {node.grad!r}: it was set, added to or hooked"
            return PostMortem(node, "backward", text)
    return PostMortem(None, "", f"nothing is wrong: every value of this graph ({len(order):,}) and every gradient is finite")


def _forward(node: Value, names: Names) -> str:
    if node.is_leaf:
        return f"forward: the input {names[node]} is {node.data!r}, before anything is computed{_made(node)}"
    head = f"forward: {_operation(node, names)} is {node.data!r}, the first number that is not finite{_made(node)}"
    return "\n  ".join([head, *_operands(node, names)])


def _backward(edge: Edge, names: Names) -> str:
    node, below = d(names[edge.node]), d(names[edge.parent])
    lines = [
        f"backward: all values are finite; at {_operation(edge.node, names)} the gradient of {names[edge.parent]} becomes "
        f"{short_float(edge.share)}{_made(edge.node)}",
        f"{node} arrives as {short_float(edge.upstream)}, the local derivative {node}/{below} is {short_float(edge.local)}",
    ]
    return "\n  ".join([*lines, *_operands(edge.node, names)])


def _operation(node: Value, names: Names) -> str:
    return f"{names[node]} = {node.op}({', '.join(operand_name(arg, names) for arg in node.args)})"


def _operands(node: Value, names: Names) -> list[str]:
    """A line for each operand that is a node, and one with what to write instead."""
    numbers = [f"{names[arg]} = {short_float(arg.data)}" for arg in dict.fromkeys(node.args) if arg in names]
    return [*numbers, *filter(None, [_advice(node)])]


def _made(node: Value) -> str:
    place = source_of(node)
    return f" ({place})" if place else ""


#: What people write where numbers run away, and what to write instead.
_INSTEAD = {
    "exp": "exp overflows above 709.78: use logsumexp, softmax, softplus or log_softmax, which subtract the largest first",
    "log": "log is -inf at 0 and undefined below: log_softmax, log_sigmoid, bce_with_logits and xlogy stay finite where the "
    "argument underflows; log1p(x) near 0",
    "sqrt": "sqrt has an infinite slope at 0: hypot(x, y) for a length, sqrt(x + 1e-12) to stay off it",
    "div": "a division by 0: where(y != 0, x / y, 0) keeps the branch out of the gradient, x / (y + 1e-12) stays off it",
    "pow": "a power below 1 has an infinite slope at 0, and a negative base with a fractional exponent is undefined",
    "cbrt": "cbrt has an infinite slope at 0",
    "mul": "the product overflows, or multiplies 0 by infinity: scale the inputs, or add logarithms",
    "add": "infinities of both signs, or a sum beyond 1.8e308: look at what comes in",
    "sub": "infinity minus infinity: subtract before the exponential (logsumexp, softmax)",
    "acos": "acos has an infinite slope at -1 and 1: atan2(sqrt((1 - x) * (1 + x)), x) is better behaved",
    "asin": "asin has an infinite slope at -1 and 1",
    "tan": "tan grows without bound near odd multiples of pi/2",
    "cosh": "cosh overflows above 710: log(cosh(x)) is abs(x) + softplus(-2 * abs(x)) - log(2)",
    "sinh": "sinh overflows above 710",
}


def _advice(node: Value) -> str:
    if node.op == "log":
        inner = next((arg.op for arg in node.args if isinstance(arg, Value)), "")
        if inner in ("sigmoid", "softmax"):
            return f"log of {inner} loses its digits where {inner} reaches 0: log_{inner} computes both in one"
    return _INSTEAD.get(node.op, "")


@contextmanager
def detect_anomaly(check_nan: bool = True) -> Iterator[None]:
    """Raise where the first nan or infinity is made, forward or backward, while the block runs.

    Parameters
    ----------
    check_nan : bool, default True
        False: only let nodes remember their lines, for a later `post_mortem`.

    Raises
    ------
    AnomalyError
        From inside the operation, so that the traceback ends at the line; or from `backward()`, before it starts.

    Notes
    -----
    Outside `ieee()` most bad numbers raise by themselves (a DomainError, a RangeError); this finds those that come in by
    inputs, and those made in `ieee()`.  It costs a look at the stack for every node.

    Examples
    --------
    >>> from autograd_lite import Value, ieee
    >>> with ieee(), detect_anomaly():  # doctest: +IGNORE_EXCEPTION_DETAIL
    ...     Value(0.0) * Value(1e308) * 1e308 / 0.0
    Traceback (most recent call last):
        ...
    autograd_lite.backprop.postmortem.AnomalyError: div gave nan, from 0.0, 0.0 ...
    """

    def made(node: Any) -> None:
        if math.isfinite(node.data):
            return
        if node.is_leaf:
            raise AnomalyError(f"the input {clean(node.label) or 'a Value'} is {node.data!r}{_made(node)}", node)
        labels = [f"{clean(arg.label)} = " if isinstance(arg, Value) and arg.label else "" for arg in node.args]
        operands = ", ".join(f"{label}{float(arg)!r}" for label, arg in zip(labels, node.args, strict=True))
        advice = f". Instead: {_advice(node)}" if _advice(node) else ""
        raise AnomalyError(f"{node.op} gave {node.data!r}, from {operands}{_made(node)}{advice}", node)

    def backward(root: Any) -> None:
        found = post_mortem(root)
        if found:
            raise AnomalyError(found.text, found.node)

    with record_source():
        if not check_nan:
            yield
            return
        with modes.observing(made, backward):
            yield
