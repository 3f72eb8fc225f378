"""What can go wrong between a Python function and its program, each with a sentence that says what to do instead."""


class TraceError(TypeError):
    """A function cannot be recorded as a program: it leaves the graph, or is different from call to call."""


class GuardError(RuntimeError):
    """A Python branch on a Value keeps going new ways: more variants than allowed, or another way in the middle of a run.

    Attributes
    ----------
    losses : list of float
        The losses of the steps that were done before, if it happened in a run of training steps.
    """

    losses: list[float] = []  # noqa: RUF012


class CompileError(RuntimeError):
    """A function or program could not be turned into code; the eager engine still can run it."""


class UnsupportedOperation(CompileError, NotImplementedError):
    """A target has no such operation."""


class MemoryLimitError(CompileError, MemoryError):
    """A graph or program would take more memory than is allowed; nothing of that size was allocated."""


class UnlikeRounds(UnsupportedOperation):
    """The rounds of a loop are not alike, which was seen after its body had been called: recorded again, it is a row of steps."""

    def __init__(self, number: int) -> None:
        super().__init__("the rounds of a loop differ")
        self.number = number
