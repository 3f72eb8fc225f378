// A layered drawing of a directed graph, the results to the right, with groups that are open laid out inside themselves.
//
// In layers: ranks by the longest way to a result, long edges through helper points that those of one source share, fewer
// crossings by sweeps of barycentres, and then positions: each layer takes the places nearest (least squares) to those its
// neighbours ask for that keep order and distance, found exactly by pooling adjacent violators.
// Everything is computed left to right; a drawing top down swaps the axes before and after.

const NODE_GAP = 18, LINE_GAP = 12;
let rankGap = 64;

/** Positions for one layer: nearest to `wish` (weighted) with at least `apart[i]` between i and i + 1. */
function spaced(wish, weight, apart) {
  const blocks = [];
  let offset = 0;
  const offsets = wish.map((_, i) => (i ? (offset += apart[i - 1]) : 0));
  wish.forEach((y, i) => {
    let block = { sum: (y - offsets[i]) * weight[i], weight: weight[i], count: 1 };
    while (blocks.length && blocks.at(-1).sum / blocks.at(-1).weight >= block.sum / block.weight) {
      const last = blocks.pop();
      block = { sum: last.sum + block.sum, weight: last.weight + block.weight, count: last.count + block.count };
    }
    blocks.push(block);
  });
  const result = [];
  for (const block of blocks) for (let k = 0; k < block.count; k++) result.push(block.sum / block.weight + offsets[result.length]);
  return result;
}

/**
 * Lay out boxes and edges.
 * nodes: {id, w, h, side?: -1 | 1 (a port at the left or right border), ins?, outs?: Map from key to offset}
 * edges: {key, from, to, source} (ids; `source` names the helper points that edges share)
 * Gives x and y (centres) to the nodes and to each edge `points`.
 */
function layered(nodes, edges) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const node of nodes) Object.assign(node, { below: [], above: [], rank: 0, state: 0 });
  const links = edges.filter((edge) => edge.from !== edge.to).map((edge) => ({ edge, from: byId.get(edge.from), to: byId.get(edge.to) }));
  const outgoing = new Map(nodes.map((node) => [node, []]));
  for (const link of links) outgoing.get(link.from).push(link);
  // Depth first, without recursion: an edge to a node still on the way closes a cycle and is laid out the other way round.
  const finished = [];
  for (const start of nodes) {
    if (start.state) continue;
    const way = [[start, 0]];
    start.state = 1;
    while (way.length) {
      const top = way.at(-1), [node, k] = top, list = outgoing.get(node);
      if (k === list.length) { node.state = 2; finished.push(node); way.pop(); continue; }
      top[1]++;
      const next = list[k].to;
      if (next.state === 1) list[k].turned = true;
      else if (!next.state) { next.state = 1; way.push([next, 0]); }
    }
  }
  const hasRight = nodes.some((node) => node.side === 1);
  for (const link of links) {
    if (link.turned) [link.from, link.to] = [link.to, link.from];
    link.from.below.push(link);
    link.to.above.push(link);
  }
  const relax = () => {
    let changed = false;
    for (const node of finished) {
      const rank = Math.max(hasRight && node.side !== 1 ? 1 : 0, ...node.below.map((link) => link.to.rank + 1));
      if (rank !== node.rank) { node.rank = rank; changed = true; }
    }
    return changed;
  };
  for (let k = 0; k <= nodes.length && relax(); k++);
  const deepest = Math.max(0, ...nodes.map((node) => node.rank), ...nodes.filter((n) => n.side === -1).map((n) => n.rank));
  for (const node of nodes) node.layer = node.side === -1 ? 0 : deepest - node.rank;
  // A chain of helper points for each source, as long as its longest edge.
  const all = [...nodes], helpers = new Map();
  const join = (a, b) => { a.next.push(b); b.last.push(a); };
  for (const node of all) Object.assign(node, { next: [], last: [] });
  for (const link of links) {
    let at = link.from;
    link.via = [];
    for (let layer = link.from.layer + 1; layer < link.to.layer; layer++) {
      const key = link.turned ? `${link.edge.key}|${layer}|turned` : `${link.from.id}|${link.edge.source}|${layer}`;
      let helper = helpers.get(key);
      if (!helper) {
        helper = { helper: true, w: 0, h: 0, layer, next: [], last: [] };
        helpers.set(key, helper);
        all.push(helper);
        join(at, helper);
      }
      link.via.push(helper);
      at = helper;
    }
    join(at, link.to);
  }
  const layers = Array.from({ length: deepest + 1 }, () => []);
  // The first order: from the results backwards, operands in their order.
  const met = new Set();
  for (const start of [...all].sort((a, b) => b.layer - a.layer)) {
    const way = [start];
    while (way.length) {
      const node = way.pop();
      if (met.has(node)) continue;
      met.add(node);
      layers[node.layer].push(node);
      way.push(...[...node.last].reverse());
    }
  }
  order(layers);
  place(layers);
  let x = 0;
  layers.forEach((layer) => {
    const width = Math.max(0, ...layer.map((node) => node.w));
    for (const node of layer) { node.x = x + width / 2; node.left = x; node.right = x + width; }
    const ports = layer.every((node) => node.side);
    x += width + (ports ? 26 : rankGap);
  });
  route(links, edges, byId);
}

/** Sweeps of barycentres; the order with the fewest crossings is kept. */
function order(layers) {
  const number = () => layers.forEach((layer) => layer.forEach((node, k) => { node.at = k; }));
  number();
  let best = layers.map((layer) => [...layer]), fewest = crossings(layers);
  for (let round = 0; round < 24 && fewest > 0; round++) {
    const down = round % 2 === 0;
    const sequence = down ? layers.slice(1) : layers.slice(0, -1).reverse();
    for (const layer of sequence) {
      for (const node of layer) {
        const near = down ? node.last : node.next;
        node.wish = near.length ? near.reduce((sum, other) => sum + other.at, 0) / near.length : node.at;
      }
      layer.sort((a, b) => a.wish - b.wish || a.at - b.at);
      layer.forEach((node, k) => { node.at = k; });
    }
    const count = crossings(layers);
    if (count < fewest) { fewest = count; best = layers.map((layer) => [...layer]); }
  }
  best.forEach((layer, k) => { layers[k] = layer; });
  number();
}

function crossings(layers) {
  let total = 0;
  for (const layer of layers.slice(0, -1)) {
    const ends = layer.flatMap((node) => node.next.map((other) => other.at).sort((a, b) => a - b));
    // Inversions, counted while sorting by merging.
    const count = (list) => {
      if (list.length < 2) return list;
      const half = list.length >> 1, a = count(list.slice(0, half)), b = count(list.slice(half)), merged = [];
      let i = 0, j = 0;
      while (i < a.length || j < b.length) {
        if (j === b.length || (i < a.length && a[i] <= b[j])) merged.push(a[i++]);
        else { total += a.length - i; merged.push(b[j++]); }
      }
      return merged;
    };
    count(ends);
  }
  return total;
}

function place(layers) {
  const gap = (a, b) => (a.h + b.h) / 2 + (a.helper && b.helper ? LINE_GAP : NODE_GAP);
  for (const layer of layers) {
    let y = 0;
    layer.forEach((node, k) => { if (k) y += gap(layer[k - 1], node); node.y = y; });
    for (const node of layer) node.y -= y / 2;
  }
  const settle = (layer, neighbours) => {
    const wish = [], weight = [];
    for (const node of layer) {
      let sum = 0, total = 0;
      for (const other of neighbours(node)) {
        const pull = node.helper && other.helper ? 60 : node.helper || other.helper ? 2 : 1;
        sum += pull * other.y;
        total += pull;
      }
      wish.push(total ? sum / total : node.y);
      weight.push(total ? (node.helper ? 2 : 1) : 0.05);
    }
    const apart = layer.slice(1).map((node, k) => gap(layer[k], node));
    spaced(wish, weight, apart).forEach((y, k) => { layer[k].y = y; });
  };
  for (let round = 0; round < 10; round++) {
    for (const layer of layers.slice(1)) settle(layer, (node) => node.last);
    for (const layer of layers.slice(0, -1).reverse()) settle(layer, (node) => node.next);
  }
  for (let round = 0; round < 6; round++) for (const layer of layers) settle(layer, (node) => [...node.last, ...node.next]);
}

/** The points of every edge; those that arrive at one box are spread over its side in the order they come from. */
function route(links, edges, byId) {
  const arriving = new Map();
  for (const link of links) {
    const previous = link.via.at(-1) || link.from;
    if (!link.to.ins) (arriving.get(link.to) || arriving.set(link.to, []).get(link.to)).push({ link, y: previous.y });
  }
  const arrival = new Map();
  for (const [node, list] of arriving) {
    list.sort((a, b) => a.y - b.y);
    list.forEach(({ link }, k) => arrival.set(link, node.h * ((k + 1) / (list.length + 1) - 0.5)));
  }
  for (const link of links) {
    const { from, to, edge } = link;
    const leave = from.outs?.get(edge.source) ?? 0, arrive = to.ins?.get(edge.source) ?? arrival.get(link) ?? 0;
    const points = [[from.x + from.w / 2, from.y + leave]];
    if (from.x + from.w / 2 < from.right) points.push([from.right, from.y + leave]);
    for (const helper of link.via) points.push([helper.left, helper.y], [helper.right, helper.y]);
    if (to.x - to.w / 2 > to.left) points.push([to.left, to.y + arrive]);
    points.push([to.x - to.w / 2, to.y + arrive]);
    edge.points = link.turned ? points.reverse() : points;
  }
  for (const edge of edges) {
    if (edge.from !== edge.to) continue;
    const { x, y, w, h } = byId.get(edge.from), top = y - h / 2;
    edge.points = [[x + w / 4, top], [x + w / 4, top - 26], [x - w / 4, top - 26], [x - w / 4, top]];
    edge.loop = true;
  }
}

/**
 * Lay out a tree of shown boxes: leaves {id, w, h}, open groups {id, children, all: Set of leaf ids, pad: {left, ...}}.
 * edges: {p, q} between leaves; `gap` is left between layers.  Gives every box x, y (top left), w, h, and every edge its `points`.
 */
function compound(children, edges, gap) {
  rankGap = gap;
  const inner = arrange({ children, pad: { left: 0, right: 0, top: 0, bottom: 0 } }, edges);
  const settle = (scope, x, y) => {
    for (const child of scope.children) {
      child.x += x;
      child.y += y;
      if (child.children) settle(child, child.x, child.y);
    }
    for (const points of scope.routes.values()) for (const point of points) { point[0] += x; point[1] += y; }
  };
  settle(inner, 0, 0);
  for (const edge of edges) edge.points = joined(inner, edge);
  return { w: inner.w, h: inner.h };
}

function holds(child, id) { return child.children ? child.all.has(id) : child.id === id; }

function arrange(scope, edges) {
  const owner = new Map();
  for (const child of scope.children) {
    if (!child.children) { owner.set(child.id, child); continue; }
    arrange(child, edges.filter((edge) => child.all.has(edge.p) || child.all.has(edge.q)));
    for (const id of child.all) owner.set(id, child);
  }
  const nodes = scope.children.map((child) => ({ id: child.id, w: child.w, h: child.h, ins: child.ins, outs: child.outs, child }));
  const lines = new Map(), ports = new Map();
  const port = (id, side) => { if (!ports.has(id)) ports.set(id, { id, w: 0, h: 0, side }); return id; };
  for (const { p, q } of edges) {
    const a = owner.get(p), b = owner.get(q);
    if ((!a && !b) || (a === b && a.children)) continue;
    const from = a ? a.id : port(`in ${p}`, -1), to = b ? b.id : port(`out ${p}`, 1);
    lines.set(`${p}|${b ? b.id : "out"}`, { key: `${p}|${to}`, from, to, source: p });
  }
  nodes.push(...ports.values());
  layered(nodes, [...lines.values()]);
  const pad = scope.pad;
  let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
  const reach = (x, y) => { left = Math.min(left, x); right = Math.max(right, x); top = Math.min(top, y); bottom = Math.max(bottom, y); };
  for (const node of nodes) { reach(node.x - node.w / 2, node.y - node.h / 2); reach(node.x + node.w / 2, node.y + node.h / 2); }
  for (const line of lines.values()) for (const [x, y] of line.points) reach(x, y);
  const dx = pad.left - left, dy = pad.top - top;
  scope.w = right - left + pad.left + pad.right;
  scope.h = bottom - top + pad.top + pad.bottom;
  scope.routes = new Map();
  for (const [key, line] of lines) {
    scope.routes.set(key, line.points.map(([x, y]) => [x + dx, y + dy]));
    if (line.loop) scope.routes.get(key).loop = true;
  }
  scope.ins = new Map();
  scope.outs = new Map();
  for (const node of nodes) {
    if (node.child) { node.child.x = node.x - node.w / 2 + dx; node.child.y = node.y - node.h / 2 + dy; continue; }
    const y = node.y + dy - scope.h / 2, id = node.id.slice(node.side < 0 ? 3 : 4);
    // Lines from ports reach to the very border.
    for (const [key, points] of scope.routes) {
      if (node.side < 0 && lines.get(key).from === node.id) points.unshift([0, points[0][1]]);
      if (node.side > 0 && lines.get(key).to === node.id) points.push([scope.w, points.at(-1)[1]]);
    }
    (node.side < 0 ? scope.ins : scope.outs).set(Number(id), y);
  }
  return scope;
}

/** The whole way of an edge: out of the groups that hold its source only, across, into those that hold its target only. */
function joined(top, { p, q }) {
  const down = (id, until) => {
    const found = [];
    for (let scope = top; scope; ) {
      const child = scope.children.find((one) => holds(one, id));
      found.push({ scope, child });
      scope = child.children ? child : null;
    }
    return found;
  };
  const ups = down(p), downs = down(q);
  let shared = 0;
  while (ups[shared + 1] && downs[shared + 1] && ups[shared + 1].scope === downs[shared + 1].scope) shared++;
  const points = [];
  for (let k = ups.length - 1; k > shared; k--) points.push(...ups[k].scope.routes.get(`${p}|out`));
  const across = downs[shared].scope.routes.get(`${p}|${downs[shared].child.id}`);
  points.push(...across);
  for (let k = shared + 1; k < downs.length; k++) points.push(...downs[k].scope.routes.get(`${p}|${downs[k].child.id}`));
  // Copies: edges of one source share stretches of their ways.
  const apart = ([x, y], k) => !k || Math.abs(x - points[k - 1][0]) + Math.abs(y - points[k - 1][1]) > 0.5;
  const clean = points.filter(apart).map((point) => [...point]);
  clean.loop = across.loop;
  return clean;
}
