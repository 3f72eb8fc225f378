"""What a large graph is made of: sums, neurons, layers, repeats.

A graph of scalars is recorded one operation at a time, and what its author meant (a sum of a hundred terms, a neuron, a
layer, the same network for every row of a table) is nowhere written down.  It can be found again from the shape of the
graph alone, and that is what this layer does.  It computes and draws nothing; those who do, stand above it and read `Box`es.

`Snapshot(root)` is a graph walked through once, with its order, names and edges, and `summarize(root, detail)` folds it;
`classes` is the comparison of subgraphs below it, on plain lists of integers, for whoever has a graph of another kind.
"""

from typing import Never

from autograd_lite.hints import missing
from autograd_lite.structure.boxes import Box, Input, leaf_roles, plural
from autograd_lite.structure.groups import Grouping, contract, groups_by_label
from autograd_lite.structure.labels import label_all
from autograd_lite.structure.names import Names, shared_name
from autograd_lite.structure.nearest import keep_nearest, nearest, surroundings
from autograd_lite.structure.refine import classes, neighbourhoods
from autograd_lite.structure.snapshot import DETAILS, Edge, Snapshot
from autograd_lite.structure.summary import READABLE, Summary, summarize

__all__ = [
    "DETAILS", "READABLE", "Box", "Edge", "Grouping", "Input", "Names", "Snapshot", "Summary", "classes", "contract",
    "groups_by_label", "keep_nearest", "label_all", "leaf_roles", "nearest", "neighbourhoods", "plural", "shared_name", "summarize",
    "surroundings",
]  # fmt: skip


def __getattr__(name: str) -> Never:
    raise missing(__name__, name, __all__)
