"""The locks of the package.  A child that is forked gets none that no thread of its own would release, nor half of what one guards:
whoever forks waits for all of them, in the order in which a thread may take one inside another."""

import os
import threading

#: Held while gradients are written, so that passes over nodes that threads share come one after the other.
writing = threading.RLock()
#: Held while machine code is made, and while the modules are imported that make it.
generating = threading.RLock()
#: Held while it is counted how many recordings, and how many modes, are under way.
recordings = threading.Lock()
modes = threading.Lock()
#: Held while it is found out what compiled functions read from outside.
watching = threading.RLock()
#: Held while a model is switched to use or to training and back.
switching = threading.RLock()
#: Held while programs that are shared are looked up.
shared = threading.Lock()

if hasattr(os, "register_at_fork"):
    for _one in (
        shared,
        modes,
        recordings,
        watching,
        generating,
        writing,
        switching,
    ):  # what was registered last is taken first
        os.register_at_fork(before=_one.acquire, after_in_parent=_one.release, after_in_child=_one.release)
