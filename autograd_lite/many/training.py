"""`train`: one call for many trainings; in parts, which know nothing of each other, so that they run anywhere and can be resumed."""

import io
import os
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autograd_lite.engine.numbers import as_float
from autograd_lite.files import discard_leftovers, write_atomically
from autograd_lite.hints import needed
from autograd_lite.many.grid import Grid
from autograd_lite.many.job import FOUND, Job
from autograd_lite.many.plan import Plan
from autograd_lite.many.runs import Runs
from autograd_lite.nn.arguments import check_count
from autograd_lite.nn.modules.module import Module
from autograd_lite.terminal import ProgressLine, is_terminal

#: So many runs are a part.
_PART = 4096
#: After so many seconds what is done is written to the file.
_SECONDS = 10.0


def train(
    make: Callable[[int], Module],
    xs: Any,
    ys: Any,
    grid: Mapping[str, Any],
    *,
    loss: str | Callable[[Any, Any], Any],
    optimizer: str | Callable[[Module], Any] = "sgd",
    lr: float | None = None,
    epochs: int = 100,
    target: float | None = None,
    seed: int = 0,
    jobs: int = 1,
    file: str | os.PathLike[str] | None = None,
    parameters: bool = False,
    progress: bool | str = "auto",
) -> Runs:
    """Train one model many times, each run with settings of its own, a network in each lane of the processor.

    Parameters
    ----------
    make : callable
        From a seed to a model: `lambda seed: nn.MLP(2, [4, 1], activation="tanh", seed=seed)`.
    xs, ys : sequences of rows and targets
        As for `nn.fit`; None if the grid has data.
    grid : dict of str to list
        The settings; there is a run for each combination of them.  "seed" is what `make` is given; "lr" the learning rate, "lr:layer1"
        that of the parameters whose names begin so; "scale" what the parameters are multiplied by at the start; "momentum" that of SGD;
        "data" a list of pairs (xs, ys).
    loss : str or callable
        As for `nn.fit`; the mean over all samples is minimised, every step takes all of them.
    optimizer : str or callable, default "sgd"
        A name, or a function that makes one for a model.
    lr : float, optional
        The learning rate where the grid has none.
    epochs : int, default 100
        The number of steps.
    target : float, optional
        The loss to reach, for the column `epochs_to_target`.
    seed : int, default 0
        What `make` is given where the grid has no seeds.
    jobs : int, default 1
        Processes; -1 for as many as there are processors.  Other numbers than 1 go through joblib, whose backends spread the same
        call over a cluster: `with joblib.parallel_config(backend="dask"):`.
    file : path, optional
        Where what is done is kept, written in one move every few seconds and at the end.  If it is there, its runs are taken from it.
    parameters : bool, default False
        Keep the trained parameters: a row of `.parameters` for each run.
    progress : bool or "auto", default "auto"
        A line on stderr; "auto" if that is a terminal.

    Returns
    -------
    Runs
        The same table for any number of jobs, and if it was resumed.  A run whose loss stops being a finite number has nan as its
        final loss; it disturbs nobody.

    Raises
    ------
    ValueError, TypeError
        If an argument makes no sense, or `file` is of other runs.
    TraceError
        If model or loss cannot be a program.
    ImportError
        If llvmlite is not installed, or joblib where it is needed.

    Examples
    --------
    >>> from autograd_lite import nn
    >>> runs = train(
    ...     lambda seed: nn.MLP(2, [4, 1], activation="tanh", seed=seed), [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0],
    ...     {"lr": [0.3, 30.0], "seed": range(3)}, loss="mse", epochs=500, target=0.01,
    ... )
    >>> len(runs), runs.diverged.tolist()
    (6, [False, False, False, True, True, True])
    """
    needed("llvmlite", "many networks at once need", "jit")
    epochs, jobs = check_count("epochs", epochs), jobs if jobs == -1 else check_count("jobs", jobs)
    settings = Grid.of(grid)
    if lr is not None and "lr" in settings.values:
        raise ValueError("the learning rates are in the grid, so lr has to be left out")
    if "data" in settings.values and (xs is not None or ys is not None):
        raise ValueError("the data sets are in the grid, so xs and ys have to be None")
    goal, own_lr = np.nan if target is None else as_float(target), None if lr is None else as_float(lr)
    plan = Plan(make, settings, xs, ys, loss, optimizer, own_lr, seed, epochs, goal)
    store = _Store(plan, parameters, file)
    parts = list(_parts(plan, store.done))
    line = is_terminal(sys.stderr) if progress == "auto" else bool(progress)
    with ProgressLine(len(settings), "run", sys.stderr if line else None) as told, store:
        for runs, (found, numbers) in _results(plan, parts, jobs):
            store.take(runs, found, numbers)
            told.show(int(store.done.sum()))
    return Runs(settings, dict(zip(FOUND, store.found, strict=True)), store.numbers)


def _parts(plan: Plan, done: Any) -> Iterator[tuple[int, Any]]:
    """What is left to do, in parts: a data set, and the numbers of runs."""
    sets = plan.grid.column("data", 0)
    for data in range(len(plan.codes)):
        mine = np.flatnonzero(~done & (sets == data))
        yield from ((data, mine[first : first + _PART]) for first in range(0, len(mine), _PART))


def _results(plan: Plan, parts: list[tuple[int, Any]], jobs: int) -> Iterator[Any]:
    """The numbers of some runs, and what is found of them, as they become ready."""
    todo = ((runs, plan.job(data, runs)) for data, runs in parts)
    if jobs == 1:
        yield from ((runs, job()) for runs, job in todo)
        return
    joblib = needed("joblib", "several jobs need", "cluster")
    parallel = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered")
    yield from parallel(joblib.delayed(_run)(runs, job) for runs, job in todo)


def _run(runs: Any, job: Job) -> tuple[Any, Any]:
    return runs, job()


class _Store:
    """What is found, in memory and in a file."""

    def __init__(self, plan: Plan, parameters: bool, file: Any) -> None:
        count, width = len(plan.grid), len(plan.job(0, np.arange(1)).starts)
        self.path = None if file is None else Path(file)
        self.key = f"{plan.digest} {parameters}"
        self.done: Any = np.zeros(count, dtype=bool)
        self.found: Any = np.full((len(FOUND), count), np.nan)
        self.numbers: Any = np.full((count, width), np.nan) if parameters else None
        self.written = time.monotonic()
        if self.path is not None and self.path.exists():
            self._read()

    def _read(self) -> None:
        assert self.path is not None
        discard_leftovers(self.path)
        try:
            with np.load(io.BytesIO(self.path.read_bytes())) as saved:
                key, done, found, numbers = (saved[name] for name in ("key", "done", "found", "numbers"))
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{self.path} is no file of runs, or it is damaged ({error}); give another name") from None
        if str(key) != self.key:
            raise ValueError(
                f"{self.path} is of other runs: another model, data, grid, number of epochs or target; give another name"
            )
        self.done, self.found = done.copy(), found.copy()
        self.numbers = None if self.numbers is None else numbers.copy()

    def take(self, runs: Any, found: Any, numbers: Any) -> None:
        """Keep what was found of some runs."""
        self.done[runs], self.found[:, runs] = True, found
        if self.numbers is not None:
            self.numbers[runs] = numbers.T
        if time.monotonic() - self.written > _SECONDS:
            self.write()

    def write(self) -> None:
        """Write the file, if there is to be one."""
        self.written = time.monotonic()
        if self.path is not None:
            numbers = np.empty(0) if self.numbers is None else self.numbers
            np.savez(stream := io.BytesIO(), key=self.key, done=self.done, found=self.found, numbers=numbers)
            write_atomically(self.path, stream.getvalue())

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self.write()
