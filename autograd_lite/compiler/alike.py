"""Whether two recordings of a function are the same, node by node as they were made: then one of them is enough to be written."""

from itertools import chain, count
from typing import Any

from autograd_lite.compiler.trace import Recording
from autograd_lite.engine.closures import are_pullbacks
from autograd_lite.engine.value import Value
from autograd_lite.transforms.tree import partition


def alike(one: Recording, two: Recording) -> bool:
    """Whether two recordings without branches made the same nodes of the same operands; False, too, where that is not known."""
    sessions = one.session, two.session
    if are_pullbacks() or any(session.decisions or session.scans for session in sessions):
        return False
    (results, structure), (others, other) = partition(one.result), partition(two.result)
    made = zip(sessions[0].nodes, sessions[1].nodes, strict=False)
    return (
        structure == other
        and len(sessions[0].nodes) == len(sessions[1].nodes)
        and all(x._rule == y._rule for x, y in made)
        and all(map(_same, _operands(one, results), _operands(two, others)))
    )


def _operands(recording: Recording, results: list[Any]) -> Any:
    """What nodes were made of, in order, and the results: a node of the recording as its place, a Value from outside as itself."""
    nodes, originals = recording.session.nodes, recording.originals
    places = dict(zip(map(id, chain(recording.inputs, nodes)), count()))
    for x in chain(chain.from_iterable([(*node.args, None) for node in nodes]), results):
        place = places.get(id(x))
        yield originals.get(id(x), x) if place is None else place


def _same(x: Any, y: Any) -> bool:
    """Whether two are one Value, or equal numbers to the bit."""
    if x is y or isinstance(x, Value) or isinstance(y, Value):
        return x is y
    return type(x) is type(y) and repr(x) == repr(y)
