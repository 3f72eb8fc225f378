"""What a large graph is made of: sums, neurons, layers, repeats.

A graph of scalars is recorded one operation at a time, and what its author meant (a sum of a hundred terms, a neuron, a
layer, the same network for every row of a table) is nowhere written down.  It can be found again from the shape of the
graph alone, and that is what this layer does.  It computes and draws nothing; those who do, stand above it and read `Box`es.

`summarize(root, detail)` is the way in; `classes` is the comparison of subgraphs below it, on plain lists of integers, for
whoever has a graph of another kind.
"""

from autograd_lite.structure.boxes import Box, Input, leaf_roles
from autograd_lite.structure.folding import surroundings
from autograd_lite.structure.groups import Grouping, contract, groups_by_label
from autograd_lite.structure.names import name_nodes, shared_name
from autograd_lite.structure.refine import classes, neighbourhoods
from autograd_lite.structure.summary import DETAILS, Summary, summarize

__all__ = [
    "DETAILS",
    "Box",
    "Grouping",
    "Input",
    "Summary",
    "classes",
    "contract",
    "groups_by_label",
    "leaf_roles",
    "name_nodes",
    "neighbourhoods",
    "shared_name",
    "summarize",
    "surroundings",
]
