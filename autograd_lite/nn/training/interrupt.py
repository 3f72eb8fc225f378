"""Ctrl-C during training: the step that is being done is finished first, so the model is never half updated."""

import signal
import threading
from types import FrameType
from typing import Any, Self


class Interrupt:
    """While the block runs, the first Ctrl-C only sets `asked`; the second one raises KeyboardInterrupt as usual.

    Outside of the main thread, where Python delivers no signals, nothing changes.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
