"""A character-level GPT in Values, small enough to read and to train on a laptop: it learns to invent names.

>>> from autograd_lite.gpt import GPT, Alphabet, load_names, train
>>> names = load_names(seed=0)
>>> alphabet = Alphabet(names)
>>> model = GPT(len(alphabet), width=8, heads=2, seed=0)
>>> losses = train(model, [alphabet.encode(name) for name in names], steps=3, engine="eager")
>>> losses[0] > 3.0
True

`autograd-lite gpt` does the same from the command line.  The idea, a language model out of scalars and nothing else, is
Andrej Karpathy's (microgpt, 2026).
"""

from autograd_lite.gpt.model import GPT
from autograd_lite.gpt.names import Alphabet, load_names
from autograd_lite.gpt.training import train

__all__ = ["GPT", "Alphabet", "load_names", "train"]
