"""A whole training step as one program: loss over a mini-batch, gradients, penalty, and the optimizer's update.

The loss is written for one sample, the update for one parameter, the penalty for all parameters; each is recorded once, as
Values, and they are compiled together.  The steps are a loop in the compiled code: nothing of Python runs between them.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import autograd_lite.compiler.python_train  # noqa: F401 - here, as no thread is to import it while another one forks
from autograd_lite.compiler.backends import resolve
from autograd_lite.compiler.step import CompiledStep, Recipe
from autograd_lite.compiler.watch import Watch
from autograd_lite.engine.value import Value


def descend(p: Any, g: Any, lr: Any) -> Any:
    """Gradient descent, the update if no other is given: the parameter minus the learning rate times the slope."""
    return p - lr * g


def compile_step(
    loss: Callable[..., Any],
    parameters: Sequence[Any],
    example: Sequence[Any],
    *,
    update: Callable[..., Any] = descend,
    state: int = 0,
    rates: Sequence[str] = ("lr",),
    penalty: Callable[[], Any] | None = None,
    static: Sequence[int] = (),
    backend: str = "auto",
    max_variants: int = 64,
    check: bool = True,
    metrics: int = 0,
    threads: int = 1,
) -> CompiledStep:
    """Compile a training step.

    Parameters
    ----------
    loss : callable
        `loss(*sample)`, the loss of one sample, in terms of the parameters, which it refers to (as a model's method does).
    parameters : sequence of Value
        The leaves to train.
    example : sequence
        One sample, the arguments of `loss`: numbers, or lists of them.
    update : callable, default gradient descent
        `update(parameter, slope, *state, *rates)`: the new parameter, or a tuple of it and the new state.
    state : int, default 0
        How many numbers the update keeps for each parameter; they begin at 0.
    rates : sequence of str, default ("lr",)
        Names of the numbers that `run` gives to the update at each step.
    penalty : callable, optional
        `penalty()`, in terms of the parameters, added to the mean loss of each mini-batch.
    static : sequence of int, optional
        Arguments of the loss whose numbers it needs as numbers (a class used as an index): for each there is a program.
    backend : {"auto", "python", "llvm"}, default "auto"
    max_variants : int, default 64
        How many ways through the loss are compiled.  A branch that depends on the sample alone is decided when data is
        loaded.  One that depends on the parameters is a guard: where it goes another way in the middle of a run, the steps
        before it count, the loss is recorded again for the new way, and the run goes on.  `where`, `relu`, `max` are
        operations, not branches, and need none of that.
    check : bool, default True
        Record twice and compare, so that random numbers in the loss are noticed.
    metrics : int, default 0
        How many numbers the loss gives besides itself, as a list behind it: `[loss, right]`, say.  They are not
        differentiated; `.metrics` has their means over the last mini-batch.
    threads : int, default 1
        In machine code, how many threads share each mini-batch and the update.  Results are the same on every run with the
        same number; another number adds up in another order.  Meant for mini-batches that take a millisecond or more, with a
        core free for each thread: where there are fewer cores it is slower than one thread.  Python source has one thread
        whatever is given.

    Returns
    -------
    CompiledStep
        What loss, penalty and update read from outside is looked at when a run begins; where it has changed, they are recorded
        again.

    Raises
    ------
    TraceError
        If the loss, the update or the penalty cannot be a program, or a parameter has a hook.
    MemoryLimitError
        If recording it would take more memory than is allowed.
    ValueError
        If `threads` is no number of threads, or a parameter is listed twice or frozen.

    Examples
    --------
    >>> from autograd_lite import Value
    >>> w, b = Value(0.0), Value(0.0)
    >>> step = compile_step(lambda x, y: (w * x + b - y) ** 2, [w, b], (1.0, 2.0), backend="python")
    >>> step.load([(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)])
    >>> losses = step.run(200, lr=0.1)
    >>> round(w.data, 3), round(b.data, 3)
    (2.0, 1.0)
    """
    begin = time.perf_counter()
    parameters = list(parameters)
    for k, parameter in enumerate(parameters):
        if not isinstance(parameter, Value) or not parameter.is_leaf:
            raise TypeError(f"parameter {k} is not a leaf: parameters are Values that no operation made")
    if len({id(parameter) for parameter in parameters}) != len(parameters):
        raise ValueError("a parameter is listed twice")
    resolve(backend)
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise ValueError(f"threads is a whole number, at least 1; not {threads!r}")
    recipe = Recipe(
        loss,
        parameters,
        tuple(example),
        update,
        state,
        tuple(rates),
        penalty,
        frozenset(static),
        max_variants,
        check,
        metrics,
    )
    watch = Watch(*[one for one in (loss, penalty, update) if one is not None])
    step = CompiledStep(recipe, watch, backend, threads)
    step.seconds = time.perf_counter() - begin
    return step
