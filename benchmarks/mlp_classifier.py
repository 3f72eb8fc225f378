"""Held-out accuracy beside scikit-learn's MLPClassifier, same architecture; and what `fit` costs over a loop by hand.

Run: python benchmarks/mlp_classifier.py
"""

import statistics
import time
import warnings

from sklearn.datasets import load_iris, make_circles, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier as Theirs
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from autograd_lite import mean, nn
from autograd_lite.estimators import MLPClassifier as Ours

OPTIONS = {"hidden_layer_sizes": (8, 8), "activation": "tanh", "learning_rate_init": 0.02, "batch_size": 32, "max_iter": 60}
DATA = {
    "moons": lambda seed: make_moons(300, noise=0.1, random_state=seed),
    "circles": lambda seed: make_circles(300, noise=0.05, factor=0.5, random_state=seed),
    "iris": lambda seed: load_iris(return_X_y=True),
}


def accuracies(kind, name):
    found = []
    for seed in range(5):
        x, x_test, y, y_test = train_test_split(*DATA[name](seed), test_size=0.3, random_state=seed)
        model = make_pipeline(StandardScaler(), kind(**OPTIONS, random_state=seed)).fit(x, y)
        found.append(model.score(x_test, y_test))
    return found


def overhead(rounds=5, epochs=30):
    """The least time of `fit` over that of the same steps by hand; rounds of the two take turns."""
    x, y = make_moons(60, noise=0.1, random_state=0)
    x, y = x.tolist(), y.tolist()

    def by_fit():
        model = nn.MLP(2, [8, 1], activation="tanh", seed=0)
        nn.fit(model, x, y, loss="bce_with_logits", optimizer="sgd", lr=0.1, epochs=epochs, engine="eager")

    def by_hand():
        model = nn.MLP(2, [8, 1], activation="tanh", seed=0)
        optimizer = nn.optim.SGD(model, lr=0.1)
        for _ in range(epochs):
            total = mean([nn.bce_with_logits(model(row), target) for row, target in zip(x, y, strict=True)])
            optimizer.zero_grad()
            total.backward()
            optimizer.step()

    times = {by_fit: [], by_hand: []}
    for _ in range(rounds):
        for way, taken in times.items():
            start = time.perf_counter()
            way()
            taken.append(time.perf_counter() - start)
    return min(times[by_fit]) / min(times[by_hand]) - 1.0


if __name__ == "__main__":
    warnings.simplefilter("ignore", ConvergenceWarning)
    for name in DATA:
        ours, theirs = accuracies(Ours, name), accuracies(Theirs, name)
        print(f"{name:8} autograd_lite {statistics.mean(ours):.3f} {[round(one, 3) for one in ours]}")
        print(f"{'':8} scikit-learn  {statistics.mean(theirs):.3f} {[round(one, 3) for one in theirs]}")
    print(f"fit over a loop by hand: {100 * overhead():+.1f} %")
