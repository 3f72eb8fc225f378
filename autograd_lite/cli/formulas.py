"""The commands about one formula: `graph` draws it, `step` goes through its back-propagation, `page` does in a browser."""

import argparse
import sys
from pathlib import Path

from autograd_lite.cli.errors import CommandError, misused
from autograd_lite.cli.terminal import Terminal
from autograd_lite.engine import Value, topological_order
from autograd_lite.expression import Built, Expression, ExpressionError, MissingVariablesError

#: The endings that `graph -o` understands.
PICTURES = (".svg", ".png", ".pdf", ".dot")


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
        raise CommandError(_without_python(str(error))) from None
    if not built.root.label:
        built.root.label = next(name for name in ("f", "out", "result", "result_") if name not in built.variables)
    return built


def _without_python(message: str) -> str:
    """The message without its last sentence, which is for people who write Python."""
    return message.partition(" `with autograd_lite.ieee()")[0]


def backward(root: Value) -> None:
    """Fill every gradient under `root`."""
    try:
        root.backward()
    except (ValueError, ArithmeticError) as error:
        raise CommandError(f"the backward pass stops: {_without_python(str(error))}") from None


def run_graph(args: argparse.Namespace, terminal: Terminal) -> int:
    """Draw the graph of a formula: SVG, PNG, PDF, or DOT text."""
    built = build(args)
    if not args.forward:
        backward(built.root)
    from autograd_lite.draw import draw_dot, render

    if args.output in (None, "-"):
        terminal.result(draw_dot(built.root, rankdir=args.rankdir).source.rstrip("\n"))
        return 0
    path = Path(args.output)
    if path.suffix.lower() not in PICTURES:
        misused(f"-o takes a file that ends in {', '.join(PICTURES)}, not {args.output!r}")
    try:
        render(built.root, path, rankdir=args.rankdir)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}") from None
    except (ImportError, RuntimeError, ValueError) as error:
        raise CommandError(str(error)) from None
    terminal.note(f"{path}: {len(topological_order(built.root))} nodes, value {built.root.data!r}")
    return 0


def run_step(args: argparse.Namespace, terminal: Terminal) -> int:
    """Open the prompt, or print the forward values, the backward pass one product at a time, and the gradients."""
    if (args.dataset is None) == (args.expression is None):
        misused("give a formula, or --dataset NAME for a training step of a network; one of the two")
    built = build(args) if args.dataset is None else training_step(args)
    from autograd_lite.backprop import debug, forward_lines, steps

    if args.interactive or (not args.list and sys.stdin.isatty() and sys.stdout.isatty()):
        debug(built.root)
        return 0

    terminal.result(terminal.colour("forward", "bold"))
    for line in forward_lines(built.root):
        terminal.result(f"  {line}")
    terminal.result()
    terminal.result(terminal.colour("backward", "bold"))
    result = built.root.label or "f"
    try:
        for step in steps(built.root):
            result = step.names[0]
            terminal.result(f"  {step}")
    except (ValueError, ArithmeticError) as error:
        raise CommandError(f"the backward pass stops: {_without_python(str(error))}") from None
    backward(built.root)
    terminal.result()
    terminal.result(terminal.colour("gradients", "bold"))
    leaves = {**built.variables, **{name: node for name, node in built.named.items() if node.is_leaf}}
    for name, leaf in leaves.items():
        terminal.result(f"  d{result}/d{name} = {leaf.grad!r}")
    if not leaves:
        terminal.result("  (the formula has no variables)")
    return 0


def training_step(args: argparse.Namespace) -> Built:
    """The loss of a small network on a few rows of a data set: what a training step differentiates."""
    from autograd_lite import nn
    from autograd_lite.cli.learning import Learner, load_data

    dataset = load_data(args)
    rows = dataset.subset(range(min(args.rows, len(dataset))))
    try:
        learner = Learner.new(dataset, args.hidden, "tanh", args.seed, "standard")
    except ValueError as error:
        misused(str(error))
    model: nn.Module = learner.model
    model.label_parameters()
    outputs = [model(row) for row in learner.inputs(rows)]
    losses = [learner.loss(output, y) for output, y in zip(outputs, learner.targets(rows), strict=True)]
    loss = sum(losses[1:], losses[0]) / len(losses) if len(losses) > 1 else losses[0]
    loss.label = "L"
    return Built(loss, {parameter.label: parameter for parameter in model.parameters()}, {})


def run_page(args: argparse.Namespace, terminal: Terminal) -> int:
    """Write a page that steps through the forward and the backward pass of a formula."""
    path = Path(args.output)
    if path.suffix.lower() not in (".html", ".htm"):
        misused(f"-o takes a file that ends in .html, not {args.output!r}")
    built = build(args)
    from autograd_lite.pages import save_page

    try:
        save_page(built.root, path, title=args.title, theme=args.theme)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}") from None
    terminal.note(f"{path}: {len(topological_order(built.root))} nodes, value {built.root.data!r}; open it in a browser")
    return 0
