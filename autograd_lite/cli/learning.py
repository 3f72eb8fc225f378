"""A network together with what its numbers mean: the columns it reads, their scale, the classes it answers.

`Learner` is what `train` makes, a file keeps, and `predict`, `evaluate` and the pictures use.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from autograd_lite import data, nn
from autograd_lite.cli.errors import CommandError, misused
from autograd_lite.data import Column, Dataset, Scaler
from autograd_lite.data.columns import input_names
from autograd_lite.data.scaling import Method


@dataclass
class Learner:
    """A multi-layer perceptron on named columns.

    Parameters
    ----------
    model : nn.MLP
        One output for two classes (the logit of the second) and for a number; else a logit for each class.
    scaler : Scaler
        Applied to rows before the network sees them.
    target_scaler : Scaler or None
        For a regression: the network answers in scaled units.
    name, target_name : str
    columns : tuple of Column
        What is read of a table, and its categories.
    class_names : tuple of str
        None: a regression.
    """

    model: Any
    scaler: Scaler
    target_scaler: Scaler | None
    name: str
    target_name: str
    columns: tuple[Column, ...]
    class_names: tuple[str, ...]

    @classmethod
    def new(
        cls, train: Dataset, hidden: Sequence[int], activation: str, seed: int, scaling: Method = "standard"
    ) -> "Learner":
        """An untrained network of the right shape for the rows of `train`, which fix the scales."""
        outputs = train.n_classes if train.n_classes > 2 else 1
        model = nn.MLP(train.n_features, [*hidden, outputs], activation=activation, seed=seed)
        regression = train.task == "regression"
        target_scaler = Scaler.fit([[y] for y in train.y]) if regression else None
        scaler = Scaler.fit(train.x, scaling)
        classes = () if regression else train.class_names
        return cls(model, scaler, target_scaler, train.name, train.target_name, train.columns, classes)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the network's inputs."""
        return input_names(self.columns)

    @property
    def classifies(self) -> bool:
        """Whether the answers are classes."""
        return bool(self.class_names)

    @property
    def loss(self) -> Callable[[Any, Any], Any]:
        """The loss of one output and its target, both as the network has them."""
        if not self.classifies:
            return nn.mse
        return nn.bce_with_logits if len(self.class_names) == 2 else nn.cross_entropy

    def inputs(self, dataset: Dataset) -> list[list[float]]:
        """The rows as the network takes them."""
        return self.scaler.transform(dataset.x)

    def targets(self, dataset: Dataset) -> list[float]:
        """The targets as the loss takes them."""
        if self.target_scaler is None:
            return list(dataset.y)
        return [self.target_scaler.transform_row([y])[0] for y in dataset.y]

    def outputs(self, rows: Sequence[Sequence[float]]) -> list[list[float]]:
        """What the network answers to rows in the units of the data: for each row its outputs, one or more.

        Raises
        ------
        CommandError
            If a number leaves the range of floats on the way.
        """
        with _in_range():
            found = [_floats(output) for output in nn.predict(self.model, self.scaler.transform(rows))]
        for number, output in enumerate(found, 1):
            if not all(map(math.isfinite, output)):
                raise CommandError(f"the network answers row {number} with {output}: numbers in it are out of range")
        return found

    def probabilities(self, rows: Sequence[Sequence[float]]) -> list[list[float]]:
        """For each row the probability of each class."""
        return [_probabilities(output) for output in self.outputs(rows)]

    def predict(self, rows: Sequence[Sequence[float]]) -> list[float]:
        """For each row the index of a class, or the number."""
        return self._answers(self.outputs(rows))

    def evaluate(self, dataset: Dataset) -> dict[str, float]:
        """Accuracy and loss on rows, trained on or not; for a regression the loss in the target's own unit, and r2."""
        return self.score(dataset)[0]

    def score(self, dataset: Dataset) -> tuple[dict[str, float], list[float]]:
        """What `evaluate` and `predict` give, for the price of one."""
        outputs = self.outputs(dataset.x)
        with _in_range():
            answers = self._answers(outputs)
            if not self.classifies:
                errors = [(p - y) ** 2 for p, y in zip(answers, dataset.y, strict=True)]
                mean = math.fsum(dataset.y) / len(dataset)
                spread = math.fsum((y - mean) ** 2 for y in dataset.y)
                total = math.fsum(errors)
                return {"loss": total / len(errors), "r2": 1.0 - total / spread if spread else math.nan}, answers
            single = len(self.class_names) == 2
            losses = [float(self.loss(out[0] if single else out, y)) for out, y in zip(outputs, dataset.y, strict=True)]
            right = sum(answer == y for answer, y in zip(answers, dataset.y, strict=True))
            return {"accuracy": right / len(dataset), "loss": math.fsum(losses) / len(losses)}, answers

    def _answers(self, outputs: list[list[float]]) -> list[float]:
        if self.target_scaler is None:
            return [_winner(output) for output in outputs]
        return [row[0] for row in self.target_scaler.inverse(outputs)]

    def describe(self) -> str:
        """The shape in a line: `MLP 2-16-16-1 tanh, 337 parameters`."""
        sizes = [str(len(self.feature_names)), *(str(len(layer.neurons)) for layer in self.model.layers)]
        activation = f" {self.model.layers[0].neurons[0].activation}" if len(sizes) > 2 else ""
        return f"MLP {'-'.join(sizes)}{activation}, {len(self.model.parameters())} parameters"


#: Options of a CSV file, and of data sets that are generated; by the names of their arguments.
FILE_OPTIONS = ("target", "ignore", "task", "encoding", "delimiter", "decimal", "drop_missing")
GENERATED_OPTIONS = ("noise", "n")


def load_data(args: Any) -> Dataset:
    """The data set that the command line names, with its options.

    Raises
    ------
    CommandError
        If an option is for other data, or a file has no target.
    DataError
        If there is no such data, or it cannot be used.
    """
    source = data.registry.find(args.dataset)
    given = {name: getattr(args, name, None) for name in (*FILE_OPTIONS, *GENERATED_OPTIONS)}
    given = {name: value for name, value in given.items() if value is not None and value is not False}
    for name in given:
        if source is not None and name in FILE_OPTIONS:
            misused(f"--{name.replace('_', '-')} goes with a CSV file; {source.name} is a data set of this package")
        if source is None and name in GENERATED_OPTIONS:
            misused(f"--{name} goes with data that are generated, such as moons; not with a file")
        if source is not None and name not in source.options:
            fitting = ", ".join(other.name for other in data.SOURCES.values() if name in other.options)
            misused(f"--{name} goes with data that are generated ({fitting}); not with {source.name}")
    if source is not None:
        return data.load(args.dataset, **given, **({"seed": args.seed} if "seed" in source.options else {}))
    if given.pop("drop_missing", False):
        given["missing"] = "drop"
    if "target" not in given and data.registry.looks_like_file(args.dataset):
        table = data.read_table(args.dataset, encoding=given.get("encoding"), delimiter=given.get("delimiter"))
        misused(f"which column of {args.dataset} is to be predicted? Add --target with one of: {', '.join(table.header)}")
    return data.load(args.dataset, **given)


@contextmanager
def _in_range() -> Iterator[None]:
    try:
        yield
    except ArithmeticError as error:
        raise CommandError(f"the network's numbers are out of range: {error}") from None


def _floats(output: Any) -> list[float]:
    return [float(value) for value in output] if isinstance(output, list | tuple) else [float(output)]


def _winner(output: list[float]) -> int:
    if len(output) == 1:
        return int(output[0] > 0.0)
    return output.index(max(output))


def _probabilities(output: list[float]) -> list[float]:
    from autograd_lite import sigmoid, softmax

    if len(output) == 1:
        return [sigmoid(-output[0]), sigmoid(output[0])]
    return [float(p) for p in softmax(output)]
