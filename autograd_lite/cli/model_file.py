"""A trained network on disk: a model file of `nn.save`, with the columns, the classes and the scales as its metadata.

So `nn.load` reads it as well, and its safety is that of `nn.load`: nothing of the file is executed.  What is checked here is
that network and metadata fit together.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograd_lite import nn
from autograd_lite.cli.errors import CommandError, misused, refusing
from autograd_lite.cli.files import check_writable, reading, writing
from autograd_lite.cli.learning import Learner
from autograd_lite.data import Column, DataError, Scaler
from autograd_lite.data.columns import input_names
from autograd_lite.nn.saving.files import model_of, read

#: The name under which the metadata stand.
KEY = "columns"
#: What the files of the first versions called themselves.
_OLD = b'"autograd-lite model 1"'


def check_path(path: str) -> None:
    """Find out before the training that a model could not be saved.

    Raises
    ------
    CommandError
        For another ending than .json and .safetensors, or a folder that cannot be written to.
    """
    if Path(path).suffix.lower() not in (".json", ".safetensors"):
        misused(f"--save takes a file that ends in .json or .safetensors, not {path!r}")
    check_writable(path)


def save(learner: Learner, path: str) -> None:
    """Write a learner to `path`, whole or not at all."""
    columns = {
        "data": learner.name,
        "features": [column.name for column in learner.columns],
        "categories": {column.name: list(column.categories) for column in learner.columns if column.categories},
        "target": learner.target_name,
        "classes": list(learner.class_names),
        "scaler": learner.scaler.to_dict(),
        "target_scaler": learner.target_scaler.to_dict() if learner.target_scaler else None,
    }
    with refusing(ValueError), writing(path):
        nn.save(learner.model, path, metadata={KEY: columns})


def load(path: str) -> Learner:
    """Read what `save` wrote.

    Raises
    ------
    CommandError
        If the file is missing, damaged, not a model, or a model without columns.
    """
    with _reading(path, f"; autograd-lite train ... --save {path} writes one"):
        contents = read(path)
        model, metadata = model_of(contents, path), contents.metadata
    if KEY not in metadata:
        if contents.training is not None:
            raise CommandError(f"{path} is a checkpoint of a training: train ... --resume {path} --save FILE goes on")
        raise CommandError(f"{path} is a model, but does not say which columns it reads: it was not written by train --save")
    with refusing(ValueError, DataError, OverflowError, before=f"{path} cannot be loaded: "):
        return _learner(model, metadata[KEY])


def is_checkpoint(path: str) -> bool:
    """Whether a file is a checkpoint, and not a saved network.

    Raises
    ------
    CommandError
        If it is neither.
    """
    with _reading(path):
        return read(path).training is not None


@contextmanager
def _reading(path: str, hint: str = "") -> Iterator[None]:
    """What is wrong with a file of a model, as one sentence."""
    try:
        with reading(path, hint):
            yield
    except nn.ModelFileError as error:
        old = f"{path} was saved by an earlier version; train and --save it again"
        raise CommandError(old if _is_old(path) else str(error)) from None


def _learner(model: Any, columns: Any) -> Learner:
    """A network with its metadata, if they fit together; else a ValueError says what is wrong."""
    if not isinstance(columns, dict):
        raise ValueError(f"its {KEY!r} are not an object")
    features, classes = _columns(columns), _texts(columns, "classes")
    inputs = len(input_names(features))
    outputs = {0: 1, 2: 1}.get(len(classes), len(classes))
    shape = (inputs, outputs, "linear")
    found = model.config() if type(model) is nn.MLP else {}
    if (
        not features
        or len(classes) == 1
        or (found.get("nin"), found.get("nouts", [0])[-1], found.get("output_activation")) != shape
    ):
        raise ValueError("its network does not fit its 'features' and 'classes'")
    scaler = Scaler.from_dict(columns.get("scaler", {}))
    target_scaler = None if classes else Scaler.from_dict(columns.get("target_scaler", {}))
    if len(scaler.shift) != inputs or (target_scaler and len(target_scaler.shift) != 1):
        raise ValueError("a scaler does not fit the columns")
    return Learner(
        model, scaler, target_scaler, str(columns.get("data", "")), str(columns.get("target", "")), features, classes
    )


def _columns(columns: dict[str, Any]) -> tuple[Column, ...]:
    """The columns of the table; before there were categories all were numbers."""
    names, categories = _texts(columns, "features"), columns.get("categories", {})
    if not isinstance(categories, dict) or not categories.keys() <= set(names):
        raise ValueError("its 'categories' are not lists of texts for some of its 'features'")
    return tuple(Column(name, _texts(categories, name) if name in categories else ()) for name in names)


def _texts(columns: dict[str, Any], key: str) -> tuple[str, ...]:
    found = columns.get(key)
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found) or len(set(found)) != len(found):
        raise ValueError(f"{key!r} is not a list of distinct names")
    return tuple(found)


def _is_old(path: str) -> bool:
    with open(path, "rb") if Path(path).is_file() else io.BytesIO() as file:
        return _OLD in file.read(1000)
