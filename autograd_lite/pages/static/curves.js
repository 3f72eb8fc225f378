// Curves over the epochs: round numbers along the axes, powers of ten where there are several; a press goes to an epoch.

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
