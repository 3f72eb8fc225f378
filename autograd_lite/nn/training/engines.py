"""Which engine takes the steps of a training: the eager one, or the training step as a compiled program.

Both do the same, within rounding; whatever the compiled one cannot do, the eager one does.
"""

import logging

from autograd_lite.nn.training.compiled import CompiledEngine
from autograd_lite.nn.training.eager import EagerEngine
from autograd_lite.nn.training.errors import UnsuitableError
from autograd_lite.nn.training.samples import Samples
from autograd_lite.nn.training.step import Step

_log = logging.getLogger("autograd_lite")

ENGINES = ("auto", "eager", "python", "llvm")

#: "auto" compiles from so many parameters times samples times epochs on: a few seconds of eager training.
WORTHWHILE = 3_000_000


def make_engine(name: str, step: Step, samples: Samples, epochs: int) -> EagerEngine | CompiledEngine:
    """The engine of a training.

    Parameters
    ----------
    name : {"auto", "eager", "python", "llvm"}
    step : Step
    samples : Samples
    epochs : int

    Raises
    ------
    ValueError
        If there is no such engine, or the one asked for by name cannot do this training.
    """
    if name not in ENGINES:
        raise ValueError(f"engine is one of {', '.join(map(repr, ENGINES))}; not {name!r}")
    work = len(step.optimizer.params) * len(samples) * epochs
    if name == "eager" or (name == "auto" and work < WORTHWHILE):
        return EagerEngine(step, samples)
    try:
        return CompiledEngine(step, samples, name)
    except UnsuitableError as error:
        if name != "auto":
            raise ValueError(f"engine={name!r} cannot do this training ({error}); engine='eager' can") from error
        _log.debug("training eager, since the step cannot be compiled: %s", error)
        return EagerEngine(step, samples)


__all__ = ["ENGINES", "CompiledEngine", "EagerEngine", "UnsuitableError", "make_engine"]
