"""`jit(f)`: the same function, run as a compiled program.

What holds for a compiled function, and what does not:

- It is recorded at its first call for each structure of arguments (shapes of lists, texts, flags).  Python inside it, prints
  and appends included, runs then and not again.
- A branch on a Value (`if x > 0`) is a guard.  Where it goes another way, the function is recorded again for that way.
- Whatever else it reads is read anew at each call (the numbers of Values), or watched, so that a change records it again, or
  refused: `watch.py`.
- Random numbers, and anything else that differs from call to call, is an error when recording.
- Numbers go in and come out: differentiate inside, `jit(grad(f))`.  Where the graph is wanted, because a Value was given
  or because the call stands in a function that is differentiated or compiled, the function itself is called: `grad(jit(f))`
  is right, and as fast as `grad(f)`.
- Where the arithmetic fails or the result is not finite, the eager engine is asked, so errors and infinities are its own.
- An operation that raises is a branch: caught, the function is recorded for that way, too; otherwise its error comes, even if no
  result depends on it.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.compiler.axes import Axes, check_axes
from autograd_lite.compiler.backends import resolve
from autograd_lite.compiler.batch import Batched, BatchedMap
from autograd_lite.compiler.jitted import Jitted
from autograd_lite.compiler.vmap import Mapped
from autograd_lite.transforms.trace import check_callable


def jit(
    function: Callable[..., Any] | None = None,
    *,
    backend: str = "auto",
    in_axes: Axes = None,
    static_argnums: int | Sequence[int] = (),
    reduction: str = "sum",
    max_variants: int = 16,
    check: bool = True,
    threads: int = 1,
) -> Any:
    """Compile a function of numbers: it is recorded at its first call and runs as a program from then on.

    Parameters
    ----------
    function : callable
        Computes with its arguments (numbers, lists, tuples, dicts, arrays of them, nested) by Values' operations.  It may be
        what `grad` or `value_and_grad` returned: the derivative is then written into the program, branches and all.  What
        `vmap` returned is recorded for one sample, and run for all.
    backend : {"auto", "python", "llvm"}, default "auto"
        `"auto"` is machine code where llvmlite is installed, and Python source otherwise.
    in_axes : int, or sequence of int and None, optional
        Map over a batch and add up: the function takes one sample, the compiled one a list of samples in each argument with
        a 0, and the same for all in each with a None (and the other axes that `vmap` knows).  What `value_and_grad`
        returned gives the sum over the samples, of the value and of the gradients of shared arguments; any other function a
        list of results, or an array if arrays were mapped.
    static_argnums : int or sequence of int, optional
        Arguments whose numbers shape the computation (a count, a size): another number is another program.
    reduction : {"sum", "mean"}, default "sum"
        What becomes of values and shared gradients over a batch.
    max_variants : int, default 16
        How many ways through the branches on Values are compiled; what goes another way is computed by the eager engine, with a
        warning the first time.
    check : bool, default True
        Record twice and compare, so that random numbers in the function are noticed.
    threads : int, default 1
        With `in_axes`, and in machine code: how many parts of a batch, of about two thousand samples each, are computed at
        once.  The result is the same for any number of threads.

    Returns
    -------
    Jitted
        Callable like the function, with positional arguments; gives plain numbers, and arrays for arrays.  `.program` lists what
        was compiled, `.source` is the code, `.eager_calls` counts what the eager engine was asked.  `out=` takes an array to write
        the result into, or a tuple, list or dict of them as the result has.

    Raises
    ------
    TraceError
        When called, if the function cannot be a program; the message names the line.
    GuardError
        When called, if a branch depends on something besides the arguments.

    Examples
    --------
    >>> from autograd_lite import tanh
    >>> f = jit(lambda w, x: tanh(w * x), backend="python")
    >>> f(1.0, 0.5)
    0.46211715726000974
    >>> print(f.program)
    function(w, x) -> 1 result, 2 operations
      %2 = mul w x
      %3 = tanh %2
      return %3
      pass                    before   after
      constant folding             2       2
      strength reduction           2       2
      common subexpressions        2       2
      dead code                    2       2
      fused multiply-add           2       2  (in machine code)
      predicted: 32 ns in Python source, 8.5 ns in machine code, 3.1 ns for each sample of a batch
    """
    if function is None:
        return functools.partial(
            jit, backend=backend, in_axes=in_axes, static_argnums=static_argnums, reduction=reduction,
            max_variants=max_variants, check=check, threads=threads,
        )  # fmt: skip
    check_callable(function, "jit")
    if reduction not in ("sum", "mean"):
        raise ValueError(f"reduction is 'sum' or 'mean', not {reduction!r}")
    mapped = isinstance(function, Mapped)
    if mapped and in_axes is not None:
        raise TypeError("the function is mapped already: jit(vmap(f, in_axes=...)) without in_axes of its own")
    if threads < 1 or (threads > 1 and in_axes is None and not mapped):
        raise ValueError(f"threads={threads}: at least 1, and more than that only over a batch, with vmap or in_axes")
    resolve(backend)
    static = (static_argnums,) if isinstance(static_argnums, int) else tuple(static_argnums)
    options: dict[str, Any] = {"backend": backend, "static": static, "max_variants": max_variants, "check": check}
    if in_axes is None and not mapped:
        return Jitted(function, **options)
    if isinstance(function, Mapped):
        return BatchedMap(function, threads=threads, **options)
    check_axes(in_axes, "in_axes")
    return Batched(function, in_axes, reduction, threads=threads, **options)
