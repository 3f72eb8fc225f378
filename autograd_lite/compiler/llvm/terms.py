"""A penalty that is a sum of the same term of every parameter, as that term alone, so that it runs on vectors of parameters.

`strength * sum(p * p)` for hundreds of parameters is a program of thousands of steps, all scalar.  What is the same for every
parameter is found by giving each step a number for its shape: equal numbers, equal computations, up to which parameter it is.
"""

from autograd_lite.compiler.program import Builder, Program

#: In `_Shapes.source`: the step depends on no parameter, or on more than one.
_NONE, _MANY = -1, -2


def terms(program: Program) -> tuple[Program, Program] | None:
    """Take a penalty apart; None if it is not such a sum.

    Parameters
    ----------
    program : Program
        Inputs: the parameters; results: the slope of each, and the penalty.

    Returns
    -------
    Program
        The term; inputs: a parameter and its slope so far; results: the term, and the slope with the penalty's added.
    Program
        What becomes of the sum of all terms: the penalty.

    Examples
    --------
    >>> b = Builder()
    >>> p, q = b.input("p"), b.input("q")
    >>> total = b.emit("add", b.emit("mul", p, p), b.emit("mul", q, q))
    >>> half = b.emit("mul", b.const(0.5), total)
    >>> term, rest = terms(b.finish([p, q, half]))
    >>> term.run([3.0, 10.0]), rest.run([9.0])
    ([9.0, 13.0], [4.5])
    """
    shapes = _Shapes(program)
    *slopes, value = program.outputs
    total = value
    while program.ops[total] not in ("add", "sum"):
        many = [arg for arg in program.operands(total) if shapes.source[arg] == _MANY]
        if len(many) != 1 or any(shapes.source[arg] >= 0 for arg in program.operands(total)):
            return None
        total = many[0]
    leaves = program.parts(total, lambda k: shapes.source[k] == _MANY and program.ops[k] in ("add", "sum"))
    every = list(range(len(slopes)))
    if sorted(shapes.source[leaf] for leaf in leaves) != every or [shapes.source[slope] for slope in slopes] != every:
        return None
    if any(len({shapes.shape[one] for one in alike}) > 1 for alike in (leaves, slopes)):
        return None
    builder = Builder()
    parameter, so_far = builder.input("p"), builder.input("g")
    first = min(leaves, key=lambda leaf: shapes.source[leaf])
    known = {shapes.place[0]: parameter}
    term = _copied(program, first, builder, known)
    slope = builder.emit("add", so_far, _copied(program, slopes[0], builder, known))
    after = Builder()
    rest = _copied(program, value, after, {total: after.input("sum")})
    return builder.finish([term, slope], name="term"), after.finish([rest], name="rest")


class _Shapes:
    """For each step on which parameter it depends, and the number of its shape."""

    def __init__(self, program: Program) -> None:
        self.source: list[int] = []
        self.shape: list[int] = []
        #: The step of each parameter.
        self.place: dict[int, int] = {}
        numbers: dict[object, int] = {}
        for index, (op, args) in enumerate(zip(program.ops, program.args, strict=True)):
            if op == "input":
                self.place[args[0]] = index
                self.source.append(args[0])
                form: object = "parameter"
            elif op == "const":
                self.source.append(_NONE)
                form = repr(args[0])
            else:
                sources = {self.source[arg] for arg in args} - {_NONE}
                self.source.append(_NONE if not sources else sources.pop() if len(sources) == 1 else _MANY)
                form = (op, tuple(self.shape[arg] for arg in args)) if self.source[-1] != _MANY else index
            self.shape.append(numbers.setdefault(form, len(numbers)))


def _copied(program: Program, root: int, builder: Builder, known: dict[int, int]) -> int:
    """Write what a step depends on, down to the steps that are known."""
    for index, needed in enumerate(program.needed([root], known)):
        if needed and index not in known:
            op, args = program.ops[index], program.args[index]
            known[index] = builder.const(args[0]) if op == "const" else builder.emit(op, *[known[arg] for arg in args])
    return known[root]
