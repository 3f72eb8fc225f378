"""A training step of the character GPT, beside the same step on slotted Values: `python benchmarks/gpt.py`.

The peer is the smallest engine that trains such a model, in the style of Karpathy's microgpt: a class with `__slots__`, two
operands an operation at most, a recursive topological sort.  Every contestant starts from the same parameters, sees the same
words (one a step, but for the last line) and makes Adam's update; their losses are compared in each round.  Medians of
processor time, in one process, taking turns.
"""

import argparse
import math
import statistics
import time
from collections.abc import Callable
from typing import Any

from autograd_lite.gpt import GPT, Alphabet, load_names
from autograd_lite.gpt.training import BETAS, CHUNK, EPS, compiled_step
from autograd_lite.nn.optim import Adam


class Slotted:
    """A scalar with its operands and the slope for each."""

    __slots__ = ("children", "data", "grad", "slopes")

    def __init__(self, data: float, children: tuple = (), slopes: tuple = ()) -> None:
        self.data, self.grad, self.children, self.slopes = data, 0.0, children, slopes

    def __add__(self, other: Any) -> "Slotted":
        other = other if isinstance(other, Slotted) else Slotted(other)
        return Slotted(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Any) -> "Slotted":
        other = other if isinstance(other, Slotted) else Slotted(other)
        return Slotted(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, power: float) -> "Slotted":
        return Slotted(self.data**power, (self,), (power * self.data ** (power - 1),))

    def log(self) -> "Slotted":
        return Slotted(math.log(self.data), (self,), (1.0 / self.data,))

    def exp(self) -> "Slotted":
        value = math.exp(self.data)
        return Slotted(value, (self,), (value,))

    def relu(self) -> "Slotted":
        return Slotted(max(0.0, self.data), (self,), (float(self.data > 0.0),))

    def __neg__(self) -> "Slotted":
        return self * -1.0

    def __sub__(self, other: Any) -> "Slotted":
        return self + -other

    def __truediv__(self, other: Any) -> "Slotted":
        return self * other**-1

    __radd__, __rmul__ = __add__, __mul__

    def backward(self) -> None:
        order: list[Slotted] = []
        seen: set[Slotted] = set()

        def visit(node: Slotted) -> None:
            if node not in seen:
                seen.add(node)
                for child in node.children:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for child, slope in zip(node.children, node.slopes, strict=True):
                child.grad += slope * node.grad


def slotted_loss(weights: dict[str, Any], heads: int, tokens: list[int]) -> Slotted:
    """The model once more, out of sums and products of two."""

    def linear(matrix: Any, x: list[Slotted]) -> list[Slotted]:
        return [sum(w * one for w, one in zip(row, x, strict=True)) for row in matrix]

    def norm(x: list[Slotted]) -> list[Slotted]:
        scale = (sum(one * one for one in x) / len(x) + 1e-5) ** -0.5
        return [one * scale for one in x]

    def softmax(x: list[Slotted]) -> list[Slotted]:
        top = max(one.data for one in x)
        exps = [(one - top).exp() for one in x]
        whole = sum(exps)
        return [one / whole for one in exps]

    losses = []
    past: list[list[Any]] = [[] for _ in weights["blocks"]]
    for place, (token, target) in enumerate(zip(tokens, tokens[1:], strict=False)):
        x = norm([a + b for a, b in zip(weights["tokens"][token], weights["positions"][place], strict=True)])
        for block, kept in zip(weights["blocks"], past, strict=True):
            y = norm(x)
            query = linear(block["query"], y)
            kept.append((linear(block["key"], y), linear(block["value"], y)))
            size, found = len(x) // heads, []
            for h in range(0, len(x), size):
                scores = [
                    sum(query[h + k] * key[h + k] for k in range(size)) / size**0.5 for key, _ in kept
                ]  # fmt: skip
                shares = softmax(scores)
                found += [sum(s * v[h + k] for s, (_, v) in zip(shares, kept, strict=True)) for k in range(size)]
            x = [a + b for a, b in zip(x, linear(block["out"], found), strict=True)]
            hidden = [one.relu() for one in linear(block["up"], norm(x))]
            x = [a + b for a, b in zip(x, linear(block["down"], hidden), strict=True)]
        losses.append(-softmax(linear(weights["head"], x))[target].log())
    return sum(losses) / len(losses)


def slotted_step(words: list[list[int]]) -> Callable[[int], float]:
    model = GPT(27)

    def copy(rows: Any) -> Any:
        return [[Slotted(one.data) for one in row] for row in rows]

    names = ("query", "key", "value", "out", "up", "down")
    weights = {
        "tokens": copy(model.tokens), "positions": copy(model.positions), "head": copy(model.head),
        "blocks": [{name: copy(getattr(block, name)) for name in names} for block in model.blocks],
    }  # fmt: skip
    matrices = [
        weights["tokens"],
        weights["positions"],
        weights["head"],
        *[m for b in weights["blocks"] for m in b.values()],
    ]
    parameters = [one for matrix in matrices for row in matrix for one in row]
    first, second = [0.0] * len(parameters), [0.0] * len(parameters)

    def step(k: int) -> float:
        loss = slotted_loss(weights, model.blocks[0].heads, words[k % len(words)])
        loss.backward()
        c1, c2 = (1.0 - beta ** (k + 1) for beta in BETAS)
        for i, p in enumerate(parameters):
            first[i] = BETAS[0] * first[i] + (1.0 - BETAS[0]) * p.grad
            second[i] = BETAS[1] * second[i] + (1.0 - BETAS[1]) * p.grad * p.grad
            p.data -= 0.01 * (first[i] / c1) / (math.sqrt(second[i] / c2) + EPS)
            p.grad = 0.0
        return loss.data

    return step


def eager_step(words: list[list[int]]) -> Callable[[int], float]:
    model = GPT(27)
    parameters, adam = model.parameters(), Adam(model, lr=0.01, betas=BETAS, eps=EPS)

    def step(k: int) -> float:
        adam.zero_grad()
        loss = model.loss(words[k % len(words)])
        loss.backward()
        for parameter in parameters:
            if not parameter.has_grad:
                parameter.grad = 0.0
        adam.step()
        return loss.data

    return step


def program_steps(words: list[list[int]], backend: str, batch: int = 1, steps: int = 1) -> Callable[[int], float]:
    """Some steps a call, the way `train` runs them."""
    model = GPT(27)
    compiled = compiled_step(model, backend)
    compiled.load([model.pad(word) for word in words])
    done = 0

    def step(k: int) -> float:
        nonlocal done
        now = range(done, done + steps)
        done += steps
        batches = [[(one * batch + place) % len(words) for place in range(batch)] for one in now]
        return compiled.run(batches, lr=0.01, step=[float(one) for one in now], sync=False)[0]

    print(f"  {backend}: {compiled.program.size} operations, {compiled.seconds:.1f} s to compile")
    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    names = load_names(seed=0)
    alphabet = Alphabet(names)
    words = [alphabet.encode(name) for name in names[:200]]
    many = CHUNK["llvm"]
    # Each with the number of words it sees in a call.
    contestants = {
        "slotted Values": (slotted_step(words), 1),
        "eager": (eager_step(words), 1),
        "python": (program_steps(words, "python"), 1),
        "llvm, a step a call": (program_steps(words, "llvm"), 1),
        f"llvm, {many} steps a call": (program_steps(words, "llvm", steps=many), many),
        "llvm, 8 words a step": (program_steps(words, "llvm", batch=8, steps=many), 8 * many),
    }
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for k in range(rounds):
        losses = []
        for name, (step, size) in contestants.items():
            start = time.process_time()
            loss = step(k)
            times[name].append((time.process_time() - start) / size)
            if size == 1:
                losses.append(loss)
        assert max(losses) - min(losses) < 1e-6, losses
    peer = statistics.median(times["slotted Values"])
    print(f"{'a word':22} {'median ms':>10} {'slotted / this':>15}")
    for name, seconds in times.items():
        median = statistics.median(seconds)
        print(f"{name:22} {median * 1e3:10.3f} {peer / median:14.1f}x")


if __name__ == "__main__":
    main()
