// A button on nodes that read a folder of photos: it brings photos from the computer of the user into such a folder.

import { api } from "../../scripts/api.js";
import { app } from "../../scripts/app.js";
import { words } from "./words.js";

const NODES = ["AtelierLoadPhotos", "AtelierStyleFromPhotos", "AtelierTrainStyle"];
const KINDS = "image/*,.tif,.tiff,.heic,.heif,.hif,.avif";
const NO_FOLDER = "(none)";
const FOLDERS = { folder: "upload", content_folder: "uploadContent" }; // inputs, and the words of their buttons
const NO_PHOTOS_YET = { content_folder: "untouched", AtelierLoadPhotos: "new-photos", others: "my-portraits" };

app.registerExtension({
  name: "PortraitAtelier.Uploads",
  nodeCreated(node) {
    if (!NODES.includes(node.comfyClass)) return;
    stayOnPart(node);
    for (const folder of node.widgets.filter((widget) => FOLDERS[widget.name])) addButton(node, folder);
  },
});

function addButton(node, folder) {
  const word = FOLDERS[folder.name];
  const press = () => chooseFiles((files) => upload(node, folder, button, files));
  const button = node.addWidget("button", `atelier_${word}`, "", press, { serialize: false });
  button.serialize = false;
  button.label = words[word];
}

/** A new node shall load the same part again; ComfyUI would draw a part by lot. */
function stayOnPart(node) {
  const [control] = node.widgets.find((widget) => widget.name === "part")?.linkedWidgets ?? [];
  if (control) control.value = "fixed";
}

function chooseFiles(then) {
  const input = Object.assign(document.createElement("input"), { type: "file", multiple: true, accept: KINDS });
  input.addEventListener("change", () => input.files.length && then([...input.files]));
  input.click();
}

async function upload(node, folder, button, files) {
  const label = button.label;
  const first = NO_PHOTOS_YET[folder.name] ?? NO_PHOTOS_YET[node.comfyClass] ?? NO_PHOTOS_YET.others;
  const known = folder.value === NO_FOLDER ? first : String(folder.value);
  const asked = await app.extensionManager.dialog.prompt({
    title: label,
    message: words.uploadFolder,
    defaultValue: known,
  });
  const name = asked?.trim();
  if (!name) return;
  const failed = [];
  for (const [number, file] of files.entries()) {
    button.label = `${label}: ${number + 1} / ${files.length}`;
    node.graph?.setDirtyCanvas(true, true);
    if (!(await sent(file, name))) failed.push(file.name);
  }
  button.label = label;
  if (failed.length)
    app.extensionManager.toast.add({ severity: "error", summary: words.notUploaded, detail: failed.join("\n") });
  if (failed.length < files.length) choose(node, folder, name);
}

async function sent(file, folder) {
  const body = new FormData();
  body.append("image", file, file.name);
  body.append("subfolder", folder);
  body.append("type", "input");
  try {
    return (await api.fetchApi("/upload/image", { method: "POST", body })).ok;
  } catch {
    return false;
  }
}

function choose(node, folder, name) {
  const known = folder.options?.values;
  if (Array.isArray(known) && !known.includes(name)) known.push(name);
  folder.value = name;
  folder.callback?.(name, app.canvas, node);
  node.graph?.setDirtyCanvas(true, true);
}
