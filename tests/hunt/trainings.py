"""Random trainings: the engines of `fit` against each other while callbacks change things, optimizers and schedules against PyTorch,
threads on one root, names from a table in the terminal."""

from hypothesis import strategies as st

from .states import indented

_MODELS = (
    "nn.MLP(2, [3, 1], activation='tanh', seed={n})", "nn.MLP(2, [2, 2, 1], activation='relu', seed={n})", "nn.MLP(2, [1], seed={n})",
    "nn.Sequential(nn.Linear(2, 2, seed={n}), nn.Sigmoid(), nn.Dropout(0.0), nn.Linear(2, 1, seed={n}))",
)  # fmt: skip
_LOSSES = (
    "'mse'", "'huber'", "'mae'", "lambda p, y: nn.mse(p, y) * cfg.a.k", "lambda p, y: nn.mse(p * ks[0], y) + cfg.k * al.tanh(p)",
        "lambda p, y: state['loss'](p, y)",
    "lambda p, y: nn.mse(p, y) if p > cfg.k else nn.mae(p, y) * 2.0", "lambda p, y: nn.mse(scale * p, y)", "safe",
)  # fmt: skip
_OPTIMIZERS = (
    "nn.optim.SGD(model, lr=0.1)", "nn.optim.SGD(model, lr=0.05, momentum=0.9, nesterov=True)", "nn.optim.Adam(model, lr=0.05)",
        "nn.optim.AdamW(model, lr=0.05, amsgrad=True)",
    "nn.optim.RMSprop(model, lr=0.02, momentum=0.5)", "nn.optim.Adagrad(model, eps=1e-6)", "nn.optim.Adadelta(model)",
        "nn.optim.LBFGS(model, max_iter=3)",
    "nn.optim.SGD([{'params': [first], 'lr': 0.2}, {'params': model.parameters()[1:]}], lr=0.1)",
        "nn.optim.SGD(model.parameters()[1:], lr=0.1)",
)  # fmt: skip
_CHANGES = (
    "model.layers[0].freeze()", "model.unfreeze()", "first.requires_grad = False", "first.requires_grad = True",
        "first.data = 0.3", "cfg.a.k = 3.0", "cfg.k = -0.5", "ks[0] = 2.0",
    "ks[:] = [Value(0.5)]", "state['loss'] = nn.mae", "optimizer.param_groups[0]['lr'] = 0.01",
        "optimizer.param_groups[0]['weight_decay'] = 0.1", "penalty.strength = 0.5",
    "model.eval()", "model.train()", "first.register_hook(lambda g: 2.0 * g)",
        "optimizer.add_param_group({'params': [first], 'lr': 0.3})", "model.layers[-1].neurons[0].b = Value(0.7)",
    "model.layers[0].activation = 'sigmoid'", "optimizer.state[0].clear()", "scale.data = 2.0", "scale.requires_grad = False",
        "model.forward = lambda x: x[0] * first",
)  # fmt: skip
_EXTRAS = (
    "batch_size=2",
    "regularizer=penalty",
    "clip_norm=0.5",
    "clip_value=0.1",
    "scheduler=nn.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)",
    "sample_weight=[1.0, 2.0, 0.5, 1.0]",
)
_DATA = "xs, ys = [[0.5, -1.0], [1.5, 0.3], [-0.7, 0.8], [0.0, 0.0]], [1.0, -0.5, 0.25, 2.0]"
_STATE = """cfg = types.SimpleNamespace(k=0.5, a=types.SimpleNamespace(k=1.0))
ks, state, penalty, scale = [1.0], {'loss': nn.mse}, nn.L2(0.01), Value(1.5)
first = model.parameters()[0]

def safe(p, y):
    try:
        return nn.mse(p, y) + 0.1 * al.log(p)
    except ValueError:
        return nn.mae(p, y) * 3.0
"""


def _training(
    model: str, loss: str, optimizer: str, changes: list[tuple[int, str]], extras: list[str], epochs: int = 6
) -> str:
    """A function of an engine that trains, and what compares the engines."""
    change = "\n".join(f"if epoch == {epoch}:\n    {text}" for epoch, text in changes) or "pass"
    options = "".join(f", {one}" for one in extras)
    lines = [
        f"model = {model}", _STATE, f"optimizer = {optimizer}", "", f"def change(epoch, history):\n{indented(change)}\n",
        f"return nn.fit(model, xs, ys, loss={loss}, optimizer=optimizer, epochs={epochs}, callbacks=[change], "
        f"engine=engine{options}), model",
    ]  # fmt: skip
    return f"{_DATA}\n\n\ndef train(engine):\n{indented(chr(10).join(lines))}\n\n\nengines(train)"


@st.composite
def engines(draw: st.DrawFn) -> str:
    """A small net under a random loss and optimizer, and what callbacks change on the way."""
    model = draw(st.sampled_from(_MODELS)).format(n=draw(st.integers(0, 5)))
    loss, optimizer = draw(st.sampled_from(_LOSSES)), draw(st.sampled_from(_OPTIMIZERS))
    changes = draw(st.lists(st.tuples(st.integers(1, 5), st.sampled_from(_CHANGES)), max_size=3))
    extras = draw(st.lists(st.sampled_from(_EXTRAS), max_size=2, unique=True))
    return _training(model, loss, optimizer, changes, extras)


_DIVERGING = (
    "'mse'", "'mse'", "lambda p, y: al.log(p + 4.0) * 2.0", "lambda p, y: al.sqrt(p + 4.0) * 3.0", "lambda p, y: -al.exp(p * p)",
        "lambda p, y: -p ** 4",
    "lambda p, y: al.log(p) * 2.0",
)  # fmt: skip


@st.composite
def diverging(draw: st.DrawFn) -> str:
    """A training whose numbers run away, sooner or later: every engine must say so, as the eager one does."""
    hidden, bend = draw(st.sampled_from(("3, ", "4, 4, ", ""))), draw(st.sampled_from(("identity", "relu")))
    model = f"nn.MLP(2, [{hidden}1], activation={bend!r}, seed={draw(st.integers(0, 9))})"
    rate, extras = (
        draw(st.sampled_from((1.0, 10.0, 100.0, 0.3, 1e9))),
        draw(st.lists(st.sampled_from((*_EXTRAS[:4], "batch_size=20")), max_size=1)),
    )
    data = f"xs, ys = table({draw(st.sampled_from((4, 20, 60)))}, {draw(st.integers(0, 9))})"
    return (
        _training(model, draw(st.sampled_from(_DIVERGING)), f"nn.optim.SGD(model, lr={rate})", [], extras, 200)
        .replace(_DATA, data)
        .replace("engines(train)", "engines(train, inf)")
    )


# --- PyTorch ---------------------------------------------------------------------------------------------------------

_MOVERS = (
    "SGD([p, q], lr=0.1)", "SGD([p, q], lr=0.1, momentum=0.9)", "Adam([p, q], lr=0.1)", "AdamW([p, q], lr=0.1, amsgrad=True)",
        "RMSprop([p, q], lr=0.05, centered=True)",
    "Adagrad([p, q], lr=0.1, lr_decay=0.1)", "SGD([{'params': [p], 'lr': 0.3}, {'params': [q]}], lr=0.1)",
        "LBFGS([p, q], lr=0.5, max_iter=4, max_eval=2)",
)  # fmt: skip
_SCHEDULES = (
    "StepLR(descent, 2, 0.5)", "ExponentialLR(descent, 0.9)", "MultiStepLR(descent, [1, 3], 0.5)",
        "LinearLR(descent, 0.5, 1.0, total_iters=3)", "CosineAnnealingLR(descent, 9)",
    "LambdaLR(descent, lambda k: 1.0 / (k + 1))", "ReduceLROnPlateau(descent, factor=0.5, patience=0)",
        "ReduceLROnPlateau(descent, mode='max', factor=0.5, patience=1, cooldown=1)",
    "ReduceLROnPlateau(descent, factor=0.25, patience=1, threshold_mode='abs', min_lr=0.01)",
)  # fmt: skip
_CYCLE = "OneCycleLR(descent, 0.5, total_steps={}, anneal_strategy={!r})"
_EVENTS = (
    "p.requires_grad = False",
    "p.requires_grad = True",
    "descent.add_param_group({'params': [r]})",
    "kit.clip_grad_norm_([p, q], 0.1)",
    "kit.clip_grad_value_([p, q], 0.05)",
    "descent.param_groups[0]['lr'] = 0.2",
)


@st.composite
def peers(draw: st.DrawFn) -> str:
    """An optimizer with one schedule or two, and things done between its steps; by PyTorch as well."""
    mover = draw(st.sampled_from(_MOVERS))
    plans, most = draw(st.lists(st.sampled_from(_SCHEDULES), max_size=2)), 8
    if "momentum" in mover and draw(st.booleans()):
        total = draw(st.integers(3, 9))  # so that its last step comes
        most, plans = total - 1, [_CYCLE.format(total, draw(st.sampled_from(("cos", "linear"))))]
    metrics = draw(st.lists(st.sampled_from((1.0, 0.5, 0.75, 2.0, 1.5, 0.0)), min_size=1, max_size=most))
    events = (
        {} if "LBFGS" in mover else dict(draw(st.lists(st.tuples(st.integers(1, 7), st.sampled_from(_EVENTS)), max_size=2)))
    )
    mode = draw(st.sampled_from(("", "", "with kit.no_grad():\n    ")))
    made = [f"plan{k} = kit.lr_scheduler.{plan}" for k, plan in enumerate(plans)]
    steps = []
    for k, metric in enumerate(metrics):
        steps += [events[k]] if k in events else []
        steps += [f"{mode}descent.step(closure)"]
        steps += [f"plan{j}.step({metric})" if "Plateau" in plan else f"plan{j}.step()" for j, plan in enumerate(plans)]
        steps += ["seen.append([[group['lr'] for group in descent.param_groups], float(p), float(q), float(r)])"]
    lines = [
        "p, q, r, seen = kit.number(1.0), kit.number(-0.5), kit.number(2.0), []", f"descent = kit.{mover}", *made, "",
        "def closure():\n    descent.zero_grad()\n    loss = (p - 0.3) ** 2 + (q * p - 1.0) ** 2 + 0.5 * r * r * q\n"
        "    loss.backward()\n    return loss\n",
        *steps, "return seen",
    ]  # fmt: skip
    return f"def train(kit):\n{indented(chr(10).join(lines))}\n\n\npeers(train)"


# --- threads and terminals -------------------------------------------------------------------------------------------


@st.composite
def threads(draw: st.DrawFn) -> str:
    """A graph, and threads that all call `backward` of its root."""
    line = draw(
        st.sampled_from(
            (
                "y = y * 1.001 + x",
                "y = al.tanh(y) + x * y",
                "y = al.sum([x, y, x * 0.5])",
                "y = y + x\ny.register_hook(lambda g: g)",
            )
        )
    )
    nodes, count = draw(st.sampled_from((100, 300))), draw(st.integers(2, 4))
    return f"x = y = Value(0.5)\nfor _ in range({nodes}):\n{indented(line)}\nthreads_add_up(y, x, {count}, 20)"


@st.composite
def names(draw: st.DrawFn) -> str:
    """A table with one hostile name: of a column, of a class, of the file."""
    given = ["width", "cat", "dog", "pets"]
    place = draw(st.integers(0, 3))
    given[place] += draw(
        st.sampled_from(
            ("\x1b]0;x\x07", "\x9b31m", "\u202egnp", "\x1b[2J", "\x07", "\u2066", "\x7f")
            if place == 3
            else ("\x1b]0;x\x07", "\nx", "\x9b31m", "\u202egnp", "\r", "\x85", "\u2028")
        )
    )
    return f"terminal_is_safe({', '.join(map(ascii, given))}, command={draw(st.sampled_from(('train', 'evaluate')))!r})"
