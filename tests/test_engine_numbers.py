"""What counts as a number, from whichever side it comes: Python's kinds, NumPy's, the wrong ones, and what is too large."""

import inspect
import math
import operator
import warnings
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refused

import autograd_lite as ag
from autograd_lite import RULES, Value

np = pytest.importorskip("numpy")

ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow]
COMPARISONS = [operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge]
REALS = [
    True, 3, 1.5, Fraction(3, 2), Decimal("1.5"), np.bool_(True), np.float16(1.5), np.float32(1.5), np.float64(1.5),
    np.longdouble(1.5), np.int8(3), np.uint8(3), np.int16(3), np.uint32(3), np.int64(3), np.uint64(3), np.array(1.5),
    np.array(3), np.array(True), np.array(3, dtype=object), np.float64(math.inf), np.float32(math.nan), -0.0,
]  # fmt: skip
NO_NUMBERS = [
    1j, np.complex64(1), np.complex128(2.0), np.clongdouble(1), np.array(1j), "3", b"3", np.str_("3"), np.bytes_(b"3"),
    np.array("3"), None, [1.0], {}, np.datetime64("2020-01-01"), np.timedelta64(5), np.timedelta64(5, "D"), np.void(b"12"),
    np.array((1.0, 2), dtype=[("a", "f8"), ("b", "i4")])[()], np.array(np.timedelta64(5)), np.array([np.timedelta64(5)]),
    np.array([1j]), np.array([None]),
]  # fmt: skip
TOO_LARGE = [10**400, -(10**400), 10**5000, Fraction(10**400), Decimal("1e400"), Decimal("-1e400"), np.longdouble("1e4000")]


@pytest.fixture(autouse=True)
def warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def same(found, wanted):
    return found == wanted or (math.isnan(found) and math.isnan(wanted))


@pytest.mark.parametrize("operation", ARITHMETIC)
@pytest.mark.parametrize("number", REALS, ids=lambda number: f"{type(number).__name__} {number!r}")
def test_every_real_number_is_an_operand_on_either_side(operation, number):
    """As its float is, in value and slope."""
    plain = float(number)
    for left in (True, False):
        v, w = Value(2.5), Value(2.5)
        with ag.ieee():
            found, wanted = (
                operation(one, other) if left else operation(other, one) for one, other in ((v, number), (w, plain))
            )
        assert type(found) is Value
        assert type(found.data) is float
        assert same(found.data, wanted.data)
        found.backward()
        wanted.backward()
        assert same(v.grad, w.grad)


@pytest.mark.parametrize("compare", COMPARISONS)
@pytest.mark.parametrize("number", REALS, ids=lambda number: f"{type(number).__name__} {number!r}")
def test_every_real_number_compares_on_either_side(compare, number):
    for data in (1.5, 2.0):
        assert bool(compare(Value(data), number)) == compare(data, float(number))
        assert bool(compare(number, Value(data))) == compare(float(number), data)


def test_comparisons_are_exact():
    """More digits than a float has are not rounded away first."""
    v = Value(1.0)
    above = np.longdouble(1) + np.finfo(np.longdouble).eps
    finer = [above] if float(above) == 1.0 < above else []  # a longdouble may be a double
    for more in (Fraction(10**30 + 1, 10**30), Decimal("1." + "0" * 25 + "1"), *finer):
        assert v < more
        assert more > v
        assert v != more
        assert not more <= v
    assert Value(2.0**53) < 2**53 + 1
    assert 2**53 + 1 > Value(2.0**53)  # noqa: SIM300
    assert Value(1e308) < 10**400
    assert -(10**400) < Value(-1e308)  # noqa: SIM300


@pytest.mark.parametrize("number", NO_NUMBERS, ids=lambda number: f"{type(number).__name__} {number!r}")
@pytest.mark.parametrize("operation", [*ARITHMETIC, divmod])
def test_what_is_no_real_number_is_refused_on_either_side(operation, number):
    formatting = operation is operator.mod and isinstance(number, str | bytes)  # "3" % v is Python's own
    for operands in ((Value(2.0), number), (number, Value(2.0)))[: 1 if formatting else 2]:
        with pytest.raises(TypeError) as caught:
            operation(*operands)
        assert "Value" in str(caught.value)


@pytest.mark.parametrize("number", NO_NUMBERS, ids=lambda number: f"{type(number).__name__} {number!r}")
def test_what_is_no_real_number_has_no_order_and_is_no_value(number):
    for compare in (operator.lt, operator.le, operator.gt, operator.ge):
        for operands in ((Value(2.0), number), (number, Value(2.0))):
            with pytest.raises(TypeError):
                compare(*operands)
    v = Value(2.0)
    for assign in (
        lambda: Value(number),
        lambda: setattr(v, "data", number),
        lambda: ag.exp(number),
        lambda: ag.hypot(v, number),
    ):
        with pytest.raises(TypeError):
            assign()
    assert v.data == 2.0


def test_equality_with_complex_numbers_is_that_of_the_numbers():
    for two in (2 + 0j, np.complex64(2), np.complex128(2), np.clongdouble(2)):
        assert Value(2.0) == two
        assert two == Value(2.0)
        assert Value(3.0) != two
        assert two != Value(3.0)
    assert Value(2.0) != 2 + 1j
    assert Value(2.0) != "2.0"
    assert np.str_("2") != Value(2.0)


@pytest.mark.parametrize("number", TOO_LARGE, ids=lambda number: f"{type(number).__name__} {float(number > 0)}")
def test_a_number_beyond_floats_is_refused_and_never_infinite(number):
    v = Value(2.0)
    kind = type(number).__name__
    for operation in ARITHMETIC:
        with refused(ag.RangeError, "float", kind):
            operation(v, number)
        if isinstance(number, Fraction) and operation is operator.pow:
            continue  # Fraction's own __pow__ comes first
        with refused(ag.RangeError, "float", kind):
            operation(number, v)
    for use in (Value, ag.exp, lambda n: ag.sum(v, n), lambda n: ag.max([v, n]), lambda n: setattr(v, "data", n)):
        with refused(OverflowError, "float", kind):
            use(number)
    assert v.data == 2.0
    infinite = Decimal("Infinity"), np.longdouble("inf"), math.inf
    assert [(v + number).data for number in infinite] == [math.inf] * 3


@given(st.integers() | st.fractions() | st.decimals(allow_nan=False) | st.floats(allow_nan=False))
def test_a_number_becomes_its_float_or_is_refused(number):
    try:
        wanted = float(number)
        if math.isinf(wanted) and number != wanted:
            raise OverflowError
    except OverflowError:
        with refused(ag.RangeError, "float"):
            Value(number)
    else:
        assert Value(number).data == wanted
        assert (Value(0.0) + number).data == wanted


def test_what_is_assigned_to_data_becomes_a_float():
    """float32 would make everything after it float32, a Value would hide a graph in a number."""
    w = Value(1.0)
    for number in (np.float32(0.1), np.float64(0.0), 3, True, Fraction(1, 4), Value(0.25), np.array(0.5)):
        w.data = number
        assert type(w.data) is float
        assert w.data == float(number)
        assert type((w * 2.0).data) is type((w * w).data) is float
    w.data = np.float64(0.0)
    with refused(ZeroDivisionError, "x / y"):
        1.0 / w
    w.data -= 0.5 * np.float32(0.1)
    assert (w + 1.0).data == 1.0 - float(0.5 * np.float32(0.1))
    (w * w * w).backward(create_graph=True)
    w.data -= 0.1 * w.grad  # a Value
    assert type(w.data) is float
    for wrong in (None, "3", np.array([1.0, 2.0]), 1j, [1.0]):
        before = w.data
        with pytest.raises(TypeError) as caught:
            w.data = wrong
        assert "a Value" in str(caught.value)
        assert w.data == before
    for wrong in ("3", np.array([1.0, 2.0]), 1j, [1.0]):
        with pytest.raises(TypeError):
            w.grad = wrong


def test_power_with_a_modulus():
    for exponent, modulus in ((3, 5), (Value(3.0), 5), (3.0, Value(5.0))):
        with refused(TypeError, "pow", "%"):
            pow(Value(2.0), exponent, modulus)
    with pytest.raises(TypeError):
        pow(2, Value(3.0), 5)
    assert pow(Value(2.0), 3, None).data == 8.0


def test_nan_and_infinity_as_python_takes_them():
    nan, inf = Value(math.nan), Value(math.inf)
    for v, number in ((nan, math.nan), (inf, math.inf), (Value(-0.0), -0.0), (Value(2.567), 2.567)):
        for convert in (int, math.trunc):
            try:
                wanted = convert(number)
            except (ValueError, OverflowError) as error:
                with pytest.raises(type(error)):
                    int(v)
            else:
                assert int(v) == wanted
        assert same(float(v), number)
        assert f"{v:.3g}" == f"{number:.3g}"
        for other in (1.0, -2.5, math.inf, math.nan):
            for found, wanted in zip(divmod(v, other), divmod(number, other), strict=True):
                assert same(found.data, wanted)
    assert nan != nan
    assert nan in [nan]
    assert len({nan, nan, inf, Value(math.inf)}) == 3
    assert math.isnan(round(nan).data)
    assert round(Value(2.567), 2).data == 2.57
    assert (1 < Value(2.0) < 3) is True
    for refusal in (lambda: [1, 2, 3][Value(1.0)], lambda: range(Value(2.0)), lambda: Value(1.0) << 1):
        with pytest.raises(TypeError):
            refusal()


@given(st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=6))
def test_hypot_of_any_number_of_arguments(numbers):
    """Within a unit in the last place for each argument, as math.hypot of all; slopes x / length."""
    xs = [Value(x) for x in numbers]
    length = ag.hypot(*xs)
    exact = math.hypot(*numbers)
    assert abs(length.data - exact) <= len(xs) * math.ulp(exact)
    assert (xs[0].hypot(*xs[1:]).data, ag.hypot(*numbers)) == (length.data, length.data)
    length.backward()
    for x in xs if exact == 0.0 or exact > 1e-290 else ():
        assert x.grad == pytest.approx(x.data / exact if exact else 0.0, rel=1e-14, abs=1e-300)


def test_hypot_of_infinities_and_of_what_is_no_number():
    for numbers in ((math.inf, 1.0, math.nan), (1.0, math.nan, -math.inf)):
        assert ag.hypot(Value(numbers[0]), *numbers[1:]).data == math.inf
    assert math.isnan(ag.hypot(Value(1.0), math.nan, 2.0).data)
    for refusal in (lambda: ag.hypot(Value(1.0)), lambda: ag.hypot(Value(1.0), 2.0, "3"), lambda: Value(1.0).hypot()):
        with pytest.raises(TypeError):
            refusal()


# --- NumPy's functions --------------------------------------------------------------------------------------------------

REDUCTIONS = [
    "sum",
    "prod",
    "max",
    "min",
    "amax",
    "mean",
    "median",
    "average",
    "nansum",
    "nanmax",
    "std",
    "var",
    "ptp",
    "squeeze",
]


@pytest.mark.parametrize("name", REDUCTIONS)
def test_a_reduction_of_one_value(name):
    v = Value(-2.0)
    result = getattr(np, name)(v)
    result = result.item() if isinstance(result, np.ndarray) else result
    assert type(result) is Value
    assert result.data == float(getattr(np, name)(-2.0))
    result.backward()
    assert v.grad == (0.0 if name in ("std", "var", "ptp") else 1.0)


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "max", "min", "std", "var"])
def test_what_numpy_passes_on_to_a_reduction(name):
    v, reduction = Value(2.0), getattr(np, name)
    idle = [{"axis": None}, {"axis": 0}, {"axis": -1}, {"keepdims": True}, {"where": True}]
    dtypes = [{"dtype": float}, {"dtype": np.float64}, {"dtype": np.dtype(float)}] if name not in ("max", "min") else []
    for options in idle + dtypes:
        result = reduction(v, **options)
        assert type(result) is Value
        assert result.data == (0.0 if name in ("std", "var") else 2.0)
    others = [{"axis": 1}, {"out": np.zeros(())}, {"where": False}]
    for options in others + ([{"dtype": np.float32}, {"dtype": int}] if dtypes else [{"initial": 3.0}]):
        with refused(TypeError, name, *options):
            reduction(v, **options)


def test_methods_that_numpy_has_as_well():
    v = Value(2.0)
    assert v.sum(1.0, Value(4.0)).data == 7.0
    assert np.any(v)
    assert not np.all(Value(0.0))
    assert [x.data for x in np.cumsum(v)] == [2.0]


def test_clip_gives_values():
    for low, high, wanted, slope in ((0.5, 1.5, 1.5, 0.0), (None, 3.0, 2.0, 1.0), (2.5, None, 2.5, 0.0)):
        v = Value(2.0)
        for clipped in (np.clip(v, low, high), v.clip(low, high), v.clip(min=low, max=high)):
            assert (type(clipped), clipped.data) == (Value, wanted)
        np.clip(v, low, high).backward()
        assert v.grad == slope


def test_a_method_says_what_it_is():
    """And not what another is: where two names have one text, one is the alias of the other."""
    aliases = {name: rule.name for rule in RULES.values() for name in (rule.name, *rule.aliases)}
    said = {}
    for name, member in vars(Value).items():
        if not name.startswith("_") and inspect.isfunction(member):
            said.setdefault(inspect.getdoc(member), set()).add(aliases.get(name, name))
    assert [names for text, names in said.items() if len(names) > 1 and text] == []


@pytest.mark.parametrize("name", ["mean", "std", "var", "sum", "prod", "max", "min", "ptp", "median", "linalg.norm"])
def test_statistics_of_an_array_of_values(name):
    """Against NumPy on the numbers, and central differences of it."""
    numbers = [1.0, 4.0, 2.5, -0.5]
    function = operator.attrgetter(name)(np)
    values = np.array([Value(x) for x in numbers], dtype=object)
    result = function(values)
    assert result.data == pytest.approx(float(function(np.array(numbers))), rel=1e-14)
    result.backward()
    for k, x in enumerate(values):
        up, down = (function(np.array([*numbers[:k], numbers[k] + h, *numbers[k + 1 :]])) for h in (1e-5, -1e-5))
        assert x.grad == pytest.approx((up - down) / 2e-5, abs=1e-8)
    if name in ("std", "var"):
        assert function(values, ddof=1).data == pytest.approx(float(function(np.array(numbers), ddof=1)), rel=1e-14)
        table = values.reshape(2, 2)
        found = function(table, axis=0)
        assert [x.data for x in found] == pytest.approx(function(np.array(numbers).reshape(2, 2), axis=0), rel=1e-14)


def test_an_array_without_axes_that_holds_a_value_keeps_its_graph():
    v, w = Value(2.0), Value(3.0)
    held = np.asarray(v)
    for product in (w * held, held * w, np.multiply(w, held), ag.hypot(w, held) * 1.0, w - held, w**held):
        v.zero_grad()
        (product.item() if isinstance(product, np.ndarray) else product).backward()
        assert v.grad != 0.0
    assert w > held
    assert held < w


def test_ufuncs_with_options_are_right_or_refused():
    v, array = Value(2.0), np.array([Value(1.0), Value(4.0)], dtype=object)
    out = array.copy()
    assert np.add(array, v, out=out) is out
    assert [x.data for x in out] == [3.0, 6.0]
    out *= v
    assert [x.data for x in out] == [6.0, 12.0]
    np.multiply(out, v, out=out, where=np.array([True, False]))
    assert [x.data for x in out] == [12.0, 12.0]
    answers = np.zeros(2, dtype=bool)
    assert np.less(v, array, out=answers) is answers
    assert list(answers) == [False, True]
    assert [x.data for x in np.multiply.outer(array, v)] == [2.0, 8.0]
    assert [x.data for x in np.subtract.outer(v, np.array([1.0, 5.0]))] == [1.0, -3.0]
    whole, rest = divmod(np.array([7.0, -7.0]), v)
    assert ([x.data for x in whole], [x.data for x in rest]) == ([3.0, -4.0], [1.0, 1.0])
    floats = np.zeros(2)
    for refusal in (
        lambda: np.add(v, floats, out=floats),
        lambda: operator.iadd(floats, v),
        lambda: np.add(v, floats, where=np.array([True, False])),
        lambda: np.add(v, 1.0, dtype=np.float32),
        lambda: np.add(1.0, 1.0, out=v),
        lambda: np.add.at(array, [0], v),
        lambda: np.maximum.reduce(v, initial=3.0),
        lambda: np.add.accumulate(v),
        lambda: np.heaviside(v, 0.5),
        lambda: np.bitwise_and(v, 1),
    ):
        with pytest.raises(TypeError):
            refusal()
    assert list(floats) == [0.0, 0.0]


def test_masked_elements_are_refused_or_stay_masked():
    v, masked = Value(2.0), np.ma.array([3.0, 4.0], mask=[False, True])
    for result in (v * masked, masked * v, v + masked, masked - v):
        assert list(result.mask) == [False, True]
        assert isinstance(result[0], Value)
    for refusal in (
        lambda: v * np.ma.masked,
        lambda: np.ma.masked * v,
        lambda: np.ma.masked % v,
        lambda: masked % v,
        lambda: Value(np.ma.masked),
        lambda: ag.exp(np.ma.masked),
    ):
        with pytest.raises((TypeError, AttributeError)):
            refusal()
    assert (np.ma.array(3.0) / v).data == 1.5
    assert type(np.isfinite(v)) is np.bool_
    assert [bool(test(Value(x))) for test in (np.isnan, np.isinf, np.isfinite) for x in (1.0, math.inf, math.nan)] == [
        False, False, True, False, True, False, True, False, False,
    ]  # fmt: skip
