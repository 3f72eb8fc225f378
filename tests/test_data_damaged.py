"""Two hundred damaged CSV files: each is read right, or refused at its place; none brings the command line down or
touches a model that was saved before."""

import random
from dataclasses import dataclass

import pytest

from autograd_lite import data
from autograd_lite.cli import main
from autograd_lite.data import DataError, decoding

COLUMNS = ("kg", "cm", "age", "kind")
SEEDS = range(8)


@dataclass
class Damage:
    """A file, and what must come of it: the same table as before (`reads`), or an error at `line` and `column`."""

    content: bytes | None
    reads: bool = False
    line: int | None = None
    column: str | None = None
    says: str = ""
    target: str = "kind"


def good(draw):
    """The rows of a file in order, header first."""
    kinds = ["cat", "kitten"] * 6
    return [list(COLUMNS)] + [[f"{draw.gauss(4, 1):.3f}", str(draw.randint(10, 40)), str(k), kinds[k]] for k in range(12)]


def written(rows, separator=",", end="\n"):
    return "".join(separator.join(row) + end for row in rows).encode()


def somewhere(draw, rows, columns=3):
    """A row under the header, its line in the file, and a column among the first."""
    i, k = draw.randrange(1, len(rows)), draw.randrange(columns)
    return i, i + 1, k


def cell(text, says):
    """Another text in a place that should hold a number."""

    def damage(draw):
        rows = good(draw)
        i, line, k = somewhere(draw, rows)
        rows[i][k] = text
        return Damage(written(rows), line=line, column=COLUMNS[k], says=says)

    return damage


def same(change):
    """A way to write the table that changes nothing."""
    return lambda draw: Damage(change(draw, written(good(draw))), reads=True)


def whole(content, says, **place):
    return lambda draw: Damage(content, says=says, **place)


def short_row(draw):
    rows = good(draw)
    i, line, k = somewhere(draw, rows)
    del rows[i][k + 1 :]
    return Damage(written(rows), line=line, column=COLUMNS[k + 1], says="the header names 4")


def long_row(draw):
    rows = good(draw)
    i, line, k = somewhere(draw, rows)
    rows[i].insert(k, "1")
    return Damage(written(rows), line=line, says="5 cells")


def open_quote(draw):
    rows = good(draw)
    i, line, k = somewhere(draw, rows)
    rows[i][k] = '"' + rows[i][k]
    return Damage(written(rows), line=line, column=COLUMNS[k], says="never closed")


def text_after_quote(draw):
    rows = good(draw)
    i, line, k = somewhere(draw, rows)
    rows[i][k] = f'"{rows[i][k]}"kg'
    return Damage(written(rows), line=line, says="closing quote")


def nul(draw):
    rows = good(draw)
    i, line, k = somewhere(draw, rows)
    rows[i][k] += "\0"
    return Damage(written(rows), line=line, column=COLUMNS[k], says="NUL")


def latin_1(draw):
    rows = good(draw)
    i, line, k = somewhere(draw, rows, 4)
    rows[i][k] = "@"
    return Damage(written(rows).replace(b"@", "é".encode("latin-1")), line=line, column=COLUMNS[k], says="0xe9")


def mixed_line_ends(draw, content):
    return b"".join(line + draw.choice([b"\n", b"\r\n", b"\n\n", b"\r"]) for line in content.splitlines())


def empty_column(draw):
    rows = good(draw)
    k = draw.randrange(3)
    for row in rows[1:]:
        row[k] = ""
    return Damage(written(rows), line=2, column=COLUMNS[k], says="empty")


def no_header(draw):
    return Damage(written(good(draw)[1:]), says="lack a line of names")


def numbers_for_names(draw):
    return Damage(written([["0", "1", "2", "3"], *good(draw)[1:]]), line=1, says="names of the columns")


def name_twice(draw):
    rows = good(draw)
    i, j = draw.sample(range(4), 2)
    rows[0][i] = rows[0][j]
    return Damage(written(rows), line=1, column=rows[0][j], says="two columns")


def name_missing(draw):
    rows = good(draw)
    k = draw.randrange(4)
    rows[0][k] = " "
    return Damage(written(rows), line=1, says=f"column {k + 1} of the header")


def one_class(draw):
    rows = good(draw)
    for row in rows[1:]:
        row[3] = "cat"
    return Damage(written(rows), column="kind", says="nothing to tell apart")


def target_missing(draw):
    rows = good(draw)
    i, line, _ = somewhere(draw, rows)
    rows[i][3] = draw.choice(["", " ", "NA", "?"])
    return Damage(written(rows), line=line, column="kind", says="target is missing")


def slip_in_quantities(draw):
    """A text in a column to predict that holds numbers otherwise."""
    rows = [["a", "y"]] + [[str(k), f"{draw.gauss(0, 1):.4f}"] for k in range(30)]
    i, line, _ = somewhere(draw, rows)
    rows[i][1] = "?x"
    return Damage(written(rows), line=line, column="y", says="not a number", target="y")


def wrong_target(draw):
    return Damage(written(good(draw)), says="no target column 'kin'. Did you mean 'kind'", target="kin")


def binary(draw):
    return Damage(b"\x89PNG\r\n\x1a\n" + draw.randbytes(300), line=1, says="not utf-8 text, byte 0x89")


DAMAGES = {
    "short row": short_row,
    "long row": long_row,
    "open quote": open_quote,
    "text after a quote": text_after_quote,
    "NUL": nul,
    "latin-1": latin_1,
    "byte order mark": same(lambda draw, content: b"\xef\xbb\xbf" + content),
    "utf-16": same(lambda draw, content: content.decode().encode("utf-16")),
    "utf-16 without its mark": lambda draw: Damage(written(good(draw)).decode().encode("utf-16-le"), line=1, says="UTF-16"),
    "mixed line ends": same(mixed_line_ends),
    "other separator": same(lambda draw, content: content.replace(b",", draw.choice([b";", b"\t", b"|"]))),
    "spaces": same(lambda draw, content: content.replace(b",", b" ,  ")),
    "quoted": same(lambda draw, content: b'"' + content.replace(b",", b'","').replace(b"\n", b'"\n"')[:-1]),
    "blank lines": same(lambda draw, content: b"\n  \n" + content.replace(b"\n", b"\n\n") + b"\n\n"),
    "empty column": empty_column,
    "no header": no_header,
    "numbers for names": numbers_for_names,
    "name twice": name_twice,
    "name missing": name_missing,
    "missing number": cell("", "empty"),
    "nan": cell("NaN", "missing value"),
    "inf": cell("-inf", "not a finite number"),
    "too large": cell("9" * 400, "not a finite number"),
    "text for a number": cell("heavy", "'heavy' is not a number"),
    "underscore": cell("1_0", "not a number"),
    "decimal comma": cell('"1,5"', "decimal point"),
    "huge cell": lambda draw: cell("x" * 200_000, "longer than")(draw),
    "one class": one_class,
    "target missing": target_missing,
    "slip in quantities": slip_in_quantities,
    "wrong target": wrong_target,
    "binary": binary,
    "empty": whole(b"", "empty"),
    "only spaces": whole(b"\n \r\n\t", "empty"),
    "only a header": whole(b"kg,cm,age,kind\n", "no row under it"),
    "a folder": whole(None, "folder"),
}
assert len(DAMAGES) * len(SEEDS) >= 200


def made(name, seed):
    draw = random.Random(f"{name} {seed}")
    damage = DAMAGES[name](draw)
    if name == "huge cell":
        damage.column = None  # the csv module does not say which
    return damage


def put(damage, path):
    if damage.content is None:
        path.mkdir(exist_ok=True)
    else:
        path.write_bytes(damage.content)
    return path


def original(name, seed, tmp_path):
    """The file before the damage: the same numbers are drawn first."""
    path = tmp_path / "good.csv"
    path.write_bytes(written(good(random.Random(f"{name} {seed}"))))
    return data.read_csv(path, "kind")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_file_is_read_right_or_refused_at_its_place(name, seed, tmp_path):
    damage = made(name, seed)
    path = put(damage, tmp_path / "bad.csv")
    if damage.reads:
        read, expected = data.read_csv(path, damage.target), original(name, seed, tmp_path)
        assert (read.x, read.y, read.feature_names) == (expected.x, expected.y, expected.feature_names)
        return
    with pytest.raises(DataError) as caught:
        data.read_csv(path, damage.target)
    assert damage.says in str(caught.value)
    assert (caught.value.line, caught.value.column) == (damage.line, damage.column)
    assert len(str(caught.value)) < 1000


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A network that was trained on a good file and saved."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "good.csv").write_bytes(written(good(random.Random(0))))
    options = ["--target", "kind", "--epochs", "1", "--hidden", "2", "--engine", "eager", "--quiet"]
    assert main(["train", str(folder / "good.csv"), *options, "--save", str(folder / "model.json")]) == 0
    return (folder / "model.json").read_bytes()


@pytest.mark.parametrize("name", DAMAGES)
def test_the_command_line_says_what_is_wrong_and_keeps_what_was_saved(name, model, tmp_path, capsys):
    saved, answers = tmp_path / "model.json", tmp_path / "answers.csv"
    options = ["--epochs", "1", "--hidden", "2", "--engine", "eager", "--quiet", "--save", str(saved)]
    for seed in SEEDS:
        damage = made(name, seed)
        bad = put(damage, tmp_path / "bad.csv")
        saved.write_bytes(model)
        answers.write_text("before")

        code = main(["predict", str(saved), str(bad), "-o", str(answers)])
        error = capsys.readouterr().err
        assert saved.read_bytes() == model
        if damage.reads:
            assert code == 0
        elif code:
            assert code == 1
            assert error.startswith("autograd-lite predict: ")
            assert error.count("\n") == 1
            assert answers.read_text() == "before"

        code = main(["evaluate", str(saved), str(bad), "--target", damage.target])
        captured = capsys.readouterr()
        assert code == (0 if damage.reads or name == "one class" else 1)
        assert saved.read_bytes() == model
        if code:
            assert captured.err.startswith("autograd-lite evaluate: ")
            assert captured.err.count("\n") == 1
            assert captured.out == ""

        code = main(["train", str(bad), "--target", damage.target, *options])
        error = capsys.readouterr().err
        assert code == (0 if damage.reads else 1)
        if code:
            assert error.startswith("autograd-lite train: ")
            assert damage.says in error
            assert error.count("\n") == 1
            assert saved.read_bytes() == model


# What a model does not read, it does not mind.
_BESIDE_THE_INPUTS = {"target missing", "one class", "wrong target"}
_GAPS = {"missing number", "nan"}


@pytest.mark.parametrize("name", [name for name in DAMAGES if name not in _BESIDE_THE_INPUTS])
def test_predictions_are_never_made_from_damaged_inputs(name, model, tmp_path, capsys):
    (tmp_path / "model.json").write_bytes(model)
    for seed in SEEDS:
        damage = made(name, seed)
        if damage.reads or damage.column == "kind":
            continue
        code = main(["predict", str(tmp_path / "model.json"), str(put(damage, tmp_path / "bad.csv"))])
        captured = capsys.readouterr()
        if name in _GAPS:  # all other rows have answers
            blank = [k for k, line in enumerate(captured.out.splitlines(), 1) if line.endswith(",,")]
            assert (code, blank) == (0, [damage.line])
            assert captured.err == "1 of 12 rows has a cell without a value, and no answer\n"
        else:
            assert (code, captured.out) == (1, "")


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch, capsys):
    path = tmp_path / "secret.csv"
    path.write_bytes(written(good(random.Random(0))))

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(decoding, "read_whole", refuse)
    assert main(["train", str(path), "--target", "kind"]) == 1
    assert capsys.readouterr().err == f"autograd-lite train: {path}: the file cannot be read (Permission denied)\n"


@pytest.mark.parametrize("path", ["good.csv/deeper.csv", "x" * 5000 + ".csv"])
def test_paths_that_lead_nowhere(path, tmp_path):
    (tmp_path / "good.csv").write_bytes(written(good(random.Random(0))))
    with pytest.raises(DataError, match="cannot be read"):
        data.read_csv(tmp_path / path, "kind")
