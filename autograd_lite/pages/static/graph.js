// The graph drawn: boxes, frames around what is open, edges.

function curve(points) {
  const at = (point) => point.map((x) => Math.round(x * 10) / 10).join(" ");
  if (points.loop) return `M${at(points[0])} C${at(points[1])} ${at(points[2])} ${at(points[3])}`;
  let path = `M${at(points[0])}`;
  for (let k = 1; k < points.length; k++) {
    const [a, b] = [points[k - 1], points[k]];
    if (Math.abs(a[topDown ? 0 : 1] - b[topDown ? 0 : 1]) < 0.5) path += ` L${at(b)}`;
    else if (topDown) path += ` C${at([a[0], (a[1] + b[1]) / 2])} ${at([b[0], (a[1] + b[1]) / 2])} ${at(b)}`;
    else path += ` C${at([(a[0] + b[0]) / 2, a[1]])} ${at([(a[0] + b[0]) / 2, b[1]])} ${at(b)}`;
  }
  return path;
}

let scene;
function draw() {
  const root = $("graph");
  root.replaceChildren();
  scene = svg("g", { id: "scene", class: edgeViews.size > 150 ? "dense" : null });
  root.append(scene);
  const frames = svg("g"), lines = svg("g"), boxes = svg("g"), labels = svg("g");
  scene.append(frames, lines, boxes, labels);
  const frameList = [...shown.values()].filter((box) => box.children).sort((a, b) => b.w * b.h - a.w * a.h);
  for (const box of frameList) frames.append(drawFrame(box));
  const many = edgeViews.size > LABELLED;
  for (const edge of edgeViews.values()) drawEdge(edge, lines, labels, many);
  // Where labels would stand on each other, the first stays; the others are shown when their edge is in use.
  const taken = [];
  for (const edge of edgeViews.values()) {
    if (!edge.always) continue;
    const { x, y } = edge.labelAt, half = 6 + 3.6 * edge.usual.length;
    if (taken.some((other) => Math.abs(other.x - x) < other.half + half && Math.abs(other.y - y) < 18)) edge.always = false;
    else taken.push({ x, y, half });
  }
  // In the order of the computation, so that the tab key follows it.
  for (const box of [...shown.values()].filter((one) => !one.children).sort((a, b) => Math.min(...a.item.atoms) - Math.min(...b.item.atoms))) boxes.append(drawBox(box));
  fit();
  update(player.k, player.k);
}

function toggleButton(x, y, open, item) {
  const label = `${open ? "close" : "open"} ${titleOf(item)}`;
  const flip = (event) => { event.stopPropagation(); toggle(item.id); };
  return svg("g", { class: "toggle", transform: `translate(${x} ${y})`, role: open ? "button" : null, tabindex: open ? 0 : null, "aria-label": open ? label : null,
    "data-toggle": item.id, onclick: flip, onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); flip(event); } } },
  svg("rect", { width: 20, height: 20, rx: 5 }), svg("path", { d: open ? "M5.500 10h9" : "M5.500 10h9M10 5.500v9" }));
}

function drawFrame(box) {
  const title = svg("text", { x: box.x + 38, y: box.y + 21 }, clip(titleOf(box.item), 40), aboutOf(box.item) ? svg("tspan", { class: "about", dx: 8 }, clip(aboutOf(box.item), 40)) : null);
  return svg("g", { class: "frame" }, svg("rect", { class: "box", x: box.x, y: box.y, width: box.w, height: box.h, rx: 12 }), title, toggleButton(box.x + 10, box.y + 7, true, box.item));
}

function drawBox(box) {
  const { item, face, badge, x, y, w, h } = box;
  const kind = isGroup(item) ? "group" : folded && atoms[item.atom].kind === "operation" && told(item).size > 1 ? "group" : atoms[item.atom].kind;
  const element = svg("g", { class: `node ${kind}`, transform: `translate(${x} ${y})`, role: "button", tabindex: 0, "data-id": item.id,
    onclick: () => choose(item.id), ondblclick: () => { if (opens(item)) toggle(item.id); },
    onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(item.id); } } });
  element.append(svg("rect", { class: "focus", x: -5, y: -5, width: w + 10, height: h + 10, rx: 13 }), svg("rect", { class: "halo", x: -3.5, y: -3.5, width: w + 7, height: h + 7, rx: 12 }));
  if (kind === "group") element.append(svg("rect", { class: "behind", x: 4, y: 4, width: w, height: h, rx: 9 }));
  element.append(svg("rect", { class: "box", width: w, height: h, rx: 9 }));
  let left = 11;
  if (badge) {
    element.append(svg("rect", { class: "badge", x: 8, y: 7, width: badge, height: 20, rx: 10 }), svg("text", { class: "badge-text", x: 8 + badge / 2, y: 21.2 }, face.badge));
    left += badge + 4;
  }
  element.append(svg("text", { x: left, y: 21.5 }, svg("tspan", { class: "name", "font-weight": 650 }, face.name), face.formula ? svg("tspan", { class: "dim", dx: 5 }, face.formula) : null));
  if (face.about) element.append(svg("text", { class: "about", x: 11, y: 39 }, face.about));
  box.value = svg("text", { class: "value", x: w - 11, y: h - 26 });
  box.grad = svg("text", { class: "value grad", x: w - 11, y: h - 9 });
  element.append(svg("text", { class: "key", x: 11, y: h - 26 }, "value"), box.value, svg("text", { class: "key", x: 11, y: h - 9 }, "grad"), box.grad);
  if (opens(item)) element.append(toggleButton(w - 28, 7, false, item));
  box.element = element;
  return element;
}

function drawEdge(edge, lines, labels, many) {
  const path = curve(edge.points);
  edge.path = svg("path", { class: "line", d: path });
  const [x, y] = edge.points.at(-1), angle = edge.points.loop || topDown ? 90 : 0;
  edge.element = svg("g", { class: `edge${edge.steps.length ? "" : " plain"}` }, edge.path,
    svg("path", { class: "arrow", d: "M0 0l-8 -4.200v8.400z", transform: `translate(${x} ${y}) rotate(${angle})` }));
  lines.append(edge.element);
  const text = usualLabel(edge);
  edge.text = svg("text", {});
  edge.back = svg("rect", { class: "pill", height: 18, rx: 9 });
  edge.always = text && !many && !folded;
  edge.textGroup = svg("g", { class: "edge" }, edge.back, edge.text);
  labels.append(edge.textGroup);
  // The label stands on the last free stretch, before the box that was computed.
  const points = edge.points, from = points.at(-Math.min(points.length, 2) - (points.length > 2 && near(points.at(-2), points.at(-1)) ? 1 : 0));
  const to = points.at(-1);
  if (Math.abs(from[0] - to[0]) + Math.abs(from[1] - to[1]) < 34) edge.always = false;
  edge.labelAt = { x: (from[0] + to[0]) / 2, y: (from[1] + to[1]) / 2 };
  edge.text.setAttribute("x", edge.labelAt.x);
  edge.text.setAttribute("y", edge.labelAt.y + 4);
  edge.back.setAttribute("y", edge.labelAt.y - 9);
  edge.usual = text;
  labelled(edge, text, 11.5);
}

const usualLabel = (edge) => (folded || !edge.steps.length || edge.steps.length > 2 ? "" : edge.steps.map((j) => short(products[j].local, 4)).join(", "));

/** A number on an edge, on a ground of its own so that the line does not strike it through. */
function labelled(edge, text, size) {
  if (edge.text.textContent === text && edge.written === size) return;
  edge.text.textContent = text;
  edge.written = size;
  const width = textWidth(text, `600 ${size}px ${MONO}`) + (size > 12 ? 12 : 5);
  edge.back.setAttribute("width", width);
  edge.back.setAttribute("x", edge.labelAt.x - width / 2);
}
const near = (a, b) => Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]) < 40;
