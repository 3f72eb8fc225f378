"""Whether results that blocks give are each given once, so that they are stored and not added up."""

from autograd_lite.compiler.loops import Block, Loops, at


def given_once(outputs: list[int], loops: Loops, first: int, last: int) -> bool:
    """Whether each place from `first` to `last` has one result: a single, or one round of one block.

    >>> loops = Loops([2, 3], blocks=[Block(0, 0, ((0, 4), (1, 1))), Block(1, 3, ((0, 4),))])
    >>> given_once([-1] * 8, loops, 0, 8), given_once([-1] * 9, loops, 0, 9), given_once([5, *[-1] * 7], loops, 0, 8)
    (True, False, False)
    """
    marks = bytearray(output >= 0 for output in outputs)
    return all(_marked(marks, block, loops) for block in loops.blocks if first <= block.place < last) and all(
        marks[first:last]
    )


def _marked(marks: bytearray, block: Block, loops: Loops) -> bool:
    """Mark the places of a block; False if one was marked before, or strides run the other way or stand still."""
    if any(stride <= 0 for _, stride in block.strides):
        return False
    inner = max((loop for loop, _ in block.strides), key=lambda loop: loops.sizes[loop], default=None)
    strides = dict(block.strides)
    stride, size = (1, 1) if inner is None else (strides.pop(inner), loops.sizes[inner])
    for rounds in loops.rounds(list(strides)):
        start = block.place + at(tuple(strides.items()), rounds)
        run = slice(start, start + (size - 1) * stride + 1, stride)
        if any(marks[run]):
            return False
        marks[run] = b"\1" * size
    return True
