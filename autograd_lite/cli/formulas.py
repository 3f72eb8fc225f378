"""A formula and its numbers on the command line: what `graph`, `step` and `page` have in common."""

import argparse
from collections.abc import Sequence

from autograd_lite.cli.errors import CommandError, misused
from autograd_lite.cli.parser import Parser
from autograd_lite.engine import Value
from autograd_lite.expression import Built, Expression, ExpressionError, MissingVariablesError


def add_formula(parser: Parser, *, optional: bool = False) -> None:
    """The arguments of a formula; `-x**2` is one, though it begins like an option."""
    parser.prepare = protect_formula
    parser.add_argument(
        "expression",
        metavar="EXPR",
        nargs="?" if optional else None,
        help="a formula such as 'w*x + b' or 'h = w*x + b; tanh(h)'",
    )
    parser.add_argument("numbers", metavar="NAME=NUMBER", nargs="*", help="a number for each variable")


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


def read_numbers(given: list[str]) -> dict[str, float]:
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
        try:
            expression = Expression(text)
            if expression.variables:
                misused(f"{name}={text}: {', '.join(expression.variables)} is not a number; numbers, pi and e are accepted")
            numbers[name] = float(expression())
        except ExpressionError as error:
            misused(f"{name}={text}: {error.message}")
        except (ValueError, ArithmeticError) as error:
            raise CommandError(f"{name}={text}: {error}") from None
    return numbers


def build(args: argparse.Namespace) -> Built:
    """The graph of the formula on the command line, at the numbers given there."""
    text = args.expression
    try:
        expression = Expression(text)
        built = expression.build(read_numbers(args.numbers))
    except MissingVariablesError as error:
        given = " ".join([*args.numbers, *(f"{name}=1.0" for name in error.missing)])
        misused(f"no number for {', '.join(error.missing)}: autograd-lite {args.command} {text!r} {given}")
    except ExpressionError as error:
        misused(str(error))
    except RecursionError:
        misused("the expression is nested too deep")
    except (ValueError, ArithmeticError) as error:
        raise CommandError(without_python(str(error))) from None
    if not built.root.label:
        built.root.label = next(name for name in ("f", "out", "result", "result_") if name not in built.variables)
    return built


def without_python(message: str) -> str:
    """The message without its last sentence, which is for people who write Python."""
    return message.partition(" `with autograd_lite.ieee()")[0]


def backward(root: Value) -> None:
    """Fill every gradient under `root`."""
    try:
        root.backward()
    except (ValueError, ArithmeticError) as error:
        raise CommandError(f"the backward pass stops: {without_python(str(error))}") from None
