// The large preview: before and after with a divider, the part at 100 %, fullscreen, keys, undo of controls.
atelier.begin((stage) => {
  const find = (selector) => stage.querySelector(selector);
  const [view, photo, divider] = [".pa-view", ".pa-photo", ".pa-divider"].map(find);
  const [before, after, nearBefore, nearAfter] = [".pa-before", ".pa-after", ".pa-near-before", ".pa-near-after"].map(find);
  const tags = [find(".pa-tag-before"), find(".pa-tag-after")];
  const spots = new Map();  // by photo, which place is looked at at 100 %
  const clamped = (value, least, most) => Math.min(Math.max(value, least), Math.max(least, most));
  let look = null, near = null, isNear = false, isBefore = false, split = 0.5, shown = 0;
  const atelierStage = window.atelier.stage = { view, photo, layout: () => layout(), isPainting: false, look: () => look, undoMask: null };

  const button = (name) => find(`[data-do=${name}]`);
  const press = (name, isPressed) => button(name).setAttribute("aria-pressed", String(isPressed));
  const busy = (is) => { find(".pa-busy").textContent = is ? find(".pa-busy").dataset.said : ""; };
  const note = (text) => {  // it fades by itself, from when it is seen on
    const span = Object.assign(document.createElement("span"), { textContent: text || "" });
    find(".pa-told").replaceChildren(...(text ? [span] : []));
  };
  const ready = (address) => {
    const image = new Image();
    image.src = address;
    return image.decode().catch(() => null);
  };

  // Where the picture lies in the view, in its pixels: [left, top, width, height].
  const place = () => {
    const area = [view.clientWidth, view.clientHeight];
    const isAtFull = isNear && near?.photo === look?.photo;
    const grid = (value) => Math.round(value * devicePixelRatio) / devicePixelRatio;
    const natural = isAtFull ? near.size : [before.naturalWidth, before.naturalHeight];
    const scale = isAtFull ? 1 / devicePixelRatio : Math.min(area[0] / natural[0], area[1] / natural[1], 1.5);
    const size = natural.map((length) => length * scale);
    const spot = spots.get(look?.photo) || [0.5, 0.5];
    const start = size.map((length, axis) =>
      grid(length <= area[axis] ? (area[axis] - length) / 2 : clamped(area[axis] / 2 - spot[axis] * length, area[axis] - length, 0)));
    return { box: [...start, ...size], area, isAtFull };
  };
  const layout = () => {
    if (!look) return;
    const { box: [left, top, width, height], area, isAtFull } = place();
    Object.assign(photo.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
    const [first, last] = [Math.max(0, left), Math.min(area[0], left + width)];
    const cut = atelierStage.isPainting ? first : first + split * (last - first);
    after.style.clipPath = `inset(0 0 0 ${clamped(cut - left, 0, width)}px)`;
    for (const image of [nearBefore, nearAfter]) {
      image.hidden = !isAtFull;
      if (!isAtFull) continue;
      const [x, y, wide] = near.box.map((length) => length / devicePixelRatio);
      Object.assign(image.style, { left: `${x}px`, top: `${y}px`, width: `${wide}px` });
      if (image === nearAfter) image.style.clipPath = `inset(0 0 0 ${clamped(cut - left - x, 0, wide)}px)`;
    }
    for (const image of [after, nearAfter]) image.style.visibility = isBefore ? "hidden" : "";
    const isDivided = !isBefore && !atelierStage.isPainting;
    divider.hidden = !isDivided;
    Object.assign(divider.style, { left: `${cut}px`, top: `${Math.max(0, top)}px`, height: `${Math.min(height, area[1])}px` });
    divider.setAttribute("aria-valuenow", String(Math.round(split * 100)));
    const rooms = isDivided ? [cut - first, last - cut] : isBefore ? [1e4, 0] : [0, 1e4];
    tags.forEach((tag, number) => {
      tag.hidden = rooms[number] < tag.offsetWidth + 16 && rooms[number] < 90;
      Object.assign(tag.style, number ? { right: `${area[0] - last + 8}px` } : { left: `${first + 8}px` });
      tag.style.top = `${Math.max(0, top) + 8}px`;
    });
    stage.dataset.view = isAtFull ? "near" : "fit";
    document.dispatchEvent(new Event("pa-laid-out"));
  };

  atelier.on("look", async (told) => {
    const number = ++shown;
    if (!told.after) {
      look = near = null;
      stage.classList.remove("pa-has-photo");
      photo.hidden = divider.hidden = true;
      for (const tag of tags) tag.hidden = true;
      find(".pa-name").textContent = "";
      return;
    }
    remember(told.settings, told.own);
    busy(true);
    await Promise.all([ready(told.before), ready(told.after)]);
    if (number !== shown) return;
    if (before.getAttribute("src") !== told.before) before.src = told.before;
    after.src = told.after;
    look = told;
    photo.hidden = false;
    stage.classList.add("pa-has-photo");
    find(".pa-name").textContent = told.title;
    note(told.note);
    busy(isNear);
    if (isNear) askNear();
    await Promise.all([before.decode(), after.decode()].map((done) => done.catch(() => null)));
    layout();
  });
  atelier.on("near", async (told) => {
    if (!told.after) return busy(false);
    await Promise.all([ready(told.before), ready(told.after)]);
    if (told.photo !== look?.photo) return;
    near = told;
    if (!spots.has(told.photo)) spots.set(told.photo, told.spot);
    [nearBefore.src, nearAfter.src] = [told.before, told.after];
    busy(false);
    layout();
  });
  const askNear = () => {
    const spot = spots.get(look.photo);
    const length = Math.round(Math.max(view.clientWidth, view.clientHeight) * devicePixelRatio);
    atelier.ask("spot", spot ? { x: spot[0], y: spot[1], length } : { length });
  };
  const showNear = (is, spot) => {
    if (!look) return;
    isNear = is;
    press("loupe", is);
    if (is) {
      if (spot) spots.set(look.photo, spot.map((value) => clamped(value, 0, 1)));
      busy(true);
      askNear();
    }
    layout();
  };

  // The pointer: a drag moves the divider, or the picture at 100 %; a click goes to 100 % and back.
  const divide = (event) => {
    const { box: [left, , width], area } = place();
    const [first, last] = [Math.max(0, left), Math.min(area[0], left + width)];
    split = clamped((event.clientX - view.getBoundingClientRect().left - first) / (last - first), 0, 1);
    layout();
  };
  let drag = null;
  view.addEventListener("pointerdown", (event) => {
    if (!look || event.button || !event.isPrimary || event.target.closest("button, canvas")) return;
    drag = { from: [event.clientX, event.clientY], spot: spots.get(look.photo), isDivider: !!event.target.closest(".pa-divider"), isMoved: false };
    view.setPointerCapture(event.pointerId);
  });
  view.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const moved = [event.clientX - drag.from[0], event.clientY - drag.from[1]];
    drag.isMoved ||= Math.hypot(...moved) > 4;
    if (!drag.isMoved) return;
    if (!isNear || drag.isDivider || !drag.spot) return divide(event);
    const { box } = place();
    spots.set(look.photo, drag.spot.map((value, axis) => clamped(value - moved[axis] / box[2 + axis], 0, 1)));
    layout();
  });
  view.addEventListener("pointerup", (event) => {
    const done = drag;
    drag = null;
    if (!done || done.isDivider) return;
    if (done.isMoved) return isNear ? askNear() : undefined;
    const { box: [left, top, width, height] } = place();
    const around = view.getBoundingClientRect();
    const spot = [(event.clientX - around.left - left) / width, (event.clientY - around.top - top) / height];
    if (spot.every((value) => value >= 0 && value <= 1)) showNear(!isNear, spot);
  });
  view.addEventListener("pointercancel", () => { drag = null; });
  divider.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 0.1 : 0.02;
    const next = { ArrowLeft: split - step, ArrowDown: split - step, ArrowRight: split + step, ArrowUp: split + step, Home: 0, End: 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    split = clamped(next, 0, 1);
    layout();
  });

  // Undo: each look tells with which settings it was made. A photo with settings of its own has a history of its own.
  const histories = new Map();
  let past = null, expected = null, lastKey = "", lastGesture = 0;
  const listButtons = () => {
    button("undo").disabled = past.at < 1;
    button("redo").disabled = past.at >= past.steps.length - 1;
  };
  const remember = (settings, owner) => {
    const text = JSON.stringify(settings);
    if (!histories.has(owner)) histories.set(owner, { steps: [], at: -1 });
    if (past !== histories.get(owner)) [past, expected, lastKey] = [histories.get(owner), null, ""];
    if (expected !== null) {
      if (text === expected) expected = null;
    } else if (text !== past.steps[past.at]) {
      const earlier = past.at >= 0 ? JSON.parse(past.steps[past.at]) : {};
      const changed = Object.keys(settings).filter((key) => settings[key] !== earlier[key]).join();
      const isSame = changed === lastKey && changed !== "style" && gesture === lastGesture && past.at > 0;
      past.steps.splice(isSame ? past.at : past.at + 1, Infinity, text);
      past.at = past.steps.length - 1;
      [lastKey, lastGesture] = [changed, gesture];
    }
    listButtons();
  };
  const goTo = (by) => {
    const next = past?.steps[past.at + by];
    if (!next) return;
    past.at += by;
    [expected, lastKey] = [next, ""];
    busy(true);
    atelier.ask("restore", JSON.parse(next));
    listButtons();
  };
  // One drag of a slider, or keys pressed one after the other, are one step of undo, however many looks come of them.
  let gesture = 0, lastPress = 0;
  for (const kind of ["input", "pointerdown", "keydown"]) {
    document.addEventListener(kind, (event) => {
      if (!event.isTrusted || !event.target.closest?.(".pa-side")) return;
      if (kind !== "keydown") expected = null;
      if (kind === "pointerdown" || (kind === "keydown" && event.timeStamp - lastPress > 1000)) gesture += 1;
      if (kind === "keydown") lastPress = event.timeStamp;
    }, true);
  }

  // Photos and styles, one after the other.
  const strip = () => [...document.querySelectorAll("#try-list [data-index]")];
  const choose = (index) => {
    const buttons = strip();
    if (!buttons[index] || buttons[index].getAttribute("aria-current")) return;
    for (const each of buttons) each.removeAttribute("aria-current");
    buttons[index].setAttribute("aria-current", "true");
    buttons[index].scrollIntoView({ block: "nearest", inline: "nearest" });
    busy(true);
    atelier.ask("choose", { index, photo: look?.photo });
  };
  const stepPhoto = (by) => choose(strip().findIndex((each) => each.getAttribute("aria-current")) + by);
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest?.("#try-list [data-index]");
    if (chosen) choose(Number(chosen.dataset.index));
  });

  const toggleBefore = () => { isBefore = !isBefore; press("before", isBefore); layout(); };
  const showFull = (is) => {
    stage.classList.toggle("pa-full", is);
    press("full", is);
    if (is) stage.requestFullscreen?.().catch(() => null);
    else if (document.fullscreenElement) document.exitFullscreen();
    if (is) view.focus({ preventScroll: true });
    requestAnimationFrame(layout);
  };
  document.addEventListener("fullscreenchange", () => { if (!document.fullscreenElement) showFull(false); });
  const showKeys = (is) => {
    find(".pa-keys").hidden = !is;
    press("keys", is);
    if (is) find(".pa-keys-on").focus();
  };
  const files = () => document.querySelector("#try-photos input[type=file]");
  const undo = () => { if (!(atelierStage.isPainting && atelierStage.undoMask?.())) goTo(-1); };
  const doing = {
    before: toggleBefore,
    loupe: () => showNear(!isNear),
    full: () => showFull(!stage.classList.contains("pa-full")),
    undo,
    redo: () => goTo(1),
    keys: () => showKeys(find(".pa-keys").hidden),
    files: () => files()?.click(),
  };
  stage.addEventListener("click", (event) => doing[event.target.closest("[data-do]")?.dataset.do]?.());
  const keysOn = find(".pa-keys-on");
  keysOn.checked = atelier.kept("keys", true);
  keysOn.addEventListener("change", () => atelier.keep("keys", keysOn.checked));
  const typing = "input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable=true], [role=listbox]";
  const steered = `${typing}, input, [role=slider], [role=tab], [role=radiogroup], .pa-wall, canvas`;  // where arrow keys have a meaning
  const letters = {
    "\\": "before", z: "loupe", f: "full", m: "mask", "?": "keys",
  };
  document.addEventListener("keydown", (event) => {
    if (!view.offsetParent && !stage.classList.contains("pa-full")) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (event.key === "Escape") {
      if (!find(".pa-keys").hidden) { showKeys(false); button("keys").focus(); }
      else if (atelierStage.isPainting) button("mask").click();
      else if (stage.classList.contains("pa-full")) showFull(false);
      else if (isNear && stage.contains(target)) showNear(false);
      return;
    }
    if (target.closest(typing) || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey) {
      if (key !== "z" && key !== "y") return;
      event.preventDefault();
      return key === "y" || event.shiftKey ? goTo(1) : undo();
    }
    if (!keysOn.checked) return;
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    if (steps) {
      const isOnStage = stage.contains(target);
      if (target.closest(steered) || (steps[1] && !isOnStage)) return;  // elsewhere, up and down scroll the page
      event.preventDefault();
      if (isNear && isOnStage) return pan(steps);
      return steps[0] ? stepPhoto(steps[0]) : window.atelier.wall?.step(steps[1]);
    }
    const name = letters[key];
    if (!name || (name !== "keys" && !look)) return;
    event.preventDefault();
    button(name).click();
  });
  const pan = (steps) => {
    const { box, area } = place();
    const spot = spots.get(look.photo) || [0.5, 0.5];
    spots.set(look.photo, spot.map((value, axis) => clamped(value + steps[axis] * area[axis] / 2 / box[2 + axis], 0, 1)));
    layout();
    askNear();
  };

  // A look is on its way from any change of a control until it comes, or until something is said of it.
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => { if (look && event.target.closest?.(".pa-side") && !event.target.closest(".pa-wall, #try-photos")) busy(true); });
  }
  document.addEventListener("pa-asked", () => busy(!!look));
  const message = document.querySelector("#try-message");
  if (message) new MutationObserver(() => busy(false)).observe(message, { childList: true, subtree: true, characterData: true });

  // Photos may be dropped on the preview.
  view.addEventListener("dragover", (event) => { event.preventDefault(); stage.classList.add("pa-dropping"); });
  view.addEventListener("dragleave", () => stage.classList.remove("pa-dropping"));
  view.addEventListener("drop", (event) => {
    event.preventDefault();
    stage.classList.remove("pa-dropping");
    const [input, dropped] = [files(), event.dataTransfer.files];
    if (!input || !dropped.length) return;
    input.files = dropped;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  // What a key reaches is scrolled to where neither the preview, which on a phone stays above all, nor the button below
  // covers it. Gradio takes rules for the page itself out of @media, so this is none of the style sheet.
  const uncover = () => {
    const [slider, bar] = [document.querySelector("#try-slider"), document.querySelector("#export-bar")];
    const isAbove = slider && getComputedStyle(slider).position === "sticky";
    const ends = [isAbove ? slider.offsetHeight : 0, bar?.offsetHeight || 0].map((length) => `${length + 8}px`);
    document.documentElement.style.scrollPadding = view.clientWidth ? `${ends[0]} 0 ${ends[1]}` : "";
    if (bar && bar !== observed) resized.observe(observed = bar);
  };
  let observed = null;
  const resized = new ResizeObserver(() => {  // also when the tab is shown or left
    document.documentElement.classList.toggle("pa-trying", view.clientWidth > 0);
    layout();
    uncover();
  });
  resized.observe(view);
  document.addEventListener("pa-laid-out", uncover);
});
