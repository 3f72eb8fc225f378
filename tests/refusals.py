"""What an error must say, without its wording: `with refused(ValueError, "epochs", 0): ...`."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def refused(kind: type[Exception], *said: object) -> Iterator[None]:
    """The block raises an error of this kind whose message has all of `said` in it.

    Texts stand there as they are, everything else as its `repr`, not as part of a longer number or word: the name of the
    argument, what was given, what is accepted or is to be typed instead.
    """
    with pytest.raises(kind) as caught:
        yield
    for one in said:
        pattern = re.escape(one) if isinstance(one, str) else rf"(?<![\w.]){re.escape(repr(one))}(?!\w|\.\w)"
        assert re.search(pattern, str(caught.value)), (one, str(caught.value))
