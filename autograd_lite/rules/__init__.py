"""The table of primitives and the ways to evaluate a row.  No `Value` in sight."""

from autograd_lite.rules.rule import CALL, Rule
from autograd_lite.rules.table import RULES

__all__ = ["CALL", "RULES", "Rule"]
