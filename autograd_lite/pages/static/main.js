// The page of a graph, put together.

$("title").textContent = $("title").title = data.title;
document.title = data.title;
if (data.note) { $("note").textContent = data.note; $("note").hidden = false; }
data.views.forEach((one, k) => $("view").append(el("option", { value: k, selected: k === data.start }, one.label)));
$("view-pick").hidden = data.views.length < 2;
$("view").addEventListener("change", () => { view = Number($("view").value); opened.clear(); chosen = null; build(); showChosen(); });

const player = new Player(nForward + nEdges, (k, before) => {
  update(k, before);
  showStep(k);
  showChosen();
  showLine(k, before);
}, STEP_TIME);

/** Where the next node (or the one before) has passed its gradient on to all its operands. */
function nextNode(k, way) {
  const node = (at) => (at > nForward ? products[at - nForward - 1].node : -at);
  for (let at = k + way; at > 0 && at < player.total; at += way) if (node(at) !== node(at + 1)) return at;
  return way > 0 ? player.total : 0;
}

/** For a projector: only the graph and the step, large. */
const presenting = () => document.documentElement.classList.contains("presenting");
function present() {
  document.documentElement.classList.toggle("presenting");
  $("present").setAttribute("aria-pressed", String(presenting()));
  build();
  follow(active);
}
$("present").addEventListener("click", present);

// On paper the graph is as large as the paper, and the colours are those of light.
window.addEventListener("beforeprint", () => {
  printing = true;
  scene.removeAttribute("transform");
  $("graph").setAttribute("viewBox", `-8 -8 ${size.w + 16} ${size.h + 16}`);
});
window.addEventListener("afterprint", () => { printing = false; $("graph").removeAttribute("viewBox"); look(); });

$("reset").addEventListener("click", () => { restore(); $("step-panel").focus(); });
listing();
build();
handle();
themes();
listen(player, {
  ArrowDown: () => { player.pause(); player.goto(nextNode(player.k, 1)); },
  ArrowUp: () => { player.pause(); player.goto(nextNode(player.k, -1)); },
  e: () => { const id = chosen ?? Number(document.activeElement?.dataset?.id ?? NaN); if (all.has(id)) toggle(id); },
  p: present, Escape: () => { if (chosen !== null) choose(chosen); else if (presenting()) present(); },
  c: () => { if ($("node").querySelector(".changer input")) $("node").querySelector(".changer input").select(); },
  d: () => $("downhill")?.click(),
  "+": () => zoom(1.3), "=": () => zoom(1.3), "-": () => zoom(1 / 1.3), 0: overview,
});
obey(player);
player.goto(Math.min(data.step || 0, player.total));
linked(player);

/** For whoever embeds or tests the page. */
window.autogradPage = {
  player, toggle, choose, live,
  grads: () => Object.fromEntries(atoms.map((atom, k) => [atom.name, gradAt(k, player.k)])),
  line: () => lineAt(player.k),
  shown: () => [...shown.values()].filter((box) => !box.children).map((box) => ({ id: box.item.id, x: box.x, y: box.y, w: box.w, h: box.h })),
};
