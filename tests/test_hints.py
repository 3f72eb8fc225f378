"""Names of other libraries are answered with what to type here, and what they say to type exists."""

import re

import pytest
from refusals import refused

import autograd_lite
from autograd_lite import Value, backprop, engine, hints, nn, pages, rules, structure, testing

MODULES = {one.__name__: one for one in (autograd_lite, nn, nn.optim, engine, structure, backprop, pages, rules)}


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in hints.HINTS.items() for name in names])
def test_the_answer_is_right(module, name):
    with pytest.raises(AttributeError) as caught:
        getattr(MODULES[module], name)
    answer = str(caught.value)
    assert answer.startswith(f"module {module!r} has no attribute {name!r}; ")
    # Whatever stands in it as a path of names, or is called, is there.
    for path in re.findall(r"\b(?:autograd_lite|nn|engine|structure|backprop)(?:\.\w+)+", answer.split("; ", 1)[1]):
        place = MODULES["autograd_lite" if path.startswith("autograd_lite") else f"autograd_lite.{path.split('.')[0]}"]
        for part in path.split(".")[1:]:
            place = getattr(place, part)
    for word in re.findall(r"(?<![\w.])(\w+)\(", answer.split("; ", 1)[1]):
        assert hasattr(autograd_lite, word) or hasattr(MODULES[module], word) or word in ("f", "print"), word


@pytest.mark.parametrize(
    ("statement", "instead"),
    [
        ("from autograd_lite.engine import node", "autograd_lite.Value"),
        ("from autograd_lite.engine.node import Node", "autograd_lite.Value"),
        ("from autograd_lite.engine import Node", "autograd_lite.Value"),
        ("import autograd_lite.engine.node", "autograd_lite.Value"),
        ("autograd_lite.engine.Node", "autograd_lite.Value"),
        ("from autograd_lite.engine.custom import primitive", "autograd_lite.extend.primitive"),
        ("from autograd_lite.backprop.counting import anything", "autograd_lite.plot.multiplications"),
        ("from autograd_lite.backprop import AskError", "autograd_lite.expression.ExpressionError"),
        ("autograd_lite.backprop.AskError", "autograd_lite.expression.ExpressionError"),
        ("from autograd_lite.backprop import Mistake", "backprop.mistakes.Algorithm"),
        ("from autograd_lite.pages.recorder import RunRecorder", "autograd_lite.pages.RunRecorder"),
        ("autograd_lite.pages.recorder.RunRecorder", "autograd_lite.pages.RunRecorder"),
        ("from autograd_lite.rules.check import WrongPartialError", "autograd_lite.extend.WrongPartialError"),
        ("autograd_lite.rules.check.WrongPartialError", "autograd_lite.extend.WrongPartialError"),
        ("from autograd_lite import tensor", "Value(2.0)"),
        ("from autograd_lite.nn import Conv1d", "nn.MLP"),
    ],
)
def test_who_imports_a_name_that_is_not_here_is_told_what_is(statement, instead):
    with pytest.raises(ImportError if "import" in statement else AttributeError) as caught:
        exec(statement, {"autograd_lite": autograd_lite})
    assert instead in str(caught.value)


def test_other_imports_are_as_ever():
    for name in ("autograd_lite.nonsense", "autograd_lite.engine.nonsense", "nonsense", "nonsense.node"):
        with pytest.raises(ModuleNotFoundError) as caught:
            __import__(name)
        assert caught.value.name in (name, "nonsense")


def test_what_a_class_once_had():
    with refused(AttributeError, "'Value'", "'dot'", "autograd_lite.dot(xs, ys)"):
        Value(2.0).dot([Value(3.0)])
    with refused(AttributeError, "'Engine'", "'clear'"):
        testing.value_engine(Value).clear()
    assert not hasattr(Value(2.0), "dot")


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
