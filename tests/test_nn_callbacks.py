"""What callbacks change in the middle of a training: a compiled engine follows, or goes on eager; either way as the eager one does."""

import builtins
import importlib.util
import logging
import types
from types import SimpleNamespace

import pytest
from refusals import refused

import autograd_lite as al
from autograd_lite import Value, data, nn

LLVM = pytest.param("llvm", marks=pytest.mark.skipif(not importlib.util.find_spec("llvmlite"), reason="needs llvmlite"))
ROWS = data.load("moons", n=12)
settings = types.ModuleType("settings")
factor = 1.0


class Net(nn.Module):
    def __init__(self):
        self.first = nn.MLP(2, [3], activation="tanh", seed=0)
        self.last = nn.MLP(3, [1], activation="identity", seed=1)
        self.scale, self.activation = 1.0, al.tanh
        self.dropout = nn.Dropout(0.5, seed=0)

    def forward(self, x):
        return self.last([self.activation(one) for one in self.first(x)]) * self.scale


class Momentum(nn.optim.SGD):
    """An optimizer of one's own, with an attribute of its own."""

    speed = 1.0

    def displacement(self, grad, state, group):
        return self.speed * super().displacement(grad, state, group)


class Penalty(nn.L2):
    """A penalty of one's own, which has nothing of its own."""


class Training:
    def __init__(self):
        global factor
        factor = settings.k = builtins.watched_factor = 1.0
        self.model, self.penalty = Net(), Penalty(0.01)
        self.model.dropout.eval()
        self.optimizer = Momentum(self.model, lr=0.1, momentum=0.5)
        self.numbers, self.config = [1.0], SimpleNamespace(a=SimpleNamespace(k=1.0))
        self.weights, self.rows = [Value(1.0, requires_grad=False)], slice(0, 2)

    def loss(self, p, y):
        scale = factor * settings.k * watched_factor * sum([0.5, 0.5, 2.0][self.rows])  # noqa: F821
        return nn.bce_with_logits(p, y) * self.numbers[0] * self.config.a.k * scale * self.weights[0]

    def run(self, engine, changes):
        def callback(epoch, history):
            if epoch in changes:
                changes[epoch](self)

        history = nn.fit(
            self.model, ROWS.x, ROWS.y, loss=self.loss, optimizer=self.optimizer, regularizer=self.penalty, epochs=5,
            batch_size=6, callbacks=[callback], engine=engine, progress=None,
        )  # fmt: skip
        return [*history.losses, *history.grad_norms, *[one.data for one in self.model.parameters()]]


def set_factor(t):
    global factor
    factor = 2.0


def step_half(t):
    """A step that does something else, and calls the package's own."""
    plain = t.optimizer.step

    def step(closure=None):
        for one in t.optimizer.params:
            one.grad *= 0.5
        return plain(closure)

    t.optimizer.step = step


def replace_group(t):
    t.optimizer.param_groups[0] = {**t.optimizer.param_groups[0], "lr": 0.01}


def replace_groups(t):
    t.optimizer.param_groups = [{**t.optimizer.param_groups[0], "momentum": 0.75, "lr": 0.02}]


def drop(t):
    plain = t.model.forward
    t.model.forward = lambda x: t.model.dropout.train()(plain(x))


def hook_the_output(t):
    plain = t.model.forward

    def forward(x):
        y = plain(x)
        y.register_hook(lambda gradient: 2.0 * gradient)
        return y

    t.model.forward = forward


CHANGES = {
    "freeze": lambda t: t.model.first.freeze(),
    "requires_grad": lambda t: t.model.first.requires_grad_(False),
    "list": lambda t: t.numbers.__setitem__(0, 3.0),
    "nested": lambda t: setattr(t.config.a, "k", 2.0),
    "global": set_factor,
    "module": lambda t: setattr(settings, "k", 3.0),
    "builtins": lambda t: setattr(builtins, "watched_factor", 2.0),
    "slice": lambda t: setattr(t, "rows", slice(1, 3)),
    "strength": lambda t: setattr(t.penalty, "strength", 0.5),
    "activation": lambda t: setattr(t.model, "activation", al.sin),
    "scale": lambda t: setattr(t.model, "scale", 2.0),
    "layer": lambda t: setattr(t.model, "last", nn.MLP(3, [1], activation="identity", seed=9)),
    "parameter": lambda t: t.model.first.layers[0].neurons[0].w.__setitem__(0, Value(0.3)),
    "more parameters": lambda t: setattr(t.model, "more", Value(5.0)),
    "hook": lambda t: t.model.first.parameters()[0].register_hook(lambda gradient: 3.0 * gradient),
    "hook on the output": hook_the_output,
    "momentum": lambda t: t.optimizer.param_groups[0].update(momentum=0.9),
    "weight decay": lambda t: t.optimizer.param_groups[0].update(weight_decay=0.1),
    "maximize": lambda t: t.optimizer.param_groups[0].update(maximize=True),
    "optimizer's attribute": lambda t: setattr(t.optimizer, "speed", 0.25),
    "rate": lambda t: t.optimizer.param_groups[0].update(lr=0.01),
    "step": step_half,
    "no step": lambda t: setattr(t.optimizer, "step", lambda closure=None: None),
    "gradients that add up": lambda t: setattr(t.optimizer, "zero_grad", lambda set_to_none=True: None),
    "group": replace_group,
    "groups": replace_groups,
    "eval": lambda t: t.model.eval(),
    "dropout": drop,
    "Value": lambda t: t.weights.__setitem__(0, Value(2.0, requires_grad=False)),
    "number of a Value": lambda t: setattr(t.weights[0], "data", 2.0),
    "numbers of parameters": lambda t: t.model.load_state_dict(dict.fromkeys(t.model.state_dict(), 0.25)),
    "nothing": lambda t: None,
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("engine", ["python", pytest.param("llvm", marks=[*LLVM.marks, pytest.mark.long])])
def test_a_change_is_followed(name, engine):
    changes = {2: CHANGES[name]}
    assert Training().run(engine, changes) == pytest.approx(Training().run("eager", changes), rel=1e-9)


@pytest.mark.parametrize("engine", ["python", LLVM])
def test_frozen_and_unfrozen(engine):
    changes = {1: CHANGES["freeze"], 3: lambda t: t.model.unfreeze()}
    one, other = Training(), Training()
    assert one.run(engine, changes) == pytest.approx(other.run("eager", changes), rel=1e-9)
    assert one.optimizer.state == [pytest.approx(state, rel=1e-9) for state in other.optimizer.state]


@pytest.mark.parametrize("engine", ["python", LLVM])
def test_a_parameter_group_is_added(engine):
    def train(engine):
        t = Training()
        t.optimizer, t.penalty = Momentum(t.model.first, lr=0.1, momentum=0.5), None
        return t.run(engine, {2: lambda t: t.optimizer.add_param_group({"params": t.model.last.parameters(), "lr": 0.05})})

    assert train(engine) == pytest.approx(train("eager"), rel=1e-9)


def test_what_is_done_about_it_is_said(caplog):
    """Compiled once; again after a change; eager, with the reason, where it cannot be compiled any more."""
    with caplog.at_level(logging.DEBUG, "autograd_lite"):
        Training().run("python", {1: CHANGES["nothing"], 2: CHANGES["scale"], 3: CHANGES["hook"]})
    said = [record.getMessage() for record in caplog.records]
    assert [line.startswith("compiled the training step") for line in said] == [True, True, False]
    assert "goes on eager" in said[2]
    assert "hook" in said[2]


class Halved(Momentum):
    def step(self, closure=None):
        for one in self.params:
            one.grad *= 0.5
        return super().step(closure)


class Adding(Momentum):
    def zero_grad(self, set_to_none=True):
        pass


class Boosted(Momentum):
    """Its update reads what no optimizer of the package has in its groups."""

    def update(self, data, grad, state, group):
        return super().update(data, grad * group.get("boost", 1.0), state, group)


class Needing(Momentum):
    def update(self, data, grad, state, group):
        return super().update(data, grad * group["boost"] * group.get("initial_lr", 1.0), state, group)


class Looking(Momentum):
    """Its update looks for the options itself."""

    def update(self, data, grad, state, group):
        return super().update(data, grad * (1.0 + self.lr) * (1.0 + self.param_groups[0]["lr"]), state, group)


@pytest.mark.parametrize("kind", [Halved, Adding, Boosted, Needing, Looking])
def test_optimizers_of_one_s_own(kind):
    def train(engine):
        t = Training()
        t.optimizer = kind(t.model, lr=0.1, momentum=0.5)
        t.optimizer.param_groups[0].update({"boost": 1.5} if kind is Needing else {})
        changed = {"boost": 2.0, "lr": 0.05, "initial_lr": 0.5}
        return t.run(engine, {2: lambda t: t.optimizer.param_groups[0].update(changed)})

    assert train("auto") == pytest.approx(train("eager"), rel=1e-9)
    if kind in (Halved, Adding):
        with refused(ValueError, "step", kind.__name__, "engine='eager'"):
            train("python")
    else:
        assert train("python") == pytest.approx(train("eager"), rel=1e-9)


def test_the_package_s_own_step_may_be_patched(monkeypatch):
    def train(engine):
        with monkeypatch.context() as patch:
            return Training().run(engine, {2: lambda t: patch.setattr(nn.optim.SGD, "displacement", doubled)})

    def doubled(self, grad, state, group):
        return 2.0 * group["lr"] * grad

    assert train("python") == pytest.approx(train("eager"), rel=1e-9)


class Stateful(Net):
    """A model whose attributes have names of an optimizer's."""

    def __init__(self):
        super().__init__()
        self.state, self.cfg = 1.0, SimpleNamespace(state=1.0, param_groups=[{"lr": 1.0}])

    def forward(self, x):
        return super().forward(x) * self.state * self.cfg.state * self.cfg.param_groups[0]["lr"]


@pytest.mark.parametrize(
    "change",
    [
        lambda t: setattr(t.model, "state", 2.0),
        lambda t: setattr(t.model.cfg, "state", 3.0),
        lambda t: setattr(t.model.cfg, "param_groups", [{"lr": 2.0}]),
    ],
)
def test_names_of_an_optimizer_s_in_a_model(change):
    one, other = Training(), Training()
    for t in (one, other):
        t.model = Stateful()
        t.optimizer = Momentum(t.model, lr=0.1, momentum=0.5)
    assert one.run("python", {2: change}) == pytest.approx(other.run("eager", {2: change}), rel=1e-9)


@pytest.mark.parametrize(
    "read",
    [
        lambda optimizer: optimizer.param_groups[0]["lr"],
        lambda optimizer: optimizer.lr,
        lambda optimizer: len(optimizer.state[0]),
    ],
)
def test_a_loss_that_reads_the_optimizer(read):
    """It would have to be read anew at each step: such a training is eager, and "python" says why not."""

    def train(engine):
        t = Training()
        t.model.dropout.eval()
        loss = t.loss
        t.loss = lambda p, y: loss(p, y) * (1.0 + read(t.optimizer))
        return t.run(engine, {2: CHANGES["rate"]})

    assert train("auto") == train("eager")
    with refused(ValueError, "loss.optimizer", "Momentum", "engine='eager'"):
        train("python")


def test_hooks_from_the_beginning():
    t = Training()
    CHANGES["hook"](t)
    with refused(ValueError, "engine='python'", "hook", "engine='eager'"):
        t.run("python", {})


@pytest.mark.parametrize("engine", ["python", LLVM])
def test_what_the_optimizer_remembers_is_in_the_dicts_that_somebody_has(engine):
    def trained(engine):
        model = nn.MLP(2, [3, 1], activation="tanh", seed=1)
        optimizer = nn.optim.SGD(model, lr=0.1, momentum=0.9)
        memory, seen = optimizer.state, []

        def restart(epoch, history):
            seen.append(memory[0].get("momentum_buffer"))
            for one in memory:
                one.clear()  # the momentum starts anew

        history = nn.fit(
            model, [[0.5, -1.0], [1.5, 0.3], [-0.7, 0.8]], [1.0, -0.5, 0.25], loss="mse", optimizer=optimizer, epochs=4,
            callbacks=[restart], engine=engine,
        )  # fmt: skip
        assert optimizer.state is memory
        return [*history.losses, *seen]

    assert trained(engine) == pytest.approx(trained("eager"), rel=1e-12)
