"""Trees: what is taken apart comes together again, and what is no number is refused, or kept, as asked."""

from collections import Counter, OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest
from refusals import refused

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.transforms.tree import (
    NUMBER,
    Leaf,
    compose,
    describe,
    flatten,
    leaf_names,
    numbers_in,
    offsets,
    partition,
    same_shape,
    size,
    tree_map,
    unflatten,
)  # fmt: skip

Pair = namedtuple("Pair", "first second")
x = Value(2.0)
TREES = [
    (3.0, [3.0]),
    (3, [3]),
    ([], []),
    ((1.0, [2.0, (3.0,)]), [1.0, 2.0, 3.0]),
    (Pair(1.0, [2.0]), [1.0, 2.0]),
    ({"b": 1.0, "a": {"c": 2.0}}, [1.0, 2.0]),
    (OrderedDict(z=1.0, a=2.0), [1.0, 2.0]),
    (Counter(z=3, a=2), [3, 2]),
    ([x, 1.0, x], [x, 1.0, x]),
]


@pytest.mark.parametrize(("tree", "leaves"), TREES)
def test_there_and_back(tree, leaves):
    for take in (lambda tree: flatten(tree, "it"), partition):
        found, treedef = take(tree)
        assert all(one is other or one == other for one, other in zip(found, leaves, strict=True))
        assert (size(treedef), len(list(leaf_names(treedef, "t")))) == (len(leaves),) * 2
        again = unflatten(treedef, found)
        assert type(again) is type(tree)
        assert again == tree
        assert take(tree)[1] == treedef
        assert hash(take(tree)[1]) == hash(treedef)


def test_a_defaultdict_fills_gaps_again_and_is_one_structure():
    tree = defaultdict(list, a=1.0)
    leaves, treedef = flatten(tree, "it")
    again = unflatten(treedef, leaves)
    assert again == tree
    assert again["gap"] == []
    compiled = ag.jit(lambda p: p["a"] * 2.0, backend="python")
    assert [compiled(defaultdict(list, a=k)) for k in (1.0, 2.0)] == [2.0, 4.0]
    assert len(compiled.variants) == 1


def test_arrays_are_leaves_with_a_shape():
    array = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    leaves, treedef = flatten({"w": array}, "it")
    assert (leaves, describe(treedef)) == ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "{'w': array(2, 3)}")
    assert list(leaf_names(treedef, "p"))[-1] == "p['w'][1, 2]"
    assert np.array_equal(unflatten(treedef, leaves)["w"], array)
    objects = unflatten(treedef, [x, *leaves[1:]])["w"]
    assert objects.dtype == object
    assert objects[0, 0] is x
    assert flatten(objects, "it") == ([x, *leaves[1:]], Leaf((2, 3)))
    for scalar in (np.float32(2.0), np.int64(2), np.array(2.0), np.array(2)):
        assert flatten(scalar, "it") == partition(scalar) == ([2.0], NUMBER)
    boxed = np.empty((), dtype=object)
    boxed[()] = x
    assert flatten(boxed, "it")[0][0] is x


def test_what_is_no_number():
    for thing, kind in ((None, "NoneType"), ("a", "str"), (1j, "complex"), (np.array(["a"]), "ndarray"), ({1.0}, "set")):
        with refused(TypeError, "it", kind, "number"):
            flatten([1.0, {"a": thing}], "it")
    tree = [1.0, None, "train", True, print, np.bool_(True), np.array("text"), {2.0}]
    leaves, treedef = partition(tree)
    assert leaves == [1.0]
    assert unflatten(treedef, [5.0]) == [5.0, *tree[1:]]
    for one, other in ((None, 0.0), ("train", "test"), (True, False), ({2.0}, {2.0})):
        assert partition([1.0, one])[1] != partition([1.0, other])[1]
    for thing in (1j, np.array([1j]), np.array([True]), np.array(["a"])):
        with pytest.raises(TypeError):
            partition([thing])


def test_static_numbers_are_part_of_the_structure():
    leaves, treedef = partition([1.0, (2, x)], static=True)
    assert leaves == []
    assert unflatten(treedef, []) == [1.0, (2, x)]
    assert treedef == partition([1.0, (2, x)], static=True)[1]
    for other in ([2.0, (2, x)], [1.0, (2.0, x)], [1.0, (2, Value(3.0))]):
        assert treedef != partition(other, static=True)[1]


def test_structures_are_strict():
    treedef = flatten([1.0, (2.0, 3.0)], "it")[1]
    for leaves in ([], [1.0, 2.0], [1.0] * 4):
        with refused(ValueError, "[number, (number, number)]", 3, len(leaves)):
            unflatten(treedef, leaves)
    with refused(ValueError, "number", 1, 2):
        unflatten(NUMBER, [1.0, 2.0])
    assert same_shape(treedef, flatten((1.0, [2.0, 3.0]), "it")[1])
    for other in ([1.0, 2.0], [1.0, (2.0,)], [(2.0, 3.0), 1.0], {0: 1.0, 1: (2.0, 3.0)}, [1.0, np.array([2.0, 3.0])]):
        assert not same_shape(treedef, flatten(other, "it")[1])
    assert not same_shape(flatten({"a": 1.0}, "it")[1], flatten({"b": 1.0}, "it")[1])


def test_maps_over_trees():
    treedef = flatten([1.0, (2.0, 3.0)], "it")[1]
    pair = flatten((1.0, 1.0), "it")[1]
    assert unflatten(compose(treedef, lambda leaf: pair), range(6)) == [(0, 1), ((2, 3), (4, 5))]
    assert offsets([treedef, NUMBER, pair]) == [0, 3, 4, 6]
    assert tree_map(str, [1, {"a": (None, "b")}]) == ["1", {"a": ("None", "b")}]
    table = np.array([[1, 2]])
    plain = numbers_in({"loss": x, "rest": [None, "text", 3, (x * 2.0,)], "table": table, "values": np.array([x, 1.0])})
    assert plain["loss"] == 2.0
    assert type(plain["loss"]) is float
    assert plain["rest"] == [None, "text", 3, (4.0,)]
    assert plain["table"] is table
    assert (plain["values"].dtype, plain["values"].tolist()) == (float, [2.0, 1.0])
