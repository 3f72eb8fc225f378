"""The pictures of the pages in the documents, taken in a real browser: `python docs/pages/screenshots.py`.

Needs chromium with its driver, and the extra `dev` (selenium; Pillow comes with matplotlib).  Run it when the pages look different.
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path

from autograd_lite import RunRecorder, Value, data, nn, to_html, training_page

HERE = Path(__file__).resolve().parent


def stepping() -> str:
    """A sigmoid neuron on one sample, with weight decay, so that w is used three times."""
    w, x, b, y = (Value(v, label=n) for v, n in ((-2.0, "w"), (1.5, "x"), (0.5, "b"), (1.0, "y")))
    s = (w * x + b).sigmoid()
    s.label = "s"
    loss = (s - y) ** 2 + 0.1 * w * w
    loss.label = "L"
    return to_html(loss, title="One neuron, one sample", theme="light", step=17)


def training() -> str:
    """Two half-moons, learned."""
    moons = data.load("moons", n=200)
    xs, ys = moons.x, moons.y
    model = nn.MLP(2, [8, 8, 1], activation="tanh", seed=0)
    recorder = RunRecorder(model, xs, ys)
    nn.fit(model, xs, ys, loss="bce_with_logits", optimizer="adam", lr=0.05, epochs=120, callbacks=[recorder])
    return training_page(recorder, title="Two half-moons", theme="light")


def main() -> None:
    """Write stepping.png and training.png beside this file."""
    from PIL import Image
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--hide-scrollbars"):
        options.add_argument(argument)
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or sys.exit("there is no chromium")
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    pictures = (
        (
            "stepping.png",
            stepping(),
            860,
            "document.querySelector('.node[aria-label^=\"w;\"]').dispatchEvent(new MouseEvent('click'))",
        ),
        ("training.png", training(), 820, "autogradPage.player.goto(30)"),
    )
    with tempfile.TemporaryDirectory() as folder:
        for name, page, height, action in pictures:
            path = Path(folder, "page.html")
            path.write_text(page, encoding="utf-8")
            driver.execute_cdp_cmd(
                "Emulation.setDeviceMetricsOverride",
                {"width": 1280, "height": height, "deviceScaleFactor": 1, "mobile": False},
            )
            driver.get(path.as_uri())
            driver.execute_script(action)
            driver.execute_async_script("setTimeout(arguments[0], 800)")  # what moves has arrived
            shot = Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB")
            shot.quantize(160, dither=Image.Dither.NONE).save(HERE / name, optimize=True)
    driver.quit()


if __name__ == "__main__":
    main()
