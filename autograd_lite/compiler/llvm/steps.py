"""Single steps of a program as lines of LLVM's language, for one number or for a vector of them."""

import struct
from collections.abc import Sequence
from typing import Any

from autograd_lite.compiler.errors import UnsupportedOperation
from autograd_lite.compiler.llvm.waves import LARGEST, quick
from autograd_lite.compiler.lowering import LIBRARY
from autograd_lite.compiler.operations import COMPARISONS

_ARITHMETIC = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv"}
_ORDERED = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}
_INTRINSICS = {
    "abs": "fabs", "sqrt": "sqrt", "floor": "floor", "ceil": "ceil", "trunc": "trunc", "rint": "rint",
    "copysign": "copysign",
}  # fmt: skip
#: Functions of Python, called back where C has none.
CALLBACKS = {"digamma": 1, "polygamma": 2, "erfinv": 1, "erfcinv": 1, "sinc_derivative": 2, "round": 2}
_SQRT_HALF = 0x3FE6A09E667F3BCD
_ONE = 0x3FF0000000000000
_TWO_52 = 0x4330000000000000
_ROUNDING = 0x4338000000000000  # 1.5 * 2**52: added to a small whole number, it leaves that in the low bits


def hexadecimal(number: float) -> str:
    """A double as LLVM writes it, exactly.

    >>> hexadecimal(1.0)
    '0x3FF0000000000000'
    """
    return f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}"


class Steps:
    """Writes lines of LLVM's language for operations on `lanes` numbers at once.

    Parameters
    ----------
    lanes : int
    contract : bool
        Allow a product and a sum to be one instruction with one rounding.
    prefix : str, default "t"
        What names of results begin with; others for steps before the loop than in it.
    """

    def __init__(self, lanes: int, contract: bool, prefix: str = "t") -> None:
        self.lanes = lanes
        self.prefix = prefix
        self.flags = "contract " if contract else ""
        self.lines: list[str] = []
        self.declared: dict[str, str] = {}
        self._serial = 0

    @property
    def number(self) -> str:
        """The type of a number."""
        return f"<{self.lanes} x double>" if self.lanes > 1 else "double"

    @property
    def truth(self) -> str:
        """The type of a truth."""
        return f"<{self.lanes} x i1>" if self.lanes > 1 else "i1"

    @property
    def bits(self) -> str:
        """The type of a number's bits."""
        return f"<{self.lanes} x i64>" if self.lanes > 1 else "i64"

    def write(self, text: str) -> str:
        """A line with a result; gives its name."""
        self._serial += 1
        name = f"%{self.prefix}{self._serial}"
        self.lines.append(f"{name} = {text}")
        return name

    def do(self, text: str) -> None:
        """A line without a result."""
        self.lines.append(text)

    def constant(self, number: float) -> str:
        """A number in every lane."""
        text = hexadecimal(number)
        return f"<{', '.join([f'double {text}'] * self.lanes)}>" if self.lanes > 1 else text

    def whole(self, bits: int) -> str:
        """A whole number in every lane."""
        return f"<{', '.join([f'i64 {bits}'] * self.lanes)}>" if self.lanes > 1 else str(bits)

    def splat(self, scalar: str) -> str:
        """A number from a register in every lane."""
        if self.lanes == 1:
            return scalar
        first = self.write(f"insertelement {self.number} undef, double {scalar}, i32 0")
        zeros = f"<{self.lanes} x i32> zeroinitializer"
        return self.write(f"shufflevector {self.number} {first}, {self.number} undef, {zeros}")

    def step(self, op: str, args: Sequence[str]) -> str:
        """An operation; gives the name of the result."""
        V = self.number
        if op in _ARITHMETIC:
            return self.write(f"{_ARITHMETIC[op]} {self.flags}{V} {args[0]}, {args[1]}")
        if op == "neg":
            return self.write(f"fneg {V} {args[0]}")
        if op in COMPARISONS:
            return self.write(f"fcmp {_ORDERED[op]} {V} {args[0]}, {args[1]}")
        if op == "select":
            return self.write(f"select {self.truth} {args[0]}, {V} {args[1]}, {V} {args[2]}")
        if op in ("and", "or"):
            return self.write(f"{op} {self.truth} {args[0]}, {args[1]}")
        if op == "not":
            return self.write(f"xor {self.truth} {args[0]}, {self.all_true}")
        if op in _INTRINSICS:
            return self._intrinsic(_INTRINSICS[op], args)
        if op == "sum":
            return self._sum(args)
        if op == "fsum":
            return self._exact_sum(args)
        if op in ("scale2", "exponent", "mantissa"):
            return getattr(self, f"_{op}")(*args)  # type: ignore[no-any-return]
        if op in ("sin", "cos") and self.lanes > 1:
            return self._wave(op, args[0])
        if op in LIBRARY:
            return self._call(LIBRARY[op], args)
        if op in CALLBACKS:
            return self._call(f"autograd_lite_{op}", args)
        raise UnsupportedOperation(f"there is no machine code for the operation {op!r}; backend='python' has it")

    @property
    def all_true(self) -> str:
        """True in every lane."""
        return f"<{', '.join(['i1 true'] * self.lanes)}>" if self.lanes > 1 else "true"

    def _intrinsic(self, name: str, args: Sequence[str]) -> str:
        suffix = f"v{self.lanes}f64" if self.lanes > 1 else "f64"
        function = f"@llvm.{name}.{suffix}"
        self.declared[function] = f"declare {self.number} {function}({', '.join([self.number] * len(args))})"
        return self.write(f"call {self.number} {function}({', '.join(f'{self.number} {arg}' for arg in args)})")

    def fused(self, x: str, y: str, z: str) -> str:
        """x * y + z, as one instruction where the processor has it."""
        return self._intrinsic("fmuladd", (x, y, z))

    def _call(self, name: str, args: Sequence[str]) -> str:
        """A function of C, lane by lane."""
        self.declared[f"@{name}"] = f"declare double @{name}({', '.join(['double'] * len(args))}) nounwind"
        if self.lanes == 1:
            return self.write(f"call double @{name}({', '.join(f'double {arg}' for arg in args)})")
        result = "undef"
        for lane in range(self.lanes):
            scalars = [self.write(f"extractelement {self.number} {arg}, i32 {lane}") for arg in args]
            one = self.write(f"call double @{name}({', '.join(f'double {scalar}' for scalar in scalars)})")
            result = self.write(f"insertelement {self.number} {result}, double {one}, i32 {lane}")
        return result

    def _sum(self, args: Sequence[str]) -> str:
        total = args[0]
        for arg in args[1:]:
            total = self.step("add", (total, arg))
        return total

    def _exact_sum(self, args: Sequence[str]) -> str:
        """Neumaier's sum: what each addition loses is added up too."""
        V = self.number
        total, lost = args[0], self.constant(0.0)
        for arg in args[1:]:
            new = self.write(f"fadd {V} {total}, {arg}")
            larger = self.step("ge", (self.step("abs", (total,)), self.step("abs", (arg,))))
            big, small = self.step("select", (larger, total, arg)), self.step("select", (larger, arg, total))
            rest = self.write(f"fadd {V} {self.write(f'fsub {V} {big}, {new}')}, {small}")
            lost = self.write(f"fadd {V} {lost}, {rest}")
            total = new
        return self.write(f"fadd {V} {total}, {lost}")

    def _wave(self, op: str, arg: str) -> str:
        """sin or cos of a vector, a function of its own: arithmetic, and C's where a number is too large for that."""
        name, V, lanes = f"@vector.{op}.{self.lanes}", self.number, self.lanes
        if name not in self.declared:
            inner = Steps(lanes, contract=False)
            size = inner.step("abs", ("%x",))
            truths = inner.write(f"fcmp ugt {V} {size}, {inner.constant(LARGEST)}")
            packed = inner.write(f"bitcast {inner.truth} {truths} to i{lanes}")
            large = inner.write(f"icmp ne i{lanes} {packed}, 0")
            inner.lines += [f"br i1 {large}, label %slow, label %quick", "slow:"]
            inner.do(f"ret {V} {inner._call(op, ('%x',))}")
            inner.do("quick:")
            names: list[str] = []
            program = quick(op)
            for step, operands in zip(program.ops, program.args, strict=True):
                if step == "input":
                    names.append("%x")
                elif step == "const":
                    names.append(inner.constant(operands[0]))
                else:
                    names.append(inner.step(step, [names[operand] for operand in operands]))
            inner.do(f"ret {V} {names[program.outputs[0]]}")
            self.declared |= inner.declared
            body = "\n".join(inner.lines)
            self.declared[name] = f"define internal {V} {name}({V} %x) nounwind noinline {{\n{body}\n}}"
        return self.write(f"call {V} {name}({V} {arg})")

    # --- a number and its bits ---------------------------------------------------------------------------------------

    def _as_bits(self, number: str) -> str:
        return self.write(f"bitcast {self.number} {number} to {self.bits}")

    def _as_number(self, bits: str) -> str:
        return self.write(f"bitcast {self.bits} {bits} to {self.number}")

    def _power(self, k: str) -> str:
        """2**k for a whole k between -1022 and 1023."""
        rounding = self.constant(struct.unpack("<d", struct.pack("<Q", _ROUNDING))[0])
        low = self._as_bits(self.write(f"fadd {self.number} {k}, {rounding}"))
        biased = self.write(f"add {self.bits} {low}, {self.whole(1023)}")
        return self._as_number(self.write(f"shl {self.bits} {biased}, {self.whole(52)}"))

    def _scale2(self, x: str, k: str) -> str:
        # In two halves, so that a result below the smallest normal number is rounded once, and none overflows early.
        half = self.step("floor", (self.write(f"fmul {self.number} {k}, {self.constant(0.5)}"),))
        rest = self.write(f"fsub {self.number} {k}, {half}")
        return self._times(self._times(x, self._power(half)), self._power(rest))

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


def declarations(declared: dict[str, str]) -> Any:
    """The declarations of what was called, in order of their names."""
    return [declared[name] for name in sorted(declared)]


__all__ = ["CALLBACKS", "Steps", "declarations", "hexadecimal"]
