"""What classifier and regressor share: arguments, the loop over epochs, and scikit-learn's names for what was learned."""

import random
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from autograd_lite.engine.arrays import unmasked
from autograd_lite.engine.value import Value
from autograd_lite.estimators.solvers import SLOWEST, check_arguments, make_optimizer, make_schedule
from autograd_lite.nn.init import xavier_uniform
from autograd_lite.nn.losses.penalties import l2
from autograd_lite.nn.modules.mlp import MLP
from autograd_lite.nn.training.fit import fit as train
from autograd_lite.nn.training.history import History
from autograd_lite.nn.training.predicting import predict

#: scikit-learn's names of activations that go by another name here.
_ACTIVATIONS = {"identity": "linear", "logistic": "sigmoid"}


class BaseMLP(BaseEstimator):  # type: ignore[misc]
    """The common part of `MLPClassifier` and `MLPRegressor`; see there."""

    classes_: Any
    loss_curve_: list[float]
    validation_losses_: list[float]
    #: So many samples have a score.
    _fewest_watched = 1

    def __init__(
        self,
        hidden_layer_sizes: Any = (16,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.01,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: int = 10,
        engine: str = "auto",
    ) -> None:
        # scikit-learn's rule: an argument is kept as it was given, under its own name.
        self.__dict__.update({name: argument for name, argument in locals().items() if name != "self"})

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    # --- what was learned, under scikit-learn's names --------------------------------------------------------------

    @property
    def coefs_(self) -> list[Any]:
        """For each layer the matrix of its weights, inputs times units."""
        check_is_fitted(self)
        return [np.array([[w.data for w in neuron.w] for neuron in layer.neurons]).T for layer in self.model_.layers]

    @property
    def intercepts_(self) -> list[Any]:
        """For each layer the biases of its units."""
        check_is_fitted(self)
        return [np.array([neuron.b.data for neuron in layer.neurons]) for layer in self.model_.layers]

    # --- what the two say differently ------------------------------------------------------------------------------

    def _score_of(self, outputs: Any, y: Any, sample_weight: Any) -> float:
        raise NotImplementedError

    # --- training --------------------------------------------------------------------------------------------------

    def _checked(self, X: Any, y: Any, again: bool, **options: Any) -> tuple[Any, Any]:  # noqa: N803
        """Rows and targets as arrays; `again` if they must have the columns of the last call."""
        X, y = self._rows(X, y, multi_output=True, reset=not again, **options)  # noqa: N806
        return _dense(X), y

    def _rows(self, *arrays: Any, **options: Any) -> Any:
        return validate_data(self, *map(unmasked, arrays), accept_sparse="csr", dtype=float, **options)

    def _learn(
        self,
        X: Any,  # noqa: N803
        y: Any,
        encode: Callable[[Any], list[Any]],
        outputs: int,
        sample_weight: Any,
        *,
        loss: Any,
        again: bool,
        online: bool = False,
        stratify: bool = False,
    ) -> Self:
        """Train; `again` goes on with the model there is, `online` for one epoch without any stopping rule."""
        sizes = check_arguments(self)
        if online and self.early_stopping:
            raise ValueError("partial_fit takes one epoch, so there is nothing to stop early: early_stopping goes with fit")
        weights = None if sample_weight is None else _check_sample_weight(unmasked(sample_weight), X, dtype=float)
        watched: Any = None
        if self.early_stopping and self.solver != "lbfgs" and not online:
            (X, y, weights), watched = self._set_aside(X, y, weights, stratify)  # noqa: N806
        if not again:
            self._begin(len(X), X.shape[1], [*sizes, outputs])
        elif self.model_.config()["nouts"] != [*sizes, outputs]:
            raise ValueError("warm_start and partial_fit go on with the layers and outputs there are: they have changed")
        history = self._train(X, y, encode, weights, watched, loss, online)
        self.n_layers_, self.n_outputs_ = len(sizes) + 2, outputs
        if not online and history.stopped == "epochs":
            warnings.warn(
                f"max_iter={self.max_iter} epochs are over and the loss still falls; raise max_iter or learning_rate_init",
                ConvergenceWarning,
                stacklevel=4,
            )
        return self

    def _train(
        self, X: Any, y: Any, encode: Callable[[Any], list[Any]], weights: Any, watched: Any, loss: Any, online: bool  # noqa: N803
    ) -> History:  # fmt: skip
        """Go on with the model there is, and note what was learned."""
        adaptive = self._schedule is not None and self.learning_rate == "adaptive"
        callbacks: list[Callable[[int, History], Any]] = [self._score_watched(watched)] if watched else []
        if adaptive:
            callbacks.append(lambda epoch, history: self._optimizer.lr <= SLOWEST)
        counted = np.ones(len(X)) if weights is None else weights
        count, whole = int(np.count_nonzero(counted)), float(counted.sum())
        size = self._batch(count)
        history = train(
            self.model_,
            X,
            encode(y),
            loss=loss,
            optimizer=self._optimizer,
            scheduler=self._schedule,
            epochs=1 if online else self.max_iter,
            batch_size=size,
            shuffle=self.shuffle,
            # Another order in each call of partial_fit, and the same in every run from one random_state.
            seed=self._seed + self.n_iter_,
            sample_weight=weights,
            validation=None if watched is None else (watched[0], encode(watched[1]), watched[2]),
            restore_best=watched is not None,
            regularizer=self._penalty(size * whole / count if count else 1.0),
            patience=None if online or adaptive else self.n_iter_no_change,
            min_delta=self.tol,
            callbacks=callbacks,
            progress=bool(self.verbose),
            engine=self.engine,
        )
        self._note(history, count)
        return history

    def _begin(self, samples: int, nin: int, nouts: list[int]) -> None:
        """A new model, and nothing learned."""
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        activation = _ACTIVATIONS.get(self.activation, self.activation)
        rng = random.Random(self._seed)
        self.model_ = MLP(nin, nouts, activation=activation, seed=rng)
        # As scikit-learn: biases begin at random too, so that units bend at different places from the start.
        for layer in self.model_.layers:
            for neuron in layer.neurons:
                neuron.b.data = xavier_uniform(rng, len(neuron.w), len(layer.neurons))
        self._optimizer = make_optimizer(self, self.model_)
        self._schedule = make_schedule(self, self._optimizer, samples)
        self.loss_curve_, self.validation_losses_, self.n_iter_, self.t_ = [], [], 0, 0
        self.validation_scores_: list[float] | None = [] if self.early_stopping else None
        self.best_validation_score_: float | None = None

    def _batch(self, count: int) -> int:
        if self.solver == "lbfgs":
            return max(1, count)
        return max(1, min(200 if self.batch_size == "auto" else int(self.batch_size), count))

    def _penalty(self, size: float) -> Callable[[Any], Any] | None:
        """scikit-learn's: of the weights alone, over the number of samples in a batch, each as often as it counts."""
        if not self.alpha:
            return None
        strength = Value(0.5 * self.alpha / size, requires_grad=False)  # a number that compiled code reads, not part of it
        weights = [w for layer in self.model_.layers for neuron in layer.neurons for w in neuron.w]
        return partial(_weight_decay, strength, weights)

    def _set_aside(self, X: Any, y: Any, weights: Any, stratify: bool) -> tuple[Any, ...]:  # noqa: N803
        """The samples to train on, and those to watch.

        Raises
        ------
        ValueError
            If too few would be watched for a score.
        """
        kept, watched = train_test_split(
            np.arange(len(X)),
            test_size=self.validation_fraction,
            random_state=check_random_state(self.random_state),
            stratify=y if stratify else None,
        )
        if len(watched) < self._fewest_watched:
            raise ValueError(
                f"early_stopping would watch {len(watched)} of {len(X)} samples, which has no score: "
                "give more samples, or a larger validation_fraction"
            )
        return tuple((X[rows], y[rows], None if weights is None else weights[rows]) for rows in (kept, watched))

    def _score_watched(self, watched: Any) -> Callable[[int, History], None]:
        def callback(epoch: int, history: History) -> None:
            assert self.validation_scores_ is not None
            self.validation_scores_.append(self._score_of(self._predicted(watched[0]), watched[1], watched[2]))

        return callback

    def _note(self, history: History, rows: int) -> None:
        self.loss_curve_ += history.losses
        self.validation_losses_ += history.val_losses
        self.n_iter_ += history.epochs
        self.t_ += history.epochs * rows
        self.loss_, self.best_loss_ = self.loss_curve_[-1], min(self.loss_curve_)
        if self.validation_scores_:
            self.best_validation_score_ = max(self.validation_scores_)

    def _outputs(self, X: Any) -> Any:  # noqa: N803
        """What the model gives for each row."""
        check_is_fitted(self)
        return self._predicted(_dense(self._rows(X, reset=False)))

    def _predicted(self, rows: Any) -> Any:
        return np.asarray(predict(self.model_, np.asarray(rows, dtype=float)))


def _weight_decay(strength: Value, weights: list[Value], model: MLP) -> Any:
    return strength * l2(weights)


def _dense(rows: Any) -> Any:
    return rows.toarray() if hasattr(rows, "toarray") else rows


#: L-BFGS takes all samples at once, or none.
available_for_batches = available_if(lambda self: self.solver != "lbfgs")
