"""Text in LLVM's language to functions in memory: llvmlite's code generator, and a cache of its results on disk.

An object file is kept under the hash of everything it depends on.  It is written under another name and moved into place,
so a reader never sees half of one, whoever else writes it.  One that cannot be read is compiled again, and so is one that is
not what was written under this hash, or that somebody else could have written: what is loaded is executed.

Code is freed with the last function that runs it.  A process forks while no thread is inside LLVM: all that asks llvmlite for
something does so, and lets go of what it was given, under `locks.generating`.
"""

import contextlib
import ctypes
import hashlib
import os
import re
import tempfile
import weakref
from functools import cache
from pathlib import Path
from typing import Any

from autograd_lite.compiler.errors import CompileError
from autograd_lite.compiler.lowering import CALLBACKS
from autograd_lite.compiler.operations import RAISES, evaluate
from autograd_lite.engine.locks import generating
from autograd_lite.hints import needed
from autograd_lite.rules.ieee import IEEE

_loaded: "weakref.WeakValueDictionary[str, Library]" = weakref.WeakValueDictionary()
_RAISING = re.compile(rf"^declare double @autograd_lite_({RAISES}\w+)\((.*)\)", re.MULTILINE)
#: Part of every hash: changed when the same text means another calling convention.
_VERSION = "2"
#: What is in memory for functions that are gone, until the lock is free.
_freed: list[Any] = []


@cache
def binding() -> Any:
    """llvmlite's binding, made ready for this processor."""
    llvm = needed("llvmlite.binding", "machine code needs", "jit")
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
def _raising(op: str, arity: int) -> Any:
    """Whether an operation raises, to be called back: `evaluate` by the name of one."""
    kind = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * arity)
    function = kind(lambda *numbers: evaluate(op, numbers))
    binding().add_symbol(f"autograd_lite_{op}", ctypes.cast(function, ctypes.c_void_p).value)
    return function


@cache
def features() -> dict[str, bool]:
    """What this processor can do."""
    with generating:
        return dict(binding().get_host_cpu_features())


def natural_lanes() -> int:
    """How many doubles the widest registers of this processor hold."""
    here = features()
    return 8 if here.get("avx512f") else 4 if here.get("avx") else 2


def cache_directory() -> Path | None:
    """Where object files are kept: `AUTOGRAD_LITE_CACHE`, or the user's cache directory; None for a user without a home."""
    chosen = os.environ.get("AUTOGRAD_LITE_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("LOCALAPPDATA") if os.name == "nt" else None)
    try:
        return Path(base or Path.home() / ".cache") / "autograd-lite"
    except RuntimeError:
        return None


class Library:
    """Compiled functions in memory.

    Parameters
    ----------
    machine : llvmlite TargetMachine
    object_code : bytes
    """

    def __init__(self, machine: Any, object_code: bytes) -> None:
        llvm = binding()
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(object_code))
        self._engine.finalize_object()
        weakref.finalize(self, _free, self._engine).atexit = False

    def function(self, kind: Any, name: str) -> Any:
        """A function as one of ctypes', which keeps the code in memory."""
        with generating:
            function = kind(int(self._engine.get_function_address(name)))
        function.code = self  # freed with the last function of it
        return function


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
    with generating:
        found = _library(text, level)
        _free()
    if isinstance(found, str):
        raise CompileError(f"LLVM refused the program: {found}")
    return found


def _library(text: str, level: int) -> Library | str:
    """See `load`; or what is wrong, as a text, since an error would keep what was made here beyond the lock."""
    llvm = binding()
    for op, types in _RAISING.findall(text) if RAISES in text else ():  # a long text is quickly found not to have any
        _raising(op, types.count("double"))
    cpu = llvm.get_host_cpu_name()
    able = llvm.get_host_cpu_features().flatten()
    signs = "\n".join([_VERSION, str(llvm.llvm_version_info), cpu, able, str(level), text])
    key = hashlib.sha256(signs.encode()).hexdigest()
    library = _loaded.get(key)
    if library is not None:
        return library
    try:
        machine = llvm.Target.from_default_triple().create_target_machine(cpu=cpu, features=able, opt=level, jit=True)
        object_code = _kept(key)
        if object_code is None:
            object_code = _compiled(machine, text)
            _keep(key, object_code)
        library = _loaded[key] = Library(machine, object_code)
    except RuntimeError as error:
        return str(error)
    return library


def _compiled(machine: Any, text: str) -> bytes:
    module = binding().parse_assembly(text)
    module.verify()
    return machine.emit_object(module)  # type: ignore[no-any-return]


def _free(*engines: Any) -> None:
    """Free what is not used any more: now, or when the next function is loaded if another thread has the lock, for which the
    collector, that may run anywhere, must not wait."""
    _freed.extend(engines)
    if generating.acquire(blocking=False):
        try:
            while _freed:
                _freed.pop().close()
        finally:
            generating.release()


def _digest(key: str, object_code: bytes) -> bytes:
    return hashlib.sha256(f"autograd-lite {key}\n".encode() + object_code).digest()


def _kept(key: str) -> bytes | None:
    """The object file on disk, if it is there, what was written, and the user's own."""
    directory = cache_directory()
    if directory is None:
        return None
    try:
        with open(directory / f"{key}.o", "rb") as file:
            status, content = os.fstat(file.fileno()), file.read()
    except OSError:
        return None
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o022):
        return None
    digest, object_code = content[:32], content[32:]
    return object_code if _digest(key, object_code) == digest else None


def _keep(key: str, object_code: bytes) -> None:
    """Write to disk, atomically, for this user alone; a disk that is full or read-only is no error."""
    directory = cache_directory()
    with contextlib.suppress(OSError):
        if directory is None:
            return
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=directory)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_digest(key, object_code) + object_code)
            os.replace(name, directory / f"{key}.o")
        except BaseException:
            os.unlink(name)
            raise
