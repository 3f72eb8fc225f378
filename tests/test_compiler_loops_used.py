"""Loops as a user meets them: compiled functions, batches, trainings and predictions against the eager engine."""

import math
import random

import pytest

import autograd_lite as al
from autograd_lite import Value, grad, hessian, jit, nn, value_and_grad, vmap
from autograd_lite.compiler import jitted, paths
from autograd_lite.nn.training import predicting

np = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")
RNG = np.random.default_rng(0)


@pytest.fixture
def small(monkeypatch):
    """Loops in functions of any size."""
    for module in (jitted, paths):
        monkeypatch.setattr(module, "WORTH_LOOPS", 0)


def numbers(thing):
    if isinstance(thing, dict):
        thing = list(thing.values())
    if isinstance(thing, list | tuple):
        return [one for part in thing for one in numbers(part)]
    return np.ravel(np.asarray(thing, dtype=float)).tolist() if not isinstance(thing, Value) else [thing.data]


def same(found, right):
    found, right = numbers(found), numbers(right)
    scale = max([abs(one) for one in right if math.isfinite(one)], default=1.0)
    assert found == pytest.approx(right, rel=1e-11, abs=1e-12 * max(scale, 1.0), nan_ok=True)


MODEL = nn.MLP(5, [7, 6, 4], activation="tanh", seed=3)
TIED = [[Value(0.1 * i - 0.07 * j) for i in range(5)] for j in range(5)]


def tied(x):
    for _ in range(3):
        x = [al.tanh(sum((a * b for a, b in zip(row, x, strict=True)), 0.2)) + y for row, y in zip(TIED, x, strict=True)]
    return x


def of_logs(x):
    return sum(al.log(al.dot(row, x) + 0.5) for row in TIED)


def softmaxed(x):
    return al.dot(al.softmax(MODEL(x)), [1.0, 2.0, 3.0, 4.0])


SCALAR = {
    "sum": lambda x: al.logsumexp(MODEL(x)), "tied": lambda x: sum(tied(x)), "softmax": softmaxed,
    "folded": lambda x: sum(one**2 if one > 0 else al.exp(one) for one in MODEL(x)[:2]),
    "max": lambda x: al.max(MODEL(x)) * x[0], "logs": of_logs, "one": lambda x: MODEL(x)[2] - x[3],
}  # fmt: skip


@pytest.mark.parametrize("name", SCALAR)
def test_values_and_derivatives(name, small):
    f = SCALAR[name]
    for transform in (lambda f: f, grad, value_and_grad, *([hessian] if name in ("tied", "one") else [])):
        compiled, eager = jit(transform(f), backend="llvm"), transform(f)
        for _ in range(2):
            x = RNG.uniform(-0.2, 0.4, 5)
            same(compiled(x), eager(x.tolist()))
            same(compiled(x.tolist()), eager(x.tolist()))
        assert compiled.variants[0].program.loops.sizes or name == "one" or transform is hessian


@pytest.mark.parametrize("count", [0, 1, 3, 64, 65, 200])
@pytest.mark.parametrize("name", ["sum", "tied", "folded"])
def test_batches(name, count, small):
    f, x = SCALAR[name], RNG.uniform(-0.5, 0.5, (count, 5))
    for transform in (lambda f: f, value_and_grad):
        compiled, eager = jit(vmap(transform(f)), backend="llvm"), vmap(transform(f))
        found, right = compiled(x), eager(x.tolist()) if count else eager(x)
        same(found, right)
        same(compiled(np.asfortranarray(x)[:, ::1]), right)
        same(
            compiled(x.astype(np.float32).astype(float)[::-1]),
            eager(x.astype(np.float32).astype(float)[::-1].tolist()) if count else right,
        )


MANY = [Value(1.2 + 0.01 * k) for k in range(7)]
#: What is the same in each round, beside what is not.
ALIKE = {
    "factor": lambda x: sum(w * al.exp(x) for w in MANY), "square": lambda x: sum(x * x * w for w in MANY),
    "both": lambda x: sum(al.tanh(w) * al.sin(x) for w in MANY), "mixed": lambda x: sum(al.sigmoid(w * x) * al.sin(x) for w in MANY),
    "distance": lambda x: sum((w - x) ** 2 * al.exp(-x) for w in MANY), "quotient": lambda x: sum(w / x for w in MANY),
    "terms": lambda x: sum(al.sin(x) for _ in MANY) + sum(MANY), "powers": lambda x: sum(x + w**0 for w in MANY),
    "zero": lambda x: sum((w * x) ** 0 + x for w in MANY), "max": lambda x: al.max([al.sin(x) for _ in MANY]) * sum(MANY),
    "logsumexp": lambda x: al.logsumexp([al.sin(x)] * 7) + al.dot([al.sin(x)] * 7, [x] * 7) + al.softmax([x * 2.0] * 7)[3],
    "truth": lambda x: sum(al.where(al.sin(0.7), x, w * x) * al.tanh(w * x) for w in MANY),
    "truths": lambda x: sum(al.where(al.sin(al.tanh(w) - 0.84), x * x, w * x) for w in MANY[:6]) + al.where(x - 0.2, x, MANY[6]),
    "detached": lambda x: sum(w * x for w in MANY) * al.stop_gradient(x * x),
    "straight through": lambda x: sum(w * (x + al.stop_gradient(al.sin(w * x) - x)) for w in MANY) * x,
}  # fmt: skip


@pytest.mark.parametrize("name", ALIKE)
def test_what_is_the_same_in_each_round(name, small):
    f = ALIKE[name]
    for transform in (lambda f: f, value_and_grad, lambda f: grad(grad(f))):
        same(jit(transform(f), backend="llvm")(0.3), transform(f)(0.3))
    same(
        jit(vmap(value_and_grad(f)), backend="llvm")(np.linspace(0.2, 0.9, 70)),
        vmap(value_and_grad(f))(np.linspace(0.2, 0.9, 70)),
    )

    def step(backend):
        p, t = [Value(0.1 * k - 0.3) for k in range(8)], Value(0.5)
        loss = lambda x: f(t * x) * 1e-3 + sum(al.sigmoid(one * t * x) * al.softplus(t) for one in p)  # noqa: E731
        made = al.compile_step(loss, [*p, t], (1.0,), backend=backend)
        made.load([(1.0,), (0.7,)])
        return made.run(2, lr=0.1), [one.data for one in (*p, t)]

    same(step("llvm"), step("python"))


def test_a_number_out_of_a_list_is_differentiated(small):
    def f(x):
        units = [al.tanh(x * w) for w in MANY]
        return units[0], units[1:]

    same(jit(value_and_grad(f, has_aux=True), backend="llvm")(0.3), value_and_grad(f, has_aux=True)(0.3))


@pytest.mark.parametrize("transform", [lambda f: f, grad, value_and_grad])
def test_dead_units_keep_their_errors(transform, small):
    values = [Value(1.0 + 0.1 * k) for k in range(6)]

    def f(x):
        total = 0.0
        for w in values:
            al.log(w * x)
            total = total + w * x
        return total

    compiled = jit(transform(f), backend="llvm")
    same(compiled(0.3), transform(f)(0.3))
    values[4].data = -1.0
    with pytest.raises(ValueError, match="log"):
        compiled(0.3)


def test_lists_of_results_and_shared_arguments(small):
    f = jit(vmap(lambda w, x: [al.tanh(one * w[0]) + w[1] for one in MODEL(x)], in_axes=(None, 0)), backend="llvm")
    x = RNG.normal(size=(70, 5))
    found = f([0.5, 2.0], x)
    assert found.shape == (70, 4)
    same(found[:3], [[math.tanh(one.data * 0.5) + 2.0 for one in MODEL(row)] for row in x[:3].tolist()])


def test_a_list_of_shared_and_own_numbers(small):
    def f(a, b, c, d):
        return al.tanh(al.dot([0.1 * k - 0.3 for k in range(16)], [*a, *b, *c, *d])) * d[0]

    a, c, (b, d) = RNG.normal(size=4), RNG.normal(size=4), RNG.normal(size=(2, 30, 4))
    found = jit(vmap(value_and_grad(f, (1, 3)), in_axes=(None, 0, None, 0)), backend="llvm")(a, b, c, d)
    rows = [value_and_grad(f, (1, 3))(a.tolist(), p, c.tolist(), q) for p, q in zip(b.tolist(), d.tolist(), strict=True)]
    same(found[0], [value for value, _ in rows])
    same(found[1], [[slopes[k] for _, slopes in rows] for k in range(2)])


def test_nan_and_infinity_stay_in_their_sample(small):
    f, x = jit(vmap(SCALAR["sum"]), backend="llvm"), RNG.normal(size=(100, 5))
    whole = f(x)
    x[17, 2], x[63, 0] = np.nan, np.inf
    found = f(x)
    kept = [k for k in range(100) if k not in (17, 63)]
    assert found[kept].tolist() == whole[kept].tolist()
    assert math.isnan(found[17])


def test_a_unit_that_raises_names_its_sample(small):
    f, x = jit(vmap(of_logs), backend="llvm"), np.full((80, 5), 0.1)
    same(f(x), [of_logs([0.1] * 5)] * 80)
    x[41] = 50.0
    with pytest.raises(ValueError, match="log") as error:
        f(x)
    assert "41" in "".join(error.value.__notes__)


def test_what_is_read_is_read_again(small):
    w = [[Value(0.3 * i - 0.1 * j) for i in range(6)] for j in range(6)]
    f = jit(lambda x: sum(al.tanh(al.dot(row, x)) for row in w), backend="llvm")
    x = [0.1 * k for k in range(6)]
    f(x)
    w[2][3].data = 5.0
    same(f(x), sum(al.tanh(al.dot(row, x)) for row in w))
    w[4][0] = Value(-3.0)
    same(f(x), sum(al.tanh(al.dot(row, x)) for row in w))
    w[1] = [Value(1.0) for _ in range(6)]
    same(f(x), sum(al.tanh(al.dot(row, x)) for row in w))


LOSSES = [
    ("cross_entropy", 4, lambda y: y % 4), ("mse", 1, lambda y: y * 0.3), ("bce_with_logits", 1, lambda y: y % 2),
    ("huber", 3, lambda y: [y * 0.1, 0.2, -0.3]),
]  # fmt: skip


@pytest.mark.parametrize(("loss", "outputs", "target"), LOSSES)
@pytest.mark.parametrize("widths", [[6], [1, 5], [9, 9]])
def test_training_is_that_of_the_eager_engine(loss, outputs, target, widths, small):
    x, y = RNG.normal(size=(50, 5)).tolist(), [target(k) for k in range(50)]

    def train(engine):
        model = nn.MLP(5, [*widths, outputs], activation="relu", seed=1)
        options = {"optimizer": "adam", "lr": 0.02, "batch_size": 16, "epochs": 4, "regularizer": nn.L2(0.01)}
        history = nn.fit(model, x, y, loss=loss, engine=engine, **options)
        return history.losses, history.accuracies, history.grad_norms, [one.data for one in model.parameters()]

    for found, right in zip(train("llvm"), train("eager"), strict=True):
        assert found == pytest.approx(right, rel=1e-8, abs=1e-10)


def test_a_training_that_diverges_says_where(small):
    x = RNG.normal(size=(30, 5)).tolist()
    for engine in ("eager", "llvm"):
        with pytest.raises(nn.TrainingError):
            nn.fit(nn.MLP(5, [8, 1], seed=0), x, [1e200] * 30, loss="mse", lr=1e3, epochs=20, engine=engine)


class Skipping(nn.Module):
    """Layers that are added to what they are given, units that branch, a normalisation, a number of its own."""

    def __init__(self):
        self.first, self.second, self.last = nn.Linear(5, 6, seed=1), nn.Linear(6, 6, seed=2), nn.Linear(6, 4, seed=4)
        self.t, self.gains = Value(0.5), [Value(1.0) for _ in range(6)]

    def forward(self, x):
        h = [al.silu(one) for one in self.first(x)]
        h = [one * self.t + other for one, other in zip(h, self.second(h), strict=True)]
        h = [one if one > 0 else 0.1 * one for one in h[:2]] + h[2:]
        middle = al.mean(h)
        size = al.sqrt(al.mean([(one - middle) ** 2 for one in h]) + 1e-5)
        return self.last([gain * (one - middle) / size for gain, one in zip(self.gains, h, strict=True)])


def frozen_for_an_epoch(model):
    return lambda epoch, history: setattr(model.parameters()[3], "requires_grad", epoch != 2)


def looked_at(model):
    seen = []
    return lambda epoch, history: seen.append([one.data for one in model.parameters()])


#: For each what `fit` is given besides, made of the model where it needs that.
TRAININGS = {
    "clipped": lambda model: {"optimizer": "adam", "clip_norm": 0.5},
    "validated": lambda model: {"optimizer": "adam", "validation": 0.2, "restore_best": True},
    "weighed": lambda model: {"optimizer": "adam", "sample_weight": [0.5 + k % 3 for k in range(60)]},
    "L-BFGS": lambda model: {"optimizer": nn.optim.LBFGS(model, max_iter=3), "batch_size": None},
    "scheduled": lambda model: (lambda one: {"optimizer": one, "scheduler": nn.optim.lr_scheduler.OneCycleLR(one, 0.1, total_steps=16)})(
        nn.optim.SGD(model, lr=0.02, momentum=0.9)
    ),
    "frozen": lambda model: {"optimizer": "adam", "callbacks": [frozen_for_an_epoch(model)]},
    "looked at": lambda model: {"optimizer": "adam", "callbacks": [looked_at(model)]},
}  # fmt: skip


@pytest.mark.parametrize("kind", TRAININGS)
@pytest.mark.parametrize("make", [lambda: nn.MLP(5, [7, 4], activation="tanh", seed=3), Skipping])
def test_trainings_of_all_kinds(kind, make, small):
    x, y = np.random.default_rng(1).normal(size=(60, 5)), np.arange(60) % 4

    def train(engine):
        model = make()
        options = {"batch_size": 16, "epochs": 4, **TRAININGS[kind](model)}
        history = nn.fit(model, x, y, loss="cross_entropy", engine=engine, **options)
        lists = (history.losses, history.accuracies, history.grad_norms, history.val_losses)
        return [*lists, [one.data for one in model.parameters()], [one.grad for one in model.parameters()]]

    for found, right in zip(train("llvm"), train("eager"), strict=True):
        assert found == pytest.approx(right, rel=1e-7, abs=1e-9)


def test_a_training_that_is_resumed_is_the_same_to_the_bit(small, tmp_path):
    x, y = np.random.default_rng(1).normal(size=(60, 5)), np.arange(60) % 4
    options = {"loss": "cross_entropy", "optimizer": "adam", "lr": 0.01, "batch_size": 16, "engine": "llvm"}

    def train(epochs, **more):
        model = nn.MLP(5, [7, 4], seed=0)
        return nn.fit(model, x, y, epochs=epochs, **options, **more).losses, [one.data for one in model.parameters()]

    train(3, checkpoint=tmp_path / "run.json")
    assert train(6, checkpoint=tmp_path / "run.json", resume=True) == train(6)


# --- predictions --------------------------------------------------------------------------------------------------------


@pytest.fixture
def always(monkeypatch):
    """Predictions compiled, however few."""
    monkeypatch.setattr(predicting, "_IN_ALL", 0.0)
    monkeypatch.setattr(predicting, "_AT_ONCE", 0.0)
    predicting._compiled.clear()


def test_an_array_for_an_array_and_a_list_for_a_list(always):
    x = RNG.normal(size=(20, 5))
    right = [[one.data for one in MODEL(row)] for row in x.tolist()]
    for form in (x, x.astype(">f8"), np.asfortranarray(x), x[::-1][::-1]):
        found = nn.predict(MODEL, form)
        assert isinstance(found, np.ndarray)
        same(found, right)
    found = nn.predict(MODEL, x.tolist())
    assert (type(found), type(found[0]), type(found[0][0])) == (list, list, float)
    same(found, right)
    assert type(nn.predict(nn.MLP(5, [1], seed=0), x.tolist())[0]) is float
    assert nn.predict(nn.MLP(5, [1], seed=0), x).shape == (20,)


def test_the_model_is_the_one_at_the_call(always):
    model, x = (
        nn.Sequential(nn.Linear(5, 6, seed=0), nn.Dropout(0.5, seed=1), nn.Tanh(), nn.Linear(6, 2, seed=1)),
        np.ones((9, 5)),
    )
    first, last = model[0].neurons, model[3].neurons
    changes = [
        lambda: None,
        lambda: setattr(first[0].w[0], "data", 3.0),
        lambda: last.__setitem__(0, nn.Neuron(6, nonlin=False, seed=9)),
        lambda: setattr(first[1], "b", Value(2.0)),
        model.train,
    ]
    for change in changes:
        change()
        before = model.training
        found = nn.predict(model, x)
        assert model.training is before
        model.eval()
        same(found, [[one.data for one in model(row)] for row in x.tolist()])
        model.train(before)


def test_what_cannot_be_compiled_is_answered_and_refused_as_ever(always):
    class Odd(nn.Module):
        def forward(self, x):
            return float(x[0].data if isinstance(x[0], Value) else x[0]) * 2.0

    assert nn.predict(Odd(), [[1.0], [2.0]]) == [2.0, 4.0]
    with pytest.raises(ValueError, match="5 inputs"):
        nn.predict(MODEL, np.ones((3, 4)))
    with pytest.raises(TypeError):
        nn.predict(MODEL, [["a"] * 5])
    assert nn.predict(MODEL, []) == []


def test_few_models_are_kept(always):
    for seed in range(2 * predicting._KEPT):
        nn.predict(nn.MLP(2, [3], seed=seed), np.ones((2, 2)))
    assert len(predicting._compiled) == predicting._KEPT


# --- random functions ---------------------------------------------------------------------------------------------------

UNARY = ["sin", "tanh", "sigmoid", "exp", "softplus", "abs", "relu", "neg", "square", "stop_gradient"]
#: How the units of a layer become a number.
TOGETHER = {
    "sum": al.sum, "Python's sum": sum, "max": al.max, "logsumexp": al.logsumexp, "mean": al.mean,
    "softmax": lambda units: al.softmax(units)[1], "item": lambda units: units[len(units) // 2] * 1.0,
}  # fmt: skip


def unit(rng, depth):
    """What one unit computes: of its weight, what all share, its own argument, a constant, its number."""
    if depth == 0 or rng.random() < 0.2:
        return rng.choice(["weight", "shared", "own", "constant", "number", "first"])
    if rng.random() < 0.45:
        return rng.choice(UNARY), unit(rng, depth - 1)
    return rng.choice(["add", "sub", "mul", "mul", "maximum", "div", "where"]), unit(rng, depth - 1), unit(rng, depth - 1)


def computed(text, given):
    if isinstance(text, str):
        return given[text]
    name, *operands = [text[0], *[computed(one, given) for one in text[1:]]]
    if name in ("square", "neg"):
        return operands[0] ** 2 if name == "square" else -1.0 * operands[0]
    if name == "where":
        return al.where(al.sin(operands[0]), *operands)
    if name == "div":
        return operands[0] / (1.5 + al.sin(operands[1]))
    return getattr(al, name)(*operands)


def random_function(seed):
    """A function of a number and a list, in layers of units that are alike; the list's length."""
    rng = random.Random(seed)
    count = rng.randrange(4, 8)
    weights = [Value(rng.uniform(-1, 1)) for _ in range(count)]
    layers = [(unit(rng, rng.randrange(1, 4)), rng.choice([*TOGETHER, "dot"])) for _ in range(rng.randrange(1, 4))]

    def f(x, v):
        total, before = 0.0 * x + 0.0 * v[0] + 1.0, None
        for text, together in layers:
            w = weights if before is None else [one * other for one, other in zip(before, weights, strict=True)]
            shared = {"shared": x, "constant": 0.7, "first": v[0]}
            before = [computed(text, {**shared, "weight": w[k], "own": v[k], "number": 0.1 * k}) for k in range(count)]
            found = al.dot(before, weights) if together == "dot" else TOGETHER[together](before)
            total = total * found if times[together] else total + found
        return total

    times = {name: rng.random() < 0.5 for name in [*TOGETHER, "dot"]}
    return f, [rng.uniform(-1, 1) for _ in range(count + 1)]


def check_random(seed):
    f, (x, *v) = random_function(seed)
    for transform in (lambda f: value_and_grad(f, (0, 1)), lambda f: grad(lambda x, v: sum(grad(f, 1)(x, v)))):
        try:
            right = transform(f)(x, v)
        except (ArithmeticError, ValueError):
            continue
        same(jit(transform(f), backend="llvm")(x, v), right)


@pytest.mark.parametrize("seed", range(25))
def test_random_functions(seed, small):
    check_random(seed)


@pytest.mark.long
def test_many_random_functions(small):
    for seed in range(100, 2100):
        check_random(seed)


#: What of the numbers of several arguments is handed to units.
TAKEN = {
    "all": lambda own: own, "backwards": lambda own: own[::-1], "every other": lambda own: own[::2], "one": lambda own: own[-1:],
    "products": lambda own: [one * other for one, other in zip(own, own[1:] + own[:1], strict=True)],
}  # fmt: skip
RESULTS = {
    "list": lambda found, total: [total, *found],
    "tuple": lambda *found: found,
    "dict": lambda f, t: {"a": f, "b": t},
}


def put_together(arguments):
    return [one for argument in arguments for one in (argument if hasattr(argument, "__len__") else [argument])]


def function_of_lists(rng, count):
    """A function of numbers and lists: a number, and whatever else; of some layers the units are results."""
    weights = [Value(rng.uniform(-0.6, 0.6)) for _ in range(30)]
    layers = [
        (TAKEN[rng.choice([*TAKEN])], rng.sample(range(count), rng.randint(1, count)), unit(rng, 2),
        rng.choice(["dot", "sum", "logsumexp", "softmax", "list", "list"]), rng.randrange(20))
        for _ in range(rng.randint(1, 3))
    ]  # fmt: skip
    results = RESULTS[rng.choice([*RESULTS])]

    def f(*arguments):
        total, found = 0.3, []
        for taken, places, text, together, at in layers:
            own = taken(put_together([arguments[k] for k in places]))
            shared = {"shared": own[0], "first": weights[at], "constant": 0.7}
            w = [weights[(at + k) % 30] for k in range(len(own))]
            units = [computed(text, {**shared, "own": one, "weight": w[k], "number": 0.1 * k}) for k, one in enumerate(own)]
            if together == "list":
                found = units[::-1] + found if at % 2 else found + units
            elif together == "dot" or len(units) < 2:
                total = total + al.dot(units, w)
            else:
                total = total * al.tanh(TOGETHER[together](units)) + 0.1
            if at % 5 == 0 and total > 0.4:
                total = total * 1.1
        total = total + 0.0 * sum(put_together(arguments))
        return total, results(found, total)

    return f


def check_lists(seed):
    """Called once, for arrays or for lists of samples; of its slopes in some arguments, in any order."""
    rng = random.Random(seed)
    lengths = [rng.choice([0, 2, 4, 5, 6]) for _ in range(rng.randint(1, 4))]  # 0: a number
    f, argnums = function_of_lists(rng, len(lengths)), rng.sample(range(len(lengths)), rng.randint(1, len(lengths)))
    argnums = argnums[0] if rng.random() < 0.3 else tuple(argnums)
    transform = rng.choice([None, grad, value_and_grad])
    g = f if transform is None else transform(f, argnums, has_aux=True)
    arguments = [[rng.uniform(-1, 1) for _ in range(n)] if n else rng.uniform(-1, 1) for n in lengths]
    if seed % 3:
        axes = [rng.choice([0, 0, None]) for _ in lengths]
        axes[rng.randrange(len(axes))] = 0
        draw, count = np.random.default_rng(seed), rng.choice([1, 5, 66])
        g = vmap(g, in_axes=tuple(axes))
        shapes = [(count, n) if n else count for n in lengths]
        arguments = [
            one if axis is None else draw.uniform(-1, 1, shape)
            for one, axis, shape in zip(arguments, axes, shapes, strict=True)
        ]
    lists = [one.tolist() if isinstance(one, np.ndarray) else one for one in arguments]
    same(jit(g, backend="llvm")(*(arguments if seed % 3 == 1 else lists)), g(*lists))


@pytest.mark.parametrize("seed", range(60))
def test_random_functions_of_lists(seed, small):
    check_lists(seed)


@pytest.mark.long
def test_many_random_functions_of_lists(small):
    for seed in range(100, 1100):
        check_lists(seed)


@pytest.mark.parametrize("lead", [3, 5])
def test_a_share_of_nearly_everything(lead, small):
    """Slopes and second derivatives of a cross-entropy over a layer keep their digits where a class leads, the right one too."""
    draw = random.Random(0)
    rows, x = [[draw.gauss(0.0, 0.3) for _ in range(40)] for _ in range(30)], [draw.gauss(0.0, 1.0) for _ in range(40)]
    rows[lead] = [one * 40.0 / sum(other * other for other in x) for one in x]

    def loss(t, x):
        return nn.cross_entropy([al.dot(row, [t * one for one in x]) for row in rows], 3)

    for function in (grad(loss, 1), grad(grad(loss))):
        compiled = jit(function)
        found, wanted = compiled(1.0, x), function(1.0, x)
        assert compiled.program.loops.sizes
        assert found == pytest.approx(wanted, rel=1e-13, abs=0.0)
