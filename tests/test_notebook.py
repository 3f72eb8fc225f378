"""Magics and widget: in a notebook that is really executed, and in a session of IPython."""

import pytest
from refusals import refused

from autograd_lite import Value, nn

pytest.importorskip("IPython")


def example():
    w, x = Value(2.0, label="w"), Value(3.0, label="x")
    loss = (w * x + w).tanh() * w
    loss.label = "L"
    return w, x, loss


@pytest.fixture
def shell():
    from IPython.testing.globalipapp import start_ipython

    shell = start_ipython() or __import__("IPython").get_ipython()
    shell.run_line_magic("load_ext", "autograd_lite")
    w, x, loss = example()
    shell.user_ns.update(w=w, x=x, L=loss, number=3.0, several=[w, x])
    yield shell
    for name in ("w", "x", "L", "number", "several"):
        shell.user_ns.pop(name, None)


@pytest.mark.filterwarnings("ignore")
def test_magics(shell):
    anywidget = pytest.importorskip("anywidget")
    widget = shell.run_line_magic("backprop", "L")
    assert isinstance(widget, anywidget.AnyWidget)
    assert "Back-propagation of L" in widget.html
    loss, w = shell.user_ns["L"], shell.user_ns["w"]
    loss.backward()
    alone = shell.run_line_magic("explain", "w")
    assert alone.value == pytest.approx(w.grad)
    assert shell.run_line_magic("explain", "L w").value == alone.value
    assert shell.run_line_magic("explain", "L v1").node is loss.parents[0].parents[0].parents[0]
    assert "digraph" in shell.run_line_magic("graph", "L * 2").source


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("magic", "line", "message"),
    [
        ("backprop", "", ("%backprop loss",)),
        ("backprop", "lost", ("'lost'", "w, x, L")),
        ("backprop", "number", ("number", "float", "Value", "w, x, L")),
        ("backprop", "several", ("several", "list", "Value", "sum")),
        ("backprop", "L +", ("'L +'", "name", "expression", "w, x, L")),
        ("backprop", "L.nothing", ("L.nothing", "AttributeError", "'nothing'")),
        ("graph", "several[7]", ("several[7]", "IndexError")),
        ("explain", "L w x", ("%explain w", "loss.backward()", "%explain loss w")),
        ("explain", "L nowhere", ("'nowhere'", "w, x, L")),
    ],
)
def test_what_cannot_be_shown_is_said(shell, magic, line, message):
    from IPython.core.error import UsageError

    with refused(UsageError, *message):
        shell.run_line_magic(magic, line)


def test_the_widget_moves_the_gradients():
    pytest.importorskip("anywidget")
    from traitlets import TraitError

    from autograd_lite.backprop import steps
    from autograd_lite.notebook import StepperWidget

    w, _, loss = example()
    widget = StepperWidget(loss)
    assert (widget.step, widget.total) == (0, widget.stepper.total)
    expected = list(steps(loss))
    forward = widget.total - len(expected)
    for step in expected:
        widget.step = forward + step.k
        assert step.parent.grad == step.after
    assert widget.stepper.at_end
    complete = w.grad
    widget.step = 0
    assert not w.has_grad
    loss.backward()
    assert w.grad == complete
    for bad in (-1, widget.total + 1, "three"):
        with pytest.raises(TraitError):
            widget.step = bad
    assert StepperWidget(loss, step=5).step == 5
    with refused(ValueError, "height", 100, 3):
        StepperWidget(loss, height=3)


def test_the_widget_of_a_large_graph_has_no_stepper():
    pytest.importorskip("anywidget")
    from autograd_lite.notebook import StepperWidget

    model = nn.MLP(2, [16, 1], seed=0)
    widget = StepperWidget(sum((model([k, 1.0]) - 1.0) ** 2 for k in range(40)))
    assert widget.stepper is None
    widget.step = 4


def test_without_the_widget_there_is_a_frame(monkeypatch):
    import html
    import re
    import sys

    from autograd_lite import notebook

    monkeypatch.setitem(sys.modules, "autograd_lite.notebook.widget", None)
    _, _, loss = example()
    framed = notebook.show(loss)
    assert isinstance(framed, notebook.Framed)
    inside = re.fullmatch(r'<iframe [^>]*srcdoc="([^"]*)"[^>]*></iframe>', framed._repr_html_())
    assert html.unescape(inside[1]) == framed.page
    assert 'sandbox="allow-scripts"' in framed._repr_html_()
    assert str(framed).splitlines()[0] == "w = 2.0"


def test_long_texts_are_cut():
    from autograd_lite.notebook import Framed

    total = sum((Value(float(k)) * 2.0 for k in range(30)), Value(0.0))
    assert str(Framed(total)).splitlines()[-1].startswith("... and ")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_notebook_is_executed(tmp_path):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("anywidget")
    cells = [
        "%load_ext autograd_lite",
        "from autograd_lite import Value\n"
        "w, x = Value(-2.0, label='w'), Value(5.0, label='x')\n"
        "L = (w * x).tanh(); L.label = 'L'",
        "%backprop L",
        "widget = _; widget.step = widget.total; print(w.grad, widget)",
        "%explain L w",
        "%graph L",
        "%backprop nothing",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
    outputs = [cell.outputs for cell in notebook.cells]
    assert "application/vnd.jupyter.widget-view+json" in outputs[2][0].data
    assert "StepperWidget(<stepper of L: step 5 of 5, at the end>)" in outputs[3][0].text
    assert "text/latex" in outputs[4][0].data or "text/html" in outputs[4][0].data
    assert {"image/svg+xml", "text/plain"} & set(outputs[5][0].data)
    (refusal,) = outputs[6]
    assert "name 'nothing' is not defined; Values of this session: w, x, L" in str(refusal)
    assert not [o for some in outputs[:6] for o in some if o.output_type == "error"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_widget_in_a_browser(tmp_path):
    """A page in place of the notebook, with a model in place of Jupyter's; the frame and the model move each other."""
    import json

    from browser import Page, open_browser

    from autograd_lite import notebook
    from autograd_lite.pages import to_html

    _, _, loss = example()
    state = json.dumps({"html": to_html(loss), "height": 500, "step": 3}).replace("<", "\\u003c")
    (tmp_path / "host.html").write_text(
        f"""<body><div id="cell"></div><script>
        const state = {state}, heard = [];
        window.model = {{ saved: 0, get: (name) => state[name], on: (name, f) => heard.push(f), off() {{}},
          set(name, value) {{ state[name] = value; heard.forEach((f) => f()); }}, save_changes() {{ this.saved++; }} }};
        </script><script>{_as_script(_widget_source(notebook))}
        widget.render({{ model, el: document.getElementById("cell") }});</script>""",
        encoding="utf-8",
    )
    driver = open_browser()
    try:
        page = Page(driver, tmp_path / "host.html")
        wait = """
            const [want, done] = arguments;
            const look = () => want === model.get('step') && model.saved ? done(true) : setTimeout(look, 40);
            setTimeout(() => done(false), 8000);
            look()"""
        driver.switch_to.frame(0)
        driver.execute_async_script(
            "const done = arguments[0]; const look = () => window.autogradPage?.player.k === 3 ? done() : setTimeout(look, 40); look()"
        )
        page.js("autogradPage.player.goto(5)")
        driver.switch_to.default_content()
        assert driver.execute_async_script(wait, 5) is True
        page.js("model.set('step', 3)")
        driver.switch_to.frame(0)
        driver.execute_async_script(
            "const done = arguments[0]; const look = () => autogradPage.player.k === 3 ? done() : setTimeout(look, 40); look()"
        )
        # The wheel is the notebook's, unless Ctrl is held.
        assert page.js("""
            return [false, true].map((ctrlKey) => {
              const event = new WheelEvent('wheel', { deltaY: 60, ctrlKey, cancelable: true, bubbles: true });
              document.getElementById('graph').dispatchEvent(event);
              return event.defaultPrevented;
            })""") == [False, True]
        # The numbers are Python's here: nothing is changed on the page.
        page.js("autogradPage.choose(0)")
        assert page.js("return autogradPage.live") is True
        assert page.js("return document.querySelector('.changer')") is None
        driver.switch_to.default_content()
        page.js("model.set('step', 1)")
        driver.switch_to.frame(0)
        driver.execute_async_script(
            "const done = arguments[0]; const look = () => autogradPage.player.k === 1 ? done() : setTimeout(look, 40); look()"
        )
        assert page.errors() == []
    finally:
        driver.quit()


def _widget_source(notebook):
    from importlib import resources

    return resources.files(notebook).joinpath("widget.js").read_text(encoding="utf-8")


def _as_script(module):
    assert module.count("export default") == 1
    return module.replace("export default", "const widget =")


def test_a_long_pass_as_text_is_cut_and_the_rest_counted() -> None:
    from autograd_lite.notebook import Framed

    y = x = Value(1.0, label="x")
    for _ in range(1000):
        y = y * x
    lines = str(Framed(y)).splitlines()
    assert len(lines) == 41
    # 1,001 nodes and two edges for each of 1,000 products, of which 40 are shown.
    assert lines[-1] == "... and 2,961 lines more"
