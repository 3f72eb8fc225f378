"""What nodes are called: a name for each node of a graph, how names stand in formulas, and the name that several labels share.

A node with a label goes by it; the others are v1, v2, ... in the order of the forward pass, so a name means the same node in
every view of one graph.  Names are made when they are first asked for: stepping through a graph of a million nodes shows a few.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, filterfalse, islice, takewhile
from typing import Any

from autograd_lite import Value
from autograd_lite.formatting import short_float
from autograd_lite.terminal import clean

_PLAIN_NAME = re.compile(r"[\w.\[\]'#]+")


class Names(Mapping[Any, str]):
    """A name for every node of a graph: its label, else v1, v2, ...; a label that two nodes share gets a number.

    Parameters
    ----------
    order : iterable of Value
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

    def __getitem__(self, node: Any) -> str:
        labelled = self._index() if self._labelled is None else self._labelled
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

    def __iter__(self) -> Iterator[Any]:
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
        known = [*self._index().values(), *(f"v{rank}" for rank in islice(self._rank.values(), 50))]
        close = difflib.get_close_matches(name, known, n=3)
        there = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "") or "none"
        hint = f"did you mean {' or '.join(close)}?" if close else f"there are {there}"
        raise LookupError(f"no node of this graph is called {name!r}; {hint}")

    def _called(self, name: str) -> Value | None:
        """The node of that name, or None."""
        for node, known in self._index().items():
            if known == name and self[node] == name:
                return node  # type: ignore[no-any-return]
        return next((node for node, rank in self._rank.items() if f"v{rank}" == name), None) if name[:1] == "v" else None

    def _index(self) -> dict[Any, str]:
        """The names of the nodes that have a label; brings the numbers of the others up to date as well."""
        if self._labelled is not None:
            return self._labelled
        self._given = {node: node.label for node in self._order if node.label}
        labels = {node: clean(label) or "_" for node, label in self._given.items()}
        taken = set(labels.values())
        self._labelled = {}
        used: dict[str, int] = {}
        for node, label in labels.items():
            name, k = label, used.get(label, 0) + 1
            if k > 1:
                while f"{label}_{k}" in taken:
                    k += 1
                name = f"{label}_{k}"
                taken.add(name)
            used[label] = k
            self._labelled[node] = name
        reserved = {int(label[1:]) for label in taken if re.fullmatch(r"v[1-9]\d*", label)}
        unlabelled = [node for node in self._order if node not in labels]
        self._rank = dict(zip(unlabelled, filterfalse(reserved.__contains__, count(1)), strict=False))
        return self._labelled


def one_word(name: str) -> str:
    """A name as it stands in a formula: what could be taken for more than a name stands in parentheses.

    >>> one_word("layer1.w[0]"), one_word("a-b")
    ('layer1.w[0]', '(a-b)')
    """
    return name if _PLAIN_NAME.fullmatch(name) else f"({name})"


def d(name: str) -> str:
    """`dw` for w; parentheses where the name is not one word.

    >>> d("w"), d("my weight")
    ('dw', 'd(my weight)')
    """
    return f"d{one_word(name)}"


def operand_name(operand: Any, names: Mapping[Any, str]) -> str:
    """What an operand is called: a number by its digits, a node by its name.

    A branch that was not taken is an operand without an edge, and has no name in the graph of the backward pass: it goes by its
    label or its number.
    """
    if not isinstance(operand, Value):
        return short_float(operand)
    return names.get(operand, "") or clean(operand.label) or short_float(operand.data)


def shared_name(labels: Sequence[str]) -> str:
    """The part that dotted labels have in common, whole components only; empty if there is none.

    >>> shared_name(["layer1.neuron1.w1", "layer1.neuron2.w1"])
    'layer1'
    >>> shared_name(["layer1.w", "layer2.w"]), shared_name(["w"]), shared_name([])
    ('', '', '')
    """
    if not labels or not all(labels):
        return ""
    first, last = (label.split(".")[:-1] for label in (min(labels), max(labels)))
    return ".".join(p for p, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
