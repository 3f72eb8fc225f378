"""Columns of texts: what becomes of them in files and in memory, back again, and through a saved model."""

import csv
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograd_lite import data
from autograd_lite.cli import main, model_file
from autograd_lite.data import Column, DataError
from autograd_lite.data.numerals import decimal_mark, is_missing, no_number, reads_as_number

COLOURS = ("red", "green", "blue", "green", "red", "blue")


def write(path, header, rows, delimiter=","):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(header)
        writer.writerows(rows)
    return path


@pytest.fixture
def cats(tmp_path):
    """Sixty cats, whose colour decides what they are, beside a column that says nothing."""
    rows = [[f"{3 + k % 5}.5", COLOURS[k % 6], "no" if k % 2 else "yes", "cat" if COLOURS[k % 6] == "red" else "kitten"]
            for k in range(60)]  # fmt: skip
    return write(tmp_path / "cats.csv", ["kg", "colour", "tame", "kind"], rows), rows


@pytest.fixture
def run(capsys):
    def run_main(*argv):
        code = main([str(item) for item in argv])
        found = capsys.readouterr()
        return code, found.out, found.err

    return run_main


# --- files -----------------------------------------------------------------------------------------------------------


def test_texts_become_one_input_each_and_two_texts_one(cats):
    found = data.read_csv(cats[0], "kind")
    assert found.feature_names == ("kg", "colour=blue", "colour=green", "colour=red", "tame=yes")
    assert found.x[:2] == [[3.5, 0.0, 0.0, 1.0, 1.0], [4.5, 0.0, 1.0, 0.0, 0.0]]
    assert found.notes == ("colour: 3 categories, one input each", "tame: no or yes, one input (1 for yes)")
    assert [cells[1:] for cells in data.decode_rows(found.x, found.columns)] == [row[1:3] for row in cats[1]]
    assert data.train_test_split(found)[0].columns == found.columns


@pytest.mark.parametrize(("different", "rows", "read"), [(20, 40, True), (21, 42, False), (20, 39, False), (1, 2, True)])
def test_how_many_texts_are_categories(tmp_path, different, rows, read):
    path = write(tmp_path / "t.csv", ["a", "y"], [[f"v{k % different}", k + 0.5] for k in range(rows)])
    if read:
        assert data.read_csv(path, "y").columns[0].categories == tuple(sorted(f"v{k}" for k in range(different)))
        return
    with pytest.raises(DataError, match=r"leave the column out \(ignore=\['a'\]\)") as caught:
        data.read_csv(path, "y")
    assert caught.value.column == "a"


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("96%", "is a percentage: write 96"),
        ("2024-01-31", "is a date"),
        ("31.01.2024", "is a date"),
        ("1/31/24 10:30", "is a date"),
        ("31 Jan 2024", "is a date"),
        ("12:30", "is a time"),
        ("$1,200", "is an amount of money"),
        ("1,234,567.5", "nothing between thousands"),
    ],
)
def test_quantities_that_cannot_be_read_are_no_categories(tmp_path, cell, says):
    for cells in ([cell] * 6, [*["1.5"] * 5, cell]):
        path = write(tmp_path / "t.csv", ["a", "y"], [[one, k + 0.5] for k, one in enumerate(cells)])
        with pytest.raises(DataError, match=says) as caught:
            data.read_csv(path, "y")
        assert caught.value.column == "a"
        assert caught.value.line == 2 + cells.index(cell)


@pytest.mark.parametrize("cell", ["10-20", "4WD", "<5", "A1", "1/2 inch", "May", "a,b"])
def test_texts_with_digits_are_texts(cell):
    assert no_number(cell) is None


def test_a_unit_among_numbers_and_a_text_among_numbers(tmp_path):
    for cell, says in (("12 kg", "write 12; a unit"), ("4+", "as 5 of the 6 cells of this column are")):
        path = write(tmp_path / "t.csv", ["a", "y"], [[one, k + 0.5] for k, one in enumerate([*"12345", cell])])
        with pytest.raises(DataError, match=says):
            data.read_csv(path, "y")


def test_columns_of_before_read_later_files_alike(cats, tmp_path):
    found = data.read_csv(cats[0], "kind")
    later = write(tmp_path / "new.csv", ["tame", "kind", "x", "colour", "kg"], [["yes", "kitten", "?", "red", "9"]])
    again = data.read_csv(later, "kind", columns=found.columns, class_names=found.class_names)
    assert (again.x, again.y, again.notes) == ([[9.0, 0.0, 0.0, 1.0, 1.0]], [1], ())
    assert data.read_features(later, found.columns)[0] == again.x
    write(later, ["tame", "colour", "kg"], [["yes", "red", "9"], ["yes", "Red", "9"]])
    with pytest.raises(DataError, match=r"'Red' is none of .* blue, green, red\. Did you mean 'red'") as caught:
        data.read_features(later, found.columns)
    assert (caught.value.line, caught.value.column) == (3, "colour")


def test_inputs_of_one_name_are_refused(tmp_path):
    path = write(tmp_path / "t.csv", ["a", "a=y", "t"], [["xy"[k % 2], k, k + 0.5] for k in range(6)])
    with pytest.raises(DataError, match="two inputs would be called 'a=y'"):
        data.read_csv(path, "t")


# --- decimal commas --------------------------------------------------------------------------------------------------


def test_decimal_commas_are_read_where_they_are_certain(tmp_path):
    rows = [["1,288", "0,5"], ["2", "3,25"]]
    path = write(tmp_path / "t.csv", ["a", "y"], rows, ";")
    found = data.read_csv(path, "y")
    assert (found.x, found.y) == ([[1.288], [2.0]], [0.5, 3.25])
    assert found.notes == ("the numbers are read with a decimal comma",)
    assert data.read_features(path, ["a"], decimal=",")[0] == found.x


def test_a_comma_that_may_stand_between_thousands_is_asked_about(tmp_path):
    path = write(tmp_path / "t.csv", ["a", "y"], [["1,288", "1"], ["2,500", "2"]], ";")
    with pytest.raises(DataError, match=r"'1,288' may be 1.288 or 1288: .*decimal=','"):
        data.read_csv(path, "y")
    assert data.read_csv(path, "y", decimal=",").x == [[1.288], [2.5]]
    with pytest.raises(DataError, match="nothing between thousands"):
        data.read_csv(path, "y", decimal=".")
    with pytest.raises(DataError, match=r"the decimal mark is '.' or ','"):
        data.read_csv(path, "y", decimal=";")


def test_a_point_among_decimal_commas_is_never_read_as_one(tmp_path):
    path = write(tmp_path / "t.csv", ["a", "y"], [["1.288", "1,5"], ["2,5", "2"]], ";")
    with pytest.raises(DataError, match="the decimal mark is a comma"):
        data.read_csv(path, "y", decimal=",")


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=6))
def test_a_decimal_comma_is_found_or_asked_about_never_misread(numbers):
    cells = [repr(number).replace(".", ",") for number in numbers]
    mark = decimal_mark(cells)
    if mark == ",":
        assert all(reads_as_number(cell, ",") for cell in cells)
    else:  # thousands are possible in each, or there is no comma at all
        assert mark is None or all("," not in cell for cell in cells)


# --- memory ----------------------------------------------------------------------------------------------------------

names = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=6).map(str.strip)
texts = names.filter(
    lambda text: not (is_missing(text) or reads_as_number(text) or no_number(text) or "," in text or not text)
)


@given(st.lists(texts, min_size=1, max_size=8, unique=True), st.randoms(use_true_random=False))
def test_encoded_then_decoded(categories, draw):
    column = Column("c", tuple(categories))
    cells = [[draw.choice(categories), draw.gauss(0, 1)] for _ in range(5)]
    columns = (column, Column("n"))
    rows = data.encode_rows(cells, columns)
    assert data.decode_rows(rows, columns) == cells
    assert all(sum(row[:-1]) == 1.0 for row in rows) or len(categories) == 2


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(-9, 9), st.sampled_from(["x", "y z", "é"])), min_size=6, max_size=12))
def test_files_lists_and_frames_are_read_alike(tmp_path, rows):
    pd = pytest.importorskip("pandas")
    targets = [k + 0.5 for k in range(len(rows))]
    path = write(tmp_path / "t.csv", ["n", "t", "y"], [[*row, y] for row, y in zip(rows, targets, strict=True)])
    frame = pd.DataFrame(rows, columns=["n", "t"])
    found = [
        data.read_csv(path, "y"),
        data.from_arrays([list(row) for row in rows], targets, feature_names=["n", "t"]),
        data.from_arrays(frame, targets),
        data.from_arrays(frame.astype({"t": "category"}), targets),
    ]
    assert all(
        (one.x, one.columns, one.feature_names) == (found[0].x, found[0].columns, found[0].feature_names) for one in found
    )
    assert data.encode_rows(frame[["t", "n"]], found[0].columns) == found[0].x


def test_memory_drops_and_refuses_as_files_do():
    rows = [["red", 1.0], [None, 2.0], ["blue", 3.0], ["red", float("nan")], ["blue", 5.0], ["red", 6.0], ["blue", 7.0]]
    with pytest.raises(DataError, match=r"row 1 is missing.*missing='drop'") as caught:
        data.from_arrays(rows, range(7), task="regression")
    assert caught.value.column == "x1"
    found = data.from_arrays(rows, [0.5, 0.5, None, 0.5, 1.5, 2.5, 3.5], missing="drop")
    assert found.x == [[1.0, 1.0], [0.0, 5.0], [1.0, 6.0], [0.0, 7.0]]
    assert found.notes[0] == "3 rows with missing cells left out"
    with pytest.raises(DataError, match="row 0: 'green' is none of"):
        data.encode_rows([["green", 1.0]], found.columns)
    with pytest.raises(DataError, match="3 different texts in 3 rows"):
        data.from_arrays([["a"], ["b"], ["c"]], [1.0, 2.0, 3.0])


# --- through a model -------------------------------------------------------------------------------------------------


@pytest.fixture
def model(cats, tmp_path, capsys):
    path = tmp_path / "model.json"
    options = ["--target", "kind", "--epochs", "30", "--engine", "eager", "--hidden", "4", "--quiet"]
    assert main(["train", str(cats[0]), *options, "--save", str(path)]) == 0
    capsys.readouterr()
    return path


def test_the_categories_are_kept_with_the_model(run, cats, model, tmp_path):
    learner = model_file.load(str(model))
    assert learner.columns == data.read_csv(cats[0], "kind").columns
    # One row of one colour alone: the file itself could not tell the categories.
    new = write(tmp_path / "new.csv", ["colour", "tame", "kg"], [["red", "no", "4"], ["green", "no", "4"]])
    code, out, err = run("predict", model, new)
    assert (code, err) == (0, "")
    assert [line.split(",")[3] for line in out.splitlines()[1:]] == ["cat", "kitten"]
    assert "accuracy: 100.0% (60 of 60)" in run("evaluate", model, cats[0])[1]
    write(new, ["colour", "tame", "kg"], [["pink", "no", "4"]])
    code, out, err = run("predict", model, new)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "line 2, column 'colour': 'pink' is none of the values that were learned, blue, green, red" in err


def test_models_without_categories_still_load(model):
    whole = json.loads(model.read_text("utf-8"))
    columns = whole["metadata"]["columns"]
    columns["features"] = ["a", "b", "c", "d", "e"]
    del columns["categories"]
    model.write_text(json.dumps(whole))
    assert model_file.load(str(model)).columns == tuple(map(Column, "abcde"))


@pytest.mark.parametrize(
    "categories", [None, [], {"x": ["a"]}, {"colour": "red"}, {"colour": ["a", "a"]}, {"colour": ["a", 1]}, {}]
)
def test_damaged_categories_are_refused(run, cats, model, categories):
    whole = json.loads(model.read_text("utf-8"))
    whole["metadata"]["columns"]["categories"] = categories
    model.write_text(json.dumps(whole))
    code, out, err = run("predict", model, cats[0])
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert str(model) in err


def test_rows_with_gaps_have_no_answer(run, cats, model, tmp_path):
    rows = [["4", "red", "no", "cat"], ["", "red", "no", "cat"], ["4", "NA", "no", "kitten"], ["5", "blue", "no", "kitten"]]
    gaps = write(tmp_path / "gaps.csv", ["kg", "colour", "tame", "kind"], rows)
    code, out, err = run("predict", model, gaps)
    assert code == 0
    assert err == "2 of 4 rows have a cell without a value, and no answer\n"
    assert [line.split(",")[4:] != ["", ""] for line in out.splitlines()[1:]] == [True, False, False, True]
    code, out, err = run("evaluate", model, gaps)
    assert (code, out) == (1, "")
    assert "(--drop-missing)" in err
    code, out, err = run("evaluate", model, gaps, "--drop-missing", "--json")
    assert (code, err) == (0, "2 rows with missing cells left out\n")
    assert json.loads(out.splitlines()[-1])["rows"] == 2
    write(gaps, ["kg", "colour", "tame"], [["", "red", "no"], ["", "red", "no"]])
    code, out, err = run("predict", model, gaps)
    assert (code, out) == (1, "")
    assert "column 'kg': every row has a missing cell" in err


def test_answers_come_in_the_numbers_of_the_file(run, tmp_path):
    rows = [[f"{k},5", f"{k % 7},25"] for k in range(30)]
    path = write(tmp_path / "t.csv", ["a", "y"], rows, ";")
    options = ["--target", "y", "--epochs", "1", "--engine", "eager", "--hidden", "2", "--save", tmp_path / "m.json"]
    assert "the numbers are read with a decimal comma" in run("train", path, *options)[2]
    line = run("predict", tmp_path / "m.json", path)[1].splitlines()[1]
    assert line.count(";") == 2
    assert reads_as_number(line.split(";")[2], ",")


def test_a_report_shows_texts_and_datasets_writes_them(run, cats, tmp_path):
    pytest.importorskip("matplotlib")
    options = ["--target", "kind", "--epochs", "1", "--engine", "eager", "--hidden", "2", "--quiet", "--lr", "1e-6"]
    assert run("train", cats[0], *options, "--report", tmp_path / "report")[0] == 0
    page = (tmp_path / "report" / "index.html").read_text("utf-8")
    assert "<th>colour</th>" in page
    assert "<td>red</td>" in page or "<td>green</td>" in page
    assert "colour  blue 20, green 20, red 20" in run("datasets", cats[0], "--target", "kind")[1]
    assert run("datasets", cats[0], "--target", "kind", "-o", tmp_path / "again.csv")[0] == 0
    again, before = (data.read_csv(path, "kind") for path in (tmp_path / "again.csv", cats[0]))
    assert (again.x, again.y, again.columns) == (before.x, before.y, before.columns)
