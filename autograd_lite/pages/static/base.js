// What both kinds of page share: numbers as Python prints them, elements without markup, the player, keys, the theme.

const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

// --- elements: texts are always text, never markup ---------------------------------------------------------------------

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of [children ?? []].flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child.nodeType ? child : document.createTextNode(String(child)));
  }
  return element;
}
const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

// --- numbers ------------------------------------------------------------------------------------------------------------

/** A number of the data: JSON knows no nan and no infinity, so those come as texts. */
function number(x) {
  if (typeof x === "number") return x;
  return x === "nan" ? NaN : x === "inf" ? Infinity : x === "-inf" ? -Infinity : null;
}

/** A number in so many digits, always recognisable as a float: -6.0, 0.3, 1e-20. */
function short(x, digits = 6) {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  if (x === 0) return Object.is(x, -0) ? "-0.0" : "0.0";
  const size = Math.abs(x);
  if (size >= 1e5 && size < 1e15 && Number(x.toPrecision(digits)) !== x) digits += 4;
  let [mantissa, exponent] = x.toExponential(digits - 1).split("e");
  exponent = Number(exponent);
  if (exponent < -4 || exponent >= digits) {
    if (mantissa.includes(".")) mantissa = mantissa.replace(/\.?0+$/, "");
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const text = String(Number(x.toPrecision(digits)));
  return text.includes(".") || text.includes("e") ? text : `${text}.0`;
}

/** The range of several numbers. */
function range(pair, digits = 4) {
  if (!pair) return "none";
  const [low, high] = pair.map(number);
  return low === high || Number.isNaN(low) ? short(low, digits) : `${short(low, digits)} … ${short(high, digits)}`;
}

/** The derivative of something by its name: dw, d(my weight). */
const d = (name) => (/^[\p{L}\p{N}_.[\]'#]+$/u.test(name) ? `d${name}` : `d(${name})`);
const clip = (text, width) => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);

// --- the player ---------------------------------------------------------------------------------------------------------

/** A position from 0 to `total` that can be moved by hand or by itself; whoever shows it is told of every change. */
class Player {
  constructor(total, show, pace) {
    this.total = total;
    this.show = show; // show(k, before)
    // At normal speed a step takes `pace` milliseconds.
    this.k = 0;
    this.timer = null;
    const scrubber = $("scrubber");
    scrubber.max = String(total);
    scrubber.addEventListener("input", () => { this.pause(); this.goto(Number(scrubber.value)); });
    $("start").addEventListener("click", () => { this.pause(); this.goto(0); });
    $("back").addEventListener("click", () => { this.pause(); this.goto(this.k - 1); });
    $("play").addEventListener("click", () => this.toggle());
    $("next").addEventListener("click", () => { this.pause(); this.goto(this.k + 1); });
    $("end").addEventListener("click", () => { this.pause(); this.goto(this.total); });
    $("speed").addEventListener("change", () => {
      this.wait = pace / Number($("speed").value);
      if (this.playing) { this.pause(); this.play(); }
    });
    this.wait = pace / Number($("speed").value);
  }

  get playing() { return this.timer !== null; }

  goto(k) {
    const before = this.k;
    this.k = Math.max(0, Math.min(this.total, Math.round(k)));
    this.refresh();
    this.show(this.k, before);
    if (this.k !== before) this.moved?.();
    if (this.k !== before && window.parent !== window) window.parent.postMessage({ type: "step", step: this.k }, "*");
  }

  refresh() {
    const scrubber = $("scrubber");
    scrubber.value = String(this.k);
    scrubber.style.setProperty("--done", `${this.total ? (100 * this.k) / this.total : 0}%`);
    $("play").disabled = !this.total;
    $("start").disabled = $("back").disabled = this.k === 0;
    $("next").disabled = $("end").disabled = this.k === this.total;
    $("position").textContent = this.label ? this.label(this.k) : `${this.k.toLocaleString("en")} / ${this.total.toLocaleString("en")}`;
  }

  play() {
    if (!this.total) return;
    if (this.k === this.total) this.goto(0);
    this.timer = window.setInterval(() => {
      if (this.k < this.total) this.goto(this.k + 1);
      if (this.k === this.total) this.pause();
    }, this.wait);
    this.told();
  }

  pause() {
    if (!this.playing) return;
    window.clearInterval(this.timer);
    this.timer = null;
    this.told();
    this.show(this.k, this.k);
  }

  toggle() { this.playing ? this.pause() : this.play(); }

  told() {
    $("play").setAttribute("aria-label", this.playing ? "pause" : "play");
    $("play").classList.toggle("playing", this.playing);
  }
}

/** Says something to a screen reader; not while the page plays by itself, which would be a flood. */
function announce(text, player) {
  if (!player.playing) $("live").textContent = text;
}

// --- keys, help, theme --------------------------------------------------------------------------------------------------

const IN_FIELD = new Set(["INPUT", "SELECT", "TEXTAREA"]);

/** Keys for the player, and `more`: a function for each further key. */
function listen(player, more) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    if ($("help").open) {
      if (event.key === "?") { event.preventDefault(); $("help").close(); }
      return;
    }
    const field = IN_FIELD.has(target.tagName) && target.type !== "checkbox";
    if (field && target.id !== "scrubber") return;
    const press = event.key === " " && (target.closest("button, summary, [role=button], input[type=checkbox]"));
    if (press) return; // the space bar presses what has the focus
    const keys = {
      ArrowRight: () => { player.pause(); player.goto(player.k + 1); },
      ArrowLeft: () => { player.pause(); player.goto(player.k - 1); },
      Home: () => { player.pause(); player.goto(0); },
      End: () => { player.pause(); player.goto(player.total); },
      " ": () => player.toggle(),
      "?": () => $("help").showModal(),
      t: () => $("theme").click(),
      ...more,
    };
    const action = keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  $("help-open").addEventListener("click", () => $("help").showModal());
  $("help-close").addEventListener("click", () => $("help").close());
}

/** Light and dark: the reader's system decides until the button does. */
function themes(changed) {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme === "auto" ? system.matches : root.dataset.theme === "dark");
  const tell = () => {
    $("theme").setAttribute("aria-label", dark() ? "switch to the light theme" : "switch to the dark theme");
    $("theme").classList.toggle("dark", dark());
    if (changed) changed(dark());
  };
  $("theme").addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; tell(); });
  system.addEventListener("change", tell);
  tell();
}

/** `page.html#step=7` (or `#7`) opens at step 7, and the address always tells the step, so that copying it links to the moment. */
function linked(player) {
  const read = () => {
    const [, step] = /^#(?:step=)?(\d{1,9})$/.exec(window.location.hash) || [];
    if (step !== undefined && Number(step) !== player.k) { player.pause(); player.goto(Number(step)); }
  };
  window.addEventListener("hashchange", read);
  read();
  if (window.parent !== window) return; // the address is that of the page around
  let writing = 0;
  player.moved = () => {
    window.clearTimeout(writing); // browsers allow only so many changes of the address in a while
    writing = window.setTimeout(() => window.history.replaceState(null, "", `#step=${player.k}`), 250);
  };
}

/** A button that puts a text on the clipboard, and says so. */
function copyButton(label, about, text) {
  const button = el("button", { class: "quiet", title: about, "aria-label": about, onclick: async () => {
    const wanted = text();
    try { await window.navigator.clipboard.writeText(wanted); } catch {
      // A page from a file, or in a frame, may have no clipboard: the old way.
      const area = el("textarea", { class: "hidden" });
      area.value = wanted;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    window.autogradPage.copied = wanted;
    button.textContent = "copied";
    window.setTimeout(() => { button.textContent = label; }, 1200);
  } }, label);
  return button;
}

/** A page inside another one (a notebook) is moved by it; only the step, only a number. */
function obey(player) {
  window.addEventListener("message", (event) => {
    if (window.parent === window || event.source !== window.parent) return;
    if (event.data?.type !== "goto" || !Number.isInteger(event.data.step)) return;
    player.driven = true;
    if (event.data.step !== player.k) { player.pause(); player.goto(event.data.step); } else player.show(player.k, player.k);
  });
  if (window.parent !== window) window.parent.postMessage({ type: "ready" }, "*");
}
