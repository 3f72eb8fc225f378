"""Which engine takes the steps of a training: the eager one, or the training step as a compiled program.

Both do the same, within rounding; whatever the compiled one cannot do, the eager one does.
"""

import logging

from autograd_lite.engine.errors import DomainError
from autograd_lite.nn.training.compiled import CompiledEngine
from autograd_lite.nn.training.eager import EagerEngine
from autograd_lite.nn.training.errors import UnsuitableError

_log = logging.getLogger("autograd_lite")

ENGINES = ("auto", "eager", "python", "llvm")

#: About how long a training takes on an ordinary machine, in seconds: before the first step, for each parameter before the first
#: step (recording and compiling), and for each parameter, sample and epoch.  "auto" takes the engine with the least sum; measured
#: on networks from 17 to 2,410 parameters, where the true figures are within a factor of 2 of these.
SECONDS = {"eager": (0.0, 0.0, 1e-6), "python": (0.0, 1e-4, 1e-7), "llvm": (0.2, 4.5e-4, 5e-9)}
#: The same for machine code with loops, and from how many parameters on it has them (`compiler/rolling.py`); from 2,410 to 101,770.
LOOPED, MANY = (0.3, 2e-5, 6e-10), 1000
#: What would be over at once is not worth compiling.
UNNOTICED = 0.1


def fastest(parameters: int, samples: int, epochs: int) -> str:
    """The engine that is expected to be done first.

    >>> fastest(17, 4, 50), fastest(337, 150, 40), fastest(2410, 1348, 12), fastest(101770, 64, 1)
    ('eager', 'python', 'llvm', 'llvm')
    """
    work = parameters * samples * epochs
    known = {**SECONDS, "llvm": LOOPED} if parameters >= MANY else SECONDS
    expected = {name: once + each * parameters + step * work for name, (once, each, step) in known.items()}
    return "eager" if expected["eager"] < UNNOTICED else min(expected, key=expected.__getitem__)


def make_engine(name: str, eager: EagerEngine, epochs: int) -> EagerEngine | CompiledEngine:
    """The engine of a training.

    Parameters
    ----------
    name : {"auto", "eager", "python", "llvm"}
    eager : EagerEngine
        The training as the eager engine does it.
    epochs : int

    Raises
    ------
    ValueError
        If there is no such engine, or the one asked for by name cannot do this training.
    """
    if name not in ENGINES:
        raise ValueError(f"engine is one of {', '.join(map(repr, ENGINES))}; not {name!r}")
    chosen = fastest(len(eager.optimizer.params), len(eager.samples), epochs) if name == "auto" else name
    if chosen == "eager":
        return eager
    try:
        # Without llvmlite, "auto" is Python source, with a hint.
        return CompiledEngine(eager, "auto" if name == "auto" and chosen == "llvm" else chosen)
    except UnsuitableError as error:
        # Where a number goes wrong already on the first sample, the eager engine says which, and where.
        wrong_number = isinstance(error.__cause__, ArithmeticError | DomainError)
        if name != "auto" and not wrong_number:
            raise ValueError(f"engine={name!r} cannot do this training ({error}); engine='eager' can") from error
        _log.debug("training eager, since the step cannot be compiled: %s", error)
        return eager
