"""A regressor for scikit-learn's tools."""

from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import validate_data

from autograd_lite.estimators.base import BaseMLP, _dense


class MLPRegressor(RegressorMixin, BaseMLP):  # type: ignore[misc]
    """A multilayer perceptron that predicts numbers, by the mean squared error.

    Parameters, and attributes but for `classes_`, are those of `MLPClassifier`; y may have several columns.

    Examples
    --------
    >>> from autograd_lite.estimators import MLPRegressor
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [1.0, 3.0, 5.0, 7.0]
    >>> model = MLPRegressor(4, "identity", solver="lbfgs", alpha=0.0, tol=1e-12, random_state=0).fit(X, y)
    >>> [round(float(number), 3) for number in model.predict([[4.0], [10.0]])]
    [9.0, 21.0]
    """

    _loss = "mse"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        """Learn from rows and their numbers.

        Raises
        ------
        ValueError
            If an argument makes no sense.
        """
        again = self.warm_start and hasattr(self, "model_")
        return self._regress(X, y, epochs=self.max_iter, again=again, reset=True)

    def partial_fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        """One epoch on these samples."""
        again = hasattr(self, "model_")
        return self._regress(X, y, epochs=1, again=again, reset=not again)

    def predict(self, X: Any) -> Any:  # noqa: N803
        """The number for each row, or a row of them."""
        return self._outputs(X)

    def _regress(self, X: Any, y: Any, *, epochs: int, again: bool, reset: bool) -> Self:  # noqa: N803
        X, y = validate_data(  # noqa: N806
            self, X, y, accept_sparse="csr", dtype=float, multi_output=True, y_numeric=True, reset=reset
        )
        y = np.asarray(y, dtype=float)
        if y.ndim == 2 and y.shape[1] == 1:
            y = y[:, 0]
        self.out_activation_ = "identity"
        return self._learn(_dense(X), y.tolist(), 1 if y.ndim == 1 else y.shape[1], epochs=epochs, again=again)
