"""A real browser for the tests of the pages: Debian's chromium, driven by selenium.  Nothing is ever downloaded."""

import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")


def open_browser():
    webdriver = pytest.importorskip("selenium.webdriver")
    from selenium.webdriver.chrome.service import Service

    if CHROMIUM is None or DRIVER is None:
        pytest.skip("there is no chromium, or no chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.set_script_timeout(30)
    return driver


class Page:
    """One page in the browser, and what a reader does with it."""

    def __init__(self, driver, path):
        self.driver = driver
        driver.get(path.as_uri())

    def js(self, code, *arguments):
        return self.driver.execute_script(code, *arguments)

    def text(self, selector):
        return self.js("return document.querySelector(arguments[0]).textContent", selector)

    def click(self, selector):
        from selenium.webdriver.common.by import By

        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    def press(self, *keys):
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    @property
    def k(self):
        return self.js("return autogradPage.player.k")

    def goto(self, k):
        self.js("autogradPage.player.goto(arguments[0])", k)

    def errors(self):
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


def emulate(driver, width=1400, height=900, **features):
    """The size of the window, and what the reader's system prefers: `prefers_color_scheme="dark"`."""
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    )
    wanted = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})


#: Every text that can be seen, with the contrast (WCAG 2) between it and what is behind it.
CONTRASTS = """
const parse = (text) => { const m = text.match(/[\\d.]+/g).map(Number); return m.length > 3 ? m : [...m, 1]; };
const linear = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
const over = (top, below) => [0, 1, 2].map((k) => top[k] * top[3] + below[k] * (1 - top[3])).concat(1);
const behind = (element) => {
  const layers = [];
  for (let at = element; at; at = at.parentElement) {
    if (at instanceof SVGElement && at.classList.contains("node")) {
      const text = element.classList.contains("badge-text");
      layers.push(parse(getComputedStyle(at.querySelector(text ? ".badge" : "rect.box")).fill));
    } else if (!(at instanceof SVGElement)) layers.push(parse(getComputedStyle(at).backgroundColor));
  }
  return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
};
const found = [];
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!own || !element.getClientRects().length || element.closest("script, style, title, :disabled, .hidden, option")) continue;
  const style = getComputedStyle(element);
  if (style.visibility === "hidden") continue;
  const back = behind(element), ink = over(parse(element instanceof SVGElement ? style.fill : style.color), back);
  const [high, low] = [light(ink), light(back)].sort((a, b) => b - a);
  found.push([(high + 0.05) / (low + 0.05), element.textContent.trim().slice(0, 30), element.className.baseVal ?? element.className]);
}
return found.sort((a, b) => a[0] - b[0]);
"""
