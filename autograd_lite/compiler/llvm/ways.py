"""Calling the program of each way that samples take through the loss, for the groups of samples that take it."""

from collections.abc import Callable


def call_ways(ways: int, groups: str, totals: str, then: str, leave: Callable[[int], list[str]]) -> list[str]:
    """Blocks `way0`, `way1`, ...: each runs its program over its samples, if there are any, and goes on to the next.

    Parameters
    ----------
    ways : int
    groups : str
        The value with, for each way, where its samples begin and how many there are.
    totals : str
        The value that points to where gradients and loss are added up.
    then : str
        The block after the last.
    leave : callable
        What is done where a guard of a way did not hold; `%flip<way>` has its number.
    """
    lines = []
    for way in range(ways):
        after = f"way{way + 1}" if way + 1 < ways else then
        lines += [
            f"way{way}:",
            f"  %at.begin{way} = getelementptr inbounds i64, ptr {groups}, i64 {2 * way}",
            f"  %at.size{way} = getelementptr inbounds i64, ptr {groups}, i64 {2 * way + 1}",
            f"  %begin{way} = load i64, ptr %at.begin{way}",
            f"  %size{way} = load i64, ptr %at.size{way}",
            f"  %any{way} = icmp sgt i64 %size{way}, 0",
            f"  br i1 %any{way}, label %run{way}, label %{after}",
            f"run{way}:",
            f"  %offsets{way} = getelementptr inbounds i64, ptr %offsets, i64 %begin{way}",
            f"  %weights{way} = getelementptr inbounds double, ptr %weights, i64 %begin{way}",
            f"  %flip{way} = call i64 @sample{way}(ptr %block, ptr %block, ptr %rows, ptr %offsets{way}, "
            f"ptr %weights{way}, i64 %size{way}, ptr {totals}, ptr null, ptr %totals)",
            f"  %bad{way} = icmp sge i64 %flip{way}, 0",
            f"  br i1 %bad{way}, label %leave{way}, label %{after}",
            f"leave{way}:",
            *leave(way),
        ]
    return lines


__all__ = ["call_ways"]
