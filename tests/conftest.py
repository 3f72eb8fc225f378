"""What holds for all tests."""

import os
import signal

from hypothesis import settings

# A machine that does other things as well is slow now and then, which is no fault of the code.
settings.register_profile("patient", deadline=None)
# What has to pass before a change lands takes the same examples each time; everybody else tries new ones.
settings.register_profile("repeatable", settings.get_profile("patient"), derandomize=True)
settings.load_profile("repeatable" if os.environ.get("CI") else "patient")


def pytest_configure():
    """Let Ctrl-C be tested where the tests run in the background: a shell has it ignored there, and programs that are started
    inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
