"""The command `gpt`."""

import json
import subprocess
import sys

import pytest


def run(*arguments):
    command = [sys.executable, "-m", "autograd_lite", "gpt", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_it_learns_and_writes(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("anna\nbert\ncleo\n", encoding="utf-8")
    found = run(
        "--words",
        words,
        "--steps",
        200,
        "--batch",
        3,
        "--lr",
        0.05,
        "--width",
        8,
        "--heads",
        2,
        "--engine",
        "python",
        "--json",
    )
    assert found.returncode == 0, found.stderr
    *written, last = found.stdout.splitlines()
    summary = json.loads(last)
    assert summary["train_loss"] < 0.6
    assert summary["words"] == written
    assert set(written) <= {"anna", "bert", "cleo"}
    assert "3 words in an alphabet of 9 letters" in found.stderr
    assert "knowing nothing would be 2.303" in found.stderr


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        ("", (), "has no words"),
        ("a" * 100, (), "words have at most 40 letters"),
        ("anna", ("--width", 7, "--heads", 2), "width is a multiple of heads"),
        ("anna", ("--steps", 0), "--steps"),
        ("anna", ("--temperature", 0), "--temperature"),
        (None, (), "there is no such file"),
        (b"\xff\xfe\x00", (), "is not UTF-8"),
    ],
)
def test_bad_input_is_one_line(tmp_path, text, arguments, message):
    words = tmp_path / "words.txt"
    if isinstance(text, str):
        words.write_text(text, encoding="utf-8")
    elif text is not None:
        words.write_bytes(text)
    found = run("--words", words, *arguments)
    assert found.returncode in (1, 2)
    assert message in found.stderr
    assert len(found.stderr.splitlines()) == 1
