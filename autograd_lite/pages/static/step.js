// Beside the graph: what happens in this step, in a sentence, as a product of the chain rule, and in numbers.

const part = (kind, text) => el("span", { class: kind }, text);

function showStep(k) {
  const step = stepAt(k), forward = k <= nForward && nForward;
  $("phase").textContent = k === 0 ? "start" : k === player.total ? "complete" : forward ? "forward" : "backward";
  $("phase").className = `chip ${k === 0 ? "" : forward ? "forward" : "backward"}`;
  const [title, said, ...rest] = step ? (folded ? foldedStep(step) : backwardStep(step)) : k > 0 ? forwardStep(data.forward[k - 1], k) : atStart();
  const copies = k === 0 ? null : el("span", { class: "copies" }, copyButton("copy", "copy this step as text", () => lineAt(k)),
    step && !folded ? copyButton("LaTeX", "copy this step as LaTeX", () => latexOf(step)) : null);
  $("step").replaceChildren(el("h2", {}, title, copies), el("p", { class: "said" }, said), ...rest.filter(Boolean));
  // Where the three do not stand side by side, they stand one below the other.
  const product = $("step").querySelector(".product");
  if (product && product.offsetHeight > 1.5 * product.firstChild.offsetHeight) product.classList.add("tall");
  announce(k ? `Step ${k} of ${player.total}. ${said} ${spoken(step, k)}` : `At the start. ${said}`, player);
}

function lineAt(k) { const step = stepAt(k); return step ? lineOf(step) : k ? forwardLine(data.forward[k - 1]) : ""; }

/** The numbers of a step for the ear: no signs that are read out as words. */
function spoken(step, k) {
  if (!step) { const atom = data.forward[k - 1]; return `${nameOf(atom)} is ${valueText(atom, k, 6)}.`; }
  if (folded) return `${counted(step.times)}.`;
  const parent = nameOf(step.parent), times = `${short(step.upstream)} times ${short(step.local)} is ${short(step.product)}`;
  return step.first ? `${times}: the gradient of ${parent}.` : `${times}; added to ${short(step.before)}, the gradient of ${parent} is ${short(step.after)}.`;
}

function atStart() {
  if (!player.total) return ["Start", `${rootName} is a leaf: there is nothing to compute, and its gradient is ${short(number(data.seed))}.`];
  const count = (n, way) => `${n.toLocaleString("en")} ${way} step${n === 1 ? "" : "s"}`;
  return ["Start", "First the numbers, then the way back.",
    el("p", {}, `${count(nForward, "forward")}: every value is computed. ${count(nEdges, "backward")}: the derivative of ${rootName} is handed back, edge by edge, each time multiplied by a local derivative.`),
    el("p", {}, "Press ", el("kbd", {}, "→"), " for the next step, ", el("kbd", {}, "space"), " to play, or use the buttons below.")];
}

/** One factor or the result of the product: what it is, its name, its number. */
const term = (kind, what, name, text) => el("div", { class: `term ${kind}` }, el("span", { class: "what" }, what), el("span", { class: "name" }, name), el("span", { class: "figure" }, text));
const sign = (text) => el("span", { class: "sign", "aria-hidden": "true" }, text);
function productOf(step, upstreamText, localText, productText) {
  const { left, upstream, local } = ruleOf(step);
  return el("div", { class: "product" }, term("result", step.first ? "received" : "added", left, productText), sign(step.first ? "=" : "+="),
    term("upstream", "passed on", upstream, upstreamText), sign("×"), term("local", "local derivative", local, localText));
}

function backwardStep(step) {
  const { local } = ruleOf(step), node = atoms[step.node], name = node.name, parent = nameOf(step.parent);
  const formula = step.formula && Number(step.formula) !== step.local ? `${step.formula} = ` : "";
  const last = isComplete(step.parent, step.k), uses = history[step.parent].uses.length;
  let said = `${name} hands its gradient back to ${parent}.`;
  if (step.local === 0) said = `Nothing comes back to ${parent} here: the local derivative is 0.`;
  else if (Number.isNaN(step.product) && !Number.isNaN(step.upstream) && !Number.isNaN(step.local)) said = `nan begins here: ${short(step.upstream)} × ${short(step.local)} is not a number.`;
  else if (!step.first) said = `${name} adds its share to the gradient of ${parent}.`;
  const sum = step.first ? `${parent}.grad: 0 → ` : `${parent}.grad: ${short(step.before)} ${step.product < 0 ? "−" : "+"} ${short(Math.abs(step.product))} = `;
  const state = uses > 1 ? (last ? `Complete: ${parent} is used ${uses} times, and the shares add up.` : `${parent} is used ${uses} times; more is to come.`) : "";
  return [`Backward, step ${step.k} of ${player.total}`, said,
    productOf(step, short(step.upstream), short(step.local), short(step.product)),
    el("p", { class: "change" }, sum, el("b", {}, short(step.after))),
    el("p", {}, `${name} = ${clip(node.formula, 60)}, so ${local} = ${formula}${short(step.local)}. ${state}`)];
}

function foldedStep(step) {
  const node = nameOf(step.node), parent = nameOf(step.parent);
  return [`Backward, step ${step.k} of ${player.total}`, `${node} hands its gradients back to ${parent}.`,
    productOf(step, isComplete(step.node, step.k) ? range(atoms[step.node].grad) : "partly", range(step.slopes), range(step.products)),
    el("p", {}, `One step here for all edges between the two: ${counted(step.times)}. The numbers are ranges.`)];
}

function forwardStep(atom, k) {
  const { name, formula, numbers, about } = atoms[atom], title = `Forward, step ${k} of ${player.total}`;
  const value = folded ? range(atoms[atom].data) : short(number(atoms[atom].data)), last = k === nForward && nEdges;
  const turn = last ? el("p", {}, `Every value is known now. The way back starts at ${rootName}: ${slash(rootName, rootName)} = ${short(number(data.seed))}.`) : null;
  if (folded) return [title, `${name} is computed.`, el("p", { class: "numbers" }, about ? `${about}: ` : "", part("made", value)), turn];
  const slopes = history[atom].feeds.map((j) => products[j]), result = number(atoms[atom].data);
  const clean = atoms[atom].args.every((one) => !Number.isNaN(Array.isArray(one) ? number(atoms[one[0]].data) : number(one)));
  const said = !Number.isNaN(result) ? `${name} is computed${Number.isFinite(result) ? "" : ": it is infinite"}.` : clean ? `nan begins here: ${name} is not a number.` : `${name} is nan, as what it is computed from.`;
  return [title, said,
    el("p", { class: "rule" }, `${name} = ${clip(formula, 300)}`),
    el("p", { class: "numbers" }, numbers === formula ? "" : `${clip(numbers, 300)} = `, part("made", value)),
    slopes.length ? el("p", {}, "Recorded for the way back: ", slopes.slice(0, SLOPES).map((s, i) => [i ? ", " : "", part("local", slash(name, nameOf(s.parent))), ` = ${short(s.local)}`]), slopes.length > SLOPES ? `, and ${slopes.length - SLOPES} more` : "", ".") : null,
    turn];
}
const SLOPES = 6;

// --- for a lecture, a paper, a question to somebody -----------------------------------------------------------------------

const latexName = (name) => (/^[A-Za-z]$/.test(name) ? name : /^([A-Za-z])_?(\d+)$/.test(name) ? name.replace(/^([A-Za-z])_?(\d+)$/, "$1_{$2}")
  : `\\mathrm{${name.replace(/[\\{}$&#_%~^]/g, (c) => (c === "\\" ? "\\backslash " : c === "~" || c === "^" ? `\\${c}{}` : `\\${c}`))}}`);
const latexNumber = (x) => (Number.isNaN(x) ? "\\mathrm{nan}" : !Number.isFinite(x) ? `${x < 0 ? "-" : ""}\\infty` : short(x).replace(/e([+-])0*(\d+)$/, (_, s, e) => ` \\cdot 10^{${s === "-" ? "-" : ""}${e}}`));
const inBrackets = (x) => (x < 0 ? `(${latexNumber(x)})` : latexNumber(x));
function latexOf(step) {
  const fraction = (above, below) => `\\frac{\\partial ${latexName(nameOf(above))}}{\\partial ${latexName(nameOf(below))}}`;
  return `${fraction(data.root, step.parent)} \\mathrel{${step.first ? "=" : "+="}} ${fraction(data.root, step.node)} \\cdot ${fraction(step.node, step.parent)} = ${inBrackets(step.upstream)} \\cdot ${inBrackets(step.local)} = ${latexNumber(step.product)}`;
}
