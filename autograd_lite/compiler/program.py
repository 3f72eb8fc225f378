"""A program: a straight line of operations, each on the results of earlier ones.

This is what a recorded graph is once the Python around it is forgotten.  It is kept as parallel lists, so that a million
operations are a few lists and every pass is one sweep from front to back.  `Builder` writes one, `Program` is the finished
thing with its inputs, outputs and guards; `print(program)` lists it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from autograd_lite.compiler.cost import Cost, predicted
from autograd_lite.compiler.listing import listing
from autograd_lite.compiler.loops import LOOPED, MOVED, OF_MANY, Body, Loops, Strides, at
from autograd_lite.compiler.operations import LEAVES, TRUTHS, evaluate
from autograd_lite.terminal import printable


@dataclass(frozen=True)
class Guard:
    """A truth the program relies on: a Python branch went this way when the function was recorded.

    Parameters
    ----------
    index : int
        The operation that computes the truth.
    expected : bool
        Which way it went.
    place : str
        The line of the branch, `file:line: text`.
    """

    index: int
    expected: bool
    place: str


class Builder:
    """Writes operations one after another; `emit` gives the index of the result.

    Examples
    --------
    >>> b = Builder()
    >>> x = b.input("x")
    >>> y = b.emit("mul", x, b.const(3.0))
    >>> print(b.finish([y]))
    program(x) -> 1 result, 1 operation
      %2 = mul x 3.0
      return %2
    """

    def __init__(self) -> None:
        self.ops: list[str] = []
        self.args: list[tuple[Any, ...]] = []
        self.names: list[str] = []
        #: For a step that passes its gradient on by a backward rule (`custom_vjp`) that rule.
        self.rules: dict[int, Any] = {}
        self.loops = Loops()
        #: Whether derivatives that are written here are differentiated in turn.
        self.again = False
        self._constants: dict[str, int] = {}

    @classmethod
    def of(cls, program: "Program") -> "Builder":
        """A builder that goes on where a program ends."""
        builder = cls()
        builder.ops, builder.args, builder.names = list(program.ops), list(program.args), list(program.names)
        builder.rules = dict(program.rules)
        builder.loops = program.loops.renumbered(range(len(program)))
        for index, (op, args) in enumerate(zip(builder.ops, builder.args, strict=True)):
            if op == "const":
                builder._constants.setdefault(repr(args[0]), index)
        return builder

    def input(self, name: str) -> int:
        """A new input; its operand is its place among the inputs."""
        self.ops.append("input")
        self.args.append((len(self.names),))
        self.names.append(printable(name))
        return len(self.ops) - 1

    def const(self, value: float) -> int:
        """A constant, the same index for the same number (0.0 and -0.0 differ)."""
        value = float(value)
        key = repr(value)
        found = self._constants.get(key)
        if found is None:
            found = self._constants[key] = self.append("const", (value,))
        return found

    def emit(self, op: str, *args: int, over: Any = None) -> int:
        """An operation on earlier results, in all loops that these are in; one about a loop is given that as `over`."""
        if isinstance(over, int) and op in OF_MANY:
            return self.fold(op, args, over)
        return self.append(op, args, over)

    def fold(self, op: str, args: tuple[int, ...], loop: int) -> int:
        """An operation over all rounds of a loop; where its list is the same in each round, that many times the same."""
        before, lists = OF_MANY[op], 2 if op == "dot" else 1
        if any(loop in self.loops.of(arg) for arg in args[before : before + lists]):
            return self.append(op, args, loop)
        if op in ("sum", "fsum", "dot"):
            one = self.emit("mul", *args) if op == "dot" else args[0]
            many = self.emit("mul", one, self.const(float(self.loops.sizes[loop])))
            return self.emit("sum", many, *args[1:]) if op != "dot" and len(args) > 1 else many
        each = self.append("stack", args[before : before + 1] * self.loops.sizes[loop], loop)
        return self.append(op, (*args[:before], each, *args[before + 1 :]), loop)

    def append(self, op: str, args: tuple[Any, ...], over: Any = None) -> int:
        """A step as it is, whatever `emit` does."""
        self.ops.append(op)
        self.args.append(args)
        step = len(self.ops) - 1
        if self.loops.sizes and op not in ("input", "const"):
            self.loops.place(step, op, args, over)
        return step

    def block(self, place: int, strides: Strides) -> int:
        """Inputs, one for each round of loops; they must have been made, or be declared when the program is finished."""
        return self.append("block", (place, strides))

    def number(self, index: int) -> float | None:
        """The number an index stands for, if it is a constant."""
        return self.args[index][0] if self.ops[index] == "const" else None

    def is_truth(self, index: int) -> bool:
        """Whether the result of a step is a truth and not a number, wherever it was moved."""
        return self.ops[index] in TRUTHS or (self.ops[index] in MOVED and self.is_truth(self.args[index][0]))

    def finish(self, outputs: Iterable[int], guards: Iterable[Guard] = (), **known: Any) -> "Program":
        """The finished program; what else is known of it, its name above all, by name."""
        own: dict[str, Any] = {"rules": self.rules, "loops": self.loops}
        return Program(self.ops, self.args, self.names, list(outputs), list(guards), **own, **known)


@dataclass
class PassReport:
    """What the passes did: how many operations there were, and by how many each pass changed that.

    >>> report = PassReport(10, {"constant folding": -2, "dead code": -1})
    >>> report.passes, report.after
    ([('constant folding', 10, 8), ('dead code', 8, 7)], 7)
    """

    before: int = 0
    changed: dict[str, int] = field(default_factory=dict)

    @property
    def passes(self) -> list[tuple[str, int, int]]:
        """For each pass its name, and the operations before and after it."""
        found, count = [], self.before
        for name, change in self.changed.items():
            found.append((name, count, count + change))
            count += change
        return found

    @property
    def after(self) -> int:
        """The operations that are left."""
        return self.before + sum(self.changed.values())


@dataclass
class Program:
    """A finished straight line of operations.

    Attributes
    ----------
    ops : list of str
        For each step its operation: `input`, `const`, or a name from `operations.py`.
    args : list of tuple
        For each step the indices of its operands; for `input` its place, for `const` its number.
    names : list of str
        The inputs in order.
    outputs : list of int
        The results.
    guards : list of Guard
    name : str
    report : PassReport
        What the passes saved.
    checks : list of int
        Operations that may raise in the eager engine, which takes over where one of them does: they are computed even if no
        result depends on them.
    slopes : dict of int to int
        Where a derivative was asked for: for a step of the forward part the step that is its derivative.
    rules : dict of int to BackwardRule
        The steps that have a backward rule of their own; until the program is optimized, when its derivative has been written.
    loops : Loops
        Which steps stand for many.
    straight : str
        Why steps are in no loop, where that was looked for.
    """

    ops: list[str]
    args: list[tuple[Any, ...]]
    names: list[str]
    outputs: list[int]
    guards: list[Guard] = field(default_factory=list)
    name: str = "program"
    report: PassReport = field(default_factory=PassReport)
    checks: list[int] = field(default_factory=list)
    slopes: dict[int, int] = field(default_factory=dict)
    rules: dict[int, Any] = field(default_factory=dict, repr=False)
    loops: Loops = field(default_factory=Loops, repr=False)
    straight: str = field(default="", repr=False)

    def __len__(self) -> int:
        return len(self.ops)

    @property
    def size(self) -> int:
        """How many operations there are, inputs and constants not counted."""
        return sum(op not in LEAVES for op in self.ops)

    def counts(self) -> dict[str, int]:
        """How often each operation occurs, the most frequent first.

        >>> b = Builder(); x = b.input("x"); y = b.emit("mul", x, x)
        >>> b.finish([b.emit("mul", y, x)]).counts()
        {'mul': 2}
        """
        count = Counter(op for op in self.ops if op not in LEAVES)
        return dict(sorted(count.items(), key=lambda pair: (-pair[1], pair[0])))

    def cost(self) -> Cost:
        """What a run is predicted to cost in each target; see `compiler/cost.py`.

        >>> b = Builder(); x = b.input("x")
        >>> print(b.finish([b.emit("exp", x)]).cost())
        18 ns in Python source, 4 ns in machine code, 1.5 ns for each sample of a batch
        """
        return predicted(self)

    def is_same(self, other: "Program") -> bool:
        """Whether another program computes the same."""
        mine, others = ((one.ops, one.outputs, one.guards, one.checks, one.loops) for one in (self, other))
        return mine == others and (
            self.args == other.args or repr(self.args) == repr(other.args)
        )  # repr: nan is equal to nan

    def operands(self, index: int) -> tuple[int, ...]:
        """The steps this one refers to; none for inputs and constants."""
        return () if self.ops[index] in LEAVES else self.args[index]

    def computed(self) -> Iterator[tuple[int, str, tuple[int, ...]]]:
        """Number, operation and operands of each step that is neither an input nor a constant."""
        for index, (op, args) in enumerate(zip(self.ops, self.args, strict=True)):
            if op not in LEAVES:
                yield index, op, args

    def is_native(self, step: int) -> bool:
        """Whether a step is over a loop by an operation that every target with loops has for itself."""
        return step in self.loops.over and self.ops[step] in LOOPED

    def inputs(self) -> dict[int, int]:
        """For each place among the inputs its step."""
        return {args[0]: index for index, (op, args) in enumerate(zip(self.ops, self.args, strict=True)) if op == "input"}

    @property
    def roots(self) -> list[int]:
        """What the program is run for: its outputs, the truths of its guards, and scans that have some."""
        return [*self.results, *[guard.index for guard in self.guards], *self.guarded]

    @property
    def guarded(self) -> list[int]:
        """The scans in whose rounds something has to be looked at."""
        return [step for step, over in self.loops.over.items() if isinstance(over, Body) and over.is_guarded]

    @property
    def branches(self) -> set[str]:
        """Where it branches, in the rounds of its scans too."""
        bodies = [over.program for over in self.loops.over.values() if isinstance(over, Body)]
        return {guard.place for guard in self.guards}.union(*[body.branches for body in bodies])

    @property
    def results(self) -> list[int]:
        """The steps that are given back, by themselves or in loops."""
        return [*(step for step in self.outputs if step >= 0), *[block.step for block in self.loops.blocks]]

    def users(self) -> list[list[int]]:
        """For each step those that it is an operand of, as often as it is one."""
        users: list[list[int]] = [[] for _ in self.ops]
        for index, _, args in self.computed():
            for arg in args:
                users[arg].append(index)
        return users

    def uses(self) -> list[int]:
        """For each step how often it is an operand or a root."""
        uses = list(map(len, self.users()))
        for root in self.roots:
            uses[root] += 1
        return uses

    def needed(self, roots: Iterable[int], known: Collection[int] = ()) -> list[bool]:
        """For each step whether it is one of `roots` or one of them depends on it, not by way of the steps `known`."""
        needed = [False] * len(self.ops)
        for root in roots:
            needed[root] = True
        ops, operands = self.ops, self.args
        for index in range(len(ops) - 1, -1, -1):
            if needed[index] and ops[index] not in LEAVES and index not in known:
                for arg in operands[index]:
                    needed[arg] = True
        return needed

    def parts(self, root: int, inner: Callable[[int], bool]) -> list[int]:
        """What a step is made of: those steps behind it that are not `inner`, with none but inner ones between."""
        found, path = [], [root]
        while path:
            index = path.pop()
            if inner(index):
                path += self.operands(index)
            else:
                found.append(index)
        return found

    def depends(self, first: int = 0) -> list[bool]:
        """For each step whether it depends on an input, counted from the place `first`."""
        depends: list[bool] = []
        for op, args in zip(self.ops, self.args, strict=True):
            if op in LEAVES:
                depends.append(op in ("input", "block") and args[0] >= first)
            else:
                depends.append(any(depends[arg] for arg in args))
        return depends

    def renumbered(self, new: Sequence[int], builder: Builder) -> "Program":
        """The same inputs and results by the steps of a builder: what step k computed, step `new[k]` does now (-1: none)."""
        blocks = self.loops.renumbered(new).blocks
        return replace(
            self,
            ops=builder.ops,
            args=builder.args,
            outputs=[new[output] if output >= 0 else -1 for output in self.outputs],
            loops=replace(builder.loops, blocks=blocks),
            guards=[replace(guard, index=new[guard.index]) for guard in self.guards],
            checks=[new[step] for step in self.checks],
            slopes={new[a]: new[b] for a, b in self.slopes.items() if new[a] >= 0 and new[b] >= 0},
            rules={},
        )

    def values(self, inputs: Sequence[float], ieee: bool = True) -> list[Any]:
        """The result of every step, by evaluating the table's texts one by one: slow, and the reference for all targets.

        Of a step in loops a dict with the result of each round.

        Parameters
        ----------
        inputs : sequence of float
        ieee : bool, default True
            Infinities and nan where Python raises.
        """
        if len(inputs) != len(self.names):
            raise ValueError(f"{self.name} takes {len(self.names)} numbers ({', '.join(self.names[:8])}), not {len(inputs)}")
        if self.loops.sizes:
            straight = Unrolled(self)
            found = straight.program.values(inputs, ieee)
            return [{rounds: found[step] for rounds, step in steps.items()} for steps in straight.steps]
        return self.interpret(list(map(float, inputs)), lambda op, numbers: evaluate(op, numbers, ieee))

    def interpret(
        self,
        inputs: Sequence[Any],
        operation: Callable[[str, list[Any]], Any],
        constant: Callable[[float], Any] = lambda number: number,
    ) -> list[Any]:
        """The result of every step in whatever stands for numbers: arrays, names in a text.

        Parameters
        ----------
        inputs : sequence
        operation : callable
            For an operation and its operands the result.
        constant : callable, optional
            What stands for a number; it by itself if left out.
        """
        values: list[Any] = []
        for op, args in zip(self.ops, self.args, strict=True):
            if op in LEAVES:
                values.append(inputs[args[0]] if op == "input" else constant(args[0]))
            else:
                values.append(operation(op, [values[arg] for arg in args]))
        return values

    def run(self, inputs: Sequence[float], ieee: bool = True) -> list[float]:
        """The results, by `values`.

        >>> b = Builder(); x = b.input("x")
        >>> b.finish([b.emit("exp", x)]).run([0.0])
        [1.0]
        """
        if self.loops.sizes:
            return unrolled(self).run(inputs, ieee)
        values = self.values(inputs, ieee)
        return [float(values[output]) for output in self.outputs]

    def __str__(self) -> str:
        return self.listing()

    def listing(self, inputs: Sequence[float] | None = None, limit: int = 200) -> str:
        """The program as text: a line for each operation, with its value and derivative if inputs are given.

        Behind them what the passes did, if they have been over it, and what a run is predicted to cost.

        Parameters
        ----------
        inputs : sequence of float, optional
            Numbers to run it on; adds a column of values, and of derivatives where the program computes them.
        limit : int, default 200
            How many steps to list; the middle of a longer program is left out.

        Examples
        --------
        >>> from autograd_lite import jit, value_and_grad
        >>> neuron = jit(value_and_grad(lambda w, x, b: w * x + b, (0, 1, 2)), backend="python")
        >>> neuron(-2.0, 5.0, 3.0)
        (-7.0, (5.0, -2.0, 1.0))
        >>> print(neuron.program.listing([-2.0, 5.0, 3.0]))
        function(w, x, b) -> 4 results, 2 operations
          step                       value    derivative
          w = input                     -2             5
          x = input                      5            -2
          b = input                      3             1
          %3 = mul w x                 -10             1
          %4 = add %3 b                 -7             1
          return %4 x w 1.0
          pass                    before   after
          constant folding             4       4
          strength reduction           4       2
          common subexpressions        2       2
          dead code                    2       2
          fused multiply-add           2       1  (in machine code)
          predicted: 15 ns in Python source, 1 ns in machine code, 0.2 ns for each sample of a batch
        """
        return listing(self, inputs, limit)


class Unrolled:
    """A program with loops as a straight line, which every target has.

    Attributes
    ----------
    program : Program
    steps : list of dict
        For each step of the one with loops, by its rounds, those of the other.
    """

    def __init__(self, program: Program) -> None:
        self.old, self.loops, self.b = program, program.loops, Builder()
        for name in program.names:
            self.b.input(name)
        self.steps: list[dict[tuple[int, ...], int]] = []
        #: For a scan what was carried in the end, and what each round gave.
        self._scans: dict[tuple[int, ...], tuple[list[int], dict[int, list[int]]]] = {}
        self._guards, self._checks = list[Guard](), list[int]()
        for step in range(len(program)):
            rounds = self.loops.rounds(self.loops.of(step))
            self.steps.append({tuple(one.values()): self._step(step, one) for one in rounds})
        guards = [replace(one, index=step) for one in program.guards for step in self.steps[one.index].values()]
        checks = [step for one in program.checks for step in self.steps[one].values()]
        self.program = replace(
            program,
            ops=self.b.ops,
            args=self.b.args,
            outputs=self._outputs(),
            guards=[*guards, *self._guards],
            checks=[*checks, *self._checks],
            slopes={},
            loops=Loops(),
        )

    def at(self, step: int, rounds: dict[int, int]) -> int:
        """A step in a round of loops."""
        return self.steps[step][tuple(rounds[loop] for loop in self.loops.of(step))]

    def _step(self, step: int, rounds: dict[int, int]) -> int:
        op, args, b = self.old.ops[step], self.old.args[step], self.b
        over: Any = self.loops.over.get(step)
        if op in ("input", "block"):
            return int(args[0] + (at(args[1], rounds) if op == "block" else 0))
        if op in ("const", "position"):
            return b.const(args[0] if op == "const" else rounds[args[0]])
        if over is None:
            return b.emit(op, *[self.at(arg, rounds) for arg in args])
        if op == "scan":
            return self._scan(step, args, over, rounds)
        if op in ("carried", "given"):
            carried, given = self._scans[(args[0], *[rounds[loop] for loop in self.loops.of(args[0])])]
            return int((carried if op == "carried" else given[rounds[over.loop]])[over.k + at(over.strides, rounds)])
        if op == "stack":
            return self.at(args[rounds[over]], rounds)
        if op == "along":
            return self.at(args[0], {**rounds, over[0]: rounds[over[1]]})
        if op == "item":
            return self._item(args[0], self.at(args[1], rounds), over, rounds)
        # An index comes before the list it is one of, as in softmax; a dot product has two lists.
        whole = [op == "dot" or over in self.loops.of(arg) for arg in args]
        operands = [self.at(arg, rounds) for arg, many in zip(args, whole, strict=True) if not many]
        for arg, many in zip(args, whole, strict=True):
            if many:
                operands += [self.at(arg, {**rounds, over: turn}) for turn in range(self.loops.sizes[over])]
        if op not in ("and", "or"):
            return b.emit(op, *operands)
        return reduce(lambda x, y: b.emit(op, x, y), operands)

    def _scan(self, step: int, args: Sequence[int], body: Body, rounds: dict[int, int]) -> int:
        """The rounds of a body one after the other; guards and checks in each."""
        carried, taken, given = args[: body.carried], args[body.carried : body.carried + body.taken], dict[int, list[int]]()
        now = [self.at(arg, rounds) for arg in carried]
        shared = [self.at(arg, rounds) for arg in args[body.carried + body.taken :]]
        inner = unrolled(body.program)
        for k in body.order(self.loops.sizes[body.loop]):
            inputs = [*now, *[self.at(arg, {**rounds, body.loop: k}) for arg in taken], *shared]
            steps = inner.interpret(inputs, lambda op, operands: self.b.emit(op, *operands), self.b.const)
            found = [steps[output] for output in inner.outputs]
            now, given[k] = found[: body.carried], found[body.carried :]
            self._guards += [replace(guard, index=steps[guard.index]) for guard in inner.guards]
            self._checks += [steps[check] for check in inner.checks]
        self._scans[(step, *[rounds[loop] for loop in self.loops.of(step)])] = now, given
        return -1

    def _item(self, step: int, k: int, over: int, rounds: dict[int, int]) -> int:
        """The round of a step that is found by its number."""
        b, number = self.b, self.b.number(k)
        if number is not None:
            return self.at(step, {**rounds, over: int(number)})
        each = [self.at(step, {**rounds, over: turn}) for turn in range(self.loops.sizes[over])]
        found = each[-1]
        for turn, one in enumerate(each[:-1]):
            found = b.emit("select", b.emit("eq", k, b.const(turn)), one, found)
        return found

    def _outputs(self) -> list[int]:
        outputs = [self.at(step, {}) if step >= 0 else -1 for step in self.old.outputs]
        for block in self.loops.blocks:
            for rounds in self.loops.rounds([loop for loop, _ in block.strides]):
                place, step = block.place + at(block.strides, rounds), self.at(block.step, rounds)
                outputs[place] = step if outputs[place] < 0 else self.b.emit("add", outputs[place], step)
        return [step if step >= 0 else self.b.const(0.0) for step in outputs]


def unrolled(program: Program) -> Program:
    """The program without loops, each round a step of its own."""
    return Unrolled(program).program if program.loops.sizes else program


def places(steps: Iterable[int]) -> dict[int, list[int]]:
    """For each step of a list where it stands in it.

    >>> places([7, 5, 7])
    {7: [0, 2], 5: [1]}
    """
    found: dict[int, list[int]] = {}
    for place, step in enumerate(steps):
        found.setdefault(step, []).append(place)
    return found
