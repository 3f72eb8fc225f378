"""What a training step is made of: programs for the samples, for the penalty and for the update, each recorded once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autograd_lite.compiler.adjoint import input_gradients
from autograd_lite.compiler.capture import capture
from autograd_lite.compiler.errors import TraceError
from autograd_lite.compiler.kernel import Kernel, arranged
from autograd_lite.compiler.loops import at
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.paths import Path, Paths, one_number
from autograd_lite.compiler.program import Builder, Program
from autograd_lite.compiler.watch import Watch
from autograd_lite.transforms.tree import NUMBER


@dataclass
class StepKernels:
    """The programs of a step.

    Attributes
    ----------
    samples : list of Kernel
        One for each variant of the loss.
    update : Kernel
        Inputs: the rates, then parameter, state and slope; for each parameter: the new parameter and state.
    penalty : Kernel or None
        Inputs: the parameters; results: the gradients, the penalty.
    slots : int
        How many numbers of state a parameter has.
    metrics : int
        How many sums a sample has behind its loss.
    checked : bool
        Whether a step stops where an operation would raise.
    code : dict
        What was compiled of these, by whoever compiles.
    """

    samples: list[Kernel]
    update: Kernel
    penalty: Kernel | None
    slots: int
    metrics: int = 0
    checked: bool = True
    code: dict[Any, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The steps of all programs."""
        return sum(len(one.program) for one in (*self.samples, self.update, self.penalty) if one is not None)

    def compiled(self, how: Any, compile: Callable[[], Any]) -> Any:
        """What `compile()` makes of these programs, made once for each way to compile them."""
        key = (how, self.checked, len(self.samples))
        if key not in self.code:
            self.code[key] = compile()
        return self.code[key]

    def reached(self, count: int) -> bytearray:
        """For each of so many parameters 1 if the loss or the penalty depends on it, else 0."""
        found = bytearray(count)
        for kernel in (*self.samples, self.penalty):
            if kernel is not None:
                mark_used(kernel.program, found)
        return found


@dataclass(frozen=True)
class Recorded:
    """What a training step consists of, but for Values and numbers: shared by all that are made alike.

    Attributes
    ----------
    update : Kernel
    penalty : Kernel or None
    known : tuple of Path
    outside : tuple of int
        Where the Values from outside stand among those of the state.
    code : dict
        What was compiled of it.
    """

    update: Kernel
    penalty: Kernel | None
    known: tuple[Path, ...] = ()
    outside: tuple[int, ...] = ()
    code: dict[Any, Any] = field(default_factory=dict)


class Interrupted(Exception):
    """A guard did not hold, or the arithmetic failed: at this step, in this program, this guard; the steps before are done."""

    def __init__(self, done: int, sample: int, guard: int, losses: list[float], error: Exception | None = None) -> None:
        super().__init__()
        self.done, self.sample, self.guard, self.losses, self.error = done, sample, guard, losses, error


def mark_used(program: Program, found: bytearray) -> None:
    """Set those of the first inputs to 1 from which anything is computed."""
    uses, loops, count = program.uses(), program.loops, len(found)
    for step, (op, args) in enumerate(zip(program.ops, program.args, strict=True)):
        if not uses[step] or op not in ("input", "block") or args[0] >= count:
            continue
        *outer, (last, stride) = args[1] if op == "block" else ((-1, 0),)
        for one in loops.rounds([loop for loop, _ in outer]):
            first, end = loops.ends(args[0] + at(tuple(outer), one), ((last, stride),) if stride else ())
            places = slice(first, end + 1, abs(stride) or 1)
            found[places] = b"\1" * len(range(*places.indices(count)))


def penalty_kernel(penalty: Callable[[], Any] | None, paths: Paths) -> Kernel | None:
    """The program of a penalty, of the inputs that those of samples share: its gradients and itself."""
    if penalty is None:
        return None
    captured = capture(penalty, [], [], paths.check, paths.watch, paths.ordered, further=True)
    one_number(captured, "the penalty")
    if captured.program.guards:
        raise TraceError(f"the penalty branches at {captured.program.guards[0].place}; use where(), relu, abs... there")
    paths.refer(captured, "the penalty")
    shared, order = paths.order(captured, 0)
    program = arranged(captured.program, order[:shared])
    builder, value, count = Builder.of(program), program.outputs[0], len(paths.parameters)
    outputs = [*input_gradients(builder, value, range(count), 0), value]
    program = builder.finish(outputs, name="penalty", checks=program.checks, straight=program.straight)
    return Kernel(optimize(program), shared, len(outputs))


def update_kernel(update: Callable[..., Any], state: int, rates: Sequence[str], watch: Watch | None = None) -> Kernel:
    """The update of one parameter: recorded at 1 for every number, where nothing divides by zero."""
    count = 2 + state + len(rates)
    captured = capture(update, [NUMBER] * count, [1.0] * count, watch=watch)
    program = captured.program
    if len(program.outputs) != 1 + state:
        raise TypeError(f"the update gives {len(program.outputs)} numbers; with state={state} it gives {1 + state}")
    if captured.outside:
        raise TraceError("the update refers to Values; it may use its arguments and plain numbers")
    if program.guards:
        raise TraceError(f"the update branches at {program.guards[0].place}; use where(condition, x, y) there")
    order = [*range(2 + state, count), 0, *range(2, 2 + state), 1]
    return Kernel(optimize(arranged(replace(program, name="update", checks=[]), order)), len(rates), 0)
