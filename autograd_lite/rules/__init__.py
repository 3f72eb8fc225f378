"""The table of primitives and the ways to evaluate a row.  No `Value` in sight."""

from typing import Never

from autograd_lite.hints import missing
from autograd_lite.rules.rule import CALL, Rule
from autograd_lite.rules.table import RULES

__all__ = ["CALL", "RULES", "Rule"]


def __getattr__(name: str) -> Never:
    raise missing(__name__, name, __all__)
