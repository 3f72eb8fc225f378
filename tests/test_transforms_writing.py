"""A tree that is put together by written code is the one that is put together step by step."""

from collections import OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_lite.transforms.tree import partition, size, unflatten
from autograd_lite.transforms.writing import builder

Pair = namedtuple("Pair", "left right")
STATICS = st.sampled_from([None, "text", True, "'", 'a"b\\'])
KEYS = st.one_of(st.text(max_size=3), st.integers(0, 3))
LEAVES = st.one_of(st.floats(-9, 9), STATICS, st.sampled_from([(), (1,), (2, 3), (0, 2)]).map(np.ones))


def containers(inside):
    several = st.lists(inside, max_size=5)
    by_key = st.dictionaries(KEYS, inside, max_size=3)
    return st.one_of(
        several,
        several.map(tuple),
        by_key,
        by_key.map(OrderedDict),
        by_key.map(lambda given: defaultdict(list, given)),
        st.builds(Pair, inside, inside),
        st.lists(st.floats(-9, 9), max_size=30),
    )


def same(one, other):
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.shape == other.shape and (one == other).all()
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(same, one.values(), other.values()))
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


@given(st.recursive(LEAVES, containers, max_leaves=25))
def test_written_is_put_together(tree):
    treedef = partition(tree)[1]
    leaves = [0.5 + k for k in range(size(treedef))]
    assert same(builder(treedef)(leaves), unflatten(treedef, leaves))
    assert same(builder(treedef)(tuple(leaves)), unflatten(treedef, leaves))


@pytest.mark.parametrize("depth", [10, 300])
def test_deep_trees(depth):
    tree = 1.0
    for _ in range(depth):
        tree = [tree, {"b": 2.0}]
    leaves, treedef = partition(tree)
    assert builder(treedef)(leaves) == tree


def test_a_result_is_ones_own():
    build = builder(partition([1.0, [2.0] * 9])[1])
    one, other = build([0.0] * 10), build([0.0] * 10)
    one[1].append(5.0)
    one.append(6.0)
    assert other == [0.0, [0.0] * 9]
