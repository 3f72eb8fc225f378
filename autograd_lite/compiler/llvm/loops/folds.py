"""Steps over a loop: how a round more is taken in, how lanes are put together, and what the result is."""

from collections.abc import Sequence

from autograd_lite.compiler.llvm.instructions import Instructions

#: What each begins with; truths are numbers here, 1 and 0.
_START = {
    "sum": (-0.0,), "dot": (-0.0,), "fsum": (-0.0, 0.0), "max": (float("-inf"),), "min": (float("inf"),), "and": (1.0,),
    "or": (0.0,),
}  # fmt: skip
_BETTER = {"max": "gt", "or": "gt", "min": "lt", "and": "lt"}


class Fold:
    """One of `sum fsum dot max min and or`.

    Parameters
    ----------
    op : str
    """

    def __init__(self, op: str) -> None:
        self.op = op

    def start(self, code: Instructions) -> list[str]:
        """What the sums are before the first round."""
        return [code.constant(number) for number in _START[self.op]]

    def more(self, code: Instructions, sums: Sequence[str], numbers: Sequence[str]) -> list[str]:
        """The sums with the numbers of a round; those of a dot product are its two factors."""
        if self.op == "dot":
            x, y = numbers
            return [code.fused(x, y, sums[0])] if code.flags else [code.step("add", (sums[0], code.step("mul", (x, y))))]
        for number in numbers:
            sums = self._one(code, sums, number)
        return list(sums)

    def _one(self, code: Instructions, sums: Sequence[str], number: str) -> list[str]:
        if self.op == "fsum":
            return list(code.compensated(sums[0], sums[1], number))
        if self.op in ("sum", "dot"):
            return [code.step("add", (sums[0], number))]
        better = code.step(_BETTER[self.op], (number, sums[0]))
        taken = code.step("or", (better, code.step("ne", (number, number))))
        return [code.step("select", (taken, number, sums[0]))]

    def across(self, wide: Instructions, single: Instructions, sums: Sequence[str], found: Sequence[str]) -> Sequence[str]:
        """The lanes of the sums taken into what was found so far."""
        if self.op in ("sum", "dot"):
            return self._one(single, found, wide.total(sums[0]))
        for lane in range(wide.lanes):
            found = self._one(single, found, wide.lane(sums[0], lane))
            if self.op == "fsum":
                found = [found[0], single.step("add", (found[1], wide.lane(sums[1], lane)))]
        return found

    def end(self, code: Instructions, sums: Sequence[str], rest: Sequence[str]) -> str:
        """The result, with what is the same in every round taken in once."""
        for number in rest:
            sums = self._one(code, sums, number)
        if self.op != "fsum":
            return sums[0]
        total = code.step("add", (sums[0], sums[1]))  # what an infinity loses is nan, and no part of the sum
        return code.step("select", (code.step("eq", (total, total)), total, sums[0]))
