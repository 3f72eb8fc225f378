"""`Optimizer`: parameter groups, state and the loop; what an optimizer does to one parameter is one method.

Names and arguments are PyTorch's, and so are the steps, to the last digits.  A subclass says what its options are by
default (`__init__`) and how one parameter moves (`update`): a formula, in plain floats.
"""

import math
from collections.abc import Callable, ItemsView, Iterable, KeysView, Mapping, Set
from itertools import chain, repeat
from numbers import Real
from typing import Any, ClassVar

import autograd_lite
from autograd_lite.engine.modes import enable_grad, recording
from autograd_lite.engine.passes import saved_grads
from autograd_lite.engine.value import LEAF, Value
from autograd_lite.nn.arguments import NOT_NEGATIVE, Range, check_count, state_of
from autograd_lite.nn.modules.module import Module, parameters_of
from autograd_lite.terminal import printable

#: What optimizers are given: a model, its parameters (with their names or without), or groups with options of their own.
Params = Module | Iterable[Value] | Iterable[tuple[str, Value]] | Iterable[Mapping[str, Any]]


class Optimizer:
    """Base of all optimizers.

    Parameters
    ----------
    params : Module, iterable of Value, or list of groups
    defaults : dict
        The options, "lr" first among them, and what they are where a group does not say.

    Attributes
    ----------
    param_groups : list of dict
        Each has "params", a list of Values, and the options they are moved with, "lr" first among them.
    state : list of dict
        For each parameter, in order, what the optimizer remembers of it.
    """

    #: Whether `step` must be given a function that computes the loss anew.
    needs_closure = False
    #: What the options accept that are numbers.
    ranges: ClassVar[Mapping[str, Range]] = {"lr": NOT_NEGATIVE, "weight_decay": NOT_NEGATIVE}
    #: The option that a schedule may change from step to step beside the rate, as `OneCycleLR` does with the momentum.
    cycled: ClassVar[str | None] = None

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        #: What is remembered in columns, a number for each parameter, or one for all, until somebody asks for `state`.
        self.columns: dict[str, Any] = {}
        self._held = False  # whether somebody has `state`, and may look at it and write into it at any time
        self.param_groups: list[dict[str, Any]] = []
        self.state = []
        if not isinstance(params, Iterable | Module):
            raise TypeError(
                f"an optimizer is made of a model or its parameters, as in SGD(model, lr=0.1); not of {params!r}"
            )
        groups = _in_order(params)
        if not groups:
            raise ValueError("there are no parameters to optimize: give a model, or model.parameters()")
        if isinstance(groups[0], Mapping):
            for group in groups:
                self.add_param_group(group)
        else:
            self.add_param_group({"params": groups})

    def check(self, options: Mapping[str, Any]) -> None:
        """Refuse options that make no sense: numbers that are not in `ranges`; subclasses extend it.

        Raises
        ------
        ValueError
            Saying which, and what is accepted.
        TypeError
            If what should be a number is none.
        """
        for name, accepted in self.ranges.items():
            if name in options:
                given = options[name]
                climbs = name == "lr" and "maximize" in self.defaults and isinstance(given, int | float) and given < 0.0
                accepted.check(name, given, "maximize=True climbs" if climbs else "")

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Add parameters with options of their own.

        Parameters
        ----------
        group : dict
            "params", and any of the optimizer's options; the others are as for the optimizer.

        Raises
        ------
        ValueError
            If an option is unknown or senseless, or a parameter is optimized already.
        TypeError
            If something in "params" is not a leaf Value, or "params" is a set.

        Examples
        --------
        >>> from autograd_lite import Value
        >>> from autograd_lite.nn.optim import SGD
        >>> slow, fast = Value(1.0), Value(1.0)
        >>> descent = SGD([{"params": [slow], "lr": 0.01}, {"params": [fast]}], lr=0.1)
        >>> [group["lr"] for group in descent.param_groups]
        [0.01, 0.1]
        """
        unknown = group.keys() - self.defaults.keys() - {"params"}
        if "params" not in group or unknown:
            raise ValueError(
                f"a parameter group has 'params' and options of {type(self).__name__} ({', '.join(self.defaults)}); "
                f"not {printable(', '.join(sorted(unknown))) or 'without params'}"
            )
        params = _in_order(group["params"])
        if not all(one.__class__ is Value and one._rule is LEAF for one in params):
            params = [_parameter(one) for one in params]
        known = {id(p) for old in self.param_groups for p in old["params"]}
        if len({*map(id, params), *known}) < len(params) + len(known):
            raise ValueError("a parameter is given twice: it would be moved twice in each step")
        options = {**self.defaults, **{key: value for key, value in group.items() if key != "params"}}
        options = {key: _plain(value) for key, value in options.items()}
        self.check(options)
        self.param_groups.append({"params": params, **options})

    def remembered(self) -> list[dict[str, Any]]:
        """As `state`, for who does not keep it."""
        count = sum(len(group["params"]) for group in self.param_groups)
        self._state += [{} for _ in range(count - len(self._state))]
        for key, column in self.columns.items():
            for state, one in zip(self._state, repeat(column) if isinstance(column, int) else column, strict=False):
                state[key] = one
        self.columns.clear()
        return self._state

    @property
    def state(self) -> list[dict[str, Any]]:
        """For each parameter, in order, what the optimizer remembers of it."""
        self._held = True
        return self.remembered()

    @state.setter
    def state(self, state: list[dict[str, Any]]) -> None:
        self._state = state
        self.columns.clear()

    def remember(self, columns: Mapping[str, Any]) -> None:
        """Take what is remembered in columns."""
        self.columns.update(columns)
        if self._held:
            self.remembered()

    @property
    def is_fresh(self) -> bool:
        """Whether it remembers nothing of any parameter."""
        return not self.columns and not any(self._state)

    @property
    def lr(self) -> float:
        """The learning rate of the first group."""
        return float(self.param_groups[0]["lr"])

    @property
    def params(self) -> list[Value]:
        """The parameters of all groups."""
        return [*chain.from_iterable(group["params"] for group in self.param_groups)]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradient of every parameter (with False: set it to a computed 0, which still counts as a gradient)."""
        for parameter in self.params:
            parameter.zero_grad()
            if not set_to_none:
                parameter.grad = 0.0

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient and is not frozen.

        Parameters
        ----------
        closure : callable, optional
            Computes the loss and its gradients first: zero_grad, forward, backward, return the loss; it records even where
            `step` is called inside `no_grad`.

        Returns
        -------
        What `closure` returned, or None.
        """
        loss = None if closure is None else evaluated(closure)
        k, states = 0, self.remembered()
        for group in self.param_groups:
            sign = -1.0 if group.get("maximize") else 1.0
            # All gradients at once: asked one by one they take a twentieth of a small step.
            for parameter, grad in zip(group["params"], saved_grads(group["params"]), strict=True):
                if grad is not None and parameter.requires_grad:
                    parameter.data = self.update(parameter.data, sign * grad, states[k], group)
                k += 1
        return loss

    def update(self, data: float, grad: float, state: dict[str, Any], group: Mapping[str, Any]) -> float:
        """The new number of one parameter; `state` is what is remembered of it, empty before its first step."""
        if group.get("weight_decay"):
            grad += group["weight_decay"] * data
        return data - self.displacement(grad, state, group)

    def displacement(self, grad: float, state: dict[str, Any], group: Mapping[str, Any]) -> float:
        """What is subtracted from a parameter, for a gradient that has the weight decay in it."""
        raise NotImplementedError(
            f"{type(self).__name__} does not say how a parameter moves: define displacement() or update()"
        )

    # --- saving ------------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """What has to be kept to go on as if never interrupted, as plain data (JSON will do).

        Examples
        --------
        >>> from autograd_lite import Value
        >>> from autograd_lite.nn.optim import SGD
        >>> x = Value(1.0); descent = SGD([x], lr=0.5, momentum=0.9)
        >>> (x * x).backward(); descent.step()
        >>> descent.state_dict()["state"]
        [{'momentum_buffer': 2.0}]
        """
        place = {id(parameter): k for k, parameter in enumerate(self.params)}
        return {
            "optimizer": type(self).__name__,
            "state": [dict(state) for state in self.remembered()],
            "param_groups": [
                {**group, "params": [place[id(parameter)] for parameter in group["params"]]} for group in self.param_groups
            ],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take back what `state_dict` gave; nothing changes unless it fits.

        Raises
        ------
        ValueError
            If it is of another optimizer or of other parameters.
        """
        with state_of(self):
            options, memories = self._read(state)
        for new, group in zip(options, self.param_groups, strict=True):
            group.update(new)
        self.state = memories

    def _needed(self, group: Mapping[str, Any]) -> Set[str]:
        """What is remembered of a parameter after its first step, whatever was switched on later: the names a state has to have.

        Nothing is known of an optimizer of somebody's own.
        """
        if not type(self).__module__.startswith(f"{__package__}."):
            return set()
        state: dict[str, Any] = {}
        self.update(0.0, 1.0, state, {**group, "momentum": 0.0, "amsgrad": False, "centered": False})
        return state.keys()

    def _read(self, state: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The options of each group and what is remembered of each parameter, all of it fit to go on from."""
        if not isinstance(state, Mapping) or not {"optimizer", "state", "param_groups"} <= state.keys():
            raise ValueError("this is not the state of an optimizer: it needs 'optimizer', 'state' and 'param_groups'")
        if state["optimizer"] != type(self).__name__:
            raise ValueError(f"this is the state of {state['optimizer']!r}, not of {type(self).__name__}")
        sizes = [len(group["params"]) for group in state["param_groups"]]
        own = [len(group["params"]) for group in self.param_groups]
        if sizes != own or len(state["state"]) != sum(own):
            raise ValueError(f"the state is of groups of {sizes} parameters, this optimizer has groups of {own}")
        options = [
            _tuples({key: value for key, value in group.items() if key != "params"}) for group in state["param_groups"]
        ]
        for new, group in zip(options, self.param_groups, strict=True):
            if new.keys() - group.keys() - {"initial_lr"}:
                raise ValueError(
                    f"{type(self).__name__} has no option {printable(', '.join(sorted(new.keys() - group.keys())))}"
                )
            self.check({**group, **new})
            NOT_NEGATIVE.check_all(initial_lr=new.get("initial_lr", 0.0))
            for name in new.keys() & group.keys():
                if isinstance(new[name], bool) != isinstance(group[name], bool):
                    raise ValueError(f"{name} is one of True and False, or a number, as it was; not {new[name]!r}")
        known = [self._needed({**group, **new}) for new, group in zip(options, self.param_groups, strict=True)]
        for one, needed in zip(state["state"], chain.from_iterable(map(repeat, known, own)), strict=True):
            if not isinstance(one, Mapping) or (needed and not all(map(_numeric, one.values()))):
                raise ValueError("the state of a parameter is an object of numbers, none of them nan")
            if one and needed - one.keys():
                raise ValueError(
                    f"the state of a parameter has {', '.join(needed)}; it has no {', '.join(needed - one.keys())}"
                )
            if needed:
                check_count("the step of a parameter that remembers any", one.get("step", 1))
        return options, [dict(one) for one in state["state"]]

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} of {len(self.params)} parameters"]
        for k, group in enumerate(self.param_groups):
            options = ", ".join(f"{key}={value!r}" for key, value in group.items() if key != "params")
            lines.append(f"  group {k} ({len(group['params'])}): {options}")
        return "\n".join(lines)


def options_of(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The options among the `locals()` of a constructor: so each stands in its signature, with its default, and nowhere else."""
    return _tuples({name: value for name, value in arguments.items() if name not in ("self", "params", "__class__")})


def evaluated(closure: Callable[[], Any]) -> Any:
    """What the closure of a step returns; inside `no_grad` it would compute no gradients, so there it records all the same."""
    if recording.get():
        return closure()
    with enable_grad():
        return closure()


def root(x: Any) -> Any:
    """The square root of a float; of a Value, where an update is being recorded to be compiled."""
    return math.sqrt(x) if x.__class__ is float else x.sqrt()


def larger(x: Any, y: Any) -> Any:
    """The larger of two floats, or of Values; nan if `y` is nan."""
    if x.__class__ is y.__class__ is float:
        return x if y < x else y
    return autograd_lite.maximum(x, y)


def _in_order(given: Params) -> list[Any]:
    """Parameters or groups as a list: the state of an optimizer knows its parameters by their places."""
    if isinstance(given, Set) and not isinstance(given, KeysView | ItemsView):
        raise TypeError(
            f"an optimizer takes its parameters in an order, which a {type(given).__name__} has not: a saved state would be "
            "loaded into other places; give a list, such as model.parameters()"
        )
    return parameters_of(given)


def _parameter(given: Any) -> Value:
    parameter = given[1] if isinstance(given, tuple) else given
    if not isinstance(parameter, Value):
        raise TypeError(f"an optimizer moves Values, not {type(parameter).__name__} {parameter!r}")
    if not parameter.is_leaf:
        raise TypeError(
            f"an optimizer moves leaves, and this is the result of {parameter.op}: give what it was computed from"
        )
    return parameter


def _numeric(thing: Any) -> bool:
    """Whether it is a plain number, and not nan; sums of squares may be beyond floats."""
    return isinstance(thing, Real) and not isinstance(thing, bool) and thing == thing


def _plain(option: Any) -> Any:
    """An option as a plain number, where it is one of NumPy's."""
    if isinstance(option, tuple):
        return tuple(map(_plain, option))
    return option.item() if hasattr(option, "dtype") and getattr(option, "shape", None) == () else option


def _tuples(options: dict[str, Any]) -> dict[str, Any]:
    """JSON knows no tuples; options such as `betas` are."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
