// What is known at each step: the forward pass computes values, the backward pass adds products to gradients.

const folded = data.kind === "folded";
const atoms = data.atoms, nForward = data.forward.length, nEdges = data.edges.length;
const nameOf = (atom) => atoms[atom].name;
const rootName = nameOf(data.root);

/** For each atom: when it is computed, when its gradient is complete, and what its gradient is after which step. */
const history = atoms.map((atom) => ({ computed: 0, complete: Infinity, grads: [], uses: [], feeds: [] }));
data.forward.forEach((atom, k) => { history[atom].computed = k + 1; });

const products = data.edges.map(([node, parent], j) => {
  const k = nForward + j + 1;
  history[parent].uses.push(j);
  history[node].feeds.push(j);
  history[parent].complete = k;
  return { node, parent, k, j };
});
if (history[data.root].complete === Infinity) history[data.root].complete = nForward;

/** The steps of the backward pass: the same additions and multiplications, in the same order, as Python makes. */
function passBack() {
  const grad = new Map([[data.root, number(data.seed)]]);
  for (const one of history) one.grads = [];
  history[data.root].grads.push([nForward, number(data.seed)]);
  for (const step of products) {
    const [, , slope, extra, times, share] = data.edges[step.j], { node, parent, k } = step;
    if (folded) {
      Object.assign(step, { slopes: slope, products: extra, times, first: !history[parent].grads.length });
      history[parent].grads.push([k, null]);
    } else {
      const local = number(slope), upstream = grad.get(node) ?? 0, product = share === undefined ? upstream * local : number(share);
      const first = !grad.has(parent), before = first ? 0 : grad.get(parent), after = before + product;
      grad.set(parent, after);
      Object.assign(step, { local, formula: extra, upstream, product, first, before, after });
      history[parent].grads.push([k, after]);
    }
  }
}
passBack();

const isComputed = (atom, k) => history[atom].computed <= k;
const isComplete = (atom, k) => history[atom].complete <= k;

/** The gradient of an atom after step k; undefined if it has none yet. */
function gradAt(atom, k) {
  const grads = history[atom].grads;
  let low = 0, high = grads.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (grads[middle][0] <= k) low = middle + 1; else high = middle;
  }
  return low ? grads[low - 1][1] : undefined;
}

function gradText(atom, k, digits, told = atoms[atom]) {
  const grad = gradAt(atom, k);
  if (grad === undefined) return atoms[atom].kind === "constant" ? "constant" : "–";
  if (!folded) return short(grad, digits);
  return isComplete(atom, k) ? range(told.grad, digits) : "partly";
}

function valueText(atom, k, digits, told = atoms[atom]) {
  if (!isComputed(atom, k)) return "?";
  return folded ? range(told.data, digits) : short(number(atoms[atom].data), digits);
}

// --- lines of text, as Python prints them -------------------------------------------------------------------------------

const counted = (times) => `${times.toLocaleString("en")} product${times === 1 ? "" : "s"}`;
const slash = (above, below) => `${d(above)}/${d(below)}`;
function ruleOf(step) {
  const node = nameOf(step.node), parent = nameOf(step.parent);
  return { left: slash(rootName, parent), upstream: slash(rootName, node), local: slash(node, parent) };
}
function lineOf(step) {
  const { left, upstream, local } = ruleOf(step);
  if (folded) return `${left} += ${upstream} * ${local}, ${counted(step.times)}: ${range(step.products)}`;
  return `${left} += ${upstream} * ${local} = ${short(step.upstream)} * ${short(step.local)} = ${short(step.product)}   `
    + `(${nameOf(step.parent)}.grad: ${step.first ? "0" : short(step.before)} -> ${short(step.after)})`;
}
function forwardLine(atom) {
  const { name, formula, numbers, data: value, about } = atoms[atom];
  if (folded) return `${name}${about ? ` (${about})` : ""} = ${range(value)}`;
  const middle = numbers === formula ? "" : ` = ${numbers}`;
  return `${name} = ${formula}${middle} = ${short(number(value))}`;
}
