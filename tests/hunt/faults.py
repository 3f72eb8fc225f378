"""Known mistakes, to be put back one at a time: the hunt that does not find one of them is no hunt.

Each is a kind of text that finds it, and what is put into the package in place of what is there.  A place is named as
"module:attribute.attribute" below the package, so that a place that is no more is an error here, and not a fault that was not put in.
"""

import dataclasses
import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

import autograd_lite as al
from autograd_lite import Value
from autograd_lite.engine.errors import DomainError
from autograd_lite.engine.value import compiled
from autograd_lite.rules import RULES
from autograd_lite.rules.evaluate import compile_forward, compile_rule
from autograd_lite.rules.floats import INTRINSICS


class Fault(NamedTuple):
    """A mistake: what finds it, and a context in which the package has it."""

    kind: str
    put: Callable[[], Any]


@contextmanager
def put(place: str, make: Callable[[Any], Any]) -> Iterator[None]:
    """The package with something else at a place: `make` is given what is there."""
    module, _, path = place.partition(":")
    *outer, name = path.split(".")
    owner = importlib.import_module(f"autograd_lite.{module}")
    for step in outer:
        owner = getattr(owner, step)
    honest = vars(owner)[name]
    setattr(owner, name, make(honest))
    try:
        yield
    finally:
        setattr(owner, name, honest)


@contextmanager
def everywhere(place: str, make: Callable[[Any], Any]) -> Iterator[None]:
    """A function replaced in every module that has it, as `from ... import` copies it."""
    module, _, name = place.partition(":")
    honest = getattr(importlib.import_module(f"autograd_lite.{module}"), name)
    wrong = make(honest)
    owners = [
        one for key, one in list(sys.modules.items()) if key.startswith("autograd_lite") and vars(one).get(name) is honest
    ]
    for owner in owners:
        setattr(owner, name, wrong)
    try:
        yield
    finally:
        for owner in owners:
            setattr(owner, name, honest)


@contextmanager
def row(name: str, **texts: Any) -> Iterator[None]:
    """The table with another row."""
    honest = RULES[name]
    RULES[name] = dataclasses.replace(honest, **texts)
    compiled.cache_clear()
    try:
        yield
    finally:
        RULES[name] = honest
        compiled.cache_clear()


@contextmanager
def deaf_max() -> Iterator[None]:
    """Texts that know Python's `max`, which loses a nan that is not the first."""
    honest = INTRINSICS["max"]
    INTRINSICS["max"] = max
    for cache in (compiled, compile_rule, compile_forward):
        cache.cache_clear()
    try:
        yield
    finally:
        INTRINSICS["max"] = honest
        for cache in (compiled, compile_rule, compile_forward):
            cache.cache_clear()


# --- what is put there -----------------------------------------------------------------------------------------------


def _first_state(honest: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A watch that looks once."""

    def state(self: Any) -> Any:
        if "first" not in vars(self):
            self.first = honest(self)
        return self.first

    return state


def _nothing(honest: Any) -> Callable[..., None]:
    return lambda *given: None


def _with_one(honest: Callable[..., None]) -> Callable[..., None]:
    """The backward rule is asked once, with 1, and what it gives is multiplied."""

    def defvjp(self: Any, forward: Any, backward: Any, **facts: Any) -> None:
        honest(self, forward, lambda rest, g: tuple(g * one for one in backward(rest, 1.0)), **facts)

    return defvjp


def _dense(honest: Callable[..., Any]) -> Callable[..., Any]:
    """A zero tangent is a number like others."""

    def forward(self: Any, tangents: Any) -> list[Any]:
        moved: dict[Any, Any] = dict(zip(self.inputs, tangents, strict=True))
        for node in self.order:
            steps = [
                moved[x] * slope
                for x, slope in zip(node.args, node.arg_grads, strict=True)
                if slope is not None and x in moved
            ]
            moved[node] = sum(steps, 0.0)
        return [moved.get(one, 0.0) if isinstance(one, Value) else 0.0 for one in self.results]

    return forward


def _from_the_start(honest: Callable[..., Any]) -> Callable[..., Any]:
    """A schedule sets the rate, whoever else has moved it."""
    return lambda self, lr, base, epoch: self.rate(base, epoch)


def _bent_huber(honest: Callable[..., Any]) -> Callable[..., Any]:
    def huber(prediction: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
        distance = al.abs(prediction - target)
        near = al.clamp(distance, 0.0, delta)
        return near * (distance - 0.5 * near)

    return huber


def _deaf_clip(honest: Callable[..., Any]) -> Callable[..., Any]:
    def clip(parameters: Any, clip_value: float) -> None:
        for one in parameters:
            one.grad = max(-clip_value, min(clip_value, one.grad))

    return clip


def _not_of_sums(honest: Callable[..., None]) -> Callable[..., None]:
    """A compiled training that does not know the plain ValueError of a sum of infinities."""

    def made(self: Any, *given: Any) -> None:
        honest(self, *given)
        self._broken = tuple(DomainError if kind is ValueError else kind for kind in self._broken)

    return made


#: By the number of the kind of mistake; what comes after is which of that kind.
FAULTS: dict[str, Fault] = {
    "1 stale state": Fault("stale", lambda: put("compiler.watch:Watch.state", _first_state)),
    "1 stale training": Fault("engines", lambda: put("compiler.watch:Watch.state", _first_state)),
    "1 caught exception": Fault("caught", lambda: put("compiler.tracer:Session.raised", _nothing)),
    "1 lost check": Fault("dead", lambda: put("compiler.tracer:may_raise", _nothing)),
    "2 tie of logaddexp": Fault(
        "orders",
        lambda: row("logaddexp", partials=("sigmoid(x - y) if x != y else 0.5", "sigmoid(y - x) if x != y else 0.5")),
    ),
    "2 flat Huber": Fault("losses", lambda: put("nn:huber", _bent_huber)),
    "3 Python's max": Fault("nans", deaf_max),
    "3 clipped nan": Fault("nans", lambda: put("nn.optim:clip_grad_value_", _deaf_clip)),
    "4 zero tangents": Fault("modes", lambda: put("transforms.trace:Sweep.forward", _dense)),
    "5 cotangent of 1": Fault("rules", lambda: put("extend:custom_vjp.defvjp", _with_one)),
    "6 schedules that overwrite": Fault("peers", lambda: put("nn.optim.lr_scheduler:LRScheduler.moved", _from_the_start)),
    "7 cancellation": Fault("orders", lambda: row("asin", partials=("1.0 / sqrt((1.0 - x) * (1.0 + x))",))),
    "8 threads": Fault("threads", lambda: put("engine.modes:writing", lambda lock: nullcontext())),
    "9 raw names": Fault(
        "names", lambda: everywhere("terminal:printable", lambda honest: lambda text, *rest, **options: text)
    ),
    "10 samples of different structure": Fault("structure", lambda: put("compiler.batch:_Plan.check", _nothing)),
    "10 bare errors of sums": Fault("diverging", lambda: put("nn.training.compiled:CompiledEngine.__init__", _not_of_sums)),
}
