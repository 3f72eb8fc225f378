"""`step`: the forward and the backward pass of a formula, or of a training step, one product at a time."""

import argparse
import sys

from autograd_lite.cli.arguments import sizes, whole
from autograd_lite.cli.errors import CommandError, misused
from autograd_lite.cli.formulas import add_formula, backward, build, without_python
from autograd_lite.cli.options import add_seed
from autograd_lite.cli.parser import Parser
from autograd_lite.cli.terminal import Terminal, is_terminal
from autograd_lite.expression import Built

EXAMPLES = (
    '"w*x + b" w=-2 x=5 b=3',
    '"h = x**2; y = sin(h)" x=1.5 --list',
    "--dataset xor --hidden 2 --rows 1",
)


def add_arguments(parser: Parser) -> None:
    """A formula, or a data set and the size of a network for it."""
    add_formula(parser, optional=True)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("-i", "--interactive", action="store_true", help="open the prompt even if this is no terminal")
    how.add_argument("--list", action="store_true", help="print all steps even if this is a terminal")
    group = parser.add_argument_group("a training step of a network, in the place of a formula")
    group.add_argument("--dataset", metavar="NAME", help="of this data set, see 'autograd-lite datasets', or a CSV file")
    group.add_argument("--hidden", type=sizes, default=(2,), metavar="N,N", help="sizes of the hidden layers (default 2)")
    group.add_argument("--target", metavar="COLUMN", help="of a CSV file: the column to predict")
    group.add_argument("--rows", type=whole(1), default=2, metavar="N", help="on its first rows (default 2)")
    add_seed(group, "data and weights")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Open the prompt, or print the forward values, the backward pass one product at a time, and the gradients."""
    if (args.dataset is None) == (args.expression is None):
        misused("give a formula, or --dataset NAME for a training step of a network; one of the two")
    built = build(args) if args.dataset is None else training_step(args)
    from autograd_lite.backprop import debug, forward_lines, steps
    from autograd_lite.backprop.terminal import columns_of, encodable, fit

    if args.interactive or (not args.list and is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        debug(built.root)
        return 0

    out = terminal.out or sys.stdout

    def result(line: str) -> None:
        terminal.result(fit(encodable(f"  {line}", out), columns_of(out)))

    terminal.result(terminal.colour("forward", "bold"))
    for line in forward_lines(built.root):
        result(line)
    terminal.result()
    terminal.result(terminal.colour("backward", "bold"))
    root = built.root.label or "f"
    try:
        for step in steps(built.root):
            root = step.names[0]
            result(str(step))
    except (ValueError, ArithmeticError) as error:
        raise CommandError(f"the backward pass stops: {without_python(str(error))}") from None
    backward(built.root)
    terminal.result()
    terminal.result(terminal.colour("gradients", "bold"))
    leaves = {**built.variables, **{name: node for name, node in built.named.items() if node.is_leaf}}
    for name, leaf in leaves.items():
        result(f"d{root}/d{name} = {leaf.grad!r}")
    if not leaves:
        result("(the formula has no variables)")
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
