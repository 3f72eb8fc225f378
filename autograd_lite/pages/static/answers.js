// What the model answers: over the plane of two inputs with a line where the answer changes, or as a curve of one.

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
