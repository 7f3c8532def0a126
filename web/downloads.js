// A button on nodes that write a file, which brings the file to the computer of the user: ComfyUI may run elsewhere.

import { api } from "../../scripts/api.js";
import { app } from "../../scripts/app.js";
import { beforeThePicture, chain, keepThroughUndo } from "./node_text.js";
import { words } from "./words.js";

const NODES = ["AtelierTrainStyle", "AtelierSaveStyle", "AtelierExportLook"];
const KEPT = "atelier_file"; // in the properties of a node, which the workflow holds
const ADDRESSES = /^\/(view|portrait_atelier\/file)\?/; // a workflow of somebody else may hold anything

app.registerExtension({
  name: "PortraitAtelier.Downloads",
  nodeCreated(node) {
    if (!NODES.includes(node.comfyClass)) return;
    chain(node, "onExecuted", (output) => {
      const [file] = output?.atelier_file ?? [];
      if (file) keepThroughUndo(node, KEPT, file, () => show(node, file));
    });
    chain(node, "onConfigure", () => show(node, node.properties?.[KEPT]));
  },
});

function show(node, file) {
  if (!file && !node.atelierDownload) return;
  const button = (node.atelierDownload ??= added(node));
  button.hidden = !file;
  button.options.hidden = !file;
  if (file) {
    button.label = `${words.download ?? "Download"} ${file.name}`;
    node.setSize?.(node.size.map((length, at) => Math.max(length, node.computeSize()[at])));
  }
  node.graph?.setDirtyCanvas(true, true);
}

function added(node) {
  const press = () => download(node.properties?.[KEPT]);
  const button = node.addWidget("button", "atelier_download", "", press, { serialize: false });
  button.serialize = false;
  beforeThePicture(node, button);
  return button;
}

async function download(file) {
  if (!file || !ADDRESSES.test(file.url)) return;
  const answer = await api.fetchApi(file.url);
  if (!answer.ok) {
    app.extensionManager.toast.add({ severity: "error", summary: file.name, detail: words.gone, life: 8000 });
    return;
  }
  const url = URL.createObjectURL(await answer.blob());
  Object.assign(document.createElement("a"), { href: url, download: file.name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
