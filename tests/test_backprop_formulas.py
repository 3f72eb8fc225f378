"""Local derivatives as formulas: read back as Python and as LaTeX they must give the numbers that were recorded."""

import ast
import math
import random
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mpmath import mp

from autograd_lite import RULES, Value, topological_order
from autograd_lite.backprop.formulas import Formula, Writer, product, total
from autograd_lite.backprop.notation import Notation, latex_name, notation_of
from autograd_lite.rules.evaluate import compile_rule
from autograd_lite.rules.floats import FLOATS
from autograd_lite.structure.names import Names
from autograd_lite.testing.graphs import Graph, Operation
from autograd_lite.testing.strategies import graphs

FUNCTIONS = {name: compile_rule(rule, FLOATS).forward for name, rule in RULES.items()}
SCOPE = {**FUNCTIONS, "pi": math.pi, "inf": math.inf, "nan": math.nan}


def slopes(root):
    """Every local derivative of a graph: the formula, the number, the node."""
    order = topological_order(root)
    writer = Writer(Names(order))
    for node in order:
        for place, slope in enumerate(node.arg_grads):
            if slope is not None:
                yield writer.slope(node, place), slope, node


@settings(max_examples=150, deadline=None)
@given(graphs(smooth=False, max_size=7))
def test_formulas_read_as_python_give_the_slopes(graph):
    _, root = graph.record()
    order = topological_order(root)
    values = {name: node.data for node, name in Names(order).items()}
    for formula, slope, _ in slopes(root):
        found = eval(formula.text, {**SCOPE, **values})
        assert found == pytest.approx(slope, rel=1e-4, abs=1e-9, nan_ok=True), formula  # numbers have six digits


#: LaTeX as a person reads it, in Python: what is replaced by what, one after the other.
READING = [
    (r"\\ln \\Gamma", "lgamma"), (r"\\ln \\sigma", "log_sigmoid"), (r"\\ln \\operatorname\{softmax\}", "log_softmax"),
    (r"\\operatorname\{(erfc?)\}\^\{-1\}", r"\1inv"), (r"\\psi\^", "psi_"), (r"\\psi'", "trigamma"),
    (r"(\d)\\pi", r"(\1 * pi)"), (r"\\operatorname\{sinc\}\^", "sinc_"), (r"\\sqrt\[3\]", "cbrt"),
    (r"\\log_\{(\d+)\}", r"log\1"), (r"\\(?:operatorname|mathrm)\{(\w+)\}", r"\1"),
    (r"\b(\w)_\{(\d+)\}", r"\1\2"), (r"\\left\||\\left\|", "abs("), (r"\\right\|", ")"),
    (r"(?:\\left)?\\l(floor|ceil)", r"\1("), (r"(?:\\right)?\\r(?:floor|ceil)", ")"), (r"\\left|\\right", ""),
    (r"\\cdot", "*"), (r"\\bmod", "%"), (r"\\infty", "inf"), (r"\\ln", "log"), (r"\\sigma", "sigmoid"), (r"\\Phi", "ndtr"),
    (r"\\Gamma", "gamma"), (r"\\psi", "digamma"), (r"\\", ""), (r"\bar(\w+h)\b", r"a\1"), (r"\barc(\w+)", r"a\1"),
    (r"\{", "("), (r"\}", ")"), (r"\^", "**"), (r"(?<=[\w)]) +(?=[\w(])", " * "),
]  # fmt: skip


def plain(name):
    """A function of the table for whatever can be a float."""
    return lambda *xs: mp.mpf(FUNCTIONS[name](*map(float, xs)))


def indexed(name, turned=False):
    r"""A function whose first argument (the last, if turned) stands below or above it: \operatorname{softmax}_{0}(x, y)."""
    return lambda index: lambda *xs: plain(name)(*xs, index) if turned else plain(name)(index, *xs)


#: Names that are spelled otherwise in LaTeX; what it writes out in a form that overflows or cancels is read in many digits.
READ = {
    **{name: plain(name) for name in RULES}, "pi": math.pi, "inf": math.inf, "nan": math.nan, "e": mp.e, "abs": abs,
    "mpf": mp.mpf, "log": mp.log, "sqrt": mp.sqrt, "frac": lambda x: lambda y: x / y,
    "logabs": lambda x: mp.log(abs(x)), "ReLU": plain("relu"), "SELU": plain("selu"), "GELU": plain("gelu"),
    "SiLU": plain("silu"), "Mish": plain("mish"), "HardSigmoid": plain("hard_sigmoid"), "HardSwish": plain("hard_swish"),
    "LeakyReLU_": indexed("leaky_relu", True), "ELU_": indexed("elu", True), "CELU_": indexed("celu", True),
    "round_": indexed("round", True), "softmax_": indexed("softmax"), "log_softmax_": indexed("log_softmax"),
    "psi_": indexed("polygamma"), "sinc_": indexed("sinc_derivative"),
}  # fmt: skip


def read(latex):
    for pattern, python in READING:
        latex = re.sub(pattern, python, latex)
    return latex


@pytest.mark.parametrize(
    ("latex", "python"),
    [
        (r"\frac{1}{2} \cdot x", "frac(1)(2) * x"), (r"{\left(x + y\right)}^{2}", "((x + y))**(2)"), (r"\pi x", "pi * x"),
        (r"\operatorname{ELU}_{\sigma(x)}(y)", "ELU_(sigmoid(x))(y)"),
        (r"\psi'(x)", "trigamma(x)"), (r"x \bmod 2\pi", "x % (2 * pi)"),
        (r"\left| v_{1} \right|", "abs( v1 )"), (r"-\operatorname{arsinh}(x)", "-asinh(x)"),
    ],
)  # fmt: skip
def test_the_reader_reads(latex, python):
    assert read(latex) == python


def in_many_digits(text):
    """An expression whose numbers are mpmath's, so that the square of 1e-175 is not 0."""

    class Wrap(ast.NodeTransformer):
        def visit_Constant(self, node):
            return ast.Call(ast.Name("mpf", ast.Load()), [ast.Constant(repr(node.value))], [])

    tree = Wrap().visit(ast.parse(text, mode="eval"))
    return compile(ast.fix_missing_locations(tree), "<formula>", "eval")


@settings(max_examples=200, deadline=None)
@example(Graph((1.346e-175,), (Operation("hypot", (1.346e-175, 0)),)))
@example(Graph((0.0,), (Operation("hypot", (1.346e-175, 0)),)))
@given(graphs(smooth=False, max_size=7))
def test_formulas_read_as_latex_give_the_slopes(graph):
    latex_gives_the_slopes(graph)


@pytest.mark.parametrize("name", sorted(set(RULES) - {"where"}))  # which has nothing towards the branch not taken
def test_every_row_is_read_as_latex(name):
    """As a factor: the slope towards the other one is the row, as LaTeX writes it."""
    rule, draw = RULES[name], random.Random(name)
    boxes = [*rule.box[: rule.arity], *([rule.box[-1]] * 4 if rule.variadic else [])]
    point, operands = [1.5], []
    for partial, (low, high) in zip([*rule.partials, *[rule.partials[-1]] * 4], boxes, strict=False):
        number = draw.uniform(max(low, -5.0), min(high, 5.0))
        if partial == "none":
            operands.append(number)
        else:
            operands.append(len(point))
            point.append(number)
    graph = Graph(tuple(point), (Operation(name, tuple(operands)), Operation("mul", (0, len(point)))))
    latex_gives_the_slopes(graph)


def latex_gives_the_slopes(graph):
    _, root = graph.record()
    order = topological_order(root)
    values = {name: mp.mpf(node.data) for node, name in Names(order).items()}
    for formula, slope, _ in slopes(root):
        with mp.workdps(700):
            found = float(eval(in_many_digits(read(formula.latex)), {**READ, **values}))
        assert found == pytest.approx(slope, rel=1e-4, abs=1e-9, nan_ok=True), (formula.latex, read(formula.latex))


@settings(max_examples=25, deadline=None)
@given(graphs(smooth=False, max_size=6))
def test_latex_can_be_set(graph):
    mathtext = pytest.importorskip("matplotlib.mathtext")
    parser = mathtext.MathTextParser("path")
    _, root = graph.record()
    for formula, _, _ in slopes(root):
        assert formula.latex.count("{") == formula.latex.count("}")
        assert formula.latex.count(r"\left") == formula.latex.count(r"\right")
        parser.parse(f"${formula.latex}$".replace(r"\bmod", r"\%"))  # this reader does not know \bmod


def is_loose(latex):
    """Whether it needs parentheses in the base of a power: sums, products side by side, powers, outside of all brackets."""
    pairs = r"\\left.*\\right\S*|\\lfloor.*\\rfloor|\\lceil.*\\rceil|\{[^{}]*\}|\([^()]*\)"
    while (outside := re.sub(pairs, "", latex)) != latex:
        latex = outside
    return bool(re.search(r"[-+^ ]", latex.strip()))


@pytest.mark.parametrize(
    ("latex", "loose"),
    [
        ("x", False), ("x y", True), ("x + y", True), ("-x", True), ("{e}^{x}", True), (r"\frac{x + 1}{y}", False),
        (r"\ln(x + y)", False), (r"\ln \Gamma(x)", True), (r"\operatorname{erf}^{-1}(x)", True), (r"\lfloor x \rfloor", False),
        (r"\left(x + (y)\right)", False), (r"x \bmod y", True),
    ],
)  # fmt: skip
def test_what_is_loose(latex, loose):
    assert is_loose(latex) is loose


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_row_can_be_set_and_raised_to_a_power(name):
    """What stands in a power is one thing: an atom, or in parentheses."""
    rule = RULES[name]
    operands = [Notation(letter, letter) for letter in "xyzu"[: 4 if rule.variadic else len(rule.arguments)]]
    once = notation_of(rule, operands)
    squared = notation_of(RULES["pow"], [once, Notation("2", "2")])
    scope = {**SCOPE, "x": 0.0 if rule.arguments[0] in ("i", "n") else 0.5, "y": 0.75, "z": 0.8125, "u": 0.25}
    if "ndigits" in rule.arguments:
        scope["y"] = 1.0
    try:
        expected = eval(once.text, scope)
    except ValueError:
        scope["x"] = -0.5 if name == "log1mexp" else 1.5  # for those that begin at 1
        expected = eval(once.text, scope)
    if isinstance(expected, float) and expected > 0.0:
        assert eval(squared.text, scope) == pytest.approx(expected**2)
    bare = squared.latex == rf"{{{once.latex}}}^{{2}}"
    assert bare is not is_loose(once.latex), squared.latex


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("w", "w"), ("w12", "w_{12}"), ("w[3]", "w_{3}"), ("alpha", r"\alpha"), ("theta_2", r"\theta_{2}"), ("a&b", r"\mathrm{a\&b}"),
        ("my weight", r"\mathrm{my\ weight}"), ("x^2", r"\mathrm{x'2}"), ("layer1.w[0]", r"\mathrm{layer1.w[0]}"),
        (r"\input{x}", r"\mathrm{/input\{x\}}"), ("손실", r"\text{손실}"),
    ],
)  # fmt: skip
def test_names(name, latex):
    assert latex_name(name) == latex


@settings(deadline=None)
@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"], exclude_characters='"#&`'), min_size=1, max_size=12))
def test_no_name_gets_out_of_its_braces(name):
    """Except for what this reader cannot set, and LaTeX can."""
    mathtext = pytest.importorskip("matplotlib.mathtext")
    mathtext.MathTextParser("path").parse(f"${latex_name(name)}$")


def test_constants_by_their_names_and_tidy_signs():
    x = Value(0.25, "x")
    (formula, _, _), *_ = slopes(x.sinpi())
    assert (formula.text, formula.latex) == ("pi * cospi(x)", r"\pi \cdot \cos(\pi x)")
    assert next(slopes(x.exp10()))[0].text == "log(10) * exp10(x)"
    letter = Formula(Notation("x", "x"), 2.0)
    for made, text in (
        (letter + -3.0, "x - 3"),
        (letter - -3.0, "x + 3"),
        (letter * -1.0, "-x"),
        (-(0.0 - letter), "x"),
        (-(letter / 2.0), "-x / 2"),
        ((letter / 3.0) / letter, "x / (3 * x)"),
        ((2.0 / letter) / letter, "2 / x ** 2"),
        (letter * 0.0, "0.0"),
        ((letter % 3.0) * letter, "(x % 3) * x"),
        (-(letter // 2.0), "-(x // 2)"),
        ((-2.0) ** letter, "(-2) ** x"),
        (product([2.0, letter, -3.0, 1.0]), "-6 * x"),
        (product([3.0, 2.0 * letter]), "6 * x"),
        (letter * (1.0 / letter), "x / x"),
        (letter * (-2.0 / letter), "-2 * x / x"),
        (3.0 * (2.0 / letter), "6 / x"),
        (-(2.0 * letter), "-2 * x"),
        (total([1.0, 1.0]), "2.0"),
        (total([letter, letter, 1.0, -3.0 * letter]), "1 - x"),
        (total([letter, -letter]), "0.0"),
    ):
        assert str(made) == text
