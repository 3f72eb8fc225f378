// The chosen node or group: its chain-rule sum, term by term.  With none chosen: what the pass has found so far.

const paths = folded ? [] : pathCounts();
/** How many ways lead from the result back to each node: by addition along the edges, exact however many there are. */
function pathCounts() {
  const counts = atoms.map(() => 0n);
  counts[data.root] = 1n;
  for (const { node, parent } of products) counts[parent] += counts[node];
  return counts;
}

/** The edges on the ways from the result to an atom (or to any of several). */
function edgesTowards(targets) {
  const reached = new Set(targets), found = new Set();
  for (let j = products.length - 1; j >= 0; j--) if (reached.has(products[j].parent)) { reached.add(products[j].node); found.add(j); }
  return found;
}

function choose(id) {
  chosen = chosen === id ? null : id;
  update(player.k, player.k);
  showChosen();
  showLine(player.k, player.k);
}

/** `passing` while a slider is on its way: then it must stay, and only what depends on it is written anew. */
function showChosen(passing = false) {
  const sums = $("sums"), place = $("node"), item = chosen === null ? null : all.get(chosen);
  if (!item) { place.replaceChildren(...overviewPanel()); return; }
  if (passing && sums) { sums.replaceChildren(...sumPanel(item.atom)); return; }
  const leave = el("button", { class: "quiet", "aria-label": "choose nothing", title: "choose nothing (Esc)", onclick: () => choose(item.id) }, "×");
  place.replaceChildren(el("h2", {}, isGroup(item) || opens(item) ? "Group" : "Node", leave), ...(isGroup(item) ? groupPanel(item) : folded ? foldedPanel(item) : nodePanel(item.atom)));
}

function facts(...pairs) {
  return el("dl", { class: "facts" }, pairs.filter(([, value]) => value !== "").map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

function tableOf(caption, heads, rows, id) {
  const head = heads.map((name, k) => el("th", { scope: "col", class: ["value", "gradient", "product"].includes(name) ? "n" : null }, name));
  return el("table", { id }, el("caption", {}, caption), el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows));
}

const LEAVES = 12;
function overviewPanel() {
  const hint = el("p", {}, "Choose a box of the graph: its gradient is shown as a sum, term by term.");
  const leaves = atoms.map((atom, k) => k).filter((k) => atoms[k].kind === "leaf" && history[k].uses.length);
  if (!player.total || player.k < player.total || folded || !leaves.length) return [el("h2", {}, "Node"), hint];
  const learns = (k) => el("td", { class: "moves" }, el("input", { type: "checkbox", checked: !held.has(k), "aria-label": `${nameOf(k)} moves`, onchange: () => { if (!held.delete(k)) held.add(k); } }));
  const rows = leaves.slice(0, LEAVES).map((k) => el("tr", {}, changeable() ? learns(k) : null, el("td", {}, el("button", { class: "link", onclick: () => choose(ofAtom.get(k)) }, nameOf(k))), el("td", { class: "n" }, valueText(k, player.k)), el("td", { class: "n" }, gradText(k, player.k))));
  const steep = leaves.reduce((best, k) => (Math.abs(gradAt(k, player.k)) > Math.abs(gradAt(best, player.k)) ? k : best)), slope = gradAt(steep, player.k);
  const meaning = Number.isFinite(slope) && slope ? el("p", {}, `Let ${nameOf(steep)} grow by a little, 0.001: ${rootName} ${slope > 0 ? "grows" : "falls"} by about ${short(Math.abs(slope) / 1000, 3)}.`) : null;
  return [el("h2", {}, "What the pass has found"), tableOf(leaves.length > LEAVES ? `the first ${LEAVES} of ${leaves.length.toLocaleString("en")} leaves` : "the leaves", [...(changeable() ? ["moves"] : []), "leaf", "value", "gradient"], rows), meaning, changeable() ? descent(leaves) : null].flat().filter(Boolean);
}

function nodePanel(atom) {
  const { name, formula } = atoms[atom];
  return [el("h3", {}, formula ? `${name} = ${clip(formula, 200)}` : name), formula || !changeable() ? null : changer(atom), el("div", { id: "sums" }, sumPanel(atom))].filter(Boolean);
}

function sumPanel(atom) {
  const k = player.k, { name, formula, kind } = atoms[atom], { uses, complete } = history[atom];
  const value = isComputed(atom, k) ? String(short(number(atoms[atom].data), 10)) : "not computed yet";
  const what = formula ? "an operation" : kind === "constant" ? "a constant, which takes no gradient" : "a leaf";
  const parts = [el("p", { class: "fact" }, what, !formula && changeable() ? "" : [", value ", el("b", {}, value)], paths[atom] > 1n ? `; ${paths[atom].toLocaleString("en")} paths lead here from ${rootName}` : "")];
  if (kind === "constant") return parts;
  const rows = uses.map((j) => {
    const s = products[j], { upstream, local } = ruleOf(s), done = s.k <= k;
    return el("tr", { class: done ? (s.k === k ? "now" : "") : "todo" }, el("td", {}, `${upstream} * ${local}`),
      el("td", {}, done ? `${short(s.upstream)} * ${short(s.local)}` : "to come"), el("td", { class: "n" }, done ? short(s.product) : ""));
  });
  if (atom === data.root) rows.unshift(el("tr", { class: k >= nForward ? "" : "todo" }, el("td", {}, slash(name, name)), el("td", {}, "the start"), el("td", { class: "n" }, k >= nForward ? short(number(data.seed)) : "")));
  const grad = gradAt(atom, k);
  rows.push(el("tr", { class: "total" }, el("td", {}, `${slash(rootName, name)}${isComplete(atom, k) ? "" : " so far"}`), el("td", {}, ""), el("td", { class: "n", id: "sum" }, grad === undefined ? "–" : short(grad, 10))));
  const caption = uses.length > 1 ? `used ${uses.length} times: the gradients add up` : uses.length ? "used once" : atom === data.root ? "the result" : "nothing takes a gradient from here";
  parts.push(tableOf(caption, ["term", "numbers", "product"], rows, "terms"));
  if (Number.isFinite(complete) && k !== complete) parts.push(el("div", { class: "actions" }, el("button", { onclick: () => { player.pause(); player.goto(complete); } }, `go to where it is complete (step ${complete})`)));
  return parts;
}

const openButton = (item) => el("div", { class: "actions" }, el("button", { id: "open-group", onclick: () => toggle(item.id) }, opened.has(item.id) ? "close" : `open (${item.inside.length} parts)`));

const MEMBERS = 60;
function groupPanel(item) {
  const k = player.k, rows = item.outputs.slice(0, MEMBERS).map((atom) => el("tr", {}, el("td", {}, nameOf(atom)), el("td", { class: "n" }, valueText(atom, k, 6)), el("td", { class: "n" }, gradText(atom, k, 6))));
  const more = item.outputs.length > MEMBERS ? ` (the first ${MEMBERS} of ${item.outputs.length})` : "";
  const parts = [el("h3", {}, item.title), facts(["what", item.about], ["nodes", item.atoms.length.toLocaleString("en")])];
  parts.push(opens(item) ? openButton(item) : el("div", { class: "actions" }, el("p", {}, `${item.inside.length} parts are too many to draw at once.`)));
  parts.push(tableOf(`what leaves it${more}`, ["node", "value", "gradient"], rows));
  return parts;
}

/** How the numbers of a box are spread: bars, and in words what they show. */
function spreadOver(what, bars) {
  if (!bars) return null;
  const { counts, low, high, zeros, wild, all: total } = bars, most = Math.max(...counts), w = 240 / counts.length;
  const share = (n) => (n === total ? "all" : `${n.toLocaleString("en")} of ${total.toLocaleString("en")}`);
  const words = [`${what} from ${short(number(low), 3)} to ${short(number(high), 3)}`, zeros ? `${share(zeros)} are 0` : "", wild ? `${share(wild)} are nan or infinite` : ""].filter(Boolean).join("; ");
  const picture = svg("svg", { class: `bars ${what}`, viewBox: "0 0 240 44", role: "img", "aria-label": words, preserveAspectRatio: "none" },
    counts.map((n, k) => svg("rect", { x: k * w + 0.5, width: Math.max(0.5, w - 1), y: 44 - 44 * (n / most), height: 44 * (n / most) })));
  return el("figure", {}, picture, el("figcaption", {}, words));
}

function foldedPanel(item) {
  const k = player.k, { atom } = item, { name, about, size: count, members, shown: outputs, bars, grad_bars: gradBars } = told(item), done = isComplete(atom, k);
  const values = isComputed(atom, k) ? spreadOver("values", bars) : null, gradients = done ? spreadOver("gradients", gradBars) : null;
  const rows = members.map(([label, value, grad]) => el("tr", {}, el("td", {}, label), el("td", { class: "n" }, isComputed(atom, k) ? short(number(value)) : "?"), el("td", { class: "n" }, done && grad !== null ? short(number(grad)) : "–")));
  const more = outputs > members.length ? `the first ${members.length} of ${outputs.toLocaleString("en")}` : "all of it";
  return [el("h3", {}, name), facts(["what", about || ""], ["nodes", count.toLocaleString("en")], ["value", values ? "" : valueText(atom, k, 4, told(item))], ["gradient", gradients ? "" : gradText(atom, k, 4, told(item))]),
    opens(item) ? openButton(item) : null, values, gradients, tableOf(more, ["node", "value", "gradient"], rows)].filter(Boolean);
}
