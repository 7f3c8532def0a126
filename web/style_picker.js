// Load Portrait Style with pictures: the cover of the chosen style on the node, and a dialog with those of all styles.

import { api } from "../../scripts/api.js";
import { app } from "../../scripts/app.js";
import { words } from "./words.js";

const NODE = "AtelierLoadStyle";
const STYLESHEET = new URL("./style_picker.css", import.meta.url).href;
const COVER_HEIGHT = 160; // pixels: least, on the node

app.registerExtension({
  name: "PortraitAtelier.StylePicker",
  setup() {
    document.head.append(make("link", { rel: "stylesheet", href: STYLESHEET }));
  },
  nodeCreated(node) {
    const combo = node.comfyClass === NODE && node.widgets?.find((widget) => widget.name === "style");
    if (combo) addCover(node, combo);
  },
});

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function coverUrl(name, state = "") {
  return api.apiURL(`/portrait_atelier/cover?${new URLSearchParams({ name, state })}`);
}

function addCover(node, combo) {
  const picture = make("img", { alt: "", draggable: false });
  const button = make("button", { type: "button", className: "atelier-cover" }, picture);
  const show = () => {
    const name = String(combo.value);
    button.title = words.choose ?? "";
    button.setAttribute("aria-label", `${words.choose ?? ""}: ${name}`);
    if (picture.dataset.name !== name) picture.src = coverUrl(name, String(Date.now()));
    picture.dataset.name = name;
  };
  picture.addEventListener("error", () => picture.removeAttribute("src"));
  button.addEventListener("click", () => openPicker(String(combo.value), (name) => choose(node, combo, name)));
  button.addEventListener("wheel", (event) => passWheel(event), { passive: true });
  const options = { serialize: false, hideOnZoom: false, getMinHeight: () => COVER_HEIGHT };
  node.addDOMWidget("cover", "atelier_cover", button, options).serialize = false;
  node.setSize?.(node.size.map((length, at) => Math.max(length, node.computeSize()[at])));
  follow(node, combo, show);
}

/** Call `show` now and whenever the value of a widget changes: by hand, by a script, or by a graph that is loaded. */
function follow(node, combo, show) {
  for (const [object, name] of [
    [combo, "callback"],
    [node, "onConfigure"],
  ]) {
    const before = object[name];
    object[name] = function (...given) {
      const result = before?.apply(this, given);
      show();
      return result;
    };
  }
  const drawn = node.onDrawBackground;
  node.onDrawBackground = function (...given) {
    show();
    return drawn?.apply(this, given);
  };
  show();
}

function passWheel(event) {
  if (!LiteGraph.vueNodesMode) app.canvas.processMouseWheel(event); // else the canvas sees it itself
}

function choose(node, combo, name) {
  const known = combo.options?.values;
  if (Array.isArray(known) && !known.includes(name)) known.push(name); // a file that came after the list
  combo.value = name;
  combo.callback?.(name, app.canvas, node);
  node.graph?.setDirtyCanvas(true, true);
}

async function openPicker(chosen, pick) {
  const styles = await (await api.fetchApi("/portrait_atelier/styles")).json();
  const search = make("input", { type: "search", placeholder: words.search ?? "" });
  search.setAttribute("aria-label", words.search ?? "");
  const close = make("button", { type: "button", className: "atelier-close", textContent: "×", title: words.close ?? "" });
  const none = make("p", { className: "atelier-none", textContent: words.none ?? "", hidden: true });
  const groups = groupsOf(styles, chosen);
  const head = make("header", {}, make("h2", { textContent: words.choose ?? "" }), search, close);
  const body = make("div", { className: "atelier-body" }, ...groups, none);
  const dialog = make("dialog", { className: "atelier-picker" }, head, body);
  dialog.setAttribute("aria-label", words.choose ?? "");
  search.addEventListener("input", () => (none.hidden = filter(groups, search.value)));
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", (event) => onKey(event, dialog));
  dialog.addEventListener("click", (event) => {
    const card = event.target.closest(".atelier-card");
    if (card) pick(card.dataset.name);
    if (card || event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" }); // at most as far as it must
  search.focus({ preventScroll: true });
}

function groupsOf(styles, chosen) {
  const found = new Map();
  for (const style of styles) {
    const kind = style.origin.startsWith("models") ? "models" : style.origin;
    if (!found.has(kind)) found.set(kind, []);
    found.get(kind).push(card(style, chosen));
  }
  const order = ["library", "models", "bundled"].filter((kind) => found.has(kind));
  return order.map((kind) =>
    make(
      "section",
      {},
      make("h3", { textContent: words[kind] ?? kind }),
      make("div", { className: "atelier-grid" }, ...found.get(kind)),
    ),
  );
}

function card(style, chosen) {
  const picture = make("img", { src: coverUrl(style.name, style.state), alt: "", loading: "lazy", draggable: false });
  const name = make("span", { textContent: style.name });
  const button = make("button", { type: "button", className: "atelier-card", title: style.name }, picture, name);
  button.dataset.name = style.name;
  if (style.name === chosen) button.setAttribute("aria-current", "true");
  picture.addEventListener("error", () => picture.removeAttribute("src"));
  return button;
}

/** Show the cards whose names hold all words of a text; return whether any is shown. */
function filter(groups, text) {
  const wanted = text.toLowerCase().split(/\s+/);
  for (const group of groups) {
    const cards = [...group.querySelectorAll(".atelier-card")];
    for (const one of cards) one.hidden = !wanted.every((word) => one.dataset.name.toLowerCase().includes(word));
    group.hidden = cards.every((one) => one.hidden);
  }
  return groups.some((group) => !group.hidden);
}

function onKey(event, dialog) {
  event.stopPropagation(); // ComfyUI's keys
  const cards = [...dialog.querySelectorAll(".atelier-card")].filter((one) => one.offsetParent);
  const at = cards.indexOf(document.activeElement);
  const typing = document.activeElement?.type === "search";
  if (event.key === "Enter" && typing && cards.length) {
    event.preventDefault();
    cards[0].click();
  }
  const to = typing && event.key === "ArrowDown" ? cards[0] : neighbor(cards, at, event.key);
  if (to) {
    event.preventDefault();
    to.focus();
  }
}

function neighbor(cards, at, key) {
  if (at < 0) return undefined;
  if (key === "ArrowRight") return cards[at + 1];
  if (key === "ArrowLeft") return cards[at - 1];
  const here = cards[at].getBoundingClientRect();
  const rows = cards.filter((one) => Math.abs(one.getBoundingClientRect().left - here.left) < 2);
  const step = { ArrowDown: 1, ArrowUp: -1 }[key];
  return step && rows[rows.indexOf(cards[at]) + step];
}
