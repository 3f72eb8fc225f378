"""A summary of a graph as DOT: a box says what it stands for, how often, and between which numbers it ranges."""

from collections.abc import Callable, Mapping, Sequence

from autograd_lite import RULES
from autograd_lite.draw.digraph import Digraph
from autograd_lite.draw.nodes import table
from autograd_lite.draw.numbers import clip, grad_text, markup, short, spread
from autograd_lite.draw.style import Mark, Style
from autograd_lite.structure import Box, leaf_roles


def add_boxes(dot: Digraph, boxes: Sequence[Box], style: Style, frames: Mapping[Box, Sequence[str]]) -> None:
    """Draw `boxes` into `dot`: box k is the DOT node "b<k>".

    Boxes of one repeat stand in a frame that says how often; `frames` gives further frames, by their names, outermost first.
    """
    names = {box: f"b{k}" for k, box in enumerate(boxes)}
    roles = leaf_roles(boxes)
    plates = _plates(boxes)
    inside: dict[tuple[str, ...], list[Box]] = {}
    for box in boxes:
        if box.kind == "rest":
            continue
        place = tuple(frames.get(box, ()))
        inside.setdefault((*place, f"\0{plates[box]}") if box in plates else place, []).append(box)

    def written(box: Box) -> str:
        return box_table(box, style, roles.get(box, ""), box not in plates, ".".join(frames.get(box, ())))

    _add_frames(dot, (), inside, names, written, style)
    crowded = sum(len(box.inputs) for box in boxes) / len(boxes) - 2
    if crowded > 0:  # room for the edges between columns, which would run as one thick bundle else
        dot.attr(ranksep=f"{min(2.0, 0.35 + 0.25 * crowded):.2f}")
    for box in boxes:
        cut = False
        for source, _, _ in box.inputs:
            if source.kind == "rest":
                cut = True
                continue
            highlighted = _on_path(source, box, style)
            attributes = {"color": style.theme.accent, "penwidth": "2.5"} if highlighted else {}
            dot.edge(names[source], names[box], **attributes)
        if cut:  # one stub for each box: a single box for all that is left out would be joined to everything
            dot.node(f"{names[box]}rest", label="…", shape="plain", fontcolor=style.theme.faint)
            dot.edge(f"{names[box]}rest", names[box], style="dashed", color=style.theme.faint)


def _add_frames(
    dot: Digraph,
    place: tuple[str, ...],
    inside: Mapping[tuple[str, ...], Sequence[Box]],
    names: Mapping[Box, str],
    table_of: Callable[[Box], str],
    style: Style,
) -> None:
    """The boxes at `place`, then the frames in it; as deep as names are nested, which is not very."""
    for box in inside.get(place, ()):
        dot.node(names[box], label=table_of(box))
    below = dict.fromkeys(
        path[: len(place) + 1] for path in inside if len(path) > len(place) and path[: len(place)] == place
    )
    for path in below:
        theme = style.theme
        first = next(one for one in inside if one[: len(path)] == path)
        with dot.subgraph(name=f"cluster{list(inside).index(first)}_{len(path)}") as frame:
            if path[-1].startswith("\0"):
                title = f"<B>\N{MULTIPLICATION SIGN} {inside[path][0].count:,}</B> alike, drawn once"
            else:
                title = f"<B>{markup(path[-1])}</B>"
            frame.attr(
                label=f"<{title}>", labeljust="l", labelloc="t", style="rounded,dashed", color=theme.line, fontcolor=theme.ink,
                fontsize="10",
                margin="10",
            )  # fmt: skip
            _add_frames(frame, path, inside, names, table_of, style)


def _plates(boxes: Sequence[Box]) -> dict[Box, int]:
    """Boxes that repeat together: as often as each other, and linked one to one.  A number for each group of two and more."""
    root = {box: box for box in boxes if box.count > 1}

    def find(box: Box) -> Box:
        while root[box] is not box:
            root[box] = root[root[box]]
            box = root[box]
        return box

    for box in root:
        for source, _, times in box.inputs:
            if source in root and source.count == box.count and times % box.count == 0 and source is not box:
                root[find(source)] = find(box)
    teams: dict[Box, list[Box]] = {}
    for box in root:
        teams.setdefault(find(box), []).append(box)
    return {box: k for k, team in enumerate(teams.values()) if len(team) > 1 for box in team}


def box_table(box: Box, style: Style, role: str = "", counted: bool = True, frame: str = "") -> str:
    """The label of one box; `role` says what it is for others, `counted` whether it says how often it is there.

    The part of its name that the `frame` around it says already is left out.
    """
    title, about = _title(box, role, f"{box.name}.".removeprefix(f"{frame}.").removesuffix("."))
    heading = f"<B>{markup(clip(title))}</B>"
    if about:
        heading += f"  {markup(about)}"
    if counted and box.count > 1:
        heading += f"  <B>\N{MULTIPLICATION SIGN} {box.count:,}</B>"
    rows = [[heading]]
    shown = box.outputs or []
    if shown:
        cells = [f"data {spread([node.data for node in shown], style.digits)}"]
        if box.op == "constant":
            cells.append(f'<FONT COLOR="{style.theme.faint}">constant</FONT>')
        elif style.grads:
            text = grad_text(shown, style.digits)
            faint = f'<FONT COLOR="{style.theme.faint}">grad {text}</FONT>'
            cells.append(faint if "not computed" in text else f"grad {text}")
        rows.append(cells)
    return table(rows, _fill(box, style), style, _mark(box, style))


def _title(box: Box, role: str, name: str) -> tuple[str, str]:
    """What a box is called, and what it is."""
    size = f"{box.units:,}"
    activation = _symbol(box.op) if box.op else "linear"
    match box.kind:
        case "leaf":
            return (name, role if box.count > 1 else "") if name else (role or "value", "")
        case "leaves":
            what = f"{size} {_plural(role or 'value')}"
            return (name, what) if name else (what, "")
        case "sum":
            terms = sum(one.times for one in box.inputs) // box.count
            return name or "sum", f"of {terms:,} terms"
        case "products":
            return name or "sum of products", ""
        case "neuron":
            return name or "neuron", _fed(box) + activation
        case "layer":
            return name or "layer", f"{size} neurons, {_fed(box)}{activation}"
        case "group":
            return name, f"{len(box.nodes):,} nodes"
    return (name, f"= {_formula(box)}") if name else (_formula(box), "")


def _fed(box: Box) -> str:
    inputs = sum(one.times for one in box.inputs if one.role == "weight") // (box.units * box.count)
    return f"{inputs:,} input{'s' if inputs > 1 else ''}, " if inputs else ""


def _plural(role: str) -> str:
    return "biases" if role == "bias" else f"{role}s"


def _formula(box: Box) -> str:
    """An operation with its plain numbers filled in, as in "a ** 2"; the symbol alone if there are none."""
    rule = RULES[box.op]
    if not box.constants or not rule.text or rule.variadic:
        return _symbol(box.op)
    text = rule.text
    for role, number in box.constants:
        text = text.replace(f"<{role}>", "c" if number != number else short(number))
    for role in rule.arguments:
        text = text.replace(f"<{role}>", "\N{MIDDLE DOT}")
    return text


def _symbol(op: str) -> str:
    rule = RULES.get(op)
    return op if rule is None else rule.symbol or rule.name


def _fill(box: Box, style: Style) -> str:
    theme = style.theme
    if box.op == "constant" and box.kind in {"leaf", "leaves"}:
        return theme.group
    return {
        "leaf": theme.leaf, "leaves": theme.leaf, "operation": theme.value, "sum": theme.operation, "products": theme.operation,
        "neuron": theme.neuron, "layer": theme.layer,
    }.get(box.kind, theme.group)  # fmt: skip


def _mark(box: Box, style: Style) -> Mark | None:
    if not style.marks:
        return None
    return next((style.marks[node] for node in box.nodes if node in style.marks), None)


def _on_path(source: Box, box: Box, style: Style) -> bool:
    if not style.path:
        return False
    below, above = set(source.outputs), set(box.nodes)
    return any(parent in below and child in above for parent, child in style.path)


__all__ = ["add_boxes", "box_table"]
