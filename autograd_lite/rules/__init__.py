"""The table of primitives and the ways to evaluate a row.  No `Value` in sight."""

from autograd_lite.rules.rule import Rule
from autograd_lite.rules.table import TABLE

#: Every primitive by name, in the order of the table; custom ones are added at run time.
RULES: dict[str, Rule] = {rule.name: rule for rule in TABLE}

__all__ = ["RULES", "Rule"]
