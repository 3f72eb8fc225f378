"""Cross-validation in three folds: `cross_val_score` of the estimators beside scikit-learn's with the same settings.

Processor time, one thread, the same epochs for both: `python benchmarks/folds.py [iris ...]`.
"""

import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import statistics
import sys
import tempfile
import time
import warnings

from sklearn import datasets, neural_network
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import scale

from autograd_lite import estimators

#: Data, hidden layers, epochs.
CASES = [
    ("iris", (16,), 200),
    ("wine", (16,), 200),
    ("breast_cancer", (32,), 100),
    ("digits", (32,), 50),
    ("diabetes", (32,), 100),
]


def spent(module, name, hidden, epochs):
    """Seconds of three folds, and the mean score."""
    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    kind, y = ("MLPRegressor", scale(y)) if name == "diabetes" else ("MLPClassifier", y)
    settings = {"learning_rate_init": 0.01, "max_iter": epochs, "n_iter_no_change": 10**6, "random_state": 0}
    model = getattr(module, kind)(hidden_layer_sizes=hidden, **settings)
    begin = time.process_time()
    scores = cross_val_score(model, scale(x), y, cv=3)
    return time.process_time() - begin, statistics.mean(scores)


def main():
    warnings.simplefilter("ignore")
    print("| data, hidden units, epochs | cold | again | scikit-learn | again / scikit-learn | scores |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, hidden, epochs in CASES:
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        with tempfile.TemporaryDirectory() as cache:
            os.environ["AUTOGRAD_LITE_CACHE"] = cache
            cold, score = spent(estimators, name, hidden, epochs)
            pairs = [[spent(one, name, hidden, epochs) for one in (estimators, neural_network)] for _ in range(3)]
        again, theirs = (statistics.median(pair[k][0] for pair in pairs) for k in (0, 1))
        print(f"| {name}, {hidden[0]}, {epochs} | {cold:.2f} s | {again:.2f} s | {theirs:.2f} s", end=" | ")
        print(f"{again / theirs:.2f}x | {score:.3f}, {pairs[0][1][1]:.3f} |", flush=True)


if __name__ == "__main__":
    main()
