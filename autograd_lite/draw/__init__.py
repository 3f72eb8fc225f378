"""A graph as a picture: DOT, SVG, PNG, PDF."""

from autograd_lite.draw.dot import draw_dot, make_dot, trace
from autograd_lite.draw.render import render, to_svg

__all__ = ["draw_dot", "make_dot", "render", "to_svg", "trace"]
