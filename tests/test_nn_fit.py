"""`fit`: what samples count, stopping rules, and what it refuses."""

import importlib.util
import math

import pytest
from refusals import refused

from autograd_lite import nn
from autograd_lite.nn import optim

XS = [[((k * 7) % 11) / 11, ((k * 5) % 13) / 13] for k in range(24)]
YS = [float(a + b > 1.0) for a, b in XS]
WEIGHTS = [float((k * k) % 4) for k in range(24)]
ENGINES = [
    "eager",
    "python",
    pytest.param("llvm", marks=pytest.mark.skipif(not importlib.util.find_spec("llvmlite"), reason="llvmlite")),
]


def train(xs=XS, ys=YS, *, outputs=1, **options):
    model = nn.MLP(2, [4, outputs], activation="tanh", seed=0)
    settings = {"loss": "bce_with_logits", "optimizer": "adam", "lr": 0.05, "epochs": 6, "engine": "eager", **options}
    return nn.fit(model, xs, ys, **settings), model.state_dict()


def same(a, b, rel=1e-10):
    for name in ("losses", "accuracies", "val_losses", "val_accuracies", "grad_norms"):
        assert getattr(a[0], name) == pytest.approx(getattr(b[0], name), rel=rel), name
    assert a[1] == pytest.approx(b[1], rel=rel, abs=1e-12)


# --- what samples count ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("loss", ["bce_with_logits", "mse", "cross_entropy"])
def test_a_weight_is_a_number_of_repetitions(loss, engine):
    options = {"loss": loss, "engine": engine, "outputs": 2 if loss == "cross_entropy" else 1, "regularizer": nn.L2(1e-3)}
    many = [k for k, weight in enumerate(WEIGHTS) for _ in range(int(weight))]
    repeated = train([XS[k] for k in many], [YS[k] for k in many], **options)
    same(train(sample_weight=WEIGHTS, **options), repeated)
    # What they are multiplied by does not matter.
    same(train(sample_weight=[0.125 * weight for weight in WEIGHTS], **options), repeated)


@pytest.mark.parametrize("batch_size", [None, 5, 1])
def test_a_weight_of_nothing_leaves_a_sample_out_to_the_bit(batch_size):
    kept = [k for k, weight in enumerate(WEIGHTS) if weight]
    left = train(sample_weight=WEIGHTS, batch_size=batch_size)
    out = train(
        [XS[k] for k in kept], [YS[k] for k in kept], sample_weight=[WEIGHTS[k] for k in kept], batch_size=batch_size
    )
    assert (left[0].losses, left[1]) == (out[0].losses, out[1])


def test_weights_that_are_all_the_same_are_none():
    assert train(sample_weight=[3.0] * 24, batch_size=7)[1] == train(batch_size=7)[1]


@pytest.mark.parametrize("engine", ENGINES[1:])
@pytest.mark.parametrize(
    "options", [{"batch_size": 5}, {"validation": 0.25}, {"clip_norm": 0.1}, {"optimizer": "lbfgs", "epochs": 2}]
)
def test_engines_agree_on_weights(options, engine):
    same(train(sample_weight=WEIGHTS, engine=engine, **options), train(sample_weight=WEIGHTS, **options), rel=1e-7)


def test_batches_of_weighed_samples_are_fair():
    """The gradients of all batches of one epoch add up to the gradient of the whole: no sample counts more for its company."""
    model = nn.Linear(2, 1, seed=0)

    def slopes(batch_size):
        added = [0.0] * 3
        start = model.state_dict()

        class Adding(optim.Optimizer):
            def step(self, closure=None):
                for k, p in enumerate(self.params):
                    added[k] += p.grad

        mover = Adding(model, {"lr": 0.0})
        nn.fit(
            model,
            XS,
            YS,
            loss="mse",
            optimizer=mover,
            epochs=1,
            batch_size=batch_size,
            sample_weight=[w + 1 for w in WEIGHTS],
        )
        model.load_state_dict(start)
        return added

    assert slopes(6) == pytest.approx([4 * slope for slope in slopes(None)], rel=1e-12)


def test_validation_and_evaluation_with_weights():
    model = nn.Linear(2, 1, seed=0)
    many = [k for k, weight in enumerate(WEIGHTS) for _ in range(int(weight))]
    repeated = nn.evaluate(model, [XS[k] for k in many], [YS[k] for k in many], loss="bce_with_logits")
    assert nn.evaluate(model, XS, YS, loss="bce_with_logits", sample_weight=WEIGHTS) == pytest.approx(repeated, rel=1e-12)
    history, _ = train(validation=(XS, YS, WEIGHTS))
    again, _ = train(validation=([XS[k] for k in many], [YS[k] for k in many]))
    assert history.val_losses == pytest.approx(again.val_losses, rel=1e-12)
    assert history.val_accuracies == pytest.approx(again.val_accuracies, rel=1e-12)


def test_a_weighed_training_resumes_to_the_bit(tmp_path):
    options = {"sample_weight": WEIGHTS, "batch_size": 5, "checkpoint": tmp_path / "run.json"}
    train(epochs=3, **options)
    assert train(epochs=6, resume=True, **options)[1] == train(sample_weight=WEIGHTS, batch_size=5)[1]


# --- stopping ----------------------------------------------------------------------------------------------------------


def test_each_rule_says_which_it_was():
    assert train(epochs=3)[0].stopped == "epochs"
    assert train(epochs=1)[0].reason == "the one epoch is done"
    target = train(epochs=400, target_loss=0.5)[0]
    assert (target.stopped, target.loss <= 0.5 < target.losses[-2]) == ("target_loss", True)
    flat = train(epochs=400, grad_norm=0.05)[0]
    assert (flat.stopped, flat.grad_norms[-1] <= 0.05 < flat.grad_norms[-2]) == ("grad_norm", True)
    tired = train(epochs=400, patience=3, min_delta=0.1)[0]
    assert (tired.stopped, tired.epochs, tired.best_epoch) == ("patience", tired.epochs, tired.epochs)
    assert min(tired.losses[:-3]) - 0.1 <= min(tired.losses[-3:])
    assert train(epochs=10**6, max_seconds=0.05)[0].stopped == "max_seconds"
    assert train(callbacks=[lambda epoch, history: epoch == 2])[0].epochs == 2


def test_patience_watches_the_validation_loss_and_restores_the_best():
    # The held-out targets contradict the others: the first epoch is the best.
    wrong = [1.0 - y for y in YS]
    models = []
    history, weights = train(
        epochs=50, patience=4, validation=(XS, wrong), restore_best=True, lr=0.2,
        callbacks=[lambda epoch, history: models.append(epoch)],
    )  # fmt: skip
    assert history.stopped == "patience"
    assert history.epochs == history.best_epoch + 4 == len(models)
    assert weights == train(epochs=history.best_epoch, validation=(XS, wrong), lr=0.2)[1]


# --- what is refused ---------------------------------------------------------------------------------------------------

#: Options of `fit`, and what the error says besides their names: what was given and what is accepted.
BAD = [
    ({"epochs": 0}, [0, 1]),
    ({"epochs": 2.5}, [2.5]),
    ({"batch_size": 0}, [0, 1, None]),
    ({"lr": -1.0}, [-1.0, 0]),
    ({"lr": math.nan}, [math.nan, 0]),
    ({"loss": "mes"}, ["mes", "mse", *nn.LOSSES]),
    ({"optimizer": "adma"}, ["adma", "adam", *optim.OPTIMIZERS]),
    ({"patience": 0}, [0, 1, None]),
    ({"min_delta": -1.0}, [-1.0, 0]),
    ({"target_loss": math.nan}, [math.nan]),
    ({"grad_norm": -1.0}, [-1.0, 0, None]),
    ({"max_seconds": 0}, [0, None]),
    ({"clip_norm": 0.0}, [0.0, 0, None]),
    ({"clip_value": -1.0}, [-1.0, 0, None]),
    ({"validation": 1.5}, [1.5, 24, 0, 1, "(xs, ys)"]),
    ({"validation": 0.0}, [0.0, 24, 0, 1, "(xs, ys)"]),
    ({"validation": ([[0.0, 0.0]], [1.0, 0.0])}, [1, 2]),
    ({"sample_weight": [1.0]}, ["weight", 24, 1]),
    ({"sample_weight": [-1.0] * 24}, ["weight", -1.0, 0]),
    ({"sample_weight": [math.nan] * 24}, ["weight", math.nan]),
    ({"sample_weight": [0.0] * 24}, ["weights", 0]),
    ({"engine": "gpu"}, ["gpu", "auto", "eager", "python", "llvm"]),
    ({"resume": True}, [True, "checkpoint=path"]),
    ({"checkpoint_every": 0}, [0, 1]),
]


@pytest.mark.parametrize(("options", "said"), BAD, ids=[", ".join(options) for options, _ in BAD])
def test_senseless_arguments(options, said):
    names = [name for name in options if name != "sample_weight"]
    with refused(ValueError, *names, *said):
        train(**options)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda m: nn.fit(lambda x: x, XS, YS, loss="mse"), ["nn.MLP(2, [8, 1])", "function"]),
        (lambda m: nn.fit(m, XS, YS, loss="mse", optimizer=optim.SGD), ["optimizer=nn.optim.SGD(model, lr=0.1)"]),
        (lambda m: nn.fit(m, XS, YS, loss=3), ["loss(prediction, target)", 3]),
        (lambda m: nn.fit(m, XS, YS, loss="mse", validation=[XS]), ["validation", "(xs, ys)", "list", 1]),
        (lambda m: nn.fit(m, XS, YS, loss=lambda p, y: 0.5), ["loss", "float", ".data"]),
        (lambda m: nn.fit(m, "data", YS, loss="mse"), ["lists", "arrays", "str"]),
        (lambda m: nn.fit(m, [["a", "b"]], [1.0], loss="mse"), ["'a'"]),
    ],
)
def test_what_is_no_model_no_loss_no_data(call, said):
    with refused(TypeError, *said):
        call(nn.MLP(2, [1], seed=0))


def test_rows_of_one_width():
    with refused(ValueError, "row 1", 1, "row 0", 2):
        train([[0.0, 1.0], [2.0]], [0.0, 1.0])


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_gaps_in_the_data_are_named(bad):
    """Not as a loss that went wrong, which they would become."""
    with refused(ValueError, "row 2", [0.5, bad], "training"):
        train([[0.0, 1.0], [1.0, 0.0], [0.5, bad]], [0.0, 1.0, 0.0])
    with refused(ValueError, "target 1", bad, "validation"):
        train(validation=([[0.0, 1.0], [1.0, 0.0]], [0.0, bad]))
    with refused(ValueError, "target 0", [bad, 0.0], "evaluation"):
        nn.evaluate(nn.Linear(1, 2, seed=0), [[1.0]], [[bad, 0.0]], loss="mse")


def test_a_schedule_of_another_optimizer():
    model = nn.Linear(2, 1, seed=0)
    schedule = optim.lr_scheduler.StepLR(optim.SGD(model, lr=0.1), 2)
    with refused(ValueError, "scheduler", "optimizer="):
        nn.fit(model, XS, YS, loss="mse", optimizer=optim.SGD(model, lr=0.1), scheduler=schedule)
    with refused(ValueError, "lr=0.1", "SGD"):
        nn.fit(model, XS, YS, loss="mse", optimizer=optim.SGD(model, lr=0.1), lr=0.1)
