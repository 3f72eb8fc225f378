"""What classifier and regressor share: arguments, the loop over epochs, and scikit-learn's names for what was learned."""

import warnings
from typing import Any, Self

from autograd_lite.nn.losses.penalties import L2
from autograd_lite.nn.modules.mlp import MLP
from autograd_lite.nn.optim import LBFGS, OPTIMIZERS
from autograd_lite.nn.training.fit import fit as train
from autograd_lite.nn.training.history import History
from autograd_lite.nn.training.predicting import predict

try:
    import numpy as np
    from sklearn.base import BaseEstimator
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.utils import check_random_state
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        'the estimators need scikit-learn 1.6 or later: pip install "autograd-lite[data]"; nn.fit does without'
    ) from error

#: scikit-learn's names of activations that go by another name here.
_ACTIVATIONS = {"identity": "linear", "logistic": "sigmoid"}


class BaseMLP(BaseEstimator):  # type: ignore[misc]
    """The common part of `MLPClassifier` and `MLPRegressor`; see there."""

    _loss: str
    classes_: Any
    loss_curve_: list[float]
    validation_losses_: list[float]

    def __init__(
        self,
        hidden_layer_sizes: Any = (16,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate_init: float = 0.001,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        engine: str = "auto",
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.engine = engine

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

    # --- training --------------------------------------------------------------------------------------------------

    def _rows(self, X: Any, reset: bool = False) -> Any:  # noqa: N803
        check_is_fitted(self)
        return _dense(validate_data(self, X, accept_sparse="csr", dtype=float, reset=reset))

    def _learn(self, X: Any, targets: list[Any], outputs: int, *, epochs: int, again: bool) -> Self:  # noqa: N803
        """Train for some epochs; `again` goes on with the model there is."""
        hidden = self.hidden_layer_sizes
        sizes = [hidden] if isinstance(hidden, int | np.integer) else list(hidden)
        if any(size < 1 for size in sizes):
            raise ValueError(f"hidden_layer_sizes are whole numbers, at least 1; not {hidden!r}")
        if self.max_iter < 1:
            raise ValueError(f"max_iter is a whole number, at least 1; not {self.max_iter!r}")
        if self.solver not in OPTIMIZERS:
            raise ValueError(f"solver is one of {', '.join(OPTIMIZERS)}; not {self.solver!r}")
        if not again:
            seed = int(check_random_state(self.random_state).randint(2**31 - 1))
            activation = _ACTIVATIONS.get(self.activation, self.activation)
            self.model_ = MLP(X.shape[1], [*map(int, sizes), outputs], activation=activation, seed=seed)
            self._seed, self._optimizer = seed, self._make_optimizer()
            self.loss_curve_, self.validation_losses_, self.n_iter_, self.t_ = [], [], 0, 0
        elif self.model_.config()["nouts"] != [*sizes, outputs]:
            raise ValueError("warm_start and partial_fit go on with the layers and outputs there are: they have changed")
        full = self.solver == "lbfgs"
        size = len(X) if full else min(200, len(X)) if self.batch_size == "auto" else min(int(self.batch_size), len(X))
        stops_early = epochs > 1 and self.early_stopping and not full
        history = train(
            self.model_,
            X,
            targets,
            loss=self._loss,
            optimizer=self._optimizer,
            epochs=epochs,
            batch_size=size,
            shuffle=self.shuffle,
            # Another order in each call of partial_fit, and the same in every run from one random_state.
            seed=self._seed + self.n_iter_,
            validation=self.validation_fraction if stops_early else None,
            restore_best=stops_early,
            # scikit-learn scales the penalty by the size of the batch.
            regularizer=L2(0.5 * self.alpha / size) if self.alpha else None,
            patience=self.n_iter_no_change if epochs > 1 else None,
            min_delta=self.tol,
            progress=bool(self.verbose),
            engine=self.engine,
        )
        self._note(history, len(X), len(sizes) + 2, outputs)
        if epochs > 1 and history.stopped == "epochs":
            warnings.warn(
                f"max_iter={self.max_iter} epochs are over and the loss still falls; raise max_iter or learning_rate_init",
                ConvergenceWarning,
                stacklevel=3,
            )
        return self

    def _note(self, history: History, rows: int, layers: int, outputs: int) -> None:
        self.loss_curve_ += history.losses
        self.validation_losses_ += history.val_losses
        self.n_iter_ += history.epochs
        self.t_ += history.epochs * rows
        self.loss_, self.best_loss_ = self.loss_curve_[-1], min(self.loss_curve_)
        self.n_layers_, self.n_outputs_ = layers, outputs

    def _make_optimizer(self) -> Any:
        if self.solver == "lbfgs":  # one iteration in an epoch, so that max_iter counts iterations
            return LBFGS(self.model_, lr=1.0, max_iter=1, line_search_fn="strong_wolfe")
        return OPTIMIZERS[self.solver](self.model_, lr=self.learning_rate_init)

    def _outputs(self, X: Any) -> Any:  # noqa: N803
        rows = self._rows(X)
        return np.array(predict(self.model_, rows.tolist()), dtype=float)


def _dense(X: Any) -> Any:  # noqa: N803
    return X.toarray() if hasattr(X, "toarray") else X
