"""Pictures of many trainings at once: XOR from many starts, with many rates, and the boundary of what can be trained."""

from functools import partial
from pathlib import Path
from typing import Any

from autograd_lite import many, nn, plot
from autograd_lite.cli.errors import CommandError
from autograd_lite.cli.files import check_writable

_XOR = ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0])
#: The loss at which XOR counts as learned: all four answers are off by a tenth in the mean.
_LEARNED = 0.01


def network(hidden: int, seed: int) -> nn.MLP:
    """Two inputs, so many tanh, one output: with 4 it has 17 parameters."""
    return nn.MLP(2, [hidden, 1], activation="tanh", seed=seed)


def starts(args: Any, count: int = 400, epochs: int = 600) -> Any:
    """How many random starts learn XOR, with more and more hidden neurons."""
    found = {}
    for hidden in (2, 3, 4, 8):
        grid = {"seed": range(args.seed, args.seed + count)}
        runs = many.train(
            partial(network, hidden), *_XOR, grid, loss="mse", lr=0.3, epochs=epochs, target=_LEARNED, progress=False
        )
        found[f"{hidden} neurons"] = runs["epochs_to_target"].tolist()
    note = f"{count} starts each, one hidden layer of tanh, learning rate 0.3"
    return plot.learned_starts(found, epochs, note=note)


def rates(args: Any, size: int = 36, count: int = 12, epochs: int = 300) -> Any:
    """Which share of random starts learns XOR, over the learning rate and the scale of the initial weights."""
    import numpy as np

    grid = {
        "scale": np.geomspace(0.1, 10.0, size),
        "lr": np.geomspace(0.01, 10.0, size),
        "seed": range(args.seed, args.seed + count),
    }
    runs = many.train(partial(network, 4), *_XOR, grid, loss="mse", epochs=epochs, target=_LEARNED, progress=False)
    shares = np.isfinite(runs["epochs_to_target"]).reshape(runs.shape).mean(axis=2)
    note = f"{count} starts for each pixel, {epochs} steps, 2-4-1 with tanh"
    labels = {"xlabel": "learning rate", "ylabel": "scale of the initial weights"}
    return plot.success_map(grid["lr"].tolist(), grid["scale"].tolist(), shares, **labels, note=note)


def trainability(args: Any) -> Any:
    """The boundary of trainability: each pixel a network of 17 parameters, trained with its own two learning rates."""
    import numpy as np

    if args.resume is not None:
        check_writable(Path(args.resume))
    x, y = (np.geomspace(low, high, args.pixels) for low, high in (args.x, args.y))
    grid, options = {"lr:layer2": y, "lr:layer1": x}, {"seed": args.seed, "jobs": args.jobs, "file": args.resume}
    try:
        runs = many.train(
            partial(network, 4), *_XOR, grid, loss="mse", epochs=args.iterations, progress=not args.quiet, **options
        )
    except ValueError as error:  # of a file that is to be resumed
        raise CommandError(str(error)) from None
    good = runs.converged
    # As in the paper: the losses of a training that converges, and their inverse of one that does not, added up.
    slowness = np.where(good, runs["mean_loss"] / runs["first_loss"], runs["inverse_loss"] * runs["first_loss"])
    note = f"2-4-1 with tanh learns XOR, {args.iterations} steps of gradient descent, seed {args.seed}"
    return plot.trainability_map(x, y, slowness.reshape(runs.shape), good.reshape(runs.shape), note=note)
