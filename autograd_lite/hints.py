"""What to type instead: for a name that is not here, and for a package that is not installed.

Who comes from PyTorch, JAX or HIPS/autograd types their names first. Where the thing exists under the same name, it just works; this
is for the rest, so that the error says what to type instead.
"""

import difflib
import importlib
import sys
from collections.abc import Iterable
from typing import Any, Never

_DENSE = "networks here are fully connected, nn.MLP; other models are written in Values, as autograd_lite.gpt is"
_LOSS = "losses and activations are functions of the package and of nn: nn.mse, nn.cross_entropy, autograd_lite.relu"
_NUMBER = "a Value is one number, Value(2.0); several are a list of Values, or a NumPy array of them"

#: For each module, names of other libraries and what to type here.
HINTS: dict[str, dict[str, str]] = {
    "autograd_lite": {
        "lr_scheduler": "autograd_lite.nn.optim.lr_scheduler has the schedules",
        "manual_seed": "autograd_lite.nn.manual_seed seeds the initial weights",
        "functional": _LOSS,
        **dict.fromkeys(
            ("tensor", "Tensor", "Variable", "Scalar", "var", "array", "zeros", "ones", "randn", "rand"), _NUMBER
        ),
        "make_jaxpr": "f = jit(f), call it, then print(f.program)",
        "Program": "autograd_lite.compiler.Program; jit(f).program after a call",
        "check_grads": "check_grad(f, *args), with order=2 for second derivatives too",
        "checkgrad": "check_grad(f, *args)",
        "elementwise_grad": "vmap(grad(f)) takes the derivative at each element",
        "egrad": "vmap(grad(f)) takes the derivative at each element",
        "hessian_vector_product": "hvp(f, args, vectors)",
        "make_vjp": "vjp(f, *args)",
        "make_jvp": "jvp(f, args, vectors)",
        "value_and_jacobian": "jacobian(f) for the derivatives, f itself for the values",
        "grad_and_value": "value_and_grad(f) gives the value first",
        "custom_jvp": "primitive(name, arguments, forward, partials), or custom_vjp",
        "Function": "primitive(name, arguments, forward, partials), or custom_vjp for a function of one's own",
        "defvjp": "primitive(name, arguments, forward, partials), or custom_vjp",
        "checkpoint": "every node is kept; nothing is freed or computed again",
        "set_grad_enabled": "`with no_grad():` and `with enable_grad():`",
        "inference_mode": "`with no_grad():`",
        "set_detect_anomaly": "`with detect_anomaly():`; post_mortem(loss) needs nothing switched on",
        "autograd": "grad(f) differentiates a function; loss.backward() a graph",
        "backward": "loss.backward()",
        "compile": "jit(f) compiles a function, compile_step a training step",
        "lax": "Python's own if, for and while are recorded and compiled",
        "numpy": "the functions of the package take Values, and so do NumPy's: np.exp(v)",
        **dict.fromkeys(
            ("viz", "visualize", "show", "plot_graph", "draw_graph"), "draw_dot(v) shows a graph, to_svg(v, path) writes it"
        ),
    },
    # What had these names in earlier versions of this package.
    "autograd_lite.engine": {
        **dict.fromkeys(("node", "Node"), "autograd_lite.Value is the one class of nodes"),
        "record": "engine.common.apply applies a primitive",
        "backward": "Value.backward(); engine.passes and engine.hooks have the rest",
        "custom": "autograd_lite.extend.primitive declares primitives",
        "generate": "python tools/generate.py, in a copy of the repository",
    },
    "autograd_lite.backprop": {
        "counting": "autograd_lite.plot.multiplications counts, and explain(...).expanded_multiplications",
        **dict.fromkeys(("asking", "AskError"), "it is autograd_lite.expression.ExpressionError"),
        "Mistake": "backprop.MISTAKES holds them, each a backprop.mistakes.Algorithm",
    },
    "autograd_lite.pages": {"recorder": "autograd_lite.pages.RunRecorder"},
    "autograd_lite.rules": {"check": "autograd_lite.extend.WrongPartialError"},
    "autograd_lite.structure": {"name_nodes": "structure.Names(order), or Snapshot(root).names"},
    "autograd_lite.nn.optim": {
        "RMSProp": "it is spelt RMSprop",
        "AdaGrad": "it is spelt Adagrad",
        "AdaDelta": "it is spelt Adadelta",
        "Momentum": "SGD(params, lr=..., momentum=0.9)",
        "Nesterov": "SGD(params, lr=..., momentum=0.9, nesterov=True)",
        "GradientDescent": "SGD",
        "clip_grad_norm": "clip_grad_norm_",
    },
    "autograd_lite.nn": {
        "functional": _LOSS,
        "utils": "autograd_lite.nn.optim has clip_grad_norm_ and clip_grad_value_",
        **dict.fromkeys(("clip_grad_norm_", "clip_grad_value_"), "it is in autograd_lite.nn.optim"),
        **dict.fromkeys(
            ("Adam", "AdamW", "SGD", "RMSprop", "Adagrad", "Adadelta", "LBFGS"), "it is in autograd_lite.nn.optim"
        ),
        "lr_scheduler": "autograd_lite.nn.optim.lr_scheduler",
        "Parameter": "a parameter is a Value that is an attribute of a Module, or in a list of them",
        "mse_loss": "nn.mse",
        "l1_loss": "nn.mae",
        "smooth_l1_loss": "nn.huber",
        "huber_loss": "nn.huber",
        "SmoothL1Loss": "nn.HuberLoss",
        "MAELoss": "nn.L1Loss",
        "binary_cross_entropy": "nn.bce",
        "binary_cross_entropy_with_logits": "nn.bce_with_logits",
        "nll_loss": "nn.nll",
        "hinge_loss": "nn.hinge",
        "HingeEmbeddingLoss": "nn.HingeLoss",
        "softmax": "autograd_lite.softmax",
        "relu": "autograd_lite.relu",
        "tanh": "autograd_lite.tanh",
        "sigmoid": "autograd_lite.sigmoid",
        "Dense": "nn.Layer or nn.Linear",
        **dict.fromkeys(
            ("Conv1d", "Conv2d", "LSTM", "RNN", "GRU", "BatchNorm1d", "LayerNorm", "Embedding", "Transformer"), _DENSE
        ),
        "Identity": "an empty nn.Sequential()",
        "ModuleList": "a list of modules as an attribute of a Module is found by itself",
        "train": "nn.fit(model, xs, ys, loss=..., optimizer=...)",
        "save_model": "nn.save(model, path)",
        "load_model": "nn.load(path)",
        "summary": "model.summary()",
    },
}


def missing(module: str, name: str, known: Iterable[str]) -> AttributeError:
    """The error for a name that a module does not have, with what was probably meant.

    Parameters
    ----------
    module : str
        In full, `autograd_lite.nn`.
    name : str
    known : iterable of str
        The names it has.

    Examples
    --------
    >>> print(missing("autograd_lite", "tensor", []))
    module 'autograd_lite' has no attribute 'tensor'; a Value is one number, Value(2.0); several are a list of Values, or a NumPy array of them
    >>> print(missing("autograd_lite", "jacobain", ["jacobian", "jit"]))
    module 'autograd_lite' has no attribute 'jacobain'; did you mean 'jacobian'?
    """  # noqa: E501
    hint = HINTS.get(module, {}).get(name, "")
    # Not for dunders and the like: Python and its tools ask for many names that nobody typed.
    near = [] if hint or name.startswith("_") else difflib.get_close_matches(name, list(known), n=1, cutoff=0.75)
    if near:
        hint = f"did you mean {near[0]!r}?"
    return AttributeError(f"module {module!r} has no attribute {name!r}" + (f"; {hint}" if hint else ""))


class Gone:
    """In a class, in place of a name that it once had: the error says what to type instead."""

    def __init__(self, hint: str) -> None:
        self.hint = hint

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type) -> Never:
        raise AttributeError(f"{owner.__name__!r} has no attribute {self.name!r}; {self.hint}")


class _Finder:
    """For `import` statements, which ask here when no module has been found, and keep no error of `__getattr__`."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """No module, but an error for names with a hint."""
        package, _, last = name.rpartition(".")
        if last in HINTS.get(package, {}):
            # Without `name=`, by which an import would know it for its own, and say something shorter.
            raise ModuleNotFoundError(str(missing(package, last, ())))


sys.meta_path.append(_Finder)


def needed(module: str, purpose: str, extra: str, otherwise: str = "") -> Any:
    """A module of a package that is installed by request only, or an error that says what to install.

    Parameters
    ----------
    module : str
        As it is imported, `matplotlib.figure`.
    purpose : str
        What needs it: "pictures need".
    extra : str
        The extra of this package that brings it.
    otherwise : str, optional
        What does without.

    Raises
    ------
    ImportError
        If it cannot be imported.

    Examples
    --------
    >>> needed("json", "models need", "save").dumps([1.0])
    '[1.0]'
    >>> needed("jsonnet9", "models need", "save", "JSON needs nothing")
    Traceback (most recent call last):
    ImportError: models need jsonnet9, which is not installed: pip install "autograd-lite[save]"; JSON needs nothing
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        hint = f'{purpose} {package}, which is not installed: pip install "autograd-lite[{extra}]"'
        raise ImportError(f"{hint}; {otherwise}" if otherwise else hint) from None
