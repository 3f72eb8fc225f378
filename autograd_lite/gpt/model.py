"""A small GPT whose every number is a Value: embeddings, attention, normalisation, a feed-forward part, logits.

The architecture is GPT-2's (Radford et al. 2019) with what later models changed for simplicity's sake: RMSNorm (Zhang and
Sennrich 2019) in the place of LayerNorm, relu in the place of GELU, no biases.  With the default sizes and an alphabet of
26 letters it has 4,128 parameters.
"""

import random
from collections.abc import Sequence
from typing import Any

from autograd_lite import Value, dot, logsumexp, relu, softmax
from autograd_lite.nn import Module
from autograd_lite.nn.arguments import POSITIVE, check_count

Vector = list[Any]
Matrix = list[list[Value]]
#: For each position its keys and its values.
Past = list[tuple[Vector, Vector]]

#: Added to the mean square before the root, so that a vector of zeros stays one.
TINY = 1e-5
#: Added to the likeness of what is not to be seen: its share is 0.
HIDDEN = -1e300


def matrix(rng: random.Random, rows: int, columns: int, spread: float = 0.08) -> Matrix:
    """A matrix of new parameters, normal around 0."""
    return [[Value(rng.gauss(0.0, spread)) for _ in range(columns)] for _ in range(rows)]


def apply(weights: Matrix, x: Vector) -> Vector:
    """The matrix times the vector: a `dot` for each row."""
    return [dot(row, x) for row in weights]


def rms_norm(x: Vector) -> Vector:
    """The vector divided by the root of its mean square.

    >>> [round(y.data, 3) for y in rms_norm([Value(3.0), Value(-4.0)])]
    [0.849, -1.131]
    """
    scale = (dot(x, x) / len(x) + TINY) ** -0.5
    return [one * scale for one in x]


def plus(x: Sequence[Any], y: Sequence[Any]) -> Vector:
    """The sum of two vectors."""
    return [a + b for a, b in zip(x, y, strict=True)]


class Block(Module):
    """Attention to what came before, then a feed-forward part; each adds to its input.

    Parameters
    ----------
    rng : random.Random
    width : int
        Length of the vectors, a multiple of `heads`.
    heads : int
    """

    def __init__(self, rng: random.Random, width: int, heads: int) -> None:
        self.heads = heads
        self.query = matrix(rng, width, width)
        self.key = matrix(rng, width, width)
        self.value = matrix(rng, width, width)
        self.out = matrix(rng, width, width)
        self.up = matrix(rng, 4 * width, width)
        self.down = matrix(rng, width, 4 * width)

    def read(self, xs: list[Vector], past: Past, later: Sequence[Any] = ()) -> list[Vector]:
        """The vectors of some positions.

        Parameters
        ----------
        xs : list of list
        past : list of (list, list)
            The keys and values of the positions before; it gets those of these.
        later : sequence, optional
            Makes all positions alike for a compiled program: each looks at all others, with a number added to the likeness that
            is 0 for one before and `HIDDEN` for one that comes later; of n positions, n of these and before them n - 1 of those.
        """
        xs = list(map(plus, xs, self._attend(list(map(rms_norm, xs)), past, later)))
        hidden = [[relu(one) for one in apply(self.up, rms_norm(x))] for x in xs]
        return [plus(x, apply(self.down, units)) for x, units in zip(xs, hidden, strict=True)]

    def _attend(self, xs: list[Vector], past: Past, later: Sequence[Any]) -> list[Vector]:
        first = len(past)
        past += [(apply(self.key, x), apply(self.value, x)) for x in xs]
        found = []
        for place, x in enumerate(xs, first):
            seen = past if later else past[: place + 1]
            found.append(apply(self.out, self._look(apply(self.query, x), seen, later[len(past) - 1 - place :])))
        return found

    def _look(self, query: Vector, seen: Past, later: Sequence[Any]) -> Vector:
        """What the heads of a position find in those that it sees."""
        size = len(query) // self.heads
        found: Vector = []
        for head in (slice(start, start + size) for start in range(0, len(query), size)):
            likeness = [dot(query[head], key[head]) * size**-0.5 for key, _ in seen]
            shares = softmax(plus(likeness, later[: len(seen)]) if later else likeness)
            found += [dot(shares, column) for column in zip(*[value[head] for _, value in seen], strict=True)]
        return found


class GPT(Module):
    """Predicts the next token of a sequence from those before it.

    Parameters
    ----------
    vocabulary : int
        Number of tokens, at least 2.
    width : int, default 16
        Length of the vectors, a multiple of `heads`.
    heads : int, default 4
        Attention heads.
    layers : int, default 1
        Blocks.
    context : int, default 12
        The longest sequence it can read.
    seed : int, default 0
        Of the first weights.

    Raises
    ------
    ValueError
        If a size is too small, or `width` is no multiple of `heads`.

    Examples
    --------
    >>> model = GPT(27)
    >>> len(model.parameters())
    4128
    >>> loss = model.loss([0, 1, 14, 14, 1, 0])  # near log(27) = 3.3: it knows nothing yet
    >>> 3.0 < loss.data < 3.6
    True
    """

    def __init__(
        self, vocabulary: int, *, width: int = 16, heads: int = 4, layers: int = 1, context: int = 12, seed: int = 0
    ) -> None:
        check_count("vocabulary", vocabulary, least=2)
        for name, size in (("width", width), ("heads", heads), ("layers", layers), ("context", context)):
            check_count(name, size)
        if width % heads:
            raise ValueError(f"width is a multiple of heads; {width} is none of {heads}")
        rng = random.Random(seed)
        self.context = context
        self.tokens = matrix(rng, vocabulary, width)
        self.positions = matrix(rng, context, width)
        self.blocks = [Block(rng, width, heads) for _ in range(layers)]
        self.head = matrix(rng, vocabulary, width)
        self.label_parameters()

    @property
    def vocabulary(self) -> int:
        """Number of tokens."""
        return len(self.tokens)

    def embed(self, token: Any) -> Vector:
        """The vector of a token, given by its number, or by weights for all tokens (a one-hot row, for a compiled program)."""
        if isinstance(token, int):
            return list(self.tokens[token])
        return [dot(list(column), list(token)) for column in zip(*self.tokens, strict=True)]

    def forward(self, x: Sequence[Any]) -> list[Vector]:
        """The logits after each token.

        Parameters
        ----------
        x : sequence of int, or of one-hot rows
            At most `context` tokens.

        Returns
        -------
        list of list of Value
            For each position a number for each token of the vocabulary.

        Raises
        ------
        ValueError
            If there are more tokens than it can read.
        """
        return self.read(x, [[] for _ in self.blocks])

    def read(self, tokens: Sequence[Any], past: list[Past], later: Sequence[Any] = ()) -> list[Vector]:
        """The logits after each of some more tokens; see `Block.read`, `past` is one for each block."""
        start = len(past[0])
        if start + len(tokens) > self.context:
            raise ValueError(f"this model reads {self.context} tokens and no more; give it a larger context")
        places = self.positions[start : start + len(tokens)]
        xs = [rms_norm(plus(self.embed(token), place)) for token, place in zip(tokens, places, strict=True)]
        for block, kept in zip(self.blocks, past, strict=True):
            xs = block.read(xs, kept, later)
        return [apply(self.head, x) for x in xs]

    def loss(self, tokens: Sequence[int]) -> Value:
        """How surprising each token is after those before it: the mean of -log of its probability, in nats.

        Parameters
        ----------
        tokens : sequence of int
            At least two: the last is only a target.
        """
        if len(tokens) < 2:
            raise ValueError(f"a loss needs a token and one that follows it; given: {list(tokens)}")
        surprises = [logsumexp(*row) - row[token] for row, token in zip(self.forward(tokens[:-1]), tokens[1:], strict=True)]
        total: Value = sum(surprises[1:], surprises[0]) / len(surprises)
        return total

    def padded_loss(
        self, rows: Sequence[Any], targets: Sequence[Any], weights: Sequence[Any], later: Sequence[Any]
    ) -> Value:
        """`loss` for words of different lengths in one shape, as `compile_step` wants it; see `pad`.

        Parameters
        ----------
        rows : sequence of sequences
            One-hot, `context` of them; what follows a word's end is 0 throughout.
        targets : sequence of sequences
            The one-hot row of the next token times the position's weight.
        weights : sequence of float
            1 / length for the positions of the word, 0 after.
        later : sequence of float
            See `Block.read`.
        """
        surprises = [
            weight * logsumexp(*logits) - dot(target, logits)
            for logits, target, weight in zip(
                self.read(rows, [[] for _ in self.blocks], later), targets, weights, strict=True
            )
        ]
        return sum(surprises[1:], surprises[0])  # type: ignore[no-any-return]

    def pad(self, tokens: Sequence[int]) -> tuple[list[list[float]], list[list[float]], list[float], list[float]]:
        """A word's tokens as the arguments of `padded_loss`."""
        count, context = len(tokens) - 1, self.context
        if not 0 < count <= context:
            raise ValueError(
                f"a word has 1 to {context} tokens and one that follows; this has {len(tokens)}: {list(tokens)}"
            )
        rows, targets = ([[0.0] * self.vocabulary for _ in range(context)] for _ in range(2))
        for place in range(count):
            rows[place][tokens[place]] = 1.0
            targets[place][tokens[place + 1]] = 1.0 / count
        weights = [1.0 / count] * count + [0.0] * (context - count)
        return rows, targets, weights, [0.0] * context + [HIDDEN] * (context - 1)

    def generate(self, rng: random.Random, temperature: float = 0.5, edge: int = 0) -> list[int]:
        """Write one word: draw each next token by its probability until the edge or the end of the context.

        Parameters
        ----------
        rng : random.Random
        temperature : float, default 0.5
            Above 0: small for the likely words only, 1 for the probabilities as they are, large for wild ones.
        edge : int, default 0
            The token that begins and ends a word.

        Returns
        -------
        list of int
            Without the edges.
        """
        POSITIVE.check("temperature", temperature)
        past: list[Past] = [[] for _ in self.blocks]
        token, word = edge, []
        while len(past[0]) < self.context:
            (logits,) = self.read([token], past)
            shares = softmax([one.data / temperature for one in logits])
            token = rng.choices(range(len(shares)), shares)[0]
            if token == edge:
                break
            word.append(token)
        return word
