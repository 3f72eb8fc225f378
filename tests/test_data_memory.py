"""Data that is in memory already: lists, NumPy arrays, pandas frames, and what is wrong with them, by row and column."""

import math

import pytest

from autograd_lite import data
from autograd_lite.data import DataError


def refused(x, y, says, column=None, **options):
    with pytest.raises(DataError, match=says) as caught:
        data.from_arrays(x, y, **options)
    assert caught.value.column == column


# --- lists -----------------------------------------------------------------------------------------------------------


def test_lists_with_names_for_the_classes():
    made = data.from_arrays([[1], [2]], [1, 1], class_names=["no", "yes"])
    assert made.class_counts == {"no": 0, "yes": 2}
    assert made.x == [[1.0], [2.0]]
    assert type(made.x[0][0]) is float
    assert data.from_arrays([[1], [2]], [1, 2], task="regression").task == "regression"
    assert data.from_arrays([[1], [2]], [0.0, 1.0], class_names=["no", "yes"]).labels == [0, 1]


@pytest.mark.parametrize(
    ("x", "y", "says", "column"),
    [
        ([[1, None], [2, 3]], [0, 1], "row 0 is missing", "x2"),
        ([[1, 2], [2, math.nan]], [0, 1], "row 1 (holds nan|is missing)", "x2"),
        ([[1, 2], [2, math.inf]], [0, 1], "row 1 holds inf", "x2"),
        ([[1, "2"], [2, 3]], [0, 1], "row 0 holds the text '2'", "x2"),
        ([[1], [10**400]], [0, 1], "row 1 holds '1000.*of type int", "x1"),
        ([[1], [1j]], [0, 1], "row 1 holds '1j' of type complex", "x1"),
        ([[1], [[2]]], [0, 1], r"row 1 holds '\[2\]' of type list", "x1"),
        ([[1, 2], [1]], [0, 1], "row 1 has 1 numbers", None),
        ([[1], [2]], [0], "2 rows but 1 targets", None),
        ([[1], [2]], ["a", None], "target of row 1 is missing", None),
        ([[1], [2]], ["a", math.nan], "target of row 1 is missing", None),
        ([[1], [2]], [0.5, math.inf], "row 1 holds inf", "target"),
        ([1, 2], [0, 1], "reshape", None),
        (5, [0, 1], "x is '5'", None),
        (None, [0, 1], "x is 'None'", None),
        ([[1], [2]], "ab", "y is 'ab'", None),
        ([[1], [2]], [[0], [1]], "ravel", None),
    ],
)
def test_what_is_no_table_of_numbers_is_refused_at_its_place(x, y, says, column):
    refused(x, y, says, column)


@pytest.mark.parametrize("label", ["a", 0.5, math.inf, 10.0, -1])
def test_class_names_need_indices(label):
    refused([[1], [2]], [0, label], "indices|no name", class_names=["no", "yes"])


# --- NumPy -----------------------------------------------------------------------------------------------------------


def test_numpy_arrays():
    np = pytest.importorskip("numpy")
    made = data.from_arrays(np.arange(6).reshape(3, 2), np.array([0, 1, 1], dtype=np.int8))
    assert made.x == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    assert made.y == [0, 1, 1]
    assert data.from_arrays(np.eye(2, dtype=np.float32), np.array([True, False])).class_names == ("0", "1")
    assert data.from_arrays(list(np.eye(2)), [0, 1]).x == [[1.0, 0.0], [0.0, 1.0]]


def test_numpy_arrays_that_are_refused():
    np = pytest.importorskip("numpy")
    refused(np.arange(3), [0, 1, 1], "reshape")
    refused(np.eye(2), np.eye(2), "ravel")
    refused(np.full((2, 2), np.nan), [0, 1], "row 0 holds nan", "x1")
    refused(np.ma.masked_invalid([[1.0, 2.0], [3.0, np.nan]]), [0, 1], "row 1 is missing", "x2")
    refused(np.array([["1", "2"]]), [0], "text '1'", "x1")
    refused(np.ones((2, 2, 2)), [0, 1], "of type list", "x1")
    refused(np.array(5), [0, 1], "x is '5'")
    refused(np.empty((0, 2)), [], "no rows")


def test_sparse_matrices_are_to_be_unpacked():
    sparse = pytest.importorskip("scipy.sparse")
    refused(sparse.csr_matrix([[1, 0], [0, 1]]), [0, 1], r"x\.toarray\(\)")


# --- pandas ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def frame():
    pd = pytest.importorskip("pandas")
    kinds = pd.Categorical(["cat", "kitten", "cat"], categories=["kitten", "cat", "lion"])
    return pd.DataFrame({"kg": [4, 1, 3], "cm": [30.5, 14.0, 29.0], "tame": [True, False, True], "kind": kinds})


def test_a_frame_gives_its_columns_names(frame):
    made = data.from_arrays(frame[["kg", "cm", "tame"]], frame["kind"].astype(str))
    assert made.feature_names == ("kg", "cm", "tame")
    assert made.target_name == "kind"
    assert made.class_names == ("cat", "kitten")
    assert made.x == [[4.0, 30.5, 1.0], [1.0, 14.0, 0.0], [3.0, 29.0, 1.0]]


def test_categories_keep_their_order_and_what_does_not_occur_is_no_class(frame):
    made = data.from_arrays(frame[["kg"]], frame["kind"])
    assert made.class_names == ("kitten", "cat")
    assert made.labels == [1, 0, 1]


def test_categories_in_an_input_column_become_inputs_in_their_order(frame):
    made = data.from_arrays(frame, [0, 1, 0])
    assert made.feature_names == ("kg", "cm", "tame", "kind=cat")
    assert made.columns[-1].categories == ("kitten", "cat")
    assert [row[3] for row in made.x] == [1.0, 0.0, 1.0]


def test_missing_cells_of_a_frame_are_named(frame):
    pd = pytest.importorskip("pandas")
    for gap, column in ((float("nan"), "cm"), (None, "cm"), (pd.NA, "cm")):
        holes = frame[["kg", "cm"]].astype(object if gap is pd.NA else float)
        holes.loc[2, "cm"] = gap
        refused(holes, [0, 1, 0], "row 2 (holds nan|is missing)", column)
    refused(pd.DataFrame({"a": pd.array([1, None, 3], dtype="Int64")}), [0, 1, 0], "row 1", "a")
    refused(frame[["kg"]], pd.Series(["a", None, "b"]), "target of row 1 is missing")
    refused(frame[["kg"]], pd.Series(pd.Categorical(["a", None, "b"])), "target of row 1 is missing")
    refused(frame[["kg"]], pd.Series([1.0, None, 2.0]), "target of row 1 is missing")


def test_dates_and_frames_as_targets_are_refused(frame):
    pd = pytest.importorskip("pandas")
    refused(pd.DataFrame({"day": pd.to_datetime(["2020-01-01"] * 3)}), [0, 1, 0], "of type datetime", "day")
    refused(frame[["kg"]], frame[["kind"]], r"frame\['name'\]")
    refused(frame["kg"], [0, 1, 0], "reshape")
