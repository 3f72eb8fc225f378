"""A trained network on disk: JSON that can be read by eye, checked number by number when it is read back.

Loading executes nothing of the file, and makes a model only when everything in it fits together.
"""

import itertools
import json
import math
import os
import tempfile
from pathlib import Path
from typing import Any

from autograd_lite import nn
from autograd_lite.cli.errors import CommandError
from autograd_lite.cli.learning import Learner
from autograd_lite.data import DataError, Scaler

FORMAT = "autograd-lite model 1"
#: Larger networks than this are not trained as scalars; a file that claims one is damaged or hostile.
MOST_PARAMETERS = 20_000_000


def save(learner: Learner, path: str | Path) -> None:
    """Write a learner to `path`, whole or not at all."""
    model = learner.model
    content = {
        "format": FORMAT,
        "data": learner.name,
        "target": learner.target_name,
        "features": list(learner.feature_names),
        "classes": list(learner.class_names),
        "layers": [len(layer.neurons) for layer in model.layers],
        "activation": model.layers[0].neurons[0].activation if len(model.layers) > 1 else "linear",
        "scaler": learner.scaler.to_dict(),
        "target_scaler": learner.target_scaler.to_dict() if learner.target_scaler else None,
        "parameters": model.state_dict(),
    }
    write_whole(Path(path), json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write a file so that there is never half of it."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}") from None


def is_model(path: str | Path) -> bool:
    """Whether a file is what `save` wrote, as far as its first lines tell; a checkpoint of a training is not."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return FORMAT in file.read(1000)
    except OSError:
        return True  # `load` says what is wrong


def load(path: str | Path) -> Learner:
    """Read what `save` wrote.

    Raises
    ------
    CommandError
        If the file is missing, damaged, or not a model.
    """
    try:
        content = json.loads(Path(path).read_bytes().decode("utf-8"))
    except FileNotFoundError:
        raise CommandError(f"{path}: there is no such file; autograd-lite train ... --save {path} writes one") from None
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise CommandError(f"{path} is not a saved model (it is not JSON, or only a part of it)") from None
    try:
        return _learner(content)
    except (_DamagedError, DataError) as error:
        raise CommandError(f"{path} is not a model this version can load: {error}") from None


class _DamagedError(Exception):
    """What is wrong with the content of a file."""


def _learner(content: Any) -> Learner:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise _DamagedError(f"it does not say 'format': {FORMAT!r}")
    features, classes = _texts(content, "features"), _texts(content, "classes")
    layers = content.get("layers")
    if not isinstance(layers, list) or not layers or not all(type(size) is int and size > 0 for size in layers):
        raise _DamagedError("'layers' is not a list of sizes")
    wanted = {0: 1, 2: 1}.get(len(classes), len(classes))
    if not features or layers[-1] != wanted or len(classes) == 1:
        raise _DamagedError("'features', 'classes' and 'layers' do not fit together")
    sizes = [len(features), *layers]
    count = sum((a + 1) * b for a, b in itertools.pairwise(sizes))
    parameters = content.get("parameters")
    if not isinstance(parameters, dict) or len(parameters) != count or count > MOST_PARAMETERS:
        raise _DamagedError(f"it does not have the {count} parameters its layers need")
    if not all(type(v) in (float, int) and math.isfinite(v) for v in parameters.values()):
        raise _DamagedError("a parameter is not a finite number")
    scaler = Scaler.from_dict(_mapping(content, "scaler"))
    target_scaler = None if classes else Scaler.from_dict(_mapping(content, "target_scaler"))
    if len(scaler.shift) != len(features) or (target_scaler and len(target_scaler.shift) != 1):
        raise _DamagedError("a scaler does not fit the columns")
    activation = content.get("activation")
    try:
        model = nn.MLP(len(features), layers, activation=activation if isinstance(activation, str) else "?", seed=0)
        model.load_state_dict(parameters)
    except ValueError as error:
        raise _DamagedError(str(error)) from None
    return Learner(
        model, scaler, target_scaler, str(content.get("data", "")), str(content.get("target", "")), features, classes
    )


def _texts(content: dict[str, Any], key: str) -> tuple[str, ...]:
    found = content.get(key)
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found) or len(set(found)) != len(found):
        raise _DamagedError(f"{key!r} is not a list of distinct names")
    return tuple(found)


def _mapping(content: dict[str, Any], key: str) -> dict[str, Any]:
    found = content.get(key)
    if not isinstance(found, dict):
        raise _DamagedError(f"{key!r} is missing")
    return found
