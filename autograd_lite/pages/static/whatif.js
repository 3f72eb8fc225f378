// What if a number were another one?  The recorded operations are computed again, here, and everything on the page follows.

const live = !folded && OPERATIONS !== null && nForward > 0;
const recorded = live && { data: atoms.map((atom) => atom.data), numbers: atoms.map((atom) => atom.numbers), slopes: data.edges.map((edge) => edge[2]) };
const held = new Set(); // the leaves that a step downhill leaves alone
let changed = false, road = [];

/** Whether the numbers can be changed: not where a notebook says which step it is, whose nodes would know nothing of it. */
const changeable = () => live && !player.driven;

/** The forward pass and the slopes, from the leaves as they are. */
function compute() {
  const slopes = new Map(), argument = (one) => (Array.isArray(one) ? number(atoms[one[0]].data) : number(one));
  for (const k of data.forward) {
    const atom = atoms[k], operation = OPERATIONS[atom.key], values = atom.args.map(argument), out = operation.forward(...values);
    atom.data = out;
    atom.numbers = formulaOf(atom.key, values.map((x) => short(x)));
    slopes.set(k, operation.partials(out, ...values));
  }
  for (const edge of data.edges) edge[2] = slopes.get(edge[0])[edge[4]];
}

/** An operation written on texts, as Python writes it. */
function formulaOf(key, texts) {
  const { text, args, level } = OPERATIONS[key];
  if (!text) return `${key}(${texts.join(", ")})`;
  return args.reduce((written, name, k) => written.replaceAll(`<${name}>`, k === 0 && level >= 3 && texts[k].startsWith("-") ? `(${texts[k]})` : texts[k]), text);
}

/** Put other numbers in the place of leaves; `passing` while a slider is still on its way. */
function change(numbers, passing = false) {
  for (const [atom, value] of numbers) atoms[atom].data = value;
  changed = true;
  compute();
  renewed(passing);
}

function restore() {
  recorded.data.forEach((value, k) => { atoms[k].data = value; atoms[k].numbers = recorded.numbers[k]; });
  recorded.slopes.forEach((slope, j) => { data.edges[j][2] = slope; });
  changed = false;
  road = [];
  renewed(false);
}

function renewed(passing) {
  passBack();
  $("reset").hidden = !changed;
  for (const edge of edgeViews.values()) edge.usual = usualLabel(edge);
  if (passing) update(player.k, player.k);
  else { const { x, y, scale, touched } = camera; build(); if (touched) { Object.assign(camera, { x, y, scale, touched }); look(); } }
  renewListing();
  showStep(player.k);
  showChosen(passing);
  if (!passing) announce(`${rootName} is now ${short(number(atoms[data.root].data))}`, player);
}

// --- beside the graph -----------------------------------------------------------------------------------------------------

/** A field and a slider for the number of a leaf. */
function changer(atom) {
  const name = nameOf(atom), at = number(atoms[atom].data), home = number(recorded.data[atom]), half = Math.max(1, 2 * Math.abs(home)) || 1;
  const take = (text, passing) => {
    const value = Number(text);
    if (text === "" || !Number.isFinite(value)) { field.value = String(number(atoms[atom].data)); return; }
    if (value !== number(atoms[atom].data)) change([[atom, value]], passing);
    else if (!passing) renewed(false);
    for (const one of [field, slider]) if (Number(one.value) !== value) one.value = String(value);
  };
  const field = el("input", { type: "number", step: "any", value: at, "aria-label": `value of ${name}`, onchange: () => take(field.value, false) });
  const slider = el("input", { type: "range", min: home - half, max: home + half, step: half / 100, "aria-label": `value of ${name}, by a slider`, oninput: () => take(slider.value, true), onchange: () => take(slider.value, false) });
  slider.value = String(at);
  return el("div", { class: "changer" }, el("span", { class: "key" }, "what if"), field, slider);
}

/** One step of gradient descent: each leaf minus a little of its gradient. */
function downhill(rate, leaves) {
  const before = number(atoms[data.root].data);
  if (!road.length) road.push(before);
  change(leaves.filter((k) => !held.has(k)).map((k) => [k, number(atoms[k].data) - rate * gradAt(k, player.total)]));
  road.push(number(atoms[data.root].data));
  showChosen();
}

const RATES = [0.001, 0.01, 0.1, 1];
let rate = 0.01;
function descent(leaves) {
  const select = el("select", { "aria-label": "size of the step", onchange: () => { rate = Number(select.value); } }, RATES.map((one) => el("option", { value: one, selected: one === rate }, `${one} × gradient`)));
  const button = el("button", { id: "downhill", onclick: () => { downhill(rate, leaves); $("downhill").focus(); } }, "one step downhill");
  return [el("div", { class: "actions" }, button, el("span", {}, "minus"), select),
    road.length ? el("p", { class: "road" }, `${rootName}: `, road.slice(-5).map((value, k, all) => [k ? " → " : road.length > 5 ? "… → " : "", k === all.length - 1 ? el("b", {}, short(value)) : short(value)])) : null];
}
