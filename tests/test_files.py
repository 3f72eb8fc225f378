"""Files: written whole or not at all, at the end of the links and nowhere else; read to an end, or refused with a reason."""

import errno
import os
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from refusals import refused

from autograd_lite import Value, draw, nn, plot
from autograd_lite.cli import main
from autograd_lite.cli.errors import CommandError
from autograd_lite.cli.figures import save_figure
from autograd_lite.files import discard_leftovers, read_whole, write_atomically

POSIX = pytest.mark.skipif(os.name != "posix", reason="links, pipes and devices of Unix")


def model():
    return nn.MLP(2, [2, 1], seed=0)


# --- links ------------------------------------------------------------------------------------------------------------


@POSIX
def test_a_link_is_followed_and_stays(tmp_path):
    """A chain of links, the first relative, into another folder; what lies at its end is replaced, and the modes are kept."""
    (tmp_path / "real").mkdir()
    end = tmp_path / "real" / "model.json"
    end.write_text("old")
    end.chmod(0o640)
    (tmp_path / "middle.json").symlink_to(end)
    link = tmp_path / "link.json"
    link.symlink_to("middle.json")
    nn.save(model(), link)
    assert link.is_symlink()
    assert (tmp_path / "middle.json").is_symlink()
    assert nn.load(end).state_dict() == model().state_dict()
    assert stat.S_IMODE(end.stat().st_mode) == 0o640
    assert sorted(os.listdir(tmp_path)) == ["link.json", "middle.json", "real"]
    assert os.listdir(end.parent) == ["model.json"]


@POSIX
def test_a_link_to_what_is_not_there_yet_makes_it(tmp_path):
    link = tmp_path / "link.svg"
    link.symlink_to(tmp_path / "new.svg")
    draw.render(Value(1.0).exp(), link)
    assert link.is_symlink()
    assert "<svg" in (tmp_path / "new.svg").read_text()


@POSIX
def test_links_that_lead_nowhere_are_refused_and_stay(tmp_path, capsys):
    (tmp_path / "a.json").symlink_to(tmp_path / "b.json")
    (tmp_path / "b.json").symlink_to(tmp_path / "a.json")
    (tmp_path / "c.json").symlink_to(tmp_path / "no" / "c.json")
    for name, kind in (("a.json", OSError), ("c.json", FileNotFoundError)):
        with pytest.raises(kind) as caught:
            nn.save(model(), tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)
        assert main(["train", "xor", "--epochs", "1", "--quiet", "--save", str(tmp_path / name)]) == 1
        assert name in capsys.readouterr().err
        assert (tmp_path / name).is_symlink()
    assert len(os.listdir(tmp_path)) == 3


@POSIX
def test_a_checkpoint_behind_a_link_goes_on(tmp_path):
    end, link = tmp_path / "end.json", tmp_path / "link.json"
    link.symlink_to(end)
    xs, ys = [[0.0, 1.0], [1.0, 0.0]], [0.0, 1.0]
    (tmp_path / ".end.json.killed.tmp").write_text("")
    nn.fit(model(), xs, ys, loss="mse", epochs=2, checkpoint=link)
    found = nn.fit(model(), xs, ys, loss="mse", epochs=4, checkpoint=link, resume=True)
    assert found.epochs == 4
    assert link.is_symlink()
    assert not (tmp_path / ".end.json.killed.tmp").exists()


# --- modes, names, full disks -----------------------------------------------------------------------------------------


@POSIX
def test_new_files_have_the_modes_of_others(tmp_path):
    """As `open` makes them under the same umask, which is never touched: it is one for all threads."""
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "new", b"1")
        assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640
    finally:
        os.umask(before)


@POSIX
def test_the_umask_of_other_threads_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "umask", lambda mask: pytest.fail("the umask was set"))
    write_atomically(tmp_path / "new", b"1")
    write_atomically(tmp_path / "new", b"2")


@POSIX
def test_what_only_its_owner_may_read_is_not_shown_to_others_meanwhile(tmp_path, monkeypatch):
    path, seen = tmp_path / "secret.json", []
    path.write_text("old")
    path.chmod(0o600)

    def look(handle):
        seen.append(stat.S_IMODE(os.fstat(handle).st_mode))

    monkeypatch.setattr(os, "fsync", look)
    write_atomically(path, b"new")
    assert seen == [0o600]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["a" * 250 + ".json", "가" * 83 + ".json", "n.json"])
def test_names_may_be_as_long_as_the_system_takes_them(tmp_path, name):
    path = tmp_path / name
    try:
        path.write_text("old")
    except OSError:
        pytest.skip("this file system takes no such name")
    nn.save(model(), path)
    assert os.listdir(tmp_path) == [name]
    assert nn.load(path).state_dict() == model().state_dict()


def test_only_leftovers_of_the_same_file_are_removed(tmp_path):
    names = ["a" * 200 + end for end in ("1", "2")]

    class Killed(BaseException):
        pass

    def kill(handle):
        raise Killed

    for name in names:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", kill)
            patch.setattr(os, "unlink", lambda path: None)
            with pytest.raises(Killed):
                write_atomically(tmp_path / name, b"1")
    assert len(os.listdir(tmp_path)) == 2
    discard_leftovers(tmp_path / names[0])
    assert len(os.listdir(tmp_path)) == 1


WRITERS = {
    "nn.save": lambda path: nn.save(model(), path / "kept.json"),
    "draw.render": lambda path: draw.render(Value(1.0), path / "kept.svg"),
    "figure": lambda path: save_figure(plot.training_curves([1.0, 0.5]), path / "kept.png"),
    "page": lambda path: main(["page", "x*x", "x=1", "-o", str(path / "kept.html")]),
    "datasets": lambda path: main(["datasets", "xor", "-o", str(path / "kept.csv")]),
    "fit": lambda path: nn.fit(model(), [[0.0, 1.0]], [1.0], loss="mse", epochs=1, checkpoint=path / "kept.ckpt"),
}


@pytest.mark.parametrize("where", ["fsync", "replace", "chmod"])
@pytest.mark.parametrize("writer", WRITERS)
def test_a_full_disk_leaves_the_old_file_whole(tmp_path, monkeypatch, capsys, writer, where):
    """What `fsync` and the others raise names the file that was to be written, not a temporary one."""
    if writer == "figure":
        pytest.importorskip("matplotlib")
    endings = ("json", "svg", "png", "html", "csv", "ckpt")
    for ending in endings:
        (tmp_path / f"kept.{ending}").write_text("old")

    def full(*things, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), *([str(things[0])] if where != "fsync" else []))

    monkeypatch.setattr(os, where, full)
    if writer in ("page", "datasets"):
        assert WRITERS[writer](tmp_path) == 1
        said = capsys.readouterr().err
    else:
        with pytest.raises((OSError, CommandError), match="kept") as caught:
            WRITERS[writer](tmp_path)
        said = str(caught.value)
    assert os.strerror(errno.ENOSPC) in said
    assert "kept." in said
    assert ".tmp" not in said
    monkeypatch.undo()
    assert sorted(os.listdir(tmp_path)) == sorted(f"kept.{ending}" for ending in endings)
    assert {path.read_text() for path in tmp_path.iterdir()} == {"old"}


# --- reading ----------------------------------------------------------------------------------------------------------


@POSIX
@pytest.mark.parametrize(
    "line",
    [
        "train {} --target t", "datasets {} --target t", "predict {} new.csv", "evaluate {} moons", "train xor --resume {}",
        "gpt --words {} --steps 1", "plot boundary --dataset {} --target t",
    ],
)  # fmt: skip
def test_what_is_no_file_is_refused_with_a_reason(tmp_path, monkeypatch, capsys, line):
    """Devices without an end, folders, nothing, binary files, other encodings: one line, of more than a name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 4)
    (tmp_path / "empty").write_bytes(b"")
    for given in ("/dev/zero", "/dev/full", "/dev/urandom", os.devnull, "folder", "binary", "empty", "./none", "binary/x"):
        assert main(line.format(given).split()) in (1, 2), given
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert Path(given).name in said
        assert len(said.partition(Path(given).name)[2].split()) >= 3, said


@POSIX
def test_a_file_larger_than_memory_is_refused_with_a_reason(tmp_path):
    with open(tmp_path / "huge.csv", "wb") as file:
        file.truncate(1 << 36)  # of holes, which take no room
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (3 << 30,) * 2); from autograd_lite.cli import main"
    )
    found = subprocess.run(
        [sys.executable, "-c", f"{limited}; sys.exit(main(['train', 'huge.csv', '--target', 't']))"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 1, found.stderr
    assert "huge.csv" in found.stderr
    assert "memory" in found.stderr
    assert found.stderr.count("\n") == 1


@POSIX
def test_a_pipe_is_read_once_to_its_end(tmp_path, capsys):
    """As `predict <(zcat model.json.gz) <(zcat new.csv.gz)` gives them."""
    saved, new = tmp_path / "model.json", tmp_path / "new.csv"
    assert main(["train", "xor", "--epochs", "1", "--quiet", "--save", str(saved)]) == 0
    new.write_text("a,b\n0,1\n")
    pipes = []
    for source in (saved, new):
        pipes.append(tmp_path / f"pipe {source.name}")
        os.mkfifo(pipes[-1])
        threading.Thread(
            target=lambda pipe=pipes[-1], source=source: pipe.write_bytes(source.read_bytes()), daemon=True
        ).start()
    capsys.readouterr()
    assert main(["predict", *map(str, pipes)]) == 0
    assert capsys.readouterr().out.startswith("a,b,predicted XOR")


@POSIX
def test_devices_are_refused():
    for device in ("/dev/zero", "/dev/urandom"):
        with refused(OSError, "device", repr(device)):
            read_whole(device)


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16"])
def test_words_with_a_mark_of_their_encoding(tmp_path, capsys, mark):
    (tmp_path / "words.txt").write_text("anna\notto\n", encoding=mark)
    arguments = ["--steps", "1", "--batch", "1", "--width", "4", "--heads", "1", "--engine", "eager", "--count", "0"]
    code = main(["gpt", "--words", str(tmp_path / "words.txt"), *arguments])
    said = capsys.readouterr().err
    if mark == "utf-8-sig":
        assert "5 letters" in said or "4 letters" in said, said
        assert code == 0
    else:
        assert code == 1
        assert "UTF-8" in said


@POSIX
def test_a_home_is_not_needed(tmp_path):
    """No HOME, a user whom the system does not know, a folder that is gone: what needs none of them works."""
    script = """
import os, pwd, sys
def unknown(uid): raise KeyError(uid)
pwd.getpwuid = unknown
os.environ.pop("HOME", None)
os.mkdir("gone"); os.chdir("gone"); os.rmdir("../gone")
from autograd_lite.cli import main
codes = [main(line.split()) for line in (
    "step w*x w=1 x=2", "train xor --epochs 1 --engine eager", "train xor --epochs 1 --engine eager --save m.json",
    "datasets xor -o xor.csv", "page x*x x=1",
)]
sys.exit(codes != [0, 0, 1, 1, 1])
"""
    found = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in found.stderr, found.stderr
    assert found.returncode == 0, (found.returncode, found.stderr)
    for name in ("m.json", "xor.csv", "page.html"):
        assert re.search(rf"{name}\W.{{8,}}", found.stderr), found.stderr
