"""A classifier for scikit-learn's tools."""

from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, unique_labels
from sklearn.utils.validation import validate_data

from autograd_lite.estimators.base import BaseMLP, _dense


class MLPClassifier(ClassifierMixin, BaseMLP):  # type: ignore[misc]
    """A multilayer perceptron that tells classes apart: logistic loss for two, softmax cross-entropy for more.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default (16,)
    activation : str, default "relu"
        A name of `nn.ACTIVATIONS`, or scikit-learn's "identity" and "logistic".
    solver : str, default "adam"
        A name of `nn.optim.OPTIMIZERS`; "lbfgs" takes all samples at once.
    alpha : float, default 0.0001
        Half of it, over the size of the batch, times the squares of weights and biases is added to the loss.
    batch_size : int or "auto", default "auto"
        "auto" is min(200, samples).
    learning_rate_init : float, default 0.001
    max_iter : int, default 200
        The most epochs.
    shuffle : bool, default True
    random_state : int, RandomState or None
    tol : float, default 1e-4
        Training ends after `n_iter_no_change` epochs without an improvement by more than this.
    verbose : bool, default False
        Show a progress line.
    warm_start : bool, default False
        `fit` goes on with the model of the last call.
    early_stopping : bool, default False
        Watch the loss on a fraction of the samples in place of the training loss, and keep the best weights.
    validation_fraction : float, default 0.1
    n_iter_no_change : int, default 10
    engine : {"auto", "eager", "python", "llvm"}
        See `nn.fit`.

    Attributes
    ----------
    model_ : nn.MLP
        Everything else of this package works on it: drawing it, saving it, stepping through it.
    classes_, coefs_, intercepts_, loss_curve_, loss_, best_loss_, n_iter_, t_, n_layers_, n_outputs_, n_features_in_
        As scikit-learn's.
    validation_losses_ : list of float
        With `early_stopping`.

    Examples
    --------
    >>> from autograd_lite.estimators import MLPClassifier
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], ["no", "yes", "yes", "no"]
    >>> model = MLPClassifier(8, "tanh", learning_rate_init=0.1, random_state=0, tol=1e-3).fit(X, y)
    >>> model.predict(X).tolist()
    ['no', 'yes', 'yes', 'no']
    """

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        """Learn from rows and their classes.

        Raises
        ------
        ValueError
            If an argument makes no sense, or there is only one class.
        """
        again = self.warm_start and hasattr(self, "model_")
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=float)  # noqa: N806
        check_classification_targets(y)
        classes = unique_labels(y)
        if again and classes.tolist() != self.classes_.tolist():
            raise ValueError(f"warm_start goes on with the classes {self.classes_}, not {classes}")
        self.classes_ = classes
        return self._classify(_dense(X), y, epochs=self.max_iter, again=again)

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:  # noqa: N803
        """One epoch on these samples; `classes`, all there are, are needed in the first call."""
        again = hasattr(self, "model_")
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=float, reset=not again)  # noqa: N806
        check_classification_targets(y)
        if not again:
            if classes is None:
                raise ValueError("the first call of partial_fit needs classes=, all the classes there are")
            self.classes_ = unique_labels(classes)
        elif classes is not None and unique_labels(classes).tolist() != self.classes_.tolist():
            raise ValueError(f"classes={classes!r} is not what the first call of partial_fit was given: {self.classes_}")
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise ValueError(f"y has classes that are not in {self.classes_}: {unknown}")
        return self._classify(_dense(X), y, epochs=1, again=again)

    def predict(self, X: Any) -> Any:  # noqa: N803
        """The class of each row."""
        best = np.argmax(self.predict_proba(X), axis=1)
        return self.classes_[best]

    def predict_proba(self, X: Any) -> Any:  # noqa: N803
        """The probability of each class, in the order of `classes_`, for each row."""
        scores = self._outputs(X)
        if scores.ndim == 1:
            scores = np.column_stack([np.zeros_like(scores), scores])
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def predict_log_proba(self, X: Any) -> Any:  # noqa: N803
        """The logarithm of `predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def _classify(self, X: Any, y: Any, *, epochs: int, again: bool) -> Self:  # noqa: N803
        count = len(self.classes_)
        if count < 2:
            raise ValueError(f"a classifier takes at least two classes; y has one class, {self.classes_[0]!r}")
        outputs = 1 if count == 2 else count
        places: Any = np.searchsorted(self.classes_, y)
        targets = [int(k) for k in places]
        self.out_activation_ = "logistic" if count == 2 else "softmax"
        self._loss = "bce_with_logits" if count == 2 else "cross_entropy"
        return self._learn(X, targets, outputs, epochs=epochs, again=again)
