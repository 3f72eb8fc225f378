"""Functions of functions: from `f` to its gradient, Jacobian, Hessian, and derivatives of any order.

All of them call `f` on nodes of their own and sweep over what it recorded; none states a derivative, and none writes to the
`.grad` of a Value.  They nest at will.
"""

from autograd_lite.transforms.forward import jacfwd, jvp
from autograd_lite.transforms.reverse import grad, jacobian, jacrev, value_and_grad, vjp
from autograd_lite.transforms.second import hessian, hvp
from autograd_lite.transforms.taylor import derivative, taylor

__all__ = [
    "derivative", "grad", "hessian", "hvp", "jacfwd", "jacobian", "jacrev", "jvp", "taylor", "value_and_grad", "vjp",
]  # fmt: skip
