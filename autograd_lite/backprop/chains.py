r"""The chain rule written out: products of many factors with their middle left out, and the sum over paths in LaTeX."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from autograd_lite.backprop.paths import Path
from autograd_lite.backprop.spelling import latex_name
from autograd_lite.backprop.written import Written, as_written
from autograd_lite.engine.node import Node

T = TypeVar("T")

#: A path with more factors than this is shown with its middle left out.
LONG = 9


def elided(things: Sequence[T], written: Callable[[T], str], dots: str = "...") -> list[str]:
    """What is written for each; of many the middle ones are left out.

    >>> elided(range(20), str)
    ['0', '1', '2', '3', '...', '16', '17', '18', '19']
    """
    if len(things) <= LONG:
        return [written(one) for one in things]
    half = LONG // 2
    return [*map(written, things[:half]), dots, *map(written, things[-half:])]


def joined(terms: Sequence[str], between: str = " + ") -> str:
    """Terms as a sum; those that begin with a minus are taken away.

    >>> joined(["x", "-2 * y"])
    'x - 2 * y'
    """
    return between.join(terms).replace("+ -", "- ")


def chain_rule(
    paths: Sequence[Path], complete: bool, names: Mapping[Node, str], formula: Written | None, value: float
) -> str:
    r"""The sum over paths in LaTeX: the partial derivatives by name, as formulas, as numbers, and what it comes to.

    Parameters
    ----------
    paths : sequence of Path
        One at least.
    complete : bool
        Whether these are all.
    names : mapping of Value to str
    formula : Written or None
        The whole sum as a formula, if there is one to be shown.
    value : float
    """

    def named(edge: tuple[Node, Node]) -> str:
        return partial(*edge, names)

    more = [] if complete else [r"\cdots"]
    chains = [_product(list(pairwise(path.nodes)), named) for path in paths]
    numbers = [_product(path.factors, _factor) for path in paths]
    # A line for each path, unless the whole sum is short enough for one.
    long = len(paths) > 1 and sum(len(path.factors) for path in paths) > LONG
    between = r" \\ &\quad + " if long else " + "
    lines = [f"{partial(paths[0].nodes[0], paths[0].nodes[-1], names)} &= {joined([*chains, *more], between)}"]
    lines += [f"&= {formula.latex}"] if formula is not None else []
    lines += [f"&= {joined([*numbers, *more], between)}", f"&= {number(value)}"]
    return r"\begin{aligned}" + r" \\ ".join(dict.fromkeys(lines)) + r"\end{aligned}"


def partial(above: Node, below: Node, names: Mapping[Node, str]) -> str:
    """The partial derivative of one node with respect to another."""
    return rf"\frac{{\partial {latex_name(names[above])}}}{{\partial {latex_name(names[below])}}}"


def number(value: float) -> str:
    """Six digits of a number."""
    return as_written(float(f"{value:.6g}")).latex


def _product(things: Sequence[T], written: Callable[[T], str]) -> str:
    return r" \cdot ".join(elided(things, written, r"\cdots")).replace(r"\cdot \cdots \cdot", r"\cdots")


def _factor(value: float) -> str:
    text = number(value)
    return rf"\left({text}\right)" if text.startswith("-") else text


__all__ = ["LONG", "chain_rule", "elided", "joined", "number", "partial"]
