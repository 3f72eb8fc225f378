"""Model files: what is written comes back to the bit, and no damaged file crashes or changes a model."""

import copy
import json
import os
import random

import pytest
from refusals import refused

from autograd_lite import Value, nn

FORMATS = [".json", ".safetensors"]


@pytest.fixture(params=FORMATS)
def suffix(request):
    if request.param == ".safetensors":
        pytest.importorskip("safetensors")
    return request.param


def models():
    return [
        nn.MLP(2, [3, 1], activation="tanh", seed=1),
        nn.MLP(3, [4, 2], output_activation="sigmoid", seed=2),
        nn.Sequential(
            nn.Linear(2, 3, seed=0), nn.GELU(), nn.Dropout(0.25), nn.LeakyReLU(0.2), nn.Linear(3, 2, seed=1), nn.Softmax()
        ),
        nn.Sequential(nn.Linear(2, 3, seed=4), nn.LogSoftmax()),
        nn.Perceptron.from_weights([1.0, 1.0], -1.5),
        nn.Neuron(2, seed=3),
    ]


@pytest.mark.parametrize("model", models(), ids=lambda model: type(model).__name__)
def test_a_model_comes_back_to_the_bit(model, suffix, tmp_path):
    path = tmp_path / f"model{suffix}"
    nn.save(model, path, metadata={"classes": ["no", "예"]})
    twin = nn.load(path)
    assert repr(twin) == repr(model)
    assert twin.state_dict() == model.state_dict()
    assert nn.load_metadata(path) == {"classes": ["no", "예"]}
    x = [0.5] * (3 if len(list(model.parameters())) == 26 else 2)
    assert nn.predict(twin, [x]) == nn.predict(model, [x])
    assert os.listdir(tmp_path) == [path.name]


class Line(nn.Module):
    """Of one's own making, so a file cannot build it."""

    def __init__(self):
        self.inner = nn.Linear(2, 1, seed=0)

    def forward(self, x):
        return self.inner(x)


def test_a_model_of_ones_own_is_loaded_into(suffix, tmp_path):
    path = tmp_path / f"model{suffix}"
    nn.save(Line(), path)
    with refused(nn.ModelFileError, str(path), "nn.load(path, into=model)"):
        nn.load(path)
    model = Line()
    model.inner.parameters()[0].data = 7.0
    assert nn.load(path, into=model) is model
    assert model.state_dict() == Line().state_dict()


def test_what_cannot_be_saved_leaves_the_old_file(suffix, tmp_path):
    path = tmp_path / f"model{suffix}"
    model = nn.MLP(2, [1], seed=0)
    nn.save(model, path)
    before = path.read_bytes()
    model.parameters()[0].data = float("nan")
    with refused(ValueError, "layer1.weight", "nan"):
        nn.save(model, path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]
    with refused(ValueError, ".safetensors", ".json", ".pkl"):
        nn.save(model, tmp_path / "model.pkl")


def test_other_shapes_are_refused(suffix, tmp_path):
    path = tmp_path / f"model{suffix}"
    nn.save(nn.MLP(2, [3, 1], seed=0), path)
    other = nn.MLP(3, [3, 1], seed=5)
    before = other.state_dict()
    with refused(nn.ModelFileError, str(path), [3, 2], [3, 3]):
        nn.load(path, into=other)
    assert other.state_dict() == before


# --- damaged files -------------------------------------------------------------------------------------------------------

HOSTILE = [
    None, True, -1, 0, 10**400, 10**12, 1e308, float("nan"), float("inf"), "", "../../etc/passwd", "__import__('os').abort()",
    "\x00", [], {}, [[]], [[1.0], [1.0, 2.0]], {"kind": "MLP"}, {"kind": "os.system"}, {"__reduce__": []}, "9" * 5000,
]  # fmt: skip


def places(thing, path=()):
    """The path of everything inside a JSON document."""
    if path:
        yield path
    pairs = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    for key, member in pairs:
        yield from places(member, (*path, key))


def bent_json(document, rng):
    """The document with one thing replaced, removed or renamed."""
    document = copy.deepcopy(document)
    *way, last = rng.choice(list(places(document)))
    holder = document
    for key in way:
        holder = holder[key]
    if rng.random() < 0.7:
        holder[last] = rng.choice(HOSTILE)
    elif isinstance(holder, dict) and rng.random() < 0.5:
        holder[rng.choice(["other", "__class__", "layer9.weight"])] = holder.pop(last)
    else:
        del holder[last]
    return document


def damaged(raw, rng):
    """The bytes cut, with flipped bits, or with bytes of another kind in the middle."""
    way, at = rng.randrange(4), rng.randrange(len(raw))
    if way == 0:
        return raw[:at]
    if way == 1:
        flipped = bytearray(raw)
        for _ in range(rng.randint(1, 8)):
            flipped[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
        return bytes(flipped)
    if way == 2:
        return raw[:at] + rng.randbytes(rng.randint(1, 40)) + raw[at:]
    return rng.randbytes(8) + raw[8:]


def safetensors_file(header, data):
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def bent_safetensors(raw, rng):
    end = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:end])
    plan = json.loads(header["__metadata__"]["architecture"])
    if rng.random() < 0.5:
        header["__metadata__"]["architecture"] = json.dumps(bent_json(plan, rng))
    else:
        header = bent_json(header, rng)
    return safetensors_file(header, raw[end:])


@pytest.mark.parametrize("k", range(100))
def test_a_damaged_file_changes_nothing(k, suffix, tmp_path):
    rng = random.Random(f"{suffix} {k}")
    original = rng.choice(models()[:3])
    path = tmp_path / f"model{suffix}"
    nn.save(original, path, metadata={"classes": ["no", "yes"]})
    raw = path.read_bytes()
    if k % 2:
        raw = damaged(raw, rng)
    elif suffix == ".json":
        raw = json.dumps(bent_json(json.loads(raw), rng)).encode()
    else:
        raw = bent_safetensors(raw, rng)
    path.write_bytes(raw)
    into = copy.deepcopy(original)
    for parameter in into.parameters():
        parameter.data = 0.5
    before = into.state_dict()
    for load, model in ((lambda: nn.load(path, into=into), into), (lambda: nn.load(path), None)):
        found = refusal = None
        try:
            found = load()
        except nn.ModelFileError as error:
            refusal = str(error)
        if refusal is not None:
            assert str(path) in refusal
            assert len(refusal) < 1000
            assert model is None or model.state_dict() == before
        else:
            # Harmless damage (a weight, a metadatum): then it is a whole model, of finite numbers.
            assert all(abs(number) < float("inf") for number in found.state_dict().values())


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"null", b"[" * 100_000, b'{"a":' * 100_000, b"\x80\x04\x95cos\nsystem\n", b"\xff" * 64, b"PK\x03\x04" * 10,
        b'{"format": "autograd-lite model", "version": 1}', b'{"format": "autograd-lite model", "version": 2, "tensors": {}}',
        b'{"format": "autograd-lite model", "version": 1, "tensors": {"w1": ' + b"[" * 900 + b"]" * 900 + b"}}",
        b'{"format": "autograd-lite model", "version": 1, "tensors": {}, '
        b'"architecture": {"kind": "Linear", "nin": 1000000, "nout": 1000000}}',
        b'{"format": "autograd-lite model", "version": 1, "tensors": {}, "architecture": {"kind": "Sequential", "modules": ['
        + b'{"kind": "Sequential", "modules": [' * 200 + b"]}" * 200 + b"]}}",
    ],
)  # fmt: skip
def test_what_is_no_model(raw, tmp_path):
    path = tmp_path / "model.json"
    path.write_bytes(raw)
    with pytest.raises(nn.ModelFileError):
        nn.load(path)


@pytest.mark.parametrize("shape", [[3, 0], [0], [0, 3], [2, 0, 2]])
def test_empty_tensors_of_another_program(shape, tmp_path):
    pytest.importorskip("safetensors")
    path = tmp_path / "model.safetensors"
    path.write_bytes(safetensors_file({"w1": {"dtype": "F64", "shape": shape, "data_offsets": [0, 0]}}, b""))
    with pytest.raises(nn.ModelFileError):
        nn.load(path, into=nn.Neuron(1, seed=0))


# --- weights that are shared -------------------------------------------------------------------------------------------


def one_weight_twice():
    model = nn.MLP(2, [2, 1], activation="tanh", seed=0)
    model.layers[1].neurons[0].w[0] = model.layers[0].neurons[0].w[0]
    return model


def one_layer_twice():
    layer = nn.Linear(2, 2, seed=0)
    return nn.Sequential(layer, nn.Tanh(), nn.Sequential(layer, nn.Linear(2, 1, seed=1)))


def biases_of_one_value():
    model = nn.Sequential(nn.Linear(2, 3, seed=0), nn.ReLU(), nn.Perceptron(3))
    for neuron in [*model[0].neurons, model[2]]:
        neuron.b = model[0].neurons[0].b
    return model


@pytest.mark.parametrize(("make", "count"), [(one_weight_twice, 8), (one_layer_twice, 9), (biases_of_one_value, 10)])
def test_shared_weights_stay_shared(make, count, suffix, tmp_path):
    model, path = make(), tmp_path / f"model{suffix}"
    assert len(model.parameters()) == count
    nn.save(model, path)
    twin = nn.load(path)
    assert [p.label for p in twin.parameters()] == [p.label for p in model.parameters()]
    assert twin.state_dict() == model.state_dict()
    # They learn as one, too; and once more through a file.
    for one in (model, twin):
        nn.fit(one, [[0.5, -1.0], [1.0, 0.3]], [1.0, 0.0], loss="mse", lr=0.1, epochs=5, engine="eager")
    assert twin.state_dict() == model.state_dict()
    nn.save(twin, path)
    assert nn.load(path).state_dict() == model.state_dict()


def test_a_checkpoint_of_shared_weights(tmp_path):
    path = tmp_path / "run.json"
    options = {"loss": "mse", "lr": 0.1, "checkpoint": path, "engine": "eager"}
    rows = [[0.5, -1.0], [1.0, 0.3]], [1.0, 0.0]
    whole, half, again = one_layer_twice(), one_layer_twice(), one_layer_twice()
    nn.fit(whole, *rows, epochs=6, **options)
    nn.fit(half, *rows, epochs=3, **options)
    nn.fit(again, *rows, epochs=6, resume=True, **options)
    assert again.state_dict() == whole.state_dict() == nn.load(path).state_dict()


def test_a_file_with_two_numbers_for_one_parameter_changes_nothing(tmp_path):
    path = tmp_path / "model.json"
    nn.save(nn.MLP(2, [2, 1], seed=1), path)
    model = one_weight_twice()
    before = model.state_dict()
    with refused(nn.ModelFileError, "layer1.neuron1.w1", "two numbers"):
        nn.load(path, into=model)
    assert model.state_dict() == before


@pytest.mark.parametrize(
    "shared",
    ["0", 1, {}, [0], [[0, 9]], [[0, -1]], [[0, True]], [[0, 1.0]], [[0, 1], [1, 2]], [[0, 0]], [[]], None, [[0, 1]]],
)
def test_places_that_make_no_sense(shared, tmp_path):
    """The last one is a list of places, of two different numbers."""
    path = tmp_path / "model.json"
    nn.save(nn.MLP(2, [2, 1], seed=1), path)
    found = json.loads(path.read_text(encoding="utf-8"))
    found["architecture"]["shared"] = shared
    path.write_text(json.dumps(found), encoding="utf-8")
    with pytest.raises(nn.ModelFileError):
        nn.load(path)


# --- what editors, shells and other programs make of such files -------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "utf-32"])
def test_a_mark_of_the_encoding_is_no_damage(encoding, tmp_path):
    """Windows' editor and its shell's `>` begin a text with one."""
    path = tmp_path / "model.json"
    nn.save(models()[0], path, metadata={"classes": ["고양이", "é"]})
    text = path.read_text(encoding="utf-8")
    path.write_bytes(((encoding[-2:] in ("be", "le")) * "\ufeff" + text).encode(encoding))
    assert nn.load(path).state_dict() == models()[0].state_dict()
    assert nn.load_metadata(path) == {"classes": ["고양이", "é"]}


def test_any_text_comes_back(suffix, tmp_path):
    """Halves of surrogate pairs, which a name of a file that is no text is read as, included."""
    texts = ["\ud800", "\udcff.csv", "\x1b[2J\x9b\u2028\u202e", "👩\u200d🔬", "손실", "\x00", '"\\']
    path = tmp_path / f"model{suffix}"
    metadata = {"classes": texts, **dict.fromkeys(texts, 1)}
    nn.save(models()[0], path, metadata=metadata)
    assert nn.load_metadata(path) == metadata
    assert nn.load(path).state_dict() == models()[0].state_dict()
    said = path.read_bytes().decode("utf-8", "replace")
    assert "손실" in said
    assert "👩\u200d🔬" in said
    assert not {"\x1b", "\x9b", "\u2028", "\u202e"} & set(said[10:] if suffix != ".json" else said)


def with_version(path, version):
    raw = path.read_bytes()
    if path.suffix == ".json":
        path.write_text(json.dumps({**json.loads(raw), "version": version}))
        return
    end = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:end])
    header["__metadata__"]["version"] = str(version)
    path.write_bytes(safetensors_file(header, raw[end:]))


@pytest.mark.parametrize(
    ("version", "later"),
    [(2, True), (10**30, True), ("9" * 4000, True), ("9" * 5000, True), (0, False), (-1, False), ("", False), ("1.5", False), ("²", False)],
)  # fmt: skip
def test_other_versions_of_the_format_say_which(version, later, suffix, tmp_path):
    path = tmp_path / f"model{suffix}"
    nn.save(models()[0], path)
    with_version(path, version)
    for read in (nn.load, nn.load_metadata):
        with pytest.raises(nn.ModelFileError) as caught:
            read(path)
        assert "version 1" in str(caught.value)
        assert ("later" in str(caught.value)) is later
        assert len(str(caught.value)) < 400


@pytest.mark.parametrize("version", [True, 1.0, None, [1], {"a": 1}])
def test_a_version_is_a_number(version, tmp_path):
    path = tmp_path / "model.json"
    nn.save(models()[0], path)
    with_version(path, version)
    with refused(nn.ModelFileError, "version"):
        nn.load(path)


def test_one_name_twice_is_refused(suffix, tmp_path):
    """One of the two would be dropped without a word."""
    path = tmp_path / f"model{suffix}"
    nn.save(models()[0], path, metadata={"a": 1, "b": 2})
    raw = path.read_bytes()
    spoilt = raw.replace(b'"b"', b'"a"') if suffix == ".json" else raw.replace(b'\\"b\\"', b'\\"a\\"')
    assert spoilt != raw
    path.write_bytes(spoilt)
    with refused(nn.ModelFileError, "'a'", "twice"):
        nn.load_metadata(path)


@pytest.mark.parametrize("number", ["9" * 5000, "1e999", "-1e999", "NaN", "Infinity", "1" * 400, "true", '"1"', "null"])
def test_numbers_that_no_float_holds_are_refused(number, tmp_path):
    path = tmp_path / "model.json"
    model = nn.Perceptron.from_weights([0.625, 1.0], -1.5)
    nn.save(model, path)
    text = path.read_text()
    assert "0.625" in text
    path.write_text(text.replace("0.625", number))
    with refused(nn.ModelFileError, str(path)):
        nn.load(path)


@pytest.mark.parametrize("length", [0x7B, 0x7B20, 0xFEFF, 0xFFFE])
def test_a_header_whose_length_looks_like_a_text(length, tmp_path):
    """Of another program: `{`, or a mark of an encoding, as the first bytes."""
    pytest.importorskip("safetensors")
    path = tmp_path / "model.safetensors"
    header = {
        "weights": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]},
        "bias": {"dtype": "F64", "shape": [], "data_offsets": [8, 16]},
    }
    text = json.dumps(header, separators=(",", ":"))
    path.write_bytes(length.to_bytes(8, "little") + text.ljust(length).encode() + b"\0" * 16)
    model = nn.Perceptron.from_weights([1.0], 1.0)
    with refused(nn.ModelFileError, "tensors"):
        nn.load(path, into=model)


@pytest.mark.parametrize("suffix", ["json", "safetensors"])
def test_metadata_that_are_no_plain_data_are_refused(suffix, tmp_path):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    for bad in (Value(1.0), deep, {(1, 2): 3}):
        with refused(ValueError, "metadata", "JSON"):
            nn.save(nn.Linear(1, 1), tmp_path / f"model.{suffix}", metadata={"a": bad})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("metadata", [{"1": "a", 1: "b"}, {"inner": [{True: 1, "true": 2}]}])
def test_metadata_whose_names_would_stand_twice_leave_a_good_file(metadata, tmp_path):
    for name in ("model.json", "model.safetensors"):
        path = tmp_path / name
        nn.save(nn.MLP(2, [1], seed=0), path)
        before = path.read_bytes()
        with refused(ValueError, "metadata", "texts"):
            nn.save(nn.MLP(2, [1], seed=1), path, metadata=metadata)
        assert path.read_bytes() == before
