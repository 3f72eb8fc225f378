// The computation line by line, the line of this step marked and in sight.

const lines = [null]; // the line of each step
const leafLines = new Map();
let current = null;
function listing() {
  const list = $("code"), add = (text, value, k) => {
    const line = el("li", k === null ? { class: "done", title: text } : { title: text, onclick: () => { player.pause(); player.goto(k); } }, el("span", { class: "text" }, text), el("span", { class: "value" }, value));
    if (k !== null) lines[k] = line;
    list.append(line);
    return line;
  };
  const about = (atom) => `${atom.name}${atom.about ? ` (${atom.about})` : ""}`;
  list.append(el("li", { class: "head" }, "leaves"));
  atoms.forEach((atom, k) => { if (!history[k].computed) leafLines.set(k, add(folded ? about(atom) : atom.name, folded ? range(atom.data, 3) : short(number(atom.data)), null)); });
  if (nForward) list.append(el("li", { class: "head" }, "forward"));
  data.forward.forEach((atom, k) => add(folded ? about(atoms[atom]) : `${nameOf(atom)} = ${atoms[atom].formula}`, folded ? range(atoms[atom].data, 3) : short(number(atoms[atom].data)), k + 1));
  if (nEdges) list.append(el("li", { class: "head" }, "backward"));
  products.forEach((step) => {
    const { left, upstream, local } = ruleOf(step);
    add(folded ? `${nameOf(step.node)} → ${nameOf(step.parent)}` : `${left} += ${upstream} * ${local}`, folded ? `${step.times.toLocaleString("en")} ×` : short(step.product), step.k);
  });
}

/** The numbers of the lines, after one was changed. */
function renewListing() {
  for (const [k, line] of leafLines) line.lastChild.textContent = short(number(atoms[k].data));
  data.forward.forEach((atom, k) => { lines[k + 1].lastChild.textContent = short(number(atoms[atom].data)); });
  for (const step of products) lines[step.k].lastChild.textContent = short(step.product);
}

function showLine(k, before) {
  const [low, high] = k >= before ? [before, k] : [k, before];
  for (let j = Math.max(1, low); j <= high; j++) lines[j].classList.toggle("done", j <= k);
  current?.removeAttribute("aria-current");
  current = lines[k];
  if (!current) { if (k === 0) $("code").scrollTop = 0; return; }
  current.setAttribute("aria-current", "step");
  // Lines are all of one height but the current one, so where they stand is known, also of those never yet drawn.
  const list = $("code"), top = current.offsetTop - list.offsetTop, bottom = top + current.offsetHeight, margin = Math.min(48, list.clientHeight / 4);
  if (top < list.scrollTop + margin || bottom > list.scrollTop + list.clientHeight - margin) list.scrollTop = (top + bottom - list.clientHeight) / 2;
}
