"""The loss of one sample in the form of a program: targets as numbers to compute with, right answers as a number."""

import math
import random
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import autograd_lite
from autograd_lite.engine.numbers import as_float
from autograd_lite.matrix import Matrix
from autograd_lite.nn.losses.classes import class_index, cross_entropy, nll, probabilities
from autograd_lite.nn.losses.modules import Loss
from autograd_lite.nn.losses.names import EDGES, OVER_CLASSES, correct_for, function_of
from autograd_lite.nn.losses.shapes import is_list, pairs
from autograd_lite.nn.modules.module import Module
from autograd_lite.nn.random import drawing
from autograd_lite.nn.training.errors import UnsuitableError
from autograd_lite.nn.training.samples import Samples, handed


class RecordedLoss:
    """The loss of one sample, for `compile_step`, and for `jit` of a batch.

    A class as the index of a list would make a program for each class; as numbers, 1 for the right class and 0 for the
    others, all samples go through one program.

    Parameters
    ----------
    model : Module
    given : callable
        The loss.
    correct : callable or None
    samples : Samples
        What is to be computed for these; they are not kept.
    draws : bool, default False
        Whether the model may draw random numbers.  What it draws by `uniform` is given with a sample, behind all else.

    Attributes
    ----------
    generators : list of random.Random
        For each number that the model draws for a sample where that is drawn from.

    Raises
    ------
    UnsuitableError
        If only Python can compute it.
    """

    def __init__(self, model: Module, given: Any, correct: Any, samples: Samples, draws: bool = False) -> None:
        self.model, self.weighted = model, samples.weights is not None
        function = function_of(given)
        if isinstance(given, Loss) and given.reduction == "none":
            raise UnsuitableError('a loss with reduction="none", which is a list and not a number')
        self.classes = function in OVER_CLASSES
        #: Whether some target is a list of probabilities for the classes.
        self.soft = self.classes and any(is_list(target) and len(target) > 1 for target in samples.targets)
        if self.soft and function is not cross_entropy:
            raise UnsuitableError("probabilities as targets of another loss than cross_entropy")
        self._loss = _soft_cross_entropy if self.soft else _OVER_CLASSES.get(function, given)
        self._hit: Callable[..., Any] | None = None
        if correct is not None:
            if correct is not correct_for(function):
                raise UnsuitableError("a `correct` of one's own, which only Python can call")
            self._hit = _same_class if self.classes else _same_sides(*EDGES[function])
        self.metrics = int(self._hit is not None)
        self._count = 0  # of the classes, known from the first prediction
        self.generators: list[random.Random] = []
        if draws:
            self._prediction(samples.rows[0])

    def samples(self, samples: Samples) -> tuple[Sequence[tuple[Any, ...]], Matrix | None]:
        """For each sample the arguments of `loss`; and all numbers of them as a matrix, if the rows are one: then of the first
        sample only."""
        rows, targets = samples.rows, samples.targets
        weights: Sequence[Any] = samples.weights or [None] * len(rows)
        if not isinstance(rows, Matrix):
            return list(map(self._sample, weights, rows, targets)), None
        numbers, known, width = array("d"), dict[Any, Any](), -1
        for k, (weight, target) in enumerate(zip(weights, targets, strict=True)):
            key = target if isinstance(target, float | int | str) else None
            rest = known.get(key)
            if rest is None:
                rest = array("d", map(as_float, _flat(self._sample(None, rows[k], target)[1:])))
                if key is not None and len(known) < _MOST_KNOWN:
                    known[key] = rest
            if weight is not None:
                numbers.append(weight)
            numbers += rows.numbers[k * rows.width : (k + 1) * rows.width]
            numbers += rest
            if width not in (-1, len(rest)):
                raise UnsuitableError("targets of different lengths")
            width = len(rest)
        return [self._sample(weights[0], rows[0], targets[0])], Matrix(numbers, len(numbers) // len(rows))

    def _sample(self, weight: Any, row: list[Any], target: Any) -> tuple[Any, ...]:
        given = self._arguments(row, target)
        drawn = [[0.0] * len(self.generators)] if self.generators else []
        return (*given, *drawn) if weight is None else (weight, *given, *drawn)

    def _prediction(self, row: list[Any]) -> Any:
        """What the model answers where it drops nothing; what it would draw from is noted."""
        generators: list[random.Random] = []

        def noted(generator: random.Random) -> float:
            generators.append(generator)
            return _HIGHEST

        with autograd_lite.no_grad(), drawing(noted):
            prediction = self.model(handed(row))
        self.generators = generators
        return prediction

    def _arguments(self, row: list[Any], target: Any) -> tuple[Any, ...]:
        if not self.classes:
            return row, target
        if not self._count:
            prediction = self._prediction(row)
            if not is_list(prediction) or len(prediction) < 2:
                raise UnsuitableError("a loss over classes of a model with one output")
            self._count = len(prediction)
        count = self._count
        target = target[0] if is_list(target) and len(target) == 1 else target
        if is_list(target):
            shares = probabilities(target, count)
            right = shares.index(max(shares))
        else:
            right = class_index(target, count)
            shares = [float(k == right) for k in range(count)]
        if self._hit is None:
            return row, shares
        barrier = [0.0 if k < right else _FAR for k in range(count)]
        return (row, shares, barrier, [float(k == right) for k in range(count)]) if self.soft else (row, shares, barrier)

    def loss(self, *sample: Any) -> Any:
        """The loss, and whether the answer is right (1 or 0) if that is asked; both times the sample's weight."""
        if self.generators:
            *rest, numbers = sample
            left = list(numbers)[::-1]
            with drawing(lambda _: left.pop() if left else _refuse_draws()):
                results = self._weighted(*rest)
            return _refuse_draws() if left else results
        return self._weighted(*sample)

    def _weighted(self, *sample: Any) -> Any:
        if not self.weighted:
            return self._results(*sample)
        weight, *rest = sample
        results = self._results(*rest)
        return [weight * one for one in results] if isinstance(results, list) else weight * results

    def _results(self, row: Any, target: Any, *rest: Any) -> Any:
        prediction = self.model(row)
        loss = self._loss(prediction, target)
        return loss if self._hit is None else [loss, self._hit(prediction, target, *rest)]


#: The numbers of so many targets are kept.
_MOST_KNOWN = 1000
#: Above every difference of two scores.
_FAR = 1e300
#: Nothing is dropped where this is drawn.
_HIGHEST = math.nextafter(1.0, 0.0)


def _refuse_draws() -> Any:
    raise UnsuitableError("random numbers that are not as many for each sample, or that the loss draws")


def _flat(things: Any) -> Iterator[Any]:
    for thing in things:
        if is_list(thing):
            yield from _flat(thing)
        else:
            yield thing


def _cross_entropy(logits: Any, target: Any) -> Any:
    return autograd_lite.logsumexp(*logits) - autograd_lite.dot(target, logits)


def _soft_cross_entropy(logits: Any, target: Any) -> Any:
    return autograd_lite.sum(target) * autograd_lite.logsumexp(*logits) - autograd_lite.dot(target, logits)


def _nll(log_probabilities: Any, target: Any) -> Any:
    return -autograd_lite.dot(target, log_probabilities)


_OVER_CLASSES: dict[Any, Callable[[Any, Any], Any]] = {cross_entropy: _cross_entropy, nll: _nll}


def _same_sides(edge: float, target_edge: float) -> Callable[[Any, Any], Any]:
    """1 if prediction and target are on the same side of their edges, all of them; else 0."""

    def hit(prediction: Any, target: Any) -> Any:
        sides = [
            1.0 - autograd_lite.abs(autograd_lite.step(p - edge) - autograd_lite.step(y - target_edge))
            for p, y in pairs(prediction, target)
        ]
        return autograd_lite.prod(sides) if len(sides) > 1 else sides[0]

    return hit


def _same_class(scores: Any, shares: Any, barrier: Any, right: Any = None) -> Any:
    """1 if the right class is the first with the highest score: none is above it, and those before it are below."""
    score = autograd_lite.dot(shares if right is None else right, scores)
    before = autograd_lite.max(*[one - bar for one, bar in zip(scores, barrier, strict=True)])
    return autograd_lite.step(score - before) * (1.0 - autograd_lite.step(autograd_lite.max(*scores) - score))
