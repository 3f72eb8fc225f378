"""Random graphs and what they shrink to; the printed Python does what the graph does."""

from collections import Counter

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from mutants import mutated
from refusals import refused

from autograd_lite import RULES, Value
from autograd_lite.engine.common import apply
from autograd_lite.engine.value import topological_order
from autograd_lite.testing import check_grad, random_graph
from autograd_lite.testing.growing import primitives
from autograd_lite.testing.local import is_at_kink
from autograd_lite.testing.strategies import arguments, expressions, graphs, mlps
from autograd_lite.testing.strategies import primitives as primitive_strategy


def run(source):
    *body, call = source.split("\n")
    scope = {}
    exec("\n".join(body), scope)
    return eval(call, scope)


@settings(max_examples=150, deadline=None)
@given(st.one_of(graphs(smooth=False), expressions(smooth=False)))
def test_what_is_printed_does_the_same(graph):
    assert run(repr(graph)) == graph(*graph.point)


@pytest.mark.parametrize("seed", range(300))
def test_seeded_graphs_print_what_they_do(seed):
    graph = random_graph(seed, smooth=seed % 2 == 0)
    assert run(graph.source) == graph(*graph.point)


@settings(max_examples=100, deadline=None)
@given(expressions(max_size=12))
def test_a_tree_uses_each_result_once(graph):
    used = [x for one in graph.operations for x in one.operands if isinstance(x, int) and x >= len(graph.point)]
    assert len(used) == len(set(used))


def test_a_graph_shares():
    assert any(
        len(used) > len(set(used))
        for used in (
            [x for one in random_graph(seed).operations for x in one.operands if isinstance(x, int)] for seed in range(20)
        )
    )


@settings(max_examples=100, deadline=None)
@given(graphs(primitives=["add", "tanh", "relu"], variables=2, max_size=5))
def test_graphs_are_made_of_what_was_asked_for(graph):
    assert graph.names_used() <= {"add", "tanh", "relu", "mul"}
    assert 1 <= len(graph.point) <= 2


def test_every_primitive_occurs():
    seen = set().union(*(random_graph(seed, operations=12, smooth=False).names_used() for seed in range(600)))
    assert set(primitives(smooth=False)) <= seen


@pytest.mark.parametrize("name", sorted(RULES))
def test_arguments_lie_in_the_domain(name):
    @settings(max_examples=20, deadline=None)
    @given(arguments(name))
    def check(point):
        apply(name, *map(Value, point))

    check()


@given(primitive_strategy())
def test_primitives_are_names(name):
    assert name in RULES


def inner_uses(graph):
    """How often each result that is not the last is an operand."""
    uses = Counter(x for one in graph.operations for x in set(one.operands) if isinstance(x, int))
    return [uses[k] for k in range(len(graph.point), len(graph.point) + len(graph.operations) - 1)]


def test_a_random_graph_is_never_at_a_jump():
    graphs = [random_graph(seed, primitives=["floor", "add", "round", "step"], smooth=False) for seed in range(300)]
    nodes = [node for graph in graphs for node in topological_order(graph.record()[1]) if not node.is_leaf]
    jumping = [node for node in nodes if RULES[node.op].jump]
    assert len(jumping) > 300
    assert not any(map(is_at_kink, jumping))


def test_an_operand_without_a_derivative_is_a_number():
    graphs = [random_graph(seed, primitives=["where", "softplus"], smooth=False) for seed in range(100)]
    conditions = {type(one.operands[0]) for graph in graphs for one in graph.operations if one.name == "where"}
    assert conditions == {float}


def test_random_graphs_share_inner_results_and_trees_do_not():
    shared = [max(inner_uses(random_graph(seed, 12)), default=0) > 1 for seed in range(200)]
    assert sum(shared) > 150
    assert all(set(inner_uses(random_graph(seed, 12, sharing=False))) <= {1} for seed in range(200))


def test_what_asks_for_the_impossible():
    with refused(ValueError, "'sinn'"):
        find(arguments("sinn"), bool)
    with refused(ValueError, "'sinn'"):
        random_graph(0, primitives=["sinn"])
    with refused(ValueError, "no primitive"):
        random_graph(0, primitives=[])
    with refused(ValueError, "variable", "operation"):
        random_graph(0, operations=0)
    with refused(TypeError, "1 variables", "2 arguments"):
        find(graphs(), lambda graph: len(graph.point) == 1)(1.0, 2.0)


# --- what a failing test is shown -------------------------------------------------------------------------------------------


def test_the_smallest_graph_with_an_operation():
    graph = find(graphs(max_size=8), lambda graph: "tanh" in graph.names_used())
    assert graph.source == "import autograd_lite as ag\ndef f(x):\n    a = ag.tanh(x)\n    return a\nf(0.0)"


def test_the_smallest_graph_that_shares():
    def shares(graph):
        used = [x for one in graph.operations for x in one.operands if isinstance(x, int) and x >= len(graph.point)]
        return len(used) > len(set(used))

    graph = find(graphs(), shares)
    assert len(graph.operations) <= 8  # how far hypothesis shrinks differs from run to run
    assert len(graph.point) == 1


def test_the_smallest_graph_that_shows_a_wrong_partial():
    rule = RULES["sigmoid"]

    def wrong(graph):
        return check_grad(graph, *graph.point, raise_exception=False).verdict == "fail"

    with mutated(rule, ("out * sigmoid(x)",)):
        graph = find(graphs(max_size=10), wrong)
    assert [one.name for one in graph.operations] == ["sigmoid"]
    assert len(graph.point) == 1
    assert abs(graph.point[0]) <= 1.0


def test_the_smallest_network():
    network = find(mlps(max_layers=3), lambda network: len(network.sizes) > 2)
    assert network.sizes == (1, 1, 1)
    assert set(network.parameters) == {0.0}
    assert network(network.parameters) == 0.0
