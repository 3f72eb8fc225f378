"""Estimators of scikit-learn, trained by this package: for pipelines, grid searches and cross-validation.

They need scikit-learn, which `pip install "autograd-lite[data]"` brings.
"""

try:
    from sklearn.utils.validation import validate_data as _needed  # noqa: F401
except ImportError as error:
    raise ImportError(
        'the estimators need scikit-learn 1.6 or later: pip install "autograd-lite[data]"; nn.fit does without'
    ) from error

from autograd_lite.estimators.classifier import MLPClassifier
from autograd_lite.estimators.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
