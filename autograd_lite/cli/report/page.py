"""The page of a report: one file of HTML that needs nothing but the files beside it."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from autograd_lite.data import decode_rows

if TYPE_CHECKING:
    from autograd_lite.cli.report import Training
    from autograd_lite.cli.report.pictures import Picture

#: As many rows are shown that the network gets wrong.
MOST_ROWS = 12
#: With more inputs a table of rows is not readable.
MOST_COLUMNS = 16

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --faint: #59636e; --line: #d1d9e0; --paper: #fff; --card: #f6f8fa; --link: #0550ae; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --faint: #9aa4ae; --line: #3d444d; --paper: #14181d; --card: #1f252c; --link: #6cb6ff; }
}
body { font: 16px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
body { color: var(--ink); background: var(--paper); }
h1 { font-size: 1.7rem; margin: .5rem 0 0; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
p { margin: .4rem 0; }
a { color: var(--link); }
.faint, figcaption { color: var(--faint); }
code { font: .875em ui-monospace, monospace; background: var(--card); border-radius: 4px; padding: .15em .35em; overflow-wrap: anywhere; }
.cards { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.25rem 0; padding: 0; }
.cards div { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .6rem 1rem; min-width: 8rem; }
.cards dt { color: var(--faint); font-size: .85rem; }
.cards dd { font-size: 1.5rem; font-weight: 600; margin: 0; font-variant-numeric: tabular-nums; }
.cards small { display: block; font-size: .85rem; font-weight: 400; color: var(--faint); }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1rem; align-items: start; }
figure { margin: 0; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
figure.wide { grid-column: 1 / -1; }
figure a { display: block; background: #fff; padding: .5rem; text-align: center; }
img { max-width: 100%; max-height: 34rem; height: auto; }
figcaption { font-size: .9rem; padding: .5rem .75rem; border-top: 1px solid var(--line); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; }
td, th { border-bottom: 1px solid var(--line); padding: .25rem 1.25rem .25rem 0; }
.button { display: inline-block; border: 1px solid var(--link); border-radius: 6px; padding: .3rem .8rem; text-decoration: none; }
"""


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
    title = html.escape(f"Training on {training.summary['dataset']}")
    run = '<p><a class="button" href="run.html">Play the training run, epoch by epoch</a></p>' if played else ""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{title}</h1>
<p class="faint">{html.escape(_sentence(training))}</p>
{_cards(training)}
{run}
{_figures(pictures)}
{_mistakes(training)}
<h2>How it was made</h2>
{_settings(training)}
<p>Again: <code>{html.escape(training.command)}</code></p>
<p>The numbers: <a href="summary.json">summary.json</a>, and <a href="history.csv">history.csv</a> of each epoch.</p>
</body>
</html>
"""


def _sentence(training: Training) -> str:
    train, held_out = training.train, training.held_out
    rows = f"{len(train)} rows"
    if training.history.val_losses:
        rows += " (of which it only watched a part)"
    if train is not held_out:
        rows += f", judged by {len(held_out)} it never saw"
    return f"{training.learner.describe()}, trained on {rows}. {training.history.reason[:1].upper()}{training.history.reason[1:]}."


def _cards(training: Training) -> str:
    summary, history = training.summary, training.history
    rows = len(training.held_out)
    where = "all rows" if training.train is training.held_out else "held-out rows"
    cards = []
    if training.learner.classifies:
        right = round(summary["test_accuracy"] * rows)
        cards.append((f"accuracy on {where}", f"{summary['test_accuracy']:.1%}", f"{right} of {rows}"))
        cards.append((f"loss on {where}", _number(summary["test_loss"]), "mean cross-entropy"))
        if training.train is not training.held_out:
            cards.append(("accuracy on training rows", f"{summary['train_accuracy']:.1%}", f"of {len(training.train)}"))
    else:
        cards.append((f"loss on {where}", _number(summary["test_loss"]), "mean squared error"))
        cards.append(("explained", _number(summary["test_r2"]), "r2: 1 is all, 0 the mean alone"))
    cards.append(("epochs", str(history.epochs), f"{history.seconds:.1f} s"))
    items = "\n".join(
        f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}<small>{html.escape(note)}</small></dd></div>"
        for name, value, note in cards
    )
    return f'<dl class="cards">\n{items}\n</dl>'


def _figures(pictures: list[Picture]) -> str:
    figures = "\n".join(
        f'<figure{" class=wide" if picture.wide else ""}><a href="{picture.name}">'
        f'<img src="{picture.name}" alt="{html.escape(picture.caption)}"></a>'
        f"<figcaption>{html.escape(picture.caption)}</figcaption></figure>"
        for picture in pictures
    )
    return f'<h2>Pictures</h2>\n<div class="pictures">\n{figures}\n</div>' if pictures else ""


def _mistakes(training: Training) -> str:
    """The held-out rows with the wrong answers, or for a regression those that are furthest off."""
    learner, rows = training.learner, training.held_out
    answers = learner.predict(rows.x)
    where = "all rows" if training.train is rows else "held-out rows"
    if learner.classifies:
        wrong = [k for k, (answer, target) in enumerate(zip(answers, rows.y, strict=True)) if answer != target]
        if not wrong:
            return ""
        chances = learner.probabilities([rows.x[k] for k in wrong])
        wrong_by = sorted(zip(wrong, chances, strict=True), key=lambda pair: -max(pair[1]))
        head = [learner.target_name, "answered", "sure of it"]
        lines = [(k, [learner.class_names[int(rows.y[k])], learner.class_names[int(answers[k])], f"{max(chance):.0%}"])
                 for k, chance in wrong_by]  # fmt: skip
        title = (
            f"{len(wrong)} wrong answers on {where}, the surest first" if len(wrong) > 1 else f"The wrong answer on {where}"
        )
    else:
        furthest = sorted(range(len(rows)), key=lambda k: -abs(answers[k] - rows.y[k]))
        head = [learner.target_name, "answered", "off by"]
        lines = [(k, [_number(rows.y[k]), _number(answers[k]), _number(answers[k] - rows.y[k])]) for k in furthest]
        title = f"Where it is furthest off, of {where}"
    columns = learner.columns if len(learner.columns) <= MOST_COLUMNS else ()
    cells_of = decode_rows(rows.x, learner.columns) if columns else [[] for _ in rows.x]
    body = "\n".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in [*cells, *map(_cell, cells_of[k])]) + "</tr>"
        for k, cells in lines[:MOST_ROWS]
    )
    heads = "".join(f"<th>{html.escape(name)}</th>" for name in [*head, *(column.name for column in columns)])
    return f'<h2>{html.escape(title)}</h2>\n<div class="scroll"><table>\n<tr>{heads}</tr>\n{body}\n</table></div>'


def _settings(training: Training) -> str:
    shown = ("dataset", "task", "model", "optimizer", "lr", "schedule", "batch", "seed", "stopped")
    rows = "\n".join(
        f"<tr><th>{html.escape({'lr': 'learning rate'}.get(name, name))}</th><td>{html.escape(_cell(training.summary[name]))}</td></tr>"
        for name in shown
    )
    return f"<table>\n{rows}\n</table>"


def _cell(value: Any) -> str:
    return "all rows" if value is None else _number(value) if isinstance(value, float) else str(value)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
