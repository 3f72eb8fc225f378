"""L-BFGS: Newton's direction, estimated from the last few steps; for full batches (Nocedal 1980; Liu and Nocedal 1989)."""

import math
from collections.abc import Callable, Mapping, Set
from functools import partial
from typing import Any, ClassVar

from autograd_lite.nn.arguments import NOT_NEGATIVE, Range, check_count, is_finite
from autograd_lite.nn.optim.line_search import Point, dot, strong_wolfe
from autograd_lite.nn.optim.optimizer import Optimizer, Params, evaluated, options_of
from autograd_lite.terminal import clean


class LBFGS(Optimizer):
    """Limited-memory BFGS; one `step` is up to `max_iter` iterations, each with its own evaluations of the closure.

    It assumes that the loss is the same function in every evaluation: full batches, no dropout.

    Parameters
    ----------
    params : Module or iterable of Value
        One group only.
    lr : float, default 1.0
        The length of a step along the direction, or where the line search begins.
    max_iter : int, default 20
        Iterations in a step.
    max_eval : int, optional
        Evaluations in a step; max_iter * 5 // 4 if left out.  A line search that has begun tries one place at least.
    tolerance_grad : float, default 1e-7
        Stop the step when no partial derivative is larger.
    tolerance_change : float, default 1e-9
        Stop the step when neither parameters nor loss change by more.
    history_size : int, default 100
        How many earlier iterations the direction is estimated from.
    line_search_fn : "strong_wolfe", optional

    Examples
    --------
    >>> from autograd_lite import Value
    >>> x, y = Value(-1.0), Value(2.0)
    >>> descent = LBFGS([x, y], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     descent.zero_grad()
    ...     loss = (1 - x) ** 2 + 100 * (y - x * x) ** 2  # Rosenbrock's valley
    ...     loss.backward()
    ...     return loss
    >>> for _ in range(4):
    ...     loss = descent.step(closure)
    >>> round(x.data, 4), round(y.data, 4)
    (1.0, 1.0)
    """

    needs_closure = True
    ranges: ClassVar[Mapping[str, Range]] = {
        **Optimizer.ranges,
        "tolerance_grad": NOT_NEGATIVE,
        "tolerance_change": NOT_NEGATIVE,
    }

    def __init__(
        self,
        params: Params,
        lr: float = 1.0,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        max_eval = check_count("max_iter", max_iter) * 5 // 4 if max_eval is None else max_eval
        super().__init__(params, options_of(locals()))

    def check(self, options: Mapping[str, Any]) -> None:
        """See `Optimizer.check`."""
        super().check(options)
        if options["line_search_fn"] not in (None, "strong_wolfe"):
            raise ValueError(f'line_search_fn is None or "strong_wolfe", not {options["line_search_fn"]!r}')
        for name in ("max_iter", "max_eval", "history_size"):
            check_count(name, options[name])

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """See `Optimizer.add_param_group`; here there is one group only."""
        if self.param_groups:
            raise ValueError("L-BFGS has one direction for all parameters, so it takes one group only")
        super().add_param_group(group)

    def _needed(self, group: Mapping[str, Any]) -> Set[str]:
        """See `Optimizer._needed`; the first parameter remembers for all, which `_read` looks at."""
        return set()

    def _read(self, state: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        options, memories = super()._read(state)
        count, (first, *others) = len(self.params), memories
        if any(others):
            raise ValueError("L-BFGS remembers one thing for all parameters, with the first of them")
        if first:
            check_count("n_iter", first["n_iter"])
            turns, moves = first["old_dirs"], first["old_stps"]
            vectors = [first["prev_flat_grad"], first["d"], *turns, *moves]
            if any(len(vector) != count or not all(map(is_finite, vector)) for vector in vectors) or len(turns) != len(
                moves
            ):
                raise ValueError(f"the state of L-BFGS is of vectors of {count} numbers, one for each parameter")
            Range(-math.inf).check_all(t=first["t"], H_diag=first["H_diag"])
            if not all(dot(turn, move) for turn, move in zip(turns, moves, strict=True)):
                raise ValueError("the state of L-BFGS has a pair of vectors without curvature")
        return options, memories

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Up to `max_iter` iterations.

        Parameters
        ----------
        closure : callable
            Computes the loss and its gradients anew: zero_grad, forward, backward, return the loss.

        Returns
        -------
        The loss before the step.

        Raises
        ------
        TypeError
            If there is no closure.
        FloatingPointError
            If the loss or a gradient is nan or infinite where the step begins or arrives; no parameter has moved then.
        """
        if closure is None:
            raise TypeError("L-BFGS evaluates the loss several times in a step: optimizer.step(closure)")
        start = [parameter.data for parameter in self.params]
        try:
            return self._iterate(partial(evaluated, closure))
        except BaseException:
            self._set(start)
            raise

    def _iterate(self, closure: Callable[[], Any]) -> Any:
        options, memory = self.param_groups[0], self.remembered()[0]
        first = closure()
        loss, grad = self._finite(float(first))
        if _largest(grad) <= options["tolerance_grad"]:
            return first
        evaluations = 1
        for iteration in range(1, options["max_iter"] + 1):
            direction = self._direction(grad, memory)
            slope, length = dot(grad, direction), options["lr"]
            if memory["n_iter"] == 1:
                length *= min(1.0, 1.0 / sum(map(abs, grad)))
            memory.update(prev_flat_grad=grad, d=direction, t=length)
            if not math.isfinite(slope):
                raise FloatingPointError(f"L-BFGS cannot go on: the gradient times the direction is {slope}; scale the loss")
            if slope > -options["tolerance_change"]:
                break
            before, here = loss, [parameter.data for parameter in self.params]
            searches = options["line_search_fn"] is not None
            if searches:
                point = partial(self._point, closure, here, direction)
                left = options["max_eval"] - evaluations
                found, spent = strong_wolfe(point, Point(0.0, loss, grad, slope), length, _largest(direction), left)
                loss, grad, length = found.value, found.grad, found.t
                memory["t"] = length
                evaluations += spent
            self._move(here, direction, length)
            if not searches and iteration < options["max_iter"]:
                loss, grad = self._finite(float(closure()))
                evaluations += 1
            if (
                evaluations >= options["max_eval"]
                or _largest(grad) <= options["tolerance_grad"]
                or length * _largest(direction) <= options["tolerance_change"]
                or abs(loss - before) < options["tolerance_change"]
            ):
                break
        return first

    def _direction(self, grad: list[float], memory: dict[str, Any]) -> list[float]:
        """The two-loop recursion: minus the gradient times the estimate of the inverse Hessian."""
        memory["n_iter"] = memory.get("n_iter", 0) + 1
        if memory["n_iter"] == 1:
            memory.update(old_dirs=[], old_stps=[], H_diag=1.0)
            return [-g for g in grad]
        turns = [g - old for g, old in zip(grad, memory["prev_flat_grad"], strict=True)]
        move = [d * memory["t"] for d in memory["d"]]
        curvature = dot(turns, move)
        if curvature > 1e-10:
            keep = self.param_groups[0]["history_size"] - 1
            memory["old_dirs"] = [*memory["old_dirs"][-keep:], turns] if keep else [turns]
            memory["old_stps"] = [*memory["old_stps"][-keep:], move] if keep else [move]
            memory["H_diag"] = curvature / dot(turns, turns)
        pairs = list(zip(memory["old_dirs"], memory["old_stps"], strict=True))
        direction = [-g for g in grad]
        shares = []
        for turn, step in reversed(pairs):
            share = dot(step, direction) / dot(turn, step)
            shares.append(share)
            direction = [q - share * y for q, y in zip(direction, turn, strict=True)]
        direction = [q * memory["H_diag"] for q in direction]
        for (turn, step), share in zip(pairs, reversed(shares), strict=True):
            back = dot(turn, direction) / dot(turn, step)
            direction = [r + (share - back) * s for r, s in zip(direction, step, strict=True)]
        return direction

    def _point(self, closure: Callable[[], Any], here: list[float], direction: list[float], t: float) -> Point:
        """The point that lies `t` times the direction from `here`."""
        self._move(here, direction, t)
        value, grad = float(closure()), self._grad()
        return Point(t, value, grad, dot(grad, direction))

    def _move(self, here: list[float], direction: list[float], t: float) -> None:
        self._set([x + t * d for x, d in zip(here, direction, strict=True)])

    def _finite(self, loss: float) -> tuple[float, list[float]]:
        """The loss and the gradient; nothing that follows would notice that one of them is nan."""
        grad = self._grad()
        if not math.isfinite(loss):
            raise FloatingPointError(f"L-BFGS cannot go on: the loss is {loss}")
        for k, (parameter, slope) in enumerate(zip(self.params, grad, strict=True)):
            if not math.isfinite(slope):
                name = clean(parameter.label) or f"parameter {k}"
                raise FloatingPointError(f"L-BFGS cannot go on: the gradient of {name} is {slope}")
        return loss, grad

    def _grad(self) -> list[float]:
        return [float(parameter.grad) if parameter.requires_grad else 0.0 for parameter in self.params]

    def _set(self, numbers: list[float]) -> None:
        for parameter, number in zip(self.params, numbers, strict=True):
            parameter.data = number


def _largest(vector: list[float]) -> float:
    return max(map(abs, vector), default=math.nan)
