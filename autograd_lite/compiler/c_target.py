"""Programs as C: one self-contained C99 file with `f` and `f_grad`, no allocation, nothing but `math.h`.

For a microcontroller, or for a reader who wants to see what back-propagation comes down to.  Values that the function refers
to, the weights of a trained network, stand in the file as a table of constants.
"""

import math
import struct
from collections.abc import Callable
from typing import Any

from autograd_lite.compiler.adjoint import input_gradients
from autograd_lite.compiler.c_body import Body
from autograd_lite.compiler.c_names import listed, refuse_c_name
from autograd_lite.compiler.capture import Captured
from autograd_lite.compiler.exported import captured_for
from autograd_lite.compiler.indices import straddles
from autograd_lite.compiler.listing import counted
from autograd_lite.compiler.lowering import lowered
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Builder, Program, unrolled
from autograd_lite.transforms.tree import offsets

_EXACT_SUM = """\
/* Neumaier's sum: what each addition loses is added up too. */
static {real} sum_of(const {real} *x, int n)
{{
    {real} total = x[0], lost = 0;
    int i;
    for (i = 1; i < n; i++) {{
        const {real} next = total + x[i];
        lost += {fabs}(total) >= {fabs}(x[i]) ? (total - next) + x[i] : (x[i] - next) + total;
        total = next;
    }}
    return lost == lost ? total + lost : total; /* what an infinity loses is nan, and no part of the sum */
}}

"""


def to_c(function: Callable[..., Any], *example: Any, name: str = "f", dtype: str = "double", main: bool = False) -> str:
    """The function as a C99 file.

    Parameters
    ----------
    function : callable
        Of numbers, lists, tuples, dicts or arrays of them.
    *example : number or nested numbers
        Arguments to record it with; they fix how many inputs there are.
    name : str, default "f"
        The name of the C function; the derivative is `<name>_grad`.
    dtype : {"double", "float"}, default "double"
    main : bool, default False
        Add a program that reads inputs from standard input and writes results and derivatives.

    Returns
    -------
    str
        Loops, over arrays on the stack, for what is alike.  With one result, `double f(const double x[])` and
        `double f_grad(const double x[], double gradient[])`, which also returns the value.  With several, `void f(x, y)` and
        `void f_grad(x, seeds, y, gradient)`: the derivative of the sum of `seeds[k] * y[k]`.

    Raises
    ------
    UnsupportedOperation
        If C has no such function, or the function branches on a number, or catches what an operation may raise.  C raises
        nothing: where the eager engine does, there are infinities and nan, or what becomes of them.
    ValueError
        If the name is none in C, or the dtype is another.

    Examples
    --------
    >>> print(to_c(lambda w, x: w * x + 3.0, -2.0, 5.0))
    /* f: 2 inputs (w, x), 1 result, 2 operations; written by autograd_lite. */
    #include <math.h>
    <BLANKLINE>
    double f(const double x[2])
    {
        const double t2 = x[0] * x[1];
        const double t4 = t2 + 3.0;
        return t4;
    }
    <BLANKLINE>
    /* The value, and its derivative with respect to each input. */
    double f_grad(const double x[2], double gradient[2])
    {
        const double t2 = x[0] * x[1];
        const double t4 = t2 + 3.0;
        gradient[0] = x[1];
        gradient[1] = x[0];
        return t4;
    }
    <BLANKLINE>
    """
    if dtype not in ("double", "float"):
        raise ValueError(f"dtype is 'double' or 'float', not {dtype!r}")
    refuse_c_name(name)
    captured, structures = captured_for("C code", function, example, loops=True, further=True)
    return _File(captured, offsets(structures)[-1], name, dtype).text(main)


class _File:
    """The text of one file."""

    def __init__(self, captured: Captured, inputs: int, name: str, real: str) -> None:
        self.captured, self.inputs, self.name, self.real = captured, inputs, name, real
        self.suffix = "f" if real == "float" else ""
        self.sums = False

    def text(self, main: bool) -> str:
        recorded = self.captured.program
        self.given = {"x": self.inputs, "constants": len(self.captured.outside), "seeds": len(recorded.outputs)}
        ends = [self.inputs, self.inputs + len(self.captured.outside)]
        if straddles(recorded, ends):
            recorded = unrolled(recorded)
        program, outputs = lowered(optimize(recorded)), len(recorded.outputs)
        derivative = lowered(optimize(self._derivative(recorded)))
        f, f_grad = self._function(program, outputs, slopes=False), self._function(derivative, outputs, slopes=True)
        inputs = listed(recorded.names[: min(self.inputs, 8)]) + ", ..." * (self.inputs > 8)
        head = f"/* {self.name}: {counted(self.inputs, 'input')} ({inputs}), " if inputs else f"/* {self.name}: no inputs, "
        work = counted(program.size, "operation") + " in loops" * bool(program.loops.sizes)
        head += f"{counted(outputs, 'result')}, {work}; written by autograd_lite. */\n"
        parts = [head, "#include <math.h>\n", "#include <stdio.h>\n" if main else "", "\n"]
        if self.captured.outside:
            parts.append(self._constants())
        if self.sums:
            parts.append(_EXACT_SUM.format(real=self.real, fabs=f"fabs{self.suffix}"))
        what = "The value, and its" if outputs == 1 else "The results, and the"
        of = "" if outputs == 1 else " of their sum, each times its seed,"
        comment = f"/* {what} derivative{of} with respect to each input. */\n"
        return "".join([*parts, f, "\n", comment, f_grad, self._main(outputs) if main else ""])

    def _derivative(self, program: Program) -> Program:
        """The program with the gradient after the results; with several results, seeds are further inputs."""
        builder, outputs = Builder.of(program), list(program.outputs)
        root, first = outputs[0], len(builder.names)
        if len(outputs) > 1:
            builder.names += [f"seed{k}" for k in range(len(outputs))]
            terms = [
                builder.emit("mul", builder.append("input", (first + k,)), out) for k, out in enumerate(outputs) if out >= 0
            ]
            for block in program.loops.blocks:
                term = builder.emit("mul", builder.block(first + block.place, block.strides), block.step)
                for loop in builder.loops.of(term):
                    term = builder.emit("sum", term, over=loop)
                terms.append(term)
            root = builder.emit("sum", *terms) if len(terms) > 1 else terms[0]
        gradient = input_gradients(builder, root, range(self.inputs), len(outputs))
        return builder.finish([*outputs, *gradient], name=program.name)

    def _constants(self) -> str:
        values = [leaf.data for leaf in self.captured.outside]
        rows = [", ".join(self._number(value) for value in values[k : k + 6]) for k in range(0, len(values), 6)]
        body = ",\n".join(f"    {row}" for row in rows)
        return f"static const {self.real} constants[{len(values)}] = {{\n{body}\n}};\n\n"

    def _number(self, value: float) -> str:
        if value != value:
            return "NAN"
        if self.real == "float" and math.isfinite(value):
            try:
                value = struct.unpack("<f", struct.pack("<f", value))[0]
            except OverflowError:
                value = math.copysign(math.inf, value)
        if math.isinf(value):
            return "INFINITY" if value > 0 else "(-INFINITY)"
        digits = f"{value:.9g}" if self.suffix else repr(value)
        if not any(sign in digits for sign in ".e"):
            digits += ".0"
        digits += self.suffix
        return f"({digits})" if math.copysign(1.0, value) < 0 else digits

    def _function(self, program: Program, outputs: int, slopes: bool) -> str:
        real, n = self.real, max(1, self.inputs)
        arguments = [f"const {real} x[{n}]"]
        if slopes and outputs > 1:
            arguments.append(f"const {real} seeds[{outputs}]")
        if outputs > 1:
            arguments.append(f"{real} y[{outputs}]")
        if slopes:
            arguments.append(f"{real} gradient[{n}]")
        kind, name = (real if outputs == 1 else "void"), self.name + "_grad" * slopes
        taken = {"y" if outputs > 1 else "": outputs} | ({"gradient": self.inputs} if slopes else {})
        body = Body(program, self.given, taken, self._number, real, self.name)
        lines = body.lines()
        self.sums |= body.exact
        given = ["x", *["seeds"] * (slopes and outputs > 1), *["gradient"] * (slopes and not self.inputs)]
        unread = [f"(void){array};" for array in given if array not in body.read]
        return (
            "\n".join([f"{kind} {name}({', '.join(arguments)})", "{", *[f"    {line}" for line in [*unread, *lines]], "}"])
            + "\n"
        )

    def _main(self, outputs: int) -> str:
        real, n = self.real, self.inputs
        scan = "%lf" if real == "double" else "%f"
        shown = "%.17g" if real == "double" else "%.9g"
        call = f"    y[0] = {self.name}_grad(x, gradient);\n"
        seeds = ""
        if outputs > 1:
            call = f"    {self.name}_grad(x, seeds, y, gradient);\n"
            seeds = f"    const {real} seeds[{outputs}] = {{{', '.join(['1'] * outputs)}}};\n"
        return (
            f"\nint main(void)\n{{\n    {real} x[{max(1, n)}], y[{outputs}], gradient[{max(1, n)}];\n{seeds}    int i;\n"
            f'    for (i = 0; i < {n}; i++)\n        if (scanf("{scan}", &x[i]) != 1) {{\n'
            f'            fprintf(stderr, "{self.name}: {n} numbers are wanted, number %d cannot be read\\n", i + 1);\n'
            f"            return 1;\n        }}\n{call}"
            f'    for (i = 0; i < {outputs}; i++)\n        printf("{shown}\\n", (double)y[i]);\n'
            f'    for (i = 0; i < {n}; i++)\n        printf("{shown}\\n", (double)gradient[i]);\n    return 0;\n}}\n'
        )
