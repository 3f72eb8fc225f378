"""Writing files whole or not at all: for models, checkpoints, drawings, pages and reports alike."""

import contextlib
import os
import tempfile
from pathlib import Path

#: How the name of a file ends while it is being written.
_SUFFIX = ".tmp"


def write_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Write `content` to a new file beside `path` and put it in the place of `path` in one move.

    Whoever reads `path`, or the machine that loses its power, finds the old content or the new, never a part.  A pipe or a
    device is written to, not replaced.

    Parameters
    ----------
    path : path
    content : bytes

    Raises
    ------
    OSError
        As `open` does; nothing is left behind.
    """
    path = Path(path)
    if path.exists() and not path.is_file() and not path.is_dir():
        path.write_bytes(content)
        return
    handle, name = tempfile.mkstemp(prefix=_beside(path), suffix=_SUFFIX, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files for their owner only; these are like any others their owner writes.
        os.chmod(name, _mode(path))
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def discard_leftovers(path: str | os.PathLike[str]) -> None:
    """Remove what a writer of `path` left beside it when it was killed: for whoever goes on in its place."""
    path = Path(path)
    for one in path.parent.iterdir():
        if one.name.startswith(_beside(path)) and one.name.endswith(_SUFFIX):
            with contextlib.suppress(OSError):
                one.unlink()


def _beside(path: Path) -> str:
    return f".{path.name[:100]}."


def write_result(path: str | os.PathLike[str], content: str | bytes, example: str) -> Path:
    """Write what a function was asked to put at `path`, as `write_atomically`; what is wrong with the path is said in a sentence.

    Parameters
    ----------
    path : path
    content : str or bytes
        A text is written in UTF-8.
    example : str
        The name of such a file, for the messages: `graph.svg`.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ValueError
        If the path is empty.
    OSError
        If it is a folder, is in none, or nothing can be written there.
    """
    if not str(path):
        raise ValueError(f"the name of the file is empty; give a path such as {example!r}")
    target = Path(path)
    if target.is_dir():
        raise IsADirectoryError(f"{str(target)!r} is a folder; give the name of a file in it, such as {target / example}")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(target.parent)!r} to write {target.name!r} into; make it first")
    try:
        write_atomically(target, content.encode("utf-8") if isinstance(content, str) else content)
    except PermissionError:
        raise PermissionError(
            f"no permission to write into the folder {str(target.parent)!r}; choose another place for {target.name!r}"
        ) from None
    return target


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
