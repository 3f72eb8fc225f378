"""What `print(program)` says: operations with values and derivatives, what each pass did, the predicted cost."""

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Value, grad, jit, tanh, topological_order, value_and_grad
from autograd_lite.compiler.capture import capture
from autograd_lite.compiler.cost import predicted
from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.loops import Block
from autograd_lite.compiler.lowering import lowered
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Builder
from autograd_lite.testing.strategies import graphs
from autograd_lite.transforms.tree import NUMBER


def recorded(f, *point):
    """The program before any pass."""
    return capture(f, [NUMBER] * len(point), list(point)).program


def rows(text):
    """The columns of a listing's steps."""
    return [line.split() for line in text.splitlines() if " = " in line]


def test_values_and_derivatives_are_those_of_the_graph():
    def f(w, x, b):
        return tanh(w * x + b) ** 3.0

    compiled = jit(value_and_grad(f, (0, 1, 2)), backend="python")
    compiled(-0.2, 0.5, 0.3)
    root = f(*(leaves := [Value(-0.2, label="w"), Value(0.5, label="x"), Value(0.3, label="b")]))
    root.backward()
    nodes = {f"{node.data:.9g}": f"{node.grad:.9g}" for node in topological_order(root)}
    listed = {row[-2]: row[-1] for row in rows(compiled.program.listing([leaf.data for leaf in leaves])) if row[-2] in nodes}
    assert listed == nodes
    assert len(listed) == 7


def test_a_line_reads_like_the_formula():
    """Inputs go by their names and constants by their numbers; names that are not one word, or not one thing, by steps."""
    compiled = jit(lambda w, x: (w * x + 0.5) * x, backend="python")
    compiled(2.0, 3.0)
    text = str(compiled.program)
    assert text.startswith(
        "function(w, x) -> 1 result, 3 operations\n  %2 = mul w x\n  %4 = add %2 0.5\n  %5 = mul %4 x\n  return %5"
    )
    b = Builder()
    x, y, z = b.input("my x"), b.input("y"), b.input("y")
    text = b.finish([b.emit("add", b.emit("add", x, y), z)]).listing()
    assert [line.strip() for line in text.splitlines()] == [
        "program(my x, y, y) -> 1 result, 2 operations",
        "%0 = input my x",
        "%1 = input y",
        "%2 = input y",
        "%3 = add %0 %1",
        "%4 = add %3 %2",
        "return %4",
    ]


def test_guards_are_listed_with_their_lines():
    compiled = jit(lambda x: x * x if x > 1.0 else x, backend="python")
    compiled(2.0)
    assert "guard %2 is True  (" in str(compiled.program)
    assert "test_compiler_listing.py" in str(compiled.program)
    assert ["%2", "=", "gt", "x", "1.0", "True"] in rows(compiled.program.listing([2.0]))


def test_long_programs_are_cut_in_the_middle():
    def f(*xs):
        total = xs[0]
        for k in range(500):
            total = total * xs[k % 20]
        return total

    program = optimize(recorded(f, *[1.0] * 20))
    text = program.listing(limit=10)
    assert "... 490 more" in text
    assert len(rows(text)) == 10
    assert "... 9 more" in text.splitlines()[0]  # of the names
    assert len(rows(program.listing(limit=1000))) == 500


# --- what the passes did ------------------------------------------------------------------------------------------------


def test_each_pass_is_counted():
    def f(x, y):
        waste = ag.tanh(x)  # nobody needs it, and it never raises
        del waste
        product = x * y
        again = x * y
        return product + again * (Value(2.0, requires_grad=False) * 3.0) + y**2.0 + x * 1.0

    program = optimize(recorded(f, 2.0, 3.0))
    passes = {name: (before, after) for name, before, after in program.report.passes}
    assert passes == {
        "constant folding": (9, 8),
        "strength reduction": (8, 7),  # y * y is one operation as y**2 is; x * 1.0 is none
        "common subexpressions": (7, 6),
        "dead code": (6, 6),
    }
    assert program.size == 6
    b = Builder()
    x = b.input("x")
    cube, waste = b.emit("pow", x, b.const(3.0)), b.emit("exp", x)
    report = optimize(b.finish([cube])).report
    assert report.passes[1:] == [("strength reduction", 2, 3), ("common subexpressions", 3, 3), ("dead code", 3, 2)]
    assert waste != cube


@given(graphs(max_size=8), st.booleans())
@settings(max_examples=150, deadline=None)
def test_the_counts_add_up(graph, derivative):
    """From the operations recorded to the operations left, also where operations are written out in others."""
    f = value_and_grad(lambda *x: graph(*x), tuple(range(len(graph.point)))) if derivative else (lambda *x: graph(*x))
    program = recorded(f, *graph.point)
    simple = optimize(program)
    assert simple.report.before == program.size
    assert simple.report.after == simple.size
    try:
        core = lowered(simple)
    except NotImplementedError:
        return
    if core is not simple:
        assert core.report.after == core.size
        assert "written out" in core.report.changed


def test_the_same_program_is_listed_the_same():
    """In other processes, with other hashes of texts."""
    code = (
        "import autograd_lite as ag\n"
        "from autograd_lite import jit, value_and_grad\n"
        "f = jit(value_and_grad(lambda p: ag.softmax(1.0, [p['a'], p['b'] * 2.0]) if 0 else ag.logsumexp(p['a'], p['b']) * p['a']),"
        " backend='python')\n"
        "f({'a': 1.0, 'b': 2.0})\nprint(f.program)\nprint(f.program.listing([1.0, 2.0]))\nprint(f.source)"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(outputs) == 1
    assert "predicted: " in outputs.pop()


# --- predicted cost ----------------------------------------------------------------------------------------------------------


def chain(op, count):
    b = Builder()
    x = b.input("x")
    total = x
    for _ in range(count):
        total = b.emit(op, total, x) if op in ("add", "mul") else b.emit(op, total)
    return b.finish([total])


def test_cost_is_the_sum_of_its_operations():
    one, many = chain("tanh", 1).cost(), chain("tanh", 100).cost()
    for target in ("python", "llvm", "sample"):
        assert getattr(many, target) == pytest.approx(100.0 * getattr(one, target))
    assert one.sample < one.llvm < one.python
    assert chain("digamma", 1).cost().llvm > chain("exp", 1).cost().llvm > chain("add", 1).cost().llvm > 0.0
    costs = []
    for count in (2, 10):
        b = Builder()
        costs.append(b.finish([b.emit("max", *[b.input(f"x{k}") for k in range(count)])]).cost().python)
    assert costs[1] == pytest.approx(5.0 * costs[0])


def test_cost_in_words():
    from autograd_lite.compiler.cost import Cost

    assert (
        str(Cost(1.5, 0.0123, 1e-12)) == "1.5 s in Python source, 12 ms in machine code, 0.001 ns for each sample of a batch"
    )
    assert "120 us in Python source" in str(Cost(120e-6, 0.0, 0.0))


def test_a_derivative_is_predicted_to_cost_a_few_times_its_function():
    """Between one and five times, as for any reverse sweep."""
    model = ag.nn.MLP(4, [8, 8, 1], activation="tanh", seed=0)
    forward, both = jit(lambda x: model(x), backend="python"), jit(value_and_grad(lambda x: model(x)), backend="python")
    forward([0.1] * 4)
    both([0.1] * 4)
    ratio = both.program.cost().llvm / forward.program.cost().llvm
    assert 1.0 < ratio < 5.0


def test_fused_products_are_the_processors():
    """As many as LLVM's code generator fuses."""
    llvm = pytest.importorskip("llvmlite.binding")
    from autograd_lite.compiler.cost import fused
    from autograd_lite.compiler.llvm.native import binding, features
    from autograd_lite.compiler.llvm.run import kernel_module

    binding()
    if not features().get("fma"):
        pytest.skip("this processor has no fused multiply-add")

    def f(w, x, y):
        p = w * x
        return (p + y) * x - w * y + p * 2.0

    for one in (
        optimize(recorded(grad(f, (0, 1, 2)), 1.0, 2.0, 3.0)),
        optimize(recorded(f, 1.0, 2.0, 3.0)),
        chain("mul", 5),
    ):
        text = kernel_module(Kernel(one, 0, len(one.outputs)), 4).text()
        target = llvm.Target.from_default_triple()
        machine = target.create_target_machine(
            cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=2, jit=True
        )
        assembly = machine.emit_assembly(llvm.parse_assembly(text))
        count = sum("vfm" in line or "vfnm" in line for line in assembly.splitlines())
        assert count == fused(one)


def test_loops_are_listed():
    """In which loops a step is, where inputs and results lie, over what a sum goes; and what all rounds together cost."""
    b = Builder()
    for k in range(12):
        b.input(f"x{k}")
    unit, feature = b.loops.add(3), b.loops.add(3)
    z = b.emit("dot", b.block(0, ((unit, 3), (feature, 1))), b.block(9, ((feature, 1),)), over=feature)
    b.loops.blocks = [Block(b.emit("tanh", z), 0, ((unit, 1),))]
    text = str(b.finish([-1] * 3))
    for part in (
        "%12[i, j] = inputs[3 i + j]",
        "%13[j] = inputs[9 + j]",
        "%14[i] = dot over j %12 %13",
        "return[i] = %15",
        "i of 3, j of 3",
    ):
        assert part in text, text
    lone = Builder()
    for k in range(12):
        lone.input(f"x{k}")
    rows = [lone.emit("tanh", lone.emit("dot", *range(3 * k, 3 * k + 3), 9, 10, 11)) for k in range(3)]
    assert str(predicted(lone.finish(rows))) == str(predicted(b.finish([-1] * 3)))
    values = b.finish([-1] * 3).listing([0.0] * 9 + [1.0] * 3)
    assert "derivative" in values
