"""The pages in a real browser: they step, undo, scrub, show the right numbers, and are usable by everybody."""

import re

import pytest
from browser import CONTRASTS, Page, emulate, open_browser

from autograd_lite import Value, nn, tanh, topological_order
from autograd_lite.backprop import forward_steps, steps
from autograd_lite.pages import RunRecorder, to_html, training_page
from autograd_lite.structure import Names
from autograd_lite.testing.growing import random_graph

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.fixture(scope="module")
def driver():
    driver = open_browser()
    yield driver
    driver.quit()


@pytest.fixture
def show(driver, tmp_path):
    def show(page, **system):
        emulate(driver, **system)
        path = tmp_path / "page.html"
        path.write_text(page, encoding="utf-8")
        return Page(driver, path)

    return show


def example():
    w, x, b, y = (Value(v, label=n) for v, n in ((2.0, "w"), (3.0, "x"), (1.0, "b"), (5.0, "y")))
    loss = (w * x + b - y) ** 2 + tanh(w) * w
    loss.label = "L"
    return loss


def network(samples=2, sizes=(3, 4, 1)):
    model = nn.MLP(sizes[0], list(sizes[1:]), activation="tanh", seed=0)
    loss = sum((model([0.5 * k + j for j in range(sizes[0])]) - k) ** 2 for k in range(samples))
    loss.label = "loss"
    return loss


def test_each_step_is_the_line_that_python_prints(show):
    loss = example()
    page = show(to_html(loss))
    expected = [str(step) for step in forward_steps(loss)]
    lines = [
        page.js("autogradPage.player.goto(arguments[0]); return autogradPage.line()", k + 1) for k in range(len(expected))
    ]
    # The page's own line does not repeat the local derivatives.
    assert lines == [line.partition("   (")[0] for line in expected]
    backward = [str(step) for step in steps(loss)]
    found = []
    for k in range(len(backward)):
        page.goto(len(expected) + k + 1)
        found.append(page.js("return autogradPage.line()"))
    assert found == backward
    assert page.js("return autogradPage.player.total") == len(expected) + len(backward)
    assert page.errors() == []


def test_gradients_are_those_of_backward_to_the_bit(show):
    loss = network()
    page = show(to_html(loss))
    page.press("\ue010")  # End
    found = page.js("return autogradPage.grads()")
    loss.backward()
    expected = {name: node.grad for node, name in Names(_nodes(loss)).items()}
    assert found == expected
    assert page.errors() == []


def test_gradients_half_way_are_those_of_the_steps(show):
    loss = example()
    page = show(to_html(loss))
    forward = len(list(forward_steps(loss)))
    grads = {"L": 1.0}
    for step in steps(loss):
        grads[step.names[2]] = step.after
        page.goto(forward + step.k)
        assert {k: v for k, v in page.js("return autogradPage.grads()").items() if v is not None} == grads


def test_keys(show):
    page = show(to_html(example()))
    right, left, home, end, space = "\ue014", "\ue012", "\ue011", "\ue010", " "
    page.press(right, right, right, left)
    assert page.k == 2
    page.press(end)
    total = page.k
    page.press(right)
    assert page.k == total == page.js("return autogradPage.player.total")
    page.press(home, left)
    assert page.k == 0
    page.press(space)
    assert page.js("return autogradPage.player.playing") is True
    page.press(space)
    assert page.js("return autogradPage.player.playing") is False
    page.press("?")
    assert page.js("return document.getElementById('help').open") is True
    page.press("?")
    assert page.js("return document.getElementById('help').open") is False
    before = page.js("return document.getElementById('scene').getAttribute('transform')")
    page.press("+")
    assert page.js("return document.getElementById('scene').getAttribute('transform')") != before
    page.press("0")
    assert page.js("return document.getElementById('scene').getAttribute('transform')") == before
    assert page.errors() == []


def test_keys_for_whole_nodes(show):
    loss = example()
    page = show(to_html(loss))
    forward = len(list(forward_steps(loss)))
    last = {id(step.node): forward + step.k for step in steps(loss)}
    moments = [*range(1, forward + 1), *last.values()]
    found = []
    for _ in moments:
        page.press("\ue015")  # down
        found.append(page.k)
    assert found == moments
    for moment in [*reversed(moments[:-1]), 0]:
        page.press("\ue013")  # up
        assert page.k == moment


def test_a_link_opens_at_a_step(show, driver):
    page = show(to_html(example(), step=2))
    assert page.k == 2
    page.js("location.hash = '#5'")
    driver.execute_async_script("setTimeout(arguments[0], 100)")
    assert page.k == 5
    page.js("location.hash = '#step=7'")
    driver.execute_async_script("setTimeout(arguments[0], 100)")
    assert page.k == 7
    driver.execute_async_script("setTimeout(arguments[0], 500)")  # until the page has written its own step there
    page.js("location.hash = '#<img>'")
    driver.refresh()
    assert page.k == 2


def test_the_address_tells_the_step(show, driver):
    page = show(to_html(example()))
    page.press("\ue014", "\ue014", "\ue014")
    driver.execute_async_script("setTimeout(arguments[0], 400)")
    assert page.js("return location.hash") == "#step=3"
    driver.refresh()
    assert page.k == 3


def test_a_step_in_a_sentence_and_a_product(show):
    """What is seen and what a screen reader says: e * e adds up, a factor of 0 is named, at the turn the way back starts."""
    a, b = Value(3.0, label="a"), Value(0.0, label="b")
    loss = a * a + a * b
    loss.label = "L"
    page = show(to_html(loss))
    seen = {}
    for step in steps(loss):
        page.goto(3 + step.k)
        figures = page.js("return [...document.querySelectorAll('.term .figure')].map((e) => Number(e.textContent))")
        assert figures == [step.product, step.upstream, step.local]
        seen.setdefault((step.names[1], step.names[2]), []).append(
            (page.text(".said"), page.text(".change"), page.text("#live"))
        )
    assert [said for said, _, _ in seen["v2", "a"]] == ["Nothing comes back to a here: the local derivative is 0."]
    first, second = seen["v1", "a"]
    assert first[0] == second[0] == "v1 adds its share to the gradient of a."
    assert second[1] == "a.grad: 3.0 + 3.0 = 6.0"
    assert second[2].endswith("1.0 times 3.0 is 3.0; added to 3.0, the gradient of a is 6.0.")
    page.goto(3)
    assert "The way back starts at L: dL/dL = 1.0" in page.text("#step")
    page.press("\ue010")
    assert "What the pass has found" in page.text("#node")
    assert "Let a grow by a little, 0.001: L grows by about 0.006." in page.text("#node")
    assert page.errors() == []


def test_a_step_is_copied_as_text_and_as_latex(show):
    loss = example()
    page = show(to_html(loss))
    page.press("\ue010")
    page.click(".copies button")
    *_, last = steps(loss)
    page.driver.execute_async_script("setTimeout(arguments[0], 100)")
    assert page.js("return autogradPage.copied") == str(last)
    page.click(".copies button + button")
    page.driver.execute_async_script("setTimeout(arguments[0], 100)")
    node, parent = last.names[1].replace("v", "v_{") + "}", last.names[2]
    assert page.js("return autogradPage.copied").startswith(
        rf"\frac{{\partial L}}{{\partial {parent}}} \mathrel{{=}} \frac{{\partial L}}{{\partial {node}}} \cdot "
    )
    assert page.errors() == []


def test_the_ways_to_a_chosen_node_stand_out(show):
    a = Value(3.0, label="a")
    b = a + a
    c = b + b
    d = c * a + Value(1.0, label="z")
    page = show(to_html(d))
    page.js("autogradPage.choose(0)")
    assert "5 paths lead here" in page.text("#node")
    assert page.js("return document.querySelectorAll('.edge.towards').length") == 7  # an edge for each use, d = (c * a) + z
    page.press("\ue00c")  # Escape
    assert page.js("return document.querySelectorAll('.edge.towards').length") == 0


def test_the_line_of_the_step_is_in_sight(show):
    page = show(to_html(network(samples=3, sizes=(3, 8, 1))))
    total = page.js("return autogradPage.player.total")
    for k in (1, total // 3, total - 1, total // 2, 2, total):
        page.goto(k)
        page.driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        line, box = page.js("""
            const edges = (e) => { const r = e.getBoundingClientRect(); return [r.top, r.bottom]; };
            return [edges(document.querySelector('#code [aria-current]')), edges(document.getElementById('code'))];""")
        assert box[0] <= line[0] < line[1] <= box[1] + 1


def test_large_for_a_projector(show):
    page = show(to_html(example()))
    page.goto(10)
    before = page.js("return document.querySelector('.node rect.box').getBoundingClientRect().width")
    page.press("p")
    assert page.js("return getComputedStyle(document.querySelector('.said')).fontSize") == "26px"
    assert page.js("return document.querySelector('.node rect.box').getBoundingClientRect().width") > 1.1 * before
    assert page.js("return document.getElementById('present').getAttribute('aria-pressed')") == "true"
    page.press("\ue00c")
    assert page.js("return document.querySelector('.node rect.box').getBoundingClientRect().width") == pytest.approx(before)
    assert page.errors() == []


def test_printed_in_light_colours_with_every_line(show, driver):
    page = show(to_html(example(), theme="dark"))
    page.goto(6)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert page.js("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.js("const c = document.getElementById('code'); return c.scrollHeight <= c.clientHeight + 1")
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    driver.execute_async_script("setTimeout(arguments[0], 200)")
    moved = "return document.getElementById('scene').getAttribute('transform')"
    before = page.js(moved)
    page.js("dispatchEvent(new Event('beforeprint'))")
    assert page.js(moved) is None
    page.js("dispatchEvent(new Event('afterprint'))")
    assert page.js(moved) == before


def test_opening_a_group_keeps_the_place(show):
    page = show(to_html(network(samples=3), limit=20))
    page.press("+", "+")
    corner = "const r = document.querySelector(arguments[0]).getBoundingClientRect(); return [r.left, r.top]"
    group = page.js("return document.querySelector('.node.group [data-toggle]').dataset.toggle")
    before = page.js(corner, f".node[data-id='{group}'] rect.box")
    page.js("autogradPage.toggle(Number(arguments[0]))", group)
    assert page.js(corner, f".frame:has([data-toggle='{group}']) rect.box") == pytest.approx(before, abs=2)


def test_buttons_scrubber_and_playing(show):
    page = show(to_html(example()))
    page.click("#next")
    page.click("#next")
    page.click("#back")
    assert page.k == 1
    assert "Step 1 of" in page.text("#live")
    page.js("const s = document.getElementById('scrubber'); s.value = 7; s.dispatchEvent(new Event('input'))")
    assert page.k == 7
    assert page.text("#position").startswith("7 /")
    page.js(
        "document.getElementById('speed').value = '20'; document.getElementById('speed').dispatchEvent(new Event('change'))"
    )
    page.click("#play")
    page.driver.execute_async_script(
        "const done = arguments[0]; const wait = () => autogradPage.player.playing ? setTimeout(wait, 30) : done(); wait()"
    )
    assert page.k == page.js("return autogradPage.player.total")
    page.click("#start")
    assert page.k == 0
    assert page.js("return document.getElementById('back').disabled") is True


def test_undoing_gives_the_very_same_page(show):
    page = show(to_html(example()), prefers_reduced_motion="reduce")
    picture = "return document.getElementById('scene').outerHTML + document.getElementById('step').outerHTML"
    page.goto(8)
    there = page.js(picture)
    assert page.js(picture) == there
    page.goto(13)
    assert page.js(picture) != there
    page.goto(8)
    assert sorted(page.js(picture)) == sorted(there)  # the active edge is drawn last, so the order of elements may differ


def test_the_chosen_node_shows_its_sum(show):
    loss = example()
    page = show(to_html(loss))
    page.press("\ue010")
    page.click("[data-id] [class='box']")
    number = page.js("return [...document.querySelectorAll('.node')].findIndex((n) => n.classList.contains('chosen'))")
    assert number >= 0
    page.js("autogradPage.choose(arguments[0])", page.js("return Number(document.querySelector('.node.chosen').dataset.id)"))
    weight = page.js(
        "return [...document.querySelectorAll('.node')].find((n) => n.getAttribute('aria-label').startsWith('w;')).dataset.id"
    )
    page.js("autogradPage.choose(Number(arguments[0]))", weight)
    loss.backward()
    w = next(node for node in _nodes(loss) if node.label == "w")
    assert float(page.text("#sum")) == pytest.approx(w.grad, rel=1e-9)
    assert "used 3 times" in page.text("#terms caption")
    terms = page.js(
        "return [...document.querySelectorAll('#terms tbody tr:not(.total) td.n')].map((cell) => Number(cell.textContent))"
    )
    assert sum(terms) == pytest.approx(w.grad, rel=1e-4)


def _nodes(loss):
    return topological_order(loss)


HOSTILE = [
    "<img src=x onerror=window.hacked=1>",
    "</script><script>window.hacked=1</script>",
    "\"'`&lt;",
    "손실",
    "<!--",
    "\u2028",
    "__proto__",
]


def test_labels_with_markup_are_inert(show):
    total = Value(1.0, label="]]></style>")
    for k, label in enumerate(HOSTILE):
        total = total + Value(float(k), label=label) * 2.0
    total.label = "<b>result</b>"
    page = show(to_html(total, title="</title><script>window.hacked=1</script>"))
    page.press("\ue010")
    assert page.js("return window.hacked") is None
    assert page.js("return document.images.length") == 0
    assert page.js("return document.scripts.length") == 2
    everything = page.js("return document.body.textContent")
    for label in HOSTILE[:4]:
        assert label in everything
    assert page.driver.title == "</title><script>window.hacked=1</script>"
    assert page.errors() == []


def test_the_policy_refuses_scripts_and_the_network(show):
    page = show(to_html(example()))
    page.js("const s = document.createElement('script'); s.textContent = 'window.hacked = 1'; document.body.append(s)")
    page.js("const i = new Image(); i.src = 'https://example.org/x.png'; document.body.append(i)")
    assert page.js("return window.hacked") is None
    assert (
        len([error for error in page.errors() if "Content Security Policy" in error or "content security" in error.lower()])
        >= 2
    )


def boxes(page):
    return page.js("return autogradPage.shown()")


def overlapping(found):
    return [
        (a["id"], b["id"])
        for k, a in enumerate(found)
        for b in found[:k]
        if a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"] and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]
    ]


@pytest.mark.parametrize("size", [(1400, 900), (390, 844)])
def test_groups_open_and_close_and_nothing_overlaps(show, size):
    page = show(to_html(network(samples=3), limit=20), width=size[0], height=size[1])
    before = boxes(page)
    assert 2 < len(before) <= 20
    assert overlapping(before) == []
    groups = page.js(
        "return [...document.querySelectorAll('.node.group [data-toggle]')].map((n) => Number(n.dataset.toggle))"
    )
    for group in groups:
        page.js("autogradPage.toggle(arguments[0])", group)
    assert len(boxes(page)) > len(before)
    assert overlapping(boxes(page)) == []
    assert page.js("return document.querySelectorAll('.frame').length") == len(groups)
    page.press("\ue010")
    for group in groups:
        page.js("autogradPage.toggle(arguments[0])", group)
    assert boxes(page) == before
    page.js("const v = document.getElementById('view'); v.value = 0; v.dispatchEvent(new Event('change'))")
    assert len(boxes(page)) == len(_nodes(network(samples=3)))
    assert overlapping(boxes(page)) == []
    assert page.js("return document.documentElement.scrollWidth") <= size[0]
    assert page.errors() == []


def test_a_group_opens_by_keyboard(show):
    page = show(to_html(network(samples=3), limit=20))
    group = page.js("return Number(document.querySelector('.node.group [data-toggle]').dataset.toggle)")
    page.js("document.querySelector(`.node[data-id='${arguments[0]}']`).focus()", group)
    page.press("\ue007", "e")
    assert page.js("return document.querySelectorAll('.frame').length") == 1
    assert page.js("return document.activeElement.dataset.toggle") == str(group)
    page.press("\ue007")
    assert page.js("return document.querySelectorAll('.frame').length") == 0


CROSSED = """
    const boxes = [...document.querySelectorAll('.node rect.box')].map((r) => r.getBoundingClientRect()), found = [];
    const matrix = document.getElementById('scene').getScreenCTM();
    for (const path of document.querySelectorAll('.edge path.line')) {
      const length = path.getTotalLength();
      for (let t = 6; t < length - 6; t += 3) {
        const p = path.getPointAtLength(t).matrixTransform(matrix);
        const inside = (b) => p.x > b.left + 3 && p.x < b.right - 3 && p.y > b.top + 3 && p.y < b.bottom - 3;
        if (boxes.some(inside)) { found.push(path.getAttribute('d')); break; }
      }
    }
    return found;"""


def test_the_tab_key_goes_everywhere(show):
    """First the way around the graph, then the buttons, then the boxes in the order of the computation, then the player."""
    page = show(to_html(example()))
    met = []
    for _ in range(60):
        page.press("\ue004")
        met.append(
            page.js(
                "const e = document.activeElement; return e.id || e.className.baseVal || e.className || e.getAttribute('aria-label')"
            )
        )
        if met[-1] == "speed":
            break
    assert met[0] == "skip"
    assert met.count("skip") == 1
    boxes_met = [k for k, name in enumerate(met) if name.startswith("node")]
    assert len(boxes_met) == len(boxes(page))
    assert met.index("help-open") < boxes_met[0] < boxes_met[-1] < met.index("next") < met.index("scrubber")
    page.js("document.querySelector('.skip').focus()")
    page.press("\ue007")
    assert page.js("return document.activeElement.id") == "step-panel"
    assert page.errors() == []


@pytest.mark.parametrize("size", [(1400, 900), (390, 844)])
def test_edges_keep_clear_of_boxes(show, size):
    page = show(to_html(network(samples=2), limit=20), width=size[0], height=size[1])
    assert page.js(CROSSED) == []
    for group in page.js("return [...document.querySelectorAll('.node.group [data-toggle]')].map((n) => n.dataset.toggle)"):
        page.js("autogradPage.toggle(Number(arguments[0]))", group)
    assert page.js(CROSSED) == []


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 8))])
def test_random_graphs(show, seed):
    """Of every shape: the right gradients at every step, no box on another, no edge through a box."""
    _, loss = random_graph(seed, operations=6 + 4 * seed, variables=3).record()
    page = show(to_html(loss, limit=60))
    assert overlapping(boxes(page)) == []
    assert page.js(CROSSED) == []
    expected = [str(step) for step in steps(loss)]
    forward = page.js("return autogradPage.player.total") - len(expected)
    found = page.js(
        "return Array.from({ length: arguments[1] }, (_, j) => "
        "{ autogradPage.player.goto(arguments[0] + j + 1); return autogradPage.line(); })",
        forward,
        len(expected),
    )
    assert found == expected
    loss.backward()
    assert page.js("return autogradPage.grads()") == {
        name: node.grad if node.has_grad else None for node, name in Names(_nodes(loss)).items()
    }
    assert page.errors() == []


def test_a_large_graph_is_folded_and_says_so(show):
    loss = network(samples=60, sizes=(2, 16, 16, 1))
    assert len(_nodes(loss)) > 5000
    text = to_html(loss)
    assert len(text) < 200_000
    page = show(text)
    assert f"{len(_nodes(loss)):,} nodes in" in page.text("#note")
    page.press("\ue010")
    assert overlapping(boxes(page)) == []
    loss.backward()
    names = [atom["name"] for atom in page.js("return JSON.parse(document.getElementById('data').textContent).atoms")]
    assert len(set(names)) == len(names)
    weights = page.js(
        "return JSON.parse(document.getElementById('data').textContent).atoms.find((a) => a.name.startsWith('layer2 weights'))"
    )
    expected = [node.grad for node in _nodes(loss) if re.fullmatch(r"layer2\.neuron\d+\.w\d+", node.label)]
    assert weights["grad"] == [min(expected), max(expected)]
    # Chosen, a box shows how its numbers are spread: the zeros of a tanh layer are none, of its biases all.
    ids = {
        atom["name"]: k
        for k, atom in enumerate(page.js("return JSON.parse(document.getElementById('data').textContent).atoms"))
    }
    page.js("autogradPage.choose(arguments[0])", ids["layer2"])
    spread = page.js("return [...document.querySelectorAll('#node .bars')].map((s) => s.getAttribute('aria-label'))")
    assert [one.split(" from ")[0] for one in spread] == ["values", "gradients"]
    values = [float(n.data) for n in _nodes(loss) if n.op == "tanh"]
    bars = page.js(
        "return [...document.querySelectorAll('#node .bars.values rect')].map((r) => Number(r.getAttribute('height')))"
    )
    assert len(bars) == 24
    assert min(values) >= -1.0
    page.js("autogradPage.choose(arguments[0])", ids["layer2 biases"])
    assert "all are 0" in page.text("#node")
    assert page.errors() == []


def test_a_tangle_shows_what_is_nearest_to_the_result(show):
    _, loss = random_graph(1, operations=700, variables=40).record()
    page = show(to_html(loss))
    assert len(boxes(page)) <= 45
    assert overlapping(boxes(page)) == []
    page.press("\ue010")
    assert "further from the result" in page.text("#graph")
    assert page.errors() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["graph", "training"])
def test_contrast(show, scheme, kind):
    page = show(to_html(network(), limit=20) if kind == "graph" else training(), prefers_color_scheme=scheme)
    dark = page.js("return getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", dark)[:3])) < 200) == (scheme == "dark")
    for k in (0, 3, page.js("return autogradPage.player.total")):
        page.goto(k)
        if kind == "graph":
            page.js("autogradPage.choose(Number(document.querySelector('.node').dataset.id))")
        page.driver.execute_async_script("setTimeout(arguments[0], 400)")  # colours fade in
        found = page.js(CONTRASTS)
        assert len(found) > 10
        assert found[0][0] >= 4.5, found[:5]


def test_the_theme_button_overrides_the_system(show):
    page = show(to_html(example()), prefers_color_scheme="dark")
    ground = "return getComputedStyle(document.body).backgroundColor"
    dark = page.js(ground)
    page.click("#theme")
    light = page.js(ground)
    assert light == "rgb(255, 255, 255)" != dark
    assert page.js("return document.getElementById('theme').getAttribute('aria-label')") == "switch to the dark theme"
    page.press("t")
    assert page.js(ground) == dark


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_reduced_motion(show, motion):
    loss = example()
    page = show(to_html(loss), prefers_reduced_motion=motion)
    page.goto(len(list(forward_steps(loss))))
    page.click("#next")
    assert (page.js("return document.getElementById('pulse') !== null")) == (motion == "no-preference")
    fades = page.js("return getComputedStyle(document.querySelector('.node rect.box')).transitionDuration")
    assert (fades == "0s") == (motion == "reduce")


def test_everything_has_a_name_for_a_screen_reader(show):
    for text in (to_html(network(), limit=20), training()):
        page = show(text)
        page.goto(3)
        nameless = page.js("""
            return [...document.querySelectorAll('button, [role=button], [role=img], input, select, section, aside section')]
              .filter((e) => !(e.getAttribute('aria-label') || e.getAttribute('aria-labelledby')))
              .filter((e) => !(e.labels?.length || e.textContent.trim()))
              .map((e) => e.outerHTML.slice(0, 80))""")
        assert nameless == []
        assert page.js("return document.documentElement.lang") == "en"
        assert page.js("return document.getElementById('live').getAttribute('aria-live')") == "polite"


@pytest.mark.parametrize(
    "loss", [Value(3.0, label="alone"), Value(0.0), Value(2.0) * 0.0, sum([Value(1.0)] * 40), Value(1e-300) * 1e300]
)
def test_odd_graphs(show, loss):
    page = show(to_html(loss))
    page.press("\ue010")
    assert page.errors() == []
    loss.backward()
    grads = page.js("return autogradPage.grads()")
    assert all(node.grad in grads.values() for node in _nodes(loss))


def test_nan_and_infinity(show):
    from autograd_lite import ieee

    with ieee():
        x = Value(0.0, label="x")
        loss = x.log() * x
    page = show(to_html(loss))
    page.press("\ue010")
    assert "nan" in page.text("#graph")
    assert "-inf" in page.text("#graph")
    assert page.errors() == []


def training():
    model = nn.MLP(2, [4, 1], activation="tanh", seed=3)
    xs, ys = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    recorder = RunRecorder(model, xs, ys, frames=20, resolution=12, class_names=["<i>no</i>", "예"])
    nn.fit(model, xs, ys, loss="bce_with_logits", optimizer="adam", lr=0.1, epochs=50, callbacks=[recorder])
    training.recorder = recorder
    return training_page(recorder)


def test_a_training_run_plays(show):
    page = show(training())
    recorder = training.recorder
    assert page.js("return autogradPage.player.total") == len(recorder.kept) - 1
    page.press("\ue010")
    assert page.text("#now dd") == "50 / 50"
    losses = page.js("return [...document.querySelectorAll('#now dd')].map((e) => e.textContent)")
    assert float(losses[1]) == pytest.approx(recorder.history.losses[-1], rel=1e-3)
    page.click("#table-card summary")
    page.press("\ue011", "\ue010")
    rows = page.js("return [...document.querySelectorAll('#rows tr')].map((r) => [...r.children].map((c) => c.textContent))")
    for (name, value, gradient), (expected, parameter) in zip(rows, recorder.model.named_parameters(), strict=True):
        assert name == expected
        assert float(value) == pytest.approx(parameter.data, rel=1e-5)
        assert float(gradient) == pytest.approx(parameter.grad, rel=1e-5, abs=1e-12)
    assert page.js("return document.querySelectorAll('#net .w').length") == 2 * 4 + 4
    widths = "return [...document.querySelectorAll('#net .w')].map((w) => w.getAttribute('stroke-width')).join()"
    before = page.js(widths)
    page.js("document.activeElement.blur()")
    page.press("g")
    assert page.js(widths) != before
    page.click("#loss")
    assert 0 < page.k < len(recorder.kept) - 1
    assert "<i>no</i>" in page.text("#classes")
    assert "예" in page.text("#classes")
    assert page.errors() == []


@pytest.mark.parametrize("size", [(1400, 900), (800, 600), (390, 844)])
def test_training_pages_fit_every_window(show, size):
    page = show(training(), width=size[0], height=size[1])
    assert page.js("return document.documentElement.scrollWidth") <= size[0]
    small = page.js("""
        return [...document.querySelectorAll('main svg[role=img]')].map((s) => s.getBoundingClientRect())
          .filter((b) => b.height < 90 || b.width < 120).length""")
    assert small == 0
    assert page.errors() == []


def test_one_weight_over_the_epochs(show):
    page = show(training())
    recorder = training.recorder
    names = [name for name, _ in recorder.model.named_parameters()]
    first, last = recorder.kept[0].weights, recorder.kept[-1].weights
    moved = max(range(len(names)), key=lambda j: abs(last[j] - first[j]))
    assert page.text("#one-title").startswith(names[moved])
    page.js("document.querySelector('#net .hit').dispatchEvent(new MouseEvent('click', { bubbles: true }))")
    assert page.text("#one-title").startswith(names[0])
    page.js("autogradPage.pick(arguments[0])", len(names) - 1)
    for k, frame in enumerate(recorder.kept):
        page.goto(k)
        shown = float(re.search(r"= (\S+),", page.text("#one-title"))[1])
        assert shown == pytest.approx(frame.weights[-1], rel=1e-4)
    # The point lies on the curve, and moves along it.
    assert page.js("return Number(document.querySelectorAll('#one .dot')[0].getAttribute('cx'))") > 100
    assert page.errors() == []


def test_a_moment_of_training_in_a_sentence(show):
    page = show(training())
    losses, accuracies = training.recorder.history.losses, training.recorder.history.accuracies
    assert page.text("#said").startswith("Before training")
    page.press("\ue010")
    assert f"from {losses[0]:.3g} to {losses[-1]:.3g}" in page.text("#said")
    assert f"{100 * accuracies[-1]:.0f} % of the answers are right" in page.text("#said")
    assert training.recorder.history.reason in page.text("#said")
    assert page.text("#position") == "epoch 50 / 50"


def test_the_drawn_boundary_is_where_the_answer_changes(show):
    """Colours of the plane at the samples: that of the class the model answers there."""
    page = show(training())
    page.press("\ue010")
    model = training.recorder.model
    wins = page.js("""
        const canvas = document.getElementById('cells'), pen = canvas.getContext('2d');
        const all = pen.getImageData(0, 0, canvas.width, canvas.height).data;
        const place = (x, y) => 4 * (Math.floor(y * canvas.height) * canvas.width + Math.floor(x * canvas.width));
        const ask = (x, y) => all.slice(place(x, y), place(x, y) + 4);
        return arguments[0].map(([x, y]) => { const [r, , b] = ask(x, y); return r > b ? 1 : 0; });""",
        [[0.15 / 1.3 + x / 1.3, 1 - 0.15 / 1.3 - y / 1.3] for x, y in [[0, 0], [0, 1], [1, 0], [1, 1]]],
    )  # fmt: skip
    assert wins == [int(model([x, y]).data >= 0) for x, y in [[0, 0], [0, 1], [1, 0], [1, 1]]]


def test_an_opened_group_can_be_read(show):
    """Where the whole graph would be too small, the page goes near to what was opened."""
    page = show(to_html(network(samples=3, sizes=(2, 16, 16, 1))))
    group = page.js(
        "return Number([...document.querySelectorAll('.node.group')].find((n) => "
        "n.getAttribute('aria-label').startsWith('group layer2, layer')).dataset.id)"
    )
    page.js("autogradPage.toggle(arguments[0])", group)
    scale = page.js("return document.getElementById('scene').getScreenCTM().a")
    assert scale >= 0.6
    frame = page.js(
        "const r = document.querySelector(`.frame:has([data-toggle='${arguments[0]}']) rect.box`).getBoundingClientRect();"
        "const s = document.getElementById('graph').getBoundingClientRect();"
        "return [r.left - s.left, s.right - r.right, r.top - s.top]",
        group,
    )
    assert all(distance >= 0 for distance in frame)
    page.js("autogradPage.toggle(arguments[0])", group)
    assert page.js("return document.querySelectorAll('.frame').length") == 0
    assert page.errors() == []


def test_where_answers_cannot_be_drawn_the_accuracy_is(show):
    model = nn.MLP(3, [4, 3], activation="tanh", seed=1)
    xs = [[k % 3 / 2, k % 5 / 4, k / 20] for k in range(20)]
    ys = [k % 3 for k in range(20)]
    recorder = RunRecorder(model, xs, ys, frames=20)
    history = nn.fit(model, xs, ys, loss="cross_entropy", optimizer="adam", lr=0.1, epochs=20, callbacks=[recorder])
    page = show(training_page(recorder))
    page.press("\ue010")
    assert page.js("return document.getElementById('answers-card').hidden") is True
    assert f"{history.accuracies[-1]:.4g}" in page.js(
        "return document.getElementById('accuracy').getAttribute('aria-label')"
    )
    assert page.js("return document.getElementById('accuracy').getBoundingClientRect().width") > 150
    assert page.errors() == []
