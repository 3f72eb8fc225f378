"""Single steps of a program as instructions of LLVM, for one number or for a vector of them."""

from collections.abc import Iterable, Sequence

from autograd_lite.compiler.errors import UnsupportedOperation
from autograd_lite.compiler.llvm.syntax import hexadecimal, vector
from autograd_lite.compiler.llvm.waves import LARGEST, quick
from autograd_lite.compiler.lowering import CALLBACKS, INSTRUCTIONS, LIBRARY
from autograd_lite.compiler.operations import RAISES, SHIFT

#: What one instruction does: V is the type of a number, T that of a truth.
_SPELLING = {
    **{op: f"f{op} {{flags}}{{V}} {{0}}, {{1}}" for op in ("add", "sub", "mul", "div")},
    **{op: f"fcmp o{op} {{V}} {{0}}, {{1}}" for op in ("lt", "le", "gt", "ge", "eq")},
    "ne": "fcmp une {V} {0}, {1}", "neg": "fneg {V} {0}", "select": "select {T} {0}, {V} {1}, {V} {2}",
    "and": "and {T} {0}, {1}", "or": "or {T} {0}, {1}", "not": "xor {T} {0}, {true}",
}  # fmt: skip
#: Several instructions: the methods of these names, with an underscore.
_SEVERAL = frozenset({"sum", "fsum", "scale2", "power2", "exponent", "mantissa"})
_SQRT_HALF = 0x3FE6A09E667F3BCD
_ONE = 0x3FF0000000000000
_TWO_52 = 0x4330000000000000


class Instructions:
    """Writes lines of LLVM's language for operations on `lanes` numbers at once.

    Parameters
    ----------
    lanes : int
    contract : bool
        Allow a product and a sum to be one instruction with one rounding.
    prefix : str, optional
        What names of results begin with, for those before the loop.  Others are numbers, counted from 0 in each function, for
        which LLVM needs no table of names: it reads them twice as fast.
    """

    def __init__(self, lanes: int, contract: bool, prefix: str = "") -> None:
        self.lanes = lanes
        self.prefix = prefix
        self.flags = "contract " if contract else ""
        self.lines: list[str] = []
        self.declared: dict[str, str] = {}
        self._serial = -1
        #: The types of a number, of a truth, and of a number's bits.
        self.number, self.truth, self.bits = vector(lanes), vector(lanes, "i1"), vector(lanes, "i64")
        words = {"V": self.number, "T": self.truth, "flags": self.flags, "true": self._every("i1", "true")}
        self._spelling = {op: text.format("{0}", "{1}", "{2}", **words).format for op, text in _SPELLING.items()}

    def write(self, text: str) -> str:
        """A line with a result; gives its name."""
        self._serial += 1
        name = f"%{self.prefix}{self._serial}"
        self.lines.append(f"  {name} = {text}")
        return name

    def do(self, text: str) -> None:
        """A line without a result."""
        self.lines.append(f"  {text}")

    def block(self, label: str) -> None:
        """The beginning of a block."""
        self.lines.append(f"{label}:")

    def _every(self, kind: str, text: str) -> str:
        return f"<{', '.join([f'{kind} {text}'] * self.lanes)}>" if self.lanes > 1 else text

    def constant(self, number: float) -> str:
        """A number in every lane."""
        return self._every("double", hexadecimal(number))

    def whole(self, bits: int) -> str:
        """A whole number in every lane."""
        return self._every("i64", str(bits))

    def at(self, array: str, place: int | str, kind: str = "double") -> str:
        """The address of an entry of an array."""
        return self.write(f"getelementptr inbounds {kind}, ptr {array}, i64 {place}")

    def load(self, array: str, place: int | str, kind: str = "double") -> str:
        """An entry of an array."""
        return self.write(f"load {kind}, ptr {self.at(array, place, kind)}")

    def column(self, array: str, place: int | str) -> str:
        """As many numbers at once as there are lanes, which lie together from this place on."""
        return self.write(f"load {self.number}, ptr {self.at(array, place)}, align 8")

    def lane(self, numbers: str, lane: int) -> str:
        """The number in one lane."""
        return self.write(f"extractelement {self.number} {numbers}, i32 {lane}") if self.lanes > 1 else numbers

    def total(self, numbers: str) -> str:
        """The sum of the numbers in all lanes: one half added to the other, then these halves, and so on."""
        lanes = self.lanes
        while lanes > 2:
            whole, half = vector(lanes), lanes // 2
            parts = []
            for start in (0, half):
                mask = ", ".join(f"i32 {lane}" for lane in range(start, start + half))
                parts.append(self.write(f"shufflevector {whole} {numbers}, {whole} undef, <{half} x i32> <{mask}>"))
            numbers, lanes = self.write(f"fadd {self.flags}{vector(half)} {parts[0]}, {parts[1]}"), half
        if lanes == 1:
            return numbers
        low, high = (self.write(f"extractelement {vector(2)} {numbers}, i32 {lane}") for lane in (0, 1))
        return self.write(f"fadd {self.flags}double {low}, {high}")

    def together(self, singles: Iterable[str]) -> str:
        """Single numbers, each written when its turn comes, in a lane each."""
        result = "undef"
        for lane, one in enumerate(singles):
            if self.lanes == 1:
                return one
            result = self.write(f"insertelement {self.number} {result}, double {one}, i32 {lane}")
        return result

    def as_number(self, truth: str) -> str:
        """1 where something holds, 0 elsewhere: how a truth is kept in memory."""
        return self.step("select", (truth, self.constant(1.0), self.constant(0.0)))

    def as_truth(self, number: str) -> str:
        """The truth that was kept as a number."""
        return self.step("ne", (number, self.constant(0.0)))

    def splat(self, scalar: str, kind: str = "double") -> str:
        """A number from a register in every lane."""
        if self.lanes == 1:
            return scalar
        every = vector(self.lanes, kind)
        first = self.write(f"insertelement {every} undef, {kind} {scalar}, i32 0")
        return self.write(f"shufflevector {every} {first}, {every} undef, <{self.lanes} x i32> zeroinitializer")

    def step(self, op: str, args: Sequence[str]) -> str:
        """An operation; gives the name of the result."""
        if op in self._spelling:
            return self.write(self._spelling[op](*args))
        if op in INSTRUCTIONS:
            return self._intrinsic(INSTRUCTIONS[op], args)
        if op in _SEVERAL:
            return getattr(self, f"_{op}")(*args)  # type: ignore[no-any-return]
        if op in ("sin", "cos") and self.lanes > 1:
            return self._wave(op, args[0])
        if op in LIBRARY:
            return self._call(LIBRARY[op], args)
        if op in CALLBACKS or op.startswith(RAISES):
            return self._call(f"autograd_lite_{op}", args)
        raise UnsupportedOperation(f"there is no machine code for the operation {op!r}; backend='python' has it")

    def holds(self, truth: str) -> str:
        """Whether something holds in all lanes."""
        packed = self.write(f"bitcast {self.truth} {truth} to i{self.lanes}")
        return self.write(f"icmp eq i{self.lanes} {packed}, -1")

    def _any(self, truth: str) -> str:
        """Whether something holds in one lane at least."""
        if self.lanes == 1:
            return truth
        packed = self.write(f"bitcast {self.truth} {truth} to i{self.lanes}")
        return self.write(f"icmp ne i{self.lanes} {packed}, 0")

    def finite(self, numbers: Iterable[str]) -> str:
        """Whether all numbers are finite in all lanes; each is written when its turn comes."""
        # A product with 0 is 0 for finite numbers alone; several sums, because each addition waits for the one before.
        zero = self.constant(0.0)
        sums = [zero] * 4
        for k, number in enumerate(numbers):
            sums[k % 4] = self.step("add", (sums[k % 4], self.step("mul", (number, zero))))
        return self.holds(self.step("eq", (self.step("sum", sums), zero)))

    def check(self, truth: str, guard: int, expected: bool) -> None:
        """Leave the function with the number of a guard if it does not hold in every lane."""
        wrong = self.write(f"xor {self.truth} {truth}, {self._every('i1', 'true' if expected else 'false')}")
        flip, on = f"{self.prefix}.flip{guard}", f"{self.prefix}.on{guard}"
        self.do(f"br i1 {self._any(wrong)}, label %{flip}, label %{on}")
        self.block(flip)
        self.do(f"ret i64 {guard}")
        self.block(on)

    def _intrinsic(self, name: str, args: Sequence[str]) -> str:
        function = f"@llvm.{name}.{f'v{self.lanes}f64' if self.lanes > 1 else 'f64'}"
        self.declared[function] = f"declare {self.number} {function}({', '.join([self.number] * len(args))})"
        return self.write(f"call {self.number} {function}({', '.join(f'{self.number} {arg}' for arg in args)})")

    def fused(self, x: str, y: str, z: str) -> str:
        """x * y + z, as one instruction where the processor has it."""
        return self._intrinsic("fmuladd", (x, y, z))

    def _call(self, name: str, args: Sequence[str]) -> str:
        """A function of C, lane by lane."""
        self.declared[f"@{name}"] = f"declare double @{name}({', '.join(['double'] * len(args))}) nounwind"
        scalars = ([self.lane(arg, lane) for arg in args] for lane in range(self.lanes))
        return self.together(
            self.write(f"call double @{name}({', '.join(f'double {one}' for one in ones)})") for ones in scalars
        )

    def _sum(self, total: str, *more: str) -> str:
        for arg in more:
            total = self.step("add", (total, arg))
        return total

    def _fsum(self, total: str, *more: str) -> str:
        """Neumaier's sum: what each addition loses is added up too."""
        lost = self.constant(0.0)
        for arg in more:
            total, lost = self.compensated(total, lost, arg)
        return self.write(f"fadd {self.number} {total}, {lost}")

    def compensated(self, total: str, lost: str, arg: str) -> tuple[str, str]:
        """A sum with one number more, and what all its additions have lost."""
        V = self.number
        new = self.write(f"fadd {V} {total}, {arg}")
        larger = self.step("ge", (self.step("abs", (total,)), self.step("abs", (arg,))))
        big, small = self.step("select", (larger, total, arg)), self.step("select", (larger, arg, total))
        rest = self.write(f"fadd {V} {self.write(f'fsub {V} {big}, {new}')}, {small}")
        return new, self.write(f"fadd {V} {lost}, {rest}")

    def _wave(self, op: str, arg: str) -> str:
        """sin or cos of a vector, a function of its own: arithmetic, and C's where a number is too large for that."""
        name, V, lanes = f"@vector.{op}.{self.lanes}", self.number, self.lanes
        if name not in self.declared:
            inner = Instructions(lanes, contract=False)
            size = inner.step("abs", ("%x",))
            large = inner._any(inner.write(f"fcmp ugt {V} {size}, {inner.constant(LARGEST)}"))
            inner.do(f"br i1 {large}, label %slow, label %quick")
            inner.block("slow")
            inner.do(f"ret {V} {inner._call(op, ('%x',))}")
            inner.block("quick")
            program = quick(op)
            inner.do(f"ret {V} {program.interpret(['%x'], inner.step, inner.constant)[program.outputs[0]]}")
            self.declared |= inner.declared
            body = "\n".join(["entry:", *inner.lines])
            self.declared[name] = f"define internal {V} {name}({V} %x) nounwind noinline {{\n{body}\n}}"
        return self.write(f"call {V} {name}({V} {arg})")

    # --- a number and its bits ---------------------------------------------------------------------------------------

    def _as_bits(self, number: str) -> str:
        return self.write(f"bitcast {self.number} {number} to {self.bits}")

    def _as_number(self, bits: str) -> str:
        return self.write(f"bitcast {self.bits} {bits} to {self.number}")

    def _power2(self, shifted: str) -> str:
        """2**k for k + SHIFT, k whole and between -1022 and 1023."""
        return self._as_number(self.write(f"shl {self.bits} {self._as_bits(shifted)}, {self.whole(52)}"))

    def _scale2(self, x: str, k: str) -> str:
        # In two halves, so that a result below the smallest normal number is rounded once, and none overflows early.
        half = self.step("floor", (self.write(f"fmul {self.number} {k}, {self.constant(0.5)}"),))
        rest = self.write(f"fsub {self.number} {k}, {half}")
        for part in (half, rest):
            x = self._times(x, self._power2(self.write(f"fadd {self.number} {part}, {self.constant(SHIFT)}")))
        return x

    def _times(self, x: str, y: str) -> str:
        return self.write(f"fmul {self.number} {x}, {y}")

    def _biased(self, x: str) -> tuple[str, str]:
        """The bits of x, and the exponent (plus 1023) for a mantissa between sqrt(1/2) and sqrt(2)."""
        bits = self._as_bits(x)
        moved = self.write(f"add {self.bits} {bits}, {self.whole(_ONE - _SQRT_HALF)}")
        return bits, self.write(f"lshr {self.bits} {moved}, {self.whole(52)}")

    def _exponent(self, x: str) -> str:
        _, biased = self._biased(x)
        shown = self._as_number(self.write(f"or {self.bits} {biased}, {self.whole(_TWO_52)}"))
        return self.write(f"fsub {self.number} {shown}, {self.constant(2.0**52 + 1023.0)}")

    def _mantissa(self, x: str) -> str:
        bits, biased = self._biased(x)
        power = self.write(f"shl {self.bits} {biased}, {self.whole(52)}")
        rest = self.write(f"sub {self.bits} {bits}, {power}")
        return self._as_number(self.write(f"add {self.bits} {rest}, {self.whole(_ONE)}"))
