"""The names a model learns from, and the alphabet they are written in.

`names.txt` holds some four thousand given names of many countries, each known in at least two of them, in the letters a to
z; one a line, in order of the alphabet.
"""

import random
from collections.abc import Iterable
from importlib.resources import files

from autograd_lite.terminal import printable


def load_names(seed: int | None = None) -> list[str]:
    """The names of `names.txt`.

    Parameters
    ----------
    seed : int, optional
        Shuffle them; without it they come in order of the alphabet.

    Returns
    -------
    list of str

    Examples
    --------
    >>> len(load_names()) > 4000
    True
    >>> load_names(seed=0) == load_names(seed=0) != load_names()
    True
    """
    names = files(__package__).joinpath("names.txt").read_text(encoding="ascii").split()
    if seed is not None:
        random.Random(seed).shuffle(names)
    return names


class Alphabet:
    """The characters of some words as the whole numbers a model counts in; 0 is the edge before and after a word.

    Parameters
    ----------
    words : iterable of str

    Raises
    ------
    ValueError
        If there is no word with a character in it.

    Examples
    --------
    >>> alphabet = Alphabet(["anna", "ben"])
    >>> alphabet.encode("ann")
    [0, 1, 4, 4, 0]
    >>> alphabet.decode([2, 3, 4, 0])
    'ben'
    """

    #: The token before the first character and after the last.
    EDGE = 0

    def __init__(self, words: Iterable[str]) -> None:
        self.characters = sorted(set("".join(words)))
        if not self.characters:
            raise ValueError("an alphabet is made of words; there are none")
        self._numbers = {character: k + 1 for k, character in enumerate(self.characters)}

    def __len__(self) -> int:
        """How many tokens there are, the edge included."""
        return len(self.characters) + 1

    def encode(self, word: str) -> list[int]:
        """The tokens of a word between two edges.

        Raises
        ------
        ValueError
            If a character is not in the alphabet.
        """
        try:
            return [self.EDGE, *[self._numbers[character] for character in word], self.EDGE]
        except KeyError as error:
            raise ValueError(
                f"{error.args[0]!r} in {word!r} is not one of the characters {printable(''.join(self.characters))}"
            ) from None

    def decode(self, tokens: Iterable[int]) -> str:
        """The word of some tokens; edges vanish."""
        return "".join(self.characters[token - 1] for token in tokens if token != self.EDGE)
