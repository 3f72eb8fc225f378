"""Whether code only computes: what it does to things that are not its own, or asks of how a number was made, is not repeated by a loop.

It is an over-estimate: code of which this is not certain is not said to compute only.
"""

import dis
import re
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType
from typing import Any

from autograd_lite.compiler.reads import reads_of

#: Methods that change what they are called on.
_CHANGING = frozenset({
    "append", "appendleft", "extend", "extendleft", "insert", "pop", "popleft", "popitem", "remove", "clear", "add", "discard",
    "update", "setdefault", "sort", "reverse", "rotate", "write", "writelines", "read", "readline", "seek", "send", "throw",
    "move_to_end", "fill", "put", "resize", "itemset", "partition", "subtract", "difference_update", "intersection_update",
    "symmetric_difference_update", "setattr", "setitem", "delitem", "heappush", "heappop", "heapify", "shuffle", "insort",
    "insort_left", "insort_right", "__next__", "__setattr__", "__setitem__", "__delitem__", "__iadd__", "set", "reset",
})  # fmt: skip
#: What says how a number was made: in a loop all that is carried was made by the round before.
_ASKING = frozenset({
    "is_leaf", "op", "args", "requires_grad", "is_constant", "edges", "has_grad", "arg_grads", "local_grads", "_op", "_prev",
    "_rule", "label", "__class__", "is_", "is_not", "__hash__",
})  # fmt: skip
_CHANGING_FUNCTIONS = frozenset({
    "next", "setattr", "delattr", "exec", "eval", "globals", "open", "input", "type", "id", "hash", "is_", "is_not",
})  # fmt: skip
_STORING = frozenset(
    {"STORE_GLOBAL", "DELETE_GLOBAL", "STORE_ATTR", "DELETE_ATTR", "DELETE_DEREF", "STORE_SLICE", "DELETE_SUBSCR"}
)
_MAKING = frozenset({"BUILD_LIST", "BUILD_MAP", "BUILD_SET", "LIST_EXTEND"})
_MAKING_FUNCTIONS = frozenset({"list", "dict", "set", "sorted"})


@lru_cache(maxsize=4096)
def only_computes(code: CodeType) -> bool:
    """Whether `code`, and the functions in it, change nothing but lists and dicts that they have made themselves.

    >>> def f(x):
    ...     found = []
    ...     found.append(x)
    ...     return found
    >>> only_computes(f.__code__), only_computes((lambda x: calls.append(x)).__code__)
    (True, False)
    """
    reads = reads_of(code)
    if reads.any_attribute or not _ASKING.isdisjoint(reads.attributes):
        return False
    steps = list(_steps(code))
    own = _made_here(code, steps)
    for k, (op, name) in enumerate(steps):
        stored = op in _STORING or (op == "STORE_DEREF" and name in code.co_freevars)
        same = op == "IS_OP" and steps[k - 1] != ("LOAD_CONST", None)  # in a loop no number is one from outside
        if stored or same or (op in ("LOAD_GLOBAL", "LOAD_NAME") and name in _CHANGING_FUNCTIONS | _CHANGING):
            return False
        changed = (
            k - 1 if op in ("LOAD_ATTR", "LOAD_METHOD") and name in _CHANGING else k - 2 if op == "STORE_SUBSCR" else None
        )
        if changed is not None and (steps[changed][0] != "LOAD_FAST" or steps[changed][1] not in own):
            return False
    return all(only_computes(one) for one in code.co_consts if isinstance(one, CodeType))


def _steps(code: CodeType) -> Iterator[tuple[str, Any]]:
    """The operations of code and what they are about; those that later versions of Python do two at once one by one."""
    for step in dis.get_instructions(code):
        single = re.findall("STORE_FAST|LOAD_FAST", step.opname)
        if len(single) == 2 and isinstance(step.argval, tuple):
            yield from zip(single, step.argval, strict=True)
        else:
            yield (single[0] if single else step.opname), step.argval


def _made_here(code: CodeType, steps: list[tuple[str, Any]]) -> set[str]:
    """Variables that hold nothing but lists and dicts made here."""
    arguments = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
    found: dict[str, bool] = dict.fromkeys(code.co_varnames[:arguments], False)
    for k, (op, name) in enumerate(steps):
        if op == "STORE_FAST":
            found[name] = found.get(name, True) and _is_new(steps[max(0, k - 8) : k])
    return {name for name, made in found.items() if made}


def _is_new(before: list[tuple[str, Any]]) -> bool:
    """Whether what these steps end with has been made by them."""
    if not before or before[-1][0] in _MAKING:
        return bool(before)
    makes = any(op == "MAKE_FUNCTION" or (op == "LOAD_GLOBAL" and name in _MAKING_FUNCTIONS) for op, name in before)
    return before[-1][0] == "CALL" and makes and sum(op == "CALL" for op, _ in before) == 1
