"""A kernel with loops as functions: memory around, what all samples share first, then chunk after chunk of the samples."""

import re

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm.loops.bodies import place_rounds
from autograd_lite.compiler.llvm.loops.nests import nest_text
from autograd_lite.compiler.llvm.loops.plan import Plan
from autograd_lite.compiler.llvm.loops.views import SAMPLE
from autograd_lite.compiler.llvm.syntax import cleared, hexadecimal, loop, vector

#: Samples that are computed together, if what is kept of them takes no more than so many numbers in memory.
CHUNKS, MOST = (64, 24, 8), 1 << 23
#: Memory of so many numbers is taken from the stack.
_SMALL = 2048
#: Functions of more lines are cut: the code generator takes longer than in proportion.
LONGEST = 400
#: What nests may need.
_NEEDED = {
    **dict.fromkeys(("%shared", "%sums", "%memory", "%weight", "%row", "%inputs", "%here", "%each"), "ptr"),
    **dict.fromkeys(("%start", "%size", "%last", "%padded"), "i64"), "%samples": "double",
}  # fmt: skip
_NAME = re.compile(r"%[a-z]+(?![\w.])")
_GIVEN = ("shared", "rows", "offsets", "weights")


def looped_functions(
    kernel: Kernel,
    name: str,
    lanes: int,
    declared: dict[str, str],
    apart: bool,
    weighted: bool = False,
    stored: bool = False,
    contract: bool = False,
    table: bool = False,
) -> list[str]:
    """The functions of a kernel; adds to `declared` what they call.

    Parameters
    ----------
    kernel : Kernel
        Its program is in the core, and has loops.
    name : str
    lanes : int
    declared : dict
    apart : bool
        Take the samples one after the other.
    weighted, stored, contract, table : bool
        As in `Schedule`.
    """
    for chunk in [1] if apart else [chunk for chunk in CHUNKS if chunk % lanes == 0]:
        plan = Plan(kernel, weighted, stored, chunk, table, name, place_rounds)
        if plan.size <= MOST:
            break
    for table_name, numbers in plan.space.tables.items():
        entries = ", ".join([f"double {hexadecimal(number)}" for number in numbers])
        declared[table_name] = f"{table_name} = internal constant [{len(numbers)} x double] [{entries}]"
    functions, bodies = list[str](), list[list[str]]()
    for once in (True, False):
        texts = [
            nest_text(plan, nest, f"n{number}", lanes, contract, declared)
            for number, nest in enumerate(plan.nests)
            if nest.once is once
        ]
        bodies.append(_cut(texts, f"{name}.{'once' if once else 'part'}", functions))
    return [*functions, _outer(plan, name, declared), _inner(plan, name, lanes, *bodies)]


def _cut(nests: list[list[str]], name: str, functions: list[str]) -> list[str]:
    """The nests one after the other; many of them in functions of their own, which are added to the others, and calls of these."""
    parts: list[list[str]] = [[]]
    for nest in nests:
        if len(parts[-1]) + len(nest) > LONGEST and parts[-1]:
            parts.append([])
        parts[-1] += nest
    if len(parts) == 1:
        return parts[0]
    calls = list[str]()
    for number, lines in enumerate(parts):
        used = set(_NAME.findall("\n".join(lines)))
        arguments = [f"{kind} {one}" for one, kind in _NEEDED.items() if one in used]
        takes = ", ".join(one.replace("ptr %", "ptr noalias %") for one in arguments)
        head = f"define internal i64 @{name}{number}({takes}) nounwind noinline {{"
        functions.append("\n".join([head, "entry:", *lines, "  ret i64 -1", "}"]))
        calls += [
            f"  %{name}{number} = call i64 @{name}{number}({', '.join(arguments)})",
            f"  %{name}{number}.bad = icmp sge i64 %{name}{number}, 0",
            f"  br i1 %{name}{number}.bad, label %{name}{number}.leave, label %{name}{number}.after",
            f"{name}{number}.leave:",
            f"  ret i64 %{name}{number}",
            f"{name}{number}.after:",
        ]
    return calls


def _outer(plan: Plan, name: str, declared: dict[str, str]) -> str:
    """The function that is called: it has the memory; a number behind those of the guards says that there is none."""
    totals = ", ptr %totals" * plan.weighted
    lines = [
        f"define i64 @{name}(ptr %shared, ptr %again, ptr %rows, ptr %offsets, ptr %weights, i64 %count, ptr %sums, "
        f"ptr %each{totals}) nounwind {{",
        "entry:",
    ]
    arguments = f"ptr %{', ptr %'.join(_GIVEN)}, i64 %count, ptr %sums, ptr %each, ptr %memory"
    call = f"  %flip = call i64 @{name}.inner({arguments})"
    if plan.size <= _SMALL:
        lines += [f"  %memory = alloca [{max(1, plan.size)} x double], align 64", call]
    else:
        declared["@malloc"] = "declare noalias ptr @malloc(i64) nounwind"
        declared["@free"] = "declare void @free(ptr) nounwind"
        lines += [
            f"  %taken = call ptr @malloc(i64 {8 * plan.size + 64})",
            "  %none = icmp eq ptr %taken, null",
            "  br i1 %none, label %out, label %in",
            "out:",
            f"  ret i64 {len(plan.program.guards)}",
            "in:",
            "  %number = ptrtoint ptr %taken to i64",
            "  %after = add i64 %number, 63",
            "  %line = and i64 %after, -64",
            "  %memory = inttoptr i64 %line to ptr",
            call,
            "  call void @free(ptr %taken)",
        ]
    return "\n".join([*lines, "  ret i64 %flip", "}"])


def _inner(plan: Plan, name: str, lanes: int, once: list[str], chunked: list[str]) -> str:
    """What all samples share, then the loop over the chunks."""
    given = ", ".join(f"ptr noalias {'' if plan.in_table and one == 'weights' else 'readonly '}%{one}" for one in _GIVEN)
    lines = [
        f"define internal i64 @{name}.inner({given}, i64 %count, ptr noalias %sums, ptr noalias %{'columns' if plan.in_table else 'each'}, "
        "ptr noalias %memory) "
        "nounwind noinline {",
        "entry:",
        f"  %origin = {'ptrtoint ptr %offsets to i64' if plan.in_table else 'add i64 0, 0'}",
        "  %number = sub i64 %count, %origin",
        "  %samples = uitofp i64 %number to double",
        *(_at("inputs", plan.inputs) if plan.width > 0 and (plan.in_table or not plan.apart) else []),
        *(_at("results", plan.results) if plan.in_table else []),
        *(_at("copies", plan.rows.place) if plan.width > 0 and not plan.in_table and not plan.apart else []),
    ]
    if plan.sums_cleared:
        lines += ["  br label %clear", *cleared("clear", "entry", "%sums", "double", "begin", plan.kernel.summed), "begin:"]
    lines += once
    if not chunked:
        return "\n".join([*lines, "  ret i64 -1", "}"])
    return "\n".join([
        *lines,
        "  br label %first",
        "first:",
        "  br label %chunk",
        "chunk:",
        "  %start = phi i64 [ %origin, %first ], [ %start.next, %done ]",
        "  %left = sub i64 %count, %start",
        f"  %many = icmp ugt i64 %left, {plan.chunk}",
        f"  %size = select i1 %many, i64 {plan.chunk}, i64 %left",
        "  %last = sub i64 %size, 1",
        f"  %filled = add i64 %size, {0 if plan.apart else lanes - 1}",
        f"  %padded = and i64 %filled, -{1 if plan.apart else lanes}",
        "  %weight = getelementptr inbounds double, ptr %weights, i64 %start",
        *(["  store i64 %start, ptr %weights", *_moved_back(plan)] if plan.in_table else []),
        *(_own_row(plan) if plan.apart else []),
        *_cleared_rows(plan),
        *(_columns(plan, "in", "%rows", "%inputs", plan.width, "filling", "turn") if plan.in_table else _rows(plan, lanes)),
        *chunked,
        *(_columns(plan, "out", "%columns", "%results", plan.kernel.each, "handed", "done") if plan.in_table else ["  br label %done"]),
        "done:",
        f"  %start.next = add i64 %start, {plan.chunk}",
        "  %more = icmp ult i64 %start.next, %count",
        "  br i1 %more, label %chunk, label %end",
        "end:",
        "  ret i64 -1",
        "}",
    ])  # fmt: skip


def _own_row(plan: Plan) -> list[str]:
    """Where the numbers of the one sample of a chunk are, and its results."""
    row = [
        "  %row.at = getelementptr inbounds i64, ptr %offsets, i64 %start",
        "  %row.offset = load i64, ptr %row.at",
        "  %row = getelementptr inbounds double, ptr %rows, i64 %row.offset",
    ]
    each = [
        f"  %here.at = mul i64 %start, {plan.kernel.each}",
        "  %here = getelementptr inbounds double, ptr %each, i64 %here.at",
    ]
    return (row if plan.width > 0 and not plan.in_table else []) + each


def _cleared_rows(plan: Plan) -> list[str]:
    """Where results of each sample are added up, zeros."""
    if not plan.each_cleared:
        return ["  br label %filling", "filling:"]
    each = plan.kernel.each
    return [
        f"  %each.size = mul i64 %size, {each}",
        f"  %each.start = mul i64 %start, {each}",
        "  %each.rows = getelementptr inbounds double, ptr %each, i64 %each.start",
        "  br label %empty",
        *cleared("empty", "chunk", "%each.rows", "double", "filling", "%each.size"),
        "filling:",
    ]


def _moved_back(plan: Plan) -> list[str]:
    """The results of a chunk, of which those of sample `%start` are the first, counted from sample 0."""
    return [f"  %before = mul i64 %start, -{plan.kernel.each}", "  %each = getelementptr double, ptr %results, i64 %before"]


def _columns(plan: Plan, name: str, table: str, memory: str, width: int, before: str, after: str) -> list[str]:
    """The numbers of a chunk copied from columns, the last one as often as fills a vector; or results copied to columns."""
    inside = name == "in"
    start = [] if inside else [f"  br label %{before}", f"{before}:"]
    if width <= 0:
        return [*start, f"  br label %{after}", *([f"{after}:"] if inside else [])]
    entry, stride = ("[2 x i64]", "load i64, ptr %in.far") if inside else ("ptr", "add i64 8, 0")
    return [
        *start,
        f"  br label %{name}.column",
        f"{name}.column:",
        f"  %{name}.j = phi i64 [ 0, %{before} ], [ %{name}.j.next, %{name}.end ]",
        f"  %{name}.place = getelementptr inbounds {entry}, ptr {table}, i64 %{name}.j",
        f"  %{name}.address = load ptr, ptr %{name}.place",
        f"  %{name}.far = getelementptr inbounds i64, ptr %{name}.place, i64 1",
        f"  %{name}.stride = {stride}",
        f"  %{name}.by = mul i64 %start, %{name}.stride",
        f"  %{name}.there = getelementptr i8, ptr %{name}.address, i64 %{name}.by",
        f"  %{name}.row = mul i64 %{name}.j, {plan.pitch if inside else 1}",
        f"  %{name}.here = getelementptr inbounds double, ptr {memory}, i64 %{name}.row",
        f"  br label %{name}.copy",
        f"{name}.copy:",
        f"  %{name}.k = phi i64 [ 0, %{name}.column ], [ %{name}.k.next, %{name}.copy ]",
        f"  %{name}.least = icmp ult i64 %{name}.k, %size",
        f"  %{name}.one = select i1 %{name}.least, i64 %{name}.k, i64 %last",
        f"  %{name}.apart = mul i64 %{name}.one, %{name}.stride",
        f"  %{name}.outer = getelementptr i8, ptr %{name}.there, i64 %{name}.apart",
        f"  %{name}.step = mul i64 %{name}.{'k' if inside else 'one'}, {1 if inside else plan.kernel.each}",
        f"  %{name}.inner = getelementptr inbounds double, ptr %{name}.here, i64 %{name}.step",
        f"  %{name}.it = load double, ptr %{name}.{'outer' if inside else 'inner'}, align 1",
        f"  store double %{name}.it, ptr %{name}.{'inner' if inside else 'outer'}",
        f"  %{name}.k.next = add i64 %{name}.k, 1",
        f"  %{name}.k.more = icmp ult i64 %{name}.k.next, %{'padded' if inside else 'size'}",
        f"  br i1 %{name}.k.more, label %{name}.copy, label %{name}.end",
        f"{name}.end:",
        f"  %{name}.j.next = add i64 %{name}.j, 1",
        f"  %{name}.j.more = icmp ult i64 %{name}.j.next, {width}",
        f"  br i1 %{name}.j.more, label %{name}.column, label %{after}",
        *([f"{after}:"] if inside else []),
    ]


def _at(name: str, place: int) -> list[str]:
    return [f"  %{name} = getelementptr inbounds double, ptr %memory, i64 {place}"]


def _rows(plan: Plan, lanes: int) -> list[str]:
    """The rows of a chunk copied, the last one as often as fills a vector."""
    if not plan.width or plan.apart:
        return []
    return [
        "  br label %row",
        "row:",
        "  %row.k = phi i64 [ 0, %filling ], [ %row.next, %row.end ]",
        "  %row.there = icmp ult i64 %row.k, %size",
        "  %row.one = select i1 %row.there, i64 %row.k, i64 %last",
        "  %row.number = add i64 %start, %row.one",
        *_copied(plan, lanes),
        "row.end:",
        "  %row.next = add i64 %row.k, 1",
        "  %row.more = icmp ult i64 %row.next, %padded",
        "  br i1 %row.more, label %row, label %turn",
        "turn:",
    ]


def _copied(plan: Plan, lanes: int) -> list[str]:
    """One row copied: whole vectors, then what is left."""
    lines = [
        "  %row.at = getelementptr inbounds i64, ptr %offsets, i64 %row.number",
        "  %row.offset = load i64, ptr %row.at",
        "  %row.from = getelementptr inbounds double, ptr %rows, i64 %row.offset",
        f"  %row.place = mul i64 %row.k, {plan.rows.stride(SAMPLE)}",
        "  %row.to = getelementptr inbounds double, ptr %copies, i64 %row.place",
    ]
    whole, before = plan.width // lanes * lanes, "row"
    pieces = [piece for piece in (("copy", 0, whole, lanes), ("tail", whole, plan.width, 1)) if piece[1] < piece[2]]
    for index, (name, first, count, step) in enumerate(pieces):
        after = pieces[index + 1][0] if index + 1 < len(pieces) else "row.end"
        body = [
            f"  %{name}.from = getelementptr inbounds double, ptr %row.from, i64 %{name}.k",
            f"  %{name}.it = load {vector(step)}, ptr %{name}.from, align 8",
            f"  %{name}.to = getelementptr inbounds double, ptr %row.to, i64 %{name}.k",
            f"  store {vector(step)} %{name}.it, ptr %{name}.to, align 8",
        ]
        lines += [f"  br label %{name}"] if index == 0 else []
        lines += loop(name, before, body, after, count, step, first)
        before = name
    return lines
