"""`save` and `load`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograd_lite.engine.value import Value
from autograd_lite.files import read_whole, write_atomically
from autograd_lite.nn.modules.module import Module, misfit
from autograd_lite.nn.saving.architecture import build, described
from autograd_lite.nn.saving.formats import WRITERS, Contents, ModelFileError, elements, flatten, parse, plain_data
from autograd_lite.terminal import clean, printable, said

Path_ = str | os.PathLike[str]


def save(model: Module, path: Path_, *, metadata: Mapping[str, Any] | None = None) -> None:
    """Write the weights of a model and what it is made of.

    Parameters
    ----------
    model : Module
    path : path
        Ending in .safetensors (read by most libraries; to read it back here takes the extra `save`) or .json (to be read by eye).
    metadata : mapping, optional
        What is to be kept beside, such as the names of classes; plain data, as in JSON.  `load_metadata` reads it.

    Raises
    ------
    ValueError
        If the path ends in something else, a weight is not finite, or `metadata` is no plain data.
    OSError
        If the file cannot be written; an older file at `path` stays whole.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from autograd_lite import nn
    >>> model = nn.MLP(2, [3, 1], seed=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "model.json")
    ...     nn.save(model, path, metadata={"classes": ["no", "yes"]})
    ...     twin = nn.load(path)
    >>> twin, twin.state_dict() == model.state_dict()
    (MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(3)]], True)
    """
    suffix = Path(path).suffix.lower()
    if suffix not in WRITERS:
        raise ValueError(f"the path of a model ends in .safetensors or .json, not {suffix!r}: {printable(str(path))}")
    contents = contents_of(model, metadata)
    for name, tensor in contents.tensors.items():
        flatten(name, tensor)
    try:
        raw = WRITERS[suffix](contents)
        plain_data(contents.metadata)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"metadata is plain data, as in JSON: texts, numbers, lists and dicts of them; {said(error)}"
        ) from None
    write_atomically(path, raw)


def load(path: Path_, *, into: Module | None = None) -> Any:
    """Read a model.

    Nothing in a file is executed: the kinds of modules come from a fixed list.

    Parameters
    ----------
    path : path
        Of a file that `save` or a checkpoint of `fit` wrote; its content tells the format.
    into : Module, optional
        A model to load the weights into: needed for modules of your own making.

    Returns
    -------
    Module
        A new model, or `into`.

    Raises
    ------
    ModelFileError
        If the file is damaged, is no model, or does not fit `into`; `into` is as it was then.
    ImportError
        If it is a safetensors file and that package is not installed.
    OSError
        If it cannot be read.
    """
    return model_of(read(path), path, into)


def model_of(contents: Contents, path: Path_, into: Module | None = None) -> Any:
    """The model that a file holds, read from `path`; see `load`."""
    try:
        tensors = {name: flatten(name, tensor) for name, tensor in contents.tensors.items()}
        model = into
        if model is None:
            if contents.architecture is None:
                raise ModelFileError(
                    "it does not say what the model is made of: build one and use nn.load(path, into=model)"
                )
            model = build(contents.architecture, sum(len(numbers) for _, numbers in tensors.values()))
        set_tensors(model, tensors)
    except (ModelFileError, RecursionError) as error:
        raise _unloaded(path, error) from None
    return model


def load_metadata(path: Path_) -> dict[str, Any]:
    """What `save` was given as metadata.

    Raises
    ------
    ModelFileError
        If the file is damaged or no model.
    OSError
        If it cannot be read.
    """
    return read(path).metadata


def contents_of(model: Module, metadata: Mapping[str, Any] | None = None) -> Contents:
    """What a file of this model holds."""
    tensors = {name: _numbers(tensor) for name, tensor in model.named_tensors()}
    return Contents(described(model), tensors, dict(metadata or {}))


def read(path: Path_) -> Contents:
    """The contents of a file.

    Raises
    ------
    ModelFileError
        If it is neither of the formats.
    """
    raw = read_whole(path)
    try:
        return parse(raw)
    except ModelFileError as error:
        raise _unloaded(path, error) from None


def _unloaded(path: Path_, error: Exception) -> ModelFileError:
    return ModelFileError(f"{printable(str(path))} cannot be loaded: {said(error)}")


def set_tensors(model: Module, tensors: Mapping[str, tuple[list[int], list[float]]]) -> None:
    """Set all parameters of a model, or none.

    Raises
    ------
    ModelFileError
        If names or shapes differ, or a parameter that is shared would get two numbers.
    """
    own = dict(model.named_tensors())
    wrong = misfit(own.keys(), tensors.keys())
    if wrong:
        raise ModelFileError(f"its tensors are not those of the model{wrong}")
    moves: list[tuple[Value, float]] = []
    for name, tensor in own.items():
        shape, parameters = elements(name, tensor)
        if shape != tensors[name][0]:
            raise ModelFileError(f"tensor {name!r} has the shape {tensors[name][0]}, the model needs {shape}")
        moves += zip(parameters, tensors[name][1], strict=True)
    first: dict[int, float] = {}
    for parameter, number in moves:
        if first.setdefault(id(parameter), number) != number:
            raise ModelFileError(
                f"{clean(parameter.label) or 'a parameter'} stands in several places of the model, and the file has two numbers for it, "
                f"{first[id(parameter)]} and {number}"
            )
    for parameter, number in moves:
        parameter.data = number


def _numbers(tensor: Any) -> Any:
    return [_numbers(one) for one in tensor] if isinstance(tensor, list) else float(tensor.data)
