"""What a stepper answers with: lists of steps that print a line each, and tables of steps and of gradients."""

from collections.abc import Iterable, Mapping
from typing import Any

from autograd_lite import Value
from autograd_lite.backprop.names import short
from autograd_lite.backprop.steps import ForwardStep, Step
from autograd_lite.backprop.tables import Table
from autograd_lite.engine.node import Node


class Steps(list[Any]):
    """Several steps; prints a line each."""

    def __str__(self) -> str:
        return "\n".join(str(step) for step in self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return step_table(self)._repr_html_()


class Undone(Steps):
    """Steps that were taken back, the last one first."""

    def __str__(self) -> str:
        return "\n".join(f"undone: {step}" for step in self)

    __repr__ = __str__


def step_table(rows: Iterable[Step | ForwardStep], here: int | None = None, title: str = "") -> Table:
    """Steps as a table; those up to step number `here` are marked as done."""
    cells = []
    for step in rows:
        mark = "" if here is None else "*" if step.k < here else ">" if step.k == here else ""
        if isinstance(step, Step):
            cells.append([mark, str(step.k), step.rule, step.numbers, step.change])
        else:
            line = f"{step.name} = {step.formula}"
            cells.append([mark, str(step.k), line, f"{step.numbers} = {short(step.node.data)}", step.local])
    return Table(
        ["", "step", "rule", "numbers", "what changes"], cells, title=title, right={1}, drop_empty=True, named=False
    )


def gradient_table(order: Iterable[Value], names: Mapping[Node, str], title: str) -> Table:
    """Nodes with their values and their gradients at this moment."""
    rows = [[names[node], node.op, short(node.data), gradient_of(node)] for node in order]
    return Table(["node", "op", "value", "gradient"], rows, title=title, right={2, 3})


def gradient_of(node: Value) -> str:
    """The gradient; `-` where none has been computed.

    >>> gradient_of(Value(1.0))
    '-'
    """
    return short(node.grad) if node.has_grad else "-"


__all__ = ["Steps", "Undone", "gradient_of", "gradient_table", "step_table"]
