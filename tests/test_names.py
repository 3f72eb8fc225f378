"""Names that command a terminal, forge lines or hide: through every command there is, to every stream."""

import ast
import gc
import html
import io
import json
import math
import os
import re
import sys
import unicodedata
from pathlib import Path

import click
import pytest
from browser import Page, open_browser

from autograd_lite import (
    Value,
    check_grad,
    compile_step,
    data,
    draw,
    draw_dot,
    jit,
    jvp,
    nn,
    plot,
    to_html,
    to_svg,
    topological_order,
)
from autograd_lite.backprop import debug, explain, post_mortem, stepper, steps, to_latex, to_python, to_text, wrong_backprop
from autograd_lite.backprop.debugger import Debugger
from autograd_lite.cli import main, model_file
from autograd_lite.cli.commands import COMMANDS, command_named
from autograd_lite.cli.learning import Learner
from autograd_lite.compiler import TraceError, to_c
from autograd_lite.data.cells import known_classes
from autograd_lite.data.table import Table
from autograd_lite.gpt.names import Alphabet
from autograd_lite.replay import rounding_report

#: The title of the window, the screen wiped in two ways, the line turned around, ends of lines, letters of no width.
HOSTILE = "a\x1b]0;owned\x07\x9b2J\x1b[2J\u202eb\u2066c\u200f\u200bd\u2028e\u2029f\x85g\x0bh\ri\nFORGED"
ORDINARY = "손실 é e\u0301 日本 👩\u200d🔬 ❤\ufe0f עברית"
#: What a program of ours may write to a terminal: colours, the end of a line wiped, the line begun anew.
OURS = re.compile(r"\x1b\[[0-9;]*m|\x1b\[K|\r(?=\[|\d)|^\t|\n", re.M)


def check(text, what=""):
    """Nothing in `text` is obeyed or hidden, by what Unicode says of each letter; no line begins where a name says so."""
    text = OURS.sub(lambda found: "\n" if found[0] == "\n" else "", text).replace("👩\u200d", "")
    bad = {c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert not bad, (what, sorted(map(ascii, bad)), ascii(text[:2000]))
    assert not [line for line in text.split("\n") if line.startswith("FORGED")], (what, text[:2000])


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run a command line at a terminal, or into pipes; gives what was said on both streams, and the code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def go(argv, kind=io.StringIO, columns=100):
        monkeypatch.setenv("COLUMNS", str(columns))
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", io.StringIO(""))
            patch.setattr(sys, "stdout", kind())
            patch.setattr(sys, "stderr", kind())
            code = main([str(one) for one in argv])
            return sys.stdout.getvalue(), sys.stderr.getvalue(), code

    return go


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


@pytest.fixture
def things(tmp_path):
    """By the name of a parameter, what to give it: files and names as bad as the system takes them."""
    one, two, name = f"{HOSTILE} {ORDINARY}", f"{HOSTILE}2", f"{HOSTILE}x"
    table = tmp_path / f"{HOSTILE}.csv"
    rows = [f"{k % 5},{quoted(f'{HOSTILE}{k % 3}')},{quoted((one, two)[k % 2])}" for k in range(24)]
    table.write_text(
        "\n".join([f"{quoted(name)},{quoted(name + 'y')},{quoted(HOSTILE)}", *rows]), encoding="utf-8", newline=""
    )
    dataset = data.read_csv(table, HOSTILE)
    assert dataset.class_names == (one, two)
    model = tmp_path / f"{HOSTILE}.json"
    model_file.save(Learner.new(dataset, (2,), "tanh", 0), str(model))
    words = tmp_path / f"{HOSTILE}.txt"
    words.write_text("\x1b[2J\u202e\n\x9b2J\u200b\nanna\notto\n" * 3, encoding="utf-8")
    return {
        **dict.fromkeys(("dataset", "csv"), table), "target": HOSTILE, "model": model, "words": words, "formula": "h = w*x; tanh(h)",
        "numbers": ("w=1", "x=2"), "epochs": 1, "steps": 1, "batch": 1, "hidden": "2", "width": 4, "heads": 1, "engine": "eager",
        "count": 3,
    }  # fmt: skip


def lines_of(command, things):
    """Command lines that work, made of what the command takes: plainly, and with each of its switches and places to write."""
    parts = {}
    for param in command_named(command).params:
        given = things.get(param.name)
        if given is None and param.required:
            given = param.type.choices[0] if isinstance(param.type, click.Choice) else HOSTILE
        if given is not None and (isinstance(param, click.Argument) or command != "step"):
            flag = [] if isinstance(param, click.Argument) else [param.opts[0]]
            parts[param.name] = [*flag, *(given if isinstance(given, tuple) else (given,))]
    if command == "plot":
        parts["picture"] = ["confusion"]
    plain = [command, *(word for part in parts.values() for word in part)]
    yield plain
    for param in command_named(command).params:
        if getattr(param, "is_flag", False) and param.name not in ("open", "help", "quiet"):
            yield [*plain, param.opts[0]]
        elif isinstance(param.type, click.Path) and isinstance(param, click.Option) and param.name not in parts:
            ending = {"graph": ".dot", "page": ".html", "plot": ".png"}.get(command, ".json")
            if param.name in ("output", "save", "checkpoint"):
                yield [*plain, param.opts[0], f"{HOSTILE}out{ending}"]


#: Commands that write a text for other programs, which have to get what the file held.
DOCUMENTS = {"predict"}


@pytest.mark.parametrize("command", COMMANDS)
def test_hostile_names_are_seen_and_never_obeyed(run, things, command):
    pytest.importorskip("matplotlib")
    pytest.importorskip("jinja2")
    for argv in lines_of(command, things):
        for kind, columns in ((Terminal, 100), (io.StringIO, 100), (Terminal, 40)):
            if kind is not Terminal and command == "plot":
                continue
            out, err, code = run(argv, kind, columns)
            assert code == 0 or (code == 2 and "one of the two" in err), (argv, err)
            check(err, argv)
            if kind is Terminal or command not in DOCUMENTS:
                check(out, argv)
            if "--json" in argv:
                json.loads(out.splitlines()[-1])


@pytest.mark.parametrize("command", COMMANDS)
def test_hostile_arguments_are_refused_in_one_line(run, command):
    """Whatever is typed in the place of any argument or option, other arguments missing or not."""
    bad = [HOSTILE, f"no/{HOSTILE}.csv", os.fsdecode(b"\xff\x9b2J\x1b[2J"), f"--{HOSTILE}", "\ud800"]
    params = command_named(command).params
    known = {name for param in params for name in param.opts}
    quick = [
        word for pair in (("--epochs", "1"), ("--steps", "1"), ("--engine", "eager")) if pair[0] in known for word in pair
    ]
    lines = [[command, one] for one in bad] + [[command, one, two] for one in bad for two in bad[:2]]
    for param in params:
        if isinstance(param, click.Option) and not param.is_flag:
            lines.append([command, *quick, param.opts[0], HOSTILE, "xor"])
            lines.append([command, "xor", *quick, f"{param.opts[0]}={HOSTILE}"])
    for argv in lines:
        for kind in (Terminal, io.StringIO)[: 2 if len(argv) < 4 else 1]:
            out, err, code = run(argv, kind)
            check(out + err, argv)
            if code:  # a file of such a name can be written
                assert code in (1, 2), argv
                assert re.search(r": \S", err), argv  # something is said
                # One line, or one and the formula, escaped, with a pointer under it.
                assert kind is Terminal or re.fullmatch(r".+\n(    .+\n +\^\n)?", err), argv


def test_a_hostile_command_is_refused(run):
    for argv in ([HOSTILE], ["--" + HOSTILE], ["train" + HOSTILE]):
        out, err, code = run(argv)
        check(out + err)
        assert code == 2


def test_ordinary_letters_stay(run, things):
    out, _, _ = run(["datasets", things["dataset"], "--target", HOSTILE])
    assert ORDINARY in out
    out, _, _ = run(["datasets", things["dataset"], "--target", HOSTILE, "--json"])
    assert ORDINARY in out
    assert list(json.loads(out)["classes"]) == [f"{HOSTILE} {ORDINARY}", f"{HOSTILE}2"]


def test_a_document_is_what_the_file_held(run, things):
    """What is piped goes on unchanged; a terminal shows the same, harmless."""
    out, _, _ = run(["predict", things["model"], things["dataset"]])
    assert HOSTILE in out
    out, _, _ = run(["predict", things["model"], things["dataset"]], Terminal)
    assert "\\x1b]0;owned" in out


def test_json_is_json_in_any_encoding(run, things):
    class Old(io.StringIO):
        encoding = "cp1252"

    out, _, _ = run(["datasets", things["dataset"], "--target", HOSTILE, "--json"], Old)
    assert list(json.loads(out)["classes"]) == [f"{HOSTILE} {ORDINARY}", f"{HOSTILE}2"]


@pytest.fixture
def report(run, things, tmp_path):
    """The folder of a report, of a network trained on hostile names."""
    pytest.importorskip("jinja2")
    pytest.importorskip("matplotlib")
    place = f"{HOSTILE}report"
    out, err, code = run([*next(lines_of("train", things)), "--report", place], Terminal)
    assert code == 0, err
    check(out + err)
    return tmp_path / place


def test_a_report_has_names_as_text(report):
    for name in ("index.html", "summary.json", "network.svg"):
        check((report / name).read_text(encoding="utf-8"), name)
    page = (report / "index.html").read_text(encoding="utf-8")
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    allowed = dict(part.split(" ", 1) for part in html.unescape(policy).split("; "))
    assert allowed["default-src"] == "'none'"
    assert "script-src" not in allowed
    assert re.fullmatch(r"'sha256-[\w+/]{43}='", allowed["style-src"])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_browser_shows_a_report_and_runs_nothing_in_it(report, tmp_path):
    """Style and pictures come through the page's policy; what a name would have the page do does not happen."""
    path = report.rename(tmp_path / "report") / "index.html"
    evil = "<script>document.title = 'owned'</script><img src=x onerror=\"document.title = 'owned'\"><h1 style='color: red'>"
    path.write_text(path.read_text(encoding="utf-8").replace("<h1>", f"{evil}</h1><h1>"), encoding="utf-8")
    driver = open_browser()
    try:
        page = Page(driver, path)
        assert page.js(
            "return [...document.querySelectorAll('figure img')].every((one) => one.complete && one.naturalWidth > 0)"
        )
        assert page.js("return document.querySelectorAll('figure img').length") >= 2
        assert page.js("return getComputedStyle(document.querySelector('.cards')).display") == "flex"
        assert page.js("return document.title") != "owned"
        assert page.js("return getComputedStyle(document.querySelector('h1')).color") != "rgb(255, 0, 0)"
    finally:
        driver.quit()


# --- what Python shows ------------------------------------------------------------------------------------------------


def graph(name):
    w, x = Value(2.0, label=name), Value(3.0, label=f"{name}2")
    f = (w * x).tanh()
    f.label = f"{name}\ud800*/"
    f.backward()
    return w, f


def answers(name):
    """Every command of the prompt, and nonsense."""
    _, f = graph(name)
    lines = [
        *Debugger.groups[0],
        *Debugger.groups[2],
        "break",
        "watch v1",
        "explain v1",
        "graph table",
        "print v1",
        "x\x9b",
        "a \u202e b=1",
    ]
    stdout = Terminal()
    debug(f, stdin=io.StringIO("\n".join([*lines, name.replace("\n", " "), "\ud800", "w" * 3])), stdout=stdout)
    return stdout.getvalue()


SHOWN = {
    "repr": lambda w, f: repr(f),
    "explain": lambda w, f: explain(f, w),
    "steps": lambda w, f: "\n".join(map(str, steps(f))),
    "tree": lambda w, f: to_text(f),
    "table": lambda w, f: to_text(f, "table"),
    "LaTeX": lambda w, f: to_latex(f),
    "Python": lambda w, f: to_python(f),
    "wrong": lambda w, f: wrong_backprop(f),
    "post-mortem": lambda w, f: post_mortem(f),
    "DOT": lambda w, f: draw_dot(f).source,
    "SVG": lambda w, f: to_svg(f),
    "page": lambda w, f: to_html(f, title=w.label),
    "network": lambda w, f: draw.draw_network([1, 1], input_names=[w.label], output_names=[w.label], title=w.label).svg,
    "prompt": lambda w, f: answers(w.label),
    "program": lambda w, f: called(jit(lambda a: a * w, backend="python")).program,
    "source": lambda w, f: called(jit(lambda a: a * w, backend="python")).source,
    "C": lambda w, f: to_c(lambda a: a * w, 1.0),
    "data": lambda w, f: data.Dataset(w.label, [[0.0], [1.0]], [0, 1], class_names=(w.label, "b"), target_name=w.label),
    "data error": lambda w, f: data.DataError("no", source=w.label, column=w.label),
    "known classes": lambda w, f: refusal(lambda: known_classes(Table("", ("y",), [("?",)], [2]), 0, [w.label])),
    "model error": lambda w, f: refusal(lambda: nn.load(w.label)),
    "ending": lambda w, f: refusal(lambda: nn.save(nn.MLP(1, [1]), w.label)),
    "rounding": lambda w, f: rounding_report(f),
    "loss": lambda w, f: refusal(lambda: training(w.label, 1e308)),
    "loss in Python source": lambda w, f: refusal(lambda: training(w.label, 1e308, engine="python")),
    "update": lambda w, f: refusal(lambda: training(w.label, y=1e9, lr=1e300)),
    "update in Python source": lambda w, f: refusal(lambda: training(w.label, y=1e9, lr=1e300, engine="python")),
    "not in the loss": lambda w, f: refusal(lambda: training(w.label, loss=lambda p, y: Value(1.0) * y, engine="python")),
    "L-BFGS": lambda w, f: refusal(lambda: lbfgs(w)),
    "hook": lambda w, f: refusal(lambda: jvp(lambda x: hooked(x * w, w.label), (1.0,), (1.0,))),
    "no such node": lambda w, f: refusal(lambda: stepper(f).node(Value(1.0, label=w.label))),
    "taken": lambda w, f: refusal(lambda: disturbed(f)),
    "why 0": lambda w, f: explain(f, Value(1.0, label=w.label)),
    "no graph": lambda w, f: refusal(lambda: forgotten(w)),
    "slope": lambda w, f: refusal(lambda: check_grad(lambda x: wrong_slope(w * x), 3.0)),
    "frozen parameter of a step": lambda w, f: refusal(lambda: step_of(Value(1.0, label=w.label, requires_grad=False))),
    "hook of a step": lambda w, f: refusal(lambda: step_of(hooked(Value(1.0), w.label))),
    "tensors": lambda w, f: refusal(lambda: nn.MLP(1, [1]).load_state_dict({w.label: 1.0})),
    "architecture": lambda w, f: refusal(lambda: built({"kind": "Linear", "nin": 1, "nout": 1, w.label: 1})),
    "optimizer's state": lambda w, f: refusal(lambda: nn.optim.SGD([w]).load_state_dict(state(w, optimizer=w.label))),
    "option in a state": lambda w, f: refusal(lambda: nn.optim.SGD([w]).load_state_dict(state(w, option=w.label))),
    "option of a group": lambda w, f: refusal(lambda: nn.optim.SGD([{"params": [w], w.label: 1.0}])),
    "letter": lambda w, f: refusal(lambda: Alphabet([w.label]).encode("?")),
    "folder": lambda w, f: refusal(lambda: to_svg(f, folder())),
    "race": lambda w, f: refusal(lambda: plot.optimizer_race(lambda x, y: x, {w.label: [(math.nan, 0.0)]})),
    "operations": lambda w, f: refusal(lambda: stepper(Value(2.0, (w,), w.label)).breakpoint("log")),
}


def step_of(parameter):
    compile_step(lambda x: parameter * x, [parameter], (1.0,), backend="python").load([(1.0,)])


def built(plan):
    nn.save(nn.Linear(1, 1), "model.json")
    text = json.loads(Path("model.json").read_text(encoding="utf-8"))
    Path("model.json").write_text(json.dumps({**text, "architecture": plan}), encoding="utf-8")
    nn.load("model.json")


def folder():
    Path(HOSTILE + "d").mkdir()
    return HOSTILE + "d"


def state(w, optimizer="SGD", option="lr"):
    kept = nn.optim.SGD([w]).state_dict()
    groups = [{**kept["param_groups"][0], option: 1.0}]
    return {**kept, "optimizer": optimizer, "param_groups": groups}


def training(label, x=2.0, y=1.0, lr=0.1, engine="eager", loss=lambda p, y: p * y):
    model = nn.MLP(1, [1], seed=0)
    for parameter in model.parameters():
        parameter.data, parameter.label = 2.0, label
    nn.fit(model, [[x]], [y], loss=loss, optimizer=nn.optim.SGD(model.parameters(), lr=lr), engine=engine, epochs=1)


def lbfgs(w):
    optimizer = nn.optim.LBFGS([w])

    def closure():
        w.grad = math.inf
        return Value(1.0)

    optimizer.step(closure)


def hooked(node, label):
    node.label = label
    node.register_hook(lambda grad: grad)
    return node


def disturbed(root):
    walk = stepper(root)
    walk.next()
    for node in topological_order(root):
        node.zero_grad()
    walk.next()


def forgotten(w):
    gc.collect()
    (w * 2.0).backward()
    gc.collect()
    explain(w)


def wrong_slope(node):
    node._da = 5.0
    return node


def called(function):
    function(1.0)
    return function


def refusal(do):
    with pytest.raises(
        (ValueError, OSError, ArithmeticError, LookupError, RuntimeError, AssertionError, TraceError)
    ) as caught:
        do()
    return str(caught.value)


@pytest.mark.parametrize("shown", SHOWN)
def test_what_python_shows_has_names_as_text(shown, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / HOSTILE).write_text("no model")
    check(str(SHOWN[shown](*graph(HOSTILE))), shown)


def test_a_label_cannot_end_what_it_stands_in():
    """A comment of C, a string of Python or DOT, a group of LaTeX, a script of HTML."""
    label = '*/ int x; /* """ \' \\ } ] $ # </script><script> \\end{x} -->'
    w, f = graph(label)
    ast.parse(to_python(f))
    scope = {}
    exec(to_python(f), scope)
    assert [node.data for node in scope.values() if isinstance(node, Value)][-1] == f.data
    latex = re.sub(r"\\[{}$#_%& ]", "", to_latex(f))
    assert latex.count("{") == latex.count("}")
    assert not set("$#") & set(latex)
    assert "<script>" not in to_html(f).partition('id="data">')[2].partition("</script>")[0]
    assert to_c(lambda a: a * w, 1.0).count("*/") == to_c(lambda a: a * 2.0, 1.0).count("*/")


@pytest.mark.parametrize(
    ("one", "two"), [("fi", "ﬁ"), ("x", "𝑥"), ("ª", "a"), ("x²", "x2"), ("µ", "μ"), ("K", "K"), ("Å", "Å")]
)
def test_names_that_python_takes_for_one_are_two(one, two):
    """Python reads names by their compatible forms: in its source two labels must not become one variable."""
    a, b = Value(2.0, label=one), Value(3.0, label=two)
    assert jit(lambda p: p - a * b * b, backend="python")(1.0) == 1.0 - 18.0
    scope = {}
    exec(to_python(a - b * b), scope)
    assert [node.data for node in scope.values() if isinstance(node, Value)][-1] == 2.0 - 9.0
