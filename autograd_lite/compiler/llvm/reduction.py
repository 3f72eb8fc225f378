"""The totals of a loop over groups of samples, a vector each, added up to a number each.

As many totals as a vector has lanes are added up at once, by a transposition in halves: every addition is one of full
vectors.  The order within a total is the same wherever it stands: halves, then quarters, and so on.
"""


def reduction(lanes: int, count: int) -> list[str]:
    """The lines from the label `reduce` on: each of `count` totals in `%totals` added to its place in `%sums`, then to `end`.

    Parameters
    ----------
    lanes : int
        A power of two.
    count : int
    """
    blocks = count // lanes if lanes > 1 else 0
    lines = ["reduce:", "  br label %block" if blocks else "  br label %rest"]
    if blocks:
        lines += _blocks(lanes, blocks)
    lines.append("rest:")
    if blocks * lanes == count:
        return [*lines, "  br label %end"]
    return [*lines, "  br label %one", *_one_by_one(lanes, blocks * lanes, count)]


def _blocks(lanes: int, blocks: int) -> list[str]:
    V = f"<{lanes} x double>"
    lines = ["block:", "  %q = phi i64 [ 0, %reduce ], [ %q.next, %block ]"]
    level: list[str] = []
    for k in range(lanes):
        lines += [
            f"  %q.k{k} = add i64 %q, {k}",
            f"  %q.at{k} = getelementptr inbounds {V}, ptr %totals, i64 %q.k{k}",
            f"  %q.0.{k} = load {V}, ptr %q.at{k}",
        ]
        level.append(f"%q.0.{k}")
    width, step = lanes, 0
    while width > 1:
        step += 1
        low = _mask([base + k for base in range(0, 2 * lanes, width) for k in range(width // 2)])
        high = _mask([base + width // 2 + k for base in range(0, 2 * lanes, width) for k in range(width // 2)])
        following: list[str] = []
        for k in range(0, len(level), 2):
            name = f"%q.{step}.{k // 2}"
            lines += [
                f"  {name}.low = shufflevector {V} {level[k]}, {V} {level[k + 1]}, {low}",
                f"  {name}.high = shufflevector {V} {level[k]}, {V} {level[k + 1]}, {high}",
                f"  {name} = fadd {V} {name}.low, {name}.high",
            ]
            following.append(name)
        level, width = following, width // 2
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


def _one_by_one(lanes: int, first: int, count: int) -> list[str]:
    V = f"<{lanes} x double>" if lanes > 1 else "double"
    lines = [
        "one:",
        f"  %r = phi i64 [ {first}, %rest ], [ %r.next, %one ]",
        f"  %r.at = getelementptr inbounds {V}, ptr %totals, i64 %r",
        f"  %r.0 = load {V}, ptr %r.at",
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
