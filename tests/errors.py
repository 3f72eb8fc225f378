"""What an error has to say, whatever its words: a pattern for `pytest.raises(match=...)`."""

import re


def says(*facts: object) -> str:
    """A message with all of these in it, in any order and between any words: what was given, what is accepted, what to type.

    >>> bool(re.search(says("width", 4), "4 is no multiple of width")), bool(re.search(says("width", 4), "width is 5"))
    (True, False)
    """
    return r"(?s)\A" + "".join(f"(?=.*{re.escape(str(fact))})" for fact in facts)
