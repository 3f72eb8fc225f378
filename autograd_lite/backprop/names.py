"""What nodes and numbers are called in a line of text.

A node with a label goes by it; the others are v1, v2, ... in the order of the forward pass, so a name means the same node in
every view of one graph.  Names are made when they are first asked for: stepping through a graph of a million nodes shows a few.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from autograd_lite import GraphError, Value, topological_order
from autograd_lite.engine.errors import not_a_result
from autograd_lite.engine.graph import cycle_in
from autograd_lite.engine.node import Node

#: Up to so many nodes a graph is checked for cycles when it is opened; above, where a cycle would be stepped on.
CHECKED = 100_000

_PLAIN_NAME = re.compile(r"[\w.\[\]'#]+")


def short(number: Any) -> str:
    """Six digits at most, and always recognisable as a float.

    >>> short(-6), short(0.1 + 0.2), short(1e-20), short(2 / 3)
    ('-6.0', '0.3', '1e-20', '0.666667')
    """
    number = float(number)
    text = f"{number:.6g}"
    if float(text) != number and abs(number) >= 1e5 and abs(number) < 1e15:
        text = f"{number:.10g}"
    return text if any(c in text for c in ".enai") else f"{text}.0"


def d(name: str) -> str:
    """`dw` for w; parentheses where the name is not one word.

    >>> d("w"), d("my weight")
    ('dw', 'd(my weight)')
    """
    return f"d{one_word(name)}"


def one_word(name: str) -> str:
    """A name as it stands in a formula: what could be taken for more than a name stands in parentheses.

    >>> one_word("layer1.w[0]"), one_word("a-b")
    ('layer1.w[0]', '(a-b)')
    """
    return name if _PLAIN_NAME.fullmatch(name) else f"({name})"


def clean(label: str) -> str:
    """A label as one line of printable text.

    >>> clean("two\\nlines \\x1b[31m")
    'two lines \\\\x1b[31m'
    """
    line = " ".join(label.split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


class Names(Mapping[Node, str]):
    """A name for every node of a graph: its label, else v1, v2, ...; a label that two nodes share gets a number.

    Parameters
    ----------
    order : list of Value
        The nodes in topological order.

    Examples
    --------
    >>> a, b, c = Value(1.0, label="a"), Value(2.0), Value(3.0, label="a")
    >>> list(Names([a, b, c]).values())
    ['a', 'v1', 'a_2']
    """

    def __init__(self, order: Iterable[Any]) -> None:
        self._order = order if isinstance(order, list) else list(order)
        self._labelled: dict[Any, str] | None = None
        self._given: dict[Any, str] = {}
        self._rank: dict[Any, int] = {}

    def __getitem__(self, node: Node) -> str:
        labelled = self._index()
        if node not in self._rank and node not in labelled:
            raise KeyError(node)
        if self._given.get(node, "") != node.label:
            # Labels can be given at any time, at the prompt too.
            self._labelled = None
            labelled = self._index()
        return labelled[node] if node in labelled else f"v{self._rank[node]}"

    @property
    def any_given(self) -> bool:
        """Whether some node has a label."""
        return bool(self._index())

    def __iter__(self) -> Iterator[Node]:
        return iter(self._order)

    def __len__(self) -> int:
        return len(self._order)

    def find(self, name: str) -> Value:
        """The node of that name.

        Raises
        ------
        LookupError
            If there is none; the message names the closest.
        """
        found = self._called(name)
        if found is None:
            self._labelled = None  # it may have been given since
            found = self._called(name)
        if found is not None:
            return found
        ranks = (f"v{rank}" for rank in islice(self._rank.values(), 50))
        known_names = [*self._index().values(), *ranks]
        close = difflib.get_close_matches(name, known_names, n=3)
        hint = f"; did you mean {' or '.join(close)}?" if close else f"; there are {_listed(known_names)}"
        raise LookupError(f"no node of this graph is called {name!r}{hint}")

    def _called(self, name: str) -> Value | None:
        """The node of that name, or None."""
        for node, known in self._index().items():
            if known == name and self[node] == name:
                return node  # type: ignore[no-any-return]
        automatic = re.fullmatch(r"v([1-9]\d*)", name)
        wanted = int(automatic[1]) if automatic else 0
        return next((node for node, rank in self._rank.items() if rank == wanted), None) if wanted else None

    def _index(self) -> dict[Any, str]:
        if self._labelled is not None:
            return self._labelled
        self._rank = {}
        self._given = {node: node.label for node in self._order if node.label}
        labels = [(node, clean(node.label) or "_") for node in self._order if node.label]
        taken = {label for _, label in labels}
        labelled: dict[Any, str] = {}
        used: dict[str, int] = {}
        for node, label in labels:
            if label in used:
                k = used[label] + 1
                while f"{label}_{k}" in taken:
                    k += 1
                used[label] = k
                label = f"{label}_{k}"
                taken.add(label)
            else:
                used[label] = 1
            labelled[node] = label
        reserved = {int(label[1:]) for label in taken if re.fullmatch(r"v[1-9]\d*", label)}
        rank = 0
        for node in self._order:
            if not node.label:
                rank += 1
                while rank in reserved:
                    rank += 1
                self._rank[node] = rank
        self._labelled = labelled
        return labelled


def operand_name(operand: Any, names: Mapping[Node, str]) -> str:
    """What an operand is called: a number by its digits, a node by its name.

    A branch that was not taken is an operand without an edge, and has no name in the graph of the backward pass: it goes by its
    label or its number.
    """
    if not isinstance(operand, Node):
        return short(operand)
    return names.get(operand, "") or clean(operand.label) or short(operand.data)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:12]) + (", ..." if len(names) > 12 else "") if names else "none"


def checked_root(root: Any, doing: str) -> Value:
    """`root` if it is a Value; otherwise a TypeError that says what is wanted."""
    if isinstance(root, Value):
        return root
    if isinstance(root, list | tuple) and any(isinstance(one, Value) for one in root):
        raise TypeError(f"{doing} starts from one Value, not a {type(root).__name__} of them; sum them, or choose one")
    raise not_a_result(root, doing)


def checked_order(root: Any, doing: str = "stepping") -> list[Value]:
    """The topological order of a proper graph.

    Raises
    ------
    TypeError
        If `root` is not a Value.
    GraphError
        If the graph has a cycle, which only a change by hand can make.
    """
    order = topological_order(checked_root(root, doing))
    if len(order) <= CHECKED:
        cyclic = cycle_in(order)
        if cyclic is not None:
            raise cycle_error(cyclic)
    return order


def cycle_error(node: Value) -> GraphError:
    """The exception for a node that is among its own ancestors."""
    return GraphError(
        f"the graph has a cycle through {node!r}: it is among its own operands' ancestors. Operations never make one, so "
        "operands were changed by hand; without an order there is no backward pass"
    )


__all__ = [
    "Names",
    "checked_order",
    "checked_root",
    "clean",
    "cycle_error",
    "d",
    "one_word",
    "operand_name",
    "short",
]
