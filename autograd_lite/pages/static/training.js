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
  const [left, right] = data.bounds[0].map(number);
  const x = (v) => ((v - left) / (right - left)) * w;
  const r = Math.max(3.2, Math.min(8, 90 / Math.sqrt(data.points.length)));
  if (data.view === "plane") {
    const [low, high] = data.bounds[1].map(number);
    for (const [a, b, k] of data.points) area.append(shape(Math.max(0, Math.round(number(k))), x(number(a)), ((high - number(b)) / (high - low)) * h, r));
    $("answers-title").replaceChildren("What it answers ", el("span", {}, `over ${data.features.join(", ")}`));
    $("classes").replaceChildren(...data.classes.map((name, k) => el("li", {}, svg("svg", { viewBox: "0 0 14 14", "aria-hidden": true }, shape(k, 7, 7, 5)), name)));
  } else {
    const ys = [...data.points.map((p) => number(p[1])), ...frames.at(-1).a.map(number)].filter(Number.isFinite);
    const low = Math.min(...ys), high = Math.max(...ys), pad = 0.12 * (high - low) || 1;
    curveScale = { x: (k) => (k / (frames[0].a.length - 1)) * w, y: (v) => h - ((v - low + pad) / (high - low + 2 * pad)) * h };
    for (const [a, b] of data.points) area.append(svg("circle", { class: "sample", cx: x(number(a)), cy: curveScale.y(number(b)), r, fill: "var(--class0)" }));
    area.append(svg("path", { class: "fit", id: "fitted" }));
    $("answers-title").replaceChildren("The fitted curve ", el("span", {}, `over ${data.features[0]}`));
  }
}

const rgb = (text) => [1, 3, 5].map((k) => parseInt(text.slice(k, k + 2), 16));
function drawAnswers(k) {
  if (data.view === "curve") {
    const path = frames[k].a.map((v, j) => { const y = curveScale.y(number(v)); return Number.isFinite(y) ? `${curveScale.x(j).toFixed(1)} ${y.toFixed(1)}` : null; }).filter(Boolean);
    $("fitted").setAttribute("d", path.length ? `M${path.join("L")}` : "");
    return;
  }
  if (data.view !== "plane") return;
  const n = data.resolution, canvas = $("cells"), { w, h } = boxOf(canvas), ratio = window.devicePixelRatio || 1;
  const paper = rgb(colour("panel")), paint = data.classes.map((_, c) => rgb(colour(`class${c}`)));
  small.width = small.height = n;
  const pen = small.getContext("2d"), image = pen.createImageData(n, n);
  bytes[k].forEach((byte, j) => {
    const depth = 0.1 + 0.42 * ((byte % 40) / 39), ink = paint[Math.floor(byte / 40)] || paint[0];
    for (let c = 0; c < 3; c++) image.data[4 * j + c] = paper[c] * (1 - depth) + ink[c] * depth;
    image.data[4 * j + 3] = 255;
  });
  pen.putImageData(image, 0, 0);
  canvas.width = w * ratio;
  canvas.height = h * ratio;
  const brush = canvas.getContext("2d");
  brush.imageSmoothingEnabled = true;
  brush.imageSmoothingQuality = "high";
  brush.drawImage(small, 0, 0, canvas.width, canvas.height);
}

// --- curves over epochs -----------------------------------------------------------------------------------------------

class Curve {
  constructor(id, traces) {
    this.svg = $(id);
    this.traces = traces.filter((trace) => trace.values.length);
    const all = this.traces.flatMap((trace) => trace.values.map(number)).filter((v) => Number.isFinite(v));
    this.low = all.reduce((a, b) => Math.min(a, b), Infinity);
    this.high = all.reduce((a, b) => Math.max(a, b), -Infinity);
    // Powers of ten where the numbers go through several of them.
    this.log = this.low > 0 && this.high / this.low > 30;
    this.svg.addEventListener("click", (event) => {
      const box = this.svg.getBoundingClientRect();
      player.pause();
      player.goto(frameAt(((event.clientX - box.left - 52) / (box.width - 66)) * epochs));
    });
  }

  draw() {
    const { w, h } = boxOf(this.svg), f = (v) => (this.log ? Math.log10(v) : v);
    const low = f(this.low), high = f(this.high) > low ? f(this.high) : low + 1;
    this.x = (epoch) => 52 + (epoch / Math.max(1, epochs)) * (w - 66);
    this.y = (v) => 8 + (1 - (f(v) - low) / (high - low)) * (h - 34);
    this.svg.setAttribute("viewBox", `0 0 ${w} ${h}`);
    this.svg.replaceChildren();
    const marks = this.log ? [] : [0, 1, 2].map((k) => low + ((high - low) * k) / 2);
    if (this.log) for (let e = Math.ceil(low); e <= Math.floor(high); e++) marks.push(10 ** e);
    if (marks.length < 2) marks.splice(0, marks.length, this.low, this.high);
    const step = Math.ceil(marks.length / Math.max(2, h / 34));
    marks.filter((_, k) => k % step === 0).forEach((v) => {
      const y = this.y(v);
      this.svg.append(svg("line", { class: "axis", x1: 52, x2: w - 14, y1: y, y2: y }), svg("text", { x: 46, y: y + 4, "text-anchor": "end" }, short(v, 3)));
    });
    this.svg.append(svg("text", { x: 52, y: h - 6 }, "0"), svg("text", { x: w - 14, y: h - 6, "text-anchor": "end" }, `epoch ${epochs.toLocaleString("en")}`));
    for (const trace of this.traces) {
      const points = trace.values.map((v, k) => [this.x(k + 1), this.y(number(v))]).filter(([, y]) => Number.isFinite(y));
      const path = `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`;
      this.svg.append(svg("path", { class: `trace ${trace.other ? "other" : ""}`, d: path }));
      if (this.traces.length > 1) this.svg.append(svg("text", { x: w - 16, y: 14 + 15 * this.traces.indexOf(trace), "text-anchor": "end" }, `${trace.other ? "- - " : "— "}${trace.name}`));
    }
    this.line = svg("line", { class: "here", y1: 6, y2: h - 24 });
    this.dot = svg("circle", { class: "dot", r: 5.5 });
    this.svg.append(this.line, this.dot);
  }

  show(epoch) {
    const x = this.x(epoch), value = at(this.traces[0].values, epoch);
    this.line.setAttribute("x1", x);
    this.line.setAttribute("x2", x);
    this.dot.setAttribute("visibility", value === null || !Number.isFinite(this.y(value)) ? "hidden" : "visible");
    this.dot.setAttribute("cx", x);
    if (value !== null && Number.isFinite(this.y(value))) this.dot.setAttribute("cy", this.y(value));
    this.svg.setAttribute("aria-label", `${this.traces[0].name} over ${epochs} epochs, ${value === null ? "none yet" : short(value, 4)} at epoch ${epoch}`);
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
  const x = (k) => 34 + (k / (columns.length - 1)) * (w - 68), r = (n) => Math.max(4, Math.min(13, (h - 60) / n / 2.6));
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
        neuron.w.forEach((index, j) => {
          const path = svg("line", { class: "w", x1: x(c - 1), y1: y(columns[c - 1], j), x2: x(c), y2: y(column, k) }), about = svg("title");
          path.append(about);
          lines.append(path);
          wires.push({ path, title: about, index });
        });
      } else circle.append(svg("title", {}, data.features[k] ?? `x${k + 1}`));
      circles.append(circle);
    }
    area.append(svg("text", { class: "label", x: Math.max(34, Math.min(w - 40, x(c))), y: h - 10 }, column.title));
  });
  $("net-note").textContent = cut ? `(the first ${data.drawn} units of wide layers)` : "(units coloured by bias)";
  area.setAttribute("aria-label", `network of ${columns.slice(1).map((c) => c.count).join(", ")} units on ${columns[0].count} inputs`);
}

function showNet(frame) {
  const key = $("what").value, top = widest[key];
  // Gradients shrink by orders of magnitude while it learns: their square roots stay to be seen.
  const share = (v) => { const part = Math.min(1, Math.abs(v) / top) || 0; return key === "g" ? Math.sqrt(part) : part; };
  const say = (index) => `${data.parameters[index]} = ${short(number(frame.w[index]))}, gradient ${frame.g[index] === null ? "not computed" : short(number(frame.g[index]))}`;
  for (const { path, title, index } of wires) {
    const v = frame[key][index] === null ? 0 : number(frame[key][index]), size = share(v);
    path.classList.toggle("minus", v < 0);
    path.setAttribute("stroke-width", (0.4 + 6.6 * size).toFixed(2));
    path.setAttribute("stroke-opacity", (0.25 + 0.7 * size).toFixed(2));
    title.textContent = say(index);
  }
  for (const { circle, title, index } of units) {
    const v = frame[key][index] === null ? 0 : number(frame[key][index]);
    circle.classList.toggle("plus", v > 0);
    circle.classList.toggle("minus", v < 0);
    circle.setAttribute("fill-opacity", v ? (0.2 + 0.8 * share(v)).toFixed(2) : 1);
    title.textContent = say(index);
  }
}

// --- numbers and all together -----------------------------------------------------------------------------------------

const LISTED = 400;
const cells = data.parameters.slice(0, LISTED).map((name) => {
  const value = el("td", { class: "n" }), grad = el("td", { class: "n" });
  $("rows").append(el("tr", {}, el("td", {}, name), value, grad));
  return [value, grad];
});
if (data.parameters.length > LISTED) $("rows").append(el("tr", {}, el("td", { colspan: 3 }, `… and ${(data.parameters.length - LISTED).toLocaleString("en")} more`)));

const curves = [new Curve("loss", [{ name: "loss", values: data.losses }, { name: "validation", values: data.val_losses, other: true }])];
if (data.grad_norms.length) curves.push(new Curve("norm", [{ name: "length of the gradient", values: data.grad_norms }]));
else $("norm-card").hidden = true;

const player = new Player(frames.length - 1, show, 160);
$("scrubber").setAttribute("aria-label", "recorded epoch");

function show(k) {
  const frame = frames[k], { epoch } = frame, facts = [["epoch", `${epoch.toLocaleString("en")} / ${epochs.toLocaleString("en")}`]];
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

/** For whoever embeds or tests the page. */
window.autogradPage = { player, frame: () => frames[player.k] };
