"""What an error must say, without its wording: `with refused(ValueError, "epochs", 0): ...`."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


def says(message: object, *facts: object) -> None:
    """Assert that a message has all of `facts` in it.

    Each stands there as a whole word, texts as they are, everything else as its `repr`: the name of the argument, what was
    given, what is accepted or is to be typed instead.
    """
    text = str(message)
    for fact in facts:
        word = fact if isinstance(fact, str) else repr(fact)
        before = r"(?<![\w.])" if re.match(r"\w", word) else ""
        after = r"(?!\w|\.\w)" if re.search(r"\w\Z", word) else ""
        assert re.search(before + re.escape(word) + after, text), (word, text)


@contextmanager
def refused(
    kind: type[Exception] | tuple[type[Exception], ...], *facts: object
) -> Iterator[pytest.ExceptionInfo[Exception]]:
    """The block raises an error of this kind whose message has all of `facts` in it, as `says` looks for them."""
    with pytest.raises(kind) as caught:
        yield caught
    says(caught.value, *facts)
