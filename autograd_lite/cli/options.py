"""What options accept, and the options that several commands have."""

import math
from collections.abc import Iterable
from functools import partial
from typing import Any

import click

from autograd_lite.cli.command import argument, option

#: What takes the steps of a training.
ENGINES = ("auto", "eager", "python", "llvm")
#: A path; that it can be read or written is found out by whoever does.
PATH = click.Path(readable=False)


class Number(click.FloatRange):
    """A number between bounds, and no infinity and no nan.

    >>> Number(0, 1)("0.5")
    0.5
    """

    name = "number"  # in "'abc' is not a valid number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Turn a text into a number."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


class WholeNumber(click.IntRange):
    """A whole number between bounds.

    >>> WholeNumber(1)("12")
    12
    """

    name = "whole number"


#: Bounds that many options have.
positive, not_negative = Number(0, min_open=True), Number(0)
share = Number(0, 1, min_open=True, max_open=True)


def layer_sizes(text: str) -> tuple[int, ...]:
    """`16,16`: the sizes of hidden layers; `none` or `0` for no hidden layer.

    >>> layer_sizes("16,8"), layer_sizes("none")
    ((16, 8), ())
    """
    if text.strip().lower() in ("none", "0", ""):
        return ()
    try:
        found = tuple(int(part) for part in text.replace("x", ",").split(","))
    except ValueError:
        found = (0,)
    if any(size < 1 for size in found):
        raise click.BadParameter(f"{text!r}: sizes of layers are whole numbers from 1 with commas, such as 16,16 (or none)")
    if math.prod(found) > 10**8 or max(found) > 100_000:
        raise click.BadParameter(f"{text!r}: a network of this size does not fit in memory here")
    return found


def batch_size(text: str) -> int:
    """The size of a batch; 0 and `all` mean all rows at once.

    >>> batch_size("all"), batch_size("32")
    (0, 32)
    """
    if text.strip().lower() in ("all", "full"):
        return 0
    if not text.isdecimal():
        raise click.BadParameter(f"{text!r}: a batch is a whole number of rows from 1, or 'all'")
    return int(text)


def column_names(text: str) -> tuple[str, ...]:
    """Column names with commas between them.

    >>> column_names("id, name")
    ('id', 'name')
    """
    return tuple(name.strip() for name in text.split(",") if name.strip())


def number_range(text: str) -> tuple[float, float]:
    """Two numbers above 0, the smaller one first.

    >>> number_range("0.1:10")
    (0.1, 10.0)
    """
    try:
        low, high = map(float, text.split(":"))
    except ValueError:
        low = high = math.nan
    if not 0.0 < low < high < math.inf:
        raise click.BadParameter(f"{text!r}: a range is two numbers above 0, the smaller one first, such as 0.1:10")
    return low, high


def one_of(names: Iterable[str], about: str) -> dict[str, Any]:
    """The settings of an option that takes one of some names, with a help that lists them.

    >>> one_of(["light", "dark"], "Colours")["help"]
    'Colours: light or dark.'
    """
    names = tuple(names)
    return {"type": click.Choice(names), "metavar": "NAME", "help": f"{about}: {', '.join(names[:-1])} or {names[-1]}."}


def complete_data(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
    """The names of data sets that begin so; if there are none, files."""
    from click.shell_completion import CompletionItem

    from autograd_lite.data import names

    found = [CompletionItem(name) for name in names() if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


#: Options that several commands have; what one of them says differently (`help`, `group`) is given where it is used.
file = partial(option, type=PATH, metavar="FILE")
dataset = partial(option, "--dataset", metavar="DATASET", shell_complete=complete_data)
seed = partial(option, "--seed", type=WholeNumber(0), default=0, metavar="N")
json_line = partial(option, "--json", is_flag=True, help="End with one line of JSON.")
quiet = partial(option, "--quiet", is_flag=True, help="No progress and no notes.")
generated_rows = partial(option, "--n", type=WholeNumber(4, 1_000_000), metavar="N", help="Rows of generated data.")
noise = partial(option, "--noise", type=not_negative, metavar="D", help="Of generated data.")
target = partial(option, "--target", metavar="COLUMN", help="Of a CSV file: the column to predict.")
ignore = partial(option, "--ignore", type=column_names, metavar="A,B", help="Of a CSV file: columns to leave out.")
drop_missing = partial(option, "--drop-missing", is_flag=True, help="Of a CSV file: leave rows with empty cells out.")

model = argument("model", type=PATH, help="What train --save wrote.")

_reading = partial(option, group="Reading a CSV file")
_encoding = _reading("--encoding", metavar="NAME", help="Its encoding, e.g. cp949 (default: UTF-8, or its byte order mark).")
_delimiter = _reading("--delimiter", metavar="CHAR", help="Its separator (default: what its header uses).")
_decimal = _reading(
    "--decimal", type=click.Choice((".", ",")), metavar="CHAR",
    help="Its decimal mark, '.' or ',' (default: what its numbers use).",
)  # fmt: skip


def csv_reading(function: Any) -> Any:
    """How a CSV file is to be read, where its own first lines do not tell."""
    return _encoding(_delimiter(_decimal(function)))


def csv_settings(args: Any) -> dict[str, Any]:
    """What `csv_reading` has read, as the data layer takes it."""
    return {"encoding": args.encoding, "delimiter": args.delimiter, "decimal": args.decimal}
