"""A regressor for scikit-learn's tools."""

from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score

from autograd_lite.estimators.base import BaseMLP, available_for_batches
from autograd_lite.nn.losses.regression import mse


class MLPRegressor(RegressorMixin, BaseMLP):  # type: ignore[misc]
    """A multilayer perceptron that predicts numbers, by half the mean squared error, as scikit-learn's.

    Parameters, and attributes but for `classes_`, are those of `MLPClassifier`; y may have several columns, and the score of
    early stopping is R squared.

    Examples
    --------
    >>> from autograd_lite.estimators import MLPRegressor
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [1.0, 3.0, 5.0, 7.0]
    >>> model = MLPRegressor(4, "identity", solver="lbfgs", alpha=0.0, tol=1e-12, random_state=0).fit(X, y)
    >>> [round(float(number), 3) for number in model.predict([[4.0], [10.0]])]
    [9.0, 21.0]
    """

    _fewest_watched = 2

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        """Learn from rows and their numbers.

        Parameters
        ----------
        X : array or sparse matrix, samples times features
        y : array
            A number for each row, or several.
        sample_weight : array, optional
            What each sample counts: with 2 as much as two of the others.

        Raises
        ------
        ValueError
            If an argument makes no sense.
        """
        again = self.warm_start and hasattr(self, "model_")
        return self._regress(*self._checked(X, y, False, y_numeric=True), sample_weight, again=again)

    @available_for_batches  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        """One epoch on these samples."""
        again = hasattr(self, "model_")
        return self._regress(*self._checked(X, y, again, y_numeric=True), sample_weight, again=again, online=True)

    def predict(self, X: Any) -> Any:  # noqa: N803
        """The number for each row, or a row of them."""
        return self._outputs(X)

    def _score_of(self, outputs: Any, y: Any, sample_weight: Any) -> float:
        return float(r2_score(y, outputs, sample_weight=sample_weight))

    def _regress(self, X: Any, y: Any, sample_weight: Any, *, again: bool, online: bool = False) -> Self:  # noqa: N803
        y = np.asarray(y, dtype=float)
        if y.ndim == 2 and y.shape[1] == 1:
            y = y[:, 0]
        self.out_activation_ = "identity"
        outputs = 1 if y.ndim == 1 else y.shape[1]
        return self._learn(X, y, lambda y: y.tolist(), outputs, sample_weight, loss=_half_mse, again=again, online=online)


def _half_mse(prediction: Any, target: Any) -> Any:
    return 0.5 * mse(prediction, target)
