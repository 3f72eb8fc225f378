"""Where the parts of a network's picture stand, and what they look like."""

import math
from collections.abc import Iterable, Sequence

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


def plan(network: Network, options: Options) -> tuple[list[Shape], float, float]:
    """The shapes of the picture, from back to front, its width and its height."""
    return _Plan(network, options).shapes()


class _Plan:
    """Places for everything: `at[column][unit]` is the centre of a unit that is drawn."""

    def __init__(self, network: Network, options: Options) -> None:
        self.network, self.options, self.theme = network, options, options.theme
        sizes = network.sizes
        self.slots = [_slots(size, options.limit, options.path.get(k, set())) for k, size in enumerate(sizes)]
        self.captions = [self._caption(k) for k in range(len(sizes))]
        self.top = _PAD + (24 if options.title else 0)
        dense = max(map(len, self.slots)) > _MANY
        self.down, self.radius = _DOWN[dense], _RADIUS[dense]
        # The numbers on all lines from one unit stand one above the other, beside it: see `_lines`.
        fan = max((len(self.slots[k]) for k in range(1, len(sizes)) if self._numbered(k)), default=0)
        self.down = max(self.down, 12.5 * (fan + 1))
        self.across = max(_ACROSS + (30 if fan else 0), (fan + 1) * (self.radius + 24))
        tallest = max(map(len, self.slots)) * self.down
        first = self.top + 44
        self.bottom = first + tallest
        left, right = self._margins()
        self.width = left + self.across * (len(sizes) - 1) + right
        missing = 1.1 * text_width(options.title, 15.0) + 2 * _PAD - self.width  # letters in bold are wider
        if missing > 0:
            left, self.width = left + missing / 2, self.width + missing
        self.at: list[dict[int, tuple[float, float]]] = []
        self.gaps: list[tuple[float, float, int]] = []
        for k, slots in enumerate(self.slots):
            start = first + (tallest - len(slots) * self.down) / 2
            places = {}
            for row, (unit, more) in enumerate(slots):
                place = (left + k * self.across, start + (row + 0.5) * self.down)
                if more:
                    self.gaps.append((*place, more))
                else:
                    places[unit] = place
            self.at.append(places)
        self.scale = self._scale()

    def shapes(self) -> tuple[list[Shape], float, float]:
        found: list[Shape] = []
        if self.options.title:
            found.append(Text(self.width / 2, self.top - 14, self.options.title, self.theme.ink, 15.0, bold=True))
        lines, numbers = self._lines()
        found += [line for _, line in sorted(lines, key=lambda pair: pair[0])]
        for k in range(len(self.at)):
            found += self._units(k)
        found += numbers
        for x, y, more in self.gaps:
            found.append(Text(x, y - 10, _DOTS, self.theme.ink, 18.0, halo=self.theme.paper))
            found.append(Text(x, y + 10, f"{more:,} more", self.theme.faint, 11.0, halo=self.theme.paper))
        legend, height = self._legend()
        return found + legend, max(self.width, self._legend_width), height

    # --- columns -----------------------------------------------------------------------------------------------------

    def _caption(self, column: int) -> tuple[str, str]:
        """What a column is, and what is in it."""
        last = len(self.network.layers)
        units = self.network.sizes[column]
        if column == 0:
            return "input layer", f"{units:,} input{'s' if units > 1 else ''}"
        hidden = "hidden layer" if last == 2 else f"hidden layer {column}"
        names = [name for name, _ in self.network.layers[column - 1].activations]
        known = self.network.layers[column - 1].weights is not None
        does = ", ".join(names) or ("linear" if known else "")
        units_text = f"{units:,} unit{'s' if units > 1 else ''}"
        return "output layer" if column == last else hidden, units_text + (f", {does}" if does else "")

    def _margins(self) -> tuple[float, float]:
        """Room left of the first centre and right of the last."""
        sides = []
        for column, names in ((0, self.options.input_names), (-1, self.options.output_names)):
            beside = max(
                (
                    text_width(self._name(names, unit))
                    for unit, more in self.slots[column]
                    if not more and not self._inside(names[unit])
                ),
                default=0.0,
            )
            half = max(text_width(self.captions[column][0], 12.5), text_width(self.captions[column][1])) / 2
            sides.append(_PAD + max(half, self.radius + (10 + beside if beside else 0)))
        return sides[0], sides[1]

    def _inside(self, name: str) -> bool:
        """Whether a name stands in the circle: there are no numbers to stand there, and it fits."""
        return self.network.values is None and text_width(name, 12.0) <= 2 * self.radius - 8

    def _name(self, names: Sequence[str], unit: int) -> str:
        return clip(names[unit], 28)

    def _units(self, column: int) -> list[Shape]:
        theme, last = self.theme, len(self.at) - 1
        found: list[Shape] = []
        x = next(iter(self.at[column].values()))[0]
        heading, content = self.captions[column]
        found.append(Text(x, self.top + 8, heading, theme.ink, 12.5, bold=True))
        found.append(Text(x, self.top + 25, content, theme.faint))
        path = self.options.path.get(column, set())
        for unit, (x, y) in self.at[column].items():
            marked = unit in path
            color, width = (theme.accent, 3.0) if marked else (theme.line, 1.2)
            found += self._bias_text(column, unit, x, y)  # first, so that its halo does not cut into the circle
            found.append(Circle(x, y, self.radius, self._fill(column, unit), color, width, self._about_unit(column, unit)))
            found += self._content(column, unit, x, y)
            names = self.options.input_names if column == 0 else self.options.output_names if column == last else None
            if names is None:
                continue
            if self._inside(names[unit]):
                found.append(Text(x, y, names[unit], theme.ink, 12.0))
            elif column == 0:
                found.append(Text(x - self.radius - 8, y, self._name(names, unit), theme.ink, anchor="end"))
            else:
                found.append(Text(x + self.radius + 8, y, self._name(names, unit), theme.ink, anchor="start"))
        return found

    def _content(self, column: int, unit: int, x: float, y: float) -> list[Shape]:
        """The numbers in a unit."""
        theme, found = self.theme, list[Shape]()
        values, grads = self.network.values, self.network.grads
        if values is not None:
            size = 11.0 * self.radius / _RADIUS[0]
            shift = 0.3 * self.radius if grads is not None else 0.0
            found.append(Text(x, y - shift, self._fit(values[column][unit]), theme.ink, size))
            if grads is not None:
                found.append(Text(x, y + shift, self._fit(grads[column][unit]), theme.ink, size - 2))
        return found

    def _bias_text(self, column: int, unit: int, x: float, y: float) -> list[Shape]:
        bias = self._bias(column, unit)
        if bias is None:
            return []
        sign = "db" if self.options.gradients else "b"
        text = f"{sign} {self._fit(bias)}"
        return [Text(x, y + self.radius + 8.5, text, self.theme.faint, 9.5, halo=self.theme.paper)]

    def _bias(self, column: int, unit: int) -> float | None:
        biases = self.network.layers[column - 1].biases if column else None
        return None if biases is None else self._shown(biases[unit])

    def _fill(self, column: int, unit: int) -> str:
        """A unit's colour: that of its kind, or its number's sign and size in its column."""
        theme = self.theme
        shown = self.network.grads if self.options.gradients else self.network.values
        if shown is None:
            last = len(self.at) - 1
            return theme.leaf if column == 0 else theme.neuron if column == last else theme.operation
        ratio = _ratio(shown[column][unit], _largest(shown[column]))
        return mix(theme.paper, theme.positive if shown[column][unit] > 0 else theme.negative, 0.34 * ratio)

    # --- weights -----------------------------------------------------------------------------------------------------

    def _shown(self, parameter: Value) -> float | None:
        """The number that a parameter's line stands for."""
        return self.network.slopes.get(parameter) if self.options.gradients else float(parameter.data)

    def _scale(self) -> float:
        """The largest number that a line stands for."""
        rows = (row for layer in self.network.layers for row in layer.weights or ())
        return _largest(number for row in rows for number in map(self._shown, row) if number is not None)

    def _numbered(self, column: int) -> bool:
        """Whether all lines into a column carry numbers."""
        lines = len(self.slots[column - 1]) * len(self.slots[column])
        known = self.network.layers[column - 1].weights is not None
        few = lines <= _FEW and len(self.slots[column]) <= 4 and not self.options.path
        return known and (few if self.options.numbers is None else self.options.numbers)

    def _lines(self) -> tuple[list[tuple[tuple[bool, float], Line]], list[Shape]]:
        """The lines, each with its rank from back to front, and the numbers on them."""
        lines, numbers = [], list[Shape]()
        for column in range(1, len(self.at)):
            layer = self.network.layers[column - 1]
            sources, targets = self.options.path.get(column - 1, set()), self.options.path.get(column, set())
            fan = min(sum(s in sources for s in self.at[column - 1]), sum(t in targets for t in self.at[column]))
            for target, (x2, y2) in self.at[column].items():
                for source, (x1, y1) in self.at[column - 1].items():
                    weight = layer.weights[target][source] if layer.weights is not None else None
                    number = None if weight is None else self._shown(weight)
                    marked = source in sources and target in targets
                    about = self._about_line(column, source, target, weight)
                    line = self._line((x1, y1, x2, y2), number, weight is not None, marked, about)
                    lines.append(((marked, abs(number or 0.0)), line))
                    if number is None or not (self._numbered(column) or (marked and self.options.numbers is not False)):
                        continue
                    # So far along that the numbers of all lines between two columns stand at different heights.
                    along = 0.5 if marked and fan == 1 and not self._numbered(column) else 1 / (len(self.slots[column]) + 1)
                    x, y = x1 + along * (x2 - x1), y1 + along * (y2 - y1)
                    color = self.theme.accent if marked else self.theme.ink
                    text = short(number, self.options.digits)
                    numbers.append(Text(x, y, text, color, 10.5 if marked else 9.5, bold=marked, halo=self.theme.paper))
        return lines, numbers

    def _line(
        self, place: tuple[float, float, float, float], number: float | None, known: bool, marked: bool, about: str
    ) -> Line:
        theme = self.theme
        if marked:
            return Line(*place, theme.accent, 3.5, about=about)
        fade = 0.35 if self.options.path else 1.0
        if number is None or not number or number != number:
            dashed = number is not None and number != number
            return Line(
                *place, mix(theme.paper, theme.line, (0.7 if dashed or not known else 0.4) * fade), 1.0, dashed, about
            )
        ratio = _ratio(number, self.scale)
        thickest = 4.0 if max(map(len, self.slots)) <= 6 else 3.0 if max(map(len, self.slots)) <= 10 else 2.2
        color = theme.positive if number > 0 else theme.negative
        return Line(
            *place, mix(theme.paper, color, (0.35 + 0.65 * ratio) * fade), 0.6 + (thickest - 0.6) * ratio, about=about
        )

    # --- words -------------------------------------------------------------------------------------------------------

    def _fit(self, number: float) -> str:
        """A number with as many digits as there is room for in a circle."""
        texts = [short(number, digits) for digits in range(self.options.digits, 0, -1)]
        return next((text for text in texts if len(text) <= 7), texts[-1])

    def _about_unit(self, column: int, unit: int) -> str:
        words = [f"{self.captions[column][0]}, unit {unit}"]
        if self.network.values is not None:
            words.append(f"activation {self.network.values[column][unit]!r}")
        if self.network.grads is not None:
            words.append(f"gradient {self.network.grads[column][unit]!r}")
        if column and self.network.layers[column - 1].biases is not None:
            words.append(self._about_parameter("bias", self.network.layers[column - 1].biases[unit]))  # type: ignore[index]
        return ", ".join(words)

    def _about_line(self, column: int, source: int, target: int, weight: Value | None) -> str:
        way = f"from unit {source} to unit {target} of the {self.captions[column][0]}"
        return way if weight is None else f"{self._about_parameter('weight', weight)}, {way}"

    def _about_parameter(self, what: str, parameter: Value) -> str:
        slope = self.network.slopes.get(parameter)
        name = f" {parameter.label}" if parameter.label else ""
        return f"{what}{name} {float(parameter.data)!r}" + ("" if slope is None else f", gradient {slope!r}")

    def _legend(self) -> tuple[list[Shape], float]:
        """What the lines and numbers mean, in a row below; and where the picture ends."""
        theme, found, x, y = self.theme, list[Shape](), _PAD, self.bottom + 14
        self._legend_width = 0.0
        if all(layer.weights is None for layer in self.network.layers):
            return found, self.bottom + _PAD
        what = "gradient" if self.options.gradients else "weight"
        words = [("positive", theme.positive), ("negative", theme.negative)]
        for text, color in words:
            found.append(Line(x, y, x + 22, y, color, 3.0))
            found.append(Text(x + 28, y, text, theme.ink, 10.0, anchor="start"))
            x += 28 + text_width(text, 10.0) + 14
        rest = f"{what}s; the widest line is {short(self.scale, self.options.digits)}"
        lines = [rest]
        if self.network.values is not None:
            lines.append("in a unit: its activation" + (", below it its gradient" if self.network.grads is not None else ""))
        found.append(Text(x, y, lines[0], theme.ink, 10.0, anchor="start"))
        self._legend_width = x + text_width(lines[0], 10.0) + _PAD
        for text in lines[1:]:
            y += 16
            found.append(Text(_PAD, y, text, theme.faint, 10.0, anchor="start"))
            self._legend_width = max(self._legend_width, _PAD + text_width(text, 10.0) + _PAD)
        return found, y + 10 + _PAD / 2


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


__all__ = ["plan"]
