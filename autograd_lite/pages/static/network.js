// The network as units and layers: lines as wide as the weights or their gradients, units coloured by their biases.

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
