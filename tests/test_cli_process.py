"""The command line as the shell meets it: pipes that break, full disks, old encodings, Ctrl-C, no terminal, completion."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from autograd_lite.cli import main
from autograd_lite.cli.commands import COMMANDS

COMMAND = [sys.executable, "-m", "autograd_lite"]
POSIX = pytest.mark.skipif(os.name == "nt", reason="signals and devices of POSIX")


def process(*argv, **options):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "check": False, "timeout": 300, **options}
    return subprocess.run([*COMMAND, *map(str, argv)], **options)


def shell(line, **options):
    line = line.replace("autograd-lite", f"{sys.executable} -m autograd_lite")
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, timeout=300, **options)


def test_the_module_is_the_command_line():
    found = process("step", "x*x", "x=3")
    assert found.returncode == 0
    assert "df/dx = 6.0" in found.stdout


HEAVY = {
    "numpy",
    "matplotlib",
    "rich",
    "jinja2",
    "graphviz",
    "sklearn",
    "llvmlite",
    "autograd_lite.nn",
    "autograd_lite.data",
}


@pytest.mark.parametrize(
    ("argv", "loaded"),
    [
        (["--help"], set()),
        (["--version"], set()),
        (["fly"], set()),
        (["train", "--help"], {"autograd_lite.nn", "autograd_lite.data"}),
    ],
)
def test_a_command_is_imported_when_it_is_asked_for(argv, loaded):
    code = f"import sys; from autograd_lite.cli import main; main({argv!r}); print(sorted({HEAVY!r} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == str(sorted(loaded))


# --- outputs that fail -----------------------------------------------------------------------------------------------


@POSIX
@pytest.mark.parametrize(
    "command", ["datasets moons -o -", "datasets moons -o - --seed 3", "train --help", "completion bash"]
)
def test_a_reader_that_goes_away(command):
    found = shell(f"autograd-lite {command} | head -n 1; echo ${{PIPESTATUS[0]}}")
    assert found.stderr == ""
    assert found.stdout.splitlines()[-1] in {"0", "1"}  # 0 where the pipe took everything before its reader went


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.parametrize(
    "command", ["datasets", "--help", "--version", "train --help", "step x*x x=2 --list", "train and --quiet"]
)
def test_a_full_disk_behind_the_output(command):
    with open("/dev/full", "w", encoding="utf-8") as full:
        found = process(*command.split(), stdout=full)
    assert found.returncode == 1
    assert found.stderr.splitlines()[-1].endswith("the output cannot be written: No space left on device")
    assert "Traceback" not in found.stderr
    assert "Exception ignored" not in found.stderr


@POSIX
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_streams_that_are_closed(closed, tmp_path):
    found = shell(f"autograd-lite train and --save model.json {closed}", cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert "Traceback" not in found.stderr
    assert (tmp_path / "model.json").exists()
    assert shell(f"autograd-lite step x*x x=2 {closed}").returncode == 0


@POSIX
@pytest.mark.skipif(not os.path.isdir("/proc"), reason="no folder that nobody can write to")
@pytest.mark.parametrize(
    "option", [["--save", "/proc/model.json"], ["--checkpoint", "/proc/state.json"], ["--report", "/proc/report"]]
)
def test_a_folder_that_cannot_be_written_to_is_found_before_the_training(option):
    found = process("train", "moons", *option)
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.count("\n") == 1
    assert f"{option[1]} cannot be written" in found.stderr


@POSIX
def test_a_folder_that_is_read_only(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("the administrator may write everywhere")
    tmp_path.chmod(0o500)
    found = process("train", "moons", "--save", tmp_path / "model.json")
    assert (found.returncode, found.stdout) == (1, "")
    assert "Permission denied" in found.stderr


@POSIX
def test_devices_are_written_to_and_not_replaced(tmp_path):
    """`-o /dev/stdout` is the standard output, as everywhere."""
    assert process("train", "xor", "--save", tmp_path / "m.json", "--quiet").returncode == 0
    (tmp_path / "new.csv").write_text("a,b\n0,1\n")
    found = process("predict", "m.json", "new.csv", "-o", "/dev/stdout", cwd=tmp_path)
    assert found.stdout.splitlines()[1].startswith("0,1,1,")
    os.mkfifo(tmp_path / "pipe")
    found = shell("cat pipe & autograd-lite datasets xor -o pipe; wait", cwd=tmp_path)
    assert found.stdout.splitlines()[0] == "a,b,XOR"


# --- terminals -------------------------------------------------------------------------------------------------------


def test_an_encoding_with_few_letters(tmp_path):
    (tmp_path / "data.csv").write_text("키,x,종류\n" + "1,2,가\n2,1,나\n" * 10, encoding="utf-8")
    found = process(
        "train", tmp_path / "data.csv", "--target", "종류", "--epochs", 2, "--json",
        env={**os.environ, "PYTHONIOENCODING": "ascii:strict"}, encoding="ascii",
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    assert "\\uac00" in found.stderr
    json.loads(found.stdout.splitlines()[-1])


def test_names_that_are_no_text(tmp_path):
    """A file name with a byte that is no UTF-8."""
    name = os.fsdecode(b"caf\xe9.csv")
    try:
        (tmp_path / name).write_text("x,y\n" + "1,a\n2,b\n" * 8, encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes no such name")
    found = process(
        "train", name, "--target", "y", "--epochs", 1, "--hidden", 2, "--json", "--report", "report", cwd=tmp_path
    )
    assert found.returncode == 0, found.stderr
    json.loads(found.stdout.splitlines()[-1])


def test_help_fits_a_narrow_terminal():
    for columns in (20, 40, 80):
        found = process("train", "--help", env={**os.environ, "COLUMNS": str(columns)})
        assert found.returncode == 0
        if columns == 80:
            assert max(map(len, found.stdout.splitlines())) <= 80


@POSIX
@pytest.mark.parametrize("columns", [20, 40, 100])
@pytest.mark.parametrize("colour", [True, False])
def test_a_terminal_gets_a_bar_in_one_line(columns, colour):
    """In a pseudo-terminal: the bar is overwritten in place and never longer than the line; NO_COLOR takes the colours away."""
    import pty

    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm", **({} if colour else {"NO_COLOR": "1"})}
    host, guest = pty.openpty()
    command = [*COMMAND, "train", "xor", "--engine", "eager", "--epochs", "30"]
    with subprocess.Popen(command, stdin=guest, stdout=guest, stderr=guest, env=environment) as running:
        os.close(guest)
        said = b""
        while True:
            try:
                piece = os.read(host, 65536)
            except OSError:  # Linux says so when the other end is closed
                break
            if not piece:
                break
            said += piece
    os.close(host)
    assert running.returncode == 0
    text = said.decode()
    bars = [line for line in re.split("[\r\n]+", text) if "\033[K" in line]
    assert bars
    assert all(len(bar.replace("\033[K", "")) < columns for bar in bars)
    if not colour:
        assert not re.search("\033\\[[0-9;]*m", text)
    assert "accuracy" in text


# --- Ctrl-C ----------------------------------------------------------------------------------------------------------


def interrupted(tmp_path, *options):
    """A training that is interrupted once its first checkpoint is there."""
    command = [*COMMAND, "train", "moons", "--epochs", "100000", "--checkpoint", tmp_path / "state.json", *options]
    with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        deadline = time.monotonic() + 300
        while not (tmp_path / "state.json").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=300)
    return running.returncode, out, err


@POSIX
def test_ctrl_c_keeps_what_was_learned(tmp_path):
    model, report = tmp_path / "model.json", tmp_path / "report"
    code, out, err = interrupted(tmp_path, "--hidden", 2, "--save", model, "--report", report, "--json")
    assert code == 130
    assert json.loads(out.splitlines()[-1])["epochs"] >= 1
    assert "interrupted" in err
    assert "Traceback" not in err
    assert process("evaluate", model, "moons").returncode == 0
    assert (report / "index.html").exists()


@POSIX
def test_ctrl_c_while_nothing_is_trained_is_one_word(tmp_path):
    """Here while the program waits for its data from a pipe."""
    os.mkfifo(tmp_path / "data.csv")
    command = [*COMMAND, "train", "data.csv", "--target", "y"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        # A pipe can be opened for writing without waiting only when somebody reads from it.
        writer = None
        while writer is None:
            try:
                writer = os.open(tmp_path / "data.csv", os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=300)
        os.close(writer)
    assert (running.returncode, out, err) == (130, "", "stopped\n")


# --- completion ------------------------------------------------------------------------------------------------------


CASES = [
    (["tr"], ["train"]),
    (["--v"], ["--version"]),
    (["train", "--opt"], ["--optimizer"]),
    (["train", "--optimizer", "ada"], ["adagrad", "adadelta", "adam", "adamw"]),
    (["train", "spi"], ["spirals"]),
    (["train", "moons", "--target-l"], ["--target-loss"]),
    (["plot", "boundary", "--dataset", "spi"], ["spirals"]),
    (["plot", "ga"], ["gates"]),
    (["completion", "z"], ["zsh"]),
]
#: What is left to the shell.
FILES = [["train", "--save", "moo"], ["train", "./da"], ["predict", "mod"], ["predict", "model.json", "-o", "x"]]


@pytest.fixture
def complete(monkeypatch, capsys):
    """What the program answers to a completion script: lines of a kind and a word, as the script for bash takes them."""

    def ask(words):
        monkeypatch.setenv("_AUTOGRAD_LITE_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", " ".join(["autograd-lite", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        assert main([]) == 0
        return capsys.readouterr().out.split()

    return ask


@pytest.mark.parametrize(("words", "expected"), CASES)
def test_words_are_completed(complete, words, expected):
    assert complete(words) == [f"plain,{word}" for word in expected]


@pytest.mark.parametrize("words", FILES)
def test_files_are_left_to_the_shell(complete, words):
    assert complete(words) == [f"file,{words[-1]}"]


def test_every_command_and_every_option_is_completed(complete, capsys):
    helps = {}
    for name in COMMANDS:
        assert main([name, "--help"]) == 0
        helps[name] = capsys.readouterr().out
    assert complete([""]) == [f"plain,{name}" for name in COMMANDS]
    for name, text in helps.items():
        # Not what examples and descriptions name: the options stand at the beginning of lines.
        listed = set(re.findall(r"^  (?:-\w, )?(--[a-z][a-z-]*)", text, re.M))
        assert listed
        assert {f"plain,{option}" for option in listed} <= set(complete([name, "-"])), name


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_a_script_is_well_formed(name):
    script = process("completion", name).stdout
    assert "_AUTOGRAD_LITE_COMPLETE" in script
    if shutil.which(name):
        found = subprocess.run([name, "-n", "/dev/stdin"], input=script, capture_output=True, text=True, check=False)
        assert (found.returncode, found.stderr) == (0, "")


@pytest.fixture
def installed(tmp_path):
    """An environment in which a program of this name is on the path."""
    program = tmp_path / "bin" / "autograd-lite"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m autograd_lite "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
@pytest.mark.parametrize(("words", "expected"), [*CASES[:4], (["train", "--optimizer", "=", "ada"], CASES[3][1])])
def test_bash_completes(installed, words, expected):
    quoted = " ".join(f"'{word}'" for word in words)
    ask = (
        f'eval "$(autograd-lite completion bash)"; COMP_WORDS=(autograd-lite {quoted}); COMP_CWORD={len(words)}; '
        '$(complete -p autograd-lite | sed "s/.*-F \\([^ ]*\\).*/\\1/") autograd-lite; echo "${COMPREPLY[@]}"'
    )
    found = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=False, env=installed)
    assert (found.stdout.split(), found.stderr) == (expected, "")


@pytest.mark.skipif(not shutil.which("fish"), reason="no fish")
@pytest.mark.parametrize(("words", "expected"), CASES[:4])
def test_fish_completes(installed, words, expected):
    line = " ".join(["autograd-lite", *words])
    found = subprocess.run(
        ["fish", "--no-config", "-c", f"autograd-lite completion fish | source; complete -C '{line}'"],
        capture_output=True, text=True, check=False, env=installed,
    )  # fmt: skip
    assert sorted(answer.split("\t")[0] for answer in found.stdout.splitlines()) == sorted(expected)


def test_an_unknown_shell(capsys):
    assert main(["completion", "tcsh"]) == 2
    assert "bash" in capsys.readouterr().err
