"""Many trainings on a cluster: the same call and the same table, here and on two workers of Dask.

    pip install "autograd-lite[data,jit,cluster]" dask distributed
    python examples/many_on_a_cluster.py

A worker is given machine code as text, starts and data, and gives numbers back: it needs this package and no code of one's own.
With Ray it is `ray.util.joblib.register_ray()` and `parallel_config(backend="ray")`; with a cluster of many machines
the address of its scheduler in `Client(...)`.
"""

import joblib
import numpy as np
from dask.distributed import Client, LocalCluster

from autograd_lite import many, nn

XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
GRID = {"lr": [0.1, 0.3, 30.0], "seed": range(2000)}


def network(seed):
    """Two inputs, four tanh, one output."""
    return nn.MLP(2, [4, 1], activation="tanh", seed=seed)


def train(jobs):
    """6,000 networks."""
    return many.train(network, *XOR, GRID, loss="mse", epochs=300, target=0.01, jobs=jobs)


def main():
    """Train here, train there, compare."""
    here = train(jobs=1)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        with joblib.parallel_config(backend="dask"):
            there = train(jobs=-1)
        print(f"{len(client.scheduler_info()['workers'])} workers")
    print(here.summary())
    print(there.summary())
    same = all(np.array_equal(here[name], there[name], equal_nan=True) for name in here.columns)
    print("the same table" if same else "another table")


if __name__ == "__main__":
    main()
