"""A graph as a picture: DOT, SVG, PNG, PDF; a network as units in layers."""

from autograd_lite.draw.digraph import Digraph
from autograd_lite.draw.dot import draw_dot, make_dot, trace
from autograd_lite.draw.layout import GraphvizNotFoundError
from autograd_lite.draw.network import NetworkDrawing, draw_network
from autograd_lite.draw.render import render, to_svg
from autograd_lite.draw.style import Mark

__all__ = [
    "Digraph", "GraphvizNotFoundError", "Mark", "NetworkDrawing", "draw_dot", "draw_network", "make_dot", "render", "to_svg",
    "trace",
]  # fmt: skip
