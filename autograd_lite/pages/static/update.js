// What of the graph changes from step to step, and when something is opened or closed.

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
  const mark = (atom, name) => { for (const box of boxesOf(atom)) { box.element.classList.add(name); active.push(box); } };
  if (step) {
    const p = ofAtom.get(step.parent), q = ofAtom.get(step.node);
    if (p === q && !folded) mark(step.parent, "inside");
    else {
      mark(step.node, "from");
      mark(step.parent, "to");
      const lines = viewsOf.get(step.j);
      for (const edge of lines) {
        edge.element.classList.add("active");
        edge.element.parentNode.append(edge.element);
        if (lines.length > 8) continue; // so many numbers could not be read
        edge.textGroup.classList.add("active");
        labelled(edge, folded ? range(lines.length > 1 ? edge.slopes : step.slopes, 3) : short(step.local, 4), 13.5);
        edge.textGroup.setAttribute("visibility", "visible");
        edge.textGroup.parentNode.append(edge.textGroup);
      }
      if (k === before + 1) pulse(lines[0].path);
    }
  } else if (k > 0) {
    const made = data.forward[k - 1];
    mark(made, "made");
    for (const j of history[made].feeds) {
      for (const edge of viewsOf.get(j) || []) edge.element.classList.add("used");
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
    value = valueText(item.atom, k, folded ? 4 : 6, told(item));
    grad = gradText(item.atom, k, folded ? 4 : 6, told(item));
    complete = isComplete(item.atom, k);
  }
  marks.toggle("waiting", !computed);
  marks.toggle("complete", complete);
  box.value.textContent = value;
  box.grad.textContent = grad;
  box.value.classList.toggle("bad", /nan|inf/.test(value));
  box.grad.classList.toggle("bad", /nan|inf/.test(grad));
  box.grad.classList.toggle("unknown", grad === "–" || grad === "constant");
  const name = isGroup(item) ? `group ${item.title}${item.about ? `, ${item.about}` : ""}` : folded ? titleOf(item) : `${nameOf(item.atom)}${atoms[item.atom].formula ? ` = ${atoms[item.atom].formula}` : ""}`;
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
  if (!item || !opens(item)) return;
  const before = shown.get(id), { scale, touched } = camera;
  const corner = before && [before.x * scale + camera.x, before.y * scale + camera.y];
  if (opened.has(id)) opened.delete(id); else opened.add(id);
  if (chosen !== null && !isGroup(all.get(chosen)) && all.get(chosen).part && !opened.has(all.get(chosen).atom)) chosen = null;
  build();
  const after = shown.get(id);
  if (touched && corner && after) {
    // Who has chosen a place to look at keeps it: the group stays where it was.
    Object.assign(camera, { scale, touched, x: corner[0] - after.x * scale, y: corner[1] - after.y * scale });
    look();
  } else if (opened.has(id) && camera.scale < 0.58) closeUp(after);
  showChosen();
  announce(`${titleOf(item)} ${opened.has(id) ? "opened" : "closed"}`, player);
  (shown.get(id)?.element || scene.querySelector(`[data-toggle="${id}"]`))?.focus();
}
