from autograd_lite.engine.hooks import Handle, after_hooks, has_hooks  # noqa: F401
from autograd_lite.engine.passes import gradients, last_root, restore_grads, saved_grads  # noqa: F401

any_hooks = has_hooks
