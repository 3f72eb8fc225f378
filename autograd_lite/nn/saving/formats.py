"""The two formats: `safetensors` (a header and plain numbers) and JSON (to be read by eye).  Neither can execute anything."""

import codecs
import json
import struct
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from autograd_lite.hints import needed
from autograd_lite.nn.arguments import is_finite, shown
from autograd_lite.terminal import json_text

FORMAT = "autograd-lite model"
VERSION = 1
_DAMAGED = "it is no safetensors file, or a damaged one"

#: A number, or a (nested) list of numbers of one shape.
Tensor = Any


class ModelFileError(ValueError):
    """A file that cannot be loaded; the model is as it was before."""


@dataclass
class Contents:
    """What a model file holds.

    Attributes
    ----------
    architecture : dict or None
        See `architecture.py`.
    tensors : dict
        By name a float or a nested list of floats.
    metadata : dict
        Whatever was saved beside.
    training : dict or None
        In a checkpoint: the optimizer's state, the history and so on.
    """

    architecture: Any
    tensors: dict[str, Tensor]
    metadata: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] | None = None


def to_json(contents: Contents) -> bytes:
    """The contents as JSON, a row of a matrix on a line."""
    head: dict[str, Any] = {"format": FORMAT, "version": VERSION, "architecture": contents.architecture}
    if contents.metadata:
        head["metadata"] = contents.metadata
    lines = [f"  {json.dumps(key)}: {json_text(value)}" for key, value in head.items()]
    tensors = [f"    {json_text(name)}: {_rows(tensor)}" for name, tensor in contents.tensors.items()]
    lines.append('  "tensors": {\n' + ",\n".join(tensors) + "\n  }")
    if contents.training is not None:
        lines.append(f'  "training": {json.dumps(contents.training)}')
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _rows(tensor: Tensor) -> str:
    if isinstance(tensor, list) and tensor and isinstance(tensor[0], list):
        return "[\n" + ",\n".join(f"      {json.dumps(row)}" for row in tensor) + "\n    ]"
    return json.dumps(tensor)


def from_json(raw: bytes) -> Contents:
    """Read what `to_json` wrote.

    Raises
    ------
    ModelFileError
        If it is something else.
    """
    found = _parsed(raw, "it is not valid JSON, or only a part of it")
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ModelFileError(f'it is JSON, but no model: "format" is not {FORMAT!r}')
    _check_version(found.get("version"))
    tensors, metadata, training = found.get("tensors"), found.get("metadata", {}), found.get("training")
    if not isinstance(tensors, dict):
        raise ModelFileError('there are no "tensors" in it')
    if not isinstance(metadata, dict) or not isinstance(training, dict | None):
        raise ModelFileError('"metadata" and "training" are objects')
    return Contents(found.get("architecture"), tensors, metadata, training)


def to_safetensors(contents: Contents) -> bytes:
    """The contents as a safetensors file of 64-bit floats; architecture and metadata stand in its header."""
    header: dict[str, Any] = {
        "__metadata__": {
            "format": FORMAT,
            "version": str(VERSION),
            "architecture": json_text(contents.architecture),
            "metadata": json_text(contents.metadata),
        }
    }
    data = b""
    for name, tensor in contents.tensors.items():
        shape, numbers = flatten(name, tensor)
        start, data = len(data), data + struct.pack(f"<{len(numbers)}d", *numbers)
        header[name] = {"dtype": "F64", "shape": shape, "data_offsets": [start, len(data)]}
    # The package's own writer takes other arguments from one release to the next; the layout of the file is fixed.
    text = json_text(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data


def from_safetensors(raw: bytes) -> Contents:
    """Read what `to_safetensors` wrote; also files of 32-bit floats that other programs wrote.

    Raises
    ------
    ModelFileError
        If it is something else.
    """
    package = needed("safetensors", "safetensors files need", "save", "a path that ends in .json needs nothing")
    try:
        found = package.deserialize(raw)
    except (package.SafetensorError, ValueError) as error:
        raise ModelFileError(f"{_DAMAGED}: {str(error)[:300]}") from None
    # The package checks the header but does not hand its metadata out of bytes in memory.
    header = _parsed(raw[8 : 8 + int.from_bytes(raw[:8], "little")], _DAMAGED).get("__metadata__") or {}
    plan, metadata = (_parsed(header.get(*part), _DAMAGED) for part in (("architecture", "null"), ("metadata", "{}")))
    if header.get("format") == FORMAT:
        version = header.get("version")
        _check_version(VERSION if version == str(VERSION) else version)
    if not isinstance(metadata, dict):
        raise ModelFileError("its metadata is not an object")
    tensors: dict[str, Tensor] = {}
    for name, entry in found:
        code = {"F64": "d", "F32": "f"}.get(entry["dtype"])
        if code is None:
            raise ModelFileError(f"tensor {name!r} is of type {entry['dtype']}; weights are F64 or F32")
        numbers = [number for (number,) in struct.iter_unpack(f"<{code}", entry["data"])]
        tensors[name] = _nest(numbers, entry["shape"])
    return Contents(plan, tensors, metadata)


#: What writes a model, by the end of its file's name.
WRITERS = {".json": to_json, ".safetensors": to_safetensors}


def parse(raw: bytes) -> Contents:
    """Read what either of them wrote; the first bytes tell which.

    Raises
    ------
    ModelFileError
        If it is neither.
    """
    # The length of a header may look like the beginning of a text; as a length, that of a text is beyond the end.
    binary = raw[8:9] == b"{" and 8 + int.from_bytes(raw[:8], "little") <= len(raw)
    # Editors and shells of Windows begin a text with a mark of its encoding.
    marked = raw.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not binary and (marked or raw.lstrip()[:1] == b"{"):
        return from_json(raw)
    if len(raw) < 8 or raw[8:9] != b"{":
        raise ModelFileError(f"it is neither JSON nor safetensors ({len(raw)} bytes)")
    return from_safetensors(raw)


def flatten(name: str, tensor: Tensor) -> tuple[list[int], list[float]]:
    """The shape of a nested list and its numbers in order.

    Raises
    ------
    ModelFileError
        If it is ragged, or something in it is not a finite number.

    Examples
    --------
    >>> flatten("weight", [[1.0, 2.0], [3.0, 4.0]])
    ([2, 2], [1.0, 2.0, 3.0, 4.0])
    """
    shape, numbers = elements(name, tensor)
    for number in numbers:
        if not is_finite(number):
            raise ModelFileError(f"tensor {name!r} holds {str(number)[:40]!r}, which is no finite number")
    return shape, [float(number) for number in numbers]


def elements(name: str, tensor: Any) -> tuple[list[int], list[Any]]:
    """The shape of a nested list, of numbers or of Values, and what is in it in order.

    Raises
    ------
    ModelFileError
        If it is ragged.
    """
    shape: list[int] = []
    level: list[Any] = [tensor]
    while level and isinstance(level[0], list):
        size = len(level[0])
        if any(not isinstance(row, list) or len(row) != size for row in level):
            raise ModelFileError(f"tensor {name!r} has rows of different lengths")
        shape.append(size)
        level = [element for row in level for element in row]
    return shape, level


def _nest(numbers: list[float], shape: list[int]) -> Tensor:
    if not shape:
        return numbers[0]
    if not numbers:
        return []
    for size in reversed(shape[1:]):
        numbers = [numbers[k : k + size] for k in range(0, len(numbers), size)]  # type: ignore[misc]
    return numbers


def _parsed(text: str | bytes, wrong: str) -> Any:
    """What JSON says, if it says one thing for each name."""
    try:
        return json.loads(text, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{wrong}: {str(error)[:300]}") from None


def plain_data(metadata: Any) -> None:
    """Refuse what could be written but not read: names that are texts for JSON alone, and may stand twice, and great depth."""
    if isinstance(metadata, dict) and not all(isinstance(name, str) for name in metadata):
        raise TypeError(
            f"the names in a dict are texts, not {shown(next(name for name in metadata if not isinstance(name, str)), 60)}"
        )
    for part in metadata.values() if isinstance(metadata, dict) else metadata if isinstance(metadata, list | tuple) else ():
        plain_data(part)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"{shown(twice, 60)} stands twice in one object")
    return found


def _check_version(version: Any) -> None:
    if type(version) is not int or version != VERSION:
        newer = "; a later release of the package wrote it" if _is_later(version) else ""
        raise ModelFileError(
            f"it is of version {shown(version, 40)} of the format; this package reads version {VERSION}{newer}"
        )


def _is_later(version: Any) -> bool:
    """Whether this is the number of a format that is not known yet."""
    text = str(version)
    return isinstance(version, int | str) and text.isascii() and text.isdecimal() and (len(text) > 9 or int(text) > VERSION)
