"""Writes `docs/annotated.html`: the engine's one file, `autograd_lite/engine/value.py`, with its text beside its code.

python tools/annotate.py            write it
python tools/annotate.py --check    say whether it is up to date
"""

import ast
import html
import re
import sys
from pathlib import Path
from typing import NamedTuple

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "autograd_lite" / "engine" / "value.py"
PAGE = ROOT / "docs" / "annotated.html"

TEMPLATE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ --ground: #fff; --text: #1d2733; --side: #f5f6f8; --line: #dfe3e8; --faint: #5b6673; }}
body {{ margin: 0; background: var(--ground); color: var(--text); font: 16px/1.55 Georgia, serif; }}
section {{ display: grid; grid-template-columns: minmax(16rem, 26rem) minmax(0, 1fr); }}
.words {{ padding: .6rem 2rem; }}
.code {{ background: var(--side); border-left: 1px solid var(--line); padding: .6rem 1.5rem; overflow-x: auto; }}
pre {{ margin: 0; font: 12.5px/1.5 ui-monospace, Menlo, Consolas, monospace; }}
.words pre {{ background: var(--side); padding: .6rem; overflow-x: auto; }}
.words code {{ font: 14px ui-monospace, Menlo, Consolas, monospace; }}
h1 {{ font-size: 1.5rem; }} h2 {{ font-size: 1.1rem; margin: 1.2rem 0 .2rem; }}
dt {{ font-style: italic; }} dd {{ margin: 0 0 .5rem 1rem; }}
{light}
@media (prefers-color-scheme: dark) {{
:root {{ --ground: #14181d; --text: #e3e8ee; --side: #1b2129; --line: #313a45; --faint: #9aa6b3; }}
{dark}
}}
@media (max-width: 60rem) {{ section {{ display: block; }} .code {{ border-left: 0; }} }}
</style>
<main>
<section><div class="words"><h1>{title}</h1></div><div class="code"></div></section>
{sections}
</main>
</html>
"""


class Part(NamedTuple):
    """Some words, and the lines of code that they are about."""

    words: str
    code: str


def parts_of(source: str) -> list[Part]:
    """A module in parts: what stands before the first definition, each function, each method."""
    tree = ast.parse(source)
    lines = source.splitlines()
    module = ast.get_docstring(tree) or ""
    starts: list[tuple[int, ast.AST | None]] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            starts.append((_first(node), node))
            if isinstance(node, ast.ClassDef):
                members = [one for one in node.body if isinstance(one, ast.FunctionDef)]
                starts += [
                    (_first(one), one) for one in members if ast.get_docstring(one) or one.end_lineno - one.lineno > 2
                ]
    end_of_docstring = tree.body[0].end_lineno or 1
    found = [Part(module, _without_blank_ends(lines[end_of_docstring : starts[0][0] - 1]))]
    for (start, node), following in zip(starts, [start for start, _ in starts[1:]] + [len(lines) + 1], strict=True):
        head, rest, words = [], lines[start - 1 : following - 1], ""
        docstring = node.body[0] if ast.get_docstring(node) else None
        if docstring is not None:
            words = ast.get_docstring(node)
            head = lines[start - 1 : docstring.lineno - 1]
            rest = lines[docstring.end_lineno : following - 1]
        found.append(Part(words, _without_blank_ends([*head, *rest])))
    return found


def _first(node: ast.FunctionDef | ast.ClassDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _without_blank_ends(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n")


def words_in_html(words: str) -> str:
    """A docstring as HTML: paragraphs, examples, and the sections of NumPy's style."""
    blocks, made = re.split(r"\n\n+", words), []
    for block in blocks:
        title = re.match(r"(\w+)\n-+\n", block)
        if title:
            made.append(f"<h2>{title[1]}</h2>")
            block = block[title.end() :]
        if block.startswith(">>>"):
            made.append(f"<pre>{html.escape(block)}</pre>")
        elif title:
            made.append(f"<dl>{_definitions(block)}</dl>")
        elif block.strip():
            made.append(f"<p>{_inline(' '.join(block.split()))}</p>")
    return "\n".join(made)


def _definitions(block: str) -> str:
    made = []
    for line in block.splitlines():
        made.append(f"<dd>{_inline(line.strip())}</dd>" if line.startswith(" ") else f"<dt>{_inline(line)}</dt>")
    return "\n".join(made)


def _inline(text: str) -> str:
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))
    return re.sub(r"(?<!\w)\*(\w+)\*", r"<em>\1</em>", text)


def page() -> str:
    """The whole page."""
    source = SOURCE.read_text(encoding="utf-8")
    formatter = HtmlFormatter(nowrap=True)
    sections = []
    for part in parts_of(source):
        code = highlight(part.code, PythonLexer(stripnl=False), formatter).rstrip("\n")
        sections.append(
            f'<section><div class="words">{words_in_html(part.words)}</div><div class="code"><pre>{code}</pre></div></section>'
        )
    styles = {
        name: HtmlFormatter(style=style).get_style_defs(".code")
        for name, style in (("light", "default"), ("dark", "monokai"))
    }
    for name, text in styles.items():
        # The colours of the letters; the page has its own ground.
        styles[name] = "\n".join(
            line for line in text.splitlines() if line.startswith(".code .") and "background" not in line
        )
    return TEMPLATE.format(title="autograd_lite/engine/value.py", sections="\n".join(sections), **styles)


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` only compare."""
    text = page()
    if "--check" not in arguments:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
    if not fresh:
        print("docs/annotated.html is stale: run python tools/annotate.py")
    return 0 if fresh else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
