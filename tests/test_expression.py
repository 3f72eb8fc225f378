"""Formulas as texts: what is accepted means what Python would mean, and nothing else gets in."""

import contextlib
import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refused

import autograd_lite as ag
from autograd_lite.expression import (
    Expression,
    ExpressionError,
    MissingVariablesError,
    NodeExpression,
    evaluate,
    functions_by_name,
)
from autograd_lite.expression.parsing import DEEPEST, LONGEST
from autograd_lite.rules import RULES


def test_the_documents_example():
    graph = Expression("w*x + b").build(w=-2, x=5, b=3)
    graph.root.backward()
    assert graph.root.data == -7.0
    assert {name: leaf.grad for name, leaf in graph.variables.items()} == {"w": 5.0, "x": -2.0, "b": 1.0}
    assert [leaf.label for leaf in graph.variables.values()] == ["w", "x", "b"]


def test_an_assignment_names_its_node():
    graph = Expression("h = w*x + b; L = (h - y)**2").build(w=1, x=2, b=3, y=4)
    assert list(graph.named) == ["h", "L"]
    assert graph.root.label == "L"
    assert graph.root is graph.named["L"]
    assert graph.named["h"].data == 5.0


def test_numbers_can_be_assigned_in_the_text_and_are_leaves():
    graph = Expression("w = -2; x = 5\nb = 3\nf = w*x + b").build()
    graph.root.backward()
    assert graph.root.data == -7.0
    assert graph.named["w"].is_leaf
    assert graph.named["w"].grad == 5.0


def test_variables_come_in_the_order_of_the_text():
    assert Expression("b + a*b - c").variables == ("b", "a", "c")


def test_a_variable_may_hide_a_constant():
    assert Expression("e * 1")() == math.e
    assert Expression("e * 1").build(e=3.0).root.data == 3.0


def test_a_value_of_the_caller_is_used_as_it_is():
    w = ag.Value(2.0, label="weight")
    Expression("w*w").build(w=w).root.backward()
    assert w.grad == 4.0


def test_a_call_gives_a_number_for_numbers_and_a_value_for_values():
    parabola = Expression("x**2 + 7*x + 2")
    assert parabola(-3.5) == parabola(x=-3.5) == -10.25
    x = ag.Value(1.0)
    parabola(x).backward()
    assert x.grad == 9.0


@pytest.mark.parametrize("text", ["2", "pi/2", "-3 + 1e-3", "2**-1", "-2**2", "7 // 2 + 7 % 4", "1 if 2 > 1 else 0"])
def test_arithmetic_is_pythons(text):
    assert evaluate(text).data == pytest.approx(eval(text, {"pi": math.pi}), abs=0)


numbers = st.floats(-3, 3)
terms = st.recursive(
    st.sampled_from(["x", "y", "2", "0.5", "3"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda t: f"{t[0]} {t[1]} {t[2]}"),
        inner.map(lambda t: f"-({t})"),
        st.tuples(st.sampled_from(["sin", "tanh", "atan"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} > 0 else {t[2]})"),
    ),
    max_leaves=12,
)


@given(terms, numbers, numbers)
def test_random_formulas_have_the_value_python_gives(text, x, y):
    names = {"x": x, "y": y, "sin": math.sin, "tanh": math.tanh, "atan": math.atan}
    expected = eval(text, {"__builtins__": {}}, names)
    expression = Expression(text)
    given_numbers = {name: names[name] for name in expression.variables}
    assert expression.build(given_numbers).root.data == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert expression(**given_numbers) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if not rule.variadic])
def test_every_function_of_the_table_can_be_called_by_name(name):
    rule = RULES[name]
    point = [(low + high) / 2 if math.isfinite(low + high) else 0.5 for low, high in rule.box] or [0.5] * rule.arity
    variables = [f"v{k}" for k in range(rule.arity)]
    expression = Expression(f"{name}({', '.join(variables)})")
    numbers = dict(zip(variables, point, strict=True))
    function = getattr(ag, name, None) or getattr(__import__("autograd_lite.engine.functions").engine.functions, name)
    try:
        expected = function(*point)
    except (ValueError, ArithmeticError) as error:
        with pytest.raises(type(error)):
            expression.build(numbers)
        return
    assert expression.build(numbers).root.data == expected


@pytest.mark.parametrize("alias", [alias for rule in RULES.values() for alias in rule.aliases])
def test_the_aliases_too(alias):
    assert alias in functions_by_name()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sum(x, 2, 3)", 6.0),
        ("sum([x, 2, 3])", 6.0),
        ("max(x, 2)", 2.0),
        ("mean(x, 3)", 2.0),
        ("dot([x, 2], [3, 4])", 11.0),
        ("softmax(x, 1)[0]", 0.5),
        ("softmax([x, 1])[1]", 0.5),
        ("clamp(5 * x, 0, 2)", 2.0),
        ("leaky_relu(-x, negative_slope=0.5)", -0.5),
        ("where(x > 0, 7, 8)", 7.0),
        ("ln(e * x)", 1.0),
    ],
)
def test_functions_of_several_numbers(text, expected):
    assert Expression(text)(x=1.0) == pytest.approx(expected)


def test_only_the_branch_taken_is_evaluated():
    graph = Expression("sqrt(x) if x > 0 else 2*x").build(x=0.0)
    graph.root.backward()
    assert graph.variables["x"].grad == 2.0


def at_ones(text):
    expression = Expression(text)
    return expression.build(dict.fromkeys(expression.variables, 1.0))


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("__import__('os')", 1, "no function"),
        ("1 + __builtins__", 5, "underscores"),
        ("x.data", 1, "attribute"),
        ("2 * x.__class__", 5, "attribute"),
        ("().__class__.__bases__", 1, "attribute"),
        ("(lambda: 1)()", 1, "called"),
        ("lambda x: x", 1, "lambda"),
        ("[y for y in x]", 1, "comprehension"),
        ("sum(y for y in x)", 4, "comprehension"),
        ("eval('1')", 1, "no function"),
        ("open('f')", 1, "no function"),
        ("exec('1')", 1, "no function"),
        ("f'{x}'", 1, "texts"),
        ("'a' * 10", 1, "texts"),
        ("x[y]", 1, "whole number"),
        ("(a := 3)", 2, "statement of its own"),
        ("x and y", 1, "where"),
        ("not x", 1, "where"),
        ("~x", 1, "~"),
        ("x ^ 2", 3, "**"),
        ("x @ y", 3, "dot"),
        ("x << 2", 1, "bits"),
        ("a < x < b", 1, "two things"),
        ("x is 3", 1, "comparisons"),
        ("True", 1, "1 or 0"),
        ("2j", 1, "complex"),
        ("1e999", 1, "largest float"),
        ("import os", 1, "import"),
        ("def f(): pass", 1, "definitions"),
        ("while 1: pass", 1, "while"),
        ("del x", 1, "delete"),
        ("x += 1", 1, "write the assignment out"),
        ("a, b = 1, 2", 1, "plain name"),
        ("x.y = 2", 1, "plain name"),
        ("x; y", 1, "last statement"),
        ("a = 1; a = 2", 8, "twice"),
        ("b = x; x = 3", 8, "used before"),
        ("exp = 3", 1, "function"),
        ("exp + 1", 1, "call it"),
        ("exp()", 1, "no argument"),
        ("exp(1, 2)", 1, "2 arguments"),
        ("exp([1])", 5, "not a list"),
        ("exp(*x)", 1, "write the arguments out"),
        ("clamp(x, low=1)", 1, "'low'"),
        ("sigmod(x)", 1, "sigmoid"),
        ("x(3)", 1, "x * (...)"),
        ("2(x)", 1, "write *"),
        ("2x + 1", 2, "2*x"),
        ("x²", 2, "**2"),
        ("3 × x", 3, "*"),
        ("한글 × x", 4, "*"),
        ("한글 + x.y", 6, "attribute"),
        ("a b", 3, "write *"),
        ("(x + 1", 1, "not closed"),
        ("x)", 2, "closes nothing"),
        ("x +", 4, "missing at the end"),
        ("|x|", 1, "abs"),
        ("/ x", 1, "not understood"),
        ("x + * y", 5, "not understood"),
        ("x <", 4, "missing at the end"),
        ("x, y", 1, "list"),
        ("softmax(x, y) + 1", 1, "choose one"),
        ("softmax(x, y)[2]", 1, "[2]"),
        ("(" * 300 + "x" + ")" * 300, 201, "nested"),
    ],
)
def test_everything_else_is_refused_at_its_column(text, column, says):
    with pytest.raises(ExpressionError) as caught:
        at_ones(text)
    assert caught.value.column == column
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "  ", "# only a comment", "x\0", "+".join("x" * 9999), "-" * 9000 + "x", "9" * 5000, "x" * 30_000]
)
def test_texts_that_are_no_expression_or_too_much(text):
    with pytest.raises(ExpressionError):
        Expression(text)


#: So many operations inside one another; the last takes one more.
NESTED = {
    "sum": lambda n: "+".join(["x"] * (n + 1)),
    "difference": lambda n: "1" + "-x" * n,
    "signs": lambda n: "-" * n + "x",
    "powers": lambda n: "**".join(["x"] * (n + 1)),
    "choices": lambda n: "x if x else " * n + "x",
}


@pytest.mark.parametrize("kind", NESTED)
def test_the_limit_of_depth_is_counted_and_not_the_parsers(kind):
    """The same on every Python: 3.14's parser takes what 3.11's refuses."""
    text = NESTED[kind](DEEPEST)
    assert Expression(text)(x=1.0) in (1.0, DEEPEST + 1.0, 1.0 - DEEPEST)
    for deeper in (DEEPEST + 1, 2900, 9000):
        with pytest.raises(ExpressionError) as caught:
            Expression(NESTED[kind](deeper))
        if len(NESTED[kind](deeper)) <= LONGEST:
            assert f"{DEEPEST:,}" in str(caught.value)


def test_a_name_can_be_given_twice_in_one_statement():
    graph = Expression("a = b = x * 2; a + b").build(x=3.0)
    assert (graph.root.data, list(graph.named)) == (12.0, ["a", "b"])
    assert graph.named["a"] is graph.named["b"]


def test_expressions_can_be_pickled():
    assert pickle.loads(pickle.dumps(Expression("h = w*x; h + b")))(1.0, 2.0, 3.0) == 5.0


def test_the_pointer_stands_under_the_place():
    with pytest.raises(ExpressionError) as caught:
        Expression("w*x + b.real")
    *_, line, pointer = str(caught.value).splitlines()
    assert line[pointer.index("^")] == "b"


def test_a_long_line_is_cut_around_the_place():
    with pytest.raises(ExpressionError) as caught:
        Expression("x + " * 40 + "y.z" + " + x" * 40)
    *_, line, pointer = str(caught.value).splitlines()
    assert line[pointer.index("^")] == "y"
    assert len(line) < 90


def test_a_huge_power_is_an_overflow_and_not_a_long_wait():
    with pytest.raises(OverflowError):
        evaluate("9**9**9**9")


def test_the_domain_is_the_tables():
    with refused(ag.DomainError, "log", "x = -1.0", "'x'"):
        evaluate("log(x)", x=-1)


def test_a_sum_of_many_terms():
    assert evaluate(" + ".join(["x"] * 700), x=2.0).data == 1400.0


def test_what_is_missing_is_listed_with_how_to_give_it():
    with refused(MissingVariablesError, "x=1.0, b=1.0") as caught:
        evaluate("w*x + b", w=1)
    assert caught.value.missing == ("x", "b")


def test_what_is_too_much_is_named():
    for run, told in (
        (lambda: evaluate("x + 1", x=1, z=2), ("'z'", "x")),
        (lambda: evaluate("L = x + 1", x=1, L=2), ("L",)),
        (lambda: Expression("x + y")(1, x=2), ("x",)),
        (lambda: Expression("x + 1")(1, 2), ("2", "1", "x")),
        (lambda: Expression("2 + 1")(1), ("1", "0", "none")),
    ):
        with pytest.raises(ExpressionError) as caught:
            run()
        assert all(part in str(caught.value) for part in told)


@given(st.text(max_size=30))
def test_any_text_is_an_expression_or_an_expression_error(text):
    try:
        expression = Expression(text)
        expression.build(dict.fromkeys(expression.variables, 0.5))
    except (ExpressionError, ValueError, ArithmeticError):
        pass


@given(st.text("xy012+-*/().,[]<>= ;\nepi", max_size=25))
def test_texts_close_to_expressions_too(text):
    try:
        expression = Expression(text)
        expression.build(dict.fromkeys(expression.variables, 0.5))
    except (ExpressionError, ValueError, ArithmeticError):
        pass


# --- about the nodes of a graph --------------------------------------------------------------------------------------------------


def about(text, **nodes):
    """An expression's result, where names mean what is given."""
    return NodeExpression(text).evaluate(nodes.__getitem__)


conditions = st.recursive(
    st.sampled_from(["x > y", "x <= 1", "x < y < 2", "x != y", "x", "0", "True", "-1 < x <= y != 1"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner, inner).map(
            lambda t: f"({t[0]} {t[1]} {t[2]} {t[1]} {t[3]})"
        ),
        inner.map(lambda t: f"not ({t})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
    ),
    max_leaves=10,
)


@given(conditions, st.integers(-2, 2), st.integers(-2, 2))
def test_conditions_hold_where_pythons_do(text, x, y):
    expected = eval(text, {"__builtins__": {}, "x": x, "y": y})
    assert bool(about(text, x=ag.Value(x), y=ag.Value(y))) == bool(expected)
    assert type(about(f"not ({text})", x=x, y=y)) is bool


def test_a_node_is_itself_and_counts_as_its_number():
    w = ag.Value(3.0, label="w")
    w.grad = 2.0
    assert about("w", w=w) is w
    assert about("w - 0.5 * w.grad", w=w) == 2.0
    assert about("w.label == 'w' and w.is_leaf and w.op == ''", w=w) is True
    assert about("max(w, w.grad, 1)", w=w) == 3.0
    assert about("isfinite(w) and not isnan(w.grad)", w=w) is True
    assert about("w if w.has_grad else 0", w=w) is w


def test_what_need_not_be_evaluated_is_not():
    assert about("x != 0 and 1 / x > 2", x=0.0) is False
    assert about("x == 0 or 1 / x > 2", x=0.0) is True
    with pytest.raises(ZeroDivisionError):
        about("x == 0 and 1 / x > 2", x=0.0)


def test_labels_with_dots_and_places_are_one_name():
    nodes = {"layer1.w[0]": ag.Value(4.0), "ws[-1]": ag.Value(0.5)}
    nodes["layer1.w[0]"].grad = 7.0
    expression = NodeExpression("layer1.w[0].grad * ws[-1] + pi")
    assert expression.variables == ("layer1.w[0]", "ws[-1]", "pi")
    assert expression.evaluate(nodes.__getitem__) == 3.5 + math.pi
    assert NodeExpression("e").evaluate({"e": 1.0}.__getitem__) == 1.0  # a node hides a constant
    with pytest.raises(LookupError):
        NodeExpression("nobody").evaluate(nodes.__getitem__)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("__import__('os')", "__import__"),
        ("x.__class__", ".grad"),
        ("(x + 1).grad", "not a node"),
        ("x[y + 1]", "index"),
        ("x = 3", "expression"),
        ("import os", "expression"),
        ("lambda: 1", "lambda"),
        ("[x]", "list"),
        ("softmax(x, x)", "choose one"),
        ("nosuch(x)", "nosuch"),
        ("x +", "end"),
        ("", "empty"),
    ],
)
def test_what_is_no_question_about_a_graph(text, says):
    with pytest.raises(ExpressionError) as caught:
        about(text, x=ag.Value(1.0), y=ag.Value(2.0))
    assert says in caught.value.message


@given(st.text("xw01.+*-/()[]<>= andornotgrad'", max_size=25))
def test_any_question_is_answered_or_refused(text):
    with contextlib.suppress(ExpressionError, LookupError, ValueError, ArithmeticError):
        about(text, x=ag.Value(1.0), w=ag.Value(2.0))
