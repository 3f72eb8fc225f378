"""What a network is made of, read from whatever stands for one: layers of units, each with its weights and bias.

The picture of a network needs no class of its own: a module of `nn` is read by the attributes that micrograd gave them
(`layers`, `neurons`, `w`, `b`), and plain lists say the same.  What is not known (sizes alone) stays unknown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import autograd_lite
from autograd_lite import RULES, Value
from autograd_lite.engine.numbers import as_float

#: What activations are called that do nothing.
_LINEAR = (None, "", "linear", "identity")


@dataclass
class DenseLayer:
    """The units of one layer, all fed by the whole layer before.

    Attributes
    ----------
    units : int
    weights : list of list of Value, or None
        A row for each unit, with a weight for each unit of the layer before; None if only the size is known.
    biases : list of Value, or None
    activations : list of (str, dict)
        Functions applied one after the other, as the table of primitives names them, with their further arguments.
    """

    units: int
    weights: list[list[Value]] | None = None
    biases: list[Value] | None = None
    activations: list[tuple[str, dict[str, float]]] = field(default_factory=list)

    def respond(self, x: Sequence[Any]) -> list[Any]:
        """What the units answer to what the layer before answered."""
        if self.weights is None:
            raise ValueError("sizes alone have no weights to compute with; give a model, or rows of weights")
        answers = []
        for k, row in enumerate(self.weights):
            answer = autograd_lite.dot(row, x) + (self.biases[k] if self.biases else 0.0)
            for name, options in self.activations:
                answer = getattr(autograd_lite, name)(answer, **options)
            answers.append(answer)
        return answers


def read_network(model: Any) -> tuple[int, list[DenseLayer]]:
    """The number of inputs and the layers of a network.

    Parameters
    ----------
    model : module, list of int, or list of layers
        See `draw_network`.

    Returns
    -------
    inputs : int
    layers : list of DenseLayer
        The input layer, which computes nothing, is not among them.

    Raises
    ------
    TypeError
        If it is nothing of the kind.
    ValueError
        If the sizes of two layers do not fit, or there is no layer.

    Examples
    --------
    >>> read_network([2, 3, 1])[0], [layer.units for layer in read_network([2, 3, 1])[1]]
    (2, [3, 1])
    >>> read_network([([[0.5, 0.5]], [-0.7], "step")])[1][0].activations
    [('step', {})]
    """
    layers: list[DenseLayer] = []
    if hasattr(model, "coefs_") and hasattr(model, "intercepts_"):
        layers = _of_estimator(model)
    elif _is_module(model):
        _read_module(model, layers)
    elif _is_list(model) and len(model) and all(_is_size(size) for size in model):
        return _sized([int(size) for size in model])
    elif _is_list(model):
        layers = [_read_layer(layer, k) for k, layer in enumerate(model, 1)]
    else:
        raise TypeError(_refusal(model))
    if not layers:
        raise ValueError(f"there is no layer to draw in {type(model).__name__} {model!r:.60}")
    inputs = len((layers[0].weights or [[]])[0])
    before = inputs
    for k, layer in enumerate(layers, 1):
        wrong = next((len(row) for row in layer.weights or () if len(row) != before), None)
        if wrong is not None:
            raise ValueError(f"layer {k} has a unit with {wrong} weights, but {before} numbers come in")
        if layer.biases is not None and len(layer.biases) != layer.units:
            raise ValueError(f"layer {k} has {layer.units} units and {len(layer.biases)} biases")
        before = layer.units
    return inputs, layers


def _is_module(thing: Any) -> bool:
    return any(hasattr(thing, name) for name in ("layers", "neurons", "w", "named_parameters"))


def _is_list(thing: Any) -> bool:
    return isinstance(thing, Sequence) and not isinstance(thing, str | bytes)


def _is_size(thing: Any) -> bool:
    return hasattr(thing, "__index__") and not isinstance(thing, bool)


def _sized(sizes: list[int]) -> tuple[int, list[DenseLayer]]:
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"sizes of layers are at least two numbers from 1, the inputs first, like [4, 4, 1]; not {sizes}")
    return sizes[0], [DenseLayer(size) for size in sizes[1:]]


def _read_module(module: Any, layers: list[DenseLayer]) -> None:
    """Append the layers of a module to `layers`; modules contain each other as deep as somebody wrote them, no deeper."""
    if hasattr(module, "layers"):
        for inner in module.layers:
            _read_module(inner, layers)
    elif hasattr(module, "neurons"):
        layers.append(_of_neurons(module.neurons))
    elif hasattr(module, "w") and hasattr(module, "b"):
        layers.append(_of_neurons([module]))
    elif hasattr(module, "activation") and layers:
        if module.activation not in _LINEAR:
            layers[-1].activations.append((module.activation, dict(getattr(module, "options", {}))))
    elif isinstance(module, Iterable):
        for inner in module:
            _read_module(inner, layers)
    elif not hasattr(module, "parameters") or module.parameters():
        raise TypeError(_refusal(module))
    # What is left has no parameters (dropout): it is not drawn.


def _dense(rows: Any, biases: Any, activation: Any) -> DenseLayer:
    weights = [[_value(weight) for weight in row] for row in rows]
    return DenseLayer(
        len(weights), weights, None if biases is None else [_value(bias) for bias in biases], _activations(activation)
    )


def _of_neurons(neurons: Sequence[Any]) -> DenseLayer:
    # micrograd's neurons have a flag in the place of a name.
    activation = getattr(neurons[0], "activation", "relu" if getattr(neurons[0], "nonlin", False) else "linear")
    return _dense([neuron.w for neuron in neurons], [neuron.b for neuron in neurons], activation)


def _of_estimator(estimator: Any) -> list[DenseLayer]:
    """The layers of a fitted estimator of scikit-learn's kind, whose matrices have a column for each unit.

    A softmax over the outputs is not drawn: it is no function of one number.
    """
    names = {"identity": "linear", "logistic": "sigmoid", "softmax": "linear"}
    functions = [estimator.activation] * len(estimator.coefs_)
    functions[-1] = getattr(estimator, "out_activation_", "identity")
    return [
        _dense(matrix.T.tolist(), biases.tolist(), names.get(name, name))
        for matrix, biases, name in zip(estimator.coefs_, estimator.intercepts_, functions, strict=True)
    ]


def _read_layer(layer: Any, k: int) -> DenseLayer:
    """A layer given as rows of weights, as (weights, biases, activation), or as a mapping with these names."""
    if isinstance(layer, Mapping):
        if "weights" not in layer or set(layer) - {"weights", "biases", "activation"}:
            raise TypeError(f"layer {k}: a mapping has weights, biases, activation; not {sorted(map(str, layer))}")
        parts = [layer["weights"], layer.get("biases"), layer.get("activation")]
    else:
        parts = _plain(layer)
        if not _is_list(parts) or not parts:
            raise TypeError(_refusal(layer))
        first = _plain(parts[0])
        nested = _is_list(first) and len(first) and _is_list(first[0])  # a matrix, not a row of one
        parts = [*parts, None, None][:3] if nested else [parts, None, None]
    weights, biases, activation = map(_plain, parts)
    if not _is_list(weights) or not weights or not all(_is_list(row) and len(row) for row in weights):
        raise TypeError(f"layer {k}: weights are rows of numbers, one row for each unit; not {weights!r:.60}")
    return _dense(weights, biases, activation)


def _plain(thing: Any) -> Any:
    """An array as lists."""
    return thing.tolist() if hasattr(thing, "tolist") else thing


def _value(thing: Any) -> Value:
    """A parameter: a Value as it is, another library's as one with its number and gradient, a number as one without."""
    if isinstance(thing, Value):
        return thing
    if hasattr(thing, "data") and hasattr(thing, "grad") and not hasattr(thing, "shape"):
        value = Value(as_float(thing.data))
        value.grad = thing.grad
        return value
    return Value(as_float(thing))


def _activations(name: Any) -> list[tuple[str, dict[str, float]]]:
    if name in _LINEAR:
        return []
    rule = RULES.get(name) if isinstance(name, str) else None
    if rule is None or rule.variadic:
        raise ValueError(
            f"{name!r} is no function of one number; an activation is called 'relu', 'tanh', 'sigmoid', 'step', ..."
        )
    return [(name, {})]


def _refusal(thing: Any) -> str:
    kind = (
        "a Value: draw_dot and to_svg draw graphs" if isinstance(thing, Value) else f"{type(thing).__name__} {thing!r:.60}"
    )
    return (
        "a network to draw is an nn.MLP (a Sequential, Layer or Neuron), sizes such as [4, 4, 1], or a list of layers, "
        f"each rows of weights or (weights, biases, activation); not {kind}"
    )
