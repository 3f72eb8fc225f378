"""Modules: names, summary, training and use, freezing, dropout."""

import copy
import math
import pickle

import pytest
from refusals import refused

from autograd_lite import Value, nn

XS, YS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]


class Odd(nn.Module):
    """Parameters in every kind of place."""

    def __init__(self):
        self.scale = Value(2.0)
        self.offsets = (Value(1.0), Value(3.0))
        self.table = [[Value(4.0), Value(5.0)], [Value(6.0)]]
        self.parts = {"left": nn.Neuron(1, seed=0), "right": [Value(7.0)]}
        self.size = 3
        self.made = self.scale * 2.0  # no leaf, so no parameter
        self._hidden = Value(9.0)

    def forward(self, x):
        return self.scale * x


# --- names -------------------------------------------------------------------------------------------------------------


def test_names_of_parameters():
    assert [name for name, _ in Odd().named_parameters()] == [
        "scale", "offset1", "offset2", "table1_1", "table1_2", "table2_1", "parts.left.w1", "parts.left.b", "parts.right1",
    ]  # fmt: skip
    assert [name for name, _ in nn.MLP(2, [2, 1]).named_parameters()] == [
        "layer1.neuron1.w1", "layer1.neuron1.w2", "layer1.neuron1.b",
        "layer1.neuron2.w1", "layer1.neuron2.w2", "layer1.neuron2.b",
        "layer2.neuron1.w1", "layer2.neuron1.w2", "layer2.neuron1.b",
    ]  # fmt: skip
    model = nn.MLP(2, [2, 1])
    assert [p.label for p in model.parameters()] == [name for name, _ in model.named_parameters()]


def test_two_parameters_of_one_name():
    model = Odd()
    model.offset1 = Value(0.0)
    with refused(ValueError, "offset1"):
        model.parameters()


def test_modules_inside_modules():
    model = nn.Sequential(nn.MLP(2, [3]), nn.Tanh(), nn.Linear(3, 1))
    names = [name for name, _ in model.named_modules()]
    assert names[0] == ""
    assert {"module1", "module1.layer1", "module1.layer1.neuron3", "module2", "module3"} <= set(names)
    assert model.modules()[0] is model


def test_tensors_are_laid_out_as_pytorchs():
    model = nn.MLP(2, [3, 1], seed=0)
    tensors = dict(model.named_tensors())
    assert list(tensors) == ["layer1.weight", "layer1.bias", "layer2.weight", "layer2.bias"]
    assert [len(tensors["layer1.weight"]), len(tensors["layer1.weight"][0]), len(tensors["layer1.bias"])] == [3, 2, 3]


@pytest.mark.parametrize("again", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))], ids=["copy", "pickle"])
def test_copies_compute_the_same_and_train_apart(again):
    model = nn.Sequential(nn.Linear(2, 3, seed=0), nn.Tanh(), nn.Dropout(0.5, seed=1), nn.Linear(3, 1, seed=2))
    twin = again(model)
    assert twin.state_dict() == model.state_dict()
    assert [twin(x).data for x in XS] == [model(x).data for x in XS]  # the same draws, too
    before = model.state_dict()
    nn.fit(twin, XS, YS, loss="bce_with_logits", lr=0.1, epochs=2)
    assert model.state_dict() == before != twin.state_dict()


def test_a_module_that_computes_nothing_says_so():
    with refused(NotImplementedError, "Module", "forward(self, x)"):
        nn.Module()(1.0)


# --- summary -----------------------------------------------------------------------------------------------------------


def test_the_input_layer_is_not_counted():
    """Document 000's network: 4 inputs, 4-4-1 units; (4 + 1) * 4 + (4 + 1) * 4 + (4 + 1) * 1 parameters."""
    summary = nn.MLP(4, [4, 4, 1], output_activation="sigmoid").summary()
    assert (summary.layers, summary.units, summary.inputs) == (3, 9, 4)
    assert [row.parameters for row in summary.rows] == [20, 20, 5]
    assert summary.parameters == summary.trainable == 45
    assert [row.activation for row in summary.rows] == ["relu", "relu", "sigmoid"]
    assert str(summary).splitlines()[-1] == "3 layers, 9 units, 45 parameters; 4 inputs"


def test_only_what_has_units_is_a_layer():
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10), nn.Softmax())
    summary = model.summary()
    assert [(row.name, row.units, row.parameters) for row in summary.rows] == [("module1", 32, 2080), ("module4", 10, 330)]
    assert (summary.layers, summary.units, summary.parameters, summary.inputs) == (2, 42, 2410, 64)


def test_single_units_and_loose_parameters():
    assert str(nn.Perceptron(2).summary()).splitlines()[-1] == "1 layer, 1 unit, 3 parameters; 2 inputs"
    summary = Odd().summary()
    assert (summary.layers, summary.units, summary.parameters) == (1, 1, 9)
    none = nn.Sequential(nn.Tanh()).summary()
    assert (none.layers, none.units, none.parameters, none.inputs) == (0, 0, 0, None)


def test_a_layer_used_twice_counts_once():
    shared = nn.Linear(3, 3)
    assert nn.Sequential(shared, nn.Tanh(), shared).summary().parameters == 12


def test_frozen_parameters_are_told():
    model = nn.MLP(2, [3, 1])
    model.layers[0].freeze()
    summary = model.summary()
    assert (summary.parameters, summary.trainable) == (13, 4)
    assert "13 parameters (9 of them frozen)" in str(summary)


# --- freezing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["eager", "python"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "lbfgs"])
def test_what_is_frozen_stays_and_the_rest_learns(engine, optimizer):
    model = nn.MLP(2, [4, 1], activation="tanh", seed=0)
    model.layers[0].freeze()
    before = model.state_dict()
    nn.fit(model, XS, YS, loss="bce_with_logits", optimizer=optimizer, lr=0.1, epochs=3, engine=engine)
    after = model.state_dict()
    assert {name for name in before if before[name] != after[name]} == {n for n in before if n.startswith("layer2")}
    model.layers[0].unfreeze()
    nn.fit(model, XS, YS, loss="bce_with_logits", optimizer="sgd", lr=0.1, epochs=1, engine=engine)
    assert all(p.has_grad for p in model.parameters())


def test_freezing_forgets_the_gradient():
    model = nn.Linear(2, 1, seed=0)
    model([1.0, 2.0]).backward()
    assert not any(p.has_grad for p in model.freeze().parameters())
    assert not model([1.0, 2.0]).requires_grad
    assert all(p.requires_grad for p in model.unfreeze().parameters())


# --- training and use --------------------------------------------------------------------------------------------------


def test_train_and_eval_reach_everything_inside():
    model = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Dropout(0.5), nn.Linear(2, 1)))
    assert all(module.training for module in model.modules())
    assert model.eval() is model
    assert not any(module.training for module in model.modules())
    assert all(module.training for module in model.train().modules())
    assert not any(module.training for module in model.train(False).modules())


def test_predicting_leaves_each_module_as_it_was():
    inner, outer = nn.Dropout(0.9, seed=0), nn.Dropout(0.9, seed=1)
    model = nn.Sequential(nn.Linear(2, 3, seed=0), inner, nn.Linear(3, 1, seed=1), outer)
    inner.eval()
    plain = nn.Sequential(model[0], model[2])
    assert nn.predict(model, XS) == nn.predict(plain, XS)
    assert (inner.training, outer.training, model.training) == (False, True, True)
    with refused(ValueError, "2 inputs"):
        nn.predict(model, [[1.0]])
    assert (inner.training, outer.training) == (False, True)


def test_fit_trains_and_evaluates_validation_data_without_dropout():
    drop = nn.Dropout(0.5, seed=0)
    seen = []

    class Spy(nn.Module):
        def forward(self, x):
            seen.append(drop.training)
            return x

    model = nn.Sequential(nn.Linear(2, 2, seed=0), Spy(), drop, nn.Linear(2, 1, seed=1)).eval()
    nn.fit(model, XS, YS, loss="bce_with_logits", epochs=1, validation=(XS[:1], YS[:1]), engine="eager")
    assert seen == [True] * 4 + [False]
    assert drop.training


# --- dropout -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_dropout_drops_the_share_it_says_and_keeps_the_mean(p):
    n = 20_000
    out = nn.Dropout(p, seed=3)([1.0] * n)
    dropped = out.count(0.0)
    # Five standard deviations of a binomial count.
    assert abs(dropped - n * p) < 5 * math.sqrt(n * p * (1 - p))
    assert set(out) == {0.0, 1.0 / (1.0 - p)}
    assert math.fsum(out) / n == pytest.approx(1.0, abs=5 * math.sqrt(p / (1 - p) / n))


def test_dropout_draws_anew_each_time_and_the_seed_decides():
    first, second = nn.Dropout(0.5, seed=1), nn.Dropout(0.5, seed=1)
    a, b = first([1.0] * 64), first([1.0] * 64)
    assert a != b
    assert [second([1.0] * 64), second([1.0] * 64)] == [a, b]


def test_dropout_passes_gradients_where_it_passes_numbers():
    leaves = [Value(1.0) for _ in range(40)]
    out = nn.Dropout(0.5, seed=0)(leaves)
    total = sum(out)
    total.backward()
    for leaf, one in zip(leaves, out, strict=True):
        assert (leaf.grad if leaf.has_grad else 0.0) == float(one)


def test_dropout_of_nothing_and_of_all():
    x = [1.0, -2.0]
    assert nn.Dropout(0.0)(x) is x
    assert nn.Dropout(1.0)(x) == [0.0, 0.0]
    assert nn.Dropout(1.0).eval()(x) is x
    assert nn.Dropout(1.0)(3.0) == 0.0


def test_dropout_of_all_hangs_together_with_what_it_dropped():
    """As in PyTorch: 0 times it, with a slope of 0; and what is no number is not hidden."""
    x, y = Value(2.0), Value(-3.0)
    drop = nn.Dropout(1.0)
    (drop(x) + nn.mse(sum(drop([x, y])), 1.0)).backward()
    assert (x.grad, x.has_grad, y.grad, y.has_grad) == (0.0, True, 0.0, True)
    assert math.isnan(drop(math.nan))
    assert math.isnan(drop([Value(math.inf)])[0].data)
    model = nn.Sequential(nn.Linear(1, 1, seed=0), drop)
    before = model.state_dict()
    nn.fit(model, [[1.0]], [1.0], loss="mse", lr=0.1, epochs=2)
    assert model.state_dict() == before


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan])
def test_dropout_of_no_share(p):
    with refused(ValueError, "p", 0, 1, p):
        nn.Dropout(p)
    with refused(TypeError, "p", "half"):
        nn.Dropout("half")


# --- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: nn.MLP(2, 16), ValueError, ["nouts", [16, 16, 1], 16]),
        (lambda: nn.MLP(2.5, [1]), ValueError, ["inputs", 1, 2.5]),
        (lambda: nn.MLP(2, [0]), ValueError, ["neurons", 1, 0]),
        (lambda: nn.MLP(2, [True]), ValueError, ["neurons", 1, True]),
        (lambda: nn.MLP(2, [3, 1], activation="rellu"), ValueError, ["rellu", "relu", "linear", *nn.ACTIVATIONS]),
        (lambda: nn.MLP(2, [3, 1], activation=nn.Tanh()), ValueError, ["activation='tanh'", "Tanh()"]),
        (lambda: nn.MLP(2, [3, 1], activation=nn.ReLU), ValueError, ["activation='relu'", "class"]),
        (lambda: nn.MLP(2, [3, 1], activation=math.tanh), ValueError, ["activation='tanh'", "built-in"]),
        (lambda: nn.MLP(2, [3, 1], activation=3), ValueError, ["activation", 3, *nn.ACTIVATIONS]),
        (lambda: nn.Sequential([nn.Linear(2, 1)]), TypeError, ["list", "Sequential(*modules)"]),
        (lambda: nn.Activation("softmax"), ValueError, ["softmax", *nn.ACTIVATIONS]),
        (lambda: nn.Sequential(nn.Linear(2, 1), "relu"), TypeError, ["str", "nn.Activation('tanh')"]),
        (lambda: nn.Linear(2, 1)(["a", "b"]), TypeError, ["'a'"]),
        (lambda: nn.Linear(2, 1).load_state_dict({}), ValueError, ["missing", "neuron1.b", "neuron1.w1", "neuron1.w2"]),
        (
            lambda: nn.Linear(1, 1).load_state_dict({"neuron1.w1": 1.0, "neuron1.b": 1.0, "c": 1.0}),
            ValueError,
            ["unknown", "c"],
        ),
        (lambda: nn.ReLU(0.1), TypeError, []),
    ],
)
def test_refusals(make, error, said):
    with refused(error, *said):
        make()
