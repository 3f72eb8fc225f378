"""What a terminal is shown: tables drawn, plain or line by line, in characters it has, and nothing that it would obey."""

import io
import sys

import pytest

from autograd_lite.terminal import ProgressLine, Table, aligned, encodable, fit, takes_colour, takes_rich, width_of, write

TABLE = Table(["node", "gradient"], [["w", "5.0"], ["손실", "-12.0"]], right={1})


class Screen(io.StringIO):
    """A terminal."""

    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def screen(monkeypatch):
    def of(columns=80, term="xterm", **environment):
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", term)
        monkeypatch.delenv("NO_COLOR", raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return Screen()

    return of


def shown(table, stream):
    table.show(stream)
    return stream.getvalue()


def test_plain_text_is_aligned_by_what_is_seen():
    assert str(TABLE).splitlines() == ["node  gradient", "----  --------", "w          5.0", "손실     -12.0"]
    assert str(Table(["a", "b"], [["1", ""]], ruled=False)).splitlines() == ["a  b", "1"]
    assert {width_of(line) for line in aligned([["가", "x"], ["ab", "y"]])} == {5}


def test_a_pipe_gets_plain_text():
    assert shown(TABLE, io.StringIO()) == f"{TABLE}\n"


def test_a_terminal_gets_lines_where_it_takes_them(screen, monkeypatch):
    pytest.importorskip("rich")
    assert "─" in shown(TABLE, screen())
    for stream in (screen(NO_COLOR="1"), screen(term="dumb"), screen(columns=40)):
        assert "─" not in shown(TABLE, stream)
    monkeypatch.setitem(sys.modules, "rich.table", None)
    assert shown(TABLE, screen()) == f"{TABLE}\n"


def test_what_does_not_fit_is_a_line_for_each_row(screen):
    wide = Table(["name", "value", "note"], [["w", "1.0", "a " * 30]])
    lines = shown(wide, screen(columns=40)).splitlines()
    assert max(map(len, lines)) <= 40
    assert lines[0].startswith("w  value: 1.0")


def test_a_cell_cannot_command_the_terminal(screen):
    for stream in (io.StringIO(), screen(), screen(columns=20)):
        text = shown(Table(["a\x1b[2J", "b"], [["x\x1b]0;title\x07", "two\nlines"]]), stream)
        assert "\x1b]" not in text
        assert "\x1b[2J" not in text
        assert "\x07" not in text
        assert "two\nlines" not in text


def test_what_an_encoding_lacks_is_replaced():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    TABLE.show(stream)
    write(stream, "█ → 가\n")
    assert b"\\uc190\\uc2e4     -12.0\n# -> \\uac00\n" in stream.buffer.getvalue()
    write(None, "there is no stream")
    assert encodable("손", io.StringIO()) == "손"


def test_colours_are_for_terminals_that_want_them(screen):
    assert takes_colour(screen())
    assert takes_rich(screen())
    assert not takes_rich(screen(columns=40))
    for stream in (io.StringIO(), None, screen(NO_COLOR="1"), screen(term="dumb")):
        assert not takes_colour(stream)


def test_long_lines_are_broken_where_they_can_be_read_on():
    text = fit("moons  two interleaving half circles that go on for long", 30)
    assert text.splitlines() == ["moons  two interleaving half", "       circles that go on for", "       long"]
    assert fit("x" * 100, None) == "x" * 100


def test_progress_is_a_bar_on_a_terminal_and_a_few_lines_elsewhere(screen):
    def told(stream):
        with ProgressLine(100, "epoch", stream) as line:
            for done in range(1, 101):
                line.show(done, loss=1 / done)
        return stream.getvalue()

    assert len(told(io.StringIO()).splitlines()) == 10
    for columns in (20, 40, 80):
        bars = told(screen(columns=columns)).strip().split("\r")
        assert all(len(bar.replace("\033[K", "")) < columns for bar in bars)
        assert "100/100" in bars[-1]
    with ProgressLine(3, "epoch", None) as line:
        line.show(3, loss=0.0)
