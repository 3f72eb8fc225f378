"""Explanations against oracles that know nothing of this engine: symbolic differentiation, walking every path, exact counts."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Value, explain, topological_order
from autograd_lite.backprop.paths import count_paths, largest_paths
from autograd_lite.testing.strategies import graphs

#: Operations on our Values and on sympy's expressions.
UNARY = ["exp", "sin", "cos", "tanh", "atan", "sinh", "neg"]


@st.composite
def programs(draw):
    """Operations on earlier results, the last one being the root."""
    leaves = draw(st.integers(1, 3))
    operations = []
    for k in range(draw(st.integers(1, 7))):
        operand = st.integers(0, leaves + k - 1)
        name = draw(st.sampled_from(["add", "sub", "mul", *UNARY]))
        operations.append((name, draw(operand), None if name in UNARY else draw(operand)))
    points = [draw(st.integers(-8, 8)) / 8 for _ in range(leaves)]
    return points, operations


def compute(leaves, operations, functions):
    """The last result, and all of them."""
    made = list(leaves)
    for name, a, b in operations:
        if name == "add":
            made.append(made[a] + made[b])
        elif name == "sub":
            made.append(made[a] - made[b])
        elif name == "mul":
            made.append(made[a] * made[b])
        elif name == "neg":
            made.append(-made[a])
        else:
            made.append(getattr(functions, name)(made[a]))
    return made[-1]


@settings(max_examples=60, deadline=None)
@given(programs())
def test_sums_over_paths_are_what_sympy_differentiates(program):
    sympy = pytest.importorskip("sympy")
    points, operations = program
    leaves = [Value(point, f"x{k}") for k, point in enumerate(points)]
    root = compute(leaves, operations, ag)
    letters = sympy.symbols([f"x{k}" for k in range(len(points))])
    formula = compute(letters, operations, sympy)
    at = dict(zip(letters, points, strict=True))
    for leaf, letter in zip(leaves, letters, strict=True):
        expected = float(sympy.diff(formula, letter).subs(at).evalf(30))
        if abs(expected) > 1e12:
            continue
        found = explain(root, leaf, limit=1000)
        size = math.fsum(abs(path.product) for path in found.paths) or 1.0
        assert found.complete
        assert math.fsum(path.product for path in found.paths) == pytest.approx(expected, abs=1e-12 * size)
        assert found.value == pytest.approx(expected, abs=1e-12 * size)
        # The formula, read by sympy, is the derivative too, not only its number here.
        if found.paths and not any(name in str(found.symbolic) for name in ("v1", "v2", "v3", "v4", "v5", "v6", "v7")):
            read = sympy.sympify(found.symbolic, locals={"sech": sympy.sech, "sigmoid": lambda x: 1 / (1 + sympy.exp(-x))})
            assert float(read.subs(at).evalf(30)) == pytest.approx(expected, rel=1e-5, abs=1e-6 * size)


def walked(node, target, product=1.0):
    """The product along every path, by plain recursion."""
    if node is target:
        yield product
        return
    for parent, slope in zip(node.parents, node.local_grads, strict=True):
        yield from walked(parent, target, product * slope)


@settings(max_examples=60, deadline=None)
@given(graphs(smooth=False, max_size=8), st.integers(1, 5))
def test_paths_are_counted_and_the_largest_come_first(graph, limit):
    leaves, root = graph.record()
    order = topological_order(root)
    for leaf in leaves:
        products = list(walked(root, leaf))
        assert count_paths(order, leaf).paths == len(products)
        found = explain(root, leaf, limit=limit)
        assert found.count == len(products)
        assert len(found.paths) == min(limit, len(products))
        largest = sorted(map(abs, products), reverse=True)[:limit]
        assert sorted((abs(path.product) for path in found.paths), reverse=True) == pytest.approx(largest, rel=1e-9)


def test_more_paths_than_atoms():
    x = y = Value(1.0, "x")
    for _ in range(200):
        y = y + y
    found = explain(y, x)
    assert found.count == 2**200
    assert found.counted.edges == 200 * 2**200
    assert found.value == 2.0**200
    assert found.expanded_multiplications == 199 * 2**200
    assert found.backprop_multiplications == 2 * 199
    assert "about 1.61e+60 paths" in found.text
    assert [path.product for path in found.paths] == [1.0] * 10
    assert len({path.places for path in found.paths}) == 10


def test_a_count_with_many_digits_is_a_logarithm():
    x = y = Value(0.0, "x")
    for _ in range(33_000):
        y = y + y
    count = count_paths(topological_order(y), x)
    assert (count.paths, count.edges, count.multiplications) == (None, None, None)
    assert count.log10 == pytest.approx(33_000 * math.log10(2.0), rel=1e-9)
    assert str(count) == "about 10^9,934"
    found = explain(y, x)
    assert (found.count, found.expanded_multiplications) == (None, None)
    assert "beyond counting" in str(found)


def test_a_logarithm_adds_unequal_counts():
    """Fibonacci's numbers of paths: each node uses the two before it."""
    x = Value(0.0, "x")
    one, two = x, x + 0.0
    for _ in range(60_000):
        one, two = two, one + two
    count = count_paths(topological_order(two), x)
    assert count.paths is None
    golden = (1.0 + math.sqrt(5.0)) / 2.0
    assert count.log10 == pytest.approx(60_002 * math.log10(golden) - math.log10(5.0) / 2.0, abs=1e-6)


def binomial_lattice(n):
    """A grid of additions: as many paths from corner to corner as ways to choose n of 2n."""
    x = Value(1.0, "x")
    row = [x] * (n + 1)
    for _ in range(n):
        below = [x]
        for k in range(1, n + 1):
            below.append(below[k - 1] + row[k])
        row = below
    return x, row[-1]


@pytest.mark.parametrize("n", [1, 2, 5, 30])
def test_counts_in_a_grid_are_binomial(n):
    x, corner = binomial_lattice(n)
    # Each of the 2n + 1 choose n values counts the ways from the two sides, where every entry is x.
    assert explain(corner, x).count == math.comb(2 * n, n)
    assert corner.data == math.comb(2 * n, n)


def test_the_largest_paths_of_random_weights():
    """Three layers, every unit connected: the best of 4 * 5 * 4 paths, against trying them all."""
    rng = random.Random(5)
    x = Value(1.0, "x")
    layer = [x * rng.uniform(-2, 2) for _ in range(4)]
    for width in (5, 4):
        layer = [ag.sum([unit * rng.uniform(-2, 2) for unit in layer]) for _ in range(width)]
    root = ag.sum(layer)
    everything = sorted(walked(root, x), key=abs, reverse=True)
    found = largest_paths(topological_order(root), x, 12)
    assert [path.product for path in found] == pytest.approx(everything[:12])
    assert len(everything) == 4 * 5 * 4


def test_like_terms_are_put_together():
    a = Value(3.0, "a")
    b = a + a
    assert explain(b + b, a).symbolic == "4"
    assert explain(a * a, a).symbolic == "2 * a"
    assert explain(a * a * a, a).symbolic == "3 * a * a" or explain(a * a * a, a).symbolic == "2 * a * a + a * a"
    assert explain(a - a, a).symbolic == "0"
    assert explain(a * a - a * 3.0, "a").symbolic == "2 * a - 3"


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_latex_is_balanced(limit):
    mathtext = pytest.importorskip("matplotlib.mathtext")
    w, x = Value(0.5, "w"), Value(-2.0, "x_1")
    h = (w * x + w).tanh()
    h.label = "h"
    L = h * h - w
    L.label = "L"
    latex = explain(L, w, limit=limit).latex
    assert latex.startswith(r"\begin{aligned}\frac{\partial L}{\partial w} &= ")
    assert latex.endswith(r"\end{aligned}")
    lines = latex.removeprefix(r"\begin{aligned}").removesuffix(r"\end{aligned}").split(r" \\ ")
    assert latex.count("&=") == (4 if limit == 10 else 3)  # the formula only where every path is listed
    assert (r"\cdots" in latex) is (limit < 10)
    assert len(lines) == {1: 3, 2: 3, 10: 12}[limit]  # a line for each path where they are long together
    parser = mathtext.MathTextParser("path")
    for line in lines:
        assert line.count("{") == line.count("}")
        parser.parse("$" + line.replace("&", "") + "$")


def test_latex_of_a_leaf_and_of_no_path():
    x, y = Value(1.0, "x"), Value(2.0, "y")
    assert explain(x, x).latex == r"\frac{\partial x}{\partial x} = 1"
    assert explain(y * 2.0, x).latex == r"\frac{\partial v_{1}}{\partial x} = 0"
    assert explain(y * 2.0, y).latex.count("&=") == 2  # by name, and the number, once


def layers(depth, width):
    """`depth` layers of `width` units, each fed by every one of the layer before."""
    x = Value(0.5, "x")
    units = [x] * width
    for _ in range(depth):
        units = [ag.sum([unit * 0.5 for unit in units]).tanh() for _ in range(width)]
    return x, ag.sum(units)


def test_multiplications_that_are_saved():
    """Back-propagation multiplies once for each edge; written out, once for each edge of each path."""
    x = Value(0.5, "x")
    chain = explain(((x * 2.0 + 1.0) * 3.0 + 1.0) * 4.0, x)
    assert (chain.backprop_multiplications, chain.expanded_multiplications, chain.count) == (4, 4, 1)
    for depth in range(1, 7):
        x, root = layers(depth, 3)
        grown = explain(root, x)
        # To each of the paths three edges a layer: a product, a sum, a tanh; to back-propagation nine products and sums, three tanhs.
        assert grown.count == 3 ** (depth + 1)
        assert grown.expanded_multiplications == 3 ** (depth + 1) * 3 * depth
        assert grown.backprop_multiplications == 21 * depth


def test_the_slope_of_a_very_wide_operation_is_not_spelled() -> None:
    xs = [Value(1.0 + k * 1e-6, label=f"x{k}") for k in range(1000)]
    found = explain(ag.prod(xs), xs[3])
    assert found.value == pytest.approx(math.prod(x.data for x in xs[:3] + xs[4:]))
    assert found.symbolic == "..."
    assert "as a formula" not in found.text
    assert explain(ag.sum(xs), xs[3]).symbolic == "1"
    assert explain(ag.prod(xs[:5]), xs[3]).symbolic == "x0 * x1 * x2 * x4"
