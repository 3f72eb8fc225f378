"""The table of operations in JavaScript: the same numbers as in Python, for every operation that a browser can compute."""

import math
import random

import pytest
from browser import Page, emulate, open_browser
from refusals import refused

from autograd_lite import RULES, Value, nn, replay, tanh, topological_order, where
from autograd_lite.pages import to_html
from autograd_lite.pages.document import plain, static
from autograd_lite.pages.javascript import UntranslatableError, operations
from autograd_lite.rules.evaluate import compile_rule
from autograd_lite.rules.floats import FLOATS
from autograd_lite.structure import Names
from autograd_lite.testing import random_graph

LACKING = {
    "sinc", "sinc_derivative", "erfinv", "erfcinv", "gamma", "lgamma", "digamma", "polygamma", "trigamma", "where",
}  # fmt: skip


def translatable(name):
    try:
        operations([name])
    except UntranslatableError:
        return False
    return True


def test_what_a_browser_lacks_is_known():
    assert {name for name in RULES if not translatable(name)} == LACKING


def test_a_custom_operation_is_translated_too():
    from autograd_lite import primitive, unregister

    primitive("cube", "x", "x * x * x", ["3 * x * x"])
    try:
        assert "(($x * $x) * $x)" in operations(["cube"])
    finally:
        unregister("cube")
    with refused(UntranslatableError, "cube", "table"):
        operations(["cube"])


def test_no_script_can_be_smuggled_in_by_an_operation():
    assert "</" not in operations(sorted(set(RULES) - LACKING))


@pytest.fixture(scope="module")
def driver():
    driver = open_browser()
    yield driver
    driver.quit()


def samples(rule, rng):
    """Arguments in the rule's box, also its borders and moderate numbers."""
    if rule.variadic:
        count = rng.choice([2, 4, 6])
        xs = [rng.uniform(*rule.box[-1]) for _ in range(count)]
        return [float(rng.randrange(count)), *xs] if len(rule.box) > 1 else xs
    return [
        rng.choice([rng.uniform(low, high), low, high, max(low, min(high, rng.gauss(0.0, 1.0)))]) for low, high in rule.box
    ]


#: Where the browser's functions are not those of C to the last digits: far in the tail of the error function.
ROUGHER = {"ndtr": 1e-12, "erfc": 1e-12, "gelu": 1e-12}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_every_operation_computes_what_python_computes(driver):
    rng = random.Random(3)
    cases = []
    for name in sorted(set(RULES) - LACKING):
        rule = RULES[name]
        for _ in range(60):
            xs = samples(rule, rng)
            try:
                out, partials = compile_rule(rule, FLOATS).value_and_partials(*xs)
            except (ArithmeticError, ValueError):
                continue
            cases.append((name, xs, out, partials))
    assert {case[0] for case in cases} == set(RULES) - LACKING
    script = static("arithmetic.js") + operations(set(RULES) - LACKING)
    found = driver.execute_script(
        script
        + """
        const read = (x) => (typeof x === "string" ? { nan: NaN, inf: Infinity, "-inf": -Infinity }[x] : x);
        const write = (x) => (x === null || Number.isFinite(x) ? x : Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf");
        return arguments[0].map(([name, xs, out]) => {
          const values = xs.map(read), { forward, partials } = OPERATIONS[name];
          return [write(forward(...values)), partials(read(out), ...values).map(write)];
        });""",
        [[name, plain(list(xs)), plain(out)] for name, xs, out, _ in cases],
    )
    for (name, xs, out, partials), (here, slopes) in zip(cases, found, strict=True):
        for k, (expected, got) in enumerate(zip([out, *partials], [here, *slopes], strict=True)):
            told = f"{name}({xs}), {'value' if k == 0 else f'slope {k}'}: {got}, not {expected}"
            if expected is None or got is None:
                assert expected is None, told
                assert got is None, told
            elif math.isnan(expected):
                assert got == "nan", told
            else:
                assert float(got) == pytest.approx(expected, rel=ROUGHER.get(name, 4e-15), abs=1e-305), told


@pytest.fixture
def show(driver, tmp_path):
    def show(page):
        emulate(driver)
        path = tmp_path / "page.html"
        path.write_text(page, encoding="utf-8")
        return Page(driver, path)

    return show


def set_value(page, atom, text):
    """Choose a leaf and type another number into its field."""
    page.js(
        "if (!document.querySelector(`.node.chosen[data-id='${arguments[0]}']`)) autogradPage.choose(arguments[0])", atom
    )
    page.js(
        "const f = document.querySelector('.changer input[type=number]'); f.value = arguments[0];"
        "f.dispatchEvent(new Event('change'))",
        text,
    )


def expected_grads(loss, numbers):
    """Value and gradients of the recorded graph with other numbers in the leaves, by Python."""
    order = topological_order(loss)
    names = Names(order)
    again = replay(loss, "float", {node: numbers.get(names[node], node.data) for node in order if node.is_leaf})
    return {names[node]: again.grad(node) for node in order if node.is_leaf}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("seed", range(6))
def test_another_number_gives_what_python_gives(show, seed):
    _, loss = random_graph(seed, operations=12, variables=3).record()
    order = topological_order(loss)
    names = Names(order)
    page = show(to_html(loss))
    if not page.js("return autogradPage.live"):
        assert {node.op for node in order} & LACKING
        return
    leaf = next(node for node in order if node.is_leaf)
    wanted = leaf.data * 1.01 + 0.003
    page.press("\ue010")
    set_value(page, order.index(leaf), repr(wanted))
    found = page.js("return autogradPage.grads()")
    for name, grad in expected_grads(loss, {names[leaf]: wanted}).items():
        assert found[name] == pytest.approx(grad, rel=1e-9, abs=1e-12), name
    page.click("#reset")
    loss.backward()
    assert page.js("return autogradPage.grads()") == {
        name: node.grad if node.has_grad else None for node, name in Names(order).items()
    }
    assert page.errors() == []


def line():
    w, x, b, y = (Value(v, label=n) for v, n in ((2.0, "w"), (3.0, "x"), (1.0, "b"), (5.0, "y")))
    loss = (w * x + b - y) ** 2
    loss.label = "L"
    return loss


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_whole_page_follows_a_change(show):
    page = show(to_html(line(), step=4))
    assert page.js("return document.getElementById('reset').hidden") is True
    set_value(page, 0, "3")
    assert page.js("return autogradPage.line()") == "L = v3 ** 2.0 = 5.0 ** 2.0 = 25.0"
    assert page.text("#live") == "L is now 25.0"
    page.press("\ue010")
    assert page.js("return autogradPage.line()").endswith("10.0 * 3.0 = 30.0   (x.grad: 0 -> 30.0)")
    lines = page.js("return [...document.querySelectorAll('#code .value')].map((e) => e.textContent)")
    assert lines[:5] == ["3.0", "3.0", "1.0", "5.0", "9.0"]
    assert "10.0" in page.text("#graph")
    # A slider on its way keeps its place, so that it can be dragged on.
    page.js("window.kept = document.querySelector('.changer input[type=range]')")
    page.js("kept.value = '1'; kept.dispatchEvent(new Event('input'))")
    assert page.js("return kept.isConnected") is True
    assert page.text("#sum") == "-6.0"  # dL/dw = 2 (1 * 3 + 1 - 5) 3
    set_value(page, 0, "")
    assert page.js("return document.querySelector('.changer input[type=number]').value") == "1"
    page.js("document.getElementById('reset').click()")
    assert page.js("return autogradPage.grads()")["w"] == 12.0
    assert page.errors() == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_steps_downhill(show):
    page = show(to_html(line()))
    page.press("\ue010")
    page.js("document.querySelectorAll('#node input[type=checkbox]')[1].click()")  # x stays
    page.js("document.querySelectorAll('#node input[type=checkbox]')[3].click()")  # y stays
    w, b = 2.0, 1.0
    told = [4.0]
    for _ in range(3):
        page.click("#downhill")
        error = w * 3.0 + b - 5.0
        w, b = w - 0.01 * 2 * error * 3.0, b - 0.01 * 2 * error
        told.append((w * 3.0 + b - 5.0) ** 2)
    road = page.text(".road").removeprefix("L: ").split(" → ")
    assert [float(one) for one in road] == pytest.approx(told, rel=1e-5)
    assert told == sorted(told, reverse=True)
    values = page.js("return [...document.querySelectorAll('#node tbody tr')].map((r) => Number(r.children[2].textContent))")
    assert values == pytest.approx([w, 3.0, b, 5.0], rel=1e-5)
    assert page.errors() == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_network_learns_on_the_page(show):
    model = nn.MLP(2, [3, 1], activation="tanh", seed=1)
    page = show(to_html((model([1.0, -2.0]) - 0.5) ** 2))
    page.press("\ue010")
    for _ in range(40):
        page.js("document.getElementById('downhill').click()")
    last = page.text(".road").rpartition(" → ")[2]
    assert float(last) < 0.02
    assert page.errors() == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_where_edges_depend_on_numbers_nothing_is_offered(show):
    x = Value(2.0, label="x")
    page = show(to_html(where(x > 0, tanh(x), x)))
    page.press("\ue010")
    assert page.js("return autogradPage.live") is False
    page.js("autogradPage.choose(0)")
    assert page.js("return document.querySelector('.changer')") is None
    assert page.errors() == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_what_if_by_keyboard_alone(show):
    page = show(to_html(line()))
    page.js("document.querySelector('.node').focus()")  # the first leaf, w
    page.press("\ue007", "c", "3", "\ue007")  # Enter chooses it, c goes to its number
    assert page.text("#live") == "L is now 25.0"
    page.js("document.activeElement.blur()")
    page.press("\ue00c", "\ue010", "d")  # Escape, End, downhill
    assert page.text(".road").startswith("L: 25.0 → ")
    assert page.js("return document.activeElement.id") == "downhill"
    assert page.errors() == []
