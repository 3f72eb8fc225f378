"""Estimators of scikit-learn, trained by this package: for pipelines, grid searches and cross-validation.

They need scikit-learn, which `pip install "autograd-lite[data]"` brings.
"""

from autograd_lite.estimators.classifier import MLPClassifier
from autograd_lite.estimators.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
