"""What an error has to say, whatever its words: what was given, and what would have been accepted."""

import contextlib

import pytest


@contextlib.contextmanager
def refused(error, *holds):
    """The block raises `error`, and its message holds each of the texts."""
    with pytest.raises(error) as caught:
        yield
    assert [text for text in holds if text not in str(caught.value)] == [], str(caught.value)
