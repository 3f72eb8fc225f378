// A training run: what the model answers, the loss, the network, at each recorded epoch.

const frames = data.frames, epochs = data.losses.length;
$("title").textContent = $("title").title = document.title = data.title;
if (data.view === "none") { $("answers-card").hidden = true; document.querySelector("main").classList.add("no-answers"); }
if (!data.layers.length) $("net-card").hidden = true;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const boxOf = (element) => { const box = element.getBoundingClientRect(); return { w: Math.max(60, box.width), h: Math.max(60, box.height) }; };
const at = (list, epoch) => (epoch >= 1 && epoch <= list.length ? number(list[epoch - 1]) : null);
const frameAt = (epoch) => frames.reduce((best, frame, k) => (Math.abs(frame.epoch - epoch) < Math.abs(frames[best].epoch - epoch) ? k : best), 0);

// --- what the model answers -------------------------------------------------------------------------------------------

/** A mark for each class: told apart by shape, not only by colour. */
function shape(k, x, y, r, extra) {
  const common = { class: "sample", fill: `var(--class${k % 6})`, ...extra };
  if (k % 4 === 0) return svg("circle", { cx: x, cy: y, r, ...common });
  if (k % 4 === 1) return svg("rect", { x: x - r * 0.9, y: y - r * 0.9, width: r * 1.8, height: r * 1.8, ...common });
  if (k % 4 === 2) return svg("path", { d: `M${x} ${y - r * 1.15}l${r * 1.1} ${r * 1.95}h${-2.2 * r}z`, ...common });
  return svg("path", { d: `M${x} ${y - r * 1.25}l${r * 1.25} ${r * 1.25}l${-r * 1.25} ${r * 1.25}l${-r * 1.25} ${-r * 1.25}z`, ...common });
}

const bytes = frames.map((frame) => (data.view === "plane" ? Uint8Array.from(atob(frame.a), (c) => c.charCodeAt(0)) : null));
const small = document.createElement("canvas");
let curveScale = null;

function drawPoints() {
  if (data.view === "none") return;
  const area = $("points"), { w, h } = boxOf(area);
  area.setAttribute("viewBox", `0 0 ${w} ${h}`);
  area.replaceChildren();
  const axis = (text, x, y, anchor) => area.append(svg("text", { class: "tick", x, y, "text-anchor": anchor }, text));
  const [left, right] = data.bounds[0].map(number);
  const x = (v) => ((v - left) / (right - left)) * w;
  const r = Math.max(3.2, Math.min(8, 90 / Math.sqrt(data.points.length)));
  if (data.view === "plane") {
    const [low, high] = data.bounds[1].map(number);
    for (const v of ticks(left, right, w / 90)) axis(tickText(v), x(v), h - 6, "middle");
    for (const v of ticks(low, high, h / 70)) if (((high - v) / (high - low)) * h < h - 24) axis(tickText(v), 5, ((high - v) / (high - low)) * h + 4, "start");
    for (const [a, b, k] of data.points) area.append(shape(Math.max(0, Math.round(number(k))), x(number(a)), ((high - number(b)) / (high - low)) * h, r));
    $("answers-title").replaceChildren("What it answers ", el("span", {}, `over ${data.features[0]} (across) and ${data.features[1]} (up)`));
    $("classes").replaceChildren(...data.classes.map((name, k) => el("li", {}, svg("svg", { viewBox: "0 0 14 14", "aria-hidden": true }, shape(k, 7, 7, 5)), name)));
  } else {
    const ys = [...data.points.map((p) => number(p[1])), ...frames.at(-1).a.map(number)].filter(Number.isFinite);
    const low = Math.min(...ys), high = Math.max(...ys), pad = 0.12 * (high - low) || 1;
    curveScale = { x: (k) => (k / (frames[0].a.length - 1)) * w, y: (v) => h - ((v - low + pad) / (high - low + 2 * pad)) * h };
    for (const v of ticks(left, right, w / 90)) axis(tickText(v), x(v), h - 6, "middle");
    for (const v of ticks(low - pad, high + pad, h / 70)) if (curveScale.y(v) < h - 24) axis(tickText(v), 5, curveScale.y(v) + 4, "start");
    for (const [a, b] of data.points) area.append(svg("circle", { class: "sample", cx: x(number(a)), cy: curveScale.y(number(b)), r, fill: "var(--class0)" }));
    area.append(svg("path", { class: "fit", id: "fitted" }));
    $("answers-title").replaceChildren("The fitted curve ", el("span", {}, `over ${data.features[0]}`));
  }
}

const rgb = (text) => [1, 3, 5].map((k) => parseInt(text.slice(k, k + 2), 16));
const FINER = 4; // pixels to a cell, along each side

/** For each class how surely it wins, at the middle of every cell; between them the answers are interpolated. */
function scoresOf(k) {
  const scores = data.classes.map(() => new Float32Array(bytes[k].length));
  bytes[k].forEach((byte, j) => { (scores[Math.floor(byte / 40)] || scores[0])[j] = (byte % 40) / 39 + 0.02; });
  return scores;
}

function drawAnswers(k) {
  if (data.view === "curve") {
    const path = frames[k].a.map((v, j) => { const y = curveScale.y(number(v)); return Number.isFinite(y) ? `${curveScale.x(j).toFixed(1)} ${y.toFixed(1)}` : null; }).filter(Boolean);
    $("fitted").setAttribute("d", path.length ? `M${path.join("L")}` : "");
    return;
  }
  if (data.view !== "plane") return;
  const n = data.resolution, size = n * FINER, canvas = $("cells"), { w, h } = boxOf(canvas), ratio = window.devicePixelRatio || 1;
  const paper = rgb(colour("panel")), edge = rgb(colour("soft")), paint = data.classes.map((_, c) => rgb(colour(`class${c}`))), scores = scoresOf(k);
  small.width = small.height = size;
  const pen = small.getContext("2d"), image = pen.createImageData(size, size), winners = new Uint8Array(size * size);
  for (let y = 0, at = 0; y < size; y++) {
    const v = Math.max(0, Math.min(n - 1, (y + 0.5) / FINER - 0.5)), y0 = Math.min(n - 2, Math.floor(v)), fy = v - y0;
    for (let x = 0; x < size; x++, at++) {
      const u = Math.max(0, Math.min(n - 1, (x + 0.5) / FINER - 0.5)), x0 = Math.min(n - 2, Math.floor(u)), fx = u - x0, j = y0 * n + x0;
      let best = 0, first = -1, second = -1;
      for (let c = 0; c < scores.length; c++) {
        const s = scores[c], value = (s[j] * (1 - fx) + s[j + 1] * fx) * (1 - fy) + (s[j + n] * (1 - fx) + s[j + n + 1] * fx) * fy;
        if (value > first) { second = first; first = value; best = c; } else if (value > second) second = value;
      }
      winners[at] = best;
      // Where the winner changes, a line.
      const border = (x && winners[at - 1] !== best) || (y && winners[at - size] !== best);
      const depth = border ? 0.75 : 0.12 + 0.4 * Math.min(1, first - Math.max(0, second)), ink = border ? edge : paint[best];
      for (let c = 0; c < 3; c++) image.data[4 * at + c] = paper[c] * (1 - depth) + ink[c] * depth;
      image.data[4 * at + 3] = 255;
    }
  }
  pen.putImageData(image, 0, 0);
  canvas.width = w * ratio;
  canvas.height = h * ratio;
  const brush = canvas.getContext("2d");
  brush.imageSmoothingEnabled = true;
  brush.imageSmoothingQuality = "high";
  brush.drawImage(small, 0, 0, canvas.width, canvas.height);
}

// --- curves over epochs -----------------------------------------------------------------------------------------------

/** Round numbers from `low` to `high`, about `count` of them. */
function ticks(low, high, count) {
  const raw = (high - low) / Math.max(1, count), power = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 5, 10].find((m) => m * power >= raw * 0.999) * power, found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}
const tickText = (v) => (Number.isInteger(v) ? v.toLocaleString("en") : short(v, 3));

class Curve {
  /** `traces`: {name, values, other?}; the k-th value is that of epoch `epochsOf[k]`, or k + 1. */
  constructor(id, traces, epochsOf) {
    this.svg = $(id);
    this.epochsOf = epochsOf;
    this.trace(traces);
    this.svg.addEventListener("click", (event) => {
      const box = this.svg.getBoundingClientRect();
      player.pause();
      player.goto(frameAt(((event.clientX - box.left - 52) / (box.width - 66)) * epochs));
    });
  }

  trace(traces) {
    this.traces = traces.filter((trace) => trace.values.length);
    const all = this.traces.flatMap((trace) => trace.values.map(number)).filter((v) => Number.isFinite(v));
    this.low = all.length ? all.reduce((a, b) => Math.min(a, b), Infinity) : 0;
    this.high = all.length ? all.reduce((a, b) => Math.max(a, b), -Infinity) : 1;
    // Powers of ten where the numbers go through several of them; from 0 where that is near.
    this.log = this.low > 0 && this.high / this.low > 30;
    if (!this.log && this.low > 0 && this.low < 0.4 * this.high) this.low = 0;
  }

  epochAt(k) { return this.epochsOf ? this.epochsOf[k] : k + 1; }

  draw() {
    const { w, h } = boxOf(this.svg), f = (v) => (this.log ? Math.log10(v) : v);
    let low = f(this.low), high = f(this.high);
    if (!(high > low)) { const room = Math.abs(high) || 1; low -= room / 2; high += room / 2; }
    this.x = (epoch) => 52 + (epoch / Math.max(1, epochs)) * (w - 66);
    this.y = (v) => 10 + (1 - (f(v) - low) / (high - low)) * (h - 38);
    this.svg.setAttribute("viewBox", `0 0 ${w} ${h}`);
    this.svg.replaceChildren();
    let marks = [];
    if (this.log) for (let e = Math.ceil(low); e <= Math.floor(high); e++) marks.push(10 ** e);
    if (marks.length > Math.max(2, h / 34)) marks = marks.filter((_, k) => k % Math.ceil(marks.length / Math.max(2, h / 34)) === 0);
    if (marks.length < 2) marks = this.log ? [this.low, this.high] : ticks(low, high, Math.max(2, h / 48));
    for (const v of marks) {
      const y = this.y(v);
      this.svg.append(svg("line", { class: "axis", x1: 52, x2: w - 14, y1: y, y2: y }), svg("text", { x: 46, y: y + 4, "text-anchor": "end" }, tickText(Number(v.toPrecision(3)))));
    }
    const along = ticks(0, epochs, Math.max(2, Math.min(5, w / 90))).filter((e) => Number.isInteger(e));
    for (const e of along.filter((e) => e === along.at(-1) || this.x(e) < this.x(along.at(-1)) - 84)) this.svg.append(svg("text", { x: this.x(e), y: h - 5, "text-anchor": e === 0 ? "start" : e > 0.96 * epochs ? "end" : "middle" }, e === along.at(-1) ? `epoch ${e.toLocaleString("en")}` : e.toLocaleString("en")));
    for (const trace of this.traces) {
      const points = trace.values.map((v, k) => [this.x(this.epochAt(k)), this.y(number(v))]).filter(([, y]) => Number.isFinite(y));
      const path = points.length ? `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}` : "";
      this.svg.append(svg("path", { class: `trace ${trace.other ? "other" : ""}`, d: path }));
      if (this.traces.length > 1) this.svg.append(svg("text", { x: w - 16, y: 14 + 15 * this.traces.indexOf(trace), "text-anchor": "end" }, `${trace.other ? "- - " : "— "}${trace.name}`));
    }
    this.line = svg("line", { class: "here", y1: 6, y2: h - 22 });
    this.dot = svg("circle", { class: "dot", r: 5.5 });
    this.svg.append(this.line, this.dot);
  }

  show(epoch) {
    const x = this.x(epoch), [trace] = this.traces, k = this.epochsOf ? this.epochsOf.indexOf(epoch) : epoch - 1;
    const value = trace && k >= 0 && k < trace.values.length ? number(trace.values[k]) : null, seen = value !== null && Number.isFinite(this.y(value));
    this.line.setAttribute("x1", x);
    this.line.setAttribute("x2", x);
    this.dot.setAttribute("visibility", seen ? "visible" : "hidden");
    this.dot.setAttribute("cx", x);
    if (seen) this.dot.setAttribute("cy", this.y(value));
    this.svg.setAttribute("aria-label", `${trace?.name ?? "nothing"} over ${epochs} epochs, ${value === null ? "none yet" : short(value, 4)} at epoch ${epoch}`);
  }
}

// --- the network ------------------------------------------------------------------------------------------------------

let wires = [], units = [];
const widest = { w: 1e-12, g: 1e-12 };
for (const frame of frames) for (const key of ["w", "g"]) for (const v of frame[key]) if (Number.isFinite(v)) widest[key] = Math.max(widest[key], Math.abs(v));

function drawNet() {
  if (!data.layers.length) return;
  const area = $("net"), { w, h } = boxOf(area);
  area.setAttribute("viewBox", `0 0 ${w} ${h}`);
  area.replaceChildren();
  wires = [];
  units = [];
  const columns = [{ count: data.layers[0].inputs, title: "inputs" }, ...data.layers.map((layer) => ({ count: layer.units, title: `${layer.units} ${layer.activation}` }))];
  const names = Array.from({ length: columns[0].count <= data.drawn ? columns[0].count : 0 }, (_, k) => clip(data.features[k] ?? `x${k + 1}`, 13));
  const margin = 30 + 6.2 * Math.max(0, ...names.map((name) => name.length));
  const x = (k) => margin + (k / (columns.length - 1)) * (w - margin - 36), r = (n) => Math.max(4, Math.min(13, (h - 60) / n / 2.6));
  const y = (column, k) => { const n = Math.min(column.count, data.drawn); return 14 + ((k + 0.5) / n) * (h - 50); };
  const lines = svg("g"), circles = svg("g");
  area.append(lines, circles);
  let cut = false;
  columns.forEach((column, c) => {
    const n = Math.min(column.count, data.drawn);
    cut ||= n < column.count;
    for (let k = 0; k < n; k++) {
      const circle = svg("circle", { class: "unit", cx: x(c), cy: y(column, k), r: r(n) });
      circles.append(svg("circle", { class: "unit back", cx: x(c), cy: y(column, k), r: r(n) })); // hides the ends of the lines
      if (c) {
        const neuron = data.layers[c - 1].neurons[k], title = svg("title");
        circle.append(title);
        units.push({ circle, title, index: neuron.b });
        circle.addEventListener("click", () => pick(neuron.b));
        neuron.w.forEach((index, j) => {
          const path = svg("line", { class: "w", x1: x(c - 1), y1: y(columns[c - 1], j), x2: x(c), y2: y(column, k) }), about = svg("title");
          lines.append(path);
          // A thin line is hard to hit: what is pressed is a wider one that is not seen.
          const target = svg("line", { class: "hit", x1: x(c - 1), y1: y(columns[c - 1], j), x2: x(c), y2: y(column, k) }, about);
          target.addEventListener("click", () => pick(index));
          lines.append(target);
          wires.push({ path, target, title: about, index });
        });
      } else {
        circle.append(svg("title", {}, data.features[k] ?? `x${k + 1}`));
        if (names.length) area.append(svg("text", { x: x(0) - r(n) - 6, y: y(column, k) + 4, "text-anchor": "end" }, names[k]));
      }
      circles.append(circle);
    }
    area.append(svg("text", { class: "label", x: Math.max(34, Math.min(w - 40, x(c))), y: h - 10 }, column.title));
  });
  // What is pressed lies above what is drawn.
  lines.append(...lines.querySelectorAll(".hit"));
  $("net-note").textContent = cut ? `(the first ${data.drawn} units of wide layers)` : "(units coloured by bias)";
  area.setAttribute("aria-label", `network of ${columns.slice(1).map((c) => c.count).join(", ")} units on ${columns[0].count} inputs`);
}

function showNet(frame) {
  const key = $("what").value, top = widest[key];
  // Gradients shrink by orders of magnitude while it learns: their square roots stay to be seen.
  const share = (v) => { const part = Math.min(1, Math.abs(v) / top) || 0; return key === "g" ? Math.sqrt(part) : part; };
  const say = (index) => `${data.parameters[index]} = ${short(number(frame.w[index]))}, gradient ${frame.g[index] === null ? "not computed" : short(number(frame.g[index]))}`;
  for (const { path, target, title, index } of wires) {
    const v = frame[key][index] === null ? 0 : number(frame[key][index]), size = share(v);
    path.classList.toggle("minus", v < 0);
    target.classList.toggle("picked", index === picked);
    path.setAttribute("stroke-width", (0.4 + 6.6 * size).toFixed(2));
    path.setAttribute("stroke-opacity", (0.25 + 0.7 * size).toFixed(2));
    title.textContent = say(index);
  }
  for (const { circle, title, index } of units) {
    const v = frame[key][index] === null ? 0 : number(frame[key][index]);
    circle.classList.toggle("plus", v > 0);
    circle.classList.toggle("minus", v < 0);
    circle.classList.toggle("picked", index === picked);
    circle.setAttribute("fill-opacity", v ? (0.2 + 0.8 * share(v)).toFixed(2) : 1);
    title.textContent = say(index);
  }
}

// --- numbers and all together -----------------------------------------------------------------------------------------

const LISTED = 400;
const cells = data.parameters.slice(0, LISTED).map((name) => {
  const value = el("td", { class: "n" }), grad = el("td", { class: "n" });
  $("rows").append(el("tr", {}, el("td", {}, el("button", { class: "link", onclick: () => pick(data.parameters.indexOf(name)) }, name)), value, grad));
  return [value, grad];
});
if (data.parameters.length > LISTED) $("rows").append(el("tr", {}, el("td", { colspan: 3 }, `… and ${(data.parameters.length - LISTED).toLocaleString("en")} more`)));

const curves = [new Curve("loss", [{ name: "loss", values: data.losses }, { name: "validation", values: data.val_losses, other: true }])];
// Where the answers themselves cannot be drawn, how many are right can.
if (data.view === "none" && data.accuracies.length) {
  $("accuracy-card").hidden = false;
  $("accuracy-card").append(svg("svg", { id: "accuracy", role: "img" }));
  document.querySelector("main").classList.add("with-accuracy");
  curves.push(new Curve("accuracy", [{ name: "accuracy", values: data.accuracies }]));
}
if (data.grad_norms.length) curves.push(new Curve("norm", [{ name: "length of the gradient", values: data.grad_norms }]));
else $("norm-card").hidden = true;

// --- one weight over the epochs: at first the one that has moved most -------------------------------------------------------

const travelled = data.parameters.map((_, j) => Math.abs(number(frames.at(-1).w[j]) - number(frames[0].w[j])) || 0);
let picked = travelled.indexOf(Math.max(...travelled));
const one = new Curve("one", [{ name: data.parameters[picked], values: frames.map((frame) => frame.w[picked]) }], frames.map((frame) => frame.epoch));
curves.push(one);
function pick(index) {
  picked = index;
  one.trace([{ name: data.parameters[index], values: frames.map((frame) => frame.w[index]) }]);
  one.draw();
  show(player.k);
}
function showOne(frame) {
  const grad = frame.g[picked] === null ? "not computed yet" : short(number(frame.g[picked]), 4);
  $("one-title").replaceChildren(data.parameters[picked], el("span", {}, ` = ${short(number(frame.w[picked]), 5)}, gradient ${grad}`));
}

const player = new Player(frames.length - 1, show, 160);
player.label = (k) => `epoch ${frames[k].epoch.toLocaleString("en")} / ${epochs.toLocaleString("en")}`;
$("scrubber").setAttribute("aria-label", "recorded epoch");

function show(k) {
  const frame = frames[k], { epoch } = frame, facts = [["epoch", `${epoch.toLocaleString("en")} / ${epochs.toLocaleString("en")}`]];
  showOne(frame);
  $("said").textContent = said(frame, k);
  const add = (name, v, text) => facts.push([name, v === null ? "–" : text(v)]);
  add("loss", at(data.losses, epoch), (v) => short(v, 4));
  if (data.val_losses.length) add("validation loss", at(data.val_losses, epoch), (v) => short(v, 4));
  if (data.accuracies.length) add("accuracy", at(data.accuracies, epoch), (v) => `${(100 * v).toFixed(1)} %`);
  if (data.grad_norms.length) add("length of gradient", at(data.grad_norms, epoch), (v) => short(v, 3));
  $("now").replaceChildren(...facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
  for (const curve of curves) curve.show(epoch);
  drawAnswers(k);
  showNet(frame);
  if ($("table-card").open) fillTable(frame);
  $("points").setAttribute("aria-label", `what the model answers at epoch ${epoch}`);
  $("scrubber").setAttribute("aria-valuetext", `epoch ${epoch}`);
  announce(facts.map((fact) => fact.join(" ")).join(", ") + (k === player.total && data.reason ? `; ${data.reason}` : ""), player);
}

/** The moment in a sentence. */
function said({ epoch, g }, k) {
  if (k === 0) return "Before training: the weights are random, and so are the answers. Press play, or drag the slider.";
  const first = number(data.losses[0]), now = at(data.losses, epoch), right = at(data.accuracies, epoch), steepest = g.reduce((best, v, j) => (v !== null && Math.abs(number(v)) > Math.abs(number(g[best]) ?? 0) ? j : best), 0);
  const loss = now === null ? "" : !Number.isFinite(now) ? `The loss is ${short(now)}: this run has gone astray.` : `The loss ${now < first ? "has come down" : "has gone"} from ${short(first, 3)} to ${short(now, 3)}.`;
  const answers = right === null ? "" : ` ${(100 * right).toFixed(right === 1 ? 0 : 1)} % of the answers are right.`;
  const slope = g[steepest] === null ? "" : ` Steepest now: ${data.parameters[steepest]}.`;
  return `${loss}${answers}${k === player.total ? ` It stopped here: ${data.reason || "the end"}.` : slope}`;
}

function fillTable(frame) {
  cells.forEach(([value, grad], j) => {
    value.textContent = short(number(frame.w[j]));
    grad.textContent = frame.g[j] === null ? "–" : short(number(frame.g[j]));
  });
}

function redraw() {
  for (const curve of curves) curve.draw();
  drawPoints();
  drawNet();
  show(player.k);
}

$("what").addEventListener("change", () => show(player.k));
$("table-card").addEventListener("toggle", () => fillTable(frames[player.k]));
player.refresh();
redraw();
themes(() => show(player.k));
listen(player, { g: () => { $("what").value = $("what").value === "w" ? "g" : "w"; show(player.k); } });
obey(player);
linked(player);
new ResizeObserver(redraw).observe(document.querySelector("main"));

// On paper in the colours of light, each picture in the shape it has here.
let theme = null;
window.addEventListener("beforeprint", () => {
  const root = document.documentElement, plot = document.querySelector(".plot"), { w, h } = boxOf(plot);
  theme = root.dataset.theme;
  root.dataset.theme = "light";
  plot.style.aspectRatio = `${w} / ${h}`;
  show(player.k);
});
window.addEventListener("afterprint", () => {
  document.documentElement.dataset.theme = theme;
  document.querySelector(".plot").style.aspectRatio = "";
  redraw();
});

/** For whoever embeds or tests the page. */
window.autogradPage = { player, pick, frame: () => frames[player.k] };
