"""Where the parts of a network's picture stand, and what they look like."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from autograd_lite import Value
from autograd_lite.draw.network_facts import Network, Options
from autograd_lite.draw.shapes import Circle, Line, Shape, Text, text_width
from autograd_lite.draw.text import clip
from autograd_lite.draw.themes import mix
from autograd_lite.formatting import short

#: Between the centres of two columns, in pixels.
_ACROSS = 190.0
#: Between the centres of two units, and the radius of one: for ordinary layers, and for layers of more than so many.
_DOWN, _RADIUS, _MANY = (66.0, 54.0), (24.0, 20.0), 8
_PAD = 16.0
#: The gap of a layer that is not drawn in full.
_DOTS = "\N{VERTICAL ELLIPSIS}"
#: Lines carry numbers by themselves where no more than so many come into a layer.
_FEW = 9


@dataclass
class _Column:
    """The inputs, or the units of a layer, with what is drawn of them."""

    k: int
    heading: str
    content: str
    #: The weights into it, a row for each unit, and its biases, as far as they are known.
    weights: list[list[Value]] | None
    biases: list[Value] | None
    values: list[float] | None
    grads: list[float] | None
    #: Of the units, where they have any.
    names: list[str]
    path: set[int]
    slots: list[tuple[int, int]]
    #: Whether all lines into it carry numbers.
    numbered: bool = False
    #: The centres of the units that are drawn, and of the gaps, with how many units are left out.
    at: dict[int, tuple[float, float]] = field(default_factory=dict)
    gaps: list[tuple[float, float, int]] = field(default_factory=list)


def _columns(network: Network, options: Options) -> list[_Column]:
    last = len(network.layers)
    columns: list[_Column] = []
    for k, size in enumerate(network.sizes):
        layer = network.layers[k - 1] if k else None
        content = f"{size:,} {'unit' if layer else 'input'}{'s' if size > 1 else ''}"
        if layer and (layer.activations or layer.weights is not None):
            content += f", {', '.join(name for name, _ in layer.activations) or 'linear'}"
        hidden = "hidden layer" if last == 2 else f"hidden layer {k}"
        path = options.path.get(k, set())
        column = _Column(
            k,
            "input layer" if layer is None else "output layer" if k == last else hidden,
            content,
            layer.weights if layer else None,
            layer.biases if layer else None,
            network.values[k] if network.values is not None else None,
            network.grads[k] if network.grads is not None else None,
            list(options.input_names if k == 0 else options.output_names if k == last else ()),
            path,
            _slots(size, options.limit, path),
        )
        if column.weights is not None:
            few = len(columns[-1].slots) * len(column.slots) <= _FEW and len(column.slots) <= 4 and not options.path
            column.numbered = few if options.numbers is None else options.numbers
        columns.append(column)
    return columns


class Plan:
    """Places for everything, then the shapes."""

    def __init__(self, network: Network, options: Options) -> None:
        self.network, self.options, self.theme = network, options, options.theme
        self.columns = _columns(network, options)
        self.top = _PAD + (24 if options.title else 0)
        self.rows = max(len(column.slots) for column in self.columns)
        self.down, self.radius = _DOWN[self.rows > _MANY], _RADIUS[self.rows > _MANY]
        # The numbers on all lines from one unit stand one above the other, beside it: see `_lines`.
        fan = max((len(column.slots) for column in self.columns if column.numbered), default=0)
        self.down = max(self.down, 12.5 * (fan + 1))
        across = max(_ACROSS + (30 if fan else 0), (fan + 1) * (self.radius + 24))
        first = self.top + 44
        self.bottom = first + self.rows * self.down
        left, right = self._margin(self.columns[0]), self._margin(self.columns[-1])
        self.width = left + across * (len(self.columns) - 1) + right
        missing = 1.1 * text_width(options.title, 15.0) + 2 * _PAD - self.width  # letters in bold are wider
        if missing > 0:
            left, self.width = left + missing / 2, self.width + missing
        for column in self.columns:
            start = first + (self.rows * self.down - len(column.slots) * self.down) / 2
            for row, (unit, more) in enumerate(column.slots):
                x, y = left + column.k * across, start + (row + 0.5) * self.down
                if more:
                    column.gaps.append((x, y, more))
                else:
                    column.at[unit] = (x, y)
        rows = (row for layer in network.layers for row in layer.weights or ())
        #: The largest number that a line stands for.
        self.scale = _largest(number for row in rows for number in map(self._shown, row) if number is not None)

    def shapes(self) -> tuple[list[Shape], float, float]:
        """The shapes of the picture, from back to front, its width and its height."""
        theme, found = self.theme, list[Shape]()
        if self.options.title:
            found.append(Text(self.width / 2, self.top - 14, self.options.title, theme.ink, 15.0, bold=True))
        lines, numbers = self._lines()
        found += lines
        for column in self.columns:
            found += self._units(column)
        found += numbers
        for x, y, more in (gap for column in self.columns for gap in column.gaps):
            found.append(Text(x, y - 10, _DOTS, theme.ink, 18.0, halo=theme.paper))
            found.append(Text(x, y + 10, f"{more:,} more", theme.faint, 11.0, halo=theme.paper))
        if all(layer.weights is None for layer in self.network.layers):
            return found, self.width, self.bottom + _PAD
        legend, width, height = self._legend()
        return found + legend, max(self.width, width), height

    # --- columns -----------------------------------------------------------------------------------------------------

    def _margin(self, column: _Column) -> float:
        """Room beside the centres of the first or the last column."""
        names = [column.names[unit] for unit, more in column.slots if not more]
        beside = max((text_width(clip(name, 28)) for name in names if not self._inside(name)), default=0.0)
        half = max(text_width(column.heading, 12.5), text_width(column.content)) / 2
        return _PAD + max(half, self.radius + (10 + beside if beside else 0))

    def _inside(self, name: str) -> bool:
        """Whether a name stands in the circle: there are no numbers to stand there, and it fits."""
        return self.network.values is None and text_width(name, 12.0) <= 2 * self.radius - 8

    def _units(self, column: _Column) -> list[Shape]:
        theme, found = self.theme, list[Shape]()
        x, _ = next(iter(column.at.values()))
        found.append(Text(x, self.top + 8, column.heading, theme.ink, 12.5, bold=True))
        found.append(Text(x, self.top + 25, column.content, theme.faint))
        for unit, (x, y) in column.at.items():
            bias = self._shown(column.biases[unit]) if column.biases is not None else None
            if bias is not None:  # first, so that its halo does not cut into the circle
                text = f"{'db' if self.options.gradients else 'b'} {self._fit(bias)}"
                found.append(Text(x, y + self.radius + 8.5, text, theme.faint, 9.5, halo=theme.paper))
            color, width = (theme.accent, 3.0) if unit in column.path else (theme.line, 1.2)
            found.append(Circle(x, y, self.radius, self._fill(column, unit), color, width, self._about_unit(column, unit)))
            found += self._content(column, unit, x, y)
            if column.names:
                found.append(self._name(column, unit, x, y))
        return found

    def _name(self, column: _Column, unit: int, x: float, y: float) -> Text:
        name, side = column.names[unit], -1 if column.k == 0 else 1
        if self._inside(name):
            return Text(x, y, name, self.theme.ink, 12.0)
        anchor: Literal["start", "end"] = "end" if side < 0 else "start"
        return Text(x + side * (self.radius + 8), y, clip(name, 28), self.theme.ink, anchor=anchor)

    def _content(self, column: _Column, unit: int, x: float, y: float) -> list[Shape]:
        """The numbers in a unit."""
        if column.values is None:
            return []
        size, ink = 11.0 * self.radius / _RADIUS[0], self.theme.ink
        if column.grads is None:
            return [Text(x, y, self._fit(column.values[unit]), ink, size)]
        shift = 0.3 * self.radius
        return [
            Text(x, y - shift, self._fit(column.values[unit]), ink, size),
            Text(x, y + shift, self._fit(column.grads[unit]), ink, size - 2),
        ]

    def _fill(self, column: _Column, unit: int) -> str:
        """A unit's colour: that of its kind, or its number's sign and size in its column."""
        theme = self.theme
        shown = column.grads if self.options.gradients else column.values
        if shown is None:
            return theme.leaf if column.k == 0 else theme.neuron if column is self.columns[-1] else theme.operation
        ratio = _ratio(shown[unit], _largest(shown))
        return mix(theme.paper, theme.positive if shown[unit] > 0 else theme.negative, 0.34 * ratio)

    # --- weights -----------------------------------------------------------------------------------------------------

    def _shown(self, parameter: Value) -> float | None:
        """The number that a parameter's line stands for."""
        return self.network.slopes.get(parameter) if self.options.gradients else float(parameter.data)

    def _lines(self) -> tuple[list[Line], list[Shape]]:
        """The lines from back to front, and the numbers on them."""
        lines: list[tuple[tuple[bool, float], Line]] = []
        numbers = list[Shape]()
        for before, column in zip(self.columns, self.columns[1:], strict=False):
            fan = min(len(before.path & before.at.keys()), len(column.path & column.at.keys()))
            pairs = [(source, target) for target in column.at for source in before.at]
            for source, target in pairs:
                weight = column.weights[target][source] if column.weights is not None else None
                number = None if weight is None else self._shown(weight)
                marked = source in before.path and target in column.path
                (x1, y1), (x2, y2) = before.at[source], column.at[target]
                color, width, dashed = self._stroke(number, weight is not None, marked)
                about = self._about_line(column, source, target, weight)
                lines.append(((marked, abs(number or 0.0)), Line(x1, y1, x2, y2, color, width, dashed, about)))
                if number is None or not (column.numbered or (marked and self.options.numbers is not False)):
                    continue
                # So far along that the numbers of all lines between two columns stand at different heights.
                along = 0.5 if marked and fan == 1 and not column.numbered else 1 / (len(column.slots) + 1)
                x, y, text = x1 + along * (x2 - x1), y1 + along * (y2 - y1), short(number, self.options.digits)
                color, size = (self.theme.accent, 10.5) if marked else (self.theme.ink, 9.5)
                numbers.append(Text(x, y, text, color, size, bold=marked, halo=self.theme.paper))
        return [line for _, line in sorted(lines, key=lambda pair: pair[0])], numbers

    def _stroke(self, number: float | None, known: bool, marked: bool) -> tuple[str, float, bool]:
        """Colour and width of a line, and whether it is dashed, as one that stands for nan is."""
        theme = self.theme
        if marked:
            return theme.accent, 3.5, False
        fade = 0.35 if self.options.path else 1.0
        if number is None or not number or number != number:
            dashed = number is not None and number != number
            return mix(theme.paper, theme.line, (0.7 if dashed or not known else 0.4) * fade), 1.0, dashed
        ratio = _ratio(number, self.scale)
        thickest = 4.0 if self.rows <= 6 else 3.0 if self.rows <= 10 else 2.2
        color = theme.positive if number > 0 else theme.negative
        return mix(theme.paper, color, (0.35 + 0.65 * ratio) * fade), 0.6 + (thickest - 0.6) * ratio, False

    # --- words -------------------------------------------------------------------------------------------------------

    def _fit(self, number: float) -> str:
        """A number with as many digits as there is room for in a circle."""
        texts = [short(number, digits) for digits in range(self.options.digits, 0, -1)]
        return next((text for text in texts if len(text) <= 7), texts[-1])

    def _about_unit(self, column: _Column, unit: int) -> str:
        words = [f"{column.heading}, unit {unit}"]
        if column.values is not None:
            words.append(f"activation {column.values[unit]!r}")
        if column.grads is not None:
            words.append(f"gradient {column.grads[unit]!r}")
        if column.biases is not None:
            words.append(self._about_parameter("bias", column.biases[unit]))
        return ", ".join(words)

    def _about_line(self, column: _Column, source: int, target: int, weight: Value | None) -> str:
        ends = f"from unit {source} to unit {target} of the {column.heading}"
        return ends if weight is None else f"{self._about_parameter('weight', weight)}, {ends}"

    def _about_parameter(self, what: str, parameter: Value) -> str:
        slope = self.network.slopes.get(parameter)
        name = f" {parameter.label}" if parameter.label else ""
        return f"{what}{name} {float(parameter.data)!r}" + ("" if slope is None else f", gradient {slope!r}")

    def _legend(self) -> tuple[list[Shape], float, float]:
        """What the lines and numbers mean, in a row below; and where the picture ends."""
        theme, found, x, y = self.theme, list[Shape](), _PAD, self.bottom + 14
        for text, color in (("positive", theme.positive), ("negative", theme.negative)):
            found.append(Line(x, y, x + 22, y, color, 3.0))
            found.append(Text(x + 28, y, text, theme.ink, 10.0, anchor="start"))
            x += 28 + text_width(text, 10.0) + 14
        what = "gradient" if self.options.gradients else "weight"
        text = f"{what}s; the widest line is {short(self.scale, self.options.digits)}"
        found.append(Text(x, y, text, theme.ink, 10.0, anchor="start"))
        width = x + text_width(text, 10.0) + _PAD
        if self.network.values is not None:
            y += 16
            text = "in a unit: its activation" + (", below it its gradient" if self.network.grads is not None else "")
            found.append(Text(_PAD, y, text, theme.faint, 10.0, anchor="start"))
            width = max(width, _PAD + text_width(text, 10.0) + _PAD)
        return found, width, y + 10 + _PAD / 2


def _slots(size: int, limit: int, path: set[int]) -> list[tuple[int, int]]:
    """The rows of a column from above: (unit, 0), or (0, n) for n units left out.

    >>> _slots(3, 16, set())
    [(0, 0), (1, 0), (2, 0)]
    >>> _slots(64, 4, {30})
    [(0, 0), (0, 29), (30, 0), (0, 32), (63, 0)]
    """
    if size <= limit:
        return [(unit, 0) for unit in range(size)]
    room = max(2, limit // 2)
    wanted = path if len(path) < size else set()
    kept = {size - 1, *wanted}
    for unit in range(size):
        if len(kept) >= max(room, len(wanted) + 2):
            break
        kept.add(unit)
    rows: list[tuple[int, int]] = []
    before = -1
    for unit in sorted(kept):
        if unit > before + 1:
            rows.append((0, unit - before - 1))
        rows.append((unit, 0))
        before = unit
    return rows


def _largest(numbers: Iterable[float]) -> float:
    """The largest finite size among some numbers; 0 if there is none."""
    return max((abs(number) for number in numbers if math.isfinite(number)), default=0.0)


def _ratio(number: float, largest: float) -> float:
    """How large a number is, from 0 to 1."""
    if number != number or not number or (not largest and not math.isinf(number)):
        return 0.0
    return 1.0 if math.isinf(number) else min(1.0, abs(number) / largest)
