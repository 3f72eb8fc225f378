"""The pictures of the command `plot`: functions of its arguments, each with data of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autograd_lite.cli.gallery import counts, descents, ensembles, gates, landscapes, networks


@dataclass(frozen=True)
class Picture:
    """A picture that the command `plot` can draw.

    Parameters
    ----------
    draw : callable
        From the command's arguments (`dataset`, `seed`) to a figure.
    summary : str
        What is seen, in a line.
    dataset : str
        The data set it is drawn for unless another one is named; empty if it has no use for one.
    animate : callable, optional
        From the arguments to an animation.
    maps : bool, default False
        Whether it takes the options of a map: ranges, pixels and the like.
    """

    draw: Callable[[Any], Any]
    summary: str
    dataset: str = ""
    animate: Callable[[Any], Any] | None = None
    maps: bool = False


#: Every picture by name.
PICTURES: dict[str, Picture] = {
    "gates": Picture(gates.gates, "AND, OR and NAND, each learned by one neuron: the boundary is a line"),
    "xor": Picture(gates.xor, "XOR by NAND and OR feeding AND, set by hand, and as a network learned it"),
    "loss-curve": Picture(networks.loss_curve, "loss and accuracy by epoch, in training and validation", "moons"),
    "boundary": Picture(networks.boundary, "what a network of two inputs answers, and how surely", "moons"),
    "confusion": Picture(networks.confusion, "which held-out class was taken for which", "iris"),
    "regression": Picture(networks.regression, "a curve learned from noisy points", "sine"),
    "loss-1d": Picture(descents.one_weight, "the loss over one weight, its slopes, and a descent"),
    "loss-2d": Picture(descents.two_weights, "the loss over two weights, and a descent"),
    "landscape": Picture(landscapes.of_descent, "the loss of a network in the plane of its descent", "moons"),
    "landscape-random": Picture(landscapes.at_random, "the same in two random directions", "moons"),
    "optima": Picture(descents.optima, "local and global optimum: the start decides which is reached"),
    "learning-rates": Picture(descents.learning_rates, "one descent with learning rates from too small to too large"),
    "race": Picture(
        descents.race, "five optimizers from one start (moving, as .gif and .html)", animate=descents.race_animation
    ),
    "gradients": Picture(networks.gradients, "gradients by layer: with sigmoids they vanish towards the input", "moons"),
    "activations": Picture(networks.activations, "outputs of the hidden layers of a trained network", "moons"),
    "starts": Picture(ensembles.starts, "how many random starts learn XOR, by epoch"),
    "rates": Picture(ensembles.rates, "which starts learn XOR, over learning rate and scale of the weights"),
    "trainability": Picture(
        ensembles.trainability, "the fractal boundary of trainability: every pixel a trained network, with zoom", maps=True
    ),
    "numeric-vs-backprop": Picture(counts.numeric_and_backprop, "error and cost of both ways to a gradient"),
    "step-size": Picture(counts.step_sizes, "the error of a numerical derivative over its step"),
    "multiplications": Picture(counts.multiplication_counts, "what reusing derivatives saves as a network gets deeper"),
}

__all__ = ["PICTURES", "Picture"]
