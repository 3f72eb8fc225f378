"""CSV files: what is read, and that everything else is refused with its line and column."""

import contextlib
import math
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograd_lite import data
from autograd_lite.data import DataError, cells

CATS = "kg,cm,kind\n4.5,33,cat\n0.9,14,kitten\n5.1,35,cat\n1.1,16,kitten\n"


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="cats.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


def test_texts_in_the_target_are_classes(write):
    cats = data.read_csv(write(CATS), "kind")
    assert cats.x == [[4.5, 33.0], [0.9, 14.0], [5.1, 35.0], [1.1, 16.0]]
    assert cats.class_names == ("cat", "kitten")
    assert cats.y == [0, 1, 0, 1]
    assert cats.feature_names == ("kg", "cm")


def test_numbers_in_the_target_make_a_regression(write):
    cats = data.read_csv(write(CATS), "kg", ignore=["kind"])
    assert cats.task == "regression"
    assert cats.y == [4.5, 0.9, 5.1, 1.1]


def test_few_whole_numbers_are_classes_unless_told_otherwise(write):
    path = write("a,y\n" + "".join(f"{k},{k % 3}\n" for k in range(9)))
    assert data.read_csv(path, "y").class_names == ("0", "1", "2")
    assert data.read_csv(path, "y", task="regression").task == "regression"
    many = write("a,y\n" + "".join(f"{k},{k}\n" for k in range(9)))
    assert data.read_csv(many, "y").task == "regression"


@pytest.mark.parametrize(
    "content",
    [
        CATS.replace(",", ";"),
        CATS.replace(",", "\t"),
        CATS.replace(",", "|"),
        CATS.replace("\n", "\r\n"),
        CATS.replace("\n", "\n\n"),
        "\n\n" + CATS,
        CATS.rstrip("\n"),
        CATS.replace(",", " , "),
        "".join('"' + '","'.join(line.split(",")) + '"\n' for line in CATS.splitlines()),
        b"\xef\xbb\xbf" + CATS.encode(),
        CATS.encode("utf-16"),
    ],
    ids=["semicolon", "tab", "bar", "crlf", "blank", "blank-first", "no-end", "spaces", "quoted", "utf-8-sig", "utf-16"],
)
def test_ways_to_write_the_same_table(write, content):
    assert data.read_csv(write(content), "kind").x == data.read_csv(write(CATS, "plain.csv"), "kind").x


def test_quoted_cells_keep_separators_and_line_ends(write):
    path = write('a,"b, in cm",kind\n1,2,"a ""big"" cat"\n3,4,"two\nlines"\n')
    cats = data.read_csv(path, "kind")
    assert cats.feature_names == ("a", "b, in cm")
    assert set(cats.class_names) == {'a "big" cat', "two\nlines"}


def test_the_line_is_right_after_a_cell_of_two_lines(write):
    with pytest.raises(DataError) as caught:
        data.read_csv(write('a,kind\n1,"two\nlines"\n\nx,b\n2,b\n'), "kind")
    assert (caught.value.line, caught.value.column) == (5, "a")


def test_korean_in_its_own_encoding(write):
    content = "키,이름\n1.5,가\n2.5,나\n".encode("cp949")
    assert data.read_csv(write(content), "이름", encoding="cp949").class_names == ("가", "나")
    with pytest.raises(DataError, match="cp949") as caught:
        data.read_csv(write(content), "이름")
    assert caught.value.line == 1


@pytest.mark.parametrize(
    ("content", "line", "column", "says"),
    [
        ("", None, None, "empty"),
        ("\n \n", None, None, "empty"),
        ("\ufeff", None, None, "empty"),
        ("a,kind\n", None, None, "no row"),
        ("1,2\n3,4\n", 1, None, "names"),
        ("a,,kind\n1,2,3\n", 1, None, "column 2"),
        (",a,kind\n0,2,3\n", 1, None, "index=False"),
        ("a,a,kind\n1,2,3\n", 1, "a", "two columns"),
        ("a,kind\n1,x\n2\n", 3, "kind", "1 cell, but the header names 2"),
        ("a,kind\n1,x\n2,y,z\n", 3, None, "quotes"),
        ("a,kind\n1,x\n,y\n", 3, "a", "empty"),
        ("a,kind\n1,x\nNA,y\n", 3, "a", "missing"),
        ("a,kind\n1,x\ntwo,y\n", 3, "a", "'two' is not a number"),
        ('a;kind\n1.5;x\n"2,5";y\n', 3, "a", "decimal point"),
        ("a,kind\n1,x\n1_000,y\n", 3, "a", "not a number"),
        ("a,kind\n1,x\n0x10,y\n", 3, "a", "not a number"),
        ("a,kind\n1,x\ninf,y\n", 3, "a", "finite"),
        ("a,kind\n1,x\n1e999,y\n", 3, "a", "finite"),
        ("a,kind\nred,x\nblue,y\n", 2, "a", "leave the column out"),
        ("a,kind\n1,x\n2,\n", 3, "kind", "target is missing"),
        ("a,kind\n1,x\n2,x\n", None, "kind", "nothing to tell apart"),
        ("kind\nx\ny\n", None, None, "no column is left"),
        ("a,other\n1,x\n", None, None, "no target column 'kind'"),
        ("a,Kind\n1,x\n", None, None, "Did you mean 'Kind'"),
        ('a,kind\n1,"x\n2,y\n', 2, "kind", "never closed"),
        ('a,kind\n1,x\n"2"3,y\n', 3, None, "written twice"),
        ("a,kind\n1,x\0\n", 2, "kind", "NUL"),
        ("5.1,4.9,kitten\n1,2,x\n", None, None, "lack a line of names"),
        (b"a,kind\n1,x\n2,\xff\n", 3, "kind", "0xff"),
        (b'a,kind\r1,"x\rz"\r\xff,x', 4, "a", "0xff"),
        (b"PK\x03\x04\x14\x00\x06\x00binary\x80\x81", 1, None, "not utf-8"),
        ("a,kind\n" + "".join(f"{k},{k}.5\n" for k in range(40)) + "1,12.x\n", 42, "kind", "not a number"),
    ],
)
def test_a_bad_file_is_refused_at_its_place(write, content, line, column, says):
    with pytest.raises(DataError, match=says) as caught:
        data.read_csv(write(content), "kind")
    assert (caught.value.line, caught.value.column) == (line, column)


def test_rows_with_missing_cells_can_be_dropped(write):
    path = write("a,b,kind\n1,,x\n2,3,y\n?,1,x\n5,6,x\n7,8,\n")
    kept = data.read_csv(path, "kind", missing="drop")
    assert kept.x == [[2.0, 3.0], [5.0, 6.0]]
    with pytest.raises(DataError, match="every row"):
        data.read_csv(write("a,kind\n,x\n"), "kind", missing="drop")


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        data.read_csv(tmp_path / "none.csv", "y")
    with pytest.raises(DataError, match="folder"):
        data.read_csv(tmp_path, "y")
    with pytest.raises(DataError):
        data.read_csv("a\0b", "y")


@pytest.mark.parametrize("encoding", ["idna", "punycode", "undefined", "rot13", "utf_32"])
def test_text_that_is_not_in_the_encoding_is_refused_in_any(write, encoding):
    with pytest.raises(DataError):
        data.read_csv(write("a,b\n1,é\n2,ü\n"), "b", encoding=encoding)


def test_options_that_make_no_sense(write):
    path = write(CATS)
    for options in ({"task": "ranking"}, {"missing": "mean"}, {"ignore": ["x"]}, {"ignore": ["kind"]}):
        with pytest.raises(DataError):
            data.read_csv(path, "kind", **options)
    assert data.read_csv(path, "kind", ignore="kg").feature_names == ("cm",)
    with pytest.raises(DataError, match="no encoding"):
        data.read_csv(path, "kind", encoding="latin-99")
    for delimiter in ("", ",,", '"', "\n"):
        with pytest.raises(DataError, match="one character"):
            data.read_csv(path, "kind", delimiter=delimiter)


def test_load_asks_for_the_target_by_listing_the_columns(write):
    with pytest.raises(DataError, match="kg, cm, kind"):
        data.load(write(CATS))
    assert len(data.load(str(write(CATS)), target="kind")) == 4


def test_columns_for_a_model_are_found_by_name_in_any_order(write):
    rows, table = data.read_features(write("kind,cm,extra,kg\ncat,33,?,4.5\n"), ["kg", "cm"])
    assert rows == [[4.5, 33.0]]
    assert data.read_targets(table, "kind", ["kitten", "cat"]) == [1]
    with pytest.raises(DataError, match="not a class"):
        data.read_targets(table, "kind", ["kitten", "dog"])
    with pytest.raises(DataError, match="no column 'age'"):
        data.read_features(write(CATS), ["age"])


def test_numeric_class_labels_are_matched_however_they_are_written(write):
    _, table = data.read_features(write("a,y\n1,1.0\n2,01\n3,0\n"), ["a"])
    assert data.read_targets(table, "y", ["0", "1"]) == [1, 1, 0]


finite = st.floats(allow_nan=False, allow_infinity=False)
texts = st.sampled_from(["", "1_0", "x", "inf", "nan", " 7", "1e999", "0x1", "\u0661", "-"])


@given(st.lists(st.tuples(finite.map(repr) | texts, finite.map(repr) | texts), min_size=1, max_size=5))
def test_whole_columns_and_single_cells_are_read_by_one_rule(rows):
    """A table is converted by columns; the rule for one cell, applied to each, must give the same."""
    table = data.Table("t", ("a", "b"), rows, list(range(len(rows))))
    if all(cells.reads_as_number(cell) and math.isfinite(float(cell)) for row in rows for cell in row):
        assert cells.rows_of_numbers(table, [0, 1]) == [[float(a), float(b)] for a, b in rows]
    else:
        with pytest.raises(DataError):
            cells.rows_of_numbers(table, [0, 1])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2), min_size=1, max_size=8))
def test_floats_are_read_to_the_bit(write, rows):
    path = write("a,b\n" + "".join(f"{a!r},{b!r}\n" for a, b in rows))
    made = data.read_csv(path, "b", task="regression")
    assert [[x[0], y] for x, y in made] == rows


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**9))
def test_a_damaged_file_is_read_or_refused_never_a_crash(write, seed):
    draw = random.Random(seed)
    content = bytearray(CATS.encode())
    for _ in range(draw.randint(1, 6)):
        place = draw.randrange(len(content) + 1)
        match draw.randrange(3):
            case 0:
                content[place:place] = bytes(draw.choice(b',;"\n\r\0\xff\xef 1a') for _ in range(draw.randint(1, 3)))
            case 1:
                del content[place : place + draw.randint(1, 5)]
            case _:
                content[place : place + 1] = bytes([draw.randrange(256)])
    with contextlib.suppress(DataError):
        data.read_csv(write(bytes(content)), "kind")
