"""`step`: the forward and the backward pass of a formula, or of a training step, one product at a time."""

import sys
from functools import partial
from typing import Any

from autograd_lite.cli import options
from autograd_lite.cli.command import command, option
from autograd_lite.cli.errors import MISUSED, misused, refusing
from autograd_lite.cli.formulas import FormulaCommand, backward_stops, build, formula
from autograd_lite.cli.terminal import Terminal
from autograd_lite.expression import Built
from autograd_lite.terminal import is_terminal

training = "A training step of a network, in the place of a formula"
of_training = partial(option, group=training)


@command(
    '"w*x + b" w=-2 x=5 b=3',
    '"h = x**2; y = sin(h)" x=1.5 --list',
    "--dataset xor --hidden 2 --rows 1",
    cls=FormulaCommand,
)
@formula(required=False)
@option("-i", "--interactive", is_flag=True, help="Open the prompt even if this is no terminal.")
@option("--list", is_flag=True, help="Print all steps even if this is a terminal.")
@options.dataset(group=training, help="Of this data set ('autograd-lite datasets') or CSV file.")
@of_training("--hidden", type=options.layer_sizes, default="2", metavar="N,N", help="Sizes of the hidden layers.")
@options.target(group=training)
@of_training("--rows", type=options.WholeNumber(1), default=2, metavar="N", help="On its first rows.")
@options.seed(help="Of data and weights.", group=training)
def step(args: Any, terminal: Terminal) -> int:
    """Go through a back-propagation, product by product.

    At a terminal with a prompt, else as a listing: the forward values, the backward pass, and the gradients.
    """
    if (args.dataset is None) == (args.formula is None):
        misused("give a formula, or --dataset NAME for a training step of a network; one of the two")
    if args.interactive and args.list:
        misused("--interactive opens the prompt, --list prints all steps; one of the two")
    built = build(args) if args.dataset is None else training_step(args)
    from autograd_lite.backprop import debug

    if args.interactive or (not args.list and is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        debug(built.root)
    else:
        _list(built, terminal)
    return 0


def _list(built: Built, terminal: Terminal) -> None:
    """The forward values, the backward pass one product at a time, and the gradients."""
    from autograd_lite.backprop import forward_lines, steps

    terminal.heading("forward")
    for line in forward_lines(built.root):
        terminal.result(f"  {line}")
    terminal.result()
    terminal.heading("backward")
    root = built.root.label or "f"
    with backward_stops():
        for one in steps(built.root):
            root = one.names[0]
            terminal.result(f"  {one}")
        built.root.backward()
    terminal.result()
    terminal.heading("gradients")
    leaves = {**built.variables, **{name: node for name, node in built.named.items() if node.is_leaf}}
    for name, leaf in leaves.items():
        terminal.result(f"  d{root}/d{name} = {leaf.grad!r}")
    if not leaves:
        terminal.result("  (the formula has no variables)")


def training_step(args: Any) -> Built:
    """The loss of a small network on a few rows of a data set: what a training step differentiates."""
    from autograd_lite import nn
    from autograd_lite.cli.learning import Learner, load_data

    dataset = load_data(args)
    rows = dataset.subset(range(min(args.rows, len(dataset))))
    with refusing(ValueError, code=MISUSED):
        learner = Learner.new(dataset, args.hidden, "tanh", args.seed, "standard")
    model: nn.Module = learner.model
    model.label_parameters()
    outputs = [model(row) for row in learner.inputs(rows)]
    losses = [learner.loss(output, y) for output, y in zip(outputs, learner.targets(rows), strict=True)]
    loss = sum(losses[1:], losses[0]) / len(losses) if len(losses) > 1 else losses[0]
    loss.label = "L"
    return Built(loss, {parameter.label: parameter for parameter in model.parameters()}, {})
