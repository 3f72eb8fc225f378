"""The helper that reads errors fails where the error does not say what it has to."""

import pytest
from refusals import refused


@pytest.mark.parametrize("missing", ["epoch", "lr", 1, 0.5, "'a'", "f()"])
def test_what_is_not_said_is_missed(missing):
    with pytest.raises(AssertionError), refused(ValueError, "epochs", missing):
        raise ValueError("epochs is at least 10, not 0.55, a or g()")


def test_what_is_said_is_found():
    with refused(ValueError, "epochs", 10, -1, "'a'", "f(", "(x)") as caught:
        raise ValueError("epochs is 10 or more, not -1; 'a' goes with f(x).")
    assert type(caught.value) is ValueError
