"""Planes through all weights, and what a gradient costs: numbers behind pictures, without matplotlib."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refused

from autograd_lite import Value, plot

# --- planes through the weights --------------------------------------------------------------------------------------

vectors = st.lists(st.floats(-10, 10), min_size=3, max_size=3)


@given(vectors, st.integers(0, 99), st.floats(-5, 5), st.floats(-5, 5))
def test_a_point_of_a_plane_is_projected_to_its_coordinates(centre, seed, a, b):
    plane = plot.random_plane(centre, seed=seed)
    assert plane.project(plane.point(a, b)) == pytest.approx((a, b), abs=1e-9)
    assert plane.loss(lambda weights: weights[0])(0.0, 0.0) == centre[0]


@given(st.lists(vectors, min_size=2, max_size=6))
def test_the_plane_of_a_path_holds_its_ends(path):
    plane = plot.plane_of_path(path)
    for end in (path[0], path[-1]):
        assert plane.point(*plane.project(end)) == pytest.approx(end, abs=1e-7)


def test_a_plane_needs_two_weights():
    with refused(ValueError, "two weights"):
        plot.random_plane([1.0])


# --- costs -----------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=6))
def test_the_numerical_gradient_of_a_cubic(at):
    found = plot.numerical_gradient(lambda v: sum(x**3 for x in v), at)
    assert found == pytest.approx([3 * x * x for x in at], abs=1e-7)


def paths_to_leaves(node):
    """Every path, listed: what the counting must agree with on small graphs."""
    if node.is_leaf:
        return [[]]
    return [[parent, *rest] for parent in node.parents for rest in paths_to_leaves(parent)]


@given(st.lists(st.tuples(st.sampled_from("+*t"), st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=9))
def test_multiplications_are_counted_as_if_every_path_were_listed(recipe):
    nodes = [Value(0.5), Value(1.5)]
    for kind, i, j in recipe:
        a, b = nodes[i % len(nodes)], nodes[j % len(nodes)]
        nodes.append(a + b if kind == "+" else a * b if kind == "*" else a.tanh())
    root = nodes[-1]
    backprop, expanded = plot.multiplications(root)
    paths = paths_to_leaves(root)
    assert expanded == sum(len(path) - 1 for path in paths)
    reached = {id(root): root}
    todo = [root]
    while todo:
        for parent in todo.pop().parents:
            if id(parent) not in reached:
                reached[id(parent)] = parent
                todo.append(parent)
    assert backprop == sum(len(node.parents) for node in reached.values())


def test_the_expanded_formulas_grow_exponentially_and_back_propagation_does_not():
    x = Value(1.0)
    counts = []
    for _ in range(60):
        x = x + x
        counts.append(plot.multiplications(x))
    assert counts[-1] == (120, 59 * 2**60)
    assert counts[0][0] == 2
