from autograd_lite.engine.facts import constant_of  # noqa: F401
from autograd_lite.engine.numbers import as_float  # noqa: F401
from autograd_lite.engine.value import CONSTANT, LEAF, Value  # noqa: F401

Node = Value
