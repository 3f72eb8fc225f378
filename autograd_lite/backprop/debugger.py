"""`debug(loss)`: a prompt like pdb's, for a backward pass.

Commands can be abbreviated, an empty line repeats the last one, and what is not a command is evaluated: `w.grad * 2`.  Nothing
that is typed is executed as Python.  The end of the input and Ctrl-C leave cleanly, with the gradients as asked for.
"""

import cmd
import contextlib
import sys
from typing import Any, TextIO, cast

from autograd_lite import Value
from autograd_lite.backprop.asking import AskError, ask, finder
from autograd_lite.backprop.explain import explain
from autograd_lite.backprop.lab import wrong_backprop
from autograd_lite.backprop.listing import to_text
from autograd_lite.backprop.stepper import Stepper, stepper
from autograd_lite.backprop.tables import write
from autograd_lite.engine.node import Node

#: pdb's one-letter names, and others that people type.
ALIASES = {
    "n": "next", "s": "next", "step": "next", "b": "break", "u": "until", "c": "continue", "cont": "continue", "p": "print",
    "w": "where", "q": "quit", "exit": "quit", "h": "help", "?": "help", "g": "graph", "e": "explain", "l": "table",
    "list": "table", "d": "watch", "display": "watch", "j": "goto", "jump": "goto", "r": "finish", "return": "finish",
    "undo": "back", "tbreak": "break", "cl": "clear",
}  # fmt: skip


class Debugger(cmd.Cmd):
    """The prompt; made by `debug`.

    Parameters
    ----------
    walk : Stepper
    stdin, stdout : text files, optional
    interactive : bool
        Whether somebody types: then there is a prompt, and a greeting.
    """

    prompt = "(backprop) "

    def __init__(self, walk: Stepper, stdin: TextIO | None = None, stdout: TextIO | None = None) -> None:
        super().__init__(stdin=stdin, stdout=stdout)
        self.walk = walk
        self.use_rawinput = self.stdin is sys.stdin and getattr(self.stdin, "isatty", lambda: False)()
        if not self.use_rawinput and not getattr(self.stdin, "isatty", lambda: False)():
            self.prompt = ""

    # --- the loop -----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Read commands until one of them leaves."""
        if self.prompt:
            self._say(f"{self.walk!r}\nhelp lists the commands; an empty line repeats the last one")
        while True:
            try:
                self.cmdloop()
                return
            except KeyboardInterrupt:
                self._say("")
                return

    def onecmd(self, line: str) -> bool:
        """One command; anything that goes wrong in it is one line."""
        try:
            return bool(super().onecmd(line))
        except (LookupError, ValueError, TypeError, RuntimeError, ArithmeticError) as error:
            self._say(f"*** {_message(error)}")
            return False

    def parseline(self, line: str) -> tuple[str | None, str | None, str]:
        """Commands by their names, their short forms, or as many letters as tell them apart."""
        line = line.strip()
        if not line or line == "EOF":
            return ("EOF", "", line) if line else (None, None, line)
        word, _, rest = line.partition(" ")
        name = ALIASES.get(word, word)
        if not hasattr(self, f"do_{name}") and not self._is_name(word):
            fitting = sorted({one for one in self.commands() if one.startswith(word)})
            if len(fitting) == 1:
                name = fitting[0]
            elif fitting:
                raise ValueError(f"{word} may be {' or '.join(fitting)}")
        # A variable may have the name of a command: alone, with nothing to it, the command is meant only by its full name.
        if name != word and self._is_name(word) and word not in ALIASES:
            name = word
        if hasattr(self, f"do_{name}"):
            return name, rest.strip(), f"{name} {rest}"
        return None, None, line

    def commands(self) -> list[str]:
        """The names of the commands."""
        return sorted(name[3:] for name in dir(self) if name.startswith("do_") and name != "do_EOF")

    def completenames(self, text: str, *ignored: Any) -> list[str]:
        """For the Tab key: commands."""
        return [name for name in self.commands() if name.startswith(text)]

    def completedefault(self, text: str, *ignored: Any) -> list[str]:
        """For the Tab key: nodes."""
        return [name for name in map(str, self.walk.names.values()) if name.startswith(text)][:50]

    def default(self, line: str) -> None:
        """What is no command is an expression."""
        self.do_print(line)

    def _is_name(self, word: str) -> bool:
        try:
            self.walk.names.find(word)
        except LookupError:
            return False
        return True

    def _say(self, thing: Any) -> None:
        text = str(thing)
        write(cast(TextIO, self.stdout), text if text.endswith("\n") else f"{text}\n")

    # --- the commands -------------------------------------------------------------------------------------------------

    def do_next(self, argument: str) -> None:
        """next [N]: make the next step, or N of them.  (n, s)"""
        self._say(self.walk.next(_count(argument)))

    def do_back(self, argument: str) -> None:
        """back [N]: undo the last step, or N of them; gradients are again what they were.  (undo)"""
        self._say(self.walk.back(_count(argument)))

    def do_until(self, argument: str) -> None:
        """until WHERE: go on until a node's gradient is complete, an operation is reached, or a condition holds.  (u)"""
        if not argument:
            raise ValueError("until what? a node, an operation or a condition: until w, until mul, until abs(product) > 1")
        self._say(self.walk.run(until=argument))

    def do_continue(self, argument: str) -> None:
        """continue: go on to the next breakpoint or changed watch, or to the end.  (c)"""
        self._say(self.walk.run())

    def do_goto(self, argument: str) -> None:
        """goto K or goto NODE: go to the moment after K steps, or when the gradient of a node is complete.  (j)"""
        self._say(
            self.walk.goto(int(argument) if argument.isdecimal() else _needed(argument, "goto where? a number or a node"))
        )

    def do_reset(self, argument: str) -> None:
        """reset: back to the start."""
        self._say(self.walk.reset())

    def do_finish(self, argument: str) -> None:
        """finish: make all remaining steps, past breakpoints too.  (r)"""
        self._say(self.walk.finish())

    def do_break(self, argument: str) -> None:
        """break [WHERE]: stop `continue` at a node, an operation or a condition; without WHERE list them.  (b)"""
        if argument:
            self._say(self.walk.breakpoint(argument))
        else:
            self._say(
                "\n".join(map(str, self.walk.breakpoints)) or "no breakpoints; break w, break mul, break abs(product) > 1"
            )

    def do_watch(self, argument: str) -> None:
        """watch NODE: stop `continue` whenever its gradient changes.  (d)"""
        self._say(self.walk.watch(_needed(argument, "watch which node?")))

    def do_clear(self, argument: str) -> None:
        """clear [NUMBER]: take away a breakpoint or watch, or all of them.  (cl)"""
        if argument and not argument.isdecimal():
            raise ValueError(f"clear takes the number of a breakpoint, not {argument!r}; break lists them")
        self.walk.clear(int(argument) if argument else None)
        self._say("cleared")

    def do_print(self, argument: str) -> None:
        """print EXPRESSION: a node (its value and gradient) or arithmetic with nodes, w.grad * 2.  (p, or just the expression)"""
        _needed(argument, "print what? a node or an expression: print w, print w.grad * 2")
        found = ask(argument, finder(self.walk.names.find))
        if isinstance(found, Node):
            grad = f"{found.grad!r}" if found.has_grad else "not computed"
            self._say(f"{self.walk.names[found]} = {found.data!r}, grad {grad}")
        else:
            self._say(repr(found))

    def do_where(self, argument: str) -> None:
        """where: the steps around here, and what comes next.  (w)"""
        self._say(self.walk.table(around=4))

    def do_table(self, argument: str) -> None:
        """table: all steps, done ones marked.  (l, list)"""
        self._say(self.walk.table(around=None if self.walk.total <= 200 else 100))

    def do_gradients(self, argument: str) -> None:
        """gradients: every node with its value and its gradient now."""
        self._say(self.walk.gradients())

    def do_graph(self, argument: str) -> None:
        """graph [table]: the graph as a tree, or as a table.  (g)"""
        if argument not in ("", "tree", "table"):
            raise ValueError(f"graph tree or graph table, not {argument!r}")
        self._say(to_text(self.walk.root, argument or "tree"))

    def do_explain(self, argument: str) -> None:
        """explain NODE: the derivative with respect to it, path by path.  (e)"""
        self._say(explain(self.walk.root, self.walk.names.find(_needed(argument, "explain which node?"))))

    def do_wrong(self, argument: str) -> None:
        """wrong: the classic mistakes of back-propagation on this graph."""
        self._say(wrong_backprop(self.walk.root))

    def do_by(self, argument: str) -> None:
        """by edge, by node: what next and back count in."""
        if argument not in ("edge", "node"):
            raise ValueError(f"by edge or by node, not {argument!r}")
        self.walk.by = argument
        self._say(f"by {argument}")

    def do_quit(self, argument: str) -> bool:
        """quit: leave; the rest of the pass is done, so every gradient is complete (unless the stepper was told otherwise).  (q)"""
        return True

    def do_EOF(self, argument: str) -> bool:  # noqa: N802
        """The end of the input leaves."""
        if self.prompt:
            self._say("")
        return True

    def do_help(self, argument: str) -> None:
        """help [COMMAND]: this list.  (h)"""
        name = ALIASES.get(argument, argument)
        if argument and name not in self.commands():
            raise ValueError(f"there is no command {argument!r}; help lists them")
        for one in [name] if argument else self.commands():
            self._say(getattr(self, f"do_{one}").__doc__.replace("``", ""))


def _needed(argument: str, question: str) -> str:
    if not argument:
        raise ValueError(question)
    return argument


def _count(argument: str) -> int:
    if not argument:
        return 1
    if not argument.isdecimal() or not int(argument):
        raise ValueError(f"how many steps is a whole number from 1, not {argument!r}")
    return int(argument)


def _message(error: BaseException) -> str:
    text = str(error.args[0]) if isinstance(error, LookupError) and error.args else str(error)
    return text if isinstance(error, AskError | LookupError | ValueError | TypeError) else f"{type(error).__name__}: {text}"


def debug(
    loss: Value,
    gradient: float = 1.0,
    *,
    by: str = "edge",
    forward: bool = False,
    leave: str = "complete",
    stdin: TextIO | None = None,
    stdout: TextIO | None = None,
) -> None:
    """Step through the backward pass of `loss` at a prompt.

    Parameters
    ----------
    loss : Value
    gradient : float, default 1.0
    by, forward, leave
        As for `stepper`; leaving the prompt, in whatever way, does what `leave` says.
    stdin, stdout : text files, optional
        Where commands come from and answers go.

    Raises
    ------
    TypeError
        If `loss` is not a Value.
    GraphError
        If the graph has a cycle (made by hand).

    Examples
    --------
    >>> import io, sys
    >>> w, x = Value(-2.0, label="w"), Value(5.0, label="x")
    >>> f = w * x; f.label = "f"
    >>> debug(f, stdin=io.StringIO("n\\nw.grad + 1\\nbogus\\nback\\nquit\\n"), stdout=sys.stdout)
    df/dw += df/df * df/dw = 1.0 * 5.0 = 5.0   (w.grad: 0 -> 5.0)
    6.0
    *** no node of this graph is called 'bogus'; there are w, x, f
    undone: df/dw += df/df * df/dw = 1.0 * 5.0 = 5.0   (w.grad: 0 -> 5.0)
    >>> x.grad
    -2.0
    """
    with stepper(loss, gradient, by=by, forward=forward, leave=leave) as walk, _history():
        Debugger(walk, stdin, stdout).run()


@contextlib.contextmanager
def _history() -> Any:
    """Where there is readline, lines typed here stay apart from those typed before."""
    try:
        import readline
    except ImportError:
        yield
        return
    before = [readline.get_history_item(k + 1) for k in range(readline.get_current_history_length())]
    readline.clear_history()
    try:
        yield
    finally:
        readline.clear_history()
        for line in before:
            readline.add_history(line)


__all__ = ["Debugger", "debug"]
