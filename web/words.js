// Our words on ComfyUI's page, in its language; and small changes of its page for our nodes and examples.

import { api } from "../../scripts/api.js";
import { app } from "../../scripts/app.js";

const NODES = "Atelier"; // how the names of our nodes begin
const [ROW, GAP] = [20, 4]; // pixels: of a widget, and between two
const PACKS = /^portrait[_-]atelier$/; // folders under which git and ComfyUI's registry install us

/** By their keys in `portraitAtelier` of `main.json`; filled while ComfyUI starts. */
export const words = {};

app.registerExtension({
  name: "PortraitAtelier.Words",
  async init() {
    sortExamples();
    Object.assign(words, await wordsOf(app.ui.settings.getSettingValue("Comfy.Locale")));
  },
  nodeCreated(node) {
    if (node.comfyClass?.startsWith(NODES)) hideAdvanced(node);
  },
});

async function wordsOf(locale) {
  try {
    const all = await (await api.fetchApi("/i18n")).json();
    return { ...all.en?.portraitAtelier, ...all[locale]?.portraitAtelier };
  } catch {
    return {};
  }
}

/** Show our examples in the order of their numbers; ComfyUI lists them as the disk does, which has none. */
function sortExamples() {
  const before = api.getWorkflowTemplates;
  if (typeof before !== "function") return;
  api.getWorkflowTemplates = async function (...given) {
    const found = await before.apply(this, given);
    for (const [pack, names] of Object.entries(found ?? {})) if (PACKS.test(pack) && Array.isArray(names)) names.sort();
    return found;
  };
}

/** Hide advanced inputs on the canvas, too, until Show Advanced in a node's menu; ComfyUI only hides them elsewhere. */
function hideAdvanced(node) {
  for (const widget of node.widgets ?? []) {
    if (!widget.options?.advanced) continue;
    widget.advanced = true;
    widget.computeSize = (width) => (node.showAdvanced ? [width, ROW] : [0, -GAP]); // older canvases leave room for it
  }
}
