// FILE_TYPES, the endings of files that a place takes by its class, comes from the server before all of this.
// For those who hear the page: pictures of a gallery are called by their captions, not "Thumbnail 3 of 15", and places
// for files by what they take and by the words that stand in them.
(() => {
  const name = () => {
    for (const button of document.querySelectorAll("button.thumbnail-item")) {
      const caption = button.querySelector(".caption-label")?.textContent.trim();
      if (caption && button.getAttribute("aria-label") !== caption) button.setAttribute("aria-label", caption);
    }
    for (const wrap of document.querySelectorAll("fieldset .wrap:has(> label > input[type=radio])")) {
      const choices = wrap.querySelectorAll("input[type=radio]");  // of one name, so that arrow keys lead through them
      for (const choice of choices) if (choice.name !== choices[0].name) choice.name = choices[0].name;
    }
    for (const [place, types] of Object.entries(FILE_TYPES)) {  // what is offered to choose
      for (const input of document.querySelectorAll(`.${place} input[type=file]`)) {
        if (input.accept !== types) input.accept = types;
      }
    }
    for (const button of document.querySelectorAll("button[aria-dropeffect]")) {
      const words = button.textContent.replace(/\s+/g, " ").trim();
      const takes = button.closest(".block")?.querySelector("label")?.textContent.trim();
      const said = [takes, words].filter(Boolean).join(": ");
      if (words && button.getAttribute("aria-label") !== said) button.setAttribute("aria-label", said);
    }
  };
  let waiting = false;
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; name(); });
  }).observe(document.documentElement, { childList: true, characterData: true, subtree: true });
})();

// Gradio refuses a file whose name begins with a dot, such as macOS puts beside photos, and all others with it. Without
// the dot it is left out like every other stray file.
(() => {
  const append = FormData.prototype.append;
  FormData.prototype.append = function (key, value, ...more) {
    const isHidden = value instanceof File && value.name.startsWith(".");
    return append.call(this, key, value, ...(isHidden ? [value.name.replace(/^\.+/, "") || "file"] : more));
  };
})();

// What was unfolded stays so when the server shows its card anew.
(() => {
  const open = new Set();
  document.addEventListener("toggle", ({ target }) => {
    if (target.dataset?.fold) open[target.open ? "add" : "delete"](target.dataset.fold);
  }, true);
  new MutationObserver(() => {
    for (const fold of document.querySelectorAll("details[data-fold]:not([open])")) {
      if (open.has(fold.dataset.fold)) fold.open = true;
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
})();

// What the server tells the scripts of the Try tab, and what they ask of it: components without a picture call
// `atelier.tell`; `atelier.ask` is an event of the stage.
window.atelier = (() => {
  const heard = {}, last = {}, starters = [];
  let root = null;
  return {
    on(name, act) {
      (heard[name] ||= []).push(act);
      if (name in last) act(last[name]);
    },
    tell(name, value) {
      last[name] = value;
      for (const act of heard[name] || []) act(value);
    },
    ask(name, detail) { root?.dispatchEvent(new CustomEvent(`pa-${name}`, { detail })); },
    begin(act) { starters.push(act); },
    start(element) {
      const stage = element.querySelector(".pa-stage");
      if (!stage || root === element) return;
      root = element;
      for (const act of starters) act(stage);
    },
    kept(name, otherwise) {
      try { return JSON.parse(localStorage.getItem(`portrait-atelier-${name}`)) ?? otherwise; } catch { return otherwise; }
    },
    keep(name, value) {
      try { localStorage.setItem(`portrait-atelier-${name}`, JSON.stringify(value)); } catch { /* a private window */ }
    },
  };
})();

// A training that was begun is shown as soon as there is something of it to see, as it lies below the form.
window.atelier.showTrainings = () => {
  let left = 100;  // times to look
  const look = () => {
    const said = document.querySelector("#start-message");
    if (!said?.querySelector(".pa-begun")) return said?.scrollIntoView({ block: "nearest" });  // why it was not begun
    if (document.querySelector("#training-status h3")) document.getElementById("trainings-title").scrollIntoView();
    else if (left--) setTimeout(look, 100);
  };
  setTimeout(look, 100);  // once the message is in the page
};

// What the page says beside itself of its trainings (.pa-news): the time of day at which they end, as this browser
// writes it; how far the running one is, in the title of the tab; and that one has ended, to those who asked for it.
(() => {
  const states = new Map();  // of trainings, by their keys
  const asks = () => "Notification" in window && Notification.permission === "default";
  let alarm = 0;  // when the first of the shown ends has passed
  const clocks = () => {
    const shown = [...document.querySelectorAll("time.pa-clock")];
    const left = shown.map((time) => 1000 * time.dataset.at - Date.now());
    shown.forEach((time, place) => clock(time, left[place]));
    clearTimeout(alarm);
    const next = Math.min(...left.filter((each) => each > 0));
    if (next < Infinity) alarm = setTimeout(clocks, Math.min(next + 500, 1e8));
  };
  const clock = (time, left) => {
    time.closest(".pa-left").hidden = left <= 0;
    time.closest("p").querySelector(".pa-late").hidden = left > 0;
    if (time.textContent) return;
    time.textContent = new Date(1000 * time.dataset.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    time.closest(".pa-until").hidden = false;
  };
  const tell = (text) => {
    if (!("Notification" in window) || Notification.permission !== "granted" || document.hasFocus()) return;
    const note = new Notification("Portrait Atelier", { body: text });
    note.onclick = () => { window.focus(); note.close(); };
  };
  let ended = "";  // what is said in the title until the page is looked at
  const show = () => {
    clocks();
    const news = document.querySelector(".pa-news");
    if (!news) return;
    for (const [key, [state, text]] of Object.entries(JSON.parse(news.dataset.told))) {
      const before = states.get(key);
      states.set(key, state);
      if (!before || before === state || !text) continue;
      tell(text);
      if (!document.hasFocus()) ended = text;
    }
    const title = [news.dataset.title || ended, "Portrait Atelier"].filter(Boolean).join(" · ");
    if (document.title !== title) document.title = title;
    const button = news.querySelector("button");
    button.hidden = !(asks() && news.dataset.title);
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest(".pa-tell")) Notification.requestPermission().then(show);
  });
  addEventListener("focus", () => { ended = ""; show(); });
  let waiting = false;
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => { waiting = false; show(); }, 50);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
