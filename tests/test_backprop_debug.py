"""The prompt: commands from a file, from a terminal, from tmux; nothing that is typed breaks it."""

import io
import os
import select
import shutil
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_lite import Value, debug


def example():
    w, x, b, y = Value(-2.0, "w"), Value(5.0, "x"), Value(3.0, "b"), Value(-8.0, "y")
    L = (w * x + b - y) ** 2
    L.label = "L"
    return L, w


def talk(*lines, **options):
    L, w = example()
    out = io.StringIO()
    debug(L, stdin=io.StringIO("\n".join([*lines, ""])), stdout=out, **options)
    return out.getvalue(), w


def test_the_usual_session():
    text, w = talk("n", "", "back", "until w", "w.grad", "p w", "where", "c", "q")
    lines = text.splitlines()
    assert lines[0] == "dL/dv3 += dL/dL * dL/dv3 = 1.0 * 2.0 = 2.0   (v3.grad: 0 -> 2.0)"
    assert lines[1].startswith("dL/dv2")  # the empty line repeats
    assert lines[2].startswith("undone: dL/dv2")
    assert "10.0" in lines
    assert "w = -2.0, grad 10.0" in lines
    assert "at the end: the pass is complete (after step 7)" in lines
    assert w.grad == 10.0


def test_every_command_answers():
    text, _ = talk("break mul", "watch b", "break", "c", "c", "clear 1", "clear", "explain w", "graph", "graph table", "gradients",
                   "table", "wrong", "by node", "n", "b", "goto 2", "goto w", "reset", "finish", "help", "help next", "quit")  # fmt: skip
    assert "***" not in text
    for part in (
        "dL/dw = 10.0, the sum over 1 path",
        "w = -2.0",
        "plain recursion",
        "next [N]                make the next step, or N of them (n, s, step)",
        "by node",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("nonsense", "*** no node of this graph is called 'nonsense'"),
        ("break tanh", "*** there is no tanh in this graph; there are add, mul, pow, sub"),
        ("foo bar", "*** 'foo bar' is neither a command nor an expression"),
        ("next many", "*** how many steps is a whole number from 1; not 'many'"),
        ("goto 99", "*** there are 7 steps"),
        ("until", "*** until what?"),
        ("explain", "*** explain which node?"),
        ("watch nobody", "*** no node of this graph is called 'nobody'"),
        ("help me", "*** there is no command 'me'"),
        ("by force", "*** by edge or by node"),
        ("graph cloud", "*** graph tree or graph table"),
        ("clear all", "*** clear takes the number"),
        ("clear 7", "*** there is no breakpoint 7"),
        ("__import__('os').system('echo hacked')", "***"),
        ("w.grad.__class__", "***"),
        ("1 / 0", "***"),
        ("exec('1')", "***"),
    ],
)
def test_mistakes_are_one_line(line, answer):
    text, w = talk(line)
    assert text.startswith(answer)
    assert len(text.splitlines()) == 1
    assert w.grad == 10.0  # the end of the input completes the pass


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_characters="\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), max_size=30), max_size=5)
)
def test_whatever_is_typed(lines):
    talk(*lines)


@pytest.mark.parametrize(("leave", "expected"), [("complete", 10.0), ("restore", None)])
def test_leaving(leave, expected):
    _, w = talk("n", "n", leave=leave)
    assert (w.grad if w.has_grad else None) == expected


def test_ctrl_c_leaves(monkeypatch):
    class Interrupting(io.StringIO):
        def readline(self, *args):
            raise KeyboardInterrupt

    L, w = example()
    debug(L, stdin=Interrupting(), stdout=io.StringIO())
    assert w.grad == 10.0


def test_debugging_nothing():
    with pytest.raises(TypeError):
        debug(3.0)


COMMAND = [sys.executable, "-m", "autograd_lite", "step", "L = (w*x + b - y)**2", "w=-2", "x=5", "b=3", "y=-8"]


def test_the_command_reads_a_pipe():
    run = subprocess.run([*COMMAND, "-i"], input="n\nw.grad\nexplain w\n", capture_output=True, text=True, check=False)
    assert run.returncode == 0
    assert run.stdout.startswith("dL/d")
    assert "the sum over 1 path" in run.stdout
    assert run.stderr == ""
    listing = subprocess.run(COMMAND, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert listing.stdout.startswith("forward")


def test_a_training_step_of_a_network():
    command = [sys.executable, "-m", "autograd_lite", "step", "--dataset", "xor", "--rows", "1", "-i"]
    run = subprocess.run(
        command, input="until layer1.neuron1.w1\nexplain layer1.neuron1.w1\n", capture_output=True, text=True, check=False
    )
    assert run.returncode == 0
    assert "from L back to layer1.neuron1.w1" in run.stdout


@pytest.mark.parametrize(
    "arguments", [[], ["x", "--dataset", "xor"], ["--dataset", "nowhere"], ["x", "-i", "--list", "x=1"]]
)
def test_the_command_refuses(arguments):
    run = subprocess.run([sys.executable, "-m", "autograd_lite", "step", *arguments], capture_output=True, text=True, check=False,
                         stdin=subprocess.DEVNULL)  # fmt: skip
    assert run.returncode in (1, 2)
    assert "Traceback" not in run.stderr
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_in_a_terminal():
    import pty

    pid, master = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(sys.executable, COMMAND)
    screen = b""

    def read_until(what):
        nonlocal screen
        end = time.monotonic() + 15.0
        while what not in screen and time.monotonic() < end:
            if not select.select([master], [], [], 0.5)[0]:
                continue
            try:
                screen += os.read(master, 4096)
            except OSError:
                break
        assert what in screen, screen.decode()

    read_until(b"(backprop) ")
    os.write(master, b"until w\n")
    read_until(b"w complete")
    screen = b""
    os.write(master, b"w.grad\n")
    read_until(b"10.0")
    # A key that ends the input is one only once the prompt is there again and reads keys itself.
    screen = screen.partition(b"10.0")[2]
    read_until(b"(backprop) ")
    os.write(master, b"\x04")  # the end of the input
    _, status = os.waitpid(pid, 0)
    os.close(master)
    assert os.waitstatus_to_exitcode(status) == 0


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_in_tmux(tmp_path):
    """As a person sees it: a screen of eighty columns, keys, an interrupt."""
    socket = f"backprop-{os.getpid()}"

    def tmux(*arguments):
        return subprocess.run(["tmux", "-L", socket, *arguments], capture_output=True, text=True, check=True).stdout

    quoted = " ".join(f"'{part}'" for part in COMMAND)
    tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", f"{quoted}; echo left with $?; sleep 60")
    try:

        def wait_for(what):
            end = time.monotonic() + 30.0
            while time.monotonic() < end:
                screen = tmux("capture-pane", "-p")
                if what in screen:
                    return screen
                time.sleep(0.1)
            raise AssertionError(tmux("capture-pane", "-p"))

        wait_for("(backprop)")
        tmux("send-keys", "n", "Enter")
        wait_for("dL/dv3 += dL/dL")
        tmux("send-keys", "unt", "Tab", " w", "Enter")
        wait_for("w complete")
        tmux("send-keys", "C-c")
        assert "Traceback" not in wait_for("left with 0")
    finally:
        tmux("kill-server")


def test_a_node_named_like_a_short_command():
    text, _ = talk("b", "b", "p b", "w", "print w.grad", "w.grad * x.grad", "break", "b mul", "clear", "u w", "w.grad")
    lines = text.splitlines()
    assert lines[0] == "(b is a node here; the command that b is short for is break)"
    assert lines[1:4] == ["b = 3.0, grad not computed"] * 3
    assert lines[4] == "(w is a node here; the command that w is short for is where)"
    assert lines[5:8] == ["w = -2.0, grad not computed", "0.0 (not computed yet)", "0.0"]
    assert lines[8].startswith("no breakpoints")
    assert lines[9] == "1: operation mul"
    assert lines[-1] == "10.0"


def test_why_is_explain_and_numbers_stay():
    text, w = talk("why w", "w = 5", "set w=5", "w == -2", "w >= 5", "w * 2 + b")
    assert text.startswith("dL/dw = 10.0, the sum over 1 path")
    assert (
        text.count("*** numbers stay as they were computed here; what would be with another one is shown by the page") == 2
    )
    assert text.splitlines()[-3:] == ["True", "False", "-1.0"]
    assert w.data == -2.0


def test_labels_that_are_no_words():
    a = Value(2.0, "my weight")
    out = io.StringIO()
    debug(a * a, stdin=io.StringIO("until my weight\nmy weight\nprint my weight\n"), stdout=out)
    assert out.getvalue().count("my weight = 2.0, grad 4.0") == 2


@pytest.mark.parametrize(("how", "expected"), [("complete", 10.0), ("restore", None), ("keep", None)])
def test_quit_says_how_to_leave(how, expected):
    text, w = talk("n", f"quit {how}")
    assert (w.grad if w.has_grad else None) == expected
    assert "***" not in text
    text, _ = talk("quit somehow")
    assert text.startswith("*** quit complete, quit restore, quit keep; not 'somehow'")


def test_without_input_or_output(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    monkeypatch.setattr(sys, "stdout", None)
    L, w = example()
    debug(L)
    assert w.grad == 10.0


def test_every_short_form_means_a_command():
    from autograd_lite.backprop.debugger import Debugger

    commands = {name for group in Debugger.groups for name in group}
    assert commands == {name[3:] for name in dir(Debugger) if name.startswith("do_")} - {"EOF"}
    assert set(Debugger.aliases.values()) <= commands
    assert not set(Debugger.aliases) & commands
