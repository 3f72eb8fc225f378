"""Training on arrays: the same to the bit as on lists, and no row is taken apart."""

import tracemalloc
from array import array

import pytest

from autograd_lite import Value, nn
from autograd_lite.matrix import Matrix
from autograd_lite.nn.training.samples import read_samples

np = pytest.importorskip("numpy")
RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
FORMS = {
    "float64": X,
    "Fortran": np.asfortranarray(X),
    "strided": np.repeat(X, 2, axis=0)[::2],
    "backwards": X[::-1].copy()[::-1],
    "big-endian": X.astype(">f8"),
    "read-only": np.broadcast_to(X, X.shape),
}


def train(x, y, outputs=1, **options):
    options = {"optimizer": "adam", "lr": 0.05, "epochs": 4, "batch_size": 16, **options}
    model = nn.MLP(4, [5, outputs], activation="tanh", seed=1)
    history = nn.fit(model, x, y, **options)
    return history.losses, history.accuracies, [one.data for one in model.parameters()]


@pytest.mark.parametrize("engine", ["eager", "python", "llvm"])
@pytest.mark.parametrize("form", FORMS)
def test_arrays_train_as_lists_do(form, engine):
    if engine == "llvm":
        pytest.importorskip("llvmlite")
    y = X[:, 0] - X[:, 1]
    assert train(FORMS[form], y, loss="mse", engine=engine) == train(X.tolist(), y.tolist(), loss="mse", engine=engine)


@pytest.mark.parametrize("engine", ["eager", "llvm"])
def test_classes_weights_and_several_targets(engine):
    pytest.importorskip("llvmlite")
    classes = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
    weights = RNG.uniform(0.5, 2.0, len(X))
    for y, options in (
        (classes, {"outputs": 3, "loss": "cross_entropy"}),
        (classes, {"outputs": 3, "loss": "cross_entropy", "sample_weight": weights}),
        (np.eye(3)[classes], {"outputs": 3, "loss": "cross_entropy"}),
        (X[:, :2], {"outputs": 2, "loss": "huber"}),
        ((classes > 0).astype(float), {"loss": "bce_with_logits"}),
    ):
        lists = {name: one.tolist() if hasattr(one, "tolist") else one for name, one in options.items()}
        assert train(X, y, engine=engine, **options) == train(X.tolist(), y.tolist(), engine=engine, **lists)


def test_float32_and_integers_are_computed_in_double():
    y = X[:, 0]
    short, whole = X.astype(np.float32), np.round(X * 10).astype(np.int64)
    for x in (short, whole):
        assert train(x, y, loss="mse", engine="eager") == train(
            x.astype(float).tolist(), y.tolist(), loss="mse", engine="eager"
        )


def test_a_run_on_lists_goes_on_with_arrays(tmp_path):
    y, path = X[:, 0], tmp_path / "run.json"
    options = {"loss": "mse", "engine": "eager", "checkpoint": path}
    train(X.tolist(), y.tolist(), **options)
    assert train(X, y, resume=True, **{**options, "epochs": 8}) == train(X, y, loss="mse", engine="eager", epochs=8)


def test_what_is_not_finite_is_named():
    x = X.copy()
    x[3, 2] = np.inf
    with pytest.raises(ValueError, match="row 3"):
        train(x, X[:, 0], loss="mse")


@pytest.mark.parametrize(
    "wrong", [X.astype(complex), X.astype(str), X.astype("datetime64[s]"), np.zeros((0, 4)), np.zeros((60, 4, 2))]
)
def test_other_arrays_are_refused_as_before(wrong):
    with pytest.raises((ValueError, TypeError)):
        train(wrong, [0.0] * len(wrong), loss="mse")


def test_rows_are_not_taken_apart():
    x, y = np.zeros((20_000, 50)), np.zeros(20_000)
    tracemalloc.start()
    read_samples(x, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * x.nbytes


def test_a_matrix_is_a_sequence_of_rows():
    rows = Matrix(array("d", map(float, range(12))), 3)
    assert list(rows) == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0], [9.0, 10.0, 11.0]]
    assert rows[-1] == rows[3] == rows[3:][0]
    assert list(rows.chosen([2, 0])) == [rows[2], rows[0]]
    for k in (4, -5):
        with pytest.raises(IndexError):
            rows[k]
    assert Matrix.of([[1.0]]) is None
    assert Matrix.of(np.array([[Value(1.0)]])) is None
    assert read_samples(X, X[:, 0]).digest() == read_samples(X.tolist(), X[:, 0].tolist()).digest()
