"""What `fit` costs over a loop written by hand that takes the same steps, both in the eager engine.

Run: python benchmarks/fit_overhead.py
"""

import argparse
import time

from autograd_lite import data, mean, nn

EPOCHS, ROUNDS = 30, 7
DATASET = data.load("moons", n=60)


def model():
    return nn.MLP(2, [8, 1], activation="tanh", seed=0)


def by_fit():
    trained = model()
    nn.fit(trained, DATASET.x, DATASET.y, loss="bce_with_logits", optimizer="sgd", lr=0.1, epochs=EPOCHS, engine="eager")
    return trained


def by_hand():
    trained = model()
    optimizer = nn.optim.SGD(trained, lr=0.1)
    for _ in range(EPOCHS):
        loss = mean([nn.bce_with_logits(trained(row), y) for row, y in DATASET])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return trained


def timed(way):
    """Seconds; of several runs the least counts, and the two ways take turns."""
    start = time.perf_counter()
    way()
    return time.perf_counter() - start


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    first, second = ([p.data for p in way().parameters()] for way in (by_fit, by_hand))
    assert max(abs(a - b) for a, b in zip(first, second, strict=True)) < 1e-9
    times = [(timed(by_fit), timed(by_hand)) for _ in range(ROUNDS)]
    fit, hand = (min(column) for column in zip(*times, strict=True))
    print(
        f"fit {1000 * fit / EPOCHS:.2f} ms an epoch, by hand {1000 * hand / EPOCHS:.2f} ms: {100 * (fit / hand - 1):+.1f} %"
    )
