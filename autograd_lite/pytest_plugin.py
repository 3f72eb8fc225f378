"""A pytest plugin: the fixture `assert_grad`, and the graph behind a failure, printed or saved as a picture.

pytest loads it by itself where the package is installed; it imports nothing before a test asks for it.

    def test_mine(assert_grad):
        assert_grad(lambda x: my_function(x), 0.5)

With `--grad-graph` a failure also prints the graph with its numbers, with `--grad-svg DIR` it is drawn into a file.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The two options."""
    group = parser.getgroup("autograd_lite", "derivatives that fail a check (autograd_lite)")
    group.addoption("--grad-graph", action="store_true", help="print the graph of a function whose gradient is wrong")
    group.addoption(
        "--grad-svg", metavar="DIR", help="draw the graph of a function whose gradient is wrong into this folder"
    )


@pytest.fixture
def assert_grad(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """`assert_grad(f, *args, **options)`: as `autograd_lite.testing.check_grad`, with a failure that is all message."""

    def check(f: Callable[..., Any], *args: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        from autograd_lite.testing import check_grad

        try:
            report = check_grad(f, *args, **{**options, "raise_exception": False})
        except Exception as error:
            # Whatever it is, it goes on as it is: only the kit's own frames are left out of its traceback.
            raise error.with_traceback(_without_package(error.__traceback__)) from None
        if report.verdict != "fail":
            return report
        text = f"{report}\n\n{_place(sys._getframe(1), Path(request.config.invocation_params.dir))}"
        if request.config.getoption("--grad-graph"):
            text += f"\n\n{_listing(report)}"
        folder = request.config.getoption("--grad-svg")
        if folder:
            text += f"\n\n{_draw(report, Path(folder), request.node.name)}"
        pytest.fail(text, pytrace=False)

    return check


def _place(frame: FrameType, folder: Path) -> str:
    """The line that asked, as pytest writes lines."""
    path = Path(frame.f_code.co_filename)
    shown = path.relative_to(folder) if path.is_relative_to(folder) else path
    return f"{shown}:{frame.f_lineno}: in {frame.f_code.co_name}"


def _without_package(traceback: TracebackType | None) -> TracebackType | None:
    """A traceback without the frames of this package: what is left is the user's."""
    package = str(Path(__file__).parent)
    kept = []
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith(package):
            kept.append(traceback)
        traceback = traceback.tb_next
    last = None
    for one in reversed(kept):
        last = TracebackType(last, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return last


def _listing(report: Any) -> str:
    """The graph, a line for each operation, with its slopes; the wrong ones are marked."""
    from autograd_lite.engine.copying import operand_order
    from autograd_lite.engine.value import Value
    from autograd_lite.terminal import clean

    wrong = {fault.node for fault in report.faults}
    names: dict[Any, str] = {}
    lines = ["the graph:"]
    for node in operand_order(report.root):
        if node.is_leaf:
            names[node] = clean(node.label) or f"{node.data:g}"
            continue
        names[node] = clean(node.label) or f"v{len(lines)}"
        operands = ", ".join(names[arg] if isinstance(arg, Value) else f"{arg:g}" for arg in node.args)
        slopes = ", ".join("-" if slope is None else f"{slope:.6g}" for slope in node.arg_grads)
        mark = "   <- wrong slope" if node in wrong else ""
        lines.append(f"  {names[node]} = {node.op}({operands}) = {node.data:.6g}   slopes: {slopes}{mark}")
    return "\n".join(lines)


def _draw(report: Any, folder: Path, test: str) -> str:
    from autograd_lite.draw import GraphvizNotFoundError, render

    path = folder / (re.sub(r"[^\w.-]+", "_", test) + ".svg")
    marks = {fault.node: {"color": "red", "note": "wrong slope"} for fault in report.faults}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        render(report.root, path, local_grads=True, marks=marks)
    except (GraphvizNotFoundError, OSError, ValueError) as error:
        return f"the graph could not be drawn: {error}"
    return f"the graph is drawn in {path}"
