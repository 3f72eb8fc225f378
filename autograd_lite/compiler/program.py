"""A program: a straight line of operations, each on the results of earlier ones.

This is what a recorded graph is once the Python around it is forgotten.  It is kept as parallel lists, so that a million
operations are a few lists and every pass is one sweep from front to back.  `Builder` writes one, `Program` is the finished
thing with its inputs, outputs and guards; `print(program)` lists it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autograd_lite.compiler.cost import Cost, predicted
from autograd_lite.compiler.listing import listing
from autograd_lite.compiler.operations import LEAVES, evaluate
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
        self._constants: dict[str, int] = {}

    @classmethod
    def of(cls, program: "Program") -> "Builder":
        """A builder that goes on where a program ends."""
        builder = cls()
        builder.ops, builder.args, builder.names = list(program.ops), list(program.args), list(program.names)
        builder.rules = dict(program.rules)
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

    def emit(self, op: str, *args: int) -> int:
        """An operation on earlier results."""
        return self.append(op, args)

    def append(self, op: str, args: tuple[Any, ...]) -> int:
        """A step as it is, whatever `emit` does."""
        self.ops.append(op)
        self.args.append(args)
        return len(self.ops) - 1

    def number(self, index: int) -> float | None:
        """The number an index stands for, if it is a constant."""
        return self.args[index][0] if self.ops[index] == "const" else None

    def finish(self, outputs: Iterable[int], guards: Iterable[Guard] = (), **known: Any) -> "Program":
        """The finished program; what else is known of it, its name above all, by name."""
        return Program(self.ops, self.args, self.names, list(outputs), list(guards), rules=self.rules, **known)


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

    def operands(self, index: int) -> tuple[int, ...]:
        """The steps this one refers to; none for inputs and constants."""
        return () if self.ops[index] in LEAVES else self.args[index]

    def computed(self) -> Iterator[tuple[int, str, tuple[int, ...]]]:
        """Number, operation and operands of each step that is neither an input nor a constant."""
        for index, (op, args) in enumerate(zip(self.ops, self.args, strict=True)):
            if op not in LEAVES:
                yield index, op, args

    def inputs(self) -> dict[int, int]:
        """For each place among the inputs its step."""
        return {args[0]: index for index, (op, args) in enumerate(zip(self.ops, self.args, strict=True)) if op == "input"}

    @property
    def roots(self) -> list[int]:
        """What the program is run for: its outputs, and the truths of its guards."""
        return [*self.outputs, *[guard.index for guard in self.guards]]

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
            depends.append(args[0] >= first if op == "input" else op != "const" and any(depends[arg] for arg in args))
        return depends

    def renumbered(self, new: Sequence[int], ops: list[str], args: list[tuple[Any, ...]]) -> "Program":
        """The same inputs and results by other steps: what step k computed, step `new[k]` does now (-1: none)."""
        return replace(
            self,
            ops=ops,
            args=args,
            outputs=[new[output] for output in self.outputs],
            guards=[replace(guard, index=new[guard.index]) for guard in self.guards],
            checks=[new[step] for step in self.checks],
            slopes={new[a]: new[b] for a, b in self.slopes.items() if new[a] >= 0 and new[b] >= 0},
            rules={},
        )

    def values(self, inputs: Sequence[float], ieee: bool = True) -> list[Any]:
        """The result of every step, by evaluating the table's texts one by one: slow, and the reference for all targets.

        Parameters
        ----------
        inputs : sequence of float
        ieee : bool, default True
            Infinities and nan where Python raises.
        """
        if len(inputs) != len(self.names):
            raise ValueError(f"{self.name} takes {len(self.names)} numbers ({', '.join(self.names[:8])}), not {len(inputs)}")
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


def places(steps: Iterable[int]) -> dict[int, list[int]]:
    """For each step of a list where it stands in it.

    >>> places([7, 5, 7])
    {7: [0, 2], 5: [1]}
    """
    found: dict[int, list[int]] = {}
    for place, step in enumerate(steps):
        found.setdefault(step, []).append(place)
    return found
