"""Machine code in memory and on disk: freed, shared, private, and safe to fork beside."""

import gc
import hashlib
import os
import stat
import subprocess
import sys
import textwrap

import pytest

from autograd_lite import asin, jit, tanh, vmap
from autograd_lite.compiler.c_names import refuse_c_name

pytest.importorskip("llvmlite")
native = pytest.importorskip("autograd_lite.compiler.llvm.native")


def run(code, **environment):
    """A program of its own, with this package; what it prints."""
    path = os.pathsep.join(filter(None, [os.getcwd(), os.environ.get("PYTHONPATH")]))
    made = {key: value for key, value in {**os.environ, "PYTHONPATH": path, **environment}.items() if value is not None}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], env=made, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRAD_LITE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_forked_while_a_thread_compiles(cache):
    """It compiles, too: the lock is not inherited from a thread that the child does not have."""
    found = run("""
        import os, threading
        from autograd_lite import jit, tanh, sin
        from autograd_lite.compiler.llvm import native
        inside, compiled = threading.Event(), native._compiled
        def slowly(machine, text):
            inside.set()
            return compiled(machine, text)
        native._compiled = slowly
        def long(x):
            for k in range(1500):
                x = tanh(x * (1.0 + k))
            return x
        thread = threading.Thread(target=lambda: jit(long, backend="llvm")(0.5))
        thread.start()
        inside.wait()
        child = os.fork()
        if child == 0:
            import signal
            signal.alarm(60)
            os._exit(0 if jit(lambda x: sin(x) * 3.0, backend="llvm")(0.0) == 0.0 else 1)
        print(os.waitpid(child, 0)[1])
        thread.join()
    """)
    assert found == "0"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("warmed_up", [True, False])
def test_children_forked_while_a_thread_compiles_one_after_the_other(warmed_up, cache):
    """At whatever it is: importing the code generator, asking for the processor, compiling, freeing what is not used any more."""
    found = run(f"""
        import faulthandler, os, threading, time
        from autograd_lite import jit, tanh, sin, compile_step, Value
        if {warmed_up}:
            jit(lambda x: tanh(x) + 1.0, backend="llvm")(1.0)
        def compiling():
            k = 0.0
            while True:
                k += 1.0
                jit(lambda x: tanh(x * k), backend="llvm")(1.0)
        threading.Thread(target=compiling, daemon=True).start()
        codes = []
        for n in range({12 if warmed_up else 4}):
            time.sleep(0.05)
            child = os.fork()
            if child == 0:
                faulthandler.dump_traceback_later(20, exit=True)
                w = Value(1.0)
                step = compile_step(lambda x: w * x, [w], (1.0,), backend="llvm")
                step.load([(1.0,)])
                step.run(1, lr=0.5)
                os._exit(0 if jit(lambda x: x * w, backend="llvm")(2.0) == 1.0 else 2)
            codes.append(os.waitpid(child, 0)[1])
            if codes[-1]:
                break
        print(set(codes), flush=True)
        os._exit(0)
    """)
    assert found == "{0}"


def test_no_call_of_the_code_generator_outside_of_its_lock(cache, monkeypatch):
    """Those that free what LLVM has made, at the end or after an error, included."""
    ffi = pytest.importorskip("llvmlite.binding.ffi")
    from autograd_lite.compiler.errors import CompileError
    from autograd_lite.engine import locks

    outside = []

    class Noticing(type(ffi.lib)):
        def __getattr__(self, name):
            if not locks.generating._is_owned():
                outside.append(name)
            return super().__getattr__(name)

    gc.collect()
    noticing = Noticing()
    for name in ("_lib_handle", "_fntab", "_lock"):
        setattr(noticing, name, getattr(ffi.lib, name))
    monkeypatch.setattr(ffi, "lib", noticing)
    for cached in (native.binding, native.features, native._raising):
        cached.cache_clear()
    native._loaded.clear()
    value = jit(vmap(lambda x: asin(x) * 0.375), backend="llvm")([0.5, 0.25])
    assert value == [0.375 * asin(0.5), 0.375 * asin(0.25)]
    with pytest.raises(CompileError):
        native.load("define nonsense")
    gc.collect()
    assert outside == []


def test_code_is_freed_with_its_function(cache):
    """Of many functions that are gone nothing is left, and what still runs stays."""
    kept = jit(lambda x: tanh(x) * 0.125, backend="llvm")
    assert kept(0.0) == 0.0
    before = len(native._loaded)
    for k in range(5):
        assert jit(lambda x, k=k: x * (k + 0.5), backend="llvm")(2.0) == 2 * k + 1.0
    gc.collect()
    step = kept.variants[0].code.function
    assert len(native._loaded) <= before + 1
    assert step([1.0], ())[0][0] == pytest.approx(0.125 * tanh(1.0), rel=1e-15)


@pytest.mark.parametrize("digest", ["of the body", "as it is written", "of another entry"])
def test_a_spoilt_object_file_is_compiled_again(digest, cache):
    """Whatever digest stands before it: the body is never executed."""

    def value():
        native._loaded.clear()
        return jit(lambda x: tanh(x) + 41.0, backend="llvm")(0.0)

    assert value() == 41.0
    (file,) = cache.glob("*.o")
    whole = file.read_bytes()
    spoilt = whole[32:200] + bytes(len(whole) - 200)
    heads = {
        "of the body": hashlib.sha256(spoilt).digest(),
        "as it is written": whole[:32],
        "of another entry": native._digest("0" * 64, spoilt),
    }
    file.write_bytes(heads[digest] + spoilt)
    assert value() == 41.0
    assert file.read_bytes() == whole


@pytest.mark.skipif(os.name == "nt", reason="no modes")
def test_the_cache_is_the_users_own(cache, monkeypatch):
    jit(lambda x: tanh(x) + 17.0, backend="llvm")(0.0)
    (file,) = cache.glob("*.o")
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert native._kept(file.stem) is not None
    file.chmod(0o666)  # anybody could have written it
    assert native._kept(file.stem) is None
    file.chmod(0o600)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert native._kept(file.stem) is None


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="needs to become a user without a name")
def test_without_a_home_there_is_no_cache():
    assert run(
        """
        import os
        import autograd_lite.compiler.llvm.native as native
        from autograd_lite import jit
        native.binding()  # which others may not be allowed to read
        os.setuid(54321)
        print(native.cache_directory(), jit(lambda x: x * 2.0, backend="llvm")(4.0))
        """,
        HOME=None, XDG_CACHE_HOME=None, AUTOGRAD_LITE_CACHE=None,
    ) == "None 8.0"  # fmt: skip


def test_no_home_in_this_process(monkeypatch):
    monkeypatch.delenv("AUTOGRAD_LITE_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(native.Path, "home", homeless)
    assert native.cache_directory() is None
    native._loaded.clear()
    assert jit(lambda x: tanh(x) + 19.0, backend="llvm")(0.0) == 19.0


def test_processes_that_write_one_entry(cache):
    """All of them get the right code, and one whole file is left."""
    path = os.pathsep.join(filter(None, [os.getcwd(), os.environ.get("PYTHONPATH")]))
    code = "from autograd_lite import jit, tanh\nprint(jit(lambda x: tanh(x) + 23.0, backend='llvm')(0.0))"
    each = [
        subprocess.Popen(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    assert [one.communicate(timeout=120)[0].strip() for one in each] == ["23.0"] * 3
    assert len(list(cache.iterdir())) == 1


# --- names in C -----------------------------------------------------------------------------------------------------------

TAKEN = """
NAN INFINITY M_PI HUGE_VAL FP_NAN EOF NULL FILE fpclassify isnan isfinite signbit double_t float_t size_t sin sinf cosl fma lgamma_r j0
yn printf scanf fprintf exit malloc free strlen memcpy main asm _Bool _Complex __x _x bool true nullptr constexpr typeof alignas inline
restrict static_assert thread_local x y seeds gradient constants sum_of read write cabs csqrt index abs labs div environ errno
"""


@pytest.mark.parametrize("name", [*TAKEN.split(), "ünï", "2f", "a b", "a-b", "", "f;"])
def test_names_that_c_has(name):
    with pytest.raises(ValueError, match="not a name") as refusal:
        refuse_c_name(name)
    suggested = str(refusal.value).rpartition("name='")[2].partition("'")[0]
    refuse_c_name(suggested)


@pytest.mark.parametrize(
    "name", ["f", "loss", "total", "toy", "memory", "stress", "model_1", "LOSS", "net_f", "tanhx", "expected"]
)
def test_names_that_c_does_not_have(name):
    refuse_c_name(name)
