"""Pictures of training, drawn with matplotlib: each function takes plain numbers or callables and returns the figure.

>>> from autograd_lite import plot
>>> figure = plot.training_curves([0.7, 0.2, 0.05])
>>> figure.savefig("loss.png")  # doctest: +SKIP

Nothing here knows a network or an optimizer: a classifier comes as a function from rows to probabilities, a descent as the
list of points it went through.
"""

from autograd_lite.plot.boundary import boundary_grid, decision_boundary
from autograd_lite.plot.costs import gradient_comparison, multiplication_counts, step_sizes
from autograd_lite.plot.counting import multiplications, numerical_gradient
from autograd_lite.plot.curves import learning_rate_sweep, regression_fit, training_curves
from autograd_lite.plot.descents import loss_over_weight, optima
from autograd_lite.plot.layers import confusion_matrix, histograms
from autograd_lite.plot.maps import learned_starts, success_map, trainability_map
from autograd_lite.plot.movies import save_movie
from autograd_lite.plot.planes import Plane, plane_of_path, random_plane
from autograd_lite.plot.race import optimizer_race, optimizer_race_animation
from autograd_lite.plot.surfaces import loss_surface

__all__ = [
    "Plane", "boundary_grid", "confusion_matrix", "decision_boundary", "gradient_comparison", "histograms",
    "learned_starts", "learning_rate_sweep", "loss_over_weight", "loss_surface", "multiplication_counts", "multiplications",
    "numerical_gradient", "optima", "optimizer_race", "optimizer_race_animation", "plane_of_path", "random_plane",
    "regression_fit", "save_movie", "step_sizes", "success_map", "trainability_map", "training_curves",
]  # fmt: skip
