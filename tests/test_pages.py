"""The pages as text: safe, self-contained, refused where the input makes no sense.  How they behave: test_pages_browser.py."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refused

from autograd_lite import GraphError, Value, nn, topological_order
from autograd_lite.pages import RunRecorder, answers, save_page, to_html, training, training_page
from autograd_lite.pages.document import embedded_json, static
from autograd_lite.pages.folded_data import folded_data
from autograd_lite.pages.graph_page import SCRIPTS
from autograd_lite.structure import Snapshot, summarize


class Reader(HTMLParser):
    """What a browser sees: the elements, and the text of the scripts and styles."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.texts, self.stack = [], {}, []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.stack.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, text):
        if self.stack:
            tag, attributes = self.stack[-1]
            key = attributes.get("type", tag)
            self.texts[key] = self.texts.get(key, "") + text


def facts(page):
    return json.loads(Reader(page).texts["application/json"])


def example():
    w, x = Value(2.0, label="w"), Value(3.0, label="x")
    loss = (w * x + w).tanh()
    loss.label = "L"
    return loss


def test_the_policy_allows_this_style_and_this_script_only():
    page = to_html(example())
    reader = Reader(page)
    policy = next(a["content"] for tag, a in reader.elements if a.get("http-equiv") == "Content-Security-Policy")
    for kind in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(reader.texts[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert not [a for _, a in reader.elements if "src" in a or any(name.startswith("on") for name in a)]
    assert all(a["href"].startswith("#") for _, a in reader.elements if "href" in a)
    assert re.findall(r"https?://[^\"' ]+", page) == ["http://www.w3.org/2000/svg"]


@settings(max_examples=60)
@given(st.text(max_size=40), st.text(max_size=40))
def test_no_label_gets_out_of_its_place(label, title):
    tame = [(tag, sorted(a)) for tag, a in Reader(to_html(Value(1.0, label="a") * 2.0)).elements]
    page = to_html(Value(1.0, label=label) * 2.0, title=title)
    page.encode("utf-8")
    assert [(tag, sorted(a)) for tag, a in Reader(page).elements] == tame


@given(
    st.recursive(
        st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.text(), lambda inner: st.lists(inner, max_size=4)
    )
)
def test_embedded_json_is_json_without_markup(thing):
    text = embedded_json(thing)
    assert json.loads(text) == thing
    assert not set("<>&\u2028\u2029") & set(text)


def test_the_data_are_the_graph():
    loss = example()
    data = facts(to_html(loss))
    order = topological_order(loss)
    assert [atom["data"] for atom in data["atoms"]] == [node.data for node in order]
    assert data["root"] == len(order) - 1
    edges = [(order[a], order[b], slope) for a, b, slope, *_ in data["edges"]]
    assert edges == [(n, p, s) for n in reversed(order) for p, s in zip(n.parents, n.local_grads, strict=True)]
    assert [formula for *_, formula, _ in data["edges"]] == ["sech(w * x + w) ** 2", "1", "1", "x", "w"]


def test_the_graph_is_left_as_it_is():
    loss = example()
    to_html(loss)
    assert not any(node.has_grad for node in topological_order(loss))
    loss.backward()
    before = [node.grad for node in topological_order(loss)]
    to_html(loss)
    assert [node.grad for node in topological_order(loss)] == before


def test_constants_and_branches_have_no_step():
    from autograd_lite import where

    a, b, c = Value(2.0, label="a"), Value(3.0, label="b", requires_grad=False), Value(4.0, label="c")
    data = facts(to_html(where(a > 1.0, a * b, c)))
    kinds = {atom["name"]: atom["kind"] for atom in data["atoms"]}
    assert kinds == {"a": "leaf", "b": "constant", "v1": "operation", "v2": "operation"}
    assert len(data["edges"]) == 2
    assert len(data["plain"]) == 1


def test_views_are_nested():
    model = nn.MLP(2, [4, 1], seed=0)
    data = facts(to_html(sum((model([k, 1.0]) - k) ** 2 for k in range(3))))
    inside = {len(data["atoms"]) + k: item["inside"] for k, item in enumerate(data["items"])}

    def leaves(k):
        return sorted(x for one in inside[k] for x in leaves(one)) if k in inside else [k]

    assert {"all", "neurons", "layers"} <= {view["name"] for view in data["views"]}
    for view in data["views"]:
        assert sorted(x for k in view["shown"] for x in leaves(k)) == list(range(len(data["atoms"])))
    sizes = [len(view["shown"]) for view in data["views"]]
    assert sizes == sorted(sizes, reverse=True)


def test_a_folded_page_counts_every_edge_once():
    model = nn.MLP(2, [8, 1], seed=0)
    loss = sum((model([k * 0.1, 1.0]) - k) ** 2 for k in range(80))
    order = topological_order(loss)
    data = folded_data(Snapshot(loss), 1.0, 45)
    between = {atom["name"]: atom["size"] for atom in data["atoms"]}
    assert sum(between.values()) == len(order)
    of = {}
    for k, box in enumerate(summarize(loss, "auto", 45).boxes):
        of.update(dict.fromkeys(box.nodes, k))
    expected = sum(of[n] != of[p] for n in order for p in n.parents)
    assert sum(edge[4] for edge in data["edges"]) == expected
    loss.backward()
    for k, box in enumerate(summarize(loss, "auto", 45).boxes):
        grads = [node.grad for node in box.outputs or box.nodes]
        assert data["atoms"][k]["grad"] == [min(grads), max(grads)]


def test_a_long_chain_becomes_a_small_page():
    x = Value(1.0, label="x")
    for _ in range(20_000):
        x = (x * 1.0001).sin()
    page = to_html(x)
    assert len(page) < 150_000
    assert "rows" in facts(page)["note"]


def test_bad_input():
    x = Value(1.0)
    with refused(TypeError, "page", "Value", "float", "2.0"):
        to_html(2.0)
    with refused(TypeError, "one Value", "list"):
        to_html([x])
    for bad in (0, -1, True, "many", 2.5):
        with refused(ValueError, "limit", repr(bad), 1):
            to_html(x, limit=bad)
    with refused(ValueError, "theme", "'pink'", "auto", "light", "dark"):
        to_html(x, theme="pink")
    with refused(ValueError, "step", "-1", 0):
        to_html(x, step=-1)
    y = x * 2.0
    y._a = y
    with refused(GraphError, "cycle", repr(y)):
        to_html(y)


def test_files(tmp_path):
    path = save_page(example(), tmp_path / "page.html", title="다항식")
    assert path.read_text(encoding="utf-8") == to_html(example(), title="다항식")
    with refused(ValueError, "empty", "'page.html'"):
        save_page(example(), "")
    with refused(IsADirectoryError, str(tmp_path), "folder", "page.html"):
        save_page(example(), tmp_path)
    with refused(FileNotFoundError, "folder", "nowhere'", "'page.html'"):
        save_page(example(), tmp_path / "nowhere" / "page.html")
    assert [one.name for one in tmp_path.iterdir()] == ["page.html"]


def test_the_scripts_hold_no_markup_and_no_way_out():
    for name in {*SCRIPTS, *training.SCRIPTS}:
        text = static(name)
        assert "innerHTML" not in text
        assert "eval(" not in text
        assert "</script" not in text
        for line in text.splitlines():
            assert "fetch(" not in line


XS, YS = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


def run(model, recorder, **options):
    settings = {"loss": "bce_with_logits", "optimizer": "adam", "lr": 0.1, "epochs": 10, **options}
    return nn.fit(model, XS, YS, callbacks=[recorder], **settings)


def test_a_recorder_keeps_weights_gradients_and_answers():
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    before = [p.data for p in model.parameters()]
    recorder = RunRecorder(model, XS, YS, resolution=9)
    history = run(model, recorder)
    assert recorder.kept[0].weights == before
    assert recorder.kept[0].gradients == [None] * len(before)
    assert recorder.kept[-1].weights == [p.data for p in model.parameters()]
    assert recorder.kept[-1].gradients == [p.grad for p in model.parameters()]
    assert recorder.history is history
    cells = base64.b64decode(recorder.kept[-1].answers)
    (left, right), (low, high) = recorder.bounds
    for j in range(9):
        for i in range(9):
            point = [left + (right - left) * (i + 0.5) / 9, high - (high - low) * (j + 0.5) / 9]
            logit = model(point).data
            assert cells[9 * j + i] // 40 == (logit >= 0)


def test_a_recorder_works_without_arrays(monkeypatch):
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    with_arrays = RunRecorder(model, XS, YS, resolution=7).kept[0].answers
    monkeypatch.setattr(answers, "_replayed", lambda model, points: None)
    assert RunRecorder(model, XS, YS, resolution=7).kept[0].answers == with_arrays


def test_a_model_that_decides_in_python_is_asked_point_by_point():
    class Deciding(nn.Module):
        def __init__(self):
            self.w = Value(1.0)

        def forward(self, x):
            return self.w * x[0] if float(x[0]) > 0.5 else self.w * -1.0

    cells = base64.b64decode(RunRecorder(Deciding(), XS, YS, resolution=10).kept[0].answers)
    assert [cell // 40 for cell in cells[:10]] == [0] * 5 + [1] * 5


def test_several_classes_and_curves():
    model = nn.MLP(2, [3], seed=0)
    recorder = RunRecorder(model, XS, [0, 1, 2, 0], resolution=6)
    assert {cell // 40 for cell in base64.b64decode(recorder.kept[0].answers)} <= {0, 1, 2}
    line = nn.MLP(1, [2, 1], activation="tanh", seed=0)
    recorder = RunRecorder(line, [0.0, 1.0, 2.0], [0.0, 1.0, 4.0], output="value")
    low, high = recorder.bounds[0]
    assert recorder.kept[0].answers[0] == pytest.approx(line([low]).data)
    assert recorder.kept[0].answers[-1] == pytest.approx(line([high]).data)


def test_frames_are_thinned_and_the_last_is_kept():
    model = nn.MLP(2, [2, 1], activation="tanh", seed=0)
    recorder = RunRecorder(model, XS, YS, frames=5, resolution=4)
    run(model, recorder, epochs=41)
    assert [frame.epoch for frame in recorder.kept] == [0, 16, 32]
    assert [frame["epoch"] for frame in facts(training_page(recorder))["frames"]] == [0, 16, 32, 41]
    assert recorder.finish()[-1].weights == [p.data for p in model.parameters()]


def test_a_training_page_of_any_model(tmp_path):
    model = nn.Sequential(nn.Linear(3, 20, seed=0), nn.Tanh(), nn.Linear(20, 1, seed=1))
    xs = [[a, b, a * b] for a, b in XS]
    recorder = RunRecorder(model, xs, YS)
    nn.fit(model, xs, YS, loss="bce_with_logits", epochs=3, validation=(xs, YS), callbacks=[recorder])
    page = training_page(recorder, tmp_path / "run.html", title="</script>")
    data = facts(page)
    assert data["view"] == "none"
    assert [layer["units"] for layer in data["layers"]] == [20, 1]
    assert len(data["layers"][0]["neurons"]) == 16
    assert len(data["val_losses"]) == 3
    assert (tmp_path / "run.html").read_text(encoding="utf-8") == page


def test_bad_recorders():
    model = nn.MLP(2, [1], seed=0)
    with refused(TypeError, "builtin_function_or_method", "Module"):
        RunRecorder(len, XS, YS)
    with refused(ValueError, "output", "'score'", "logits", "probability", "value"):
        RunRecorder(model, XS, YS, output="score")
    with refused(ValueError, "1 for", str(len(XS))):
        RunRecorder(model, XS, [1])
    with refused(ValueError, "frames", "1", "2"):
        RunRecorder(model, XS, YS, frames=1)
    with refused(ValueError, "callbacks=[recorder]"):
        training_page(RunRecorder(model, XS, YS))
    with refused(TypeError, "History", "RunRecorder", "callbacks=[recorder"):
        training_page(nn.History())


def test_the_command_writes_a_page_at_a_step_and_opens_it(tmp_path, monkeypatch, capsys):
    import webbrowser

    from autograd_lite.cli import main

    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or True)
    path = tmp_path / "loss.html"
    assert main(["page", "L = (w*x + b)**2", "w=2", "x=3", "b=1", "-o", str(path), "--step", "4", "--open"]) == 0
    assert facts(path.read_text(encoding="utf-8"))["step"] == 4
    assert opened == [path.resolve().as_uri()]
    assert main(["page", "w*x", "w=2", "x=3", "-o", str(path), "--step=-1"]) == 2
    assert "'--step': -1 is not in the range x>=0" in capsys.readouterr().err
    assert len(opened) == 1


def test_the_pictures_in_the_documents_are_there_and_small():
    root = Path(__file__).resolve().parent.parent
    for text in ("README.md", "docs/pages.md"):
        folder = (root / text).parent
        pictures = re.findall(r"!\[[^\]]*\]\(([^)]*pages/[^)]*\.png)\)", (root / text).read_text(encoding="utf-8"))
        assert pictures
        for picture in pictures:
            data = (folder / picture).read_bytes()
            assert data.startswith(b"\x89PNG")
            assert len(data) < 150_000


def test_a_recorder_shows_itself_in_a_notebook():
    import html

    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    recorder = RunRecorder(model, XS, YS, resolution=9)
    assert recorder._repr_html_() is None
    run(model, recorder)
    inside = re.fullmatch(
        r'<iframe title="a training run to play" sandbox="allow-scripts" srcdoc="([^"]*)".*</iframe>', recorder._repr_html_()
    )
    assert html.unescape(inside[1]) == training_page(recorder)
