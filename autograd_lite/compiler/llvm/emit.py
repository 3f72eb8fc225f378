"""A kernel as text in LLVM's language: a loop over groups of samples, each step on all samples of a group at once.

The program is written as it stands: the passes have been over it, so no optimizer of LLVM's runs, only its code generator,
whose time grows with the size of the text and no faster.  A program too long for one function is cut into parts, which hand
results on in memory; the time of the code generator is then proportional to the length whatever that is.

    i64 name(ptr shared, ptr again, ptr rows, ptr offsets, ptr weights, i64 count, ptr sums, ptr each)

The sums are added to what stands in `sums`.  A function for training steps, which is called again and again, takes one more,
`ptr totals`: memory for a vector for each sum, all zero when it is called and again when it returns -1.

Samples in a table (`Schedule.table`) are those from `offsets`, a number then, to `count`.  The last group goes back to be full,
over samples that the sums then leave out.  The first sample of each group is noted at `weights` before it is computed.

`again` is `shared` once more: two names for one array, so that a parameter is loaded where it is used (an operand in memory
costs nothing) and not kept in a register from its first use to its last, for which there are far too few.
"""

from dataclasses import replace
from typing import Any

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm.body import Body
from autograd_lite.compiler.llvm.layout import length
from autograd_lite.compiler.llvm.loops import looped_functions, within_samples
from autograd_lite.compiler.llvm.preheader import hoisted, shared_factors_finite
from autograd_lite.compiler.llvm.reduction import reduction
from autograd_lite.compiler.llvm.schedule import Schedule
from autograd_lite.compiler.llvm.syntax import cleared, loop, vector
from autograd_lite.compiler.lowering import lowered
from autograd_lite.compiler.vectormath import VECTOR_FORMS

#: Beyond this length the code generator is told not to try hard: it takes a tenth of the time, and the code runs two thirds
#: as fast, which pays for itself after about a hundred thousand runs only.
_QUICK = 4000
#: Programs longer than that are cut into parts of this length.
_PART = 1600


class Module:
    """The text of one module, a kernel at a time.

    Examples
    --------
    >>> from autograd_lite.compiler.program import Builder
    >>> b = Builder(); x = b.input("x")
    >>> module = Module()
    >>> module.add("twice", Kernel(b.finish([b.emit("add", x, x)]), 1, 1), lanes=1)
    1
    >>> module.size, "define i64 @twice(" in module.text()
    (1, True)
    """

    def __init__(self) -> None:
        self._functions: list[str] = []
        self._declared: dict[str, str] = {}
        #: How many operations there are in it; those of programs with loops, whose code runs in rounds, are always worth the effort.
        self.size = 0

    def add(self, name: str, kernel: Kernel, lanes: int, **options: Any) -> int:
        """The function `name` for a kernel; vectors get functions in arithmetic, single numbers C's.

        Parameters
        ----------
        name : str
        kernel : Kernel
        lanes : int
        **options
            Of `Schedule`.

        Returns
        -------
        int
            Of how many samples a list is a multiple.
        """
        program = lowered(kernel.program, VECTOR_FORMS if lanes > 1 else None)
        if program.loops.sizes:
            kernel = replace(kernel, program=program)
            apart = within_samples(kernel)
            self._functions += looped_functions(kernel, name, lanes, self._declared, apart, **options)
            return 1 if apart else lanes
        size = sum(length(args) for _, _, args in program.computed())
        self.size += size
        schedule = Schedule(replace(kernel, program=program), lanes, longest=longest_part(size), **options)
        self._functions += _functions(schedule, name, self._declared)
        return lanes

    def text(self, *more: str) -> str:
        """The declarations of what is called, in order of their names, then the functions, and more of them."""
        return "\n".join([*[self._declared[name] for name in sorted(self._declared)], *self._functions, *more]) + "\n"

    @property
    def effort(self) -> int:
        """How hard the code generator is to try for a module of this size."""
        return 0 if self.size > _QUICK else 2


def longest_part(size: int) -> int:
    """Into parts of which length a program of this length is cut."""
    return size if size <= _QUICK else _PART


def _functions(schedule: Schedule, name: str, declared: dict[str, str]) -> list[str]:
    """A kernel as a function and, if it is long, those of its parts; adds to `declared` what they call."""
    before, finite, tested = hoisted(schedule), "", list[str]()
    if schedule.skip is not None:
        finite, tested = shared_factors_finite(schedule)
    parts = [Body(schedule, number, finite).code for number in range(len(schedule.layout.parts))]
    for code in (before, *parts):
        declared |= code.declared
    preheader = [*before.lines, *tested]
    if len(parts) == 1:
        return [_main(schedule, name, preheader, parts[0].lines)]
    calls = [line for number in range(len(parts)) for line in _call(name, number, "%offset" if schedule.table else "0")]
    return [
        *[_part(name, number, code.lines) for number, code in enumerate(parts)],
        _main(schedule, name, preheader, calls),
    ]


def _main(schedule: Schedule, name: str, preheader: list[str], body: list[str]) -> str:
    """The loop over the groups, between what is done before it and the reduction of the sums behind it."""
    lanes, kernel, V = schedule.lanes, schedule.kernel, vector(schedule.lanes)
    sums, alias = max(1, kernel.summed), "" if schedule.columns else "noalias "
    readonly = alias + "readonly " * bool(alias)
    once = not kernel.mapped and lanes == 1  # one run of the loop, which adds to the sums themselves
    if once:
        totals = ["  %totals = getelementptr inbounds double, ptr %sums, i64 0"]
    else:
        totals = [] if schedule.weighted else [f"  %totals = alloca [{sums} x {V}], align {8 * lanes}"]
    given = once or schedule.weighted
    before, found, table, noted = "ready", list[str](), "rows", readonly
    if schedule.table:
        before, found, table, noted = "found", _found(kernel.mapped, V), "table", alias
    lines = [
        f"define i64 @{name}(ptr {readonly}%shared, ptr {readonly}%again, ptr {readonly}%{table}, ptr {readonly}%offsets, "
        f"ptr {noted}%weights, i64 %count, ptr {alias}%sums, ptr {alias}%each"
        f"{', ptr noalias %totals' * schedule.weighted}) nounwind {{",
        "entry:",
        *totals,
        f"  %memory = alloca [{max(1, schedule.layout.size)} x {V}], align {8 * lanes}",
        f"  %hoisted = alloca [{max(1, len(schedule.hoisted))} x double], align 64",
        *(
            [
                "  %begin = ptrtoint ptr %offsets to i64",
                f"  %last = sub i64 %count, {lanes}",
                f"  %rows = alloca [{kernel.mapped} x ptr]",
                f"  %together = alloca [{kernel.mapped} x {V}]",
            ]
            if schedule.table
            else []
        ),
        *preheader,
        *found,
        *(["  br label %group"] if given else ["  br label %clear", *cleared("clear", before, "%totals", V, "group", sums)]),
        "group:",
        *_group(before if given else "clear", schedule),
        *body,
        "  br label %done",
        "done:",
        f"  %first.next = add i64 %first, {lanes}",
        "  %more = icmp ult i64 %first.next, %count",
        "  br i1 %more, label %group, label %reduce",
        *(["reduce:", "  br label %end"] if once else reduction(lanes, sums, clear=schedule.weighted)),
        "end:",
        "  ret i64 -1",
        "}",
    ]
    return "\n".join(lines)


def _found(width: int, group: str) -> list[str]:
    """Where each column is read, `%rows`, and by which of its bytes, those that are in `%mask`: itself, if all numbers of all columns lie
    one behind the other, and else memory for a group, where they are put together."""
    look = [
        "  %look.apart = phi i64 [ 0, %ready ], [ %look.any, %look ]",
        "  %look.at = getelementptr inbounds [2 x i64], ptr %table, i64 %look.k, i64 1",
        "  %look.stride = load i64, ptr %look.at",
        "  %look.other = xor i64 %look.stride, 8",
        "  %look.any = or i64 %look.apart, %look.other",
    ]
    base = [
        f"  %base.own = getelementptr inbounds {group}, ptr %together, i64 %base.k",
        "  %base.from = getelementptr inbounds [2 x i64], ptr %table, i64 %base.k",
        "  %base.there = load ptr, ptr %base.from",
        "  %base.it = select i1 %apart, ptr %base.own, ptr %base.there",
        "  %base.to = getelementptr inbounds ptr, ptr %rows, i64 %base.k",
        "  store ptr %base.it, ptr %base.to",
    ]
    return [
        "  br label %look",
        *loop("look", "ready", look, "bases", width),
        "bases:",
        "  %apart = icmp ne i64 %look.any, 0",
        "  %mask = select i1 %apart, i64 0, i64 -1",
        "  br label %base",
        *loop("base", "bases", base, "found", width),
        "found:",
    ]


def _group(before: str, schedule: Schedule) -> list[str]:
    """Which samples a group has: those from `%start` on; `%first` is the first that no group before had."""
    lines = [f"  %first = phi i64 [ {'%begin' if schedule.table else 0}, %{before} ], [ %first.next, %done ]"]
    if not schedule.table:
        return [*lines, "  %start = add i64 %first, 0"]
    V, width, numbers = vector(schedule.lanes), schedule.lanes, list[str]()
    for lane in range(width):
        before = f"%gather.v{lane - 1}" if lane else "undef"
        added = (
            f"insertelement {V} {before}, double %gather.{lane}, i32 {lane}" if width > 1 else "fadd double %gather.0, -0.0"
        )
        numbers += [
            f"  %gather.{lane} = load double, ptr %gather.at{lane}, align 1",
            f"  %gather.v{lane} = {added}",
            f"  %gather.at{lane + 1} = getelementptr i8, ptr %gather.at{lane}, i64 %gather.stride",
        ]
    gather = [
        "  %gather.from = getelementptr inbounds [2 x i64], ptr %table, i64 %gather.k",
        "  %gather.far = getelementptr inbounds i64, ptr %gather.from, i64 1",
        "  %gather.base = load ptr, ptr %gather.from",
        "  %gather.stride = load i64, ptr %gather.far",
        "  %gather.by = mul i64 %start, %gather.stride",
        "  %gather.at0 = getelementptr i8, ptr %gather.base, i64 %gather.by",
        *numbers,  # in one piece, which the load that follows can be given before it is in memory; halves it would wait for
        f"  %gather.to = getelementptr inbounds {V}, ptr %together, i64 %gather.k",
        f"  store volatile {V} %gather.v{schedule.lanes - 1}, ptr %gather.to",
    ]
    return [
        *lines,
        "  %over = icmp sgt i64 %first, %last",
        "  %start = select i1 %over, i64 %last, i64 %first",
        "  store i64 %first, ptr %weights",
        "  %bytes = mul i64 %start, 8",
        "  %offset = and i64 %bytes, %mask",
        "  br i1 %apart, label %gather, label %body",
        *loop("gather", "group", gather, "body", schedule.kernel.mapped),
        "body:",
    ]


def _part(name: str, number: int, body: list[str]) -> str:
    """A part of a program that is too long for one function."""
    head = (
        f"define internal i64 @{name}.part{number}(ptr noalias readonly %shared, ptr noalias readonly %again, "
        "ptr noalias readonly %rows, ptr noalias readonly %offsets, ptr noalias readonly %weights, i64 %count, "
        "ptr noalias %each, i64 %start, i64 %first, i64 %offset, ptr noalias %totals, ptr noalias %memory, ptr noalias readonly %hoisted) "
        "nounwind noinline {"
    )
    return "\n".join([head, "entry:", *body, "  ret i64 -1", "}"])


def _call(name: str, number: int, offset: str) -> list[str]:
    """The call of a part, which is left for good where a guard does not hold."""
    return [
        f"  %flip{number} = call i64 @{name}.part{number}(ptr %shared, ptr %again, ptr %rows, ptr %offsets, ptr %weights, "
        f"i64 %count, ptr %each, i64 %start, i64 %first, i64 {offset}, ptr %totals, ptr %memory, ptr %hoisted)",
        f"  %bad{number} = icmp sge i64 %flip{number}, 0",
        f"  br i1 %bad{number}, label %leave{number}, label %after{number}",
        f"leave{number}:",
        f"  ret i64 %flip{number}",
        f"after{number}:",
    ]
