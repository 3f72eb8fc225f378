"""The magics `%backprop`, `%explain` and `%graph`: what a notebook is opened for, without an import.

They take names (or expressions) of the session.  What cannot be shown is said in one line, as a `UsageError`, which IPython
prints without a traceback.
"""

from typing import Any, NoReturn

from autograd_lite import GraphError, Value


def load_ipython_extension(shell: Any) -> None:
    """Register the magics; `%load_ext autograd_lite` calls this.

    Parameters
    ----------
    shell : InteractiveShell
    """
    magics = Magics(shell)
    for name in ("backprop", "explain", "graph"):
        shell.register_magic_function(getattr(magics, name), "line", name)


class Magics:
    """The magics of one session.

    Parameters
    ----------
    shell : InteractiveShell
    """

    def __init__(self, shell: Any) -> None:
        self.shell = shell

    def backprop(self, line: str) -> Any:
        """%backprop loss: step through the forward and the backward pass of loss."""
        from autograd_lite.notebook.show import show

        return self._made(show, self._value(*self._words("backprop", line, 1)))

    def explain(self, line: str) -> Any:
        """%explain w after loss.backward(), or %explain loss w: a derivative as the sum of the chain rule."""
        from autograd_lite.backprop.explain import explain

        loss, *names = self._words("explain", line, 2)
        # The second may be the name of a node that no variable holds, such as layer1.neuron2.w1.
        known = [name.partition(".")[0].partition("[")[0] in self.shell.user_ns for name in names]
        nodes = [self._value(name) if there else name for name, there in zip(names, known, strict=True)]
        return self._made(explain, self._value(loss), *nodes)

    def graph(self, line: str) -> Any:
        """%graph loss: draw the graph of loss."""
        from autograd_lite.draw import draw_dot

        return self._made(draw_dot, self._value(*self._words("graph", line, 1)))

    def _words(self, name: str, line: str, most: int) -> list[str]:
        """What is given: up to `most` words, or for one, anything."""
        words = [line.strip()] if most == 1 else line.split()
        if not line.strip() or len(words) > most:
            refuse(getattr(self, name).__doc__)
        return words

    def _value(self, text: str) -> Value:
        """The Value that a name or an expression of the session stands for."""
        try:
            found = self.shell.ev(text)
        except NameError as error:
            refuse(f"{error}; {self._there()}")
        except SyntaxError:
            refuse(f"{text!r} is not a name or an expression; {self._there()}")
        except (AttributeError, LookupError) as error:
            refuse(f"{text}: {type(error).__name__}: {error}")
        if not isinstance(found, Value):
            hint = "; sum its elements, or choose one" if isinstance(found, list | tuple) else f"; {self._there()}"
            refuse(f"{text} is a {type(found).__name__}, not a Value{hint}")
        return found

    def _there(self) -> str:
        names = [n for n, thing in self.shell.user_ns.items() if isinstance(thing, Value) and not n.startswith("_")]
        if not names:
            return "there is no Value in this session yet"
        return f"Values of this session: {', '.join(names[:12])}{', ...' if len(names) > 12 else ''}"

    def _made(self, make: Any, *arguments: Any) -> Any:
        try:
            return make(*arguments)
        except (GraphError, LookupError) as error:
            refuse(str(error.args[0]) if error.args else str(error))


def refuse(message: str) -> NoReturn:
    """Raise what IPython prints as one line."""
    from IPython.core.error import UsageError

    raise UsageError(message)
