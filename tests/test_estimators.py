"""The estimators: scikit-learn's own checks, and work in its tools."""

import pytest
from refusals import refused

pytest.importorskip("sklearn")

import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_iris, make_moons, make_regression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from autograd_lite.estimators import MLPClassifier, MLPRegressor

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning"),
]

XOR = [[0, 0], [0, 1], [1, 0], [1, 1]]
SMALL = {"hidden_layer_sizes": (4,), "learning_rate_init": 0.05, "max_iter": 20, "batch_size": 32, "random_state": 0}


@parametrize_with_checks([MLPClassifier(**SMALL), MLPRegressor(**SMALL)])
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


def test_a_pipeline_in_a_grid_search():
    X, y = load_iris(return_X_y=True)
    X, y = X[::2], y[::2]
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(**SMALL))
    search = GridSearchCV(pipeline, {"mlpclassifier__hidden_layer_sizes": [(3,), (6,)]}, cv=2).fit(X, y)
    assert search.best_score_ >= 0.85
    assert cross_val_score(pipeline, X, y, cv=3).mean() >= 0.85


def test_attributes_are_scikit_learns():
    X, y = make_moons(60, noise=0.1, random_state=0)
    model = MLPClassifier((5, 3), "tanh", learning_rate_init=0.05, max_iter=15, random_state=1).fit(X, y)
    assert [matrix.shape for matrix in model.coefs_] == [(2, 5), (5, 3), (3, 1)]
    assert [vector.shape for vector in model.intercepts_] == [(5,), (3,), (1,)]
    assert len(model.loss_curve_) == model.n_iter_ == 15
    assert model.t_ == 15 * 60
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    # By NumPy alone, from the weights that are shown.
    hidden = X
    for weights, bias in zip(model.coefs_[:-1], model.intercepts_[:-1], strict=True):
        hidden = np.tanh(hidden @ weights + bias)
    score = (hidden @ model.coefs_[-1] + model.intercepts_[-1])[:, 0]
    assert np.allclose(model.predict_proba(X)[:, 1], 1.0 / (1.0 + np.exp(-score)), rtol=1e-12)


def test_warm_start_goes_on():
    X, y = make_moons(40, noise=0.1, random_state=0)
    model = MLPClassifier(**{**SMALL, "warm_start": True, "max_iter": 5}).fit(X, y)
    first = model.model_
    model.fit(X, y)
    assert model.model_ is first
    assert model.n_iter_ == 10
    assert clone(model).fit(X, y).n_iter_ == 5


def test_partial_fit():
    X, y = make_moons(40, noise=0.1, random_state=0)
    with refused(ValueError, "partial_fit", "classes="):
        MLPClassifier(**SMALL).partial_fit(X, y)
    model = MLPClassifier(**{**SMALL, "hidden_layer_sizes": (8,)})
    for _ in range(120):
        model.partial_fit(X, y, classes=[0, 1])
    assert model.n_iter_ == 120
    assert model.score(X, y) >= 0.95
    with refused(ValueError, "[0 1]", "[2]"):
        model.partial_fit(X, y + 1)


@pytest.mark.parametrize("count", [2, 9])
def test_one_sample_has_no_score_to_watch(count):
    X, y = [[float(k)] for k in range(count)], [float(k) for k in range(count)]
    with refused(ValueError, "early_stopping", f"1 of {count}", "validation_fraction"):
        MLPRegressor(early_stopping=True).fit(X, y)
    assert (
        len(MLPRegressor(early_stopping=True, validation_fraction=0.5, max_iter=1).fit(X * 2, y * 2).validation_scores_) == 1
    )


def test_early_stopping_watches_held_out_samples():
    X, y = make_moons(60, noise=0.3, random_state=0)
    model = MLPClassifier(**{**SMALL, "early_stopping": True, "max_iter": 100, "n_iter_no_change": 3}).fit(X, y)
    assert len(model.validation_losses_) == model.n_iter_ < 100
    assert model.t_ == 54 * model.n_iter_  # a tenth of the samples is watched, the others are learned


def test_several_outputs():
    X, Y = make_regression(40, 3, n_targets=2, random_state=0)
    Y = Y / Y.std(axis=0)
    model = MLPRegressor(4, "identity", solver="lbfgs", alpha=0.0, max_iter=40, random_state=0).fit(X, Y)
    assert model.predict(X).shape == (40, 2)
    assert model.score(X, Y) > 0.999


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_biases_begin_at_random_within_the_bound_of_their_layer(estimator):
    one, same, other = (
        estimator((5, 3), learning_rate_init=1e-12, max_iter=1, random_state=seed).fit(XOR, [0, 1, 1, 0])
        for seed in (0, 0, 1)
    )
    for weights, biases, again, others in zip(one.coefs_, one.intercepts_, same.intercepts_, other.intercepts_, strict=True):
        bound = (6.0 / sum(weights.shape)) ** 0.5
        assert np.all((biases != 0.0) & (np.abs(biases) <= bound))
        assert np.array_equal(biases, again)
        assert not np.any(biases == others)


@pytest.mark.parametrize("seed", range(20))
def test_four_units_learn_xor_from_any_seed(seed):
    model = MLPClassifier(4, "tanh", learning_rate_init=0.1, max_iter=500, random_state=seed).fit(XOR, [0, 1, 1, 0])
    assert model.score(XOR, [0, 1, 1, 0]) == 1.0
