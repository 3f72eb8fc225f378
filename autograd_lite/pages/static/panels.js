// Beside the graph: the step in words and numbers, the chosen node with its chain-rule sum, the computation line by line.

const part = (kind, text) => el("span", { class: kind }, text);

function showStep(k) {
  const place = $("step"), step = stepAt(k);
  $("phase").textContent = k === 0 ? "start" : k === player.total ? "complete" : k <= nForward && nForward ? "forward" : "backward";
  $("phase").className = `chip ${k === 0 ? "" : k <= nForward && nForward ? "forward" : "backward"}`;
  if (step) place.replaceChildren(...(folded ? foldedStep(step) : backwardStep(step, k)));
  else if (k > 0) place.replaceChildren(...forwardStep(data.forward[k - 1], k));
  else place.replaceChildren(
    el("h2", {}, "Start"), el("h3", {}, `${nForward.toLocaleString("en")} forward and ${nEdges.toLocaleString("en")} backward steps`),
    el("p", {}, player.total ? "Press → for the next step, space to play. First every number is computed, then the derivative of the result is handed back, edge by edge." : `${rootName} is a leaf: there is nothing to compute, and its gradient is ${short(number(data.seed))}.`));
  announce(step ? `step ${k} of ${player.total}: ${lineOf(step)}` : k ? `step ${k} of ${player.total}: ${forwardLine(data.forward[k - 1])}` : "at the start", player);
}

function backwardStep(step, k) {
  const { left, upstream, local } = ruleOf(step), node = atoms[step.node], parent = nameOf(step.parent);
  const formula = step.formula && Number(step.formula) !== step.local ? step.formula : "";
  return [
    el("h2", {}, `Backward, step ${k} of ${player.total}`),
    el("p", { class: "rule" }, part("result", left), " += ", part("upstream", upstream), " * ", part("local", local)),
    el("p", { class: "numbers" }, part("upstream", short(step.upstream)), " * ", part("local", short(step.local)), " = ", part("result", short(step.product))),
    el("p", { class: "change" }, `${parent}.grad: ${step.first ? "0" : short(step.before)} → ${short(step.after)}`),
    el("p", {}, `${node.name} = ${clip(node.formula, 60)}, so ${local} = ${formula ? `${formula} = ` : ""}${short(step.local)}.`,
      step.local === 0 ? " It is zero: nothing is passed on here." : "", step.first ? "" : ` ${parent} is used more than once: its gradients add up.`),
  ];
}

function foldedStep(step) {
  const { left, upstream, local } = ruleOf(step);
  return [
    el("h2", {}, `Backward, step ${step.k} of ${player.total}`),
    el("p", { class: "rule" }, part("result", left), " += ", part("upstream", upstream), " * ", part("local", local)),
    el("p", { class: "change" }, `${counted(step.times)}: ${range(step.products)}`),
    el("p", {}, `Local derivatives: ${range(step.slopes)}. One step here for all edges from ${nameOf(step.node)} back to ${nameOf(step.parent)}.`),
  ];
}

function forwardStep(atom, k) {
  const { name, formula, numbers } = atoms[atom];
  if (folded) return [el("h2", {}, `Forward, step ${k} of ${player.total}`), el("p", { class: "rule" }, name), el("p", { class: "change" }, `${atoms[atom].about || ""} ${range(atoms[atom].data)}`)];
  const slopes = [...history[atom].feeds].map((j) => products[j]);
  return [
    el("h2", {}, `Forward, step ${k} of ${player.total}`),
    el("p", { class: "rule" }, `${name} = ${formula}`),
    el("p", { class: "numbers" }, numbers === formula ? "" : `${numbers} = `, part("result", short(number(atoms[atom].data)))),
    slopes.length ? el("p", {}, "recorded for the way back: ", slopes.map((s) => `${slash(name, nameOf(s.parent))} = ${short(s.local)}`).join(", ")) : null,
  ].filter(Boolean);
}

// --- the chosen node ------------------------------------------------------------------------------------------------------

function choose(id) {
  chosen = chosen === id ? null : id;
  for (const box of shown.values()) if (!box.children) updateBoxMarks(box);
  update(player.k, player.k);
  showChosen();
}
function updateBoxMarks(box) { box.element.classList.toggle("chosen", chosen === box.item.id); }

function showChosen() {
  const place = $("node"), item = chosen === null ? null : all.get(chosen);
  if (!item) {
    place.replaceChildren(el("h2", {}, "Node"), el("p", {}, "Choose a box of the graph to see the sum of the chain rule that makes its gradient."));
    return;
  }
  place.replaceChildren(el("h2", {}, isGroup(item) ? "Group" : "Node"), ...(isGroup(item) ? groupPanel(item) : folded ? foldedPanel(item.atom) : nodePanel(item.atom)));
}

function facts(...pairs) {
  return el("dl", { class: "facts" }, pairs.filter(([, value]) => value !== "").map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

function nodePanel(atom) {
  const k = player.k, { name, formula, kind } = atoms[atom], { uses, complete } = history[atom];
  const known = isComputed(atom, k);
  const value = known ? String(short(number(atoms[atom].data), 10)) : "not computed yet";
  const parts = [el("h3", {}, formula ? `${name} = ${formula}` : name), facts(["value", value], ["kind", formula ? "operation" : kind === "constant" ? "constant, takes no gradient" : "leaf"])];
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
  parts.push(el("table", { id: "terms" }, el("caption", {}, caption), el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "term"), el("th", { scope: "col" }, "numbers"), el("th", { scope: "col", class: "n" }, "product"))), el("tbody", {}, rows)));
  if (Number.isFinite(complete)) parts.push(el("div", { class: "actions" }, el("button", { onclick: () => { player.pause(); player.goto(complete); } }, `go to where it is complete (step ${complete})`)));
  return parts;
}

const LISTED = 60;
function groupPanel(item) {
  const k = player.k, rows = item.outputs.slice(0, LISTED).map((atom) => el("tr", {}, el("td", {}, nameOf(atom)), el("td", { class: "n" }, valueText(atom, k, 6)), el("td", { class: "n" }, gradText(atom, k, 6))));
  const more = item.outputs.length > LISTED ? ` (the first ${LISTED} of ${item.outputs.length})` : "";
  const parts = [el("h3", {}, item.title), facts(["what", item.about], ["nodes", item.atoms.length.toLocaleString("en")])];
  parts.push(el("div", { class: "actions" }, item.inside.length <= OPENS ? el("button", { id: "open-group", onclick: () => toggle(item.id) }, opened.has(item.id) ? "close" : `open (${item.inside.length} parts)`) : el("p", {}, `${item.inside.length} parts are too many to draw at once.`)));
  parts.push(el("table", {}, el("caption", {}, `what leaves it${more}`), el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "node"), el("th", { scope: "col", class: "n" }, "value"), el("th", { scope: "col", class: "n" }, "gradient"))), el("tbody", {}, rows)));
  return parts;
}

function foldedPanel(atom) {
  const k = player.k, { name, about, size: count, members, shown: outputs } = atoms[atom], done = isComplete(atom, k);
  const rows = members.map(([label, value, grad]) => el("tr", {}, el("td", {}, label), el("td", { class: "n" }, isComputed(atom, k) ? short(number(value)) : "?"), el("td", { class: "n" }, done && grad !== null ? short(number(grad)) : "–")));
  const more = outputs > members.length ? `the first ${members.length} of ${outputs.toLocaleString("en")}` : "all of it";
  return [el("h3", {}, name), facts(["what", about || ""], ["nodes", count.toLocaleString("en")], ["gradient", gradText(atom, k, 4)]),
    el("table", {}, el("caption", {}, more), el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "node"), el("th", { scope: "col", class: "n" }, "value"), el("th", { scope: "col", class: "n" }, "gradient"))), el("tbody", {}, rows))];
}

// --- the computation line by line -----------------------------------------------------------------------------------------

const lines = [null]; // the line of each step
let current = null;
function listing() {
  const list = $("code"), add = (text, value, k) => {
    const line = el("li", k === null ? { class: "done" } : { onclick: () => { player.pause(); player.goto(k); } }, el("span", { class: "text" }, text), el("span", { class: "value" }, value));
    if (k !== null) lines[k] = line;
    list.append(line);
  };
  list.append(el("li", { class: "head" }, "leaves"));
  atoms.forEach((atom, k) => { if (!history[k].computed) add(folded ? `${atom.name}${atom.about ? ` (${atom.about})` : ""}` : `${atom.name} =`, folded ? range(atom.data) : short(number(atom.data)), null); });
  if (nForward) list.append(el("li", { class: "head" }, "forward"));
  data.forward.forEach((atom, k) => add(folded ? `${nameOf(atom)}${atoms[atom].about ? ` (${atoms[atom].about})` : ""}` : `${nameOf(atom)} = ${atoms[atom].formula}`, folded ? range(atoms[atom].data, 3) : short(number(atoms[atom].data)), k + 1));
  if (nEdges) list.append(el("li", { class: "head" }, "backward"));
  products.forEach((step) => {
    const { left, upstream, local } = ruleOf(step);
    add(`${left} += ${upstream} * ${local}`, folded ? `${step.times.toLocaleString("en")} ×` : short(step.product), step.k);
  });
}

function showLine(k, before) {
  const [low, high] = k >= before ? [before, k] : [k, before];
  for (let j = Math.max(1, low); j <= high; j++) lines[j].classList.toggle("done", j <= k);
  current?.removeAttribute("aria-current");
  current = lines[k];
  if (!current) { if (k === 0) $("code").scrollTop = 0; return; }
  current.setAttribute("aria-current", "step");
  const list = $("code"), top = current.offsetTop - list.offsetTop;
  if (top < list.scrollTop + 30 || top + current.offsetHeight > list.scrollTop + list.clientHeight - 30) list.scrollTop = top - list.clientHeight / 2;
}
