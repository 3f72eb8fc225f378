"""A compiled `scan`: one loop, forwards and backwards, that gives what the plain loop gives."""

import itertools
import math
import operator
import random
from functools import partial
from types import SimpleNamespace
from typing import ClassVar

import pytest

import autograd_lite as al
from autograd_lite import Value, fori_loop, grad, ieee, jit, scan, value_and_grad, vmap, while_loop
from autograd_lite.compiler import scanned
from autograd_lite.compiler.llvm.loops import plan
from autograd_lite.compiler.loops import Body

np = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")
compiled = partial(jit, backend="llvm")


def numbers(thing):
    if isinstance(thing, dict):
        thing = list(thing.values())
    if thing is None or isinstance(thing, list | tuple):
        return [one for part in thing or () for one in numbers(part)]
    return np.ravel(np.asarray(thing, dtype=float)).tolist() if not isinstance(thing, Value) else [thing.data]


def answer(function, *args):
    """What a function gives, as numbers; or the kind of its error."""
    try:
        return numbers(function(*args))
    except ArithmeticError as error:
        return type(error)
    except ValueError as error:
        return type(error)


def same(found, right):
    if isinstance(right, type) or isinstance(found, type):
        assert found is right
        return
    scale = max([abs(one) for one in right if math.isfinite(one)], default=1.0)
    assert found == pytest.approx(right, rel=1e-10, abs=1e-11 * max(scale, 1.0), nan_ok=True)


def bodies(function):
    """The bodies of the loops that a compiled function has."""
    return [over for one in function.variants for over in one.captured.program.loops.over.values() if isinstance(over, Body)]


# --- random bodies -------------------------------------------------------------------------------------------------------

UNARY = {
    "tanh": al.tanh, "sin": al.sin, "exp": al.exp, "sigmoid": al.sigmoid, "relu": al.relu, "root": lambda x: al.sqrt(abs(x) + 0.1),
    "log": lambda x: al.log(abs(x) + 0.5), "square": lambda x: x * x, "inverse": lambda x: 1.0 / (x + 3.0),
}  # fmt: skip
BINARY = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "max": al.maximum,
    "where": lambda x, y: al.where(x > y, x * 0.5, y),
}  # fmt: skip


def formula(choice, names, depth):
    if depth == 0 or choice.random() < 0.15:
        return choice.choice(names)
    if choice.random() < 0.4:
        return (choice.choice(sorted(UNARY)), formula(choice, names, depth - 1))
    return (choice.choice(sorted(BINARY)), formula(choice, names, depth - 1), formula(choice, names, depth - 1))


def value_of(one, known):
    if isinstance(one, str):
        return known[one]
    operands = [value_of(part, known) for part in one[1:]]
    return (UNARY if one[0] in UNARY else BINARY)[one[0]](*operands)


def random_scan(seed):
    """A function with a random loop in it, and something that makes arguments for it."""
    choice = random.Random(seed)
    carried, taken, length = choice.randrange(1, 4), choice.randrange(0, 3), choice.choice([5, 6, 17])
    weights = [Value(choice.uniform(-0.6, 0.6)) for _ in range(2)]
    names = [*[f"c{k}" for k in range(carried)], *[f"x{k}" for k in range(taken)], "p", "w0", "w1"]
    following = [formula(choice, names, 3) for _ in range(carried)]
    given = [formula(choice, names, 2) for _ in range(choice.randrange(0, 3))]
    branch, limit, risky, inner = (
        choice.random() < 0.2,
        choice.uniform(-3.0, 3.0),
        choice.random() < 0.2,
        choice.random() < 0.2,
    )
    reverse, kind, of = (
        choice.random() < 0.4,
        choice.choice(["arguments", "numbers", "range"]),
        choice.choice(["sum", "item", "dot"]),
    )
    columns = [[choice.uniform(-1.0, 1.0) for _ in range(length)] for _ in range(taken)]

    def function(p, *rows):
        def body(carry, entries):
            known = dict(zip(names, [*carry, *(entries or ()), p, *weights], strict=True))
            new = [al.tanh(value_of(one, known)) for one in following]
            if branch and carry[0] > limit:
                new[0] = new[0] * 0.3
            if risky:
                new[-1] = al.log(new[-1] + 1.03)
            if inner:
                new[0] = scan(lambda c, _: (al.sin(c * p) + carry[0] * 0.1, None), new[0], length=5)[0]
            return new, [value_of(one, known) for one in given]

        xs = {"arguments": rows, "numbers": columns, "range": [range(2, 2 + length)] * taken}[kind]
        carry, ys = scan(
            body, [0.1 * p, *[0.2] * (carried - 1)], tuple(xs) if taken else None, length=length, reverse=reverse
        )
        total = carry[0] + carry[-1] * p
        if given:
            rows = [list(row) for row in ys]
            total += {"sum": lambda: al.sum([row[0] for row in rows]), "item": lambda: rows[1][-1] * rows[-1][0]}.get(
                of, lambda: al.dot([row[0] for row in rows], [row[-1] for row in rows])
            )()
        return total

    def arguments():
        rows = [[choice.uniform(-1.0, 1.0) for _ in range(length)] for _ in range(taken if kind == "arguments" else 0)]
        return [choice.uniform(-1.0, 1.0), *rows]

    return function, arguments


TRANSFORMS = [lambda f: f, grad, value_and_grad, lambda f: grad(grad(f))]


def compare(function, arguments, transform, batches=False):
    transformed = TRANSFORMS[transform](function)
    jitted = compiled(transformed, max_variants=50)
    for _ in range(2):
        given = arguments()
        same(answer(jitted, *given), answer(transformed, *given))
    if len(given) == 1 or batches:
        rows = [arguments() for _ in range(3)]
        given = [np.array([row[k] for row in rows]) for k in range(len(given))]
        right = answer(vmap(transformed), *[one.tolist() for one in given])
        if isinstance(right, list):
            same(numbers(compiled(vmap(transformed), max_variants=50)(*given)), right)


@pytest.mark.parametrize("seed", range(24))
def test_random_loops(seed):
    function, arguments = random_scan(seed)
    compare(function, arguments, seed % 4)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(24, 400))
def test_more_random_loops(seed):
    function, arguments = random_scan(seed)
    compare(function, arguments, seed % 4)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_carried_in_memory(seed, monkeypatch):
    monkeypatch.setattr(plan, "MOST_CARRIED", 0)
    function, arguments = random_scan(seed + 100)
    compare(function, arguments, 2)


def random_cell(seed):
    """A recurrent network whose cell has random units, and arguments for it."""
    choice = random.Random(seed)
    width, length, entries = choice.choice([4, 5, 7]), choice.choice([5, 6]), choice.choice([0, 1, 4])
    unit = formula(choice, ["h", "u", "b", "p", "s"], 2)
    of, reverse, cell = (
        choice.choice(["none", "all", "dot"]),
        choice.random() < 0.4,
        choice.choice(["plain", "gate", "mirror"]),
    )

    def function(w, b, p, xs=None):
        def body(h, x):
            x = [] if x is None else list(x)
            sums = [
                al.dot(list(row), h) + one + al.sum([part * p for part in x] or [0.0]) for row, one in zip(w, b, strict=True)
            ]
            new = [
                value_of(unit, {"h": h[k], "u": sums[k], "b": b[k], "p": p, "s": h[(k + 1) % width]}) for k in range(width)
            ]
            if cell == "gate":
                new = [al.sigmoid(u) * one + (1 - al.sigmoid(u)) * old for u, one, old in zip(sums, new, h, strict=True)]
            if cell == "mirror":
                new = [one + 0.1 * al.sum(h) * old for one, old in zip(new, h[::-1], strict=True)]
            new = [al.tanh(one) for one in new]
            return new, {"none": None, "all": new, "dot": al.dot(new, h)}[of]

        h, ys = scan(body, [0.1 * p + 0.05 * k for k in range(width)], xs, length=length, reverse=reverse)
        total = al.sum([one * one for one in h])
        if of == "dot":
            total += al.dot(list(ys), list(ys))
        if of == "all":
            total += al.sum([al.sum(list(row)) for row in ys]) * 0.3 + al.dot(list(ys[0]), list(ys[2]))
        return total

    def some(*shape):
        return np.array([choice.uniform(-0.5, 0.5) for _ in range(math.prod(shape))]).reshape(shape).tolist()

    def arguments():
        return [some(width, width), some(width), choice.uniform(-1.0, 1.0), *([some(length, entries)] if entries else [])]

    return function, arguments


@pytest.mark.parametrize("seed", range(8))
def test_random_cells_with_loops_in_loops(seed, monkeypatch):
    monkeypatch.setattr(scanned, "WORTH_LOOPS_INSIDE", 0)
    monkeypatch.setattr(scanned, "FEWER", 0)
    function, arguments = random_cell(seed)
    transform = (lambda f: value_and_grad(f, (0, 1, 2)), lambda f: grad(grad(f, 2), 2))[seed % 4 == 3]
    monkeypatch.setitem(globals(), "TRANSFORMS", [transform])
    compare(function, arguments, 0, batches=True)


def test_what_is_carried_and_what_is_given_make_no_loop_together(monkeypatch):
    """The last number that is carried and those that are given are the units in order."""
    monkeypatch.setattr(scanned, "WORTH_LOOPS_INSIDE", 0)
    monkeypatch.setattr(scanned, "FEWER", 0)

    def turned(first):
        def step(h, _):
            units = [al.tanh(one) for one in h]
            units = [*units[1:], units[0]]
            return units, units

        h, given = scan(step, list(first), length=6)
        return al.sum([k * one for k, one in enumerate(h)]) + al.dot(given[0], given[2])

    compare(turned, lambda: [[random.uniform(-1.0, 1.0) for _ in range(7)]], 0)


# --- what a loop is --------------------------------------------------------------------------------------------------------


def pendulums(angles, g, length=300):
    def step(state, _):
        angles, speeds = state
        speeds = [v - 0.01 * g * al.sin(x) for x, v in zip(angles, speeds, strict=True)]
        return ([x + 0.01 * v for x, v in zip(angles, speeds, strict=True)], speeds), None

    (angles, _), _ = scan(step, (angles, [0.0] * 4), length=length)
    return al.sum([x * x for x in angles])


def test_the_program_does_not_grow_with_the_length():
    def size(length):
        function = compiled(value_and_grad(partial(pendulums, length=length), (0, 1)))
        function([0.1, 0.2, 0.3, 0.4], 9.8)
        return function.program.size, [len(body.program) for body in bodies(function)]

    assert size(50) == size(400)
    assert size(50)[0] < 40


def test_slopes_of_a_long_loop():
    function = value_and_grad(partial(pendulums, length=1000), (0, 1))
    jitted = compiled(function)
    same(numbers(jitted([0.1, 0.2, 0.3, 0.4], 9.8)), numbers(function([0.1, 0.2, 0.3, 0.4], 9.8)))
    assert jitted.eager_calls == 0
    assert bodies(jitted)


def test_the_listing_shows_a_round():
    function = compiled(lambda x: scan(lambda c, y: (c * x + y, c), x, [1.0, 2.0, 3.0, 5.0, 8.0]))
    function(0.5)
    text = str(function.program)
    assert [one for one in ("scan over i x", "carries c0 takes x0", "gives c0") if one not in text] == []


# --- what only looks alike -------------------------------------------------------------------------------------------------

TABLE, BY_NUMBER, LOG = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5], {2: 5.0, 3: 7.0}, []


def counted(x):
    calls = [0]

    def body(c, _):
        calls[0] += 1
        return c * (2.0 if calls[0] > 4 else 0.5), None

    return scan(body, x, length=6)[0]


def added_up_outside(x):
    total = x * 0

    def body(c, _):
        nonlocal total
        total = total + c
        return c * 0.9, None

    scan(body, x, length=6)
    return total


def kept_outside(x):
    kept = []
    scan(lambda c, _: (kept.append(c) or c * 0.9, None), x, length=6)
    return al.sum(kept)


def how_many(x):
    steps = []
    return scan(lambda c, _: (steps.append(1) or c * 0.9, None), x, length=6)[0] * len(steps)


def logged(x):
    LOG.clear()
    return scan(lambda c, _: (LOG.append(1) or c * 0.9, None), x, length=6)[0] * len(LOG)


def caught(x):
    def body(c, _):
        try:
            return 1 / (c - 1), None
        except ZeroDivisionError:
            return c * 5, None

    return scan(body, x, length=6)[0]


class Counted:
    """A body that counts on its class."""

    calls: ClassVar[list[int]] = []

    def __init__(self, x):
        self.x = x

    def __call__(self, c, _):
        Counted.calls.append(1)
        return c * self.x, None


def counted_on_a_class(x):
    Counted.calls.clear()
    return scan(Counted(x), 1.0, length=6)[0] * len(Counted.calls)


def toggled(x):
    flip = [False]

    def body(c, _):
        flip[0] = not flip[0]
        return c * x, None

    c, _ = scan(body, 1.0, length=7)
    return c if flip[0] else -c


def rotated(x):
    weights = [Value(1.0), Value(2.0)]

    def body(c, _):
        weights.append(weights.pop(0))
        return c * x, None

    return scan(body, 1.0, length=7)[0] * weights[0]


def counted_by_an_iterator(x):
    count = itertools.count()

    def body(c, _):
        next(count)
        return c * x, None

    return scan(body, 1.0, length=6)[0] * next(count)


def grown(x):
    memory = bytearray()

    def body(c, _):
        memory.append(0)
        return c * x, None

    return scan(body, 1.0, length=6)[0] * len(memory)


def in_an_attribute(x):
    thing = SimpleNamespace(n=0)

    def body(c, _):
        thing.n += 1
        return c * x, None

    return scan(body, 1.0, length=6)[0] * thing.n


def both_ways(x):
    xs = [x, 2.0, 3.0, 4.0, 5.0, 6.0]
    forwards, backwards = (scan(lambda c, y: (c * 0.5 + y, c), 0.0, xs, reverse=reverse)[0] for reverse in (False, True))
    return forwards if forwards > backwards else 2 * backwards


UNLIKE = {
    "on a class": counted_on_a_class, "toggled": toggled, "rotated": rotated, "iterator": counted_by_an_iterator, "grown": grown,
    "attribute": in_an_attribute,
    "kind of a number": lambda x: fori_loop(0, 6, lambda k, c: c * x + 1 if isinstance(k, int) else c - x, 1.0),
    "large": lambda x: scan(lambda c, k: (c * x + ((10**17 + k) - 10**17), None), 1.0, range(6))[0],
    "counted": counted, "outside": added_up_outside, "kept": kept_outside, "how many": how_many, "logged": logged, "caught": caught,
    "number": lambda x: scan(lambda c, k: (c + x / (k + 1), None), x, range(6))[0],
    "fori_loop": lambda x: fori_loop(0, 7, lambda k, c: c * x + k, x),
    "table": lambda x: scan(lambda c, k: (c + TABLE[k] * x, None), x, range(6))[0],
    "get": lambda x: scan(lambda c, k: (c + BY_NUMBER.get(k, 9.0) * x, None), x, range(6))[0],
    "in a set": lambda x: scan(lambda c, k: (c * 1.1 if k in {2, 3} else c * x, None), x, range(6))[0],
    "equal": lambda x: scan(lambda c, k: (c * 1.1 if k == 3 else c * x, None), x, range(6))[0],
    "text": lambda x: scan(lambda c, k: (c + x * float(f"{k}"), None), x, range(6))[0],
    "branch": lambda x: scan(lambda c, _: (c * 2 if c < 3 else c * 0.5, None), x, length=8)[0],
    "logarithm": lambda x: scan(lambda c, _: (al.log(c) + x, None), x, length=8)[0],
    "while": lambda x: scan(lambda c, _: (while_loop(lambda y: y > 1, lambda y: y * 0.5, c) + x, None), x, length=6)[0],
}  # fmt: skip
ALIKE = {
    "both ways": both_ways,
    "made inside": lambda x: (lambda w: scan(lambda c, _: (c * w + x, None), 0, length=6)[0])(Value(2.0)),
    "constant start": lambda x: scan(lambda c, _: (c + 1, c * x), 0, length=6)[1][-1],
    "swapped": lambda x: scan(lambda c, _: ((c[1], c[0]), None), (x, 2 * x), length=7)[0][1],
    "handed on": lambda x: scan(lambda c, _: (c, x), (x,), length=6)[0][0],
    "checkpoint": lambda x: scan(lambda c, _: (c * x, None), x, length=6, checkpoint=True)[0],
    "trees": lambda x: scan(lambda c, y: (c + y["a"] * y["b"][1], None), x, {"a": [x] * 5, "b": [[x, k * x] for k in range(5)]})[0],
    "constants": lambda x: scan(lambda c, y: (c + al.sin(y * x), None), x, np.linspace(0.0, 1.0, 7))[0],
}  # fmt: skip


@pytest.mark.parametrize("name", [*UNLIKE, *ALIKE])
def test_python_around_a_loop_counts(name):
    function = {**UNLIKE, **ALIKE}[name]
    for transform in TRANSFORMS[:1] if name == "while" else TRANSFORMS[:3]:
        transformed = transform(function)
        jitted = compiled(transformed, max_variants=50)
        for x in (0.3, 1.7, 2.0, 1.0):
            same(answer(jitted, x), answer(transformed, x))
        if name in ALIKE:
            assert bodies(jitted)


def test_how_a_number_was_made_is_that_of_each_round():
    function = grad(lambda x: scan(lambda c, _: (c * x + 1 if c.is_leaf else c - x * x, None), 1.0, length=6)[0])
    assert compiled(function)(2.0) == function(2.0)


ONE = Value(0.2)
ENTRIES = [Value(0.1), ONE, *map(Value, (0.3, 0.4, 0.5, 0.6, 0.7))]
IDENTICAL = {
    "is": lambda x: x is ONE,
    "is not": lambda x: x is not ONE,
    "operator": lambda x: operator.is_(x, ONE),
    "hash": lambda x: hash(x) == hash(ONE),
    "set": lambda x, those={ONE}: x in those,
    "dict": lambda x, those={ONE: True}: those.get(x, False),
    "tuple": lambda x: x in (ONE,),
}  # fmt: skip


@pytest.mark.parametrize("name", IDENTICAL)
def test_which_of_the_values_outside_an_entry_is(name):
    among = IDENTICAL[name]

    def function(a):
        return scan(lambda c, x: ((c * 10 if among(x) else c * a) + x, None), a, ENTRIES)[0]

    for transformed in (function, grad(function)):
        jitted = compiled(transformed)
        for a in (0.3, 0.7):
            same(answer(jitted, a), answer(transformed, a))


def test_whether_there_is_an_entry_is_no_question_of_identity():
    function = grad(lambda a: scan(lambda c, x: ((c if x is None else c * a) + x, None), a, [0.1] * 8)[0])
    jitted = compiled(function)
    same(answer(jitted, 0.3), answer(function, 0.3))
    assert bodies(jitted)


def test_lists_of_what_is_carried_and_what_is_taken_stay_apart():
    width = 21
    weights = [[0.01 * (i - j) for j in range(width)] for i in range(width)]

    def chain(h, i):
        total = 0.0
        for w, one in zip(weights[i], h, strict=True):
            total = total + w * one
        return total

    def loss(xs):
        return al.sum(
            scan(lambda h, x: ([al.sin(chain(h, i) + 0.2 * x[i]) for i in range(width)], None), [0.1] * width, xs)[0]
        )

    xs = [[0.03 * i + 0.1 * k for i in range(width)] for k in range(5)]
    jitted = compiled(grad(loss))
    same(numbers(jitted(xs)), numbers(grad(loss)(xs)))
    assert bodies(jitted)


def test_the_modes_and_what_is_read_from_outside_count():
    state, outside = {"k": 2.0}, [Value(0.7)]
    jitted = compiled(lambda x: scan(lambda c, _: (c * state["k"] * outside[0], None), x, length=6)[0])
    assert jitted(0.3) == pytest.approx(0.3 * 1.4**6)
    state["k"] = 1.0
    assert jitted(0.3) == pytest.approx(0.3 * 0.7**6)
    outside[0].data = 2.0
    assert jitted(0.3) == pytest.approx(0.3 * 2.0**6)
    outside[0] = Value(3.0)
    assert jitted(0.3) == pytest.approx(0.3 * 3.0**6)

    def inverse(x):
        return scan(lambda c, _: (1 / (c - x), None), x, length=6)[0]

    with pytest.raises(ZeroDivisionError):
        compiled(inverse)(0.5)
    with ieee():
        assert compiled(inverse)(0.5) == inverse(0.5)


def test_one_lane_that_goes_another_way_leaves_the_others():
    def function(x):
        return scan(lambda c, _: (c * c + x if c < 50 else c * 0.5, None), x, length=12)[0]

    xs = np.array([0.1, 0.2, 30.0, 0.15, math.nan, -0.4])
    jitted = compiled(vmap(function), max_variants=50)
    same(numbers(jitted(xs)), [number for x in xs.tolist() for number in numbers(function(x))])
    with pytest.raises(ValueError, match="log"):
        compiled(vmap(lambda x: scan(lambda c, _: (al.log(c) + x, None), x, length=8)[0]))(np.array([2.0, 2.5, 0.2]))


def test_no_steps_and_few_steps():
    for length in (0, 1, 2, 4):
        for transform in TRANSFORMS:
            function = transform(lambda w, length=length: scan(lambda c, _: (c * w, None), 1.0, length=length)[0] + 0 * w)
            same(numbers(compiled(function)(1.5)), numbers(function(1.5)))


def _decayed(x):
    return scan(lambda c, _: (0.9 * c + x, None), x, length=20)[0]


def _logged(x):
    try:
        return al.log(_decayed(x))
    except ValueError:
        return 3.0 * x


def _refusing(x):
    if _decayed(x) < 0:
        raise KeyError("negative")
    return al.sqrt(_decayed(x))


@pytest.mark.parametrize(
    "function",
    [
        _logged,
        _refusing,
        lambda x: 2.0 * _decayed(x) if _decayed(x) > 0 else x,
        lambda x: scan(lambda c, _: (c + x if _decayed(x) > 1 else c - x, None), _decayed(x), length=6)[0],
        lambda x: grad(lambda z: abs(z) * _decayed(x) + al.where(z > _decayed(x), z, 0.0))(x),
        lambda x: max(_decayed(x), x),
    ],
)
@pytest.mark.parametrize("points", [(1.0, -1.0, 2.0, -3.0), (-1.0, 1.0, -2.0, 3.0)])
def test_numbers_of_a_loop_that_python_asks_for_are_those_of_the_call(function, points):
    """They are not known where the function is recorded, until Python decides by one."""
    compiled = jit(function, backend="llvm", max_variants=3)
    for x in points * 2:
        try:
            expected = function(x)
        except KeyError:
            with pytest.raises(KeyError, match="negative"):
                compiled(x)
            continue
        assert compiled(x) == pytest.approx(expected, rel=1e-12)


def test_rounds_are_not_computed_while_a_function_is_recorded(monkeypatch):
    computed = []
    plain = scanned._Recorder._computed
    monkeypatch.setattr(scanned._Recorder, "_computed", lambda *given: computed.append(given) or plain(*given))
    jit(value_and_grad(_decayed), backend="llvm")(0.5)
    assert not computed
    jit(lambda x: _decayed(x) if _decayed(x) > 0 else x, backend="llvm")(0.5)
    assert computed


def _cell_of(how, held):
    """A recurrent cell that uses its weights in some way."""

    def cell(w, b, h, k):
        turned = [list(column) for column in zip(*w, strict=True)]
        if how == "backwards":
            return [al.tanh(al.dot(list(row), h[::-1]) + one) for row, one in zip(w[::-1], b[::-1], strict=True)]
        if how == "twice":
            return [al.tanh(al.dot(list(r), h) + 0.3 * al.dot(c, h) + one) for r, c, one in zip(w, turned, b, strict=True)]
        if how == "across":  # a list that ends in another argument
            flat = [*[one for row in w for one in row], *b]
            return [al.tanh(al.dot(flat[6 * k : 6 * k + 6], [*h, h[0]])) for k in range(5)]
        if how == "outside":
            return [al.tanh(al.dot(list(row), h) + al.dot(more, h)) for row, more in zip(w, held, strict=True)]
        if how == "chosen":
            return [al.where(h[k] > 0.2, al.dot(list(row), h), b[k] * h[k]) for k, row in enumerate(w)]
        return [al.tanh(al.dot([one * k for one in row], h)) + one for row, one in zip(w, b, strict=True)]

    return cell


@pytest.mark.parametrize("how", ["backwards", "twice", "across", "outside", "chosen", "scaled"])
@pytest.mark.parametrize("argnums", [(0, 1, 2), (1,)])
def test_the_derivative_of_weights_is_a_product_behind_the_loop(how, argnums, monkeypatch):
    monkeypatch.setattr(scanned, "WORTH_LOOPS_INSIDE", 0)
    monkeypatch.setattr(scanned, "FEWER", 0)
    choice = random.Random(f"{how}{argnums}")
    held = [[Value(choice.uniform(-0.5, 0.5)) for _ in range(5)] for _ in range(5)]
    cell = _cell_of(how, held)

    def loss(w, b, k):
        h, ys = scan(
            lambda h, x: ((new := cell(w, b, [one + x for one in h], k)), new), [k] * 5, [0.1, 0.2, 0.3, 0.2, 0.5, 0.4]
        )
        again, _ = scan(lambda h, _: (cell(w, b, h, k), None), list(ys[2]), length=5)
        return al.dot(h, again) + al.sum(list(ys[1]))

    def point():
        w = [[choice.uniform(-0.5, 0.5) for _ in range(5)] for _ in range(5)]
        return w, [choice.uniform(-0.5, 0.5) for _ in range(5)], choice.uniform(0.3, 0.6)

    transform = value_and_grad(loss, argnums)
    jitted, batched = compiled(transform), compiled(vmap(transform))
    points = [point() for _ in range(3)]
    for one in points:
        same(answer(jitted, *one), answer(transform, *one))
    columns = list(zip(*points, strict=True))
    same(answer(batched, *map(np.array, columns)), answer(vmap(transform), *map(list, columns)))
    second = grad(lambda w, b, k: grad(loss, 2)(w, b, k), 0)
    same(answer(compiled(second), *points[0]), answer(second, *points[0]))


def test_sums_for_weights_are_not_carried(monkeypatch):
    monkeypatch.setattr(scanned, "WORTH_LOOPS_INSIDE", 0)
    jitted = compiled(
        grad(lambda w, h: al.sum(scan(lambda h, _: ([al.tanh(al.dot(row, h)) for row in w], None), h, length=6)[0]))
    )
    jitted([[0.1 * (i - j) for j in range(9)] for i in range(9)], [0.1 * k for k in range(9)])
    assert [body.carried for body in jitted.program.loops.over.values() if isinstance(body, Body)] == [9, 9]


SEEN = []
STRAIGHT = {
    "range": (lambda a: scan(lambda c, i: (al.tanh(c * a + i), None), 0.0, range(300))[0], "range"),
    "fori_loop": (lambda a: fori_loop(0, 300, lambda i, c: al.tanh(c * a + i), a), "range"),
    "keeps": (lambda a: scan(lambda c, _: (SEEN.append(1) or al.tanh(c * a), None), a, length=300)[0], "more than compute"),
    "branch": (lambda a: scan(lambda c, _: (c * a if c < 0.7 else al.sin(c), None), 1.0, length=3000)[0], "two ways"),
    "inside": (lambda a: al.jvp(lambda q: scan(lambda c, _: (al.tanh(c * q), None), q, length=300)[0], (a,), (1.0,))[1], "derivative"),
}  # fmt: skip


@pytest.mark.parametrize("name", STRAIGHT)
def test_a_program_says_why_a_scan_is_no_loop(name):
    function, reason = STRAIGHT[name]
    jitted = compiled(function)
    jitted(0.9)
    (why,) = [line for line in str(jitted.program).splitlines() if "why:" in line]
    assert reason in why
    assert not bodies(jitted)


def over_pairs(xs):
    return scan(lambda t, x: (scan(lambda t, y: (t + al.sin(x * y), None), t, xs)[0], None), 0.0, xs)[0]


def over_three(xs):
    def outer(t, x):
        return scan(lambda t, y: (scan(lambda t, z: (t + al.sin(x * y * z), None), t, xs)[0], None), t, xs)[0], None

    return scan(outer, 0.0, xs)[0]


def over_two_lists(xs):
    def outer(t, entries):
        return scan(lambda t, y: (t + al.sin(entries[0] * y + entries[1]), None), t, xs)[0], None

    return scan(outer, 0.0, (xs, [2.0 * x for x in xs]))[0]


def over_a_sum(xs):
    return scan(lambda t, x: (0.5 * t + al.sum([al.sin(x * y) for y in xs]), None), 0.0, xs)[0]


@pytest.mark.parametrize("function", [over_pairs, over_three, over_two_lists, over_a_sum])
def test_a_list_that_the_rounds_take_and_go_over_as_a_whole(function):
    jitted, batched = compiled(grad(function)), compiled(vmap(grad(function)))
    for n in (4, 6, 9):
        xs = [0.1 * (k + 1) for k in range(n)]
        np.testing.assert_allclose(jitted(xs), grad(function)(xs), rtol=1e-12)
    assert bodies(jitted)
    rows = np.random.default_rng(1).normal(size=(5, 6))
    np.testing.assert_allclose(batched(rows), [grad(function)(list(row)) for row in rows], rtol=1e-11, atol=1e-12)
    second = grad(lambda xs: al.sum(grad(function)(xs)))
    xs = [0.3, -0.2, 0.5, 0.7, 0.1]
    np.testing.assert_allclose(compiled(second)(xs), second(xs), rtol=1e-11)
