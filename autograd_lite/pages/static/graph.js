// The graph as it is drawn: boxes, frames around open groups, edges; and what of them changes from step to step.

const STEP_TIME = 1000;
const all = new Map(atoms.map((atom, k) => [k, { id: k, atom: k }])); // atoms and groups by their number
data.items.forEach((item, k) => all.set(atoms.length + k, { id: atoms.length + k, ...item }));
for (const item of all.values()) item.atoms = [];
for (const [id, item] of all) {
  const waiting = [id];
  while (waiting.length) {
    const one = all.get(waiting.pop());
    if (one.atom !== undefined) item.atoms.push(one.atom);
    else waiting.push(...one.inside);
  }
  if (item.atom === undefined) {
    const inside = new Set(item.atoms);
    item.outputs = item.atoms.filter((a) => a === data.root || history[a].uses.some((j) => !inside.has(products[j].node)) || !history[a].uses.length);
  }
}
const isGroup = (item) => item.atom === undefined;
const OPENS = 160; // a group of more parts than this is not opened: nobody could read it

let view = data.start, chosen = null, topDown = false;
const opened = new Set();
let active = []; // the boxes that this step is about
let viewOf = new Map(); // the line on which a step of the backward pass is seen
let shown = new Map(), edgeViews = new Map(), ofAtom = new Map(), size = { w: 0, h: 0 };

// --- which boxes there are, and how large --------------------------------------------------------------------------------

const measuring = document.createElement("canvas").getContext("2d");
function textWidth(text, font) {
  measuring.font = font;
  return measuring.measureText(text).width;
}
const SANS = "system-ui, sans-serif", MONO = "ui-monospace, DejaVu Sans Mono, monospace";

/** As much of a text as goes into so many pixels: letters are not all of one width. */
function fitted(text, font, most) {
  let short = clip(text, 60);
  while (short.length > 2 && textWidth(short, font) > most) short = `${[...short.replace(/…$/, "")].slice(0, -1).join("")}…`;
  return short;
}

function faceOf(item) {
  const named = (text) => fitted(text, `650 13px ${SANS}`, 215);
  if (isGroup(item)) return { name: named(item.title), formula: "", about: clip(item.about, 34), badge: "" };
  const atom = atoms[item.atom];
  // A long formula is for the panel: here the badge says what is done.
  const formula = atom.formula && !folded ? `= ${atom.formula.length > 24 && /^\w+\(/.test(atom.formula) ? `${atom.formula.split("(")[0]}(…)` : fitted(atom.formula, `13px ${SANS}`, 165)}` : "";
  return { name: named(atom.name), formula, about: folded ? clip(atom.about || "", 36) : "", badge: atom.op ? clip(atom.op, 9) : "" };
}

function sizeOf(item) {
  const face = faceOf(item);
  const badge = face.badge ? Math.max(22, textWidth(face.badge, `600 12px ${MONO}`) + 12) : 0;
  const name = textWidth(face.name, `650 13px ${SANS}`) * 1.06;
  const title = name + (face.formula ? 6 + textWidth(face.formula, `13px ${SANS}`) * 1.04 : 0) + (badge ? badge + 8 : 0) + (isGroup(item) ? 30 : 0);
  const about = face.about ? textWidth(face.about, `13px ${SANS}`) * 1.04 : 0;
  const numbers = 46 + textWidth(isGroup(item) || folded ? "-0.00000 … -0.00000" : longest(item.atom), `12.5px ${MONO}`);
  return { face, badge, w: Math.ceil(Math.max(title, about, numbers) + 22), h: face.about ? 84 : 66 };
}

/** The longest number a node ever shows: its value, its gradient at any step. */
function longest(atom) {
  const texts = [short(number(atoms[atom].data)), ...history[atom].grads.slice(-50).map(([, grad]) => short(grad)), atoms[atom].kind === "constant" ? "constant" : ""];
  return texts.reduce((a, b) => (b.length > a.length ? b : a), "-0.00000");
}

/** The tree of boxes for the layout: leaves, and open groups with what is in them. */
function treeOf(ids) {
  return ids.map((id) => {
    const item = all.get(id);
    if (!isGroup(item) || !opened.has(id)) {
      const box = { id, item, ...sizeOf(item) };
      shown.set(id, box);
      for (const atom of item.atoms) ofAtom.set(atom, id);
      return topDown ? Object.assign(box, { w: box.h, h: box.w }) : box;
    }
    const children = treeOf(item.inside);
    const leaves = new Set(children.flatMap((child) => (child.children ? [...child.all] : [child.id])));
    const pad = topDown ? { left: 38, right: 14, top: 16, bottom: 16 } : { left: 16, right: 16, top: 38, bottom: 14 };
    const frame = { id, item, children, all: leaves, pad };
    shown.set(id, frame);
    return frame;
  });
}

function build() {
  edgeViews = new Map();
  const stage = $("graph").getBoundingClientRect(), tall = stage.width < stage.height * 0.95;
  const across = arranged(false);
  if (tall || across.scale < 0.7) {
    // A long way to the right does not fit: is it better top down?
    const down = arranged(true);
    if (down.scale > across.scale * (tall ? 0.8 : 1.15)) { take(down); return; }
  }
  take(across);
}

function take(found) {
  ({ shown, ofAtom, edgeViews, size, topDown } = found);
  viewOf = new Map([...edgeViews.values()].flatMap((edge) => edge.steps.map((j) => [j, edge])));
  draw();
}

/** The boxes and edges laid out in one of the two directions, and how large they could be shown. */
function arranged(down) {
  topDown = down;
  shown = new Map();
  ofAtom = new Map();
  const tree = treeOf(data.views[view].shown), found = new Map();
  const connect = (node, parent, j) => {
    const p = ofAtom.get(parent), q = ofAtom.get(node);
    if (p === q && !folded) return;
    const key = `${p}>${q}`;
    if (!found.has(key)) found.set(key, { p, q, steps: [], key });
    if (j !== null) found.get(key).steps.push(j);
  };
  // In the order of the operands, which the layout keeps where it can.
  for (const step of products) connect(step.node, step.parent, step.j);
  for (const [node, parent] of data.plain) connect(node, parent, null);
  const edges = [...found.values()];
  let extent = compound(tree, edges, down ? 46 : 64);
  if (down) {
    for (const box of shown.values()) [box.x, box.y, box.w, box.h] = [box.y, box.x, box.h, box.w];
    for (const edge of edges) for (const point of edge.points) point.reverse();
    extent = { w: extent.h, h: extent.w };
  }
  const views = new Map(edges.flatMap((edge) => strands(edge, down)).map((edge) => [edge.key, edge]));
  return { shown, ofAtom, edgeViews: views, size: extent, topDown: down, scale: fitting(extent).scale };
}

/** A node that another one uses twice (a + a) has two edges to it, side by side, each with its own local derivative. */
function strands(edge, down) {
  const count = edge.steps.length;
  if (folded || count < 2 || count > 3 || edge.points.loop || isGroup(all.get(edge.p)) || isGroup(all.get(edge.q))) return [edge];
  const apart = down ? 44 : 20, last = edge.points.length - 1;
  return edge.steps.map((j, k) => {
    const side = k - (count - 1) / 2;
    // On a long way between boxes there is room for little.
    const shift = (at) => side * (at > 0 && at < last ? 10 : apart);
    const points = edge.points.map(([x, y], at) => (down ? [x + shift(at), y] : [x, y + shift(at)]));
    return { ...edge, steps: [j], key: `${edge.key}#${k}`, points };
  });
}

// --- drawing -------------------------------------------------------------------------------------------------------------

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
  const many = edgeViews.size > 60;
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
  const label = `${open ? "close" : "open"} ${item.title}`;
  const flip = (event) => { event.stopPropagation(); toggle(item.id); };
  return svg("g", { class: "toggle", transform: `translate(${x} ${y})`, role: open ? "button" : null, tabindex: open ? 0 : null, "aria-label": open ? label : null,
    "data-toggle": item.id, onclick: flip, onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); flip(event); } } },
  svg("rect", { width: 20, height: 20, rx: 5 }), svg("path", { d: open ? "M5.500 10h9" : "M5.500 10h9M10 5.500v9" }));
}

function drawFrame(box) {
  const title = svg("text", { x: box.x + 38, y: box.y + 21 }, clip(box.item.title, 40), box.item.about ? svg("tspan", { class: "about", dx: 8 }, clip(box.item.about, 40)) : null);
  return svg("g", { class: "frame" }, svg("rect", { class: "box", x: box.x, y: box.y, width: box.w, height: box.h, rx: 12 }), title, toggleButton(box.x + 10, box.y + 7, true, box.item));
}

function drawBox(box) {
  const { item, face, badge, x, y, w, h } = box;
  const kind = isGroup(item) ? "group" : folded && atoms[item.atom].kind === "operation" && atoms[item.atom].size > 1 ? "group" : atoms[item.atom].kind;
  const element = svg("g", { class: `node ${kind}`, transform: `translate(${x} ${y})`, role: "button", tabindex: 0, "data-id": item.id,
    onclick: () => choose(item.id), ondblclick: () => { if (isGroup(item)) toggle(item.id); },
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
  if (isGroup(item) && item.inside.length <= OPENS) element.append(toggleButton(w - 28, 7, false, item));
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

// --- from step to step ----------------------------------------------------------------------------------------------------

function stepAt(k) { return k > nForward ? products[k - nForward - 1] : null; }

function update(k, before) {
  for (const box of shown.values()) if (!box.children) updateBox(box, k);
  const towards = chosen === null ? new Set() : edgesTowards(all.get(chosen).outputs || [all.get(chosen).atom]);
  scene.classList.toggle("choosing", towards.size > 0);
  for (const edge of edgeViews.values()) {
    const done = edge.steps.length && edge.steps.every((j) => products[j].k <= k);
    edge.element.classList.toggle("done", Boolean(done));
    edge.element.classList.remove("active", "used");
    edge.textGroup.classList.remove("active");
    labelled(edge, edge.usual, 11.5);
    edge.textGroup.setAttribute("visibility", edge.always && isComputed(products[edge.steps[0]].node, k) ? "visible" : "hidden");
    edge.element.classList.toggle("towards", edge.steps.some((j) => towards.has(j)));
  }
  const step = stepAt(k);
  active = [];
  const mark = (atom, name) => { const box = shown.get(ofAtom.get(atom)); if (box?.element) { box.element.classList.add(name); active.push(box); } };
  if (step) {
    const p = ofAtom.get(step.parent), q = ofAtom.get(step.node);
    if (p === q && !folded) mark(step.parent, "inside");
    else {
      mark(step.node, "from");
      mark(step.parent, "to");
      const edge = viewOf.get(step.j);
      edge.element.classList.add("active");
      edge.textGroup.classList.add("active");
      labelled(edge, folded ? range(step.slopes, 3) : short(step.local, 5), 13.5);
      edge.textGroup.setAttribute("visibility", "visible");
      edge.element.parentNode.append(edge.element);
      edge.textGroup.parentNode.append(edge.textGroup);
      if (k === before + 1) pulse(edge.path);
    }
  } else if (k > 0) {
    const made = data.forward[k - 1];
    mark(made, "made");
    for (const j of history[made].feeds) {
      viewOf.get(j)?.element.classList.add("used");
    }
  }
  if (k !== before) follow(active);
}

function updateBox(box, k) {
  const { item, element } = box;
  const marks = element.classList;
  marks.remove("from", "to", "inside", "made");
  marks.toggle("chosen", chosen === item.id);
  let value, grad, complete, computed;
  if (isGroup(item)) {
    computed = item.outputs.every((atom) => isComputed(atom, k));
    value = computed ? range(spreadOf(item.outputs.map((atom) => number(atoms[atom].data)))) : "?";
    const grads = item.outputs.map((atom) => gradAt(atom, k)).filter((x) => x !== undefined);
    grad = grads.length ? range(spreadOf(grads)) : "–";
    complete = item.atoms.every((atom) => isComplete(atom, k));
  } else {
    computed = isComputed(item.atom, k);
    value = valueText(item.atom, k, folded ? 4 : 6);
    grad = gradText(item.atom, k, folded ? 4 : 6);
    complete = isComplete(item.atom, k);
  }
  marks.toggle("waiting", !computed);
  marks.toggle("complete", complete);
  box.value.textContent = value;
  box.grad.textContent = grad;
  box.value.classList.toggle("bad", /nan|inf/.test(value));
  box.grad.classList.toggle("bad", /nan|inf/.test(grad));
  box.grad.classList.toggle("unknown", grad === "–" || grad === "constant");
  const name = isGroup(item) ? `group ${item.title}${item.about ? `, ${item.about}` : ""}` : `${nameOf(item.atom)}${atoms[item.atom].formula ? ` = ${atoms[item.atom].formula}` : ""}`;
  element.setAttribute("aria-label", `${name}; value ${value === "?" ? "not computed yet" : value}; gradient ${grad === "–" ? "not computed yet" : grad}`);
  element.setAttribute("aria-pressed", String(chosen === item.id));
}

function spreadOf(numbers) {
  if (numbers.some(Number.isNaN)) return [NaN, NaN];
  return [numbers.reduce((a, b) => Math.min(a, b), Infinity), numbers.reduce((a, b) => Math.max(a, b), -Infinity)];
}

/** A dot that carries the product back along the edge. */
let pulsing = 0;
function pulse(path) {
  window.cancelAnimationFrame(pulsing);
  $("pulse")?.remove();
  if (calm.matches || player.wait < 150) return;
  const length = path.getTotalLength(), dot = svg("circle", { id: "pulse", r: 6.5 }), start = performance.now();
  scene.append(dot);
  const time = Math.min(520, player.wait * 0.6);
  const move = (now) => {
    const t = Math.min(1, Math.max(0, (now - start) / time)), eased = t < 0.5 ? 2 * t * t : 1 - 2 * (1 - t) * (1 - t);
    const point = path.getPointAtLength(length * (1 - eased));
    dot.setAttribute("cx", point.x);
    dot.setAttribute("cy", point.y);
    if (t < 1) pulsing = window.requestAnimationFrame(move);
    else dot.remove();
  };
  pulsing = window.requestAnimationFrame(move);
}

function toggle(id) {
  const item = all.get(id);
  if (!item || !isGroup(item) || item.inside.length > OPENS) return;
  const before = shown.get(id), { scale, touched } = camera;
  const corner = before && [before.x * scale + camera.x, before.y * scale + camera.y];
  if (opened.has(id)) opened.delete(id); else opened.add(id);
  build();
  const after = shown.get(id);
  if (touched && corner && after) {
    // Who has chosen a place to look at keeps it: the group stays where it was.
    Object.assign(camera, { scale, touched, x: corner[0] - after.x * scale, y: corner[1] - after.y * scale });
    look();
  } else if (opened.has(id) && camera.scale < 0.58) closeUp(after);
  showChosen();
  announce(`${item.title} ${opened.has(id) ? "opened" : "closed"}`, player);
  (shown.get(id)?.element || scene.querySelector(`[data-toggle="${id}"]`))?.focus();
}
