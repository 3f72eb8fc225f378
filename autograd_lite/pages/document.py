"""One self-contained HTML file: template, style, script and data put together so that nothing in the data can run.

The files under `static/` are plain HTML, CSS and JavaScript, written as such; this module only assembles them.  The page's
content security policy allows exactly this style and this script (by their hashes) and no network at all, and the data stand
in a block of JSON in which no character can end the block.  So a label with markup in it stays a label.
"""

import base64
import hashlib
import html
import math
import re
from collections.abc import Sequence
from functools import cache, partial
from importlib import resources
from typing import Any

from autograd_lite.terminal import json_text, printable

#: Characters that could end a block of JSON in HTML.  JSON allows escapes in the place of any of them.
_UNSAFE = re.compile("[<>&]")


@cache
def static(name: str) -> str:
    """A file of `static/` as text."""
    return resources.files("autograd_lite.pages").joinpath("static", name).read_text(encoding="utf-8")


def plain(thing: Any) -> Any:
    """`thing` for JSON, which knows no nan and no infinity: those become the texts "nan", "inf" and "-inf".

    >>> plain({"x": [1.0, float("inf"), None]})
    {'x': [1.0, 'inf', None]}
    """
    if isinstance(thing, float):
        return thing if math.isfinite(thing) else str(thing)
    if isinstance(thing, dict):
        return {key: plain(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [plain(one) for one in thing]
    return thing


def embedded_json(data: Any) -> str:
    """Data as JSON that is safe inside a `<script>` element.

    >>> embedded_json({"label": "</script><img onerror=x>"})
    '{"label":"\\\\u003c/script\\\\u003e\\\\u003cimg onerror=x\\\\u003e"}'
    """
    write = partial(json_text, allow_nan=False, separators=(",", ":"))
    try:
        text = write(data)
    except ValueError:
        text = write(plain(data))
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def assemble(
    title: str, body: str, styles: Sequence[str], scripts: Sequence[str], data: Any, theme: str = "auto", first: str = ""
) -> str:
    """The whole page.

    Parameters
    ----------
    title : str
        Any text; it is escaped.
    body : str
        The file in `static/` with what stands in `<main>`.
    styles, scripts : sequence of str
        Files in `static/`, in order.
    data : dict
        What the script reads.
    theme : {"auto", "light", "dark"}
    first : str, optional
        A script to come before the others; like those it must not hold the end of a script element.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the theme is another one.
    """
    if theme not in ("auto", "light", "dark"):
        raise ValueError(f"theme is auto (as the reader's system), light or dark; not {theme!r}")
    style = "\n".join(map(static, styles))
    script = '(() => {\n"use strict";\n' + "\n".join([first, *map(static, scripts)]) + "})();"
    parts = {
        "title": html.escape(printable(title)),
        "policy": content_policy(style, f"script-src '{_hash(script)}'"),
        "theme": theme,
        "style": style,
        "body": static(body).replace("@@transport@@", static("transport.html")),
        "data": embedded_json(data),
        "script": script,
    }
    # One pass over the template, so that what is put in is never taken for a place to put something.
    return re.sub(r"@@(\w+)@@", lambda place: parts[place[1]], static("page.html"))


def content_policy(style: str, *more: str) -> str:
    """What a browser lets a page do: nothing but its own style, and `more`.

    >>> content_policy("", "img-src 'self'")[-54:]
    "'; img-src 'self'; base-uri 'none'; form-action 'none'"
    """
    allowed = ["default-src 'none'", f"style-src '{_hash(style)}'", *more, "base-uri 'none'", "form-action 'none'"]
    return "; ".join(allowed)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def framed(page: str, title: str, height: int) -> str:
    """A page in a frame of its own, to be put into another page: its style and its keys touch nothing around it.

    >>> framed("<p>hello", 'a "title"', 300)[:62]
    '<iframe title="a &quot;title&quot;" sandbox="allow-scripts" sr'
    """
    return (
        f'<iframe title="{html.escape(printable(title))}" sandbox="allow-scripts" srcdoc="{html.escape(page)}" '
        f'style="width:100%;height:{height}px;border:1px solid #8b949e;border-radius:10px"></iframe>'
    )
