"""What a model is made of, as plain data, and a model made from it: from a fixed list of kinds, so nothing is executed."""

import itertools
from collections.abc import Mapping
from typing import Any

from autograd_lite.nn.arguments import shown
from autograd_lite.nn.modules import activations
from autograd_lite.nn.modules.dropout import Dropout
from autograd_lite.nn.modules.layers import Layer, Linear, Neuron
from autograd_lite.nn.modules.mlp import MLP, Sequential
from autograd_lite.nn.modules.module import Module, replace_parameters
from autograd_lite.nn.modules.perceptron import Perceptron
from autograd_lite.nn.saving.formats import ModelFileError, elements
from autograd_lite.terminal import printable

#: The kinds of modules that a file can ask for.
KINDS: dict[str, type[Module]] = {
    kind.__name__: kind
    for kind in (
        *(MLP, Sequential, Layer, Linear, Neuron, Perceptron, Dropout),
        *(activations.Activation, activations.Softmax, activations.LogSoftmax),
        *(getattr(activations, title) for title in activations.ACTIVATIONS.values()),
    )
}
_DEEPEST = 50


def architecture(model: Module) -> dict[str, Any] | None:
    """What `model` is made of; None for a kind of module that does not say.

    >>> architecture(Linear(2, 1))
    {'kind': 'Linear', 'nin': 2, 'nout': 1}
    """
    if type(model) is Sequential:
        parts = [architecture(module) for module in model]
        return None if None in parts else {"kind": "Sequential", "modules": parts}
    config = model.config()
    return None if config is None else {"kind": type(model).__name__, **config}


def described(model: Module) -> dict[str, Any] | None:
    """`architecture`, and under "shared" which places hold one and the same parameter: numbers of a count over all tensors."""
    plan = architecture(model)
    places: dict[int, list[int]] = {}
    for place, parameter in enumerate(_parameters(model)):
        places.setdefault(id(parameter), []).append(place)
    shared = [found for found in places.values() if len(found) > 1]
    return {**plan, "shared": shared} if plan is not None and shared else plan


def build(plan: Any, parameters: int) -> Module:
    """The model that was `described`, with weights that are still to be set.

    Parameters
    ----------
    plan : mapping
        What was read from a file: anything.
    parameters : int
        How many parameters there are weights for; a plan for more is refused before anything is made.

    Raises
    ------
    ModelFileError
        If the plan is for no model of this package's kinds.
    """
    wanted = _count(plan, 0)
    if wanted != parameters:
        raise ModelFileError(f"the architecture has {wanted} parameters, the file holds {parameters}")
    shared = plan.get("shared", [])
    model = _build({key: value for key, value in plan.items() if key != "shared"})
    _share(model, shared)
    return model


def _share(model: Module, shared: Any) -> None:
    own = _parameters(model)
    lists = isinstance(shared, list) and all(isinstance(group, list) and group for group in shared)
    places = [place for group in shared for place in group] if lists else [None]
    if not all(type(place) is int and 0 <= place < len(own) for place in places) or len(set(places)) < len(places):
        raise ModelFileError(
            f"what is shared is lists of places, from 0 to {len(own) - 1}, each once; not {shown(shared, 60)}"
        )
    replace_parameters(model, {id(own[place]): own[group[0]] for group in shared for place in group})


def _parameters(model: Module) -> list[Any]:
    """The parameters in the order of the tensors; one that is shared stands there as often as it is used."""
    return [parameter for name, tensor in model.named_tensors() for parameter in elements(name, tensor)[1]]


def _kind(plan: Any) -> type[Module]:
    if not isinstance(plan, Mapping) or not isinstance(plan.get("kind"), str):
        raise ModelFileError(f"an architecture is an object with a 'kind', not {shown(plan, 60)}")
    if plan["kind"] not in KINDS:
        raise ModelFileError(
            f"{plan['kind'][:60]!r} is no kind of module known here; if it is your own, build the model and use "
            f"nn.load(path, into=model). Known: {', '.join(KINDS)}"
        )
    return KINDS[plan["kind"]]


def _build(plan: Any) -> Module:
    kind = _kind(plan)
    if kind is Sequential:
        return Sequential(*[_build(part) for part in plan["modules"]])
    options = {key: value for key, value in plan.items() if key != "kind"}
    try:
        # Drawing numbers that are replaced at once would be a waste.
        return kind(**options, init="zeros") if kind in (MLP, Layer, Linear, Neuron) else kind(**options)
    except (TypeError, ValueError) as error:
        raise ModelFileError(
            f"no {plan['kind']} can be built from {shown(options, 60)}: {printable(str(error)[:200])}"
        ) from None


def _count(plan: Any, depth: int) -> int:
    """How many parameters the plan asks for, found without building anything."""
    kind = _kind(plan)
    if depth > _DEEPEST:
        raise ModelFileError(f"the architecture is nested more than {_DEEPEST} deep")
    if kind is Sequential:
        parts = plan.get("modules")
        if not isinstance(parts, list):
            raise ModelFileError(f"the modules of a Sequential are a list, not {shown(parts, 60)}")
        return sum(_count(part, depth + 1) for part in parts)
    if kind is MLP:
        nouts = plan.get("nouts")
        if not isinstance(nouts, list) or not nouts:
            raise ModelFileError(f"the layers of an MLP are a list of sizes, not {shown(nouts, 60)}")
        sizes = [_size(size) for size in [plan.get("nin"), *nouts]]
        return sum((nin + 1) * nout for nin, nout in itertools.pairwise(sizes))
    if kind in (Layer, Linear):
        return (_size(plan.get("nin")) + 1) * _size(plan.get("nout"))
    return _size(plan.get("nin")) + 1 if kind in (Neuron, Perceptron) else 0


def _size(size: Any) -> int:
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise ModelFileError(f"the size of a layer is a whole number, at least 1; not {shown(size, 60)}")
    return size
