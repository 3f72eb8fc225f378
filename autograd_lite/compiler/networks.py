"""The trainings of many networks as one kernel: a scan of steps, each of which takes all samples, for a network in each lane.

What all networks share are the numbers of the samples and the loss to reach; what differs are rates and parameters.  Nothing is
guarded: a network whose numbers are not finite any more computes nan, and no other one knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograd_lite.compiler.adjoint import append_gradient
from autograd_lite.compiler.capture import Captured
from autograd_lite.compiler.errors import TraceError
from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.loops import Body, Part
from autograd_lite.compiler.lowering import lowered
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Builder, Program
from autograd_lite.compiler.scans import unguarded
from autograd_lite.compiler.symbols import Symbol, write
from autograd_lite.compiler.vectormath import VECTOR_FORMS

#: What is told of each run: the steps before the loss was at the target, those before it was not finite, the loss before the first
#: step, the sum of the losses, and over the steps with a finite one that of its inverse.
TOLD = ("waiting", "lived", "first", "total", "inverse")
#: Samples are written one behind the other up to so many operations, and beyond that are a loop of such groups.
_MOST = 2500
_LARGEST = 1.7976931348623157e308


@dataclass(frozen=True)
class Training:
    """What a training consists of.

    Attributes
    ----------
    ways : list of (Captured, int)
        For each way through the loss that samples take the loss of one, and what is added up beside it; and how many take it.
    width : int
        How many of the inputs are numbers of the sample; other Values than parameters are as they are now.
    parameters : list of Value
    update : Kernel
        Of a parameter: its inputs are rates, the parameter, what is kept of it, and the slope.
    names : list of str
        Of the rates; "step" is the number of the step, "first" 1 in the first one.
    rates : list of dict of str to int
        For each parameter which of a run's rates the others are.
    epochs : int
    """

    ways: list[tuple[Captured, int]]
    width: int
    parameters: list[Any]
    update: Kernel
    names: list[str]
    rates: list[dict[str, int]]
    epochs: int

    def kernel(self) -> Kernel:
        """The kernel: from the samples, way after way, and the target, and for each network its rates and parameters, to its
        parameters, `TOLD`, the loss in the end and what is added up beside it.

        Raises
        ------
        TraceError
            If the loss branches on what a network makes of a sample.
        """
        programs = [self._of_sample(loss) for loss, _ in self.ways]
        body, count = self._step(programs), len(self.parameters)
        b = Builder()
        samples = [b.input(f"x{k}") for k in range(self._numbers)]
        target = b.input("target")
        rates = [b.input(f"rate{k}") for k in range(self._rates)]
        parameters = [b.input(f"p{k}") for k in range(count)]
        zero = b.const(0.0)
        carried = [*parameters, *[zero] * (body.carried - count)]
        scan = b.append("scan", (*carried, *samples, target, *rates), replace(body, loop=b.loops.add(self.epochs)))
        found = [b.append("carried", (scan,), Part(k)) for k in range(body.carried)]
        sums = self._sums(b, programs, samples, found[:count])[count:]
        program = b.finish([*found[:count], *found[-len(TOLD) :], *sums], name="networks")
        return Kernel(optimize(program), len(samples) + 1, 0)

    @property
    def _numbers(self) -> int:
        return self.width * sum(count for _, count in self.ways)

    @property
    def _rates(self) -> int:
        return 1 + max(place for one in self.rates for place in one.values())

    def _of_sample(self, loss: Captured) -> Program:
        """Slopes, loss and what is beside it, of the numbers of a sample and the parameters."""
        if loss.program.guards:
            raise TraceError(
                f"many networks are trained as one, so none can take a branch of its own, as at {loss.program.guards[0].place}: use "
                "where(condition, x, y), relu, abs, max... there"
            )
        own = Builder.of(loss.program)
        outputs = [
            *append_gradient(own, loss.program.outputs[0], loss.steps_of(self.parameters, own)),
            *loss.program.outputs,
        ]
        program, b = unguarded(own.finish(outputs)), Builder()
        sample = [b.input(f"x{k}") for k in range(self.width)]
        place = {id(one): b.input(f"p{k}") for k, one in enumerate(self.parameters)}
        known = {id(one) for one in loss.outside}
        others = [place[id(one)] if id(one) in place else b.const(one.data) for one in loss.outside]
        others += [place[id(one)] for one in self.parameters if id(one) not in known]
        return optimize(b.finish(_again(b, program, [*sample, *others])))

    def _sums(self, b: Builder, programs: Sequence[Program], samples: Sequence[int], parameters: Sequence[int]) -> list[int]:
        """The sums over all samples, whose numbers are the first inputs."""
        terms: list[list[int]] = []
        for program, (_, count) in zip(programs, self.ways, strict=True):
            size = lowered(program, VECTOR_FORMS).size
            group = next(k for k in range(count, 0, -1) if count % k == 0 and (k == 1 or k * size <= _MOST))
            mine, samples = samples[: count * self.width], samples[count * self.width :]
            if group == count:
                terms += self._each(b, program, mine, parameters)
            else:
                terms.append(self._looped(b, program, mine, parameters, count // group))
        return [b.emit("sum", *column) if len(terms) > 1 else column[0] for column in zip(*terms, strict=True)]

    def _each(self, b: Builder, program: Program, samples: Sequence[int], parameters: Sequence[int]) -> list[list[int]]:
        rows = [samples[k : k + self.width] for k in range(0, len(samples), self.width)]
        return [_again(b, program, [*row, *parameters]) for row in rows]

    def _looped(
        self, b: Builder, program: Program, samples: Sequence[int], parameters: Sequence[int], groups: int
    ) -> list[int]:
        """Sums over groups of samples, one after the other."""
        inner, width, sums = Builder(), len(samples) // groups, len(program.outputs)
        before = [inner.input(f"sum{k}") for k in range(sums)]
        numbers = [inner.input(f"x{k}") for k in range(width)]
        shared = [inner.input(f"p{k}") for k in range(len(parameters))]
        found = self._each(inner, program, numbers, shared)
        body = inner.finish([inner.emit("sum", *column) for column in zip(before, *found, strict=True)], name="samples")
        loop, first = b.loops.add(groups), b.args[samples[0]][0]
        taken = [b.block(first + k, ((loop, width),)) for k in range(width)]
        scan = b.append("scan", (*[b.const(0.0)] * sums, *taken, *parameters), Body(optimize(body), sums, width, loop))
        return [b.append("carried", (scan,), Part(k)) for k in range(sums)]

    def _step(self, programs: Sequence[Program]) -> Body:
        """A step of a training: parameters, what the optimizer keeps, the number of the step and `TOLD` are carried."""
        b, count = Builder(), len(self.parameters)
        slots = len(self.update.program.outputs) - 1
        parameters = [b.input(f"p{k}") for k in range(count)]
        kept = [[b.input(f"s{slot}.{k}") for k in range(count)] for slot in range(slots)]
        number, *told = [b.input(name) for name in ("step", *TOLD)]
        samples = [b.input(f"x{k}") for k in range(self._numbers)]
        target = b.input("target")
        rates = [b.input(f"rate{k}") for k in range(self._rates)]
        *slopes, loss = self._sums(b, programs, samples, parameters)[: count + 1]
        share = b.const(1.0 / sum(many for _, many in self.ways))
        begins = b.emit("select", b.emit("eq", number, b.const(0.0)), b.const(1.0), b.const(0.0))
        moved = []
        for k, own in enumerate(self.rates):
            given = {"step": number, "first": begins} | {name: rates[place] for name, place in own.items()}
            slope = b.emit("mul", slopes[k], share)
            inputs = [*[given[name] for name in self.names], parameters[k]]
            moved.append(_again(b, self.update.program, [*inputs, *[column[k] for column in kept], slope]))
        after = _told(*[Symbol(b, one) for one in (number, target, b.emit("mul", loss, share), *told)])
        outputs = [*[one[slot] for slot in range(1 + slots) for one in moved], *[one.index for one in after]]
        return Body(optimize(b.finish(outputs, name="step")), len(outputs), 0, 0)


def _again(b: Builder, program: Program, inputs: Sequence[int]) -> list[int]:
    """Write a program, without loops, once more: its results for these steps as inputs."""
    steps = program.interpret(inputs, lambda op, operands: b.emit(op, *operands), b.const)
    return [steps[output] for output in program.outputs]


def _told(number: Any, target: Any, loss: Any, waiting: Any, lived: Any, first: Any, total: Any, inverse: Any) -> list[Any]:
    """The number of the next step and `TOLD` behind this one, by the loss before it."""
    on = write("and", write("ge", lived, number), write("le", write("abs", loss), _LARGEST))
    still = write("and", write("ge", waiting, number), write("not", write("le", loss, target)))
    return [
        number + 1.0,
        write("select", still, number + 1.0, waiting),
        write("select", on, number + 1.0, lived),
        write("select", write("eq", number, 0.0), loss, first),
        total + loss,
        write("select", on, inverse + 1.0 / loss, inverse),
    ]
