"""What an error must say, without its wording: `with refused(ValueError, "epochs", 0): ...`."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def refused(kind: type[Exception], *said: object) -> Iterator[None]:
    """The block raises an error of this kind whose message has all of `said` in it.

    Each stands there as a whole word, texts as they are, everything else as its `repr`: the name of the argument, what was
    given, what is accepted or is to be typed instead.
    """
    with pytest.raises(kind) as caught:
        yield
    for one in said:
        word = one if isinstance(one, str) else repr(one)
        assert re.search(rf"(?<![\w.]){re.escape(word)}(?!\w|\.\w)", str(caught.value)), (word, str(caught.value))
