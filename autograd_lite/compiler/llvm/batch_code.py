"""The text of the machine code that takes kernels over batches; see `batches.py`."""

from autograd_lite.compiler.llvm.syntax import vector

#: Columns whose numbers are so many numbers apart are gathered in vectors.
_APART = (2, 3, 4)
#: What a job consists of, 8 bytes each: numbers, and addresses.  Behind them are the cells, with the addresses of arrays' addresses.
JOB = (
    "width", "each", "summed", "block", "size", "most", "kernel",
    "total", "shared", "inputs", "places", "sums", "holding", "left", "rows", "aims", "buffers", "chosen",
)  # fmt: skip
_NUMBERS = frozenset({"width", "each", "summed", "block", "size", "most", "total"})

# Buffers have `lanes` numbers before their first, which are the first too: kernels go back to fill a vector.
_TEXT = """
declare noalias ptr @malloc(i64) nounwind
declare void @free(ptr) nounwind
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)

define internal void @gather(ptr %from, i64 %stride, ptr %places, i64 %n, ptr %to) nounwind noinline {
entry:
  %listed = icmp ne ptr %places, null
  br i1 %listed, label %chosen, label %which
which:
  switch i64 %stride, label %rest [ CASES ]
WIDE
rest:
  %first = phi i64 [ 0, %which ], REACHED
  br label %plain
plain:
  %k = phi i64 [ %first, %rest ], [ %k.next, %plain ]
  %k.by = mul i64 %k, %stride
  %k.at = getelementptr i8, ptr %from, i64 %k.by
  %k.it = load double, ptr %k.at, align 1
  %k.to = getelementptr double, ptr %to, i64 %k
  store double %k.it, ptr %k.to
  %k.next = add i64 %k, 1
  %k.more = icmp ult i64 %k.next, %n
  br i1 %k.more, label %plain, label %before
chosen:
  %c = phi i64 [ 0, %entry ], [ %c.next, %chosen ]
  %c.place = getelementptr i64, ptr %places, i64 %c
  %c.p = load i64, ptr %c.place
  %c.by = mul i64 %c.p, %stride
  %c.at = getelementptr i8, ptr %from, i64 %c.by
  %c.it = load double, ptr %c.at, align 1
  %c.to = getelementptr double, ptr %to, i64 %c
  store double %c.it, ptr %c.to
  %c.next = add i64 %c, 1
  %c.more = icmp ult i64 %c.next, %n
  br i1 %c.more, label %chosen, label %before
before:
  %one = load double, ptr %to
  br label %copies
copies:
  %b = phi i64 [ -LANES, %before ], [ %b.next, %copies ]
  %b.to = getelementptr double, ptr %to, i64 %b
  store double %one, ptr %b.to
  %b.next = add i64 %b, 1
  %b.more = icmp slt i64 %b.next, 0
  br i1 %b.more, label %copies, label %done
done:
  ret void
}

define internal ptr @buffer(ptr %job, i64 %j) nounwind {
  FIELDS block buffers
  %apart = add i64 %block, LANES
  %from = mul i64 %apart, %j
  %start = add i64 %from, LANES
  %at = getelementptr double, ptr %buffers, i64 %start
  ret ptr %at
}

define internal void @fill(ptr %job, ptr %places, i64 %begin, i64 %n) nounwind noinline {
entry:
  FIELDS width cells inputs rows
  %listed = icmp ne ptr %places, null
  %few = icmp ult i64 %n, LANES
  %gathered = or i1 %listed, %few
  %first = getelementptr i64, ptr %places, i64 %begin
  %origin = select i1 %listed, i64 0, i64 %begin
  %list = select i1 %listed, ptr %first, ptr null
  br label %column
column:
  %j = phi i64 [ 0, %entry ], [ %j.next, %next ]
  %three = mul i64 %j, 3
  %array.at = getelementptr i64, ptr %inputs, i64 %three
  %array = load i64, ptr %array.at
  %offset.at = getelementptr i64, ptr %array.at, i64 1
  %offset = load i64, ptr %offset.at
  %stride.at = getelementptr i64, ptr %array.at, i64 2
  %stride = load i64, ptr %stride.at
  %cell.at = getelementptr ptr, ptr %cells, i64 %array
  %cell = load ptr, ptr %cell.at
  %data = load ptr, ptr %cell
  %base = getelementptr i8, ptr %data, i64 %offset
  %by = mul i64 %origin, %stride
  %from = getelementptr i8, ptr %base, i64 %by
  %address = ptrtoint ptr %from to i64
  %odd = and i64 %address, 7
  %even = icmp eq i64 %odd, 0
  %close = icmp eq i64 %stride, 8
  %ready = and i1 %close, %even
  %away = xor i1 %ready, true
  %copied = or i1 %gathered, %away
  br i1 %copied, label %copy, label %next
copy:
  %to = call ptr @buffer(ptr %job, i64 %j)
  call void @gather(ptr %from, i64 %stride, ptr %list, i64 %n, ptr %to)
  br label %next
next:
  %there = phi ptr [ %from, %column ], [ %to, %copy ]
  %row = getelementptr ptr, ptr %rows, i64 %j
  store ptr %there, ptr %row
  %j.next = add i64 %j, 1
  %j.more = icmp ult i64 %j.next, %width
  br i1 %j.more, label %column, label %done
done:
  ret void
}

define internal i64 @run(ptr %job, ptr %places, i64 %begin, i64 %n, ptr %slot) nounwind noinline {
entry:
  FIELDS width each total kernel shared cells rows aims
  %cell = load ptr, ptr %cells
  %outputs = load ptr, ptr %cell
  %listed = icmp ne ptr %places, null
  %few = icmp ult i64 %n, LANES
  %apart = or i1 %listed, %few
  %none = icmp eq i64 %each, 0
  br i1 %none, label %call, label %aim
aim:
  %j = phi i64 [ 0, %entry ], [ %j.next, %aim ]
  %row = mul i64 %j, %total
  %start = add i64 %row, %begin
  %straight = getelementptr double, ptr %outputs, i64 %start
  %place = add i64 %width, %j
  %buffer = call ptr @buffer(ptr %job, i64 %place)
  %to = select i1 %apart, ptr %buffer, ptr %straight
  %aim.at = getelementptr ptr, ptr %aims, i64 %j
  store ptr %to, ptr %aim.at
  %j.next = add i64 %j, 1
  %j.more = icmp ult i64 %j.next, %each
  br i1 %j.more, label %aim, label %call
call:
  %flip = call i64 %kernel(ptr %shared, ptr %shared, ptr %rows, ptr null, ptr null, i64 %n, ptr %slot, ptr %aims)
  %good = icmp slt i64 %flip, 0
  %copied = and i1 %good, %apart
  %some = icmp ne i64 %each, 0
  %moved = and i1 %copied, %some
  br i1 %moved, label %column, label %done
column:
  %m = phi i64 [ 0, %call ], [ %m.next, %column.done ]
  %from.at = getelementptr ptr, ptr %aims, i64 %m
  %from = load ptr, ptr %from.at
  %line = mul i64 %m, %total
  %out = getelementptr double, ptr %outputs, i64 %line
  br label %put
put:
  %k = phi i64 [ 0, %column ], [ %k.next, %put.on ]
  %here = add i64 %begin, %k
  br i1 %listed, label %put.listed, label %put.on
put.listed:
  %p.at = getelementptr i64, ptr %places, i64 %here
  %p = load i64, ptr %p.at
  br label %put.on
put.on:
  %where = phi i64 [ %here, %put ], [ %p, %put.listed ]
  %it.at = getelementptr double, ptr %from, i64 %k
  %it = load double, ptr %it.at
  %it.to = getelementptr double, ptr %out, i64 %where
  store double %it, ptr %it.to
  %k.next = add i64 %k, 1
  %k.more = icmp ult i64 %k.next, %n
  br i1 %k.more, label %put, label %column.done
column.done:
  %m.next = add i64 %m, 1
  %m.more = icmp ult i64 %m.next, %each
  br i1 %m.more, label %column, label %done
done:
  ret i64 %flip
}

define internal void @clear(ptr %slot, i64 %summed) nounwind {
entry:
  br label %next
next:
  %k = phi i64 [ 0, %entry ], [ %k.next, %one ]
  %more = icmp ult i64 %k, %summed
  br i1 %more, label %one, label %done
one:
  %at = getelementptr double, ptr %slot, i64 %k
  store double 0.0, ptr %at
  %k.next = add i64 %k, 1
  br label %next
done:
  ret void
}

define internal i64 @sort(ptr %places, i64 %begin, i64 %n, ptr %truths, ptr %chosen, ptr %others) nounwind noinline {
entry:
  %listed = icmp ne ptr %places, null
  br label %next
next:
  %k = phi i64 [ 0, %entry ], [ %k.next, %on ]
  %m = phi i64 [ 0, %entry ], [ %m.next, %on ]
  %here = add i64 %begin, %k
  br i1 %listed, label %of.list, label %on
of.list:
  %p.at = getelementptr i64, ptr %places, i64 %here
  %p = load i64, ptr %p.at
  br label %on
on:
  %place = phi i64 [ %here, %next ], [ %p, %of.list ]
  %rest = sub i64 %k, %m
  %to = getelementptr i64, ptr %chosen, i64 %m
  %other = getelementptr i64, ptr %others, i64 %rest
  store i64 %place, ptr %to
  store i64 %place, ptr %other
  %truth.at = getelementptr double, ptr %truths, i64 %k
  %truth = load double, ptr %truth.at
  %is = fcmp oeq double %truth, 1.0
  %plus = zext i1 %is to i64
  %m.next = add i64 %m, %plus
  %k.next = add i64 %k, 1
  %more = icmp ult i64 %k.next, %n
  br i1 %more, label %next, label %done
done:
  ret i64 %m.next
}

define internal void @part(ptr %job, i64 %begin, i64 %n, ptr %slot) nounwind noinline {
entry:
  FIELDS width each summed block most kernel shared places holding left rows aims chosen
  %nothing = alloca double
  %aim = alloca ptr
  call void @clear(ptr %slot, i64 %summed)
  %place = add i64 %width, %each
  %truths = call ptr @buffer(ptr %job, i64 %place)
  store ptr %truths, ptr %aim
  %always = call i64 %holding(ptr %shared, ptr %shared, ptr %rows, ptr null, ptr null, i64 %n, ptr %nothing, ptr %aim)
  %before = load i64, ptr %left
  %free = add i64 %before, 2
  %others = getelementptr i64, ptr %left, i64 %free
  %some = call i64 @sort(ptr %places, i64 %begin, i64 %n, ptr %truths, ptr %chosen, ptr %others)
  %not = sub i64 %n, %some
  %after = add i64 %before, %not
  store i64 %after, ptr %left
  %none = icmp eq i64 %some, 0
  br i1 %none, label %done, label %again
again:
  call void @fill(ptr %job, ptr %chosen, i64 0, i64 %some)
  %flip = call i64 @run(ptr %job, ptr %chosen, i64 0, i64 %some, ptr %slot)
  %good = icmp slt i64 %flip, 0
  br i1 %good, label %done, label %apart
apart:
  call void @clear(ptr %slot, i64 %summed)
  %unsure.at = getelementptr i64, ptr %left, i64 1
  %unsure = load i64, ptr %unsure.at
  %start = add i64 %most, 2
  %from = add i64 %start, %unsure
  %to = getelementptr i64, ptr %left, i64 %from
  %bytes = mul i64 %some, 8
  call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %chosen, i64 %bytes, i1 false)
  %all = add i64 %unsure, %some
  store i64 %all, ptr %unsure.at
  br label %done
done:
  ret void
}

define internal i1 @away(ptr %job) nounwind {
entry:
  FIELDS width cells inputs
  br label %column
column:
  %j = phi i64 [ 0, %entry ], [ %j.next, %column ]
  %found = phi i64 [ 0, %entry ], [ %found.next, %column ]
  %three = mul i64 %j, 3
  %array.at = getelementptr i64, ptr %inputs, i64 %three
  %array = load i64, ptr %array.at
  %offset.at = getelementptr i64, ptr %array.at, i64 1
  %offset = load i64, ptr %offset.at
  %stride.at = getelementptr i64, ptr %array.at, i64 2
  %stride = load i64, ptr %stride.at
  %cell.at = getelementptr ptr, ptr %cells, i64 %array
  %cell = load ptr, ptr %cell.at
  %data = load i64, ptr %cell
  %address = add i64 %data, %offset
  %odd = and i64 %address, 7
  %apart = xor i64 %stride, 8
  %either = or i64 %odd, %apart
  %found.next = or i64 %found, %either
  %j.next = add i64 %j, 1
  %j.more = icmp ult i64 %j.next, %width
  br i1 %j.more, label %column, label %done
done:
  %some = icmp ne i64 %found.next, 0
  ret i1 %some
}

define i64 @batch(ptr %job, i64 %begin, i64 %end) nounwind {
entry:
  FIELDS width each summed block size most places sums left
  %tables = add i64 %width, %each
  %rows.here = alloca ptr, i64 %tables
  %aims.here = getelementptr ptr, ptr %rows.here, i64 %width
  STORE rows %rows.here
  STORE aims %aims.here
  %number.all = sub i64 %end, %begin
  %last = urem i64 %number.all, %block
  %short = icmp ult i64 %last, LANES
  %listed = icmp ne ptr %places, null
  %ready.parts = icmp ne ptr %left, null
  %away = call i1 @away(ptr %job)
  %one = or i1 %short, %listed
  %two = or i1 %ready.parts, %away
  %any = or i1 %one, %two
  br i1 %any, label %take, label %next
take:
  %memory = call ptr @malloc(i64 %size)
  %lost = icmp eq ptr %memory, null
  br i1 %lost, label %out, label %given
out:
  ret i64 -1
given:
  %buffers.here = getelementptr i64, ptr %memory, i64 %block
  STORE chosen %memory
  STORE buffers %buffers.here
  br label %next
next:
  %taken = phi ptr [ null, %entry ], [ %memory, %given ], [ %taken, %done ]
  %b = phi i64 [ %begin, %entry ], [ %begin, %given ], [ %b.next, %done ]
  %rest = sub i64 %end, %b
  %full = icmp ugt i64 %rest, %block
  %n = select i1 %full, i64 %block, i64 %rest
  %number = udiv i64 %b, %block
  %at = mul i64 %number, %summed
  %slot = getelementptr double, ptr %sums, i64 %at
  call void @fill(ptr %job, ptr %places, i64 %b, i64 %n)
  %flip = call i64 @run(ptr %job, ptr %places, i64 %b, i64 %n, ptr %slot)
  %good = icmp slt i64 %flip, 0
  br i1 %good, label %done, label %parted
parted:
  %nowhere = icmp eq ptr %left, null
  br i1 %nowhere, label %stop, label %room
room:
  %unsure.at = getelementptr i64, ptr %left, i64 1
  %some = load i64, ptr %left
  %unsure = load i64, ptr %unsure.at
  %larger = icmp ugt i64 %some, %unsure
  %fullest = select i1 %larger, i64 %some, i64 %unsure
  %then = add i64 %fullest, %n
  %enough = icmp ule i64 %then, %most
  br i1 %enough, label %go, label %stop
go:
  call void @part(ptr %job, i64 %b, i64 %n, ptr %slot)
  br label %done
done:
  %b.next = add i64 %b, %n
  %more = icmp ult i64 %b.next, %end
  br i1 %more, label %next, label %stop
stop:
  %come = phi i64 [ %b, %parted ], [ %b, %room ], [ %b.next, %done ]
  call void @free(ptr %taken)
  ret i64 %come
}
"""

_WIDE = """\
byM:
  %byM.k = phi i64 [ 0, %which ], [ %byM.next, %byM.on ]
  %byM.next = add i64 %byM.k, LANES
  %byM.fits = icmp slt i64 %byM.next, %n
  br i1 %byM.fits, label %byM.on, label %rest
byM.on:
  %byM.row = mul i64 %byM.k, M
  %byM.at = getelementptr double, ptr %from, i64 %byM.row
  %byM.all = load ALL, ptr %byM.at, align 1
  %byM.own = shufflevector ALL %byM.all, ALL undef, <LANES x i32> <OWN>
  %byM.to = getelementptr double, ptr %to, i64 %byM.k
  store <LANES x double> %byM.own, ptr %byM.to, align 8
  br label %byM"""


def batch_text(lanes: int) -> str:
    """The text for kernels that compute so many samples at once."""
    wide = []
    for m in _APART:  # the last vector would reach beyond the last number, so it is none
        own = ", ".join(f"i32 {m * lane}" for lane in range(lanes))
        wide.append(
            _WIDE.replace("byM", f"by{m}").replace("ALL", vector(m * lanes)).replace("OWN", own).replace(", M", f", {m}")
        )
    text = _TEXT.replace("WIDE", "\n".join(wide))
    text = text.replace("CASES", " ".join(f"i64 {8 * m}, label %by{m}" for m in _APART))
    text = text.replace("REACHED", ", ".join(f"[ %by{m}.k, %by{m} ]" for m in _APART)).replace("LANES", str(lanes))
    return "\n".join(_written(line) for line in text.splitlines()) + "\n"


def _written(line: str) -> str:
    """A line with the fields of a job that it reads, or writes."""
    word, *names = line.split() or [""]
    if word == "FIELDS":
        return "\n".join(map(_read, names))
    if word == "STORE":
        name, given = names
        return f"{_place(name, 'to')}\n  store ptr {given}, ptr %{name}.to"
    return line


def _place(name: str, end: str) -> str:
    return f"  %{name}.{end} = getelementptr inbounds i64, ptr %job, i64 {JOB.index(name)}"


def _read(name: str) -> str:
    if name == "cells":
        return f"  %cells = getelementptr inbounds i64, ptr %job, i64 {len(JOB)}"
    kind = "i64" if name in _NUMBERS else "ptr"
    return f"{_place(name, 'at')}\n  %{name} = load {kind}, ptr %{name}.at"
