"""What a terminal is shown: tables drawn, plain or line by line, in characters it has, and nothing that it would obey."""

import io
import json
import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import says

from autograd_lite.cli.errors import CommandError, refusing
from autograd_lite.terminal import (
    ProgressLine,
    Table,
    aligned,
    encodable,
    fit,
    json_text,
    printable,
    said,
    takes_colour,
    takes_rich,
    width_of,
    write,
)

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


# --- what is seen, and what is obeyed ---------------------------------------------------------------------------------

#: By what Unicode says of a letter: controls, formats, halves of pairs, ends of lines.
BAD = ("Cc", "Cf", "Cs", "Zl", "Zp")
LETTERS = st.characters(exclude_categories=()) | st.sampled_from(
    "\x1b\x07\x9b\x9d\u202e\u2066\u200b\u200c\u200d\ufe0f\u2028\x85\n\r\udcff☠👩م्"
)


@given(st.text(LETTERS))
def test_nothing_is_hidden_or_obeyed(text):
    found = printable(text)
    for k, letter in enumerate(found):
        assert unicodedata.category(letter) not in BAD or (letter in "\u200c\u200d" and k), ascii(found)
    assert printable(found) == found
    assert len(found.splitlines()) <= 1
    assert found.encode("utf-8").decode() == found
    # What is ordinary beside one letter, and hidden beside another, aside: each letter by itself.
    alone = re.sub("[\u200c\u200d\ufe00-\ufe0f\U000e0000-\U000e01ef]", "", text)
    expected = [c if c.isprintable() or unicodedata.category(c) not in BAD else ascii(c)[1:-1] for c in alone]
    unseen = re.search("[\u034f\u115f\u1160\u17b4\u17b5\u2065\u3164\uffa0\ufff0-\uffff\U000e0000-\U000e0fff]", alone)
    assert unseen or printable(alone) == "".join(expected)


UNSEEN = [
    *range(0x20),
    *range(0x7F, 0xA0),
    0xAD,
    *range(0x200B, 0x2010),
    *range(0x2028, 0x202F),
    *range(0x2060, 0x2070),
    0xFEFF,
]


@pytest.mark.parametrize("code", [*UNSEEN, 0xE0041, 0xD800, 0x3164, 0xFE0F])
def test_each_letter_that_is_not_seen_is_written_out(code):
    assert printable(f"a{chr(code)}b") == f"a{ascii(chr(code))[1:-1]}b"


@pytest.mark.parametrize(
    "text",
    [
        "손실", unicodedata.normalize("NFD", "한글 é ñ"), "naïve café", "日本語　全角", "עברית العربية", "नमस्ते श्रीलंका",
        "क्‍ष", "ශ්‍රී ලංකා", "می‌خواهم", "👩‍🔬 👨‍👩‍👧‍👦 🏳️‍🌈 ❤️ 1️⃣ 👍🏽 🇰🇷 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ☺︎", "葛󠄀城", "10 kg", "Straße", "x̂ ÿ", "∑∂√∞≈",
    ],
)  # fmt: skip
def test_ordinary_letters_stay(text):
    assert printable(text) == text


def test_a_screen_is_never_commanded_by_what_is_written(screen):
    """Tables drawn and plain, lines of progress, all that is written: names are escaped in every one of them."""
    bad = "\x1b]0;owned\x07\x9b2J\u202e\nFORGED"
    for columns in (100, 30):
        stream = screen(columns)
        Table([bad, bad], [[bad, bad]], title=bad).show(stream)
        with ProgressLine(4, bad, stream) as line:
            line.show(4, **{bad: 1.0})
        write(stream, bad)
        ours = re.sub(r"\x1b\[[0-9;]*m|\x1b\[K|[\r\n]", "", stream.getvalue())
        assert not [c for c in ours if unicodedata.category(c) in BAD]
    stream = io.StringIO()
    with ProgressLine(4, bad, stream) as line:
        line.show(4, **{bad: 1.0})
    assert stream.getvalue().count("\n") == 1


def test_json_is_read_as_it_was():
    for thing in ({"\x9b": ["\u202e", "\ud800", "\U000e0041", "손실", "👩\u200d🔬"]}, ["\n\x00\x7f\ufeff"], 1.5, None):
        found = json_text(thing)
        assert json.loads(found) == thing
        assert not [c for c in found.replace("👩\u200d", "") if unicodedata.category(c) in BAD]
        assert json.loads(json_text(thing, indent=1)) == thing


@pytest.mark.parametrize(
    ("error", "facts"),
    [
        (MemoryError(), ["memory"]), (KeyError("x"), ["KeyError", "'x'"]), (KeyError(), ["KeyError"]),
        (AssertionError(), ["AssertionError"]),
        (ValueError(" \n"), ["ValueError"]), (OSError(), ["OSError"]), (OSError(28, "No space left on device", "f"), ["No space left"]),
        (LookupError("no node is called 'w'"), ["no node"]), (KeyError("no node is called w"), ["no node"]), (IndexError(), ["IndexError"]),
        (StopIteration(), ["StopIteration"]), (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), ["utf-8"]),
    ],
)  # fmt: skip
def test_an_error_always_says_something(error, facts):
    says(said(error), *facts)
    with pytest.raises(CommandError) as caught, refusing(Exception):
        raise error
    says(caught.value, *facts)
