"""Programs as ONNX, the format that other tools and devices run: a trained network, or any function of what ONNX has.

A sample is a row.  Each number of the program is a column of the batch, each step a node; dot products of the same
numbers with constant weights, which is what a trained layer is, are one matrix product.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import autograd_lite.compiler.exported as exported
from autograd_lite.compiler.errors import UnsupportedOperation
from autograd_lite.compiler.lowering import choose, lowered
from autograd_lite.compiler.passes import Form, optimize
from autograd_lite.compiler.program import Program
from autograd_lite.compiler.symbols import write
from autograd_lite.hints import needed

#: Steps and the ONNX operators of the same meaning.
_OPERATORS = {
    "rint": "Round", "select": "Where", "fsum": "Sum", "lt": "Less", "le": "LessOrEqual", "gt": "Greater",
    "ge": "GreaterOrEqual", "eq": "Equal", "fmod": "Mod",
    **{op: op.capitalize() for op in (
        "add", "sub", "mul", "div", "neg", "abs", "sqrt", "floor", "ceil", "sum", "and", "or", "not", "acos", "acosh", "asin",
        "asinh", "atan", "atanh", "cos", "cosh", "erf", "exp", "log", "pow", "sin", "sinh", "tan", "tanh",
    )},
}  # fmt: skip
_OPSET = 17
#: So many nodes onnxruntime takes most of a minute to load.
_MOST = 100_000


def _copysign(x: Any, y: Any) -> Any:
    # The sign of a zero shows in its reciprocal.
    shown = choose("eq", y, 0.0, 1.0 / y, y)
    return choose("lt", shown, 0.0, -write("abs", x), write("abs", x))


def _expm1(x: Any) -> Any:
    # Kahan: what exp(x) rounded to is taken for exact, and the logarithm says of what.
    u = write("exp", x)
    found = choose("eq", u, math.inf, u, (u - 1.0) * x / write("log", u))
    return choose("eq", u, 1.0, x, choose("eq", u - 1.0, -1.0, -1.0, found))


def _log1p(x: Any) -> Any:
    u = 1.0 + x
    found = choose("eq", u, math.inf, u, write("log", u) * x / (u - 1.0))
    return choose("eq", u, 1.0, x, choose("eq", u, 0.0, -math.inf, found))


def _hypot(x: Any, y: Any) -> Any:
    a, b = write("abs", x), write("abs", y)
    large, small = choose("gt", a, b, a, b), choose("gt", a, b, b, a)
    ratio = small / large
    found = choose("eq", large, 0.0, 0.0, large * write("sqrt", 1.0 + ratio * ratio))
    return choose("eq", a, math.inf, a, choose("eq", b, math.inf, b, found))


def _atan2(y: Any, x: Any) -> Any:
    turn = choose("lt", choose("eq", x, 0.0, 1.0 / x, x), 0.0, math.pi, 0.0)
    size, width = write("abs", y), write("abs", x)
    same = choose("eq", size, width, choose("eq", size, 0.0, 0.0, 1.0), size / width)
    slope = write("atan", same)
    return write("copysign", choose("eq", turn, 0.0, slope, math.pi - slope), y)


#: Forms for what ONNX does not have.
_FORMS: dict[str, Form] = {
    "copysign": _copysign, "expm1": _expm1, "log1p": _log1p,
    "hypot": _hypot, "atan2": _atan2,
    "trunc": lambda x: write("copysign", write("floor", write("abs", x)), x),
    "cbrt": lambda x: write("copysign", write("pow", write("abs", x), 1.0 / 3.0), x),
    "exp2": lambda x: write("pow", 2.0, x),
    "log2": lambda x: write("log", x) * (1.0 / math.log(2.0)),
    "log10": lambda x: write("log", x) * (1.0 / math.log(10.0)),
    "erfc": lambda x: 1.0 - write("erf", x),
    "ndtr": lambda x: 0.5 * write("erfc", x * -math.sqrt(0.5)),
    "ne": lambda x, y: write("not", write("eq", x, y)),
}  # fmt: skip


def to_onnx(function: Callable[..., Any], *example: Any, name: str = "f", dtype: str = "float") -> Any:
    """The function as an ONNX model.

    Parameters
    ----------
    function : callable
        Of numbers, or lists of them; Values that it refers to, the weights of a trained network, become constants.
    *example : number or nested numbers
        Arguments to record it with; all their numbers, in order, are a row of the input.
    name : str, default "f"
        Of the graph.
    dtype : {"float", "double"}, default "float"
        onnxruntime has every operator for float, and most for double.

    Returns
    -------
    onnx.ModelProto
        With one input `x` of shape (samples, numbers) and one output `y` of shape (samples, results).  It is a checked
        model: `onnx.save(model, "f.onnx")` writes it.

    Raises
    ------
    UnsupportedOperation
        If ONNX has no such operator, the function branches in Python, or there would be more than 100,000 nodes; the message names it,
        or their number.
    ImportError
        Without the package onnx.

    Examples
    --------
    >>> import pytest; _ = pytest.importorskip("onnx")
    >>> from autograd_lite import tanh
    >>> model = to_onnx(lambda x, y: tanh(x * y), 0.0, 0.0)
    >>> [node.op_type for node in model.graph.node]
    ['Split', 'Mul', 'Tanh', 'Concat']
    """
    if dtype not in ("float", "double"):
        raise ValueError(f"dtype is 'float' or 'double', not {dtype!r}")
    onnx = needed("onnx", "a model in ONNX needs", "onnx")
    captured, structures = exported.captured_for("an ONNX model", function, example)
    program, outside = exported.with_parameters(captured, structures, (), gradient=False)
    inputs = len(program.names) - len(outside)
    if not inputs:
        raise ValueError("an ONNX model needs a number to compute from: give an example of the arguments")
    program = lowered(optimize(_fixed(program, inputs, [leaf.data for leaf in outside])), _FORMS, keep=("dot",))
    graph = _Graph(onnx, program, inputs, dtype).graph(name)
    model = onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", _OPSET)], producer_name="autograd_lite"
    )
    model.ir_version = 8  # the version of this operator set, which older runtimes read
    onnx.checker.check_model(model)
    return model


def _fixed(program: Program, inputs: int, numbers: list[float]) -> Program:
    """The program with its inputs from this place on as constants."""
    ops, args = list(program.ops), list(program.args)
    for index, op in enumerate(ops):
        if op == "input" and args[index][0] >= inputs:
            ops[index], args[index] = "const", (numbers[args[index][0] - inputs],)
    return replace(program, ops=ops, args=args, names=program.names[:inputs])


class _Graph:
    """Writes the nodes of one graph."""

    def __init__(self, onnx: Any, program: Program, inputs: int, dtype: str) -> None:
        self.onnx, self.program, self.inputs = onnx, program, inputs
        self.type = onnx.TensorProto.DOUBLE if dtype == "double" else onnx.TensorProto.FLOAT
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}
        self.names: list[str] = []
        self.layers = self._layers()

    def graph(self, name: str) -> Any:
        """The finished graph."""
        helper, program = self.onnx.helper, self.program
        columns = [f"x{k}" for k in range(self.inputs)] if self.inputs > 1 else ["x"]
        if self.inputs > 1:
            self._split("x", columns, "widths")
        for index, (op, args) in enumerate(zip(program.ops, program.args, strict=True)):
            if op == "input":
                self.names.append(columns[args[0]])
            elif op == "const":
                self.names.append(f"c{index}")
                self._constant(f"c{index}", [args[0]], [1, 1], self.type)
            else:
                self.names.append(f"t{index}")
                self._step(index, op, args)
        depends = program.depends()
        results = [
            self.names[output] if depends[output] else self._repeated(output, f"y{k}", columns[0])
            for k, output in enumerate(program.outputs)
        ]
        self._node("Concat", results, ["y"], axis=1)
        exported.refuse_large("an ONNX model", len(self.nodes), _MOST)
        read = {name for node in self.nodes for name in node.input}
        return helper.make_graph(
            self.nodes,
            name,
            [helper.make_tensor_value_info("x", self.type, ["samples", self.inputs])],
            [helper.make_tensor_value_info("y", self.type, ["samples", len(results)])],
            [
                tensor for name, tensor in self.constants.items() if name in read
            ],  # weights are in matrices, not by themselves
        )

    def _node(self, operator: str, inputs: list[str], outputs: list[str], **attributes: Any) -> None:
        self.nodes.append(self.onnx.helper.make_node(operator, inputs, outputs, **attributes))

    def _constant(self, name: str, numbers: list[Any], shape: list[int], kind: int) -> None:
        self.constants[name] = self.onnx.helper.make_tensor(name, kind, shape, numbers)

    def _split(self, whole: str, columns: list[str], widths: str) -> None:
        self._constant(widths, [1] * len(columns), [len(columns)], self.onnx.TensorProto.INT64)
        self._node("Split", [whole, widths], columns, axis=1)

    def _step(self, index: int, op: str, args: tuple[int, ...]) -> None:
        operands, name = [self.names[arg] for arg in args], self.names[index]
        if op == "dot":
            self._dot(index, args)
        elif op in _OPERATORS:
            self._node(_OPERATORS[op], operands, [name], **{"fmod": 1} if op == "fmod" else {})
        else:
            raise UnsupportedOperation(
                f"ONNX has no operator for {op!r} (step %{index} of {self.program.name}); jit(f, backend='python') runs it, or "
                "leave it out of the exported function"
            )

    def _repeated(self, output: int, name: str, column: str) -> str:
        """A result that does not depend on the sample, once for each."""
        self._node("Shape", [column], [f"{name}s"])
        self._node("Expand", [self.names[output], f"{name}s"], [name])
        return name

    # --- layers ------------------------------------------------------------------------------------------------------

    def _layers(self) -> dict[int, tuple[tuple[int, ...], dict[int, list[float]]]]:
        """For each dot product with constant weights what it weighs, and the weights of all those that weigh the same."""
        ops, layers = self.program.ops, dict[tuple[int, ...], dict[int, list[float]]]()
        for index, op, args in self.program.computed():
            half = len(args) // 2
            for weights, weighed in ((args[:half], args[half:]), (args[half:], args[:half])) if op == "dot" else ():
                if all(ops[k] == "const" for k in weights) and not any(ops[k] == "const" for k in weighed):
                    layers.setdefault(weighed, {})[index] = [self.program.args[k][0] for k in weights]
        return {index: (weighed, rows) for weighed, rows in layers.items() for index in rows}

    def _dot(self, index: int, args: tuple[int, ...]) -> None:
        name = self.names[index]
        if index not in self.layers:
            half = len(args) // 2
            terms = [f"{name}p{k}" for k in range(half)]
            for term, x, y in zip(terms, args[:half], args[half:], strict=True):
                self._node("Mul", [self.names[x], self.names[y]], [term])
            self._node("Sum", terms, [name])
            return
        weighed, rows = self.layers[index]
        if index != next(iter(rows)):
            return  # written with the first of the layer
        self._constant(
            f"{name}w",
            [w for column in zip(*rows.values(), strict=True) for w in column],
            [len(weighed), len(rows)],
            self.type,
        )
        given = "x" if [self.names[k] for k in weighed] == [f"x{k}" for k in range(self.inputs)] else f"{name}x"
        if given != "x":
            self._node("Concat", [self.names[k] for k in weighed], [given], axis=1)
        product = name if len(rows) == 1 else f"{name}y"
        self._node("MatMul", [given, f"{name}w"], [product])
        if len(rows) > 1:
            self._split(product, [f"t{one}" for one in rows], f"{name}s")
