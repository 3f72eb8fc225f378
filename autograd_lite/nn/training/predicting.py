"""A trained model in use: predictions as plain numbers, and how good they are."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autograd_lite.engine.value import Value
from autograd_lite.matrix import Matrix
from autograd_lite.nn.arguments import shown
from autograd_lite.nn.losses.names import correct_for, loss_function
from autograd_lite.nn.modules.module import Module
from autograd_lite.nn.training.eager import without_collector
from autograd_lite.nn.training.samples import Samples, read_samples
from autograd_lite.rules.special import fsum

#: Predictions that the eager engine makes in about so many seconds are not worth compiling; and its time for a parameter and row.
_UNNOTICED, _EACH = 0.25, 2e-7
#: The compiled forms of the models that were asked last, by their `id`, and how many are kept.
_compiled: dict[int, tuple[Module, Any]] = {}
_KEPT = 8


def predict(model: Module, xs: Any) -> Any:
    """What the model answers to each row, as plain numbers, with `Dropout` switched off.

    Where there is much to do the model is compiled (which needs llvmlite), once for all calls; its answers are those of the model
    as it is at the call.

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
    xs = xs.to_numpy() if hasattr(xs, "to_numpy") else xs
    table = Matrix.fits(xs)
    with switched(model, training=False), without_collector():
        found = _by_program(model, xs if table else xs.array() if isinstance(xs, Matrix) else xs)
        if found is None:
            # Recording and throwing away is faster than `no_grad`, which takes the slower common path of every operation.
            found = [_plain(model(x)) for x in (xs.tolist() if table else xs)]
    if not table:
        return found.tolist() if hasattr(found, "tolist") else found
    import numpy as np

    return np.asarray(found, dtype=float)


def _by_program(model: Module, rows: Any) -> Any:
    """The answers by a compiled form of the model; None if that does not pay, or only Python can do it."""
    if not (isinstance(rows, list) or Matrix.fits(rows)) or len(rows) * (1 + len(model.parameters())) * _EACH < _UNNOTICED:
        return None
    from autograd_lite.compiler import CompileError, GuardError, TraceError, jit, vmap
    from autograd_lite.compiler.backends import resolve

    if resolve("auto") != "llvm":
        return None
    known = _compiled.pop(id(model), None) or (model, jit(vmap(model)))
    _compiled[id(model)] = known
    if len(_compiled) > _KEPT:
        del _compiled[next(iter(_compiled))]
    try:
        return known[1](rows)
    except (CompileError, GuardError, TraceError, TypeError, ValueError, ArithmeticError):
        return None  # what is wrong is said by the model itself


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
    return assess(model, read_samples(xs, ys, "evaluation", sample_weight), function, correct or correct_for(function))


def assess(
    model: Module, samples: Samples, loss: Callable[[Any, Any], Any], correct: Callable[[Any, Any], bool] | None
) -> tuple[float, float | None]:
    """As `evaluate`, of samples that have been read."""
    predictions, weights = predict(model, samples.rows), samples.weights or [1.0] * len(samples)
    triples = list(zip(weights, predictions, samples.targets, strict=True))
    whole, losses = fsum(weights), []
    for k, (weight, p, y) in enumerate(triples):
        try:
            losses.append(weight * float(loss(p, y)))
        except (ValueError, ArithmeticError) as error:
            error.add_note(f"in the loss of row {k}, where the model answers {shown(p)}")
            raise
    mean = fsum(losses) / whole
    if correct is None:
        return mean, None
    return mean, fsum(weight for weight, p, y in triples if correct(p, y)) / whole


@contextmanager
def switched(model: Module, training: bool) -> Iterator[None]:
    """Switch the model to training or to use while the block runs, and each module back to what it was."""
    before = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, was in before:
            module.training = was


def _plain(prediction: Any) -> Any:
    if isinstance(prediction, Value):
        return float(prediction.data)
    if isinstance(prediction, list | tuple):
        return [_plain(one) for one in prediction]
    return float(prediction)
