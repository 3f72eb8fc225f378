"""`Module`: something with parameters, found by name and in a fixed order.

A parameter is a leaf `Value`, standing in an attribute, or in lists, dicts and modules that stand in one.  Nothing has to
be registered: the attributes are the registry, as in micrograd.  One name serves everywhere: `layer1.neuron2.w3` is the
label in drawings and error messages, the key in `state_dict()` and the name in `named_parameters()`.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any, Self

from autograd_lite.engine.display import picture
from autograd_lite.engine.numbers import as_float
from autograd_lite.engine.value import Value
from autograd_lite.nn.modules.contents import Holder, contents, items, named
from autograd_lite.nn.modules.summary import Summary, summarize
from autograd_lite.terminal import printable


class Module(Holder):
    """Base of everything with parameters.  A subclass defines `forward(x)` (or `__call__`) and keeps Values as attributes.

    Attributes whose names begin with an underscore are private: they are not searched for parameters.

    Examples
    --------
    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offsets = Value(2.0), [Value(1.0), Value(3.0)]
    ...     def forward(self, x):
    ...         return [self.slope * x + offset for offset in self.offsets]
    >>> [name for name, _ in Line().named_parameters()]
    ['slope', 'offset1', 'offset2']
    >>> [y.data for y in Line()(5.0)]
    [11.0, 13.0]
    """

    #: Whether the module is being trained: `Dropout` drops then, and only then.
    training: bool = True

    def forward(self, x: Any) -> Any:
        """The output for the input `x`; subclasses define it.

        Raises
        ------
        NotImplementedError
            If the subclass did not.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say what it computes: define forward(self, x)")

    def __call__(self, x: Any) -> Any:
        """What `forward` gives."""
        return self.forward(x)

    # --- parameters --------------------------------------------------------------------------------------------------

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Each parameter with its name, in the order of the attributes; one that is used twice comes once.

        Raises
        ------
        ValueError
            If two parameters would have the same name.
        """
        found = contents(self).told_apart()
        return zip(found.names, found.parameters, strict=True)

    def parameters(self) -> list[Value]:
        """The parameters, in the order of `named_parameters`."""
        if getattr(self.named_parameters, "__func__", None) is Module.named_parameters:
            return contents(self).told_apart().parameters.copy()
        return [parameter for _, parameter in self.named_parameters()]

    def named_modules(self) -> Iterator[tuple[str, "Module"]]:
        """This module, under the empty name, and every module inside it."""
        return iter([("", self), *contents(self).modules])

    def modules(self) -> list["Module"]:
        """This module and every module inside it."""
        return [module for _, module in self.named_modules()]

    def named_tensors(self) -> Iterator[tuple[str, Any]]:
        """The parameters as saved files hold them: by name a Value, or a (nested) list of Values of one shape.

        A list of Values is one tensor; a `Layer` gives a matrix `weight` and a vector `bias`, as PyTorch's Linear does.
        """
        yield from _tensors(self, "")

    def label_parameters(self) -> None:
        """Give every parameter its name as its label, for drawings and messages."""
        for name, parameter in self.named_parameters():
            parameter.label = name

    def zero_grad(self) -> None:
        """Forget the gradient of every parameter."""
        for parameter in self.parameters():
            parameter.zero_grad()

    # --- modes -------------------------------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Self:
        """Switch this module, and all inside it, to training (or, with False, to use)."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Switch to use: `Dropout` lets everything through."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Let gradients flow to the parameters, or not."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def freeze(self) -> Self:
        """Take the parameters out of training: no gradient reaches them, optimizers leave them as they are.

        >>> from autograd_lite.nn import MLP
        >>> model = MLP(2, [3, 1], seed=0)
        >>> _ = model.layers[0].freeze()
        >>> model([1.0, 2.0]).backward()
        >>> [p.has_grad for p in model.layers[0].parameters()].count(True)
        0
        """
        self.zero_grad()
        return self.requires_grad_(False)

    def unfreeze(self) -> Self:
        """Undo `freeze`."""
        return self.requires_grad_(True)

    # --- state -------------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, float]:
        """The number of every parameter, by name."""
        return {name: float(parameter.data) for name, parameter in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Set every parameter from `state`; nothing changes unless all names and numbers fit.

        Raises
        ------
        ValueError
            If a name is missing or unknown.
        TypeError
            If what stands for a parameter is not a number.
        """
        if not isinstance(state, Mapping):
            raise TypeError(f"a state has a number for each name, as state_dict() gives them; not {state!r}")
        parameters = dict(self.named_parameters())
        wrong = misfit(parameters.keys(), state.keys())
        if wrong:
            raise ValueError(f"the state does not fit {type(self).__name__} of {len(parameters)} parameters{wrong}")
        numbers = {name: as_float(state[name]) for name in parameters}
        for name, parameter in parameters.items():
            parameter.data = numbers[name]

    def get_extra_state(self) -> Any:
        """What a checkpoint keeps of this module beside its parameters, as plain data; None for nothing."""
        return None

    def set_extra_state(self, state: Any) -> None:
        """Take back what `get_extra_state` gave."""

    def config(self) -> dict[str, Any] | None:
        """The arguments that build a module of the same architecture, as plain data; None if it does not say.

        `nn.load` builds models of this package's kinds from it, and loads others into a model that is given.
        """
        return None

    def _repr_svg_(self) -> str | None:
        """A fully connected network as units in layers, for notebooks; None (they show the text then) for other modules."""
        return picture("network", self)

    def summary(self) -> Summary:
        """Layers (the input layer is not counted), units and parameters; see `nn.Summary`."""
        return summarize(self)

    def _neurons(self) -> list[Any]:
        """The neurons of a module that is one layer of a network; none for every other module."""
        return []


def parameters_of(given: Module | Value | Iterable[Any]) -> list[Any]:
    """The parameters of a module, or those that are given: one, or several."""
    if isinstance(given, Module):
        return given.parameters()
    return [given] if isinstance(given, Value) else list(given)


def replace_parameters(model: Module, others: Mapping[int, Value]) -> None:
    """Put others in the place of the parameters of a model with these `id`s.

    >>> class Pair(Module):
    ...     def __init__(self):
    ...         self.a, self.rest = Value(1.0), [Value(2.0)]
    >>> pair = Pair()
    >>> replace_parameters(pair, {id(pair.rest[0]): pair.a}); len(pair.parameters())
    1
    """

    def replaced(thing: Any) -> Any:
        if isinstance(thing, list | tuple):
            return type(thing)(map(replaced, thing))
        if isinstance(thing, dict):
            return {key: replaced(member) for key, member in thing.items()}
        return others.get(id(thing), thing)

    for module in model.modules():
        vars(module).update({name: replaced(member) for name, member in vars(module).items()})


def misfit(own: Set[str], given: Set[str]) -> str:
    """Which names are missing among those given, and which unknown, at most five of each; nothing if they fit.

    >>> misfit({"w", "b"}, {"w", "bias"})
    '; missing: b; unknown: bias'
    """
    text = ""
    for title, names in (("missing", own - given), ("unknown", given - own)):
        if names:
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            text += f"; {title}: {', '.join(printable(name[:60]) for name in sorted(names)[:5])}{more}"
    return text


def _is_leaf(thing: Any) -> bool:
    return isinstance(thing, Value) and thing.is_leaf


def _tensors(thing: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every leaf in `thing` and, as one tensor, every list of leaves; a module inside may have tensors of its own."""
    if _is_leaf(thing):
        yield name, thing
    elif isinstance(thing, Module) and name and type(thing).named_tensors is not Module.named_tensors:
        yield from ((f"{name}.{key}", tensor) for key, tensor in thing.named_tensors())
    elif isinstance(thing, list | tuple) and thing and all(map(_is_leaf, thing)):
        yield name, list(thing)
    else:
        for key, member in named(thing, name, items(thing)):
            yield from _tensors(member, key)
