"""`Module`: something with parameters, by name and in a fixed order."""

from collections.abc import Iterator, Mapping
from typing import Any

from autograd_lite import Value


class Module:
    """Base of everything with parameters.  A parameter is a leaf `Value` in an attribute, or in lists and modules there.

    Examples
    --------
    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...     def __call__(self, x):
    ...         return self.slope * x + self.offset
    >>> [name for name, _ in Line().named_parameters()]
    ['slope', 'offset']
    """

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Value]]:
        """Each parameter with its name, in the order of the attributes; one that is used twice comes once."""
        seen: set[int] = set()
        for name, parameter in _named(self, prefix):
            if id(parameter) not in seen:
                seen.add(id(parameter))
                yield name, parameter

    def parameters(self) -> list[Value]:
        """The parameters, in the order of `named_parameters`."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        """Forget the gradient of every parameter."""
        for parameter in self.parameters():
            parameter.zero_grad()

    def state_dict(self) -> dict[str, float]:
        """The number of every parameter, by name."""
        return {name: float(parameter.data) for name, parameter in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Set every parameter from `state`; nothing changes unless all names and numbers fit.

        Raises
        ------
        ValueError
            If a name is missing or unknown, or a number is not one.
        """
        parameters = dict(self.named_parameters())
        missing, unknown = parameters.keys() - state.keys(), state.keys() - parameters.keys()
        if missing or unknown:
            raise ValueError(
                "the state does not fit this model: "
                f"missing {sorted(missing) or 'nothing'}, unknown {sorted(unknown) or 'nothing'}"
            )
        numbers = {name: Value(state[name]).data for name in parameters}
        for name, parameter in parameters.items():
            parameter.data = numbers[name]


def _named(thing: Any, prefix: str) -> Iterator[tuple[str, Value]]:
    if isinstance(thing, Value):
        if thing.is_leaf:
            yield prefix, thing
    elif isinstance(thing, Module):
        for name, member in vars(thing).items():
            yield from _named(member, f"{prefix}.{name}" if prefix else name)
    elif isinstance(thing, list | tuple):
        for k, member in enumerate(thing):
            yield from _named(member, f"{prefix}.{k}" if prefix else str(k))
