"""The learning-rate finder: a useful suggestion, and everything as it was afterwards."""

import pytest
from refusals import refused

from autograd_lite import nn

XS = [[k / 10 - 1.0] for k in range(20)]
YS = [3.0 * x[0] - 1.0 for x in XS]


def test_everything_is_as_it_was():
    model = nn.Sequential(nn.Linear(1, 4, seed=0), nn.Dropout(0.5, seed=1), nn.Linear(4, 1, seed=2)).eval()
    optimizer = nn.optim.Adam(model, lr=0.02)
    model([1.0]).backward()
    optimizer.step()
    before = model.state_dict(), optimizer.state_dict(), [m.get_extra_state() for m in model.modules()]
    grads = [p.grad for p in model.parameters()]
    found = nn.lr_find(model, XS, YS, loss="mse", optimizer=optimizer, steps=20, batch_size=7)
    assert before == (model.state_dict(), optimizer.state_dict(), [m.get_extra_state() for m in model.modules()])
    assert grads == [p.grad for p in model.parameters()]
    assert not any(m.training for m in model.modules())
    assert len(found.lrs) == len(found.losses)


def test_the_suggestion_trains_and_the_end_diverges():
    model = nn.Linear(1, 1, seed=0)
    found = nn.lr_find(model, XS, YS, loss="mse", optimizer=nn.optim.SGD(model, lr=0.1), end=100.0)
    # Gradient descent on this parabola is stable below 2 / (largest curvature), which is 1 (2 times the mean of 1, and x squared).
    assert 1e-3 < found.suggestion < 1.0
    assert found.lrs[-1] < 100.0
    history = nn.fit(model, XS, YS, loss="mse", lr=found.suggestion, epochs=200)
    assert history.loss < 0.1 * history.losses[0]


@pytest.mark.parametrize(
    "options", [{"start": 0.0}, {"start": 1.0, "end": 0.5}, {"steps": 2}, {"smoothing": 1.0}, {"batch_size": 0}]
)
def test_bad_arguments(options):
    model = nn.Linear(1, 1, seed=0)
    with refused(ValueError, *options.values()):
        nn.lr_find(model, XS, YS, loss="mse", optimizer=nn.optim.SGD(model, lr=0.1), **options)


def test_an_optimizer_by_name_is_that_optimizer():
    model = nn.Linear(1, 1, seed=0)
    xs, ys = [[-1.0], [0.0], [1.0]], [-1.0, 1.0, 3.0]
    named = nn.lr_find(model, xs, ys, loss="mse", optimizer="sgd")
    assert named == nn.lr_find(model, xs, ys, loss="mse", optimizer=nn.optim.SGD(model, lr=0.1))
    with pytest.raises(ValueError, match="sgd"):
        nn.lr_find(model, xs, ys, loss="mse", optimizer="sdg")
