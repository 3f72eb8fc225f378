// A training run put together: the numbers of the moment, one weight followed, the player.

const LISTED = 400;
const cells = data.parameters.slice(0, LISTED).map((name) => {
  const value = el("td", { class: "n" }), grad = el("td", { class: "n" });
  $("rows").append(el("tr", {}, el("td", {}, el("button", { class: "link", onclick: () => pick(data.parameters.indexOf(name)) }, name)), value, grad));
  return [value, grad];
});
if (data.parameters.length > LISTED) $("rows").append(el("tr", {}, el("td", { colspan: 3 }, `… and ${(data.parameters.length - LISTED).toLocaleString("en")} more`)));

const curves = [new Curve("loss", [{ name: "loss", values: data.losses }, { name: "validation", values: data.val_losses, other: true }])];
// Where the answers themselves cannot be drawn, how many are right can.
if (data.view === "none" && data.accuracies.length) {
  $("accuracy-card").hidden = false;
  $("accuracy-card").append(svg("svg", { id: "accuracy", role: "img" }));
  document.querySelector("main").classList.add("with-accuracy");
  curves.push(new Curve("accuracy", [{ name: "accuracy", values: data.accuracies }]));
}
if (data.grad_norms.length) curves.push(new Curve("norm", [{ name: "length of the gradient", values: data.grad_norms }]));
else $("norm-card").hidden = true;

// --- one weight over the epochs: at first the one that has moved most -------------------------------------------------------

const travelled = data.parameters.map((_, j) => Math.abs(number(frames.at(-1).w[j]) - number(frames[0].w[j])) || 0);
let picked = travelled.indexOf(Math.max(...travelled));
const one = new Curve("one", [{ name: data.parameters[picked], values: frames.map((frame) => frame.w[picked]) }], frames.map((frame) => frame.epoch));
curves.push(one);
function pick(index) {
  picked = index;
  one.trace([{ name: data.parameters[index], values: frames.map((frame) => frame.w[index]) }]);
  one.draw();
  show(player.k);
}
function showOne(frame) {
  const grad = frame.g[picked] === null ? "not computed yet" : short(number(frame.g[picked]), 4);
  $("one-title").replaceChildren(data.parameters[picked], el("span", {}, ` = ${short(number(frame.w[picked]), 5)}, gradient ${grad}`));
}

const player = new Player(frames.length - 1, show, 160);
player.label = (k) => `epoch ${frames[k].epoch.toLocaleString("en")} / ${epochs.toLocaleString("en")}`;
$("scrubber").setAttribute("aria-label", "recorded epoch");

function show(k) {
  const frame = frames[k], { epoch } = frame, facts = [["epoch", `${epoch.toLocaleString("en")} / ${epochs.toLocaleString("en")}`]];
  showOne(frame);
  $("said").textContent = said(frame, k);
  const add = (name, v, text) => facts.push([name, v === null ? "–" : text(v)]);
  add("loss", at(data.losses, epoch), (v) => short(v, 4));
  if (data.val_losses.length) add("validation loss", at(data.val_losses, epoch), (v) => short(v, 4));
  if (data.accuracies.length) add("accuracy", at(data.accuracies, epoch), (v) => `${(100 * v).toFixed(1)} %`);
  if (data.grad_norms.length) add("length of gradient", at(data.grad_norms, epoch), (v) => short(v, 3));
  $("now").replaceChildren(...facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
  for (const curve of curves) curve.show(epoch);
  drawAnswers(k);
  showNet(frame);
  if ($("table-card").open) fillTable(frame);
  $("points").setAttribute("aria-label", `what the model answers at epoch ${epoch}`);
  $("scrubber").setAttribute("aria-valuetext", `epoch ${epoch}`);
  announce(facts.map((fact) => fact.join(" ")).join(", ") + (k === player.total && data.reason ? `; ${data.reason}` : ""), player);
}

/** The moment in a sentence. */
function said({ epoch, g }, k) {
  if (k === 0) return "Before training: the weights are random, and so are the answers. Press play, or drag the slider.";
  const first = number(data.losses[0]), now = at(data.losses, epoch), right = at(data.accuracies, epoch), steepest = g.reduce((best, v, j) => (v !== null && Math.abs(number(v)) > Math.abs(number(g[best]) ?? 0) ? j : best), 0);
  const loss = now === null ? "" : !Number.isFinite(now) ? `The loss is ${short(now)}: this run has gone astray.` : `The loss ${now < first ? "has come down" : "has gone"} from ${short(first, 3)} to ${short(now, 3)}.`;
  const answers = right === null ? "" : ` ${(100 * right).toFixed(right === 1 ? 0 : 1)} % of the answers are right.`;
  const slope = g[steepest] === null ? "" : ` Steepest now: ${data.parameters[steepest]}.`;
  return `${loss}${answers}${k === player.total ? ` It stopped here: ${data.reason || "the end"}.` : slope}`;
}

function fillTable(frame) {
  cells.forEach(([value, grad], j) => {
    value.textContent = short(number(frame.w[j]));
    grad.textContent = frame.g[j] === null ? "–" : short(number(frame.g[j]));
  });
}

function redraw() {
  for (const curve of curves) curve.draw();
  drawPoints();
  drawNet();
  show(player.k);
}

$("what").addEventListener("change", () => show(player.k));
$("table-card").addEventListener("toggle", () => fillTable(frames[player.k]));
player.refresh();
redraw();
themes(() => show(player.k));
listen(player, { g: () => { $("what").value = $("what").value === "w" ? "g" : "w"; show(player.k); } });
obey(player);
linked(player);
new ResizeObserver(redraw).observe(document.querySelector("main"));

// On paper in the colours of light, each picture in the shape it has here.
let theme = null;
window.addEventListener("beforeprint", () => {
  const root = document.documentElement, plot = document.querySelector(".plot"), { w, h } = boxOf(plot);
  theme = root.dataset.theme;
  root.dataset.theme = "light";
  plot.style.aspectRatio = `${w} / ${h}`;
  show(player.k);
});
window.addEventListener("afterprint", () => {
  document.documentElement.dataset.theme = theme;
  document.querySelector(".plot").style.aspectRatio = "";
  redraw();
});

/** For whoever embeds or tests the page. */
window.autogradPage = { player, pick, frame: () => frames[player.k] };
