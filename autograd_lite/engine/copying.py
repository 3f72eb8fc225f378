"""Copies and pickles of graphs, without recursion: a chain of a million operations needs no more stack than one."""

from __future__ import annotations

import copy
import threading
import weakref
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self

from autograd_lite.engine import closures
from autograd_lite.engine.hooks import hooks_of
from autograd_lite.engine.methods import methods
from autograd_lite.engine.value import Value

#: What a node is: its facts, in the order in which they are pickled.
_FACTS = ("_number", "label", "_grad", "_rule", "_a", "_b", "_da", "_db")


def _operands(node: Value) -> list[Value]:
    """All operands that are nodes, edges or not (the branch of a `where` that was not taken has no edge)."""
    return [arg for arg in node.args if isinstance(arg, Value)]


def operand_order(root: Value, known: Collection[int] = ()) -> list[Value]:
    """As `topological_order`, but along every operand: what a copy must contain, and what evaluating again needs.

    The walk ends at nodes whose `id` is in `known`, which are left out.
    """
    order: list[Value] = []
    seen: set[int] = set()
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if node is None:
            order.append(stack.pop())
        elif id(node) not in seen and id(node) not in known:
            seen.add(id(node))
            stack += [node, None, *reversed(_operands(node))]
    return order


def _rebuilt(
    kind: type[Any], facts: Sequence[Any], hooks: Iterable[Any] = (), own: Mapping[str, Any] = MappingProxyType({})
) -> Any:
    node = object.__new__(kind)
    for name, fact in [*zip(_FACTS, facts, strict=True), *own.items()]:
        setattr(node, name, fact)
    closures.rebuilt(node)
    for hook in hooks:
        node.register_hook(hook)
    return node


def _further(node: Value) -> tuple[Any, ...]:
    """What a node has besides its facts, if anything: its hooks, and the attributes of a subclass."""
    state: Any = None if type(node) is Value else object.__getstate__(node)
    attributes, slots = state if state.__class__ is tuple else (state, {})
    own = {**(attributes or {}), **{name: fact for name, fact in slots.items() if name not in _FACTS}}
    hooks = hooks_of(node)
    return (hooks, own) if hooks or own else ()


def _facts(node: Value) -> list[Any]:
    """The facts of a node; of a gradient with a graph, which leads back to the node, its number."""
    facts = [getattr(node, name) for name in _FACTS]
    facts[2] = facts[2].data if isinstance(facts[2], Value) else facts[2]
    return facts


def _deepcopy(root: Value, memo: dict[int, Any]) -> Any:
    """A copy of the whole graph under `root`, gradients and labels included."""

    def copied(operand: Any) -> Any:
        if operand.__class__ is tuple:
            return tuple(map(copied, operand))
        return memo[id(operand)] if isinstance(operand, Value) else operand

    # What has been copied is not walked through again: a list of all nodes of a chain takes one walk, not one for each.
    for node in operand_order(root, memo):
        memo[id(node)] = _rebuilt(type(node), [copied(fact) for fact in _facts(node)], *copy.deepcopy(_further(node), memo))
    return memo[id(root)]


# Pickle follows references recursively, which a deep graph does not survive.  So the first node that is asked to reduce
# itself lists its ancestors in topological order; pickle then meets each of them before anything refers to it, its memo
# keeps what is shared shared, and no reference is ever deeper than one.  While such a list is being written its nodes
# reduce to their bare facts.  `_End` closes the list; it is the pickler that keeps it alive, so where pickling was broken
# off (Ctrl-C) it is gone, and the list counts no more.

_pending = threading.local()


class _End:
    """Closes the list of ancestors: reducing it ends the state in which nodes reduce to bare facts."""

    def __reduce__(self) -> tuple[Any, ...]:
        _pending.listed = None
        return (_End, ())


def _unpickled(ancestors: Any, kind: type[Any], *facts: Any) -> Any:
    return _rebuilt(kind, facts[: len(_FACTS)], *facts[len(_FACTS) :])


@methods
class _Copied(Value):
    __slots__ = ()

    def __copy__(self) -> Self:
        return _rebuilt(type(self), [getattr(self, name) for name in _FACTS], *_further(self))  # type: ignore[no-any-return]

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return _deepcopy(self, memo)  # type: ignore[no-any-return]

    def __reduce__(self) -> Any:
        """How to rebuild this node, after its ancestors."""
        facts = (type(self), *_facts(self), *_further(self))
        bare = (_unpickled, (None, *facts))
        listed = getattr(_pending, "listed", None)
        if listed is not None and id(self) in listed[1] and listed[0]() is not None:
            return bare
        ancestors = operand_order(self)[:-1]
        if not ancestors:
            return bare
        end = _End()
        _pending.listed = (weakref.ref(end), {id(ancestor) for ancestor in ancestors})
        return (_unpickled, ((*ancestors, end), *facts))
