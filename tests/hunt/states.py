"""Random functions with state in Python: what they read from outside changes between calls; they catch, branch, loop, hook."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st


class State(NamedTuple):
    """Something to read from outside: how it is made, an expression that reads it, what changes it; `@` is a number of its own."""

    setup: str
    use: str
    changes: tuple[str, ...]


_BOX = "class Box@:\n    k = 2.0\n\n    def times(self, z):\n        return self.k * z\n\n\nbox@ = Box@()"
_CELL = """def make@():
    c = 2.0

    def times(z):
        return c * z

    def put(value):
        nonlocal c
        c = value

    return times, put


times@, put@ = make@()"""
_ASKED = """class Asked@:
    def __init__(self):
        self.kept = {'k': 2.0}

    def __getattr__(self, name):
        return self.kept[name]


asked@ = Asked@()"""
_NET = """class Net@(nn.Module):
    def __init__(self):
        self.w, self.inner = Value(1.5), nn.MLP(1, [2, 1], activation="tanh", seed=3)

    def forward(self, z):
        return self.w * z if self.training else self.inner([z])


net@ = Net@()"""

STATES = (
    State("g@ = 2.0", "r * g@", ("g@ = 3.0", "g@ = Value(5.0)", "g@ = True", "g@ = Fraction(1, 3)")),
    State("w@ = Value(2.0)", "r * w@", ("w@ = Value(9.0)", "w@.data = 4.0", "w@ = Value(w@.data - 0.5)", "w@.requires_grad = False")),
    State("ws@ = [Value(1.0), 2.0]", "ws@[0] * r + ws@[-1]", ("ws@[0] = Value(9.0)", "ws@[1] = 7.0", "ws@.append(4.0)",
        "ws@ = [3.0, 5.0]")),
    State("ws@ = [1.0, 2.0]", "r * sum(ws@)", ("ws@.append(3.0)", "ws@[:1] = [Value(4.0)]", "ws@[:] = ws@[1:]", "ws@[:] = [5.0]")),
    State(
        "p@ = {'a': Value(2.0), 'b': 1.0}", "al.sum(list(p@.values())) * r",
        ("p@['a'] = Value(5.0)", "p@ = {'a': 3.0}", "p@['c'] = 4.0", "p@.pop('b', None)", "p@.update(b=Value(7.0))"),
    ),
    State("p@ = {'a': {'rows': [[1.0, 2.0]]}}", "r * p@['a']['rows'][0][1]", ("p@['a']['rows'][0][1] = 5.0",
        "p@['a'] = {'rows': [[1.0, 4.0]]}")),
    State("p@ = {'a': 2.0}", "r * p@.get('b', 1.0)", ("p@['b'] = 3.0", "p@ = {'b': 4.0}")),
    State(f"{_BOX}\nbox@.inner = Box@()", "r * box@.inner.k", ("box@.inner.k = 3.0", "Box@.k = 4.0", "box@.inner = Box@()",
        "box@.inner.k = Value(5.0)")),
    State(_BOX, "box@.times(r)", ("box@.k = 3.0", "Box@.k = 4.0", "Box@.times = lambda self, z: 5.0 + z",
        "box@.times = lambda z: z - 6.0", "box@ = Box@()")),
    State(f"{_BOX}\ntimes@ = box@.times", "times@(r)", ("box@.k = 3.0", "Box@.k = Value(4.0)", "times@ = lambda z: 5.0 * z")),
    State(_BOX, "r * getattr(box@, 'k')", ("box@.k = 3.0", "setattr(Box@, 'k', 4.0)", "box@.__dict__['k'] = 5.0")),
    State(f"{_BOX}\n\n\nclass Sub@(Box@):\n    pass\n\n\nsub@ = Sub@()", "r * sub@.k", ("Sub@.k = 3.0", "Box@.k = 4.0",
        "sub@.__class__ = type('Else@', (), {'k': 5.0})")),
    State("class Slots@:\n    __slots__ = ('k',)\n\n\nslots@ = Slots@()\nslots@.k = 2.0", "r * slots@.k", ("slots@.k = 3.0",
        "slots@.k = Value(4.0)")),
    State(
        "class Prop@:\n    _k = [2.0]\n\n    @property\n    def k(self):\n        return self._k[0]\n\n\nprop@ = Prop@()", "r * prop@.k",
        ("prop@._k = [3.0]", "Prop@._k[0] = 4.0", "Prop@.k = 5.0"),
    ),
    State(_ASKED, "r * asked@.k", ("asked@.kept['k'] = 3.0", "asked@.kept = {'k': Value(4.0)}", "asked@.k = 5.0")),
    State(
        "class Call@:\n    k = 2.0\n\n    def __call__(self, z):\n        return self.k * z\n\n"
        "    def __getitem__(self, key):\n        return self.k + key\n\n\ncall@ = Call@()", "call@(r) * call@[1]",
        ("call@.k = 3.0", "Call@.k = 4.0", "Call@.__call__ = lambda self, z: z", "call@ = lambda z: z"),
    ),
    State("@dataclass\nclass Data@:\n    k: float = 2.0\n    ks: tuple = (1.0, 2.0)\n\n\ndata@ = Data@()",
        "r * data@.k + data@.ks[1]", ("data@.k = 3.0", "data@ = replace(data@, ks=(1.0, 5.0))")),
    State("Pair@ = namedtuple('Pair@', 'a b')\npair@ = Pair@(1.0, 2.0)", "r * pair@.b", ("pair@ = pair@._replace(b=3.0)",
        "pair@ = Pair@(1.0, Value(4.0))")),
    State("class Level@(IntEnum):\n    LOW = 1\n    HIGH = 3\n\n\nlevel@ = Level@.LOW", "r * level@", ("level@ = Level@.HIGH",
        "level@ = 2")),
    State("line@ = deque([2.0, 3.0])", "r * line@[0]", ("line@.rotate(1)", "line@.appendleft(5.0)")),
    State("names@ = {'up'}", "r * (3.0 if 'down' in names@ else 2.0)", ("names@.add('down')", "names@ = {'down'}")),
    State("kind@ = 'twice'", "r * {'twice': 2.0, 'thrice': 3.0}[kind@]", ("kind@ = 'thrice'",)),
    State("part@ = functools.partial(lambda ks, z: ks[0] * z, [2.0])", "part@(r)", ("part@.args[0][0] = 3.0",
        "part@ = functools.partial(lambda ks, z: ks[0] - z, [4.0])")),
    State("part@ = functools.partial(lambda z, k: k * z, k=2.0)", "part@(r)", ("part@.keywords['k'] = 3.0",
        "part@ = functools.partial(lambda z, k: k * z, k=Value(4.0))")),
    State("def h@(z, k=2.0):\n    return k * z", "h@(r)", ("h@.__defaults__ = (3.0,)", "h@ = lambda z: 4.0 * z",
        "h@.__code__ = (lambda z, k: k - z).__code__")),
    State("def h@(z):\n    return h@.k * z\n\n\nh@.k = 2.0", "h@(r)", ("h@.k = 3.0", "h@.k = Value(4.0)")),
    State(_CELL, "times@(r)", ("put@(3.0)", "put@(Value(4.0))", "times@.__closure__[0].cell_contents = 5.0")),
    State("mod@ = types.ModuleType('mod@')\nmod@.k = 2.0\nmod@.sub = types.ModuleType('sub')\nmod@.sub.k = 1.0",
        "r * mod@.k + mod@.sub.k", ("mod@.k = 3.0", "mod@.sub.k = 4.0", "mod@.sub.k = Value(5.0)")),
    State("steps@ = [al.sin, al.tanh]", "functools.reduce(lambda z, s: s(z), steps@, r)", ("steps@[0] = al.cos",
        "steps@.append(al.exp)", "steps@.reverse()")),
    State("n@ = 2", "functools.reduce(lambda z, k: z * 0.5 + k, range(n@), r)", ("n@ = 3", "n@ = 0")),
    State("numbers@ = np.array([1.0, 2.0])", "r * float(numbers@[1])", ("numbers@[1] = 5.0", "numbers@ = np.array([1.0, 4.0])")),
    State(_NET, "net@(r)", ("net@.eval()", "net@.train()", "net@.w = Value(3.0)",
        "net@.inner.layers[0].neurons[0].w[0] = Value(2.0)", "net@.inner = nn.MLP(1, [1], seed=1)",
            "net@.forward = lambda z: z * 7.0")),
    State("on@ = True", "r.register_hook(lambda g: 2.0 * g) and r if on@ else r * 1.5", ("on@ = False",)),
    State("drop@ = nn.Dropout(0.0)", "drop@(r * 2.0)", ("drop@.eval()", "drop@.p = 1.0", "drop@.train()")),
    State("setting@ = ContextVar('setting@', default=2.0)", "r * setting@.get()", ("setting@.set(3.0)",)),
)  # fmt: skip

#: Operations with an edge to their domain, and what they raise there.
_RISKY = (
    ("1.0 / x", "ZeroDivisionError"), ("al.log(x)", "ValueError"), ("al.sqrt(y)", "ValueError"), ("x ** -1", "ZeroDivisionError"),
    ("y * al.log(x)", "ValueError"), ("al.exp(800.0 * x)", "OverflowError"), ("al.acos(0.75 * x)", "ValueError"), ("y % x",
        "ZeroDivisionError"),
    ("al.atanh(0.75 * y)", "ValueError"), ("al.log1p(x) * 2.0", "ValueError"), ("al.lgamma(x)", "ValueError"), ("x // y",
        "ZeroDivisionError"),
    ("al.xlogy(x, y)", "ValueError"), ("al.acot(x)", "ValueError"), ("al.acot(y)", "ZeroDivisionError"), ("al.log2(y)",
        "ArithmeticError"), ("al.logit(x)", "Exception"),
)  # fmt: skip

#: Statements about r, x and y; {risky} may raise {error}, {a} and {b} are other numbers.
CAUGHT = (
    "try:\n    r = r + {risky}\nexcept {error}:\n    r = r * {a}",
    "try:\n    {risky}\n    r = r + {a}\nexcept {error}:\n    pass",
    "with contextlib.suppress({error}):\n    r = r * {a} + {risky}",
    "try:\n    r = r + {risky}\nexcept {error} as error:\n    r = x * {a}\nelse:\n    r = r * {b}\nfinally:\n    r = r + x",
    "def safe(z):\n    try:\n        return z + {risky}\n    except {error}:\n        return z * {a}\n\nr = safe(r)",
    "with al.ieee():\n    s = {risky}\nr = r if s != s else r * {a}",
)
DEAD = (
    "{risky}",
    "r = [{risky}, r][1]",
    "r = r + 0.0 * ({risky})",
    "s = {risky}\nr = r * {a}",
    "r = al.where(x > {a}, r, r * {b} + 0.0 * ({risky}))",
    "r = r + ({risky}) * y",
)
BRANCHES = (
    "r = r * {a} if x > y else r - {b}",
    "if x > {a}:\n    r = r * x\nelif y == x:\n    r = r + y * {b}",
    "while abs(r) > {a} + 1.0:\n    r = r * 0.5",
    "r = r * {a} if x else r + {b}",
    "r = max(r, {a} * x)",
    "r = sorted([r, x, {a} * y])[1]",
    "r = al.where(x > y, r * {a}, x * {b})",
    "r = r * {a} if not -1.0 < x < 1.0 and y != 0.0 else r * {b}",
    "r = r + {a} * sum(1 for z in (x, y) if z in (0.0, 1.0))",
)
LEAKS = (
    "with al.no_grad():\n    s = x * {a}\nr = r + s",
    "r = r * {a}\nr.register_hook(lambda g: {b} * g)\nr = r * r",
    "x.register_hook(lambda g: {b} * g)\nr = r * x",
    "r = r + al.stop_gradient(x) * y * {a}",
    "r = r * len(repr(x))",
    "r = r * len(f'{{x}}')",
    "r = r * float(x)",
    "r = r + y.data * {a}",
    "r = r * (round(y) if y.is_leaf else {a})",
    "r = r * (math.floor(x) + {a})",
    "r = r * {{0.0: 3.0, 1.0: 5.0}}.get(float(x), {a})",
    "r = r * al.grad(lambda z: z * z * {a})(x)",
    "r = r + al.jit(lambda z: z * {a})(y)",
    "r = r + copy.deepcopy(y) * {a}",
    "r = al.tanh(r) + {a}",
)
#: What is returned, if it is not r: of different structure on different sides.
RESULTS = ("{{'a': r}} if x > y else {{'b': r}}", "(r, x) if x > {a} else (r, r * y)", "[r] if x > y else r", "[r, {risky}]")

#: Ways to call a function of two numbers that gives one; the first is what a find shrinks to.
WAYS = (
    "jit(f, backend='python')", "jit(grad(f), backend='python')", "jit(vmap(f), backend='python')", "vmap(f)",
        "jit(value_and_grad(f, (0, 1)), backend='python')",
    "jit(vmap(grad(f, (0, 1))), backend='python')", "step(f, backend='python')", "grad(jit(f, backend='python'), (0, 1))",
        "jit(grad(grad(f)), backend='python')",
    "jit(f, backend='llvm')", "jit(grad(f, 1), backend='llvm')", "jit(vmap(f), backend='llvm')", "step(f, backend='llvm')",
)  # fmt: skip
_WHOLE = tuple(way for way in WAYS if way.startswith(("jit(f", "jit(vmap(f", "vmap")))
POINTS = (1.0, 2.0, 0.0, -1.0, 0.5, -0.5, 3.0, -2.0)


def indented(text: str, by: str = "    ") -> str:
    """The lines of a text, further in."""
    return "\n".join(by + line if line else line for line in text.split("\n"))


@st.composite
def functions(
    draw: st.DrawFn,
    states: int = 2,
    blocks: Sequence[str] = (*CAUGHT, *DEAD, *BRANCHES, *LEAKS),
    results: Sequence[str] = ("r", "r", "r", *RESULTS),
) -> str:
    """A function with up to so many kinds of state and such statements; and calls of it between changes of the state."""
    chosen = [
        _numbered(state, k)
        for k, state in enumerate(draw(st.lists(st.sampled_from(STATES), min_size=min(states, not blocks), max_size=states)))
    ]
    others = [
        _filled(draw, one)
        for one in draw(
            st.lists(st.sampled_from(blocks or ("",)), min_size=min(1, len(blocks), not states), max_size=3 if blocks else 0)
        )
    ]
    result = draw(st.sampled_from(results))
    ways = draw(st.lists(st.sampled_from(WAYS if result == "r" else _WHOLE), min_size=1, max_size=2, unique=True))
    body = [
        "r = x * 1.0",
        *draw(st.permutations([*[f"r = {state.use}" for state in chosen], *others])),
        f"return {_filled(draw, result)}",
    ]
    changes = st.sampled_from([change for state in chosen for change in state.changes] or [""])
    point = st.tuples(st.sampled_from(POINTS), st.sampled_from(POINTS))
    calls = draw(st.lists(st.tuples(changes, st.lists(point, min_size=1, max_size=2)), min_size=1, max_size=6))
    lines = [
        line
        for k, (change, points) in enumerate(calls)
        for line in (change if k else "", f"check({', '.join(map(repr, points))})")
        if line
    ]
    mode = draw(st.sampled_from(("", "", "", "with al.ieee():\n", "with al.no_grad():\n")))
    return "\n".join([
        *[f"\n{state.setup}\n" for state in chosen], f"\ndef f(x, y):\n{indented(chr(10).join(body))}\n\n",
        f"check = Ways(f, {', '.join(map(repr, ways))})", mode + (indented if mode else str)("\n".join(lines)),
    ])  # fmt: skip


def _numbered(state: State, k: int) -> State:
    setup, use, *changes = (re.sub(r"(?<=\w)@", str(k), part) for part in (state.setup, state.use, *state.changes))
    return State(setup, use, tuple(changes))


def _filled(draw: st.DrawFn, text: str) -> str:
    risky, error = draw(st.sampled_from(_RISKY))
    a, b = (draw(st.sampled_from((2.0, 3.0, 0.5))) for _ in range(2))
    return text.format(risky=risky, error=error, a=a, b=b)
