"""A formula and its numbers on the command line: what `graph`, `step` and `page` have in common."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import click

from autograd_lite.cli.command import Command, argument
from autograd_lite.cli.errors import misused, refusing
from autograd_lite.expression import Built, Expression, ExpressionError, MissingVariablesError


class FormulaCommand(Command):
    """A command with a formula; `-x**2` is one, though it begins like an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As every command, after telling formulas and options apart."""
        return super().parse_args(ctx, protect_formula(args))


def formula(required: bool = True) -> Callable[[Any], Any]:
    """The arguments of a formula."""
    text = "A formula such as 'w*x + b' or 'h = w*x + b; tanh(h)'."
    expression = argument("formula", required=required, help=text)
    numbers = argument("numbers", nargs=-1, metavar="[NAME=NUMBER ...]", help="A number for each variable.")
    return lambda function: expression(numbers(function))


def protect_formula(argv: Sequence[str]) -> list[str]:
    """The arguments with a formula such as `-x**2` told apart from an option, which also begins with a minus.

    >>> protect_formula(["-x**2", "x=3", "-o", "f.svg"])
    [' -x**2', 'x=3', '-o', 'f.svg']
    """
    found = list(argv)
    for k, item in enumerate(found):
        minus = item.startswith("-") and not item.startswith(("--", "-o", "-h")) and item != "-i"
        if minus and len(item) > 1 and (k == 0 or found[k - 1] not in ("-o", "--output")):
            found[k] = " " + item
    return found


def read_numbers(given: Sequence[str]) -> dict[str, float]:
    """The numbers of `x=2 y=-1e-3 z=pi/2`.

    >>> read_numbers(["x=2", "y=-1/4"])
    {'x': 2.0, 'y': -0.25}
    """
    numbers: dict[str, float] = {}
    for item in given:
        name, equals, text = item.partition("=")
        name, text = name.strip(), text.strip()
        if not equals or not name.isidentifier() or not text:
            misused(f"a number for a variable is given as name=number, for instance x=2.5; not {item!r}")
        if name in numbers:
            misused(f"{name} is given twice")
        with refusing(ValueError, ArithmeticError, before=f"{name}={text}: "):
            try:
                expression = Expression(text)
                if expression.variables:
                    unknown = ", ".join(expression.variables)
                    misused(f"{name}={text}: {unknown} is not a number; numbers, pi and e are accepted")
                numbers[name] = float(expression())
            except ExpressionError as error:
                misused(f"{name}={text}: {error.message}")
    return numbers


def build(args: Any) -> Built:
    """The graph of the formula on the command line, at the numbers given there."""
    text = args.formula
    with refusing(ValueError, ArithmeticError):
        try:
            built = Expression(text).build(read_numbers(args.numbers))
        except MissingVariablesError as error:
            given = " ".join([*args.numbers, *(f"{name}=1.0" for name in error.missing)])
            misused(f"no number for {', '.join(error.missing)}: autograd-lite {args.command} {text!r} {given}")
        except ExpressionError as error:
            misused(*str(error).split("\n"))
        except RecursionError:
            misused("the expression is nested too deep")
    if not built.root.label:
        built.root.label = next(name for name in ("f", "out", "result", "result_") if name not in built.variables)
    return built


#: Around a backward pass: what may stop it.
backward_stops = partial(refusing, ValueError, ArithmeticError, before="the backward pass stops: ")
