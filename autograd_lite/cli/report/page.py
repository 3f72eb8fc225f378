"""The page of a report: one file of HTML that needs nothing but the files beside it; `templates/page.html` says how it looks."""

from dataclasses import dataclass
from typing import Any

from autograd_lite.cli.report.pictures import Picture
from autograd_lite.cli.training import Training
from autograd_lite.data import decode_rows
from autograd_lite.formatting import short
from autograd_lite.hints import needed
from autograd_lite.terminal import printable

#: As many rows are shown that the network gets wrong.
MOST_ROWS = 12
#: With more inputs a table of rows is not readable.
MOST_COLUMNS = 16


def page(training: Training, pictures: list[Picture], played: bool) -> str:
    """The page.

    Parameters
    ----------
    training : Training
    pictures : list of Picture
        The files that were written.
    played : bool
        Whether there is a run.html.
    """
    text: str = template().render(training=training, pictures=pictures, played=played, mistakes=mistakes(training))
    return text


def template() -> Any:
    """The template of the page, in which every text is escaped.

    Raises
    ------
    ImportError
        If jinja2 is not installed.
    """
    jinja2 = needed("jinja2", "a report needs", "report")
    from autograd_lite.pages.document import content_policy

    loader = jinja2.PackageLoader("autograd_lite.cli.report")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=lambda found: printable(found) if type(found) is str else found,
    )  # fmt: skip
    environment.filters["shown"] = shown
    # Where a page is opened as a file, not every browser takes the files beside it for its own.
    environment.filters["policy"] = lambda style: content_policy(style, "img-src 'self' file:")
    return environment.get_template("page.html")


def shown(value: Any) -> str:
    """A number or a text as the page has it.

    >>> shown(0.123456), shown("cat"), shown(None)
    ('0.1235', 'cat', '-')
    """
    return "-" if value is None else short(value) if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Mistakes:
    """A table of rows that the network got wrong, and how many there are."""

    count: int
    heads: list[str]
    rows: list[list[Any]]


def mistakes(training: Training) -> Mistakes:
    """The held-out rows with the wrong answers, or for a regression those that are furthest off."""
    learner = training.learner
    found = _wrong(training) if learner.classifies else _furthest(training)
    heads = [learner.target_name, "answered", "sure of it" if learner.classifies else "off by"]
    rows: list[list[Any]] = [list(cells) for _, *cells in found[:MOST_ROWS]]
    if len(learner.columns) <= MOST_COLUMNS:
        heads += [column.name for column in learner.columns]
        inputs = decode_rows([training.held_out.x[k] for k, *_ in found[:MOST_ROWS]], learner.columns)
        rows = [[*row, *cells] for row, cells in zip(rows, inputs, strict=True)]
    return Mistakes(len(found), heads, rows)


def _wrong(training: Training) -> list[tuple[int, str, str, str]]:
    """The rows with wrong classes, the surest first: their places, the right class, the answer, and how sure it was."""
    learner, rows = training.learner, training.held_out
    answers = learner.predict(rows.x)
    wrong = [k for k, (answer, target) in enumerate(zip(answers, rows.y, strict=True)) if answer != target]
    sure = {k: max(chances) for k, chances in zip(wrong, learner.probabilities([rows.x[k] for k in wrong]), strict=True)}
    names = learner.class_names
    return [
        (k, names[int(rows.y[k])], names[int(answers[k])], f"{sure[k]:.0%}") for k in sorted(wrong, key=lambda k: -sure[k])
    ]


def _furthest(training: Training) -> list[tuple[int, float, float, float]]:
    """All rows, the furthest off first: their places, the right number, the answer, and the difference."""
    rows = training.held_out
    answers = training.learner.predict(rows.x)
    off = [answer - target for answer, target in zip(answers, rows.y, strict=True)]
    return [(k, rows.y[k], answers[k], off[k]) for k in sorted(range(len(rows)), key=lambda k: -abs(off[k]))]
