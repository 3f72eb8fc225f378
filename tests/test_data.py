"""Data sets, generated and bundled, and what is done to rows before training."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_lite import data
from autograd_lite.data import DataError, Dataset, Scaler

# --- the data set itself ---------------------------------------------------------------------------------------------


def test_names_are_made_up_where_none_are_given():
    made = Dataset("d", [[1.0, 2.0], [3.0, 4.0]], [0, 1])
    assert made.feature_names == ("x1", "x2")
    assert made.class_names == ("0", "1")
    assert made.labels == [0, 1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (([], []), "no rows"),
        (([[1.0]], [0, 1]), "1 rows but 2 targets"),
        (([[]], [0]), "empty"),
        (([[1.0], [1.0, 2.0]], [0, 1]), "row 1 has 2 numbers"),
        (([[1.0], [math.nan]], [0, 1]), "column 'x1'.*row 1 holds nan"),
        (([[1.0, 2.0], [1.0, "2"]], [0, 1]), "column 'x2'.*row 1 holds '2'"),
        (([[1.0], [10**400]], [0, 1]), "column 'x1'.*row 1 holds 1000"),
        (([[1e308, 1e308, math.inf]], [0]), "column 'x3'.*row 0 holds inf"),
        (([1.0, 2.0], [0, 1]), "list of rows"),
        (([[1.0], [2.0]], [0.5, "x"], (), (), "regression"), "column 'target'.*row 1 holds 'x'"),
        (([[1.0], [2.0]], [0.5, 1]), "class indices"),
        (([[1.0], [2.0]], [-1, 1]), "class indices"),
        (([[1.0], [2.0]], [0, 1], ("a", "b")), "2 names for 1"),
        (([[1.0], [2.0]], [0, 2], (), ("a", "b")), "class 2 has no name"),
        (([[1.0]], [math.inf], (), (), "regression"), "finite"),
        (([[1.0]], [0], (), (), "ranking"), "ranking"),
    ],
)
def test_what_is_no_data_set_is_refused(arguments, says):
    with pytest.raises(DataError, match=says):
        Dataset("d", *arguments)


def test_numbers_whose_sum_is_out_of_range_are_finite_all_the_same():
    assert Dataset("d", [[1.7e308, 1.7e308]], [0]).x == [[1.7e308, 1.7e308]]


def test_a_regression_has_no_labels():
    with pytest.raises(DataError, match="no class labels"):
        _ = data.sine().labels


# --- generated -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["moons", "circles", "spirals", "xor_blobs", "blobs", "sine", "polynomial"])
def test_a_seed_gives_the_same_rows_again_and_another_seed_others(name):
    make = getattr(data, name)
    assert make(seed=3) == make(seed=3)
    assert make(seed=3).x != make(seed=4).x
    assert len(make(47)) == 47


@pytest.mark.parametrize("name", ["moons", "circles", "spirals", "xor_blobs", "blobs"])
def test_classes_are_of_equal_size_and_mixed(name):
    made = getattr(data, name)(120)
    assert len(set(made.class_counts.values())) == 1
    assert made.labels != sorted(made.labels)


@pytest.mark.parametrize("name", ["moons", "circles", "spirals", "xor_blobs", "sine", "polynomial"])
@pytest.mark.parametrize(
    "bad", [{"n": 0}, {"n": 2.5}, {"n": "5"}, {"noise": -1.0}, {"noise": math.nan}, {"noise": "a"}, {"seed": None}]
)
def test_sizes_and_noises_that_make_no_sense(name, bad):
    with pytest.raises(DataError):
        getattr(data, name)(**bad)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("spirals", {"arms": 1}),
        ("spirals", {"arms": 2.5}),
        ("blobs", {"centers": 1}),
        ("circles", {"factor": 1.0}),
        ("polynomial", {"coefficients": ()}),
        ("polynomial", {"reach": math.nan}),
        ("sine", {"periods": 0.0}),
        ("gate", {"name": 5}),
    ],
)
def test_shapes_that_make_no_sense(name, bad):
    with pytest.raises(DataError):
        getattr(data, name)(**bad)


def test_moons_without_noise_are_half_circles():
    for (x, y), label in data.moons(60, noise=0.0):
        centre = (1.0, 0.5) if label else (0.0, 0.0)
        assert math.dist((x, y), centre) == pytest.approx(1.0)
        assert (y <= 0.5 + 1e-12) if label else (y >= -1e-12)


def test_moons_are_scikit_learns():
    datasets = pytest.importorskip("sklearn.datasets")
    points, labels = datasets.make_moons(40, noise=None)
    theirs = sorted((label, round(x, 9), round(y, 9)) for (x, y), label in zip(points.tolist(), labels, strict=True))
    ours = sorted((label, round(x, 9), round(y, 9)) for (x, y), label in data.moons(40, noise=0.0))
    assert [o[0] for o in ours] == [t[0] for t in theirs]
    for our, their in zip(ours, theirs, strict=True):
        assert our == pytest.approx(their, abs=1e-8)


def test_circles_without_noise_have_the_two_radii():
    for row, label in data.circles(40, noise=0.0, factor=0.3):
        assert math.hypot(*row) == pytest.approx(0.3 if label else 1.0)


def test_the_noise_has_the_deviation_asked_for():
    clean, noisy = data.sine(4000, noise=0.0), data.sine(4000, noise=0.3)
    differences = [b - a for a, b in zip(clean.y, noisy.y, strict=True)]
    assert math.sqrt(sum(d * d for d in differences) / 4000) == pytest.approx(0.3, rel=0.05)


@pytest.mark.parametrize("arms", [2, 3, 5])
def test_spiral_arms_do_not_meet(arms):
    made = data.spirals(60 * arms, arms=arms, noise=0.0)
    between = min(math.dist(p, q) for p, a in made for q, b in made if a != b)
    assert between > 0.05
    assert made.n_classes == arms


def test_the_gates_are_their_truth_tables():
    python = {"and": lambda a, b: a and b, "or": lambda a, b: a or b, "nand": lambda a, b: not (a and b)}
    python |= {"nor": lambda a, b: not (a or b), "xor": lambda a, b: a != b, "xnor": lambda a, b: a == b}
    for name, function in python.items():
        table = data.gate(name)
        assert table.complete
        assert [int(function(*row)) for row in table.x] == table.y
    with pytest.raises(DataError, match="'nand'"):
        data.gate("nnd")


def test_the_toy_table_has_four_inputs_and_both_answers():
    table = data.toy_table()
    assert table.n_features == 4
    assert table.class_counts == {"not liked": 16, "liked": 16}


# --- bundled ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rows", "features", "classes"),
    [
        ("iris", 150, 4, 3),
        ("wine", 178, 13, 3),
        ("breast_cancer", 569, 30, 2),
        ("digits", 1797, 64, 10),
        ("diabetes", 442, 10, 0),
    ],
)
def test_scikit_learns_data_sets(name, rows, features, classes):
    pytest.importorskip("sklearn")
    found = data.load(name)
    assert (len(found), found.n_features, found.n_classes) == (rows, features, classes)
    assert all(type(cell) is float for cell in found.x[0])


def test_without_scikit_learn_the_message_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r'pip install "autograd-lite\[data\]"'):
        data.load("iris")


# --- by name ---------------------------------------------------------------------------------------------------------


def test_names_in_any_case_and_spelling():
    assert data.load("Breast-Cancer").name == "breast_cancer"
    assert data.load("XOR").y == [0, 1, 1, 0]


def test_an_unknown_name_suggests_the_nearest_one():
    with pytest.raises(DataError, match="'moons'"):
        data.load("mons")


def test_an_option_that_a_source_does_not_take():
    with pytest.raises(DataError, match="it takes n, noise, seed"):
        data.load("moons", arms=3)
    with pytest.raises(DataError, match="it takes none"):
        data.load("xor", n=3)


# --- scaling ---------------------------------------------------------------------------------------------------------

columns = st.lists(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), min_size=1, max_size=20)


@given(columns, st.sampled_from(["standard", "minmax", "none"]))
def test_inverse_undoes_transform(rows, method):
    scaler = Scaler.fit(rows, method)
    for row, back in zip(rows, scaler.inverse(scaler.transform(rows)), strict=True):
        assert back == pytest.approx(row, rel=1e-9, abs=1e-6)


def test_standard_scaling_is_scikit_learns():
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    rows = [[random.Random(k).gauss(5, 3), float(k), 1e6 + k] for k in range(30)]
    theirs = preprocessing.StandardScaler().fit(rows).transform([[1.0, 2.0, 3.0]])[0].tolist()
    assert Scaler.fit(rows).transform_row([1.0, 2.0, 3.0]) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("constant", [0.0, 7.0, 0.1, 1e300, 5e-324])
def test_a_constant_column_is_only_shifted(constant):
    for method in ("standard", "minmax"):
        assert Scaler.fit([[constant]] * 7, method).transform_row([constant]) == [0.0]


def test_huge_and_tiny_columns():
    scaler = Scaler.fit([[1e200, 1e-200], [3e200, 3e-200]])
    assert scaler.transform_row([3e200, 3e-200]) == pytest.approx([1.0, 1.0])


def test_a_scaler_refuses_rows_of_another_width():
    with pytest.raises(DataError, match="fitted on 1 columns"):
        Scaler.fit([[1.0], [2.0]]).transform_row([1.0, 2.0])


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], "no rows"),
        ([[1.0], [1.0, 2.0]], "row 1 has 2"),
        ([[0.0, 1.0], [0.0, math.nan]], "column 1"),
        ([[1e308], [-1e308]], None),
    ],
)
def test_what_cannot_be_measured(rows, says):
    for method in ("standard", "minmax"):
        if says is None and method == "standard":
            assert Scaler.fit(rows).transform(rows) == [[1.0], [-1.0]]
        else:
            with pytest.raises(DataError, match=says or "column 0.*range"):
                Scaler.fit(rows, method)


def test_the_held_out_rows_do_not_move_the_scale():
    train, held_out = data.train_test_split(data.blobs(40), 0.5)
    far = held_out.with_rows([[1e6, 1e6]] * len(held_out))
    scaler = Scaler.fit(train.x)
    scaled = scaler.transform(train.x)
    for column in zip(*scaled, strict=True):
        assert sum(column) == pytest.approx(0.0, abs=1e-9)
        assert sum(v * v for v in column) == pytest.approx(len(column))
    assert scaler.transform(far.x)[0][0] > 1e5


def test_a_scaler_survives_a_file():
    scaler = Scaler.fit([[1.0, 2.0], [3.0, 5.0]])
    assert Scaler.from_dict(scaler.to_dict()) == scaler


@pytest.mark.parametrize(
    "bad",
    [{}, {"shift": [1.0]}, {"shift": 1, "scale": 2}, {"shift": [1.0], "scale": [0.0]}, {"shift": ["a"], "scale": [1.0]}],
)
def test_a_scaler_from_a_damaged_file(bad):
    with pytest.raises(DataError):
        Scaler.from_dict(bad)


# --- splits ----------------------------------------------------------------------------------------------------------


def numbered(labels):
    return Dataset("d", [[float(k)] for k in range(len(labels))], list(labels), class_names=("a", "b", "c"))


@given(st.lists(st.integers(0, 2), min_size=4, max_size=60), st.floats(0.1, 0.9), st.integers(0, 5))
def test_a_split_loses_no_row_and_keeps_the_proportions(labels, test, seed):
    whole = numbered(labels)
    wanted = round(test * len(labels))
    if not 0 < wanted < len(labels):
        return
    train, held_out = data.train_test_split(whole, test, seed=seed)
    assert len(held_out) == wanted
    assert sorted(train.x + held_out.x) == whole.x
    for name, count in whole.class_counts.items():
        assert abs(held_out.class_counts[name] - count * wanted / len(labels)) <= 2.0
        enough = min(wanted, len(labels) - wanted) >= 6
        if count >= 2 and enough:
            assert train.class_counts[name] > 0
            assert held_out.class_counts[name] > 0


def test_a_split_depends_on_its_seed_only():
    whole = data.moons()
    assert data.train_test_split(whole, seed=1) == data.train_test_split(whole, seed=1)
    assert data.train_test_split(whole, seed=1)[1].x != data.train_test_split(whole, seed=2)[1].x


@pytest.mark.parametrize("test", [0.0, 1.0, -0.5, 2.0, 0.01, math.nan, "half"])
def test_fractions_that_leave_a_side_empty(test):
    with pytest.raises(DataError):
        data.train_test_split(numbered([0, 1, 0, 1]), test)


@given(st.lists(st.integers(0, 2), min_size=5, max_size=40), st.integers(2, 5))
def test_folds_hold_each_row_out_once(labels, k):
    whole = numbered(labels)
    folds = data.k_folds(whole, k)
    assert sorted(row for _, held_out in folds for row in held_out.x) == whole.x
    for train, held_out in folds:
        assert sorted(train.x + held_out.x) == whole.x
        for name, count in whole.class_counts.items():
            assert abs(held_out.class_counts[name] - count / k) <= 1.0 + 1e-9


@pytest.mark.parametrize("k", [3, 1, 2.0])
def test_folds_that_cannot_be(k):
    with pytest.raises(DataError, match="from 2"):
        data.k_folds(numbered([0, 1]), k)


# --- labels ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 6), min_size=1))
def test_one_hot_rows_have_their_one_in_place(labels):
    rows = data.one_hot(labels, 7)
    assert [row.index(1.0) for row in rows] == labels
    assert all(sum(row) == 1.0 for row in rows)


@pytest.mark.parametrize("bad", [[-1], [True], [1.0], ["a"]])
def test_one_hot_refuses_what_is_no_index(bad):
    with pytest.raises(DataError):
        data.one_hot(bad)
    with pytest.raises(DataError, match="0 to 1"):
        data.one_hot([2], 2)


def test_labels_are_numbered_by_size_or_alphabet():
    assert data.encode_labels([10, 9, 10]) == ([1, 0, 1], ("9", "10"))
    assert data.encode_labels(["b", "a"]) == ([1, 0], ("a", "b"))
