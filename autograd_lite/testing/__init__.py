"""A kit for testing derivatives: one's own, this engine's, another engine's.

>>> from autograd_lite import sin
>>> from autograd_lite.testing import check_grad
>>> check_grad(lambda x: x * sin(x), 2.0).verdict
'pass'
"""

from autograd_lite.testing.check import GradientError, check_grad, check_operation, gradcheck, gradgradcheck
from autograd_lite.testing.report import Report

__all__ = ["GradientError", "Report", "check_grad", "check_operation", "gradcheck", "gradgradcheck"]
