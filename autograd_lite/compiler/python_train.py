"""Training steps in Python source: the programs of a step, and the loop around them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from autograd_lite.compiler.checks import checked
from autograd_lite.compiler.kernel import Code
from autograd_lite.compiler.python_target import compile_python
from autograd_lite.compiler.step_kernels import Interrupted, StepKernels
from autograd_lite.engine.modes import enable_grad
from autograd_lite.engine.passes import restore_grads, saved_grads
from autograd_lite.engine.value import Value, topological_order
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS
from autograd_lite.transforms.tree import partition


class PythonRunner:
    """Runs the kernels of a training step.

    Parameters
    ----------
    kernels : StepKernels
    count : int
        The number of parameters.
    """

    def __init__(self, kernels: StepKernels, count: int) -> None:
        self.kernels, self.count = kernels, count
        self.steep = False  # whether a slope may be infinite, which takes more time to look after
        self.samples, self.update, self.penalty = kernels.compiled("python", self._compiled)
        self.ready = False
        self._slopes: list[float] = []
        self._metrics: list[float] = []

    def _compiled(self) -> tuple[list[Code], Code, Code | None]:
        kernels = self.kernels
        ieee: bool | str = self.steep and "slopes"
        samples, penalty = kernels.samples, kernels.penalty
        if not kernels.checked:
            ieee = True
        else:
            samples = [checked(kernel, machine=False) for kernel in samples]
            penalty = penalty and checked(penalty, machine=False, poisoned=True)
        update = compile_python(kernels.update, not kernels.checked)
        return (
            [compile_python(kernel, ieee) for kernel in samples],
            update,
            compile_python(penalty, ieee) if penalty else None,
        )

    def slopes(self) -> list[float]:
        """The gradient of the last step."""
        return self._slopes

    def metrics(self) -> list[float]:
        """The metrics of the last step."""
        return self._metrics

    @property
    def source(self) -> str:
        """The source of all of them."""
        parts = [*self.samples, *([self.penalty] if self.penalty else []), self.update]
        return "\n\n".join(part.source for part in parts)

    def load(self, rows: Sequence[list[float]], variants: list[int]) -> None:
        """Keep the data set, and which program each sample goes with."""
        self.rows, self.variants = rows, variants

    def assign(self, variants: list[int]) -> None:
        """Send samples through other programs."""
        self.variants = variants

    def write(self, numbers: list[float], outside: list[float], state: Sequence[Sequence[float]]) -> None:
        """Take the parameters, the Values from outside and the optimizer's state."""
        self.numbers, self.outside, self.state, self.ready = numbers, outside, state, True

    def read(self) -> tuple[Sequence[float], Sequence[Sequence[float]]]:
        """The parameters and the state, as they are now."""
        return self.numbers, self.state

    def gradient(self, chosen: Any, done: int = 0, losses: Sequence[float] = ()) -> tuple[float, list[float]]:
        """Loss and gradient on one mini-batch."""
        try:
            return self._gradient(chosen, done, losses)
        except ARITHMETIC_ERRORS as error:
            if self.steep:
                raise Interrupted(done, 0, 0, list(losses), error) from None
        # A slope is infinite where the loss is not undefined: the eager engine goes on then.
        self.steep = True
        self.samples, self.update, self.penalty = self.kernels.compiled("python, steep", self._compiled)
        return self.gradient(chosen, done, losses)

    def _gradient(self, chosen: Any, done: int, losses: Sequence[float]) -> tuple[float, list[float]]:
        batch = range(len(self.rows)) if isinstance(chosen, int) else chosen[0]
        weight = 1.0 / len(batch)
        groups: list[list[list[float]]] = [[] for _ in self.samples]
        for k in batch:
            groups[self.variants[k]].append([weight, *self.rows[k]])
        totals = [0.0] * (self.count + 1 + self.kernels.metrics)
        shared = [*self.numbers, *[0.0] * (-self.count % 8), *self.outside]
        for variant, rows in enumerate(groups):
            if not rows:
                continue
            found = self.samples[variant].function(shared[: self.kernels.samples[variant].shared], rows)
            if isinstance(found, int):
                raise Interrupted(done, variant, found, list(losses))
            totals = [total + part for total, part in zip(totals, found[0], strict=True)]
        if self.penalty is not None and self.kernels.penalty is not None:
            extra = [*self.penalty.function(shared[: self.kernels.penalty.shared], ())[0], *[0.0] * self.kernels.metrics]
            totals = [total + part for total, part in zip(totals, extra, strict=True)]
        self._slopes, self._metrics = totals[: self.count], totals[self.count + 1 :]
        return totals[self.count], self._slopes

    def run(self, chosen: Any, table: list[list[float]]) -> list[float]:
        """All the steps; gives their losses."""
        losses: list[float] = []
        for k, rates in enumerate(table):
            loss, slopes = self.gradient(chosen if isinstance(chosen, int) else chosen[k : k + 1], k, losses)
            try:
                after = self.update.function(rates, list(zip(self.numbers, *self.state, slopes, strict=True)))[1]
            except ARITHMETIC_ERRORS as error:
                raise Interrupted(k, 0, 0, list(losses), error) from None
            losses.append(loss)
            columns = [list(column) for column in zip(*after, strict=True)]
            self.numbers, self.state = columns[0], columns[1:]
        return losses


class ObservedRunner(PythonRunner):
    """Loss, penalty and their gradients by the eager engine, which makes the nodes that somebody looks at.

    Parameters
    ----------
    kernels : StepKernels
    parameters : list of Value
    loss : callable
        The loss of a sample, by its number.
    penalty : callable or None
    """

    def __init__(
        self, kernels: StepKernels, parameters: list[Any], loss: Callable[[int], Any], penalty: Callable[[], Any] | None
    ) -> None:
        super().__init__(replace(kernels, samples=[], penalty=None), len(parameters))
        self.parameters, self.loss, self.extra = parameters, loss, penalty

    def _gradient(self, chosen: Any, done: int, losses: Sequence[float]) -> tuple[float, list[float]]:
        batch = range(len(self.rows)) if isinstance(chosen, int) else chosen[0]
        for parameter, number in zip(self.parameters, self.numbers, strict=True):
            parameter._number = number
        with enable_grad():
            found = [partition(self.loss(k))[0] for k in batch]
            total, *means = [sum(column, Value(0.0)) / len(batch) for column in zip(*found, strict=True)]
            root = total if self.extra is None else total + self.extra()
            leaves = [node for node in topological_order(root, *self.parameters) if node.is_leaf]
            kept = saved_grads(leaves)
            restore_grads(leaves, [None] * len(leaves))
            try:
                root.backward()
                self._slopes = [float(parameter.grad) for parameter in self.parameters]
            finally:
                restore_grads(leaves, kept)
        self._metrics = [float(one) for one in means]
        return root.data, self._slopes
