"""Whether a function would catch what an operation raises: asked where there can be no other way through it, in an export.

Under `jit` that shows when the operation raises.  A C file cannot wait for that, so the source is looked at.
"""

import ast
import builtins
import linecache
from collections.abc import Iterator
from functools import lru_cache
from types import FrameType

from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS


def handled(frame: FrameType | None, module: str) -> str:
    """The line, `file:line: text`, in these frames that is inside a `try` or `suppress` for errors of arithmetic, or "".

    Parameters
    ----------
    frame : frame
        The innermost one.
    module : str
        Where the calls began, so that what is further out is none of the function's.
    """
    while frame is not None and frame.f_globals.get("__name__") != module:
        name, line = frame.f_code.co_filename, frame.f_lineno
        if any(first <= line <= end for first, end in _protected(name)):
            return f"{name}:{line}: {linecache.getline(name, line).strip()}"
        frame = frame.f_back
    return ""


@lru_cache(maxsize=64)
def _protected(filename: str) -> tuple[tuple[int, int], ...]:
    """First and last lines of what is protected in a file; nothing if its text is not to be had."""
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except (SyntaxError, ValueError):
        return ()
    return tuple(
        (body[0].lineno, body[-1].end_lineno or body[-1].lineno) for node in ast.walk(tree) for body in _bodies(node)
    )


def _bodies(node: ast.AST) -> Iterator[list[ast.stmt]]:
    if isinstance(node, ast.Try) and any(_catches(handler.type) for handler in node.handlers):
        yield node.body
    if isinstance(node, ast.With):
        calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
        if any(ast.unparse(call.func).endswith("suppress") and any(map(_catches, call.args)) for call in calls):
            yield node.body


def _catches(kinds: ast.expr | None) -> bool:
    """Whether a handler for these kinds may catch an error of arithmetic: what is no exception of Python's may be one."""
    if kinds is None:
        return True
    names = [one.id for one in ast.walk(kinds) if isinstance(one, ast.Name)]
    found = [getattr(builtins, name, None) for name in names]
    return any(
        not isinstance(kind, type) or any(issubclass(error, kind) for error in ARITHMETIC_ERRORS)
        for kind in found
    )  # fmt: skip
