"""What a graph is made of: nothing is lost or counted twice, alike means alike, and known networks are recognized."""

import itertools
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refused

import autograd_lite as ag
from autograd_lite import GraphError, Value, nn, topological_order
from autograd_lite.structure import (
    DETAILS,
    Box,
    Names,
    Snapshot,
    classes,
    contract,
    keep_nearest,
    neighbourhoods,
    shared_name,
    summarize,
)  # fmt: skip

# --- random graphs ---------------------------------------------------------------------------------------------------

OPERATIONS = {
    "add": lambda a, b, c: a + b,
    "mul": lambda a, b, c: a * b,
    "tanh": lambda a, b, c: a.tanh(),
    "relu": lambda a, b, c: a.relu(),
    "sum": lambda a, b, c: ag.sum([a, b, c, 1.0]),
    "dot": lambda a, b, c: ag.dot([a, b], [c, 0.5]),
    "where": lambda a, b, c: ag.where(c, a, b),
    "constant": lambda a, b, c: a * 2.0 + 1.0,
    "square": lambda a, b, c: a * a,
    "leaf": lambda a, b, c: Value(0.25),
    "detach": lambda a, b, c: a.detach(),
}


@st.composite
def roots(draw):
    nodes = [Value(0.5, label="x"), Value(-0.5), Value(0.125)]
    for name, *picks in draw(
        st.lists(st.tuples(st.sampled_from(sorted(OPERATIONS)), *[st.integers(0, 9)] * 3), min_size=1, max_size=40)
    ):
        operands = [nodes[-1 - pick % len(nodes)] for pick in picks]
        nodes.append(OPERATIONS[name](*operands))
        if picks[2] % 4 == 3:
            nodes[-1].label = "named"
    return nodes[-1] if draw(st.booleans()) else nodes[-2:]


def order_of(root):
    return topological_order(*root) if isinstance(root, list) else topological_order(root)


@settings(max_examples=60, deadline=None)
@given(roots(), st.sampled_from(DETAILS))
def test_every_node_is_in_one_box(root, detail):
    summary = summarize(root, detail)
    assert Counter(node for box in summary.boxes for node in box.nodes) == Counter(order_of(root))
    assert summary.nodes == len(order_of(root))
    for box in summary.boxes:
        assert set(box.outputs) <= set(box.nodes)
        assert box.outputs


@settings(max_examples=60, deadline=None)
@given(roots(), st.sampled_from(DETAILS[:-1]))
def test_boxes_come_after_what_they_are_computed_from(root, detail):
    placed = set()
    for box in summarize(root, detail).boxes:
        assert {source for source, _, _ in box.inputs} <= placed
        placed.add(box)


@settings(max_examples=60, deadline=None)
@given(roots(), st.sampled_from(["all", "sums", "neurons"]))
def test_edges_between_boxes_are_those_of_the_graph(root, detail):
    boxes = summarize(root, detail).boxes
    of = {node: box for box in boxes for node in box.nodes}
    expected = Counter()
    for node in order_of(root):
        for parent in node.parents:
            if of[parent] is not of[node]:
                expected[of[parent], of[node]] += 1
    found = Counter()
    for box in boxes:
        for source, _, times in box.inputs:
            found[source, box] += times
    assert found == expected


@settings(max_examples=60, deadline=None)
@given(roots(), st.sampled_from(["sums", "neurons"]))
def test_nodes_that_others_use_and_nodes_with_names_are_not_folded_away(root, detail):
    boxes = summarize(root, detail).boxes
    of = {node: box for box in boxes for node in box.nodes}
    shown = {node for box in boxes for node in box.outputs}
    for node in order_of(root):
        if node.label:
            assert node in shown
        for parent in node.parents:
            assert of[parent] is of[node] or parent in shown
    assert set(root if isinstance(root, list) else [root]) <= shown


@settings(max_examples=60, deadline=None)
@given(roots(), st.integers(1, 12))
def test_auto_keeps_to_its_limit(root, limit):
    summary = summarize(root, limit=limit)
    assert len([box for box in summary.boxes if box.kind != "rest"]) <= limit
    assert Counter(node for box in summary.boxes for node in box.nodes) == Counter(order_of(root))


# --- what is alike ---------------------------------------------------------------------------------------------------


@st.composite
def shapes(draw):
    """Keys and operands of a small graph, operands first."""
    size = draw(st.integers(1, 14))
    keys = draw(st.lists(st.sampled_from("ab"), min_size=size, max_size=size))
    operands = [
        draw(st.lists(st.tuples(st.sampled_from("xy"), st.integers(0, place - 1)), max_size=3)) if place else []
        for place in range(size)
    ]
    return keys, operands


def users_of(operands):
    users = [[] for _ in operands]
    for place, incoming in enumerate(operands):
        for role, source in incoming:
            users[source].append((role, place))
    return users


@settings(max_examples=150, deadline=None)
@given(shapes())
def test_places_of_one_class_have_alike_neighbours(shape):
    keys, operands = shape
    numbers = classes(keys, operands, rounds=50)
    users = users_of(operands)
    seen = {}
    for place, number in enumerate(numbers):
        facts = (
            keys[place],
            frozenset((role, numbers[source]) for role, source in operands[place]),
            frozenset((role, numbers[user]) for role, user in users[place]),
        )
        assert seen.setdefault(number, facts) == facts
    assert sorted(set(numbers), key=numbers.index) == list(range(len(set(numbers))))


@settings(max_examples=100, deadline=None)
@given(shapes(), st.integers(2, 4))
def test_copies_of_a_graph_fall_together(shape, count):
    keys, operands = shape
    size = len(keys)
    copies = [[(role, source + k * size) for role, source in incoming] for k in range(count) for incoming in operands]
    numbers = classes(keys * count, copies, rounds=50)
    once = classes(keys, operands, rounds=50)
    assert numbers == once * count


@settings(max_examples=100, deadline=None)
@given(shapes(), st.randoms(use_true_random=False))
def test_the_order_of_places_does_not_matter(shape, rng):
    keys, operands = shape
    order = topological_shuffle(operands, rng)
    place = {old: new for new, old in enumerate(order)}
    moved = classes(
        [keys[old] for old in order], [[(role, place[source]) for role, source in operands[old]] for old in order], rounds=50
    )
    numbers = classes(keys, operands, rounds=50)
    pairs = {(numbers[old], moved[place[old]]) for old in range(len(keys))}
    assert len(pairs) == len(set(numbers)) == len(set(moved))


def topological_shuffle(operands, rng):
    left, order = list(range(len(operands))), []
    while left:
        ready = [place for place in left if all(source in order for _, source in operands[place])]
        order.append(rng.choice(ready))
        left.remove(order[-1])
    return order


@settings(max_examples=100, deadline=None)
@given(shapes(), st.integers(0, 4))
def test_neighbourhoods_are_the_views_from_each_place(shape, radius):
    """Against the definition: the view from a place, written out as a nested tuple."""
    keys, operands = shape
    users = users_of(operands)

    def view(place, steps):
        if not steps:
            return keys[place]
        return (
            view(place, steps - 1),
            frozenset((role, view(source, steps - 1)) for role, source in operands[place]),
            frozenset((role, view(user, steps - 1)) for role, user in users[place]),
        )

    numbers = neighbourhoods(keys, operands, radius)
    for one, two in itertools.combinations(range(len(keys)), 2):
        assert (numbers[one] == numbers[two]) == (view(one, radius) == view(two, radius))


# --- networks that are known -----------------------------------------------------------------------------------------


def written_out(sizes, rows, seed=0):
    """A network as micrograd writes one, on `rows` samples, and its loss."""
    rng = random.Random(seed)
    layers = [
        [([Value(rng.uniform(-1, 1)) for _ in range(n_in)], Value(rng.uniform(-1, 1))) for _ in range(n_out)]
        for n_in, n_out in itertools.pairwise(sizes)
    ]
    losses = []
    for _ in range(rows):
        x = [Value(rng.uniform(-1, 1)) for _ in range(sizes[0])]
        for layer in layers:
            x = [sum((w * xi for w, xi in zip(weights, x, strict=True)), bias).tanh() for weights, bias in layer]
        losses += [(y - 0.5) ** 2 for y in x]
    return sum(losses[1:], losses[0]) if len(losses) > 1 else losses[0]


@pytest.mark.parametrize("sizes", [[2, 3, 1], [3, 2, 4, 1], [4, 4, 4, 1]])
def test_neurons_are_found(sizes):
    boxes = summarize(written_out(sizes, 1), "neurons").boxes
    neurons = [box for box in boxes if box.kind == "neuron"]
    assert len(neurons) == sum(sizes[1:])
    assert {box.op for box in neurons} == {"tanh"}
    fed = Counter(sum(times for _, role, times in box.inputs if role == "weight") for box in neurons)
    assert fed == Counter(size for size, units in itertools.pairwise(sizes) for _ in range(units))
    assert all(sum(role == "bias" for _, role, _ in box.inputs) == 1 for box in neurons)


@pytest.mark.parametrize("sizes", [[2, 3, 2], [3, 2, 4, 2], [4, 4, 4, 2]])
def test_layers_are_found(sizes):
    boxes = summarize(written_out(sizes, 1), "layers").boxes
    layers = [box for box in boxes if box.kind == "layer"]
    assert [(box.units, sum(one.times for one in box.inputs if one.role == "weight")) for box in layers] == [
        (units, units * size) for size, units in itertools.pairwise(sizes)
    ]
    feeds = [[one.source for one in box.inputs if one.role == "input"] for box in layers]
    assert [source.kind for (source,) in feeds] == ["leaves", *["layer"] * (len(layers) - 1)]
    assert [source.units for (source,) in feeds] == sizes[:-1]


def test_samples_are_found():
    boxes = summarize(written_out([2, 3, 1], 25), "repeats").boxes
    counts = {box.kind: box.count for box in boxes if box.kind in ("layer", "neuron", "leaves")}
    assert counts["layer"] == 25
    assert counts["neuron"] == 25
    assert len(boxes) < 15
    assert summarize(written_out([2, 3, 1], 25)).boxes[-1].kind == "sum"


def test_the_modules_of_nn_are_found_and_named():
    model = nn.MLP(2, [3, 3, 1], activation="tanh", seed=0)
    loss = (model([1.0, 2.0]) - 1.0) ** 2
    boxes = summarize(loss, "layers").boxes
    assert [(box.kind, box.name, box.op) for box in boxes if box.kind in ("layer", "neuron")] == [
        ("layer", "layer1", "tanh"),
        ("layer", "layer2", "tanh"),
        ("neuron", "layer3.neuron1", ""),
    ]


def test_steps_in_a_row_are_found():
    h, w = Value(0.1), Value(0.9, label="w")
    for _ in range(1000):
        h = (w * h + 0.5).tanh()
    boxes = summarize(h).boxes
    assert len(boxes) < 20
    assert max(box.count for box in boxes) >= 990
    assert summarize(h).detail == "rows"


def test_sums_of_few_terms_and_shared_sums_stay():
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    assert {box.kind for box in summarize(a + b, "sums").boxes} == {"leaf", "operation"}
    partial = a + b
    total = partial + c + a
    assert [box.kind for box in summarize(total, "sums").boxes].count("sum") == 1
    both = total * partial  # now `partial` has a second user and must be seen
    assert any(box.nodes == [partial] for box in summarize(both, "sums").boxes)


def test_a_graph_with_no_structure_keeps_what_is_near_the_result():
    rng = random.Random(1)
    nodes = [Value(rng.random()) for _ in range(5)]
    for k in range(400):
        a, b = rng.choice(nodes[-30:]), rng.choice(nodes[-30:])
        nodes.append([a * b, (a - b).tanh(), a / (b + 3.0), ag.atan2(a, b + 2.0), a.exp().tanh()][k % 5])
    summary = summarize(nodes[-1], limit=20)
    assert summary.boxes[0].kind == "rest"
    assert summary.hidden == len(summary.boxes[0].nodes)
    assert f"{summary.hidden:,} nodes further from the result are left out" in str(summary)


def test_nearest():
    x = Value(1.0)
    for _ in range(10):
        x = x.tanh()
    boxes = summarize(x, "all").boxes
    kept = keep_nearest(boxes, 4)
    assert [box.kind for box in kept] == ["rest", *["operation"] * 4]
    assert kept[1].inputs[0].source is kept[0]
    assert len(kept[0].nodes) == 7
    small = summarize(Value(1.0).exp(), "all").boxes
    assert keep_nearest(small, 4) == small


def test_a_long_chain_is_summarized():
    x = Value(1.0)
    for _ in range(100_000):
        x = x + 1.0
    summary = summarize(x)
    assert summary.nodes == 100_001
    assert len(summary.boxes) <= 2


# --- a graph looked at once ------------------------------------------------------------------------------------------


def told(boxes):
    place = {box: k for k, box in enumerate(boxes)}
    return [
        (box.shape(), box.count, box.name, box.nodes, box.outputs, [(place[s], *rest) for s, *rest in box.inputs])
        for box in boxes
    ]


@pytest.mark.parametrize("asked", [DETAILS, DETAILS[::-1]])
def test_folding_leaves_the_finer_boxes_as_they_are(asked):
    root = written_out([2, 3, 2], 3)
    graph = Snapshot(root)
    first = {detail: told(graph.boxes(detail)) for detail in asked}
    assert len({len(boxes) for boxes in first.values()}) >= 4
    for detail in asked:
        assert told(graph.boxes(detail)) == first[detail] == told(summarize(root, detail).boxes)


@settings(max_examples=40, deadline=None)
@given(roots(), st.permutations(DETAILS))
def test_a_snapshot_answers_as_if_asked_for_the_first_time(root, asked):
    graph = Snapshot(root)
    first = {detail: told(graph.boxes(detail)) for detail in asked}
    for detail in asked:
        assert told(graph.boxes(detail)) == first[detail] == told(summarize(root, detail).boxes)


@settings(max_examples=40, deadline=None)
@given(roots())
def test_the_edges_of_a_snapshot_are_those_of_a_backward_pass(root):
    root = root[-1] if isinstance(root, list) else root
    graph = Snapshot(root)
    grads = dict.fromkeys(graph.order, 0.0) | {root: 1.0}
    edges = list(graph.edges())
    assert len(edges) == sum(not parent.is_constant for node in graph.order for parent in node.parents)
    for node, parent, slope, argument in edges:
        assert node.args[argument] is parent
        assert graph.place[parent] < graph.place[node]
        grads[parent] += grads[node] * slope
    root.backward()
    if root.requires_grad:
        assert {node: grads[node] for node in graph.order if node.has_grad} == {
            node: node.grad for node in graph.order if node.has_grad
        }


# --- groups and names ------------------------------------------------------------------------------------------------


def grouped():
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    c = a * b
    d = c + a
    e = d.tanh()
    groups = {a: None, b: None, c: "net.first", d: "net.first", e: "net.second"}
    return summarize(e, "all").boxes, groups


def test_groups_are_closed_as_deep_as_asked():
    boxes, groups = grouped()
    opened = contract(boxes, groups.get)
    assert [box.nodes for box in opened] == [box.nodes for box in boxes]
    assert not set(opened) & set(boxes)  # copies, so that what was given can be contracted again
    assert sorted(box.frame for box in opened) == [(), (), ("net", "first"), ("net", "first"), ("net", "second")]
    two = contract(boxes, groups.get, depth=2)
    assert [(box.kind, box.name) for box in two][-2:] == [("group", "net.first"), ("group", "net.second")]
    assert [len(box.nodes) for box in two][-2:] == [2, 1]
    assert [[node.op for node in box.outputs] for box in two][-2:] == [["add"], ["tanh"]]
    assert [box.frame for box in two] == [(), (), ("net",), ("net",)]
    assert [(one.source.name, one.times) for one in two[-2].inputs] == [("a", 2), ("b", 1)]
    one = contract(boxes, groups.get, depth=1)
    assert [(box.kind, box.name) for box in one] == [("leaf", "a"), ("leaf", "b"), ("group", "net")]
    assert not any(box.frame for box in one)
    assert [node.op for node in one[-1].outputs] == ["tanh"]


def test_groups_that_are_none():
    boxes, _ = grouped()
    with refused(TypeError, "int", "3", "None", "'layer1.neuron2'"):
        contract(boxes, lambda node: 3)
    with refused(ValueError, "depth", "0", "1"):
        contract(boxes, lambda node: "a", depth=0)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["", "a", "b", "a_2", "v1", " a ", "a\nb"]), max_size=12))
def test_names_are_all_different_and_labels_are_kept(labels):
    nodes = [Value(1.0, label=label) for label in labels]
    names = Names(nodes)
    assert len(set(names.values())) == len(nodes)
    for node in nodes:
        plain = " ".join(node.label.split())
        assert names[node].startswith(plain or ("_" if node.label else "v"))
        assert "\n" not in names[node]
    for label in {"a", "b"} & set(labels):
        assert label in names.values()


def test_shared_names_are_whole_components():
    assert shared_name(["layer1.w", "layer10.w"]) == ""
    assert shared_name(["net.layer1.w1", "net.layer1.b", "net.layer1.w2"]) == "net.layer1"
    assert shared_name(["w", ""]) == ""


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("root", "options", "error", "holds"),
    [
        (1.0, {}, TypeError, ["Value", "float", "1.0"]),
        ([], {}, ValueError, ["Value"]),
        ([Value(1.0), "x"], {}, TypeError, ["Value", "str", "'x'"]),
        (Value(1.0), {"detail": "coarse"}, ValueError, ["'coarse'", "auto", *DETAILS]),
        (Value(1.0), {"limit": 0}, ValueError, ["limit", "0", "1"]),
    ],
)
def test_bad_input(root, options, error, holds):
    with refused(error, *holds):
        summarize(root, **options)


def test_a_cycle_made_by_hand():
    a = Value(1.0)
    b = a + 1.0
    c = b * 2.0
    b._a = c
    with refused(GraphError, "cycle", repr(b)):
        summarize(c)
    with refused(GraphError, "cycle"):
        summarize([Value(1.0) * 3.0, a * 2.0, c])


def test_a_leaf_alone():
    x = Value(1.0, label="x")
    for detail in DETAILS:
        (box,) = summarize(x, detail).boxes
        assert (box.kind, box.name, box.nodes) == ("leaf", "x", [x])
    (box,) = summarize((x * x).detach()).boxes
    assert (box.kind, box.op) == ("leaf", "constant")
    assert isinstance(box, Box)
