"""Names of other libraries are answered with what to type here, and what they say to type exists."""

import re

import pytest
from refusals import refused

import autograd_lite
from autograd_lite import engine, hints, nn, structure

MODULES = {one.__name__: one for one in (autograd_lite, nn, nn.optim, engine, structure)}


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in hints.HINTS.items() for name in names])
def test_the_answer_is_right(module, name):
    with pytest.raises(AttributeError) as caught:
        getattr(MODULES[module], name)
    answer = str(caught.value)
    assert answer.startswith(f"module {module!r} has no attribute {name!r}; ")
    # Whatever stands in it as a path of names, or is called, is there.
    for path in re.findall(r"\b(?:autograd_lite|nn|engine|structure)(?:\.\w+)+", answer.split("; ", 1)[1]):
        place = MODULES["autograd_lite" if path.startswith("autograd_lite") else f"autograd_lite.{path.split('.')[0]}"]
        for part in path.split(".")[1:]:
            place = getattr(place, part)
    for word in re.findall(r"(?<![\w.])(\w+)\(", answer.split("; ", 1)[1]):
        assert hasattr(autograd_lite, word) or hasattr(MODULES[module], word) or word in ("f", "print"), word


@pytest.mark.parametrize(
    ("module", "typed", "meant"),
    [("autograd_lite", "Valeu", "Value"), ("autograd_lite", "logsumexpt", "logsumexp"), ("autograd_lite.nn", "MLPP", "MLP")],
)
def test_a_slip_is_answered_with_the_nearest_name(module, typed, meant):
    with refused(AttributeError, module, typed, meant):
        getattr(MODULES[module], typed)


def test_no_guess_without_a_reason():
    with refused(AttributeError, "'zzz'") as caught:
        autograd_lite.zzz  # noqa: B018
    assert str(caught.value).endswith("'zzz'")
    with refused(AttributeError, "'__wrapped__'") as caught:
        autograd_lite.__wrapped__  # noqa: B018
    assert str(caught.value).endswith("'__wrapped__'")
    with pytest.raises(ImportError):
        from autograd_lite import tensor  # noqa: F401
