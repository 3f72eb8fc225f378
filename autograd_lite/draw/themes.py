"""Colours, for light paper and for dark.  Every text colour stands out from every fill by WCAG's 4.5 to 1; a test measures it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """The colours of a picture, as "#rrggbb".

    Attributes
    ----------
    paper, ink, faint, line : str
        Background, text, lesser text, lines.
    leaf, value, operation, neuron, layer, group : str
        Fills of the boxes of each kind.
    accent : str
        What is highlighted.
    positive, negative : str
        For signed numbers, weights above all.
    """

    paper: str
    ink: str
    faint: str
    line: str
    leaf: str
    value: str
    operation: str
    neuron: str
    layer: str
    group: str
    accent: str
    positive: str
    negative: str


THEMES = {
    "light": Theme(
        paper="#ffffff", ink="#1f2328", faint="#5a636d", line="#6e7781",
        leaf="#dafbe1", value="#ffffff", operation="#ddf4ff", neuron="#fff8c5", layer="#fbefff", group="#eaeef2",
        accent="#cf222e", positive="#0969da", negative="#bc4c00",
    ),
    "dark": Theme(
        paper="#0d1117", ink="#e6edf3", faint="#9da5ae", line="#8b949e",
        leaf="#10381f", value="#161b22", operation="#0c2d6b", neuron="#43360b", layer="#3b2161", group="#2a313a",
        accent="#ff7b72", positive="#58a6ff", negative="#f0883e",
    ),
}  # fmt: skip


def theme_named(name: str) -> Theme:
    """The theme of that name.

    >>> theme_named("dark").paper
    '#0d1117'
    >>> theme_named("pink")
    Traceback (most recent call last):
    ValueError: theme is light or dark, not 'pink'
    """
    if name not in THEMES:
        raise ValueError(f"theme is {' or '.join(THEMES)}, not {name!r}")
    return THEMES[name]


def mix(below: str, above: str, part: float) -> str:
    """The colour that is `part` of one, and for the rest the other.

    >>> mix("#ffffff", "#000000", 0.25)
    '#bfbfbf'
    """
    one, two = ([int(color[k : k + 2], 16) for k in (1, 3, 5)] for color in (below, above))
    return "#" + "".join(f"{round(p + (q - p) * part):02x}" for p, q in zip(one, two, strict=True))
