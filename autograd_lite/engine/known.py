"""What is known about single nodes and has no slot in them: hooks, for instance, which few nodes have."""

import weakref
from collections.abc import Iterator, MutableMapping
from typing import Any


class Known(MutableMapping[Any, Any]):
    """A dictionary from nodes, for as long as they live, and by identity: a node that is nan does not even equal itself, so in a
    `WeakKeyDictionary` it is not found.

    >>> from autograd_lite import Value
    >>> names, x = Known(), Value(float("nan"))
    >>> names[x] = "x"
    >>> names[x], Value(1.0) in names, len(names)
    ('x', False, 1)
    >>> del x; len(names)
    0
    """

    def __init__(self) -> None:
        self._facts: dict[int, tuple[weakref.ref[Any], Any]] = {}

    def __getitem__(self, node: Any) -> Any:
        return self._facts[id(node)][1]

    def __setitem__(self, node: Any, fact: Any) -> None:
        facts, key = self._facts, id(node)
        facts[key] = weakref.ref(node, lambda _: facts.pop(key, None)), fact

    def __delitem__(self, node: Any) -> None:
        del self._facts[id(node)]

    def __iter__(self) -> Iterator[Any]:
        return (node for ref, _ in list(self._facts.values()) if (node := ref()) is not None)

    def __len__(self) -> int:
        return len(self._facts)
