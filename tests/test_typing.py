"""What a type checker tells who uses the package: the functions and methods that are made from the table are typed, too."""

from pathlib import Path

import pytest

import autograd_lite

#: A program, with the kind of error in a comment where there is one, and the type of what is revealed.
PROGRAM = """\
import autograd_lite as al
from autograd_lite import Value, no_grad, relu, softmax

x = Value(2.0, label="x")
reveal_type(relu(1.0))  # float
reveal_type(relu(x))  # Value
reveal_type(al.hypot(3.0, 4.0))  # float
reveal_type(al.hypot(3.0, x))  # Value
reveal_type(al.atan2(x, 1))  # Value
reveal_type(x.tanh() * 2 + x**2)  # Value
reveal_type(x.leaky_relu(0.1))  # Value
reveal_type(x.data)  # float
reveal_type(1.0 / x)  # Value
al.hypot(3.0, x, 5.0, x)
softmax(x, 2.0)[0]
with no_grad():
    x.backward()
relu("1")  # error: type-var
relu()  # error: call-arg
al.hypot("a", 1.0)  # error: call-overload
al.hypot(1.0, 2.0, "a")  # error: call-overload
al.sigmoid(x, x, x)  # error: call-arg
x.tanh(1.0)  # error: call-arg
x.leaky_relu("a")  # error: arg-type
x.atan2("a")  # error: arg-type
x + "a"  # error: operator
x.backward(create_grap=True)  # error: call-arg
x.tann()  # error: attr-defined
"""


@pytest.mark.slow
def test_mypy_knows_functions_and_methods(tmp_path, monkeypatch):
    mypy = pytest.importorskip("mypy.api")
    place = Path(autograd_lite.__file__).parents[1]
    if place.name != "site-packages":
        monkeypatch.setenv("MYPYPATH", str(place))
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    told, trouble, _ = mypy.run(["--config-file=", f"--cache-dir={tmp_path / 'cache'}", "--no-error-summary", str(path)])
    assert not trouble
    lines = dict.fromkeys(range(1, 1 + PROGRAM.count("\n")), "")
    for line in told.splitlines():
        _, number, kind, text = line.split(":", 3)
        if kind == " error":
            lines[int(number)] = f"error: {text.rpartition('[')[2].rstrip(']')}"
        elif "Revealed" in text:
            lines[int(number)] = text.split('"')[1].rpartition(".")[2]
    missed = {text for number, text in enumerate(PROGRAM.splitlines(), 1) if lines[number] != text.partition("  # ")[2]}
    assert not missed, told
