"""The estimators beside scikit-learn's: where the minimum is unique, both find it; and they are used in the same ways."""

import pickle
import subprocess
import sys
import warnings

import pytest
from refusals import refused, says

pytest.importorskip("sklearn")

import numpy as np
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_iris, make_moons, make_multilabel_classification, make_regression
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from autograd_lite import nn
from autograd_lite.estimators import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
MOONS = make_moons(80, noise=0.3, random_state=0)
WEIGHTS = RNG.integers(0, 4, size=80).astype(float)
EXACT = {"solver": "lbfgs", "max_iter": 300, "tol": 0.0, "random_state": 0}
THEIRS = {"solver": "lbfgs", "max_iter": 3000, "tol": 1e-12, "random_state": 0}


# --- the same minimum --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighed"])
def test_no_hidden_layer_is_logistic_regression(weights):
    mine = MLPClassifier((), alpha=0.5, **EXACT).fit(*MOONS, sample_weight=weights)
    reference = LogisticRegression(C=1 / 0.5, tol=1e-10, max_iter=1000).fit(*MOONS, sample_weight=weights)
    assert mine.coefs_[0].ravel() == pytest.approx(reference.coef_.ravel(), rel=1e-3)
    assert mine.intercepts_[0] == pytest.approx(reference.intercept_, abs=1e-3)
    if weights is None:  # theirs takes weights from 1.7 on
        assert mine.loss_ == pytest.approx(TheirClassifier((), alpha=0.5, **THEIRS).fit(*MOONS).loss_, rel=1e-6)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighed"])
def test_no_hidden_layer_is_ridge_regression(weights):
    X, y = make_regression(80, 3, noise=4.0, random_state=0)
    y = y / 50
    mine = MLPRegressor((), "identity", alpha=2.0, **EXACT).fit(X, y, sample_weight=weights)
    reference = Ridge(alpha=2.0).fit(X, y, sample_weight=weights)
    assert mine.coefs_[0].ravel() == pytest.approx(reference.coef_, rel=1e-3)
    assert mine.intercepts_[0][0] == pytest.approx(reference.intercept_, abs=1e-3)
    if weights is None:
        theirs = TheirRegressor(hidden_layer_sizes=(), alpha=2.0, **THEIRS).fit(X, y)
        assert mine.loss_ == pytest.approx(theirs.loss_, rel=1e-6)


def test_three_classes_and_several_labels():
    X, y = (part[::5] for part in load_iris(return_X_y=True))
    mine, theirs = MLPClassifier((), alpha=0.5, **EXACT).fit(X, y), TheirClassifier((), alpha=0.5, **THEIRS).fit(X, y)
    assert mine.loss_ == pytest.approx(theirs.loss_, rel=1e-5)
    assert np.allclose(mine.predict_proba(X), theirs.predict_proba(X), atol=2e-3)
    X, Y = make_multilabel_classification(40, n_features=4, n_classes=3, random_state=0)
    mine, theirs = MLPClassifier((), alpha=0.5, **EXACT).fit(X, Y), TheirClassifier((), alpha=0.5, **THEIRS).fit(X, Y)
    assert mine.loss_ == pytest.approx(theirs.loss_, rel=1e-4)
    assert np.array_equal(mine.predict(X), theirs.predict(X))
    assert np.allclose(mine.predict_proba(X), theirs.predict_proba(X), atol=1e-2)
    assert mine.score(X, Y) == accuracy_score(Y, mine.predict(X))


def test_several_outputs():
    X, Y = make_regression(60, 3, n_targets=2, noise=3.0, random_state=0)
    Y = Y / 50
    mine = MLPRegressor((), alpha=1.0, **EXACT).fit(X, Y)
    # The mean is over both columns, so the penalty of a column weighs twice as much.
    assert np.allclose(mine.predict(X), Ridge(alpha=2.0).fit(X, Y).predict(X), atol=1e-3)
    assert mine.loss_ <= TheirRegressor(hidden_layer_sizes=(), alpha=1.0, **THEIRS).fit(X, Y).loss_


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_hidden_layers_compute_what_theirs_do(kind):
    """Their weights put into our model: the same probabilities, the same numbers."""
    ours, theirs = (MLPClassifier, TheirClassifier) if kind == "classifier" else (MLPRegressor, TheirRegressor)
    X, y = load_iris(return_X_y=True)
    reference = theirs(hidden_layer_sizes=(5, 4), activation="tanh", max_iter=30, random_state=0).fit(X, y)
    mine = ours((5, 4), "tanh", max_iter=1).fit(X, y)
    for layer, weights, biases in zip(mine.model_.layers, reference.coefs_, reference.intercepts_, strict=True):
        for k, neuron in enumerate(layer.neurons):
            neuron.b.data = float(biases[k])
            for w, number in zip(neuron.w, weights[:, k], strict=True):
                w.data = float(number)
    assert all(np.array_equal(a, b) for a, b in zip(mine.coefs_, reference.coefs_, strict=True))
    if kind == "classifier":
        assert np.allclose(mine.predict_proba(X), reference.predict_proba(X), rtol=1e-10)
        assert np.allclose(mine.predict_log_proba(X), reference.predict_log_proba(X), rtol=1e-9, atol=1e-12)
    assert np.allclose(mine.predict(X), reference.predict(X), rtol=1e-10)


def test_probabilities_far_out_keep_their_logarithms():
    model = MLPClassifier((), max_iter=1, random_state=0).fit([[-1.0], [1.0]], [0, 1])
    model.model_.layers[0].neurons[0].w[0].data = 1.0
    model.model_.layers[0].neurons[0].b.data = 0.0
    assert model.predict_log_proba([[1000.0], [-1000.0]]).tolist() == [[-1000.0, 0.0], [0.0, -1000.0]]


# --- arguments ---------------------------------------------------------------------------------------------------------


def test_names_of_arguments_are_theirs():
    missing = TheirClassifier().get_params().keys() - MLPClassifier().get_params().keys()
    assert missing == {"max_fun"}  # of SciPy's L-BFGS
    assert MLPClassifier().get_params() == MLPRegressor().get_params()
    model = MLPClassifier(hidden_layer_sizes=(3, 2), alpha=0.3)
    assert clone(model).get_params() == model.get_params()


def test_the_options_of_solvers_reach_them():
    X, y = MOONS
    sgd = MLPClassifier(3, solver="sgd", momentum=0.7, nesterovs_momentum=False, max_iter=1).fit(X, y)._optimizer
    assert (sgd.param_groups[0]["momentum"], sgd.param_groups[0]["nesterov"]) == (0.7, False)
    assert MLPClassifier(3, solver="sgd", max_iter=1).fit(X, y)._optimizer.param_groups[0]["nesterov"] is True
    adam = MLPClassifier(3, beta_1=0.8, beta_2=0.95, epsilon=1e-6, max_iter=1).fit(X, y)._optimizer
    assert (adam.param_groups[0]["betas"], adam.param_groups[0]["eps"]) == ((0.8, 0.95), 1e-6)


def test_learning_rates():
    X, y = MOONS
    slower = MLPClassifier(3, learning_rate="invscaling", power_t=0.5, learning_rate_init=0.1, max_iter=4).fit(X, y)
    assert slower._optimizer.lr == pytest.approx(0.1 / (4 * 80 + 1) ** 0.5)
    # Nothing is learned at a tolerance that high, so the rate falls by five again and again, until it is too small.
    options = {"learning_rate": "adaptive", "learning_rate_init": 0.01, "tol": 10.0, "n_iter_no_change": 2, "max_iter": 200}
    stuck = MLPClassifier(3, **options).fit(X, y)
    falls = 6  # 0.01 / 5**6 is below 1e-6
    assert stuck._optimizer.lr == pytest.approx(0.01 / 5**falls)
    assert stuck.n_iter_ == 1 + 3 * falls
    again = pickle.loads(pickle.dumps(slower))
    assert np.array_equal(again.predict_proba(X), slower.predict_proba(X))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"solver": "newton"}, ("solver", "sgd", "adagrad", "'newton'")),
        ({"learning_rate": "slow"}, ("learning_rate", "constant", "invscaling", "adaptive", "'slow'")),
        ({"activation": "rellu"}, ("activation", "'rellu'")),
        ({"hidden_layer_sizes": (0,)}, ("hidden_layer_sizes", "at least 1", 0)),
        ({"hidden_layer_sizes": -1}, ("hidden_layer_sizes", "at least 1", -1)),
        ({"max_iter": 0}, ("max_iter", "at least 1", 0)),
        ({"batch_size": 0}, ("batch_size", "at least 1", 0, "auto")),
        ({"n_iter_no_change": 0}, ("n_iter_no_change", "at least 1", 0)),
        ({"alpha": -1.0}, ("alpha", "at least 0", -1.0)),
        ({"learning_rate_init": 0.0}, ("learning_rate_init", "above 0", 0.0)),
        ({"learning_rate_init": float("nan")}, ("learning_rate_init", "above 0", "nan")),
        ({"momentum": 1.0}, ("momentum", "at least 0 and below 1", 1.0)),
        ({"tol": -1.0}, ("tol", "at least 0", -1.0)),
        ({"beta_2": 1.0}, ("beta_2", "below 1", 1.0)),
        ({"validation_fraction": 1.0}, ("validation_fraction", "above 0 and below 1", 1.0)),
        ({"engine": "gpu"}, ("engine", "auto", "'gpu'")),
    ],
)
def test_bad_arguments(options, words):
    for kind in (MLPClassifier, MLPRegressor):
        with refused(ValueError, *words):
            kind(**options).fit([[0.0], [1.0]], [0, 1])


# --- going on ----------------------------------------------------------------------------------------------------------


def test_weights_of_samples_in_partial_fit():
    X, y = MOONS
    kept = WEIGHTS > 0
    a = MLPClassifier(4, batch_size=16, random_state=0)
    b = clone(a)
    for _ in range(3):
        a.partial_fit(X, y, classes=[0, 1], sample_weight=WEIGHTS)
        b.partial_fit(X[kept], y[kept], classes=[0, 1], sample_weight=WEIGHTS[kept])
    assert np.array_equal(a.predict_proba(X), b.predict_proba(X))
    with refused(ValueError, "sample_weight.shape", (1,), (80,)):
        a.partial_fit(X, y, sample_weight=[1.0])


def test_partial_fit_goes_with_solvers_that_take_batches():
    assert not hasattr(MLPClassifier(solver="lbfgs"), "partial_fit")
    assert not hasattr(MLPRegressor(solver="lbfgs"), "partial_fit")
    with refused(ValueError, "partial_fit", "early_stopping"):
        MLPRegressor(early_stopping=True).partial_fit([[0.0], [1.0]], [0.0, 1.0])


def test_partial_fit_a_batch_at_a_time():
    X, y = make_moons(120, noise=0.1, random_state=0)
    model = MLPClassifier(8, "tanh", learning_rate_init=0.1, random_state=0)
    for epoch in range(25):
        for part in np.array_split(np.random.default_rng(epoch).permutation(120), 4):
            model.partial_fit(X[part], y[part], classes=[0, 1])
    assert model.score(X, y) >= 0.95
    assert (model.n_iter_, model.t_) == (100, 25 * 120)
    with refused(ValueError, "classes=[0, 1, 2]", "[0 1]"):
        model.partial_fit(X, y, classes=[0, 1, 2])


def test_warm_start_goes_on_where_it_was_and_refuses_other_layers():
    X, y = MOONS
    model = MLPClassifier(4, warm_start=True, max_iter=3, random_state=0, batch_size=20).fit(X, y)
    before = model.loss_
    model.set_params(max_iter=30).fit(X, y)
    assert (model.n_iter_, len(model.loss_curve_)) == (33, 33)
    assert model.loss_ < before
    with refused(ValueError, "warm_start", "layers"):
        model.set_params(hidden_layer_sizes=5).fit(X, y)
    with refused(ValueError, "warm_start", "[0 1]", "[1 2]"):
        model.set_params(hidden_layer_sizes=4).fit(X, y + 1)


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("weights", [None, WEIGHTS + 1], ids=["plain", "weighed"])
def test_early_stopping_keeps_the_best(kind, weights):
    X, y = MOONS
    options = {"hidden_layer_sizes": 6, "learning_rate_init": 0.1, "random_state": 0, "n_iter_no_change": 3, "max_iter": 300}
    model = kind(early_stopping=True, validation_fraction=0.25, **options).fit(X, y, sample_weight=weights)
    assert len(model.validation_scores_) == len(model.validation_losses_) == model.n_iter_ < 300
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert model.validation_losses_.index(min(model.validation_losses_)) <= model.n_iter_ - 3
    plain = kind(**options).fit(X, y)
    assert plain.validation_scores_ is None is plain.best_validation_score_


def test_scores_are_the_metrics():
    X, y = MOONS
    classifier = MLPClassifier(4, max_iter=5, random_state=0).fit(X, y)
    assert classifier.score(X, y, WEIGHTS) == accuracy_score(y, classifier.predict(X), sample_weight=WEIGHTS)
    regressor = MLPRegressor(4, max_iter=5, random_state=0).fit(X, y)
    assert regressor.score(X, y, WEIGHTS) == pytest.approx(r2_score(y, regressor.predict(X), sample_weight=WEIGHTS))


# --- in the tools ------------------------------------------------------------------------------------------------------


def test_pipelines_searches_and_cross_validation():
    X, y = (part[::2] for part in load_iris(return_X_y=True))
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(4, learning_rate_init=0.1, max_iter=25, random_state=0))
    search = GridSearchCV(pipeline, {"mlpclassifier__alpha": [1e-4, 1.0]}, cv=2)
    search.fit(X, names)
    assert search.best_score_ >= 0.9
    assert set(search.predict(X)) == set(names)
    assert search.best_estimator_[-1].classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert cross_val_score(pipeline, X, names, cv=3).mean() >= 0.9
    probabilities = cross_val_predict(pipeline, X, names, cv=3, method="predict_proba")
    assert probabilities.sum(axis=1) == pytest.approx(1.0)
    importance = permutation_importance(search.best_estimator_, X, names, n_repeats=2, random_state=0).importances_mean
    assert importance[2:].sum() > importance[:2].sum()  # petals tell more than sepals


def test_weights_through_a_pipeline_and_targets_transformed():
    X, y = make_regression(80, 3, noise=4.0, random_state=0)
    pipeline = make_pipeline(StandardScaler(), MLPRegressor((), solver="lbfgs", alpha=0.0, max_iter=100, random_state=0))
    pipeline.fit(X, y / 100, mlpregressor__sample_weight=WEIGHTS)
    assert pipeline.score(X, y / 100) > 0.98
    whole = TransformedTargetRegressor(
        MLPRegressor((), solver="lbfgs", alpha=0.0, max_iter=100), transformer=StandardScaler()
    )
    assert whole.fit(X, y).score(X, y) > 0.98


def test_data_frames():
    pandas = pytest.importorskip("pandas")
    X, y = MOONS
    frame = pandas.DataFrame(X, columns=["left", "right"])
    model = MLPClassifier(4, max_iter=5, random_state=0).fit(frame, pandas.Series(y))
    assert model.feature_names_in_.tolist() == ["left", "right"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(frame)
    with refused(ValueError, "feature names"):
        model.predict(frame[["right", "left"]])


def test_the_model_inside_is_a_model_of_this_package(tmp_path):
    X, y = MOONS
    estimator = MLPClassifier(4, max_iter=5, random_state=0).fit(X, y)
    nn.save(estimator.model_, tmp_path / "model.json")
    assert nn.predict(nn.load(tmp_path / "model.json"), X[:5].tolist()) == nn.predict(estimator.model_, X[:5].tolist())
    twin = pickle.loads(pickle.dumps(estimator))
    assert np.array_equal(twin.predict_proba(X), estimator.predict_proba(X))
    with pytest.raises(NotFittedError):
        MLPClassifier().predict(X)


def test_without_scikit_learn_it_is_said_what_to_install():
    code = "import sys; sys.modules['sklearn'] = None; import autograd_lite.estimators"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert 'pip install "autograd-lite[data]"; nn.fit does without' in done.stderr


def test_the_warning_points_at_the_call():
    with pytest.warns(ConvergenceWarning) as caught:
        MLPClassifier(3, max_iter=2).fit(*MOONS)
    says(caught[0].message, "max_iter=2", "learning_rate_init")
    assert caught[0].filename == __file__
