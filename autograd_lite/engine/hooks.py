"""Hooks: functions that are called with a node's gradient when it is complete, and may replace it."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable
from typing import Any

from autograd_lite.engine import modes
from autograd_lite.engine.known import Known
from autograd_lite.engine.methods import methods
from autograd_lite.engine.value import Value

Hook = Callable[[Any], Any]
_hooks = Known()  # for each node with hooks the hooks, by number


def has_hooks(node: Value | None = None) -> bool:
    """Whether `node` has a hook at present; without one, whether any node has."""
    return bool(_hooks) if node is None else node in _hooks


def after_hooks(node: Value, grad: Any) -> Any:
    """The gradient of `node` after its hooks have seen it, and perhaps replaced it.

    Where gradients are Values (`create_graph`, nested transforms), a hook is given a Value and may return one.
    """
    for hook in hooks_of(node) if _hooks else ():
        replaced = hook(grad)
        if replaced is None:
            continue
        if isinstance(replaced, Value) and isinstance(grad, Value):
            grad = replaced
        elif isinstance(replaced, float | int):
            grad = float(replaced)
        else:
            raise TypeError(f"a hook returns a number that replaces the gradient, or None; not {type(replaced).__name__}")
    return grad


def hooks_of(node: Value) -> list[Hook]:
    """The hooks of `node` in their order, for a copy of it to have, too."""
    return list(_hooks.get(node, {}).values())


class Handle(contextlib.AbstractContextManager["Handle"]):
    """Takes a hook away again: `remove()`, or leaving the `with` block."""

    def __init__(self, node: Value, key: int) -> None:
        self._node = weakref.ref(node)
        self._key = key

    def __repr__(self) -> str:
        node = self._node()
        there = node is not None and self._key in _hooks.get(node, {})
        return f"<a hook on {node!r}; .remove() takes it away>" if there else "<a hook that is gone>"

    def remove(self) -> None:
        """Take the hook away; twice is fine."""
        node = self._node()
        with modes.writing:
            if node is not None and node in _hooks:
                _hooks[node].pop(self._key, None)
                if not _hooks[node]:
                    del _hooks[node]

    def __exit__(self, *exception: object) -> None:
        self.remove()


@methods
class _WithHooks(Value):
    __slots__ = ()

    def register_hook(self, hook: Callable[[float], float | None]) -> Handle:
        """Call `hook(gradient)` in each backward pass when this node's gradient is complete; what it returns, if not
        None, replaces the gradient.

        Returns
        -------
        Handle
            `handle.remove()` takes the hook away; also a context manager.

        Examples
        --------
        >>> x = Value(3.0); h = x * x
        >>> with h.register_hook(lambda g: 10 * g):
        ...     (h + 1).backward()
        >>> x.grad
        60.0
        """
        if not callable(hook):
            raise TypeError(f"a hook is a function of the gradient, not {type(hook).__name__}")
        with modes.writing:
            table = _hooks.setdefault(self, {})
            key = max(table, default=-1) + 1
            table[key] = hook
        return Handle(self, key)
