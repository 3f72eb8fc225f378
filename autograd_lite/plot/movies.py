"""An animation as a file: a GIF, or a page with a player.

matplotlib's own GIF gives every frame a palette of its own, so that nothing can be shared between frames, and its page asks
a server for the icons of its buttons.  Here all frames share one palette and a GIF holds only what changes, which makes it
ten times smaller; and the page needs nothing but itself.
"""

import base64
import html
import io
import itertools
import json
from pathlib import Path
from typing import Any

from autograd_lite.files import write_result
from autograd_lite.plot.figure import matplotlib
from autograd_lite.terminal import printable

#: In the palette; the next number stands for what does not change.
_COLOURS = 96


def save_movie(
    animation: Any, path: str | Path, *, fps: float = 12.0, hold: float = 2.0, dpi: int = 80, title: str = ""
) -> None:
    """Write an animation into a `.gif`, or into an `.html` page with a slider and buttons.

    Parameters
    ----------
    animation : matplotlib.animation.Animation
        What `optimizer_race_animation` gives, or any other.
    path : str or Path
    fps : float, default 12
        Frames a second.
    hold : float, default 2
        How many seconds the last frame is seen before all begins again.
    dpi : int, default 80
        Pixels an inch.
    title : str, optional
        Of the page; the name of the file if left out.

    Raises
    ------
    ValueError
        If the file ends in something else.
    OSError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from autograd_lite import plot
    >>> path = Path(tempfile.mkdtemp()) / "race.gif"
    >>> ways = {"slow": [(1.0, 1.0), (0.9, 0.9)], "fast": [(1.0, 1.0), (0.1, 0.2)]}
    >>> race = plot.optimizer_race_animation(lambda x, y: x * x + y * y, ways, frames=2, resolution=10)
    >>> plot.save_movie(race, path, dpi=30)
    >>> path.read_bytes()[:6]
    b'GIF89a'
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in (".gif", ".html"):
        raise ValueError(f"a movie is a file that ends in .gif or .html, not {str(path)!r}")
    frames = _with_one_palette(_frames(animation, dpi))
    if ending == ".gif":
        pause = round(1000 / fps)
        durations = [pause] * (len(frames) - 1) + [round(1000 * hold)]
        options = {"duration": durations, "loop": 0, "transparency": _COLOURS, "disposal": 1, "optimize": False}
        stream = io.BytesIO()
        frames[0].save(stream, format="gif", save_all=True, append_images=_changes(frames), **options)
        write_result(path, stream.getvalue(), "race.gif")
    else:
        write_result(path, _page(frames, fps, hold, title or path.stem), "race.html")


def _frames(animation: Any, dpi: int) -> list[Any]:
    """All frames as images."""
    matplotlib()
    from matplotlib.animation import AbstractMovieWriter
    from matplotlib.backends.backend_agg import RendererAgg
    from PIL import Image

    class Collector(AbstractMovieWriter):
        """A writer that keeps the frames."""

        def setup(self, fig: Any, outfile: Any, dpi: Any = None) -> None:
            super().setup(fig, outfile, dpi=dpi)
            self.dpi_before = fig.dpi
            fig.set_dpi(dpi)
            self.images: list[Any] = []

        def grab_frame(self, **options: Any) -> None:
            # Not by savefig, nor by a canvas: each draws everything twice.
            width, height = map(int, self.fig.bbox.size)
            renderer = RendererAgg(width, height, self.dpi)
            self.fig.draw(renderer)
            pixels: Any = renderer.buffer_rgba()
            self.images.append(Image.frombuffer("RGBA", pixels.shape[1::-1], pixels).convert("RGB"))

        def finish(self) -> None:
            self.fig.set_dpi(self.dpi_before)

    collector = Collector()
    animation.save("frames", writer=collector, dpi=dpi)
    return collector.images


def _with_one_palette(frames: list[Any]) -> list[Any]:
    """The frames in the colours of the last, which shows the most of them; without dithering, so that what does not change
    is the same in all."""
    from PIL import Image

    colours = frames[-1].quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).getpalette()
    # Paper is white, not the average of what is nearly white.
    for k in range(0, 3 * _COLOURS, 3):
        if min(colours[k : k + 3], default=0) >= 248:
            colours[k : k + 3] = [255, 255, 255]
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours[: 3 * _COLOURS])
    return [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]


def _changes(frames: list[Any]) -> list[Any]:
    """All frames but the first, with the pixels that stay as they were made transparent: long runs that take no room."""
    import numpy as np
    from PIL import Image

    changed = []
    for before, after in itertools.pairwise(frames):
        pixels = np.array(after)
        pixels[pixels == np.array(before)] = _COLOURS
        changed.append(Image.fromarray(pixels))
        changed[-1].putpalette(after.getpalette())
    return changed


def _page(frames: list[Any], fps: float, hold: float, title: str) -> str:
    sources = []
    for frame in frames:
        stream = io.BytesIO()
        frame.save(stream, format="png", optimize=True)
        sources.append("data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii"))
    width, height = frames[0].size
    return _PAGE.format(
        policy=_POLICY, title=html.escape(printable(title)), width=width, height=height, last=len(frames) - 1, first=sources[-1],
        frames=json.dumps(sources), pause=round(1000 / fps), hold=round(1000 * hold),
    )  # fmt: skip


#: Nothing is loaded from anywhere.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; color: #1f2328; background: #fff; max-width: {width}px; margin: 1rem auto; }}
img {{ display: block; width: 100%; height: auto; }}
form {{ display: flex; gap: .5rem; align-items: center; padding: .5rem; }}
button {{ font: inherit; min-width: 5rem; }}
input {{ flex: 1; }}
</style>
</head>
<body>
<img id="frame" src="{first}" width="{width}" height="{height}" alt="{title}">
<form>
<button type="button" id="play">Play</button>
<input type="range" id="slider" min="0" max="{last}" value="{last}" aria-label="frame">
</form>
<script>
const frames = {frames};
const image = document.getElementById("frame");
const slider = document.getElementById("slider");
const button = document.getElementById("play");
let timer = null;
function show(k) {{ slider.value = k; image.src = frames[k]; }}
function stop() {{ clearTimeout(timer); timer = null; button.textContent = "Play"; }}
function next() {{
  const k = (Number(slider.value) + 1) % frames.length;
  show(k);
  timer = setTimeout(next, k === frames.length - 1 ? {hold} : {pause});
}}
function play() {{ button.textContent = "Pause"; next(); }}
button.addEventListener("click", () => (timer === null ? play() : stop()));
slider.addEventListener("input", () => {{ stop(); show(Number(slider.value)); }});
if (!matchMedia("(prefers-reduced-motion: reduce)").matches) play();
</script>
</body>
</html>
"""
