// What is recorded of a training run, and which parts of the page there is something to show in.

const frames = data.frames, epochs = data.losses.length;
$("title").textContent = $("title").title = document.title = data.title;
if (data.view === "none") { $("answers-card").hidden = true; document.querySelector("main").classList.add("no-answers"); }
if (!data.layers.length) $("net-card").hidden = true;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const boxOf = (element) => { const box = element.getBoundingClientRect(); return { w: Math.max(60, box.width), h: Math.max(60, box.height) }; };
const at = (list, epoch) => (epoch >= 1 && epoch <= list.length ? number(list[epoch - 1]) : null);
const frameAt = (epoch) => frames.reduce((best, frame, k) => (Math.abs(frame.epoch - epoch) < Math.abs(frames[best].epoch - epoch) ? k : best), 0);
