"""A summary of a graph as DOT: a box says what it stands for, how often, and between which numbers it ranges."""

from collections.abc import Mapping, Sequence

from autograd_lite import RULES
from autograd_lite.draw.digraph import Digraph
from autograd_lite.draw.nodes import own_rule, table
from autograd_lite.draw.style import Style
from autograd_lite.draw.text import clip, grad_text, markup, spread
from autograd_lite.draw.themes import Theme
from autograd_lite.formatting import short
from autograd_lite.structure import Box, leaf_roles, plural


def add_boxes(dot: Digraph, boxes: Sequence[Box], style: Style) -> None:
    """Draw `boxes` into `dot`: box k is the DOT node "b<k>".

    Boxes of one repeat stand in a frame that says how often; those of a group in a frame with its name.
    """
    names = {box: f"b{k}" for k, box in enumerate(boxes)}
    roles = leaf_roles(boxes)
    plates = _plates(boxes)
    nodes: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    titles: dict[tuple[str, ...], str] = {}
    for box in boxes:
        if box.kind == "rest":
            continue
        place = box.frame
        if box in plates:
            place = (*place, f"\0{plates[box]}")  # no name that an author could give
            titles[place] = f"<B>\N{MULTIPLICATION SIGN} {box.count:,}</B> alike, drawn once"
        label = box_table(box, style, roles.get(box, ""), counted=box not in plates)
        nodes.setdefault(place, []).append((names[box], label))
    _add_frames(dot, (), nodes, titles, style.theme)
    crowded = sum(len(box.inputs) for box in boxes) / len(boxes) - 2
    if crowded > 0:  # room for the edges between columns, which would run as one thick bundle else
        dot.attr(ranksep=f"{min(2.0, 0.35 + 0.25 * crowded):.2f}")
    for box in boxes:
        for source, _, _ in box.inputs:
            if source.kind != "rest":
                dot.edge(names[source], names[box], **style.line(_highlighted(source, box, style)))
        if any(source.kind == "rest" for source, _, _ in box.inputs):
            # One stub for each box: a single box for all that is left out would be joined to everything.
            dot.node(f"{names[box]}rest", label="…", shape="plain", fontcolor=style.theme.faint)
            dot.edge(f"{names[box]}rest", names[box], style="dashed", color=style.theme.faint)


def _add_frames(
    dot: Digraph,
    place: tuple[str, ...],
    nodes: Mapping[tuple[str, ...], Sequence[tuple[str, str]]],
    titles: Mapping[tuple[str, ...], str],
    theme: Theme,
) -> None:
    """The nodes at `place`, then the frames in it; as deep as names are nested, which is not very."""
    for name, label in nodes.get(place, ()):
        dot.node(name, label=label)
    depth = len(place) + 1
    frames: dict[tuple[str, ...], int] = {}
    for k, path in enumerate(nodes):
        if len(path) >= depth and path[: depth - 1] == place:
            frames.setdefault(path[:depth], k)
    for path, k in frames.items():
        title = titles.get(path) or f"<B>{markup(path[-1])}</B>"
        with dot.subgraph(name=f"cluster{k}_{depth}") as frame:
            frame.attr(
                label=f"<{title}>", labeljust="l", labelloc="t", style="rounded,dashed", color=theme.line, fontcolor=theme.ink,
                fontsize="10", margin="10",
            )  # fmt: skip
            _add_frames(frame, path, nodes, titles, theme)


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
    plates: dict[Box, list[Box]] = {}
    for box in root:
        plates.setdefault(find(box), []).append(box)
    return {box: k for k, plate in enumerate(plates.values()) if len(plate) > 1 for box in plate}


def box_table(box: Box, style: Style, role: str = "", counted: bool = True) -> str:
    """The label of one box; `role` says what it is for others, `counted` whether it says how often it is there.

    The part of its name that the frame around it says already is left out.
    """
    title, about = _title(box, role, f"{box.name}.".removeprefix(f"{'.'.join(box.frame)}.").removesuffix("."))
    heading = f"<B>{markup(clip(title))}</B>"
    if about:
        heading += f"  {markup(about)}"
    if counted and box.count > 1:
        heading += f"  <B>\N{MULTIPLICATION SIGN} {box.count:,}</B>"
    rows = [[heading]]
    if box.outputs:
        rows.append([f"data {spread([node.data for node in box.outputs], style.digits)}"])
        if box.op == "constant":
            rows[-1].append(style.faint("constant"))
        elif style.grads:
            text = f"grad {grad_text(box.outputs, style.digits)}"
            rows[-1].append(style.faint(text) if "not computed" in text else text)
    mark = next((style.marks[node] for node in box.nodes if node in style.marks), None) if style.marks else None
    return table(rows, _fill(box, style.theme), style, mark)


def _title(box: Box, role: str, name: str) -> tuple[str, str]:
    """What a box is called, and what it is."""
    size = f"{box.units:,}"
    activation = _symbol(box.op) if box.op else "linear"
    match box.kind:
        case "leaf":
            return (name, role if box.count > 1 else "") if name else (role or "value", "")
        case "leaves":
            what = f"{size} {plural(role or 'value')}"
            return (name, what) if name else (what, "")
        case "sum":
            terms = sum(one.times for one in box.inputs) // box.count
            return name or "sum", f"of {terms:,} terms"
        case "products":
            return name or "sum of products", ""
        case "neuron":
            return name or "neuron", _inputs(box) + activation
        case "layer":
            return name or "layer", f"{size} neurons, {_inputs(box)}{activation}"
        case "group":
            return name, f"{len(box.nodes):,} nodes"
    return (name, f"= {_formula(box)}") if name else (_formula(box), "")


def _inputs(box: Box) -> str:
    inputs = sum(one.times for one in box.inputs if one.role == "weight") // (box.units * box.count)
    return f"{inputs:,} input{'s' if inputs > 1 else ''}, " if inputs else ""


def _formula(box: Box) -> str:
    """An operation with its plain numbers filled in, as in "a ** 2"; the symbol alone if there are none."""
    rule = RULES.get(box.op)
    if rule is None or not box.constants or not rule.text or rule.variadic:
        return _symbol(box.op)
    text = rule.text
    for role, number in box.constants:
        text = text.replace(f"<{role}>", "c" if number != number else short(number))
    for role in rule.arguments:
        text = text.replace(f"<{role}>", "\N{MIDDLE DOT}")
    return text


def _symbol(op: str) -> str:
    rule = RULES.get(op)
    if rule is None:
        return f"{op.partition(' ')[2]} {own_rule(op)}".strip() or op
    return rule.symbol or rule.name


def _fill(box: Box, theme: Theme) -> str:
    if box.op == "constant" and box.kind in {"leaf", "leaves"}:
        return theme.group
    return {
        "leaf": theme.leaf, "leaves": theme.leaf, "operation": theme.value, "sum": theme.operation, "products": theme.operation,
        "neuron": theme.neuron, "layer": theme.layer,
    }.get(box.kind, theme.group)  # fmt: skip


def _highlighted(source: Box, box: Box, style: Style) -> bool:
    below, above = set(source.outputs), set(box.nodes)
    return any(parent in below and child in above for parent, child in style.edges)
