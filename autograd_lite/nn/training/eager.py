"""The eager engine: takes each step of a training by recording a graph and walking it back, and says what is wrong with a number."""

import contextlib
import gc
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import mul
from typing import Any, ClassVar

import autograd_lite
from autograd_lite.engine.locks import switched
from autograd_lite.engine.value import Value
from autograd_lite.nn.arguments import POSITIVE
from autograd_lite.nn.modules.module import Module
from autograd_lite.nn.optim.clip import clip_grad_norm_, clip_grad_value_, grad_norm
from autograd_lite.nn.optim.optimizer import Optimizer, evaluated
from autograd_lite.nn.training.errors import TrainingError, describe, first_bad_node, first_bad_slope, out_of_range
from autograd_lite.nn.training.samples import Samples, handed
from autograd_lite.terminal import clean


@dataclass
class EagerEngine:
    """What is trained, on what, and how; `take` does one step."""

    name: ClassVar[str] = "eager"

    model: Module
    loss: Callable[[Any, Any], Any]
    optimizer: Optimizer
    samples: Samples
    correct: Callable[[Any, Any], bool] | None = None
    regularizer: Callable[[Module], Any] | None = None
    clip_norm: float | None = None
    clip_value: float | None = None

    #: Of the last step: the norm of the gradient (before clipping).
    norm: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        POSITIVE.check_all("None clips nothing", clip_norm=self.clip_norm, clip_value=self.clip_value)

    def begin_epoch(self) -> None:
        """Nothing to prepare."""

    def end_epoch(self, epoch: int) -> None:
        """Nothing to look at: each step was."""

    def settle(self) -> None:
        """Nothing to write back."""

    def take(self, batch: Sequence[int]) -> tuple[float, float]:
        """Move the parameters once.

        Parameters
        ----------
        batch : sequence of int
            The numbers of its samples.

        Returns
        -------
        (float, float)
            The mean loss of the batch before the update, penalties included, and how many samples were right; both with
            their weights.

        Raises
        ------
        TrainingError
            If the loss, a gradient or a parameter is not finite, or an operation left its domain; nothing has moved then.
        """
        chosen = self.samples.chosen(batch)
        with without_collector():
            return self.update(lambda: self._gradients(chosen))

    def update(self, gradients: Callable[[], tuple[float, float]]) -> tuple[float, float]:
        """Let the optimizer take a step.

        Parameters
        ----------
        gradients : callable
            Brings the gradients to the parameters, and gives the loss and how many samples were right: what is returned,
            as it was found at first.
        """
        found: list[tuple[float, float]] = []

        def closure() -> float:
            try:
                found.append(evaluated(gradients))
            except TrainingError:
                # A line search may look too far, and comes back.
                if found and self.optimizer.param_groups[0].get("line_search_fn"):
                    return math.inf
                raise
            if self.clip_value is not None:
                clip_grad_value_(self.optimizer.params, self.clip_value)
            if self.clip_norm is not None:
                clip_grad_norm_(self.optimizer.params, self.clip_norm)
            return found[-1][0]

        parameters = self.optimizer.params
        before = [one.data for one in parameters]
        try:
            if self.optimizer.needs_closure:
                self.optimizer.step(closure)
            else:
                closure()
                self.optimizer.step()
            bad = not_finite(parameters)
            if bad is not None:
                raise OverflowError(f"it makes {clean(bad.label) or 'a parameter'} {bad.data}")
        except TrainingError:
            raise
        except ArithmeticError as error:
            for parameter, number in zip(parameters, before, strict=True):
                parameter.data = number
            raise TrainingError(f"the update failed: {str(error).rstrip('.')}. {ADVICE}") from error
        return found[0]

    def _gradients(self, batch: Samples) -> tuple[float, float]:
        """Forward and backward; the gradients are in the parameters, and the graph is gone."""
        model, loss, ys, weights = self.model, self.loss, batch.targets, batch.weights
        predictions: list[Any] = []
        try:
            predictions = [model(handed(x)) for x in batch.rows]
            losses = [loss(p, y) for p, y in zip(predictions, ys, strict=True)]
            if weights is not None:
                losses = [weight * one for weight, one in zip(weights, losses, strict=True)]
            total = autograd_lite.mean(losses)
            if self.regularizer is not None:
                total = total + self.regularizer(model)
        except (ValueError, ArithmeticError) as error:
            if not out_of_range(error, predictions):
                raise
            raise TrainingError(f"the forward pass failed: {error} {ADVICE}") from error
        if not isinstance(total, Value):
            raise TypeError(
                f"the loss is a plain {type(total).__name__}, so there is nothing to differentiate: "
                "compute it from the prediction with Values, not with float(...) or .data"
            )
        if not math.isfinite(total.data):
            node = first_bad_node(total)
            where = f" first at {describe(node)}." if node is not None else ""
            raise TrainingError(f"the loss is {total.data}:{where} {ADVICE}", total, node)
        self.optimizer.zero_grad()
        total.backward()
        self.norm = grad_norm(self.optimizer.params)
        if not math.isfinite(self.norm):
            self._refuse_gradient(total)
        if self.correct is None:
            return total.data, 0.0
        hits = map(self.correct, predictions, ys)
        return total.data, sum(hits) if weights is None else sum(map(mul, weights, hits))

    def _refuse_gradient(self, total: Any) -> None:
        bad = next((p for p in self.optimizer.params if not math.isfinite(p.grad)), None)
        if bad is None:  # the squares overflow, the gradients themselves do not
            return
        name = clean(bad.label) or "a parameter"
        node = first_bad_slope(total)
        where = f": the slope of {describe(node)} is not finite." if node is not None else ": the products overflow."
        raise TrainingError(f"the gradient of {name} is {bad.grad}{where} {ADVICE}", total, node)


def not_finite(parameters: Sequence[Value]) -> Value | None:
    """The first parameter that is nan or infinite; None if there is none."""
    return next((one for one in parameters if not math.isfinite(one.data)), None)


ADVICE = "A smaller learning rate, clip_norm=1.0 or scaled inputs usually help."


@contextlib.contextmanager
def without_collector() -> Iterator[None]:
    """Keep the garbage collector from walking the graph again and again while it grows.

    A graph has no cycles, so reference counts free it the moment it is let go; the collector finds nothing in it.
    """
    with switched([gc], lambda _: gc.enable if gc.isenabled() else gc.disable):
        gc.disable()
        yield
