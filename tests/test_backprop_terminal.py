"""What is shown where: narrow and wide terminals, pipes, old encodings, no colours; nothing breaks, nothing is cut."""

import io
import itertools
import os
import re
import shutil
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_lite import Value, debug, explain, stepper
from autograd_lite.terminal import Table, columns_of, encodable, fit, takes_rich, width_of

COMMANDS = ["n", "until w", "where", "table", "gradients", "graph", "graph table", "explain w", "wrong", "break w", "watch 가중치",
            "help", "help next", "nonsense", "p w.grad * 2", "post_mortem", "back", "reset", "c", "q"]  # fmt: skip


class Screen(io.TextIOWrapper):
    """A terminal to write to."""

    def __init__(self, encoding="utf-8"):
        self.raw_bytes = io.BytesIO()
        super().__init__(self.raw_bytes, encoding=encoding, newline="\n")

    def isatty(self):
        return True

    @property
    def shown(self):
        self.flush()
        return self.raw_bytes.getvalue().decode(self.encoding)


@pytest.fixture
def terminal(monkeypatch):
    """Sets how wide the terminal is and what it can do."""

    def set_up(columns=80, **environment):
        size = os.terminal_size((columns, 24))
        monkeypatch.setattr(shutil, "get_terminal_size", lambda fallback=(80, 24): size)
        for name in ("NO_COLOR", "TERM", "COLUMNS", "FORCE_COLOR"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"TERM": "xterm", "COLUMNS": str(columns), **environment}.items():
            monkeypatch.setenv(name, value)

    return set_up


def example():
    w, x, b, y = Value(-2.0, "w"), Value(5.0, "x"), Value(3.0, "b"), Value(-8.0, "가중치")
    L = (w * x + b - y) ** 2
    L.label = "L"
    return L


# --- breaking lines ----------------------------------------------------------------------------------------------------------


@given(st.text(st.sampled_from("ab= (),*+-<>|손`"), max_size=120), st.integers(12, 60))
def test_lines_fit_and_nothing_is_lost(text, columns):
    broken = fit(text, columns)
    assert all(width_of(line) <= columns for line in broken.split("\n"))
    # Margins are repeated and spaces go where a line ends; all else is there, in its order.
    assert [c for c in text if c not in " |"] == [c for c in broken if c not in " |\n"]


def test_short_lines_and_pipes_are_left_alone():
    assert fit("a = b\n\nc", 40) == "a = b\n\nc"
    assert fit("x" * 300, None) == "x" * 300
    assert columns_of(io.StringIO()) is None
    assert fit("x" * 26, 13).split("\n")[0] == "x" * 13  # where there is no seam, all of the line is used
    assert fit("x" * 13, 13) == "x" * 13


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        (
            "dL/dw += dL/dv1 * dv1/dw = 4.0 * 3.0 = 12.0   (w.grad: 0 -> 12.0)",
            ["dL/dw += dL/dv1 * dv1/dw", "    = 4.0 * 3.0 = 12.0", "    (w.grad: 0 -> 12.0)"],
        ),
        ("|   +-- v1 = w * x = -10.0   grad 2.0   (d/dv1 1.0)", ["|   +-- v1 = w * x = -10.0", "|   |       grad 2.0   (d/dv1 1.0)"]),
        ("n  make the next step, or so many of them", ["n  make the next step,", "   or so many of them"]),
    ],
)  # fmt: skip
def test_lines_are_broken_where_they_read_on(line, broken):
    assert fit(line, 36).split("\n") == broken


# --- tables ------------------------------------------------------------------------------------------------------------------


def shown(table, encoding="utf-8"):
    screen = Screen(encoding)
    table.show(screen)
    return screen.shown


TABLE = Table(["node", "gradient"], [["w", "10.0"], ["가중치", "-2.0"]], title="gradients", right={1})


def test_tables_are_drawn_where_they_can_be(terminal):
    pytest.importorskip("rich")
    terminal()
    assert "─" in shown(TABLE)
    assert "\x1b[1m" in shown(TABLE)


@pytest.mark.parametrize(
    ("encoding", "environment"),
    [
        ("utf-8", {"NO_COLOR": "1"}), ("utf-8", {"TERM": "dumb"}), ("utf-8", {"TERM": ""}), ("cp437", {}), ("cp949", {}),
        ("latin-1", {}), ("ascii", {}),
    ],
)  # fmt: skip
def test_tables_are_plain_elsewhere(terminal, encoding, environment):
    terminal(**environment)
    text = shown(TABLE, encoding)
    assert "\x1b" not in text
    assert text.splitlines()[1].split() == ["node", "gradient"]
    assert ("가중치" if encoding in ("utf-8", "cp949") else "\\uac00") in text


def test_a_table_in_a_pipe_is_plain_whatever_its_width():
    wide = Table(["a", "b"], [["x" * 200, "y"]])
    out = io.StringIO()
    wide.show(out)
    assert out.getvalue().splitlines()[2] == "x" * 200 + "  y"


@pytest.mark.parametrize("columns", [20, 40, 59])
def test_narrow_tables_are_lines(terminal, columns):
    terminal(columns)
    L = example()
    walk = stepper(L)
    walk.next(2)
    for table in (walk.table(), walk.gradients(), Table(["long", "names"], [["a" * 50, "b" * 50]])):
        lines = shown(table).splitlines()
        assert all(width_of(line) <= columns for line in lines), lines
    assert "gradient: " in shown(Table(["node", "value", "gradient"], [["n" * 50, "1.0", "2.0"]]))


# --- writing --------------------------------------------------------------------------------------------------------------------


def test_what_an_encoding_lacks_is_escaped():
    assert encodable("손실", Screen("ascii")) == "\\uc190\\uc2e4"
    assert encodable("손실", io.StringIO()) == "손실"
    assert takes_rich(io.StringIO()) is False


def test_our_own_words_are_ascii():
    """Only labels can need more than ASCII, so with plain labels `print` works everywhere."""
    w, x = Value(0.0, "w"), Value(5.0, "x")
    L = (w * x).relu() * 1e-9
    out = io.StringIO()
    debug(L, stdin=io.StringIO("\n".join(line for line in COMMANDS if line.isascii()) + "\n"), stdout=out)
    assert out.getvalue().isascii()
    assert str(explain(L, w)).isascii()


# --- the prompt --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [40, 60, 80])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp437", "latin-1"])
def test_every_answer_fits_the_terminal(terminal, columns, encoding):
    terminal(columns)
    screen = Screen(encoding)
    debug(example(), stdin=io.StringIO("\n".join(COMMANDS) + "\n"), stdout=screen)
    text = re.sub(r"\x1b\[[0-9;]*m", "", screen.shown)
    wide = [line for line in text.splitlines() if width_of(line) > columns]
    assert wide == []
    assert "Traceback" not in text


STEP = [sys.executable, "-m", "autograd_lite", "step", "L = (가중치*x + b - y)**2", "가중치=-2", "x=5", "b=3", "y=-8"]


@pytest.mark.parametrize(
    ("encoding", "term"), list(itertools.product(["utf-8", "ascii", "cp437", "latin-1"], ["xterm", "dumb"]))
)
def test_the_command_in_every_encoding(encoding, term):
    """Through pipes, the prompt and the listing; what is typed need not be readable in the encoding."""
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "TERM": term, "COLUMNS": "40", "PYTHONUTF8": "1"}
    typed = "\n".join([*COMMANDS[:-1], "explain 가중치", "q"]).encode()
    prompt = subprocess.run([*STEP, "-i"], input=typed, capture_output=True, env=environment, check=False, timeout=60)
    assert (prompt.returncode, prompt.stderr) == (0, b"")
    prompt.stdout.decode(encoding)
    listing = subprocess.run(STEP, stdin=subprocess.DEVNULL, capture_output=True, env=environment, check=False, timeout=60)
    assert (listing.returncode, listing.stderr) == (0, b"")
    assert b"\x1b" not in prompt.stdout + listing.stdout
    assert max(map(len, listing.stdout.decode(encoding).splitlines())) > 60  # a pipe takes lines of any length


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("columns", "arguments"), [(40, ["--list"]), (40, ["-i"]), (80, ["--list"])])
def test_the_command_in_a_terminal(columns, arguments):
    import pty

    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": str(columns), "PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"}
    typed = "\n".join(COMMANDS).encode()
    process = subprocess.Popen([*STEP, *arguments], stdin=subprocess.PIPE, stdout=slave, stderr=slave, env=environment)
    os.close(slave)
    process.stdin.write(typed)
    process.stdin.close()
    seen = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        seen += part
    os.close(master)
    assert process.wait(60) == 0
    lines = re.sub(r"\x1b\[[0-9;]*m", "", seen.decode()).replace("\r\n", "\n").splitlines()
    assert lines
    assert [line for line in lines if width_of(line) > columns] == []
