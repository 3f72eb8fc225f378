"""The totals of a loop over groups of samples, a vector each, added up to a number each.

As many totals as a vector has lanes are added up at once.  Two vectors become one in three instructions: what stays in place
is put together by a blend, which any unit of the processor can do, what moves by a shuffle, which only one can, and the two
are added.  Halves move first, then quarters, and so on; the results then stand in the order of the totals if those are taken
in the order of their numbers read backwards as bits.  The order of additions within a total is the same wherever it stands.
"""

from autograd_lite.compiler.llvm.syntax import loop, vector


def reduction(lanes: int, count: int, clear: bool) -> list[str]:
    """The lines from the label `reduce` on: each of `count` totals in `%totals` added to its place in `%sums`, then to `end`.

    Parameters
    ----------
    lanes : int
        A power of two.
    count : int
    clear : bool
        Leave zeros in `%totals`, for the next run.
    """
    blocks = count // lanes if lanes > 1 else 0
    lines = ["reduce:", "  br label %block" if blocks else "  br label %rest"]
    if blocks:
        lines += loop("block", "reduce", _block(lanes, clear), "rest", blocks * lanes, lanes)
    lines.append("rest:")
    if blocks * lanes == count:
        return [*lines, "  br label %end"]
    return [*lines, "  br label %one", *loop("one", "rest", _one(lanes, clear), "end", count, first=blocks * lanes)]


def _block(lanes: int, clear: bool) -> list[str]:
    """As many totals as there are lanes, from `%block.k` on."""
    V = vector(lanes)
    lines: list[str] = []
    level: list[str] = []
    for k in range(lanes):
        backwards = int(f"{k:0{lanes.bit_length() - 1}b}"[::-1], 2)
        lines += [
            f"  %q.k{k} = add i64 %block.k, {backwards}",
            f"  %q.at{k} = getelementptr inbounds {V}, ptr %totals, i64 %q.k{k}",
            f"  %q.0.{k} = load {V}, ptr %q.at{k}",
            *([f"  store {V} zeroinitializer, ptr %q.at{k}"] if clear else []),
        ]
        level.append(f"%q.0.{k}")
    half, step = lanes // 2, 0
    while half:
        step += 1
        # Where bit `half` of the place is 0 the sums of the first vector gather, elsewhere those of the second.
        stay = _mask([k + (lanes if k & half else 0) for k in range(lanes)])
        move = _mask([(k ^ half) + (lanes if k & half else 0) for k in range(lanes)])
        following: list[str] = []
        for k in range(0, len(level), 2):
            name = f"%q.{step}.{k // 2}"
            lines += [
                f"  {name}.stay = shufflevector {V} {level[k]}, {V} {level[k + 1]}, {stay}",
                f"  {name}.move = shufflevector {V} {level[k]}, {V} {level[k + 1]}, {move}",
                f"  {name} = fadd {V} {name}.stay, {name}.move",
            ]
            following.append(name)
        level, half = following, half // 2
    return [*lines, *_add_to_sums("block", V, level[0])]


def _one(lanes: int, clear: bool) -> list[str]:
    """The total `%one.k`."""
    V = vector(lanes)
    lines = [
        f"  %r.at = getelementptr inbounds {V}, ptr %totals, i64 %one.k",
        f"  %r.0 = load {V}, ptr %r.at",
        *([f"  store {V} zeroinitializer, ptr %r.at"] if clear else []),
    ]
    width, step = lanes, 0
    while width > 1:
        half = width // 2
        for side, start in (("low", 0), ("high", half)):
            mask = _mask([start + k for k in range(half)])
            lines.append(f"  %r.{side}{step} = shufflevector <{width} x double> %r.{step}, <{width} x double> undef, {mask}")
        lines.append(f"  %r.{step + 1} = fadd <{half} x double> %r.low{step}, %r.high{step}")
        width, step = half, step + 1
    whole = f"extractelement <1 x double> %r.{step}, i32 0" if lanes > 1 else "fadd double %r.0, -0.0"
    return [*lines, f"  %r.sum = {whole}", *_add_to_sums("one", "double", "%r.sum")]


def _add_to_sums(name: str, kind: str, total: str) -> list[str]:
    return [
        f"  %{name}.out = getelementptr inbounds double, ptr %sums, i64 %{name}.k",
        f"  %{name}.old = load {kind}, ptr %{name}.out, align 8",
        f"  %{name}.new = fadd {kind} %{name}.old, {total}",
        f"  store {kind} %{name}.new, ptr %{name}.out, align 8",
    ]


def _mask(lanes: list[int]) -> str:
    return f"<{len(lanes)} x i32> <{', '.join(f'i32 {lane}' for lane in lanes)}>"
