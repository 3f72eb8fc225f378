"""Networks from small to the size of MNIST: an epoch of `fit`, the time to the first, and predictions, beside PyTorch and scikit-learn.

Processor time, one thread, arrays in and out, Adam: `python benchmarks/nets.py [64-32-10 ...]`.
"""

import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import statistics
import sys
import tempfile
import time
import warnings

import numpy as np
import torch
from sklearn.neural_network import MLPClassifier

from autograd_lite import nn

#: Sizes, size of a mini-batch, rows, epochs.
NETS = [
    ((4, 16, 3), 32, 150, 30), ((30, 32, 2), 32, 512, 20), ((64, 32, 10), 32, 1472, 10), ((64, 128, 10), 32, 1472, 6),
    ((64, 128, 64, 10), 64, 1472, 6), ((784, 50, 10), 32, 1024, 5), ((784, 128, 10), 64, 4096, 4),
]  # fmt: skip


def data(sizes, rows):
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, sizes[0])), rng.integers(0, sizes[-1], rows)


def ours(sizes, batch, rows, epochs):
    """Seconds to the end of the first epoch, cold and warm, for one more, for one more where a callback looks at the model, and
    for a prediction of all rows."""
    x, y = data(sizes, rows)

    def fit(epochs, callbacks=()):
        model = nn.MLP(sizes[0], list(sizes[1:]), seed=0)
        begin = time.process_time()
        options = {"optimizer": "adam", "lr": 1e-3, "batch_size": batch, "engine": "llvm", "callbacks": callbacks}
        nn.fit(model, x, y, loss="cross_entropy", epochs=epochs, **options)
        return time.process_time() - begin, model

    cold, _ = fit(1)
    warm = min(fit(1)[0] for _ in range(2))
    alone, model = fit(epochs + 1)
    watched, _ = fit(epochs + 1, [lambda epoch, history: None])
    return cold, warm, (alone - warm) / epochs, (watched - warm) / epochs, cost(lambda: nn.predict(model, x))


def torch_epoch(sizes, batch, rows, epochs, kind):
    """Seconds for an epoch, and for a prediction of all rows."""
    torch.set_num_threads(1)
    x, y = (torch.tensor(one) for one in data(sizes, rows))
    x = x.to(kind)
    layers = []
    for k, (nin, nout) in enumerate(zip(sizes, sizes[1:], strict=False)):
        layers += [torch.nn.Linear(nin, nout, dtype=kind)] + [torch.nn.ReLU()] * (k < len(sizes) - 2)
    net = torch.nn.Sequential(*layers)
    optimizer, loss, times = torch.optim.Adam(net.parameters(), 1e-3), torch.nn.CrossEntropyLoss(), []
    for _ in range(epochs):
        begin = time.process_time()
        order = torch.randperm(rows)
        for first in range(0, rows, batch):
            chosen = order[first : first + batch]
            optimizer.zero_grad()
            loss(net(x[chosen]), y[chosen]).backward()
            optimizer.step()
        times.append(time.process_time() - begin)
    with torch.no_grad():
        return statistics.median(times), cost(lambda: net(x))


def sklearn_epoch(sizes, batch, rows, epochs):
    """Seconds for an epoch, and for a prediction of all rows."""
    x, y = data(sizes, rows)
    net = MLPClassifier(sizes[1:-1], max_iter=epochs, batch_size=batch, n_iter_no_change=10**6, tol=0)
    begin = time.process_time()
    net.fit(x, y)
    return (time.process_time() - begin) / epochs, cost(lambda: net.predict_proba(x))


def cost(call):
    call()
    times = []
    for _ in range(7):
        begin = time.process_time()
        call()
        times.append(time.process_time() - begin)
    return statistics.median(times)


def main():
    warnings.simplefilter("ignore")
    wanted = sys.argv[1:]
    titles = ("net", "batch, rows", "an epoch (with a callback)", "PyTorch, double (float)", "scikit-learn")
    print("|", " | ".join([*titles, "to the first, cold (warm)", "predict, PyTorch, scikit-learn"]), "|")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for sizes, batch, rows, epochs in NETS:
        name = "-".join(map(str, sizes))
        if wanted and name not in wanted:
            continue
        with tempfile.TemporaryDirectory() as cache:
            os.environ["AUTOGRAD_LITE_CACHE"] = cache
            cold, warm, epoch, watched, predicted = ours(sizes, batch, rows, epochs)
        double, their = torch_epoch(sizes, batch, rows, epochs, torch.float64)
        single, _ = torch_epoch(sizes, batch, rows, epochs, torch.float32)
        sk, sk_predicted = sklearn_epoch(sizes, batch, rows, epochs)
        print(f"| {name} | {batch}, {rows} | {epoch * 1e3:.1f} ms ({watched * 1e3:.1f})", end=" | ")
        print(f"{double / epoch:.1f}x ({single / epoch:.1f}x) | {sk / epoch:.1f}x", end=" | ")
        print(f"{cold - epoch:.2f} s ({warm - epoch:.2f} s)", end=" | ")
        print(f"{predicted * 1e3:.2f} ms, {their / predicted:.1f}x, {sk_predicted / predicted:.1f}x |", flush=True)


if __name__ == "__main__":
    main()
