"""A graph as a picture: DOT, SVG, PNG, PDF."""

from autograd_lite.draw.dot import draw_dot, make_dot, trace
from autograd_lite.draw.render import Digraph, GraphvizNotFoundError, render, to_svg
from autograd_lite.draw.style import Mark

__all__ = ["Digraph", "GraphvizNotFoundError", "Mark", "draw_dot", "make_dot", "render", "to_svg", "trace"]
