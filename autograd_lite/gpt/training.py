"""Teaching a `GPT` words: eager, or as one compiled program over padded words.  Both take the same steps."""

import logging
import math
import random
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.compiler import CompiledStep, CompileError, TraceError, compile_step
from autograd_lite.engine.errors import DomainError
from autograd_lite.gpt.model import GPT
from autograd_lite.nn.arguments import POSITIVE, check_count
from autograd_lite.nn.optim import Adam
from autograd_lite.nn.optim.optimizer import evaluated
from autograd_lite.nn.training.engines import ENGINES
from autograd_lite.nn.training.errors import TrainingError

_log = logging.getLogger("autograd_lite")

#: How slowly Adam's averages forget; shorter memories than usual, since a run is a few thousand steps.
BETAS = (0.85, 0.99)
EPS = 1e-8
#: Steps a compiled program takes between two reports: each begins with a look at what may have changed, as long as many steps take.
CHUNK = {"python": 25, "llvm": 200}


def train(
    model: GPT,
    words: Sequence[Sequence[int]],
    *,
    steps: int = 1000,
    batch_size: int = 1,
    lr: float = 0.01,
    seed: int = 0,
    engine: str = "auto",
    callback: Callable[[int, float], Any] | None = None,
) -> list[float]:
    """Train by Adam, with a learning rate that falls to 0 in a straight line.

    Parameters
    ----------
    model : GPT
        Its parameters are changed in place.
    words : sequence of sequences of int
        Tokens with an edge at both ends, at most `model.context + 1` of them.
    steps : int, default 1000
    batch_size : int, default 1
        Words a step.
    lr : float, default 0.01
        At the first step.
    seed : int, default 0
        Of the order of the words.
    engine : {"auto", "eager", "python", "llvm"}, default "auto"
        `"auto"` compiles, for the machine where llvmlite is installed and to Python source otherwise.
    callback : callable, optional
        `callback(steps done, loss)`: after each step when eager, after every 25 when compiled to Python source, 200 to machine code.

    Returns
    -------
    list of float
        The loss of each step's words before the step, in nats a token.

    Raises
    ------
    ValueError
        If an argument is out of range, or a word is too long.
    TrainingError
        If the loss becomes nan or infinite; the model is as it was before the training then.

    Examples
    --------
    >>> words = [[0, 1, 2, 0], [0, 2, 1, 0]]
    >>> losses = train(GPT(3, width=4, heads=2, context=4), words, steps=60, batch_size=2, lr=0.05, engine="python")
    >>> losses[0] > 1.0 > 0.6 > losses[-1]
    True
    """
    if engine not in ENGINES:
        raise ValueError(f"engine is one of {', '.join(ENGINES)}; not {engine!r}")
    check_count("steps", steps)
    check_count("batch_size", batch_size)
    POSITIVE.check("lr", lr)
    if not words:
        raise ValueError("there are no words to learn")
    for word in words:
        model.pad(word)  # says so if it is too long
    batches = _batches(len(words), steps, batch_size, random.Random(seed))
    rates = [lr * (1.0 - step / steps) for step in range(steps)]
    before = [(one, one.data) for one in model.parameters()]
    try:
        if engine != "eager":
            try:
                return _compiled(model, words, batches, rates, engine, callback)
            except (CompileError, TraceError) as error:
                if engine != "auto":
                    raise
                _log.warning("training eager, since compiling failed: %s", error)
        return evaluated(lambda: _eager(model, words, batches, rates, callback))  # type: ignore[no-any-return]
    except TrainingError:
        for parameter, number in before:
            parameter.data = number
        raise


def _batches(count: int, steps: int, size: int, rng: random.Random) -> list[list[int]]:
    """For each step the words it sees: all of them in a random order, then again in another."""
    order: list[int] = []
    while len(order) < steps * size:
        order += rng.sample(range(count), count)
    return [order[at : at + size] for at in range(0, steps * size, size)]


def _eager(
    model: GPT, words: Sequence[Sequence[int]], batches: list[list[int]], rates: list[float], callback: Any
) -> list[float]:
    optimizer, parameters = Adam(model, betas=BETAS, eps=EPS), model.parameters()
    losses: list[float] = []
    for step, (batch, rate) in enumerate(zip(batches, rates, strict=True)):
        optimizer.zero_grad()
        losses.append(0.0)
        try:
            for place in batch:
                loss = model.loss(words[place]) / len(batch)
                loss.backward()
                losses[-1] += loss.data
        except (DomainError, ArithmeticError) as error:
            raise TrainingError(f"step {step + 1} failed: {error} {_ADVICE}") from error
        _check_finite(losses, step)
        for parameter in parameters:
            if not parameter.has_grad:  # a letter that did not come up still moves by its momentum
                parameter.grad = 0.0
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
        if callback:
            callback(step + 1, losses[-1])
    return losses


_ADVICE = "A smaller lr usually helps."


def _check_finite(losses: list[float], done: int) -> None:
    """Refuse losses that are none, of those after the first `done` steps."""
    for step, loss in enumerate(losses[done:], done + 1):
        if not math.isfinite(loss):
            raise TrainingError(f"the loss of step {step} is {loss}. {_ADVICE}")


def compiled_step(model: GPT, backend: str = "auto") -> CompiledStep:
    """The training step of a model as a program; samples are what `model.pad` gives, `step` is the number of steps before."""
    optimizer = Adam(model, betas=BETAS, eps=EPS)

    def update(p: Any, g: Any, m: Any, v: Any, lr: Any, step: Any) -> tuple[Any, Any, Any]:
        state = {"step": step, "exp_avg": m, "exp_avg_sq": v}
        return optimizer.update(p, g, state, {**optimizer.defaults, "lr": lr}), state["exp_avg"], state["exp_avg_sq"]

    return compile_step(
        model.padded_loss, model.parameters(), model.pad([0, 0]), update=update, state=2, rates=("lr", "step"),
        backend=backend, check=False,
    )  # fmt: skip


def _compiled(
    model: GPT, words: Sequence[Sequence[int]], batches: list[list[int]], rates: list[float], engine: str, callback: Any
) -> list[float]:
    step = compiled_step(model, engine)
    step.load([model.pad(word) for word in words])
    _log.debug("compiled a step of %d operations for %s in %.1f s", step.program.size, step.backend, step.seconds)
    losses: list[float] = []
    size = CHUNK[step.backend]
    for start in range(0, len(batches), size):
        chunk = range(start, min(start + size, len(batches)))
        done = [float(k) for k in chunk]
        try:
            losses += step.run([batches[k] for k in chunk], lr=[rates[k] for k in chunk], step=done, sync=False)
        except (ArithmeticError, ValueError) as error:
            raise TrainingError(f"a step from {start + 1} to {chunk[-1] + 1} failed: {error}. {_ADVICE}") from error
        _check_finite(losses, start)
        if callback:
            callback(len(losses), losses[-1])
    step.sync()
    return losses
