// Utilization in five steps of ColorBrewer's RdBu: told apart by the color-blind, on light and dark.
const STEPS = [
  { below: 0.5, fill: "#2166AC", ink: "#FFFFFF", words: "under 50 %" },
  { below: 0.7, fill: "#92C5DE", ink: "#111111", words: "50 to 70 %" },
  { below: 0.85, fill: "#F7F7F7", ink: "#111111", words: "70 to 85 %" },
  { below: 0.95, fill: "#F4A582", ink: "#111111", words: "85 to 95 %" },
  { below: Infinity, fill: "#B2182B", ink: "#FFFFFF", words: "95 % and over" },
];
const NARROW = 600; // pixels; below this the diagram runs from top to bottom
const BOX = { width: 118, padding: 14 };
const LINE = 18; // pixels from one line of text to the next
const CELL = { width: 25, height: 20, gap: 3 };
const MARGIN = 18;
const GAP = 24; // least pixels between two layers: room for an arrow
const ROOM_BACK = 34; // pixels that the way of an edge around the layers takes
const SMALLEST = 0.85; // scale at which its text can still be read
const STACK = 8; // pixels by which the last replica looks out behind the first
const SVG = "http://www.w3.org/2000/svg";

const observers = new WeakMap();

const step = (utilization) => STEPS.find((each) => utilization < each.below);
const percent = (ratio) => `${Math.round(ratio * 100)} %`;

function add(parent, tag, attributes = {}, text = null) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== null) element.textContent = text;
  parent.appendChild(element);
  return element;
}

function rowsOf(node) {
  const perRow = Math.floor((BOX.width - 8 + CELL.gap) / (CELL.width + CELL.gap));
  return { perRow, count: Math.ceil(node.replicas.length / perRow) };
}

function heightOf(node) {
  const { count } = rowsOf(node);
  const text = LINE * (1 + node.lines.length);
  return 2 * BOX.padding + text + count * (CELL.height + CELL.gap);
}

// Center of every node, and the size of the whole, for this width of the page.
function arrange(data, width) {
  const layers = 1 + Math.max(...Object.values(data.places).map(([layer]) => layer));
  const least = 2 * MARGIN + layers * BOX.width + (layers - 1) * GAP;
  const isNarrow = width < NARROW || least * SMALLEST > width;
  return { ...(isNarrow ? downward(data, layers) : rightward(data, layers, Math.max(width, least))), isNarrow };
}

function farthest(data) {
  const places = [...Object.values(data.places), ...data.edges.flatMap((edge) => edge.way ?? [])];
  return Math.max(...places.map(([, position]) => Math.abs(position)));
}

// An edge that closes a circle has no way through the layers; it leads around them.
const isBack = (edge) => edge.way === null;

function rightward(data, layers, width) {
  const tallest = Math.max(...data.nodes.map(heightOf));
  const along = Math.min(230, (width - 2 * MARGIN - BOX.width) / Math.max(1, layers - 1));
  const across = tallest + 34;
  const size = {
    width: (layers - 1) * along + BOX.width + 2 * MARGIN,
    height: 2 * farthest(data) * across + tallest + 2 * MARGIN,
  };
  const middle = size.height / 2;
  const place = ([layer, position]) => ({
    x: MARGIN + layer * along + BOX.width / 2,
    y: middle + position * across,
  });
  if (data.edges.some(isBack)) size.height += ROOM_BACK;
  return { size, place };
}

function downward(data, layers) {
  const heights = Array(layers).fill(0);
  for (const node of data.nodes) {
    const [layer] = data.places[node.name];
    heights[layer] = Math.max(heights[layer], heightOf(node) + (node.stacked ? STACK : 0));
  }
  const across = BOX.width + 24;
  const width = 2 * farthest(data) * across + BOX.width + 2 * MARGIN + (data.edges.some(isBack) ? 2 * ROOM_BACK : 0);
  const tops = heights.map((_, layer) => MARGIN + heights.slice(0, layer).reduce((sum, height) => sum + height + 34, 0));
  const place = ([layer, position]) => ({
    x: width / 2 + position * across,
    y: tops[layer] + heights[layer] / 2,
  });
  const size = { width, height: tops[layers - 1] + heights[layers - 1] + MARGIN };
  return { size, place };
}

function drawEdge(svg, edge, nodes, { place, isNarrow }, data) {
  const [from, to] = [edge.from, edge.to].map((name) => place(data.places[name]));
  const ends = [nodes[edge.from], nodes[edge.to]];
  const path = isBack(edge) ? wayBack(from, to, ends, isNarrow) : wayForward(from, to, ends, edge.way.map(place), isNarrow);
  add(svg, "path", { class: isBack(edge) ? "edge back" : "edge", d: path, "marker-end": "url(#head)" });
}

function wayForward(from, to, ends, passed, isNarrow) {
  const above = ends[1].stacked ? STACK : 0;
  const half = isNarrow ? 24 : BOX.width / 2; // of a layer, which an edge crosses in a straight line
  const points = [
    isNarrow ? [from.x, from.y + heightOf(ends[0]) / 2] : [from.x + BOX.width / 2, from.y],
    ...passed.flatMap(({ x, y }) => (isNarrow ? [[x, y - half], [x, y + half]] : [[x - half, y], [x + half, y]])),
    isNarrow ? [to.x, to.y - heightOf(ends[1]) / 2 - above - 9] : [to.x - BOX.width / 2 - 9, to.y],
  ];
  let path = `M${points[0]}`;
  for (let i = 1; i < points.length; i += 1) {
    const [start, end] = [points[i - 1], points[i]];
    const bend = isNarrow ? [0, (end[1] - start[1]) / 2] : [(end[0] - start[0]) / 2, 0];
    path += ` C${start[0] + bend[0]},${start[1] + bend[1]} ${end[0] - bend[0]},${end[1] - bend[1]} ${end}`;
  }
  return path;
}

// Below the parts, or on their right where they stand below one another.
function wayBack(from, to, ends, isNarrow) {
  const apart = from === to || (from.x === to.x && from.y === to.y) ? 16 : 0; // a part that calls itself
  if (isNarrow) {
    const edgeOf = (center, end) => center.x + BOX.width / 2 + (end.stacked ? STACK : 0);
    const beyond = Math.max(edgeOf(from, ends[0]), edgeOf(to, ends[1])) + ROOM_BACK;
    const [start, end] = [[edgeOf(from, ends[0]), from.y + apart], [edgeOf(to, ends[1]) + 9, to.y - apart]];
    return `M${start} C${beyond},${start[1]} ${beyond},${end[1]} ${end}`;
  }
  const bottomOf = (center, end) => center.y + heightOf(end) / 2;
  const beyond = Math.max(bottomOf(from, ends[0]), bottomOf(to, ends[1])) + ROOM_BACK;
  const [start, end] = [[from.x + apart, bottomOf(from, ends[0])], [to.x - apart, bottomOf(to, ends[1]) + 9]];
  return `M${start} C${start[0]},${beyond} ${end[0]},${beyond} ${end}`;
}

function drawCells(group, node, top, x) {
  const { perRow } = rowsOf(node);
  node.replicas.forEach((replica, place) => {
    const inRow = Math.min(perRow, node.replicas.length - Math.floor(place / perRow) * perRow);
    const left = x - (inRow * (CELL.width + CELL.gap) - CELL.gap) / 2 + (place % perRow) * (CELL.width + CELL.gap);
    const y = top + Math.floor(place / perRow) * (CELL.height + CELL.gap);
    const cell = add(group, "g", { class: "cell" });
    const known = replica.utilization !== null;
    const look = known ? step(replica.utilization) : { fill: "none", ink: "currentColor" };
    add(cell, "rect", { x: left, y, width: CELL.width, height: CELL.height, rx: 4, fill: look.fill, stroke: "currentColor", "stroke-opacity": 0.35 });
    const label = known ? Math.round(replica.utilization * 100) : place + 1;
    add(cell, "text", { x: left + CELL.width / 2, y: y + 14, style: `fill:${look.ink}` }, label);
    add(cell, "title", {}, known ? `${replica.name}: ${percent(replica.utilization)} utilized` : replica.name);
  });
}

function drawFault(group, node, x, top) {
  if (!node.fault) return;
  const width = node.fault.length * 6.4 + 16;
  const badge = add(group, "g", { class: "fault" });
  add(badge, "rect", { x: x + BOX.width / 2 - width + 8, y: top - 11, width, height: 19, rx: 9.5 });
  add(badge, "text", { x: x + BOX.width / 2 - width / 2 + 8, y: top + 3 }, node.fault);
}

function drawNode(svg, node, { x, y }, data, select) {
  const height = heightOf(node);
  const [left, top] = [x - BOX.width / 2, y - height / 2];
  const isSelected = data.selected === node.name;
  const group = add(svg, "g", {
    class: isSelected ? "node selected" : "node",
    "data-name": node.name,
    tabindex: 0,
    role: "button",
    "aria-label": node.sentence,
    "aria-pressed": isSelected,
  });
  const box = { width: BOX.width, height, rx: 10 };
  if (node.stacked) for (const offset of [STACK, STACK / 2]) add(group, "rect", { class: "box", x: left + offset, y: top - offset, ...box });
  const front = add(group, "rect", { class: "box front", x: left, y: top, ...box });
  if (node.utilization !== null && !node.replicas.length) {
    const look = step(node.utilization);
    front.setAttribute("style", `fill:${look.fill}${node.utilization >= 0.95 ? ";stroke-dasharray:6 3" : ""}`);
    group.style.color = look.ink;
  }
  const baseline = top + BOX.padding + 13;
  add(group, "text", { class: "name", x, y: baseline }, node.title);
  node.lines.forEach((line, place) => add(group, "text", { class: "line", x, y: baseline + LINE * (place + 1) }, line));
  drawCells(group, node, top + BOX.padding + LINE * (1 + node.lines.length), x);
  drawFault(group, node, x, top);
  group.onclick = () => select(node.name);
  group.onkeydown = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    select(node.name);
  };
}

function drawLegend(legend, data) {
  legend.replaceChildren();
  if (!data.colored) return;
  legend.append("Utilization");
  for (const each of STEPS) {
    const entry = document.createElement("span");
    const swatch = document.createElement("i");
    swatch.style.background = each.fill;
    entry.append(swatch, each.words);
    legend.append(entry);
  }
}

function draw(root, data, select) {
  const svg = root.querySelector("svg");
  const width = root.querySelector(".diagram").clientWidth;
  if (!width) return;
  const arranged = arrange(data, width);
  const { size, place } = arranged;
  const focused = svg.getRootNode().activeElement?.dataset?.name; // redrawing must not lose it
  const nodes = Object.fromEntries(data.nodes.map((node) => [node.name, node]));
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
  svg.setAttribute("width", size.width);
  svg.style.minWidth = `${size.width * SMALLEST}px`; // the stage scrolls before it gets smaller
  svg.setAttribute("aria-label", `Diagram of the system: ${data.edges.map((edge) => `${nodes[edge.from].title} calls ${nodes[edge.to].title}`).join(", ")}`);
  const marker = add(add(svg, "defs"), "marker", { id: "head", viewBox: "0 0 8 8", refX: 1, refY: 4, markerWidth: 6.5, markerHeight: 6.5, orient: "auto" });
  add(marker, "path", { class: "head", d: "M0,0L8,4L0,8z" });
  for (const edge of data.edges) drawEdge(svg, edge, nodes, arranged, data);
  for (const node of data.nodes) drawNode(svg, node, place(data.places[node.name]), data, select);
  if (focused) svg.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus();
  drawLegend(root.querySelector(".legend"), data);
  const stage = root.querySelector(".stage");
  if (stage.dataset.width !== String(width)) stage.scrollLeft = (stage.scrollWidth - stage.clientWidth) / 2;
  stage.dataset.width = width;
}

export default function ({ data, parentElement, setStateValue }) {
  const select = (name) => setStateValue("node", name);
  draw(parentElement, data, select);
  observers.get(parentElement)?.disconnect();
  let width = parentElement.querySelector(".diagram").clientWidth;
  const observer = new ResizeObserver(([entry]) => {
    if (Math.abs(entry.contentRect.width - width) < 1) return;
    width = entry.contentRect.width;
    draw(parentElement, data, select);
  });
  observer.observe(parentElement.querySelector(".diagram"));
  observers.set(parentElement, observer);
  return () => observer.disconnect();
}
