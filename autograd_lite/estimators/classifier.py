"""A classifier for scikit-learn's tools."""

from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels
from sklearn.utils.validation import column_or_1d

from autograd_lite.estimators.base import BaseMLP, available_for_batches
from autograd_lite.nn.losses.binary import bce_with_logits
from autograd_lite.nn.losses.classes import cross_entropy
from autograd_lite.nn.losses.modules import BCEWithLogitsLoss


class MLPClassifier(ClassifierMixin, BaseMLP):  # type: ignore[misc]
    """A multilayer perceptron that tells classes apart: logistic loss for two, softmax cross-entropy for more.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default (16,)
        Empty for none: then it is logistic regression.
    activation : str, default "relu"
        A name of `nn.ACTIVATIONS`, or scikit-learn's "identity" and "logistic".
    solver : str, default "adam"
        A name of `nn.optim.OPTIMIZERS`; "lbfgs" takes all samples at once.
    alpha : float, default 0.0001
        Half of it, over the size of the batch, times the squares of the weights is added to the loss.
    batch_size : int or "auto", default "auto"
        "auto" is min(200, samples).
    learning_rate : {"constant", "invscaling", "adaptive"}, default "constant"
        "invscaling" divides by the number of samples seen to the power of `power_t`; "adaptive" divides by five after more
        than `n_iter_no_change` epochs without an improvement, and ends training at 1e-6.
    learning_rate_init : float, default 0.01
        Ten times scikit-learn's, as suits layers of a sixth of its size.
    power_t : float, default 0.5
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
    momentum : float, default 0.9
        Of "sgd", in Nesterov's form if `nesterovs_momentum`.
    nesterovs_momentum : bool, default True
    early_stopping : bool, default False
        Watch the loss on a fraction of the samples in place of the training loss, and keep the best weights.
    validation_fraction : float, default 0.1
    beta_1, beta_2, epsilon : float, default 0.9, 0.999, 1e-8
        Of "adam" and "adamw".
    n_iter_no_change : int, default 10
    engine : {"auto", "eager", "python", "llvm"}
        See `nn.fit`.

    Attributes
    ----------
    model_ : nn.MLP
        Everything else of this package works on it: drawing it, saving it, stepping through it.
    classes_, coefs_, intercepts_, loss_curve_, loss_, best_loss_, n_iter_, t_, n_layers_, n_outputs_, n_features_in_
        As scikit-learn's, and so is what they are the result of: the same loss, the same penalty.
    validation_scores_, best_validation_score_, validation_losses_
        With `early_stopping`: accuracy and loss on the samples set aside.

    Examples
    --------
    >>> from autograd_lite.estimators import MLPClassifier
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], ["no", "yes", "yes", "no"]
    >>> model = MLPClassifier(8, "tanh", learning_rate_init=0.1, random_state=0, tol=1e-3).fit(X, y)
    >>> model.predict(X).tolist()
    ['no', 'yes', 'yes', 'no']
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        """Learn from rows and their classes.

        Parameters
        ----------
        X : array or sparse matrix, samples times features
        y : array
            The class of each row; or for each row and label 0 or 1.
        sample_weight : array, optional
            What each sample counts: with 2 as much as two of the others.

        Raises
        ------
        ValueError
            If an argument makes no sense, or there is only one class.
        """
        again = self.warm_start and hasattr(self, "model_")
        X, y = self._checked(X, y, False)  # noqa: N806
        y, classes = self._classes_of(y)
        if again and classes.tolist() != self.classes_.tolist():
            raise ValueError(f"warm_start goes on with the classes {self.classes_}, not {classes}")
        self.classes_ = classes
        return self._classify(X, y, sample_weight, again=again)

    @available_for_batches  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:  # noqa: N803
        """One epoch on these samples; `classes`, all there are, are needed in the first call."""
        again = hasattr(self, "model_")
        X, y = self._checked(X, y, again)  # noqa: N806
        y, found = self._classes_of(y)
        if not again:
            if classes is None:
                raise ValueError("the first call of partial_fit needs classes=, all the classes there are")
            self.classes_ = unique_labels(classes)
        elif classes is not None and unique_labels(classes).tolist() != self.classes_.tolist():
            raise ValueError(f"classes={classes!r} is not what the first call of partial_fit was given: {self.classes_}")
        unknown = np.setdiff1d(found, self.classes_)
        if len(unknown):
            raise ValueError(f"y has classes that are not in {self.classes_}: {unknown}")
        return self._classify(X, y, sample_weight, again=again, online=True)

    def predict(self, X: Any) -> Any:  # noqa: N803
        """The class of each row, or its labels."""
        return self._decided(self._outputs(X))

    def predict_proba(self, X: Any) -> Any:  # noqa: N803
        """The probability of each class, in the order of `classes_`, for each row."""
        return np.exp(self.predict_log_proba(X))

    def predict_log_proba(self, X: Any) -> Any:  # noqa: N803
        """The logarithm of `predict_proba`, with all its digits."""
        scores = self._outputs(X)
        if self._labels:
            return -np.logaddexp(0.0, -scores.reshape(len(scores), -1))
        if scores.ndim == 1:
            scores = np.column_stack([np.zeros_like(scores), scores])
        return scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)

    def _classes_of(self, y: Any) -> tuple[Any, Any]:
        """The targets, one column as a vector, and the classes in them."""
        check_classification_targets(y)
        self._labels = type_of_target(y) == "multilabel-indicator"
        if not self._labels:
            y = column_or_1d(y, warn=True)
        return y, unique_labels(y)

    def _decided(self, outputs: Any) -> Any:
        if self._labels:
            return (outputs.reshape(len(outputs), -1) > 0.0).astype(int)
        return self.classes_[(outputs > 0.0).astype(int) if outputs.ndim == 1 else outputs.argmax(axis=1)]

    def _score_of(self, outputs: Any, y: Any, sample_weight: Any) -> float:
        return float(accuracy_score(y, self._decided(outputs), sample_weight=sample_weight))

    def _encoded(self, y: Any) -> list[Any]:
        """Targets as the loss wants them."""
        if self._labels:
            return [[float(one) for one in row] for row in y]
        places: Any = np.searchsorted(self.classes_, y)
        return [int(k) for k in places]

    def _classify(self, X: Any, y: Any, sample_weight: Any, *, again: bool, online: bool = False) -> Self:  # noqa: N803
        count = len(self.classes_)
        loss: Any
        if self._labels:
            outputs, loss = y.shape[1], BCEWithLogitsLoss("sum")
        elif count < 2:
            raise ValueError(f"a classifier takes at least two classes; y has one class, {self.classes_[0]!r}")
        else:
            outputs, loss = (1, bce_with_logits) if count == 2 else (count, cross_entropy)
        self.out_activation_ = "softmax" if loss is cross_entropy else "logistic"
        return self._learn(
            X, y, self._encoded, outputs, sample_weight, loss=loss, again=again, online=online, stratify=not self._labels
        )
