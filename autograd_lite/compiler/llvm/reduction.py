"""The totals of a loop over groups of samples, a vector each, added up to a number each.

As many totals as a vector has lanes are added up at once.  Two vectors become one in three instructions: what stays in place
is put together by a blend, which any unit of the processor can do, what moves by a shuffle, which only one can, and the two
are added.  Halves move first, then quarters, and so on; the results then stand in the order of the totals if those are taken
in the order of their numbers read backwards as bits.  The order of additions within a total is the same wherever it stands.
"""


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
        lines += _blocks(lanes, blocks, clear)
    lines.append("rest:")
    if blocks * lanes == count:
        return [*lines, "  br label %end"]
    return [*lines, "  br label %one", *_one_by_one(lanes, blocks * lanes, count, clear)]


def _blocks(lanes: int, blocks: int, clear: bool) -> list[str]:
    V = f"<{lanes} x double>"
    lines = ["block:", "  %q = phi i64 [ 0, %reduce ], [ %q.next, %block ]"]
    level: list[str] = []
    for k in range(lanes):
        backwards = int(f"{k:0{lanes.bit_length() - 1}b}"[::-1], 2)
        lines += [
            f"  %q.k{k} = add i64 %q, {backwards}",
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
    return [
        *lines,
        "  %q.out = getelementptr inbounds double, ptr %sums, i64 %q",
        f"  %q.old = load {V}, ptr %q.out, align 8",
        f"  %q.new = fadd {V} %q.old, {level[0]}",
        f"  store {V} %q.new, ptr %q.out, align 8",
        f"  %q.next = add i64 %q, {lanes}",
        f"  %q.more = icmp ult i64 %q.next, {blocks * lanes}",
        "  br i1 %q.more, label %block, label %rest",
    ]


def _one_by_one(lanes: int, first: int, count: int, clear: bool) -> list[str]:
    V = f"<{lanes} x double>" if lanes > 1 else "double"
    zero = "zeroinitializer" if lanes > 1 else "0.0"
    lines = [
        "one:",
        f"  %r = phi i64 [ {first}, %rest ], [ %r.next, %one ]",
        f"  %r.at = getelementptr inbounds {V}, ptr %totals, i64 %r",
        f"  %r.0 = load {V}, ptr %r.at",
        *([f"  store {V} {zero}, ptr %r.at"] if clear else []),
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
    return [
        *lines,
        f"  %r.sum = {whole}",
        "  %r.out = getelementptr inbounds double, ptr %sums, i64 %r",
        "  %r.old = load double, ptr %r.out",
        "  %r.new = fadd double %r.old, %r.sum",
        "  store double %r.new, ptr %r.out",
        "  %r.next = add i64 %r, 1",
        f"  %r.more = icmp ult i64 %r.next, {count}",
        "  br i1 %r.more, label %one, label %end",
    ]


def _mask(places: list[int]) -> str:
    return f"<{len(places)} x i32> <{', '.join(f'i32 {place}' for place in places)}>"


__all__ = ["reduction"]
