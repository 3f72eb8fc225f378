"""Names that command a terminal, forge lines or hide: through every command there is, to every stream."""

import html
import io
import json
import os
import re
import sys
import unicodedata
from pathlib import Path

import click
import pytest

from autograd_lite import data
from autograd_lite.cli import main, model_file
from autograd_lite.cli.commands import COMMANDS, command_named
from autograd_lite.cli.learning import Learner

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
            elif param.name == "report":
                yield [*plain, param.opts[0], f"{HOSTILE}report"]


#: Commands that write a text for other programs, which have to get what the file held.
DOCUMENTS = {"predict"}


@pytest.mark.parametrize("command", COMMANDS)
def test_hostile_names_are_seen_and_never_obeyed(run, things, command):
    pytest.importorskip("matplotlib")
    pytest.importorskip("jinja2")
    for argv in lines_of(command, things):
        for kind, columns in ((Terminal, 100), (io.StringIO, 100), (Terminal, 40)):
            if columns == 40 and ("--report" in argv or command == "plot"):
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
    lines = [[command, one] for one in bad] + [[command, one, two] for one in bad for two in bad[:2]]
    for param in params:
        if isinstance(param, click.Option) and not param.is_flag:
            lines += [[command, param.opts[0], one, "moons"] for one in bad[:2]]
            lines.append([command, "moons", f"{param.opts[0]}={HOSTILE}"])
    for argv in lines:
        for kind in (Terminal, io.StringIO):
            out, err, code = run(argv, kind)
            check(out + err, argv)
            if code:  # a file of such a name can be written
                assert code in (1, 2), argv
                assert re.search(r": \S", err), argv  # something is said
                assert kind is Terminal or err.count("\n") == 1


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


def test_a_report_has_names_as_text(run, things, tmp_path):
    pytest.importorskip("jinja2")
    things["epochs"] = 1
    argv = [*next(lines_of("train", things)), "--report", "report", "--save", "m.json"]
    _, err, code = run(argv)
    assert code == 0, err
    for name in ("index.html", "summary.json", "network.svg"):
        check(Path("report", name).read_text(encoding="utf-8"), name)
    page = Path("report", "index.html").read_text(encoding="utf-8")
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    allowed = dict(part.split(" ", 1) for part in html.unescape(policy).split("; "))
    assert allowed["default-src"] == "'none'"
    assert allowed["img-src"] == "'self'"
    assert "script-src" not in allowed
    assert re.fullmatch(r"'sha256-[\w+/]{43}='", allowed["style-src"])
