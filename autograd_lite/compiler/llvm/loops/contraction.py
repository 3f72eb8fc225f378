"""The one function in which nearly all the time of a layer goes: a matrix times a matrix, in tiles that stay in registers.

    C[m][n] (+)= sum over k of A[m][k] * B[k][n]

n lies together in B and C, so that vectors run along it; A is found by any strides, one number at a time for all lanes.  A
tile of three rows and four vectors is twelve sums; with a vector of B and three numbers of A that fills sixteen registers,
and seven loads serve twelve products.  k is cut into blocks, so that the panel of B that a column of tiles goes through stays
in the first cache.  Sizes and strides are arguments: one function serves all layers of a module, and its text has no size.
"""

from autograd_lite.compiler.llvm.syntax import vector

#: Rows and vectors of a tile, and the length of a block of k.
ROWS, WIDTHS, BLOCK = 3, (4, 2, 1), 192
_ARGUMENTS = (
    "ptr noalias %C, i64 %cm, ptr noalias readonly %A, i64 %am, i64 %ak, ptr noalias readonly %B, i64 %bk, i64 %M, "
    "i64 %N, i64 %K, i64 %added"
)


def contraction(lanes: int, declared: dict[str, str]) -> str:
    """The name of the function for so many lanes; it is added to what is declared, with what it calls."""
    name, V, T = f"@contract.{lanes}", vector(lanes), vector(lanes, "i1")
    if name not in declared:
        kind = f"v{lanes}f64" if lanes > 1 else "f64"
        declared[f"@llvm.fmuladd.{kind}"] = f"declare {V} @llvm.fmuladd.{kind}({', '.join([V] * 3)})"
        panels = [_panel(lanes, width, masked=False) for width in WIDTHS]
        if lanes > 1:
            load, store = f"@llvm.masked.load.v{lanes}f64.p0", f"@llvm.masked.store.v{lanes}f64.p0"
            declared[load] = f"declare {V} {load}(ptr, i32, {T}, {V})"
            declared[store] = f"declare void {store}({V}, ptr, i32, {T})"
            panels.append(_panel(lanes, 1, masked=True))
        declared[name] = "\n".join([*panels, _blocks(lanes)])
    return name


def _blocks(lanes: int) -> str:
    """Blocks of k, in each the panels of vectors, and what is left of n by a mask."""
    lines = [
        f"define internal void @contract.{lanes}({_ARGUMENTS}) nounwind noinline {{",
        "entry:",
        "  br label %block",
        "block:",
        "  %k = phi i64 [ 0, %entry ], [ %k.next, %done ]",
        "  %keep = phi i64 [ %added, %entry ], [ 1, %done ]",
        "  %left = sub i64 %K, %k",
        f"  %long = icmp ugt i64 %left, {BLOCK}",
        f"  %much = select i1 %long, i64 {BLOCK}, i64 %left",
        "  %a.k = mul i64 %k, %ak",
        "  %a = getelementptr inbounds double, ptr %A, i64 %a.k",
        "  %b.k = mul i64 %k, %bk",
        "  %b = getelementptr inbounds double, ptr %B, i64 %b.k",
        f"  br label %look{WIDTHS[0]}",
    ]
    before, n = "block", "0"
    names = [*[(str(width), width * lanes) for width in WIDTHS], *([("rest", 1)] if lanes > 1 else [])]
    for index, (name, wide) in enumerate(names):
        after = f"look{names[index + 1][0]}" if index + 1 < len(names) else "done"
        lines += [
            f"look{name}:",
            f"  %n{name} = phi i64 [ {n}, %{before} ], [ %n{name}.next, %panel{name} ]",
            f"  %n{name}.left = sub i64 %N, %n{name}",
            f"  %n{name}.some = icmp uge i64 %n{name}.left, {wide}",
            f"  br i1 %n{name}.some, label %panel{name}, label %{after}",
            f"panel{name}:",
            f"  %b{name} = getelementptr inbounds double, ptr %b, i64 %n{name}",
            f"  %c{name} = getelementptr inbounds double, ptr %C, i64 %n{name}",
            f"  call void @contract.{lanes}.{name}(ptr %c{name}, i64 %cm, ptr %a, i64 %am, i64 %ak, ptr %b{name}, i64 %bk, "
            f"i64 %M, i64 %n{name}.left, i64 %much, i64 %keep)",
            f"  %n{name}.next = add i64 %n{name}, {wide if name != 'rest' else f'%n{name}.left'}",
            f"  br label %look{name}",
        ]
        before, n = f"look{name}", f"%n{name}"
    return "\n".join([
        *lines,
        "done:",
        "  %k.next = add i64 %k, %much",
        "  %more = icmp ult i64 %k.next, %K",
        "  br i1 %more, label %block, label %end",
        "end:",
        "  ret void",
        "}",
    ])  # fmt: skip


def _panel(lanes: int, width: int, masked: bool) -> str:
    """All rows of a panel of so many vectors: tiles of the most rows, then what is left."""
    lines = [
        f"define internal void @contract.{lanes}.{'rest' if masked else width}({_ARGUMENTS}) nounwind noinline {{",
        "entry:",
        "  %kept = icmp ne i64 %added, 0",
    ]
    if masked:
        whole = vector(lanes, "i64")
        numbers = ", ".join(f"i64 {lane}" for lane in range(lanes))
        lines += [
            f"  %N.one = insertelement {whole} undef, i64 %N, i32 0",
            f"  %N.all = shufflevector {whole} %N.one, {whole} undef, <{lanes} x i32> zeroinitializer",
            f"  %mask = icmp ult {whole} <{numbers}>, %N.all",
        ]
    lines += [f"  %am{row} = mul i64 %am, {row}" for row in range(2, ROWS)]
    lines += [f"  %cm{row} = mul i64 %cm, {row}" for row in range(2, ROWS)]
    lines.append(f"  br label %look{ROWS}")
    before, m = "entry", "0"
    for rows in range(ROWS, 0, -1):
        after = f"look{rows - 1}" if rows > 1 else "end"
        lines += [
            f"look{rows}:",
            f"  %m{rows} = phi i64 [ {m}, %{before} ], [ %m{rows}.next, %stored{rows} ]",
            f"  %m{rows}.next = add i64 %m{rows}, {rows}",
            f"  %fits{rows} = icmp ule i64 %m{rows}.next, %M",
            f"  br i1 %fits{rows}, label %tile{rows}, label %{after}",
            *_tile(lanes, rows, width, masked),
        ]
        before, m = f"look{rows}", f"%m{rows}"
    return "\n".join([*lines, "end:", "  ret void", "}"])


def _tile(lanes: int, rows: int, width: int, masked: bool) -> list[str]:
    """A tile: its sums over k, then added to what is there, or stored."""
    V, t = vector(lanes), f"t{rows}"
    cells = [(row, one) for row in range(rows) for one in range(width)]
    lines = [
        f"tile{rows}:",
        f"  %{t}.a.m = mul i64 %m{rows}, %am",
        f"  %{t}.a = getelementptr inbounds double, ptr %A, i64 %{t}.a.m",
        f"  %{t}.c.m = mul i64 %m{rows}, %cm",
        f"  %{t}.c = getelementptr inbounds double, ptr %C, i64 %{t}.c.m",
        f"  br label %sum{rows}",
        f"sum{rows}:",
        f"  %{t}.k = phi i64 [ 0, %tile{rows} ], [ %{t}.k.next, %sum{rows} ]",
        f"  %{t}.at.a = phi ptr [ %{t}.a, %tile{rows} ], [ %{t}.on.a, %sum{rows} ]",
        f"  %{t}.at.b = phi ptr [ %B, %tile{rows} ], [ %{t}.on.b, %sum{rows} ]",
        *[
            f"  %{t}.s{row}.{one} = phi {V} [ {'zeroinitializer' if lanes > 1 else '0.0'}, %tile{rows} ], "
            f"[ %{t}.f{row}.{one}, %sum{rows} ]"
            for row, one in cells
        ],
    ]
    for row in range(rows):
        place = "0" if row == 0 else "%am" if row == 1 else f"%am{row}"
        lines += [
            f"  %{t}.p{row} = getelementptr inbounds double, ptr %{t}.at.a, i64 {place}",
            f"  %{t}.x{row} = load double, ptr %{t}.p{row}",
        ]
        if lanes > 1:
            lines += [
                f"  %{t}.i{row} = insertelement {V} undef, double %{t}.x{row}, i32 0",
                f"  %{t}.a{row} = shufflevector {V} %{t}.i{row}, {V} undef, <{lanes} x i32> zeroinitializer",
            ]
    left = "a" if lanes > 1 else "x"
    kind = f"v{lanes}f64" if lanes > 1 else "f64"
    for one in range(width):
        lines.append(f"  %{t}.q{one} = getelementptr inbounds double, ptr %{t}.at.b, i64 {one * lanes}")
        lines.append(_load(f"%{t}.b{one}", f"%{t}.q{one}", lanes, masked))
        lines += [
            f"  %{t}.f{row}.{one} = call {V} @llvm.fmuladd.{kind}({V} %{t}.{left}{row}, {V} %{t}.b{one}, {V} %{t}.s{row}.{one})"
            for row in range(rows)
        ]
    lines += [
        f"  %{t}.on.a = getelementptr inbounds double, ptr %{t}.at.a, i64 %ak",
        f"  %{t}.on.b = getelementptr inbounds double, ptr %{t}.at.b, i64 %bk",
        f"  %{t}.k.next = add i64 %{t}.k, 1",
        f"  %{t}.more = icmp ult i64 %{t}.k.next, %K",
        f"  br i1 %{t}.more, label %sum{rows}, label %store{rows}",
        f"store{rows}:",
        f"  br i1 %kept, label %keep{rows}, label %fresh{rows}",
    ]
    for name, added in ((f"keep{rows}", True), (f"fresh{rows}", False)):
        lines.append(f"{name}:")
        for row, one in cells:
            lines += _result(f"%{name}.{row}.{one}", f"%{t}", row, one, lanes, masked, added)
        lines.append(f"  br label %stored{rows}")
    return [*lines, f"stored{rows}:", f"  br label %look{rows}"]


def _result(name: str, tile: str, row: int, one: int, lanes: int, masked: bool, added: bool) -> list[str]:
    V, T = vector(lanes), vector(lanes, "i1")
    place = "0" if row == 0 else "%cm" if row == 1 else f"%cm{row}"
    value = f"{tile}.f{row}.{one}"
    lines = [
        f"  {name}.row = getelementptr inbounds double, ptr {tile}.c, i64 {place}",
        f"  {name}.at = getelementptr inbounds double, ptr {name}.row, i64 {one * lanes}",
    ]
    if added:
        lines += [
            _load(f"{name}.old", f"{name}.at", lanes, masked),
            f"  {name}.new = fadd {V} {name}.old, {value}",
        ]
        value = f"{name}.new"
    if masked:
        return [*lines, f"  call void @llvm.masked.store.v{lanes}f64.p0({V} {value}, ptr {name}.at, i32 8, {T} %mask)"]
    return [*lines, f"  store {V} {value}, ptr {name}.at, align 8"]


def _load(name: str, at: str, lanes: int, masked: bool) -> str:
    V, T = vector(lanes), vector(lanes, "i1")
    if masked:
        return f"  {name} = call {V} @llvm.masked.load.v{lanes}f64.p0(ptr {at}, i32 8, {T} %mask, {V} zeroinitializer)"
    return f"  {name} = load {V}, ptr {at}, align 8"
