"""The page about the command line: what it shows is what the commands print."""

import re
import shlex
from pathlib import Path

import pytest

from autograd_lite.cli import main

PAGE = Path(__file__).resolve().parent.parent / "docs" / "command-line.md"
NUMBER = re.compile(r"-?\d+\.\d+")


@pytest.mark.slow
def test_the_page_shows_what_the_commands_print(tmp_path, monkeypatch, capsys):
    """In order, in one folder; fractions may differ in their last digits from one machine to another."""
    pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    for name, content in re.findall(r"<!-- file: (\S+) -->\n```csv\n(.*?)```", text, re.S):
        (tmp_path / name).write_text(content, encoding="utf-8")
    sessions = re.findall(r"```console\n\$ autograd-lite (.*?)\n(.*?)```", text, re.S)
    assert len(sessions) >= 5
    for command, shown in sessions:
        assert main(shlex.split(command)) == 0
        printed = capsys.readouterr().out
        assert NUMBER.sub("#", printed) == NUMBER.sub("#", shown), command
        # The time that --json tells is another one each time.
        ours, theirs = (NUMBER.findall(re.sub(r'"seconds": [\d.]+', "", out)) for out in (printed, shown))
        assert list(map(float, ours)) == pytest.approx(list(map(float, theirs)), rel=2e-3), command


def test_the_options_of_the_page_exist(capsys):
    assert main(["train", "--help"]) == 0
    options = capsys.readouterr().out
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE.read_text(encoding="utf-8"))) - {"--help"}
    assert len(named) > 20
    assert named <= set(re.findall(r"--[a-z-]+", options))
