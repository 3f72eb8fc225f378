// Moving about the graph: drag, wheel, pinch, keys.

const camera = { x: 0, y: 0, scale: 1, touched: false, shape: 1 };

let printing = false; // the graph is as large as the paper then, wherever the camera is
function look() { if (!printing) scene.setAttribute("transform", `translate(${camera.x} ${camera.y}) scale(${camera.scale})`); }

/** The place from which the whole graph is seen, no larger than life. */
function fitting(extent) {
  const stage = $("graph").getBoundingClientRect(), space = 22, foot = Math.max($("legend").offsetHeight, $("zoom-fit").offsetHeight) + 14;
  const w = stage.width - 2 * space - 26, h = stage.height - space - foot;
  const scale = Math.min(w / Math.max(1, extent.w), h / Math.max(1, extent.h), presenting() ? 2.6 : 1.35);
  return { scale, x: space + Math.max(0, (w - extent.w * scale) / 2), y: space / 2 + Math.max(0, (h + space / 2 - extent.h * scale) / 2) };
}

function fit() {
  Object.assign(camera, fitting(size), { touched: false });
  look();
}

/** As `fit`, and it stays so, however small. */
function overview() {
  fit();
  camera.touched = true;
}

/** Keep what happens in sight, where the graph is larger than the window. */
function follow(boxes) {
  if (!boxes.length) return;
  if (camera.scale < 0.58 && !camera.touched) camera.scale = 0.85; // an overview that small is for looking, not for reading
  const stage = $("graph").getBoundingClientRect(), margin = 16;
  const at = (x, offset) => x * camera.scale + offset;
  const left = at(Math.min(...boxes.map((b) => b.x)), camera.x), right = at(Math.max(...boxes.map((b) => b.x + b.w)), camera.x);
  const top = at(Math.min(...boxes.map((b) => b.y)), camera.y), bottom = at(Math.max(...boxes.map((b) => b.y + b.h)), camera.y);
  const shift = (low, high, extent) => {
    if (low >= margin && high <= extent - margin) return 0;
    return high - low > extent - 2 * margin ? extent - margin - high : extent / 2 - (low + high) / 2;
  };
  const dx = shift(left, right, stage.width), dy = shift(top, bottom, stage.height);
  if (!dx && !dy) return;
  camera.x += dx;
  camera.y += dy;
  look();
}

/** A group that has been opened, as large as can be read, where the whole graph could not be. */
function closeUp(frame) {
  const stage = $("graph").getBoundingClientRect(), scale = Math.max(0.62, Math.min(1, (stage.width - 40) / frame.w, (stage.height - 60) / frame.h));
  const at = (low, extent, room) => (extent * scale > room ? 16 - low * scale : room / 2 - (low + extent / 2) * scale);
  Object.assign(camera, { scale, x: at(frame.x, frame.w, stage.width), y: at(frame.y, frame.h, stage.height) });
  look();
}

function zoom(factor, x, y) {
  const stage = $("graph").getBoundingClientRect();
  const cx = x ?? stage.width / 2, cy = y ?? stage.height / 2;
  const scale = Math.max(0.03, Math.min(5, camera.scale * factor));
  camera.x = cx - ((cx - camera.x) * scale) / camera.scale;
  camera.y = cy - ((cy - camera.y) * scale) / camera.scale;
  camera.scale = scale;
  camera.touched = true;
  look();
}

function handle() {
  const area = $("graph"), fingers = new Map();
  let moved = 0;
  area.addEventListener("wheel", (event) => {
    // In a notebook the wheel moves the notebook, and zooms only with Ctrl.
    if (window.parent !== window && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = area.getBoundingClientRect(), unit = event.deltaMode === 1 ? 16 : 1;
    zoom(Math.exp(-event.deltaY * unit * (event.ctrlKey ? 0.01 : 0.0016)), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });
  area.addEventListener("pointerdown", (event) => { fingers.set(event.pointerId, event); moved = 0; });
  area.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    const dx = event.clientX - last.clientX, dy = event.clientY - last.clientY;
    moved += Math.abs(dx) + Math.abs(dy);
    if (fingers.size === 1) {
      if (moved < 5) return; // still a click
      if (!area.hasPointerCapture(event.pointerId)) area.setPointerCapture(event.pointerId);
      area.classList.add("moving");
      camera.x += dx;
      camera.y += dy;
      camera.touched = true;
      look();
    } else if (fingers.size === 2) {
      const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, one]) => one);
      const gap = (a) => Math.hypot(a.clientX - other.clientX, a.clientY - other.clientY), box = area.getBoundingClientRect();
      zoom(gap(event) / Math.max(1, gap(last)), (event.clientX + other.clientX) / 2 - box.left, (event.clientY + other.clientY) / 2 - box.top);
    }
    fingers.set(event.pointerId, event);
  });
  const lift = (event) => { fingers.delete(event.pointerId); if (!fingers.size) area.classList.remove("moving"); };
  area.addEventListener("pointerup", lift);
  area.addEventListener("pointercancel", lift);
  area.addEventListener("pointerleave", (event) => { if (!area.hasPointerCapture(event.pointerId)) lift(event); });
  // What has the focus must be in sight.
  area.addEventListener("focusin", (event) => {
    const box = event.target.getBoundingClientRect(), stage = area.getBoundingClientRect();
    const dx = Math.max(0, stage.left + 12 - box.left) - Math.max(0, box.right + 12 - stage.right);
    const dy = Math.max(0, stage.top + 12 - box.top) - Math.max(0, box.bottom + 12 - stage.bottom);
    if (dx || dy) { camera.x += dx; camera.y += dy; camera.touched = true; look(); }
  });
  $("zoom-in").addEventListener("click", () => zoom(1.3));
  $("zoom-out").addEventListener("click", () => zoom(1 / 1.3));
  $("zoom-fit").addEventListener("click", overview);
  const stage = area.getBoundingClientRect();
  camera.shape = stage.width / stage.height;
  new ResizeObserver(() => {
    const stage = area.getBoundingClientRect();
    if (!stage.width || !scene || printing) return;
    const shape = stage.width / stage.height;
    if (Math.abs(Math.log(shape / camera.shape)) > 0.15) { camera.shape = shape; build(); } else if (!camera.touched) fit();
  }).observe(area);
}
