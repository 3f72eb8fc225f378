"""What is trained: a model, its loss and its optimizer as code for many networks, and for each run its start and its rates."""

import hashlib
import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from autograd_lite.compiler.capture import Captured, capture
from autograd_lite.compiler.guards import guard_check
from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm.columns import ColumnCode
from autograd_lite.compiler.networks import Training
from autograd_lite.compiler.paths import of_the_sample
from autograd_lite.compiler.scans import unguarded
from autograd_lite.compiler.step_kernels import update_kernel
from autograd_lite.compiler.watch import Watch
from autograd_lite.engine.modes import ieee
from autograd_lite.many.grid import Grid
from autograd_lite.many.job import Job
from autograd_lite.nn.arguments import unknown
from autograd_lite.nn.losses.names import correct_for, loss_function
from autograd_lite.nn.modules.module import Module
from autograd_lite.nn.optim import OPTIMIZERS
from autograd_lite.nn.optim.optimizer import Optimizer
from autograd_lite.nn.training.eager import EagerEngine
from autograd_lite.nn.training.errors import UnsuitableError
from autograd_lite.nn.training.recorded_loss import RecordedLoss
from autograd_lite.nn.training.recorded_update import RecordedUpdate
from autograd_lite.nn.training.samples import read_samples
from autograd_lite.transforms.tree import partition_all


@dataclass
class Plan:
    """Many trainings of one model; see `train` for the arguments."""

    make: Callable[[int], Module]
    grid: Grid
    xs: Any
    ys: Any
    loss: Any
    optimizer: Any
    lr: float | None
    seed: int
    epochs: int
    target: float

    def __post_init__(self) -> None:
        self.function = loss_function(self.loss)
        self.prefixes = [name.partition(":")[2] for name in self.grid.values if name.startswith("lr:")]
        seeds = list(self.grid.values.get("seed", [self.seed]))
        known: dict[bytes, ColumnCode] = {}
        #: For each data set the code, and its numbers.
        self.codes: list[tuple[ColumnCode, Any]] = []
        for k, (xs, ys) in enumerate(self.grid.values.get("data", [(self.xs, self.ys)])):
            kernel, samples = self._kernel(seeds[0], xs, ys)
            key = _key(kernel)
            if k == 0 and len(seeds) > 1 and _key(self._kernel(seeds[1], xs, ys)[0]) != key:
                raise ValueError(
                    "the models of two seeds differ in more than their parameters, so they cannot be trained together: a number that "
                    "depends on the seed has to be a Value of the model, or a column of the data"
                )
            if key not in known:
                known[key] = ColumnCode.of(kernel)
            self.codes.append((known[key], samples))

    @cached_property
    def digest(self) -> str:
        """The same for the same trainings."""
        settings = {name: list(values) for name, values in self.grid.values.items() if name != "data"}
        found = hashlib.blake2b(repr([settings, self.own_lr, self.seed, self.epochs, self.target]).encode(), digest_size=16)
        for code, samples in self.codes:
            found.update(code.text.encode() + samples.tobytes())
        starts = self.job(0, np.arange(min(4, len(self.grid)))).starts  # another way to make the models
        return hashlib.blake2b(found.digest() + starts.tobytes(), digest_size=16).hexdigest()

    def job(self, data: int, runs: Any) -> Job:
        """Some runs, by their numbers, all on one data set."""
        (code, samples), grid = self.codes[data], self.grid
        seeds = grid.column("seed", self.seed, runs).astype(object)
        known = {seed: [one.data for one in _made(self.make, int(seed)).parameters()] for seed in dict.fromkeys(seeds)}
        starts = np.array([known[seed] for seed in seeds]).T * grid.column("scale", 1.0, runs)
        rates = [grid.column("lr", self.own_lr, runs), *[grid.column(f"lr:{prefix}", 0.0, runs) for prefix in self.prefixes]]
        rates += [2.0 * grid.column("momentum", 0.5 * double, runs) for double in self.momenta.values()]
        return Job(code, samples, np.array(rates, dtype=float), starts, self.epochs, self.target)

    def _kernel(self, seed: int, xs: Any, ys: Any) -> tuple[Kernel, Any]:
        """The program for a data set, and its numbers."""
        model = _made(self.make, seed)
        eager = EagerEngine(model, self.function, self._mover(model), read_samples(xs, ys), correct_for(self.function))
        update = RecordedUpdate.of(eager)
        if update is None or not all(one.requires_grad for one in eager.optimizer.params):
            raise ValueError(
                f"{type(eager.optimizer).__name__} cannot move many networks at once: that takes an optimizer with a formula for each "
                "parameter, one group of them, and none of them frozen"
            )
        rates = update.rates()
        self.own_lr = rates["lr"] if self.lr is None else self.lr
        #: The rates that may differ from run to run beside the learning rate, doubled as the update has them.
        self.momenta = {name: rate for name, rate in rates.items() if name.startswith("momentum")}
        moved = update_kernel(update.options()["update"], len(update.keys), list(rates))
        ways, samples = _ways(eager)
        momenta = {name: 1 + len(self.prefixes) + k for k, name in enumerate(self.momenta)}
        places = [{"lr": place} | momenta for place in self._places([name for name, _ in model.named_parameters()])]
        training = Training(ways, samples.shape[1], eager.optimizer.params, moved, list(rates), places, self.epochs)
        return training.kernel(), samples

    def _mover(self, model: Module) -> Optimizer:
        """The optimizer, with a momentum in force if there are several."""
        kind = self.optimizer
        if isinstance(kind, str):
            if kind.lower() not in OPTIMIZERS:
                raise ValueError(unknown("optimizer", kind, OPTIMIZERS))
            kind = OPTIMIZERS[kind.lower()]
        mover = kind(model) if callable(kind) else kind
        if not isinstance(mover, Optimizer):
            raise TypeError(
                "optimizer is a name, or makes an optimizer of a model, such as lambda model: nn.optim.SGD(model, momentum=0.9); "
                f"not {kind!r:.60}"
            )
        if "momentum" in self.grid.values:
            if mover.cycled != "momentum":
                raise ValueError(f"{type(mover).__name__} has no momentum that could differ from run to run; SGD has")
            mover.defaults["momentum"] = mover.param_groups[0]["momentum"] = 0.5
        return mover

    def _places(self, names: list[str]) -> list[int]:
        """For each parameter the place of its learning rate: 0 for "lr", then those of the prefixes, the longest that fits."""
        for prefix in self.prefixes:
            if not any(name.startswith(prefix) for name in names):
                raise ValueError(
                    f"no parameter's name begins with {prefix!r}, as {f'lr:{prefix}'!r} says; they are {', '.join(names)}"
                )
        fitting = [[k for k, prefix in enumerate(self.prefixes, 1) if name.startswith(prefix)] for name in names]
        return [max(places, key=lambda k: len(self.prefixes[k - 1]), default=0) for places in fitting]


def _key(kernel: Kernel) -> bytes:
    """The same for the same programs."""
    return pickle.dumps((kernel.program, kernel.shared))


def _made(make: Callable[[int], Module], seed: int) -> Module:
    model = make(seed) if callable(make) and not isinstance(make, Module) else None
    if not isinstance(model, Module):
        raise TypeError(
            "many networks are made by a function from a seed to a Module, such as lambda seed: nn.MLP(2, [4, 1], seed=seed); "
            f"not by {make!r:.60}" + (f", which gives {type(model).__name__}" if model is not None else "")
        )
    return model


def _ways(eager: EagerEngine) -> tuple[list[tuple[Captured, int]], Any]:
    """For each way through the loss that samples take the loss of one, and how many they are; and the numbers of all, in their order."""
    watch = Watch(eager.model, eager.loss)
    try:
        recorded = RecordedLoss(eager.model, eager.loss, eager.correct, eager.samples)
        samples, matrix = recorded.samples(eager.samples)
    except UnsuitableError as error:
        raise ValueError(f"many networks cannot be trained as one with {error}") from None
    flat = [partition_all(sample) for sample in samples]
    if any(structure != flat[0][1] for _, structure in flat):
        raise ValueError("the targets of all samples have one form, so that many networks can be trained on them as one")
    rows = [[float(one) for one in row] for row, _ in flat]
    if matrix is not None:
        rows = np.array(matrix.numbers).reshape(len(matrix), -1).tolist()
    ways: list[tuple[Captured, Any, list[list[float]]]] = []
    for row in rows:
        way = next((one for one in ways if one[1]([*row, *[0.0] * len(one[0].outside)])), None)
        if way is None:
            with ieee():
                loss = capture(recorded.loss, flat[0][1], row, watch=watch)
            if made := [value for value in loss.outside if not value.is_leaf]:
                raise ValueError(
                    f"the loss refers to {made[0]!r}, which was computed before, so that it would follow no network's parameters: compute "
                    "it in the loss"
                )
            mine, others = of_the_sample(loss.program, len(row))
            check = guard_check(replace(unguarded(loss.program), guards=mine, checks=[]))
            loss.program = replace(loss.program, guards=others, checks=[])
            ways.append(way := (loss, check, []))
        way[2].append(row)
    return [(loss, len(taken)) for loss, _, taken in ways], np.array([row for *_, taken in ways for row in taken])
