// Which boxes there are, how large they are, and where they and their edges go.
//
// An item is an atom of the data, a group of atoms, or a part of an atom that stands for many nodes.  What opens has its parts
// `inside`, and is a frame around them when it is open.

const STEP_TIME = 1000;
const all = new Map(atoms.map((atom, k) => [k, { id: k, atom: k }])); // atoms and groups by their number
data.items.forEach((item, k) => all.set(atoms.length + k, { id: atoms.length + k, ...item }));
(data.parts || []).forEach((part, k) => {
  const id = atoms.length + data.items.length + k, whole = all.get(part.atom);
  all.set(id, { id, atom: part.atom, part });
  (whole.inside ||= []).push(id);
});
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
const LABELLED = 60; // of more edges only those in use show their numbers
const opens = (item) => item.inside !== undefined && item.inside.length <= OPENS;
/** What is told of an atom or of a part of one; of a group, what it is called. */
const told = (item) => item.part ?? atoms[item.atom];
const titleOf = (item) => (isGroup(item) ? item.title : told(item).name);
const aboutOf = (item) => (isGroup(item) ? item.about : told(item).about || "");

let view = data.start, chosen = null, topDown = false;
const opened = new Set();
let active = []; // the boxes that this step is about
let viewsOf = new Map(); // the lines on which a step of the backward pass is seen
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
  const atom = told(item);
  // A long formula is for the panel: here the badge says what is done.
  const formula = atom.formula && !folded ? `= ${atom.formula.length > 24 && /^\w+\(/.test(atom.formula) ? `${atom.formula.split("(")[0]}(…)` : fitted(atom.formula, `13px ${SANS}`, 165)}` : "";
  return { name: named(atom.name), formula, about: folded ? clip(atom.about || "", 36) : "", badge: atom.op ? clip(atom.op, 9) : "" };
}

function sizeOf(item) {
  const face = faceOf(item);
  const badge = face.badge ? Math.max(22, textWidth(face.badge, `600 12px ${MONO}`) + 12) : 0;
  const name = textWidth(face.name, `650 13px ${SANS}`) * 1.06;
  const title = name + (face.formula ? 6 + textWidth(face.formula, `13px ${SANS}`) * 1.04 : 0) + (badge ? badge + 8 : 0) + (opens(item) ? 30 : 0);
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
    if (!opens(item) || !opened.has(id)) {
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
  viewsOf = new Map();
  for (const edge of edgeViews.values()) for (const j of edge.steps) viewsOf.has(j) ? viewsOf.get(j).push(edge) : viewsOf.set(j, [edge]);
  draw();
}

// The edges between parts (numbered after the atoms) that one step of the backward pass stands for.
const wholeOf = (fine) => (fine < atoms.length ? fine : data.parts[fine - atoms.length].atom);
const finestShown = (fine) => (fine < atoms.length ? fine : opened.has(wholeOf(fine)) ? fine + data.items.length : wholeOf(fine));
const flows = new Map();
for (const flow of data.flows || []) { const key = `${wholeOf(flow[0])}>${wholeOf(flow[1])}`; flows.has(key) ? flows.get(key).push(flow) : flows.set(key, [flow]); }
const flowsOf = (step) => flows.get(`${step.node}>${step.parent}`) || [[step.node, step.parent, step.slopes]];

/** The boxes in which an atom is seen: its own, or those of its parts. */
function boxesOf(atom) {
  const item = all.get(atom);
  const ids = item.part === undefined && opened.has(atom) && item.inside ? item.inside : [ofAtom.get(atom)];
  return ids.map((id) => shown.get(id)).filter((box) => box?.element);
}

/** The boxes and edges laid out in one of the two directions, and how large they could be shown. */
function arranged(down) {
  topDown = down;
  shown = new Map();
  ofAtom = new Map();
  const tree = treeOf(data.views[view].shown), found = new Map();
  const link = (p, q, j, slopes) => {
    const key = `${p}>${q}`;
    if (!found.has(key)) found.set(key, { p, q, steps: [], key, slopes });
    if (j !== null && found.get(key).steps.at(-1) !== j) found.get(key).steps.push(j);
  };
  const connect = (node, parent, j) => {
    const p = ofAtom.get(parent), q = ofAtom.get(node);
    if (p !== q || folded) link(p, q, j);
  };
  // In the order of the operands, which the layout keeps where it can.
  for (const step of products) {
    if (!folded || !(opened.has(step.node) || opened.has(step.parent))) connect(step.node, step.parent, step.j);
    else for (const [above, below, slopes] of flowsOf(step)) link(finestShown(below), finestShown(above), step.j, slopes);
  }
  for (const [node, parent] of data.plain) connect(node, parent, null);
  const edges = [...found.values()];
  let extent = compound(tree, edges, down ? 46 : folded || edges.length > LABELLED ? 64 : 80);
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
