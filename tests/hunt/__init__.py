"""A hunt for numbers that are wrong without a word: random programs, and oracles that do not share their mechanisms.

Everything that is tried is a *text*, a program of a few lines that raises AssertionError where a number is wrong; so what is
found can be pasted into Python and run, in the directory of the checkout.  `states.py`, `programs.py`, `slopes.py` and
`trainings.py` draw texts, `judges.py` has what they call, `runner.py` runs them, and `faults.py` puts known mistakes back to
see that they are found.

    python -m tests.hunt --seconds 1800 --seed 7
"""

import sys
from pathlib import Path

_TESTS = str(Path(__file__).parent.parent)
if _TESTS not in sys.path:  # for the references that the other tests have
    sys.path.append(_TESTS)
