"""How the files around `value.py` give `Value` its other methods."""

from autograd_lite.engine.value import Value

#: What Python itself puts into a class.
_OWN = {"__module__", "__doc__", "__slots__", "__qualname__", "__annotations__", "__static_attributes__", "__firstlineno__"}


def methods(extension: type[Value]) -> type[Value]:
    """A decorator: what is written in the class `extension` becomes part of `Value` itself, for there is one class of nodes.

    The type checker and the editor learn of it from `operations.pyi`, which `tools/generate.py` writes from what it finds in `Value`.
    """
    for name, member in vars(extension).items():
        if name not in _OWN:
            setattr(Value, name, member)
    return extension
