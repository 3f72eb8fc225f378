"""A trained model in use: predictions as plain numbers, and how good they are."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from typing import Any

from autograd_lite.engine.arrays import unmasked
from autograd_lite.engine.locks import switched, switching
from autograd_lite.engine.value import Value
from autograd_lite.matrix import Matrix
from autograd_lite.nn.arguments import shown
from autograd_lite.nn.losses.names import correct_for, loss_function
from autograd_lite.nn.losses.shapes import is_list
from autograd_lite.nn.modules.module import Module
from autograd_lite.nn.training.eager import without_collector
from autograd_lite.nn.training.errors import UnsuitableError
from autograd_lite.nn.training.recorded_loss import RecordedLoss
from autograd_lite.nn.training.samples import Samples, handed, read_samples
from autograd_lite.rules.special import fsum

#: The time of the eager engine for a parameter and row, in seconds.
_EACH = 2e-7
#: What takes less at once is left to it; what would take more in all, for one kind of model, is worth compiling.
_AT_ONCE, _IN_ALL = 5e-4, 0.25
_spent: dict[Any, float] = {}
#: The compiled forms of the models that were asked last, by their `id`, and how many are kept.
_compiled: dict[int, tuple[Module, Any]] = {}
_KEPT = 8


def predict(model: Module, xs: Any) -> Any:
    """What the model answers to each row, as plain numbers, with `Dropout` switched off.

    Where there is much to do the model is compiled (which needs llvmlite), once for all calls; its answers are those of the model
    as it is at the call.  In either case, as in training, the numbers of a row are given to it as Values.

    Parameters
    ----------
    model : Module
    xs : sequence of rows of float, or array

    Returns
    -------
    list or ndarray
        A float for each row, or a list of floats for a model of several outputs; an array for an array of two axes.

    Examples
    --------
    >>> from autograd_lite import nn
    >>> nn.predict(nn.MLP(2, [3], seed=0, init="zeros"), [[1.0, 2.0], [3.0, 4.0]])
    [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    xs = unmasked(xs.to_numpy() if hasattr(xs, "to_numpy") else xs)
    table = Matrix.fits(xs)
    with in_use(model), without_collector():
        found = _by_program(model, xs if table else xs.array() if isinstance(xs, Matrix) else xs)
        if found is None:
            # Recording and throwing away is faster than `no_grad`, which takes the slower common path of every operation.
            found = [_plain(model(handed(x))) for x in (xs.astype(float).tolist() if table else xs)]
    if not table:
        return found.tolist() if hasattr(found, "tolist") else found
    import numpy as np

    return np.asarray(found, dtype=float)


def _by_program(model: Module, rows: Any) -> Any:
    """The answers by a compiled form of the model; None if that does not pay, or only Python can do it."""
    if not (isinstance(rows, list) or Matrix.fits(rows)) or not _is_worth_it(model, len(rows)):
        return None
    with switching:
        known = _compiled.pop(id(model), None) or (model, _mapped(partial(_listed, model)))
        _compiled[id(model)] = known
        if len(_compiled) > _KEPT:
            del _compiled[next(iter(_compiled))]
    return _tried(known[1], rows)


def _is_worth_it(model: Module, rows: int) -> bool:
    """Whether to compile what is asked of a model for so many rows, or what is compiled already, for another like it."""
    count = len(model.parameters())
    seconds, kind = rows * (1 + count) * _EACH, (type(model), count)
    _spent[kind] = _spent.get(kind, 0.0) + seconds
    if _spent[kind] < _IN_ALL or seconds < _AT_ONCE:
        return False
    from autograd_lite.compiler.backends import resolve

    return resolve("auto") == "llvm"


def _mapped(function: Callable[..., Any]) -> Any:
    from autograd_lite.compiler import jit, vmap

    return jit(vmap(function))


def _tried(compiled: Any, *given: Any) -> Any:
    """What compiled code gives; None where it cannot: what is wrong is said by the model itself."""
    from autograd_lite.compiler import CompileError, GuardError, TraceError

    try:
        return compiled(*given)
    except (CompileError, GuardError, TraceError, TypeError, ValueError, ArithmeticError):
        return None


def evaluate(
    model: Module,
    xs: Any,
    ys: Any,
    *,
    loss: str | Callable[[Any, Any], Any],
    correct: Callable[[Any, Any], bool] | None = None,
    sample_weight: Sequence[float] | None = None,
) -> tuple[float, float | None]:
    """The mean loss on some data, and the fraction that is answered right.

    Parameters
    ----------
    model : Module
    xs, ys : sequences
        Rows and targets.
    loss : str or callable
        A name of `nn.LOSSES`, or loss(prediction, target) for one sample.
    correct : callable, optional
        correct(prediction, target): whether an answer is right; known for the losses of classification.
    sample_weight : sequence of float, optional
        What each sample counts, at least 0; all the same if left out.

    Returns
    -------
    (float, float or None)
        None in place of the accuracy where nothing tells what is right.

    Examples
    --------
    >>> from autograd_lite import nn
    >>> gate = nn.Perceptron.from_weights([1.0, 1.0], -1.5)
    >>> nn.evaluate(gate, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1], loss="bce")
    (0.0, 1.0)
    """
    function = loss_function(loss)
    samples = read_samples(xs, ys, "evaluation", sample_weight)
    return Assessment(model, samples, function, correct or correct_for(function))()


class Assessment:
    """As `evaluate`, of samples that have been read; as often as it is called."""

    def __init__(
        self, model: Module, samples: Samples, loss: Callable[[Any, Any], Any], correct: Callable[[Any, Any], bool] | None
    ) -> None:
        self.model, self.samples, self.loss, self.correct = model, samples, loss, correct
        self.weights = samples.weights or [1.0] * len(samples)

    def __call__(self) -> tuple[float, float | None]:
        """The mean loss, and the fraction that is answered right."""
        losses, hits = self._by_program() or self._plainly()
        whole = fsum(self.weights)
        return fsum(losses) / whole, None if hits is None else fsum(hits) / whole

    def _by_program(self) -> tuple[list[float], list[float] | None] | None:
        """What `_plainly` gives, by a program; None if that does not pay, or only Python can do it."""
        if not isinstance(self.samples.rows, Matrix) or not _is_worth_it(self.model, len(self.samples)):
            return None
        with in_use(self.model):
            found = None if self._compiled is None else _tried(*self._compiled)
        if found is None or not math.isfinite(found.sum()):
            return None
        return (found.tolist(), None) if self.correct is None else (found[:, 0].tolist(), found[:, 1].tolist())

    @cached_property
    def _compiled(self) -> tuple[Any, ...] | None:
        """The loss of a sample, mapped over arrays of their numbers; and these arrays."""
        try:
            recorded = RecordedLoss(self.model, self.loss, self.correct, self.samples)
            (example,), matrix = recorded.samples(self.samples)
        except (UnsuitableError, TypeError, ValueError, ArithmeticError):
            return None
        if matrix is None:
            return None
        columns, first, table = list[Any](), 0, matrix.array()
        for part in example:
            width = len(part) if is_list(part) else 1
            columns.append(table[:, first : first + width] if is_list(part) else table[:, first])
            first += width
        return _mapped(recorded.loss), *columns

    def _plainly(self) -> tuple[list[float], list[float] | None]:
        """The loss of each sample, and whether it is answered right, times its weight."""
        predictions = predict(self.model, self.samples.rows)
        triples, losses = list(zip(self.weights, predictions, self.samples.targets, strict=True)), []
        for k, (weight, p, y) in enumerate(triples):
            try:
                losses.append(weight * float(self.loss(p, y)))
            except (ValueError, ArithmeticError) as error:
                error.add_note(f"in the loss of row {k}, where the model answers {shown(p)}")
                raise
        correct = self.correct
        return losses, None if correct is None else [weight for weight, p, y in triples if correct(p, y)]


@contextmanager
def in_use(model: Module) -> Iterator[None]:
    """Switch the model to use while the block runs, and each module back to what it was once no thread uses it."""
    with switched(model.modules(), lambda module: partial(setattr, module, "training", module.training)):
        model.eval()
        yield


def _listed(model: Module, row: Any) -> Any:
    """The answer to a row with lists in place of tuples, which for `vmap` stand outside the samples."""
    return _of(model(row), lambda number: number)


def _plain(prediction: Any) -> Any:
    return _of(prediction, lambda number: float(number.data if isinstance(number, Value) else number))


def _of(answer: Any, number: Callable[[Any], Any]) -> Any:
    if isinstance(answer, list | tuple):
        return [_of(one, number) for one in answer]
    if isinstance(answer, dict | set | str | None):
        raise TypeError(
            f"a model answers with a number, or lists of numbers, not with a {type(answer).__name__}: {answer!r:.60}"
        )
    return number(answer)
