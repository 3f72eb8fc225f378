"""Text in LLVM's language to functions in memory: llvmlite's code generator, and a cache of its results on disk.

An object file is kept under the hash of everything it depends on.  It is written under another name and moved into place,
so a reader never sees half of one; one that cannot be read is compiled again.
"""

import contextlib
import ctypes
import hashlib
import os
import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import Any

from autograd_lite.compiler.errors import CompileError, missing_extra
from autograd_lite.compiler.llvm.instructions import CALLBACKS
from autograd_lite.rules.ieee import IEEE

_lock = threading.Lock()
_loaded: dict[str, Any] = {}
#: Part of every hash: changed when the same text means another calling convention.
_VERSION = "1"


@cache
def binding() -> Any:
    """llvmlite's binding, made ready for this processor."""
    try:
        import llvmlite.binding as llvm
    except ImportError:
        raise missing_extra("llvmlite", "jit", "machine code") from None
    with contextlib.suppress(RuntimeError, AttributeError):
        llvm.initialize()  # older versions need it, newer ones refuse it
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    for name, function in _callbacks().items():
        llvm.add_symbol(name, ctypes.cast(function, ctypes.c_void_p).value)
    return llvm


@cache
def _callbacks() -> dict[str, Any]:
    """The functions that C does not have, to be called back."""
    found = {}
    for op, arity in CALLBACKS.items():
        kind = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * arity)
        found[f"autograd_lite_{op}"] = kind(IEEE.functions[op])
    return found


@cache
def features() -> dict[str, bool]:
    """What this processor can do."""
    return dict(binding().get_host_cpu_features())


def natural_lanes() -> int:
    """How many doubles the widest registers of this processor hold."""
    here = features()
    return 8 if here.get("avx512f") else 4 if here.get("avx") else 2


def cache_directory() -> Path:
    """Where object files are kept: `AUTOGRAD_LITE_CACHE`, or the user's cache directory."""
    chosen = os.environ.get("AUTOGRAD_LITE_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("LOCALAPPDATA") if os.name == "nt" else None)
    return Path(base or Path.home() / ".cache") / "autograd-lite"


class Library:
    """Compiled functions in memory.

    Parameters
    ----------
    engine : llvmlite ExecutionEngine
    """

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def address(self, name: str) -> int:
        """The address of a function."""
        return int(self._engine.get_function_address(name))


def load(text: str, level: int = 2) -> Library:
    """Compile a module, or find it compiled already.

    Parameters
    ----------
    text : str
        The module in LLVM's language.
    level : int, default 2
        How hard the code generator tries, 0 to 3.

    Raises
    ------
    CompileError
        If LLVM refuses the text.
    """
    llvm = binding()
    cpu = llvm.get_host_cpu_name()
    able = llvm.get_host_cpu_features().flatten()
    signs = "\n".join([_VERSION, str(llvm.llvm_version_info), cpu, able, str(level), text])
    key = hashlib.sha256(signs.encode()).hexdigest()
    with _lock:
        if key not in _loaded:
            _loaded[key] = _from_disk(llvm, key) or _compiled(llvm, text, key, cpu, able, level)
        return _loaded[key]  # type: ignore[no-any-return]


def _machine(llvm: Any, cpu: str, able: str, level: int) -> Any:
    return llvm.Target.from_default_triple().create_target_machine(cpu=cpu, features=able, opt=level, jit=True)


def _engine(llvm: Any, machine: Any, object_code: bytes) -> Library:
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(object_code))
    engine.finalize_object()
    return Library(engine)


def _from_disk(llvm: Any, key: str) -> Library | None:
    try:
        content = (cache_directory() / f"{key}.o").read_bytes()
    except OSError:
        return None
    digest, object_code = content[:32], content[32:]
    if hashlib.sha256(object_code).digest() != digest:
        return None  # not what was written: compile it again
    return _engine(llvm, _machine(llvm, llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten(), 2), object_code)


def _compiled(llvm: Any, text: str, key: str, cpu: str, able: str, level: int) -> Library:
    machine = _machine(llvm, cpu, able, level)
    try:
        module = llvm.parse_assembly(text)
        module.verify()
        object_code: bytes = machine.emit_object(module)
    except RuntimeError as error:
        raise CompileError(f"LLVM refused the program: {error}") from None
    _keep(key, object_code)
    return _engine(llvm, machine, object_code)


def _keep(key: str, object_code: bytes) -> None:
    """Write to disk, atomically; a disk that is full or read-only is no error."""
    directory = cache_directory()
    with contextlib.suppress(OSError):
        directory.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=directory)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(object_code).digest() + object_code)
            os.replace(name, directory / f"{key}.o")
        except OSError:
            os.unlink(name)


__all__ = ["Library", "binding", "cache_directory", "features", "load", "natural_lanes"]
