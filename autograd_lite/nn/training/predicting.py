"""A trained model in use: predictions as plain numbers, and how good they are."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autograd_lite.engine.value import Value
from autograd_lite.nn.arguments import shown
from autograd_lite.nn.losses.names import correct_for, loss_function
from autograd_lite.nn.modules.module import Module
from autograd_lite.nn.training.eager import without_collector
from autograd_lite.nn.training.samples import Samples, read_samples
from autograd_lite.rules.special import fsum


def predict(model: Module, xs: Sequence[Any]) -> list[Any]:
    """What the model answers to each row, as plain numbers, with `Dropout` switched off.

    Parameters
    ----------
    model : Module
    xs : sequence of rows of float

    Returns
    -------
    list
        A float for each row, or a list of floats for a model of several outputs.

    Examples
    --------
    >>> from autograd_lite import nn
    >>> nn.predict(nn.MLP(2, [3], seed=0, init="zeros"), [[1.0, 2.0], [3.0, 4.0]])
    [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    # Recording and throwing away is faster than `no_grad`, which takes the slower common path of every operation.
    with switched(model, training=False), without_collector():
        return [_plain(model(x)) for x in xs]


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
