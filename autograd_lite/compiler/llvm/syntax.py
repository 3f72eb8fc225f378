"""What all texts in LLVM's language here are made of: types of vectors, exact numbers, loops with a counter."""

import struct


def vector(lanes: int, kind: str = "double") -> str:
    """The type of so many numbers at once; of one number, the number's.

    >>> vector(4), vector(1, "i64")
    ('<4 x double>', 'i64')
    """
    return f"<{lanes} x {kind}>" if lanes > 1 else kind


def hexadecimal(number: float) -> str:
    """A double as LLVM writes it, exactly.

    >>> hexadecimal(1.0)
    '0x3FF0000000000000'
    """
    return f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}"


def loop(name: str, before: str, body: list[str], after: str, count: int | str, step: int = 1, first: int = 0) -> list[str]:
    """A block `name` that is run for its counter `%name.k` from `first` to `count`, at least once.

    Parameters
    ----------
    name : str
    before, after : str
        The blocks it is reached from and goes on to.
    body : list of str
    count : int or str
        A number, or the value that has it.
    step : int, default 1
    first : int, default 0
    """
    return [
        f"{name}:",
        f"  %{name}.k = phi i64 [ {first}, %{before} ], [ %{name}.next, %{name} ]",
        *body,
        f"  %{name}.next = add i64 %{name}.k, {step}",
        f"  %{name}.more = icmp ult i64 %{name}.next, {count}",
        f"  br i1 %{name}.more, label %{name}, label %{after}",
    ]


def cleared(
    name: str, before: str, array: str, kind: str, after: str, count: int | str, step: int = 1, align: str = ""
) -> list[str]:
    """A loop that sets the numbers of an array to zero, one of `kind` in each run."""
    unit = "double" if step > 1 else kind
    body = [
        f"  %{name}.at = getelementptr inbounds {unit}, ptr {array}, i64 %{name}.k",
        f"  store {kind} zeroinitializer, ptr %{name}.at{align}",
    ]
    return loop(name, before, body, after, count, step)
