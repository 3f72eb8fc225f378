"""`debug(loss)`: a prompt like pdb's, for a backward pass.

Commands can be abbreviated, an empty line repeats the last one, and what is not a command is evaluated: `w.grad * 2`.  Nothing
that is typed is executed as Python.  The end of the input and Ctrl-C leave cleanly, with the gradients as asked for.
"""

from typing import IO, ClassVar

from autograd_lite import Value
from autograd_lite.backprop.explain import explain
from autograd_lite.backprop.export import graph_table, to_text
from autograd_lite.backprop.mistakes import wrong_backprop
from autograd_lite.backprop.postmortem import post_mortem
from autograd_lite.backprop.prompt import Prompt, own_history
from autograd_lite.backprop.stepper import LEAVE, UNITS, Stepper, checked_count, stepper
from autograd_lite.expression import NodeExpression

#: So many lines of a table at most, unless more are asked for.
_SCREENS = 60


class Debugger(Prompt):
    """The prompt; made by `debug`.

    Parameters
    ----------
    walk : Stepper
    stdin, stdout : text files, optional
        With a terminal as `stdin` there is a prompt, and a greeting.
    """

    prompt = "(backprop) "
    aliases: ClassVar[dict[str, str]] = {
        "n": "next", "s": "next", "step": "next", "undo": "back", "u": "until", "c": "continue", "cont": "continue", "j": "goto",
        "jump": "goto", "r": "finish", "return": "finish", "restart": "reset", "b": "break", "d": "watch", "display": "watch",
        "cl": "clear", "p": "print", "pp": "print", "w": "where", "l": "table", "list": "table", "grads": "gradients",
        "g": "graph", "e": "explain", "why": "explain", "nan": "post_mortem", "h": "help", "?": "help", "q": "quit", "exit": "quit",
    }  # fmt: skip
    groups = (
        ("next", "back", "until", "continue", "goto", "finish", "reset", "by"),
        ("break", "watch", "clear"),
        ("print", "where", "table", "gradients", "graph", "explain", "wrong", "post_mortem"),
        ("help", "quit"),
    )

    def __init__(self, walk: Stepper, stdin: IO[str] | None = None, stdout: IO[str] | None = None) -> None:
        super().__init__(walk.names, stdin, stdout)
        self.walk = walk

    def greet(self) -> None:
        """Where one stands, and how to find out more."""
        self.say(repr(self.walk))
        self.say("help lists the commands; an empty line repeats the last one")

    # --- moving -------------------------------------------------------------------------------------------------------

    def do_next(self, argument: str) -> None:
        """next [N]: make the next step, or N of them"""
        self.say(self.walk.next(_count(argument)))

    def do_back(self, argument: str) -> None:
        """back [N]: undo the last step, or N of them"""
        self.say(self.walk.back(_count(argument)))

    def do_until(self, argument: str) -> None:
        """until WHERE: go on to a node (all of its gradient), an operation or a condition"""
        question = "until what? a node, an operation or a condition: until w, until mul, until abs(product) > 1"
        self.say(self.walk.run(until=_needed(argument, question)))

    def do_continue(self, argument: str) -> None:
        """continue: go on to the next breakpoint or changed watch, or to the end"""
        self.say(self.walk.run())

    def do_goto(self, argument: str) -> None:
        """goto K, goto NODE: to the moment after K steps, or when a node is complete"""
        place = _needed(
            argument, "goto where? a number of steps or a node: goto 3, goto w; reset and finish go to the two ends"
        )
        self.say(self.walk.goto(int(place) if place.isdecimal() else place))

    def do_finish(self, argument: str) -> None:
        """finish: make all remaining steps, past breakpoints too"""
        self.say(self.walk.finish())

    def do_reset(self, argument: str) -> None:
        """reset: back to the start"""
        self.say(self.walk.reset())

    def do_by(self, argument: str) -> None:
        """by edge, by node: what next and back count in"""
        if argument not in UNITS:
            raise ValueError(f"by edge or by node, not {argument!r}; now it is by {self.walk.by}")
        self.walk.by = argument
        self.say(f"by {argument}")

    # --- stopping -----------------------------------------------------------------------------------------------------

    def do_break(self, argument: str) -> None:
        """break [WHERE]: stop `continue` at a node, an operation or a condition; or list them"""
        if argument:
            self.say(self.walk.breakpoint(argument))
        else:
            listed = "\n".join(map(str, self.walk.breakpoints))
            self.say(listed or "no breakpoints; break w, break mul, break abs(product) > 1 make one")

    def do_watch(self, argument: str) -> None:
        """watch NODE: stop `continue` whenever its gradient changes"""
        self.say(self.walk.watch(_needed(argument, "watch which node?")))

    def do_clear(self, argument: str) -> None:
        """clear [NUMBER]: take away a breakpoint or watch, or all of them"""
        if argument and not argument.isdecimal():
            raise ValueError(f"clear takes the number of a breakpoint, not {argument!r}; break lists them")
        self.walk.clear(int(argument) if argument else None)
        self.say("cleared")

    # --- looking ------------------------------------------------------------------------------------------------------

    def do_print(self, argument: str) -> None:
        """print EXPRESSION: a node, or arithmetic: w, w.grad * 2, abs(L); `print` may be left out"""
        self.print(_needed(argument, "print what? a node or an expression: print w, print w.grad * 2"))

    def print(self, text: str) -> None:
        """Answer a name or an expression."""
        # A label need not be a word: my weight, a-b.
        found = self.walk.node(text) if self.is_node(text) else NodeExpression(text).evaluate(self.names.find)
        if isinstance(found, Value):
            grad = f"{found.grad!r}" if found.has_grad else "not computed"
            self.say(f"{self.names[found]} = {found.data!r}, grad {grad}")
            return
        owner = text.removesuffix(".grad")
        is_open = owner != text and self.is_node(owner) and not self.walk.node(owner).has_grad
        self.say(f"{found!r} (not computed yet)" if is_open else repr(found))

    def do_where(self, argument: str) -> None:
        """where: the steps around here"""
        self.say(self.walk.table(around=4))

    def do_table(self, argument: str) -> None:
        """table [N]: the steps, done ones marked; N on either side of here"""
        around = _SCREENS // 2 if self.walk.total > _SCREENS else None
        self.say(self.walk.table(around=_count(argument) if argument else around))

    def do_gradients(self, argument: str) -> None:
        """gradients [N]: the last N nodes with their values and gradients at this moment"""
        self.say(self.walk.gradients(_count(argument) if argument else _SCREENS))

    def do_graph(self, argument: str) -> None:
        """graph [table]: the graph as a tree, or as a table"""
        if argument not in ("", "tree", "table"):
            raise ValueError(f"graph tree or graph table, not {argument!r}")
        self.say(graph_table(self.walk.root) if argument == "table" else to_text(self.walk.root))

    def do_explain(self, argument: str) -> None:
        """explain NODE: the derivative with respect to it, path by path"""
        self.say(explain(self.walk.root, self.walk.node(_needed(argument, "explain which node?"))))

    def do_wrong(self, argument: str) -> None:
        """wrong: the classic mistakes of back-propagation on this graph"""
        self.say(wrong_backprop(self.walk.root))

    def do_post_mortem(self, argument: str) -> None:
        """post_mortem: where nan or infinity began"""
        self.say(post_mortem(self.walk.root))

    # --- leaving ------------------------------------------------------------------------------------------------------

    def do_quit(self, argument: str) -> bool:
        """quit [HOW]: leave; HOW is complete (make the remaining steps), restore (undo all) or keep"""
        if argument and argument not in LEAVE:
            raise ValueError(f"quit {', quit '.join(LEAVE)}; not {argument!r}")
        self.walk.leave = argument or self.walk.leave
        return True

    def do_EOF(self, argument: str) -> bool:  # noqa: N802
        """The end of the input leaves."""
        if self.prompt:
            self.say("")
        return True

    def do_help(self, argument: str) -> None:
        """help [COMMAND]: this list"""
        name = self.aliases.get(argument, argument)
        if argument and name not in self.commands():
            raise ValueError(f"there is no command {argument!r}; help lists them")
        wanted = [(name,)] if argument else self.groups
        self.say("\n\n".join("\n".join(map(self.help_on, group)) for group in wanted))


def _needed(argument: str, question: str) -> str:
    if not argument:
        raise ValueError(question)
    return argument


def _count(argument: str) -> int:
    return checked_count(int(argument) if argument.isdecimal() else argument or 1)


def debug(
    loss: Value,
    gradient: float = 1.0,
    *,
    by: str = "edge",
    forward: bool = False,
    leave: str = "complete",
    stdin: IO[str] | None = None,
    stdout: IO[str] | None = None,
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
    *** no node of this graph is called 'bogus'; there are w, x, f; help lists the commands
    undone: df/dw += df/df * df/dw = 1.0 * 5.0 = 5.0   (w.grad: 0 -> 5.0)
    >>> x.grad
    -2.0
    """
    with stepper(loss, gradient, by=by, forward=forward, leave=leave) as walk, own_history():
        Debugger(walk, stdin, stdout).run()
