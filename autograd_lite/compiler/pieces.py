"""What a training step is made of, by the module's and the class's former names."""

from autograd_lite.compiler.step_kernels import Failed, Interrupted, penalty_kernel, update_kernel, used
from autograd_lite.compiler.step_kernels import StepKernels as Pieces

__all__ = ["Failed", "Interrupted", "Pieces", "penalty_kernel", "update_kernel", "used"]
