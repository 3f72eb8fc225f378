"""Pages for the browser, each one self-contained file: a computation to step through, a training run to play.

This layer stands above its siblings: it takes steps and names from `backprop`, groups from `structure`, models from `nn`, and
gives HTML.
"""

from typing import Never

from autograd_lite.hints import missing
from autograd_lite.pages.graph_page import save_page, to_html
from autograd_lite.pages.training import RunRecorder, training_page

__all__ = ["RunRecorder", "save_page", "to_html", "training_page"]


def __getattr__(name: str) -> Never:
    raise missing(__name__, name, __all__)
