// What a node told at its end, shown on the node: kept with the workflow, through undo and a new start.
//
// While a node runs, ComfyUI itself shows its texts; that widget is no part of the workflow, so undo takes it away.

import { api } from "../../scripts/api.js";
import { app } from "../../scripts/app.js";

const NODES = "Atelier"; // how the names of our nodes begin
const KEPT = "atelier_text"; // in the properties of a node, which the workflow holds
const OF_COMFYUI = "$$node-text-preview"; // ComfyUI's own widget
const PICTURE = "$$canvas-image-preview"; // ComfyUI's, drawn over all that is left of a node: nothing may come after it
const STYLESHEET = new URL("./node_text.css", import.meta.url).href;
const LETTER = 6.3; // pixels: mean width
const LINE = 17; // pixels
const ROOM = 34; // pixels around the lines
const MOST_LINES = 14; // shown at once; the rest is scrolled to
const lastTexts = new Map(); // by the id of the node that runs
const earlierTexts = new Map(); // what it told at the end of the run before

app.registerExtension({
  name: "PortraitAtelier.NodeText",
  setup() {
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: STYLESHEET }));
    api.addEventListener("progress_text", ({ detail }) => tells(detail));
    api.addEventListener("executing", ({ detail }) => began(detail));
    api.addEventListener("execution_interrupted", ({ detail }) => broke(detail));
    api.addEventListener("execution_error", ({ detail }) => broke(detail));
  },
  nodeCreated(node) {
    if (!isOurs(node)) return;
    chain(node, "onExecuted", (output) => tell(node, textOf(output)));
    chain(node, "onConfigure", () => show(node, node.properties?.[KEPT]));
  },
});

function isOurs(node) {
  return Boolean(node?.comfyClass?.startsWith(NODES));
}

/** Call `then` after a method of a node. */
export function chain(node, name, then) {
  const before = node[name];
  node[name] = function (...given) {
    const result = before?.apply(this, given);
    then(...given);
    return result;
  };
}

function textOf(output) {
  return [output?.text ?? []].flat().join("\n");
}

/** Find a node by the id that it runs under, which names the subgraphs that it lies in. */
function nodeOf(id) {
  let graph = app.rootGraph ?? app.graph;
  let node;
  for (const part of String(id).split(":")) {
    node = graph?.getNodeById(part) ?? graph?.getNodeById(Number(part));
    graph = node?.subgraph;
  }
  return isOurs(node) ? node : undefined;
}

/** Make room for the texts of a new run. */
function began(id) {
  const node = id == null ? undefined : nodeOf(id);
  if (!node) return;
  lastTexts.delete(String(id));
  earlierTexts.set(String(id), node.properties[KEPT]);
  tell(node);
}

/** Remember what a node tells while it runs, and keep ComfyUI's widget for it out of the workflow and of undo. */
function tells({ nodeId, text }) {
  lastTexts.set(String(nodeId), text);
  queueMicrotask(() => {
    // ComfyUI may answer the event after us
    const widget = nodeOf(nodeId)?.widgets?.find(({ name }) => name === OF_COMFYUI);
    if (widget) widget.serialize = false;
  });
}

/** Keep the last words of a node that was cancelled or failed, such as where its style is; else what it told before. */
function broke(detail) {
  const [node, id] = [nodeOf(detail.node_id), String(detail.node_id)];
  if (node) tell(node, lastTexts.get(id) || earlierTexts.get(id));
}

function tell(node, text = "") {
  withoutComfyui(node);
  keepThroughUndo(node, KEPT, text, () => show(node, text));
}

/** Keep what a run gave in the properties of a node, and there in all that undo goes back to; `show` may enlarge it. */
export function keepThroughUndo(node, name, value, show) {
  keep(node, name, value);
  show();
  for (const saved of savedStates(node)) {
    keep(saved, name, value);
    saved.size = [...saved.size].map((length, at) => Math.max(length, node.size[at]));
  }
}

function keep(node, name, value) {
  node.properties ??= {};
  if (value) node.properties[name] = value;
  else delete node.properties[name];
}

/** A node in all that undo and redo go back to: what it told is no edit, so no step back takes it away. */
function savedStates(node) {
  const tracker = app.extensionManager?.workflow?.activeWorkflow?.changeTracker;
  const states = [tracker?.activeState, ...(tracker?.undoQueue ?? []), ...(tracker?.redoQueue ?? [])];
  const graphs = states.flatMap((state) => [state, ...(state?.definitions?.subgraphs ?? [])]);
  const inside = node.graph && node.graph.isRootGraph === false;
  return graphs
    .filter((graph) => graph?.nodes && (!inside || graph.id === node.graph.id))
    .flatMap((graph) => graph.nodes.filter((one) => String(one.id) === String(node.id) && one.type === node.type));
}

/** Take ComfyUI's own text away, which says the same. */
function withoutComfyui(node) {
  const known = node.widgets?.find((widget) => widget.name === OF_COMFYUI);
  if (!known) return;
  if (node.removeWidget) node.removeWidget(known);
  else {
    known.onRemove?.();
    node.widgets.splice(node.widgets.indexOf(known), 1);
  }
}

function show(node, text = "") {
  if (!text && !node.atelierText) return;
  const widget = (node.atelierText ??= added(node));
  widget.element.textContent = text;
  widget.hidden = !text;
  widget.options.hidden = !text;
  if (text) node.setSize?.(node.size.map((length, at) => Math.max(length, node.computeSize()[at])));
  node.graph?.setDirtyCanvas(true, true);
}

function added(node) {
  const element = Object.assign(document.createElement("div"), { className: "atelier-text", tabIndex: 0 });
  const height = (most) => ROOM + LINE * Math.min(most, linesOf(element.textContent, node.size[0] - 52));
  const getMinHeight = () => height(MOST_LINES);
  const getMaxHeight = () => height(Infinity); // the rest of a large node is for its picture
  element.addEventListener("wheel", (event) => onWheel(event, element), { passive: true });
  const widget = node.addDOMWidget("atelier_text", "atelier_text", element, {
    serialize: false,
    hideOnZoom: true,
    getMinHeight,
    getMaxHeight,
  });
  widget.serialize = false;
  beforeThePicture(node, widget);
  return widget;
}

/** Move a widget before ComfyUI's picture, which must come last. */
export function beforeThePicture(node, widget) {
  const picture = node.widgets.findIndex(({ name }) => name === PICTURE);
  if (picture < 0) return;
  node.widgets.splice(node.widgets.indexOf(widget), 1);
  node.widgets.splice(picture, 0, widget);
}

function linesOf(text, width) {
  const letters = Math.max(10, width / LETTER);
  return text.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / letters)), 0);
}

function onWheel(event, element) {
  const scrolls = element.scrollHeight > element.clientHeight + 1;
  if (!scrolls && !LiteGraph.vueNodesMode) app.canvas.processMouseWheel(event); // else the canvas sees it itself
}
