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

// A mask is painted over the picture of .pa-paint: by mouse, pen or finger, or by the arrow keys and the space bar.
(() => {
  const LARGEST = 1024;  // pixels of the mask that is handed over
  const attach = (board) => {
    board.dataset.ready = "1";
    const [picture, canvas] = [board.querySelector("img"), board.querySelector("canvas")];
    const [brush, eraser] = [board.querySelector("input[type=range]"), board.querySelector("input[type=checkbox]")];
    const pen = canvas.getContext("2d");
    const fit = () => { canvas.width = picture.naturalWidth; canvas.height = picture.naturalHeight; };
    if (picture.complete && picture.naturalWidth) fit(); else picture.addEventListener("load", fit);
    let last = null;
    let spot = [0.5, 0.5];
    const line = (from, to) => {
      pen.globalCompositeOperation = eraser.checked ? "destination-out" : "source-over";
      pen.strokeStyle = "#fff";
      pen.lineCap = "round";
      pen.lineWidth = brush.value / 100 * Math.max(canvas.width, canvas.height);
      pen.beginPath();
      pen.moveTo(...from);
      pen.lineTo(...to);
      pen.stroke();
    };
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width * canvas.width, (event.clientY - box.top) / box.height * canvas.height];
    };
    const end = () => { last = null; };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      last = place(event);
      line(last, last);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!last) return;
      const next = place(event);
      line(last, next);
      last = next;
    });
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    const moves = { ArrowLeft: [-0.02, 0], ArrowRight: [0.02, 0], ArrowUp: [0, -0.02], ArrowDown: [0, 0.02] };
    canvas.addEventListener("keydown", (event) => {
      const move = moves[event.key];
      if (!move && event.key !== " ") return;
      event.preventDefault();
      const from = [spot[0] * canvas.width, spot[1] * canvas.height];
      if (move) spot = spot.map((value, axis) => Math.min(1, Math.max(0, value + move[axis])));
      if (!move || event.shiftKey) line(from, [spot[0] * canvas.width, spot[1] * canvas.height]);
    });
  };
  window.atelierMask = () => {
    const canvas = document.querySelector(".pa-paint canvas");
    if (!canvas) return "";
    const small = document.createElement("canvas");
    const scale = Math.min(1, LARGEST / Math.max(canvas.width, canvas.height));
    small.width = Math.round(canvas.width * scale);
    small.height = Math.round(canvas.height * scale);
    small.getContext("2d").drawImage(canvas, 0, 0, small.width, small.height);
    return small.toDataURL("image/png");
  };
  new MutationObserver(() => {
    for (const board of document.querySelectorAll(".pa-paint:not([data-ready])")) attach(board);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();

// A part of a photo at 100 % (.pa-crop) beside the whole: a frame in the whole shows where it is, and a click on the whole
// or an arrow key asks for another part.
(() => {
  let split = 50;  // where "before" ends, kept from one part to the next
  const whole = () => document.querySelector("#try-slider .slider-wrap img");
  const clamped = (value, least, most) => Math.min(Math.max(value, least), most);
  const numbers = (crop) => {
    const { left, top, width, height, photoWidth, photoHeight, x, y } = crop.dataset;
    return { box: [left, top, width, height].map(Number), photo: [photoWidth, photoHeight].map(Number), spot: [x, y].map(Number) };
  };
  // Where a picture lies inside its element, which may be wider or higher.
  const placeOf = (image) => {
    const box = image.getBoundingClientRect();
    const scale = Math.min(box.width / image.naturalWidth, box.height / image.naturalHeight);
    const [width, height] = [image.naturalWidth * scale, image.naturalHeight * scale];
    return { left: box.left + (box.width - width) / 2, top: box.top + (box.height - height) / 2, width, height };
  };
  // First visible pixel of the part, and the number of visible ones, along each side.
  const seen = (crop) => {
    const { box, photo, spot } = numbers(crop);
    const view = crop.querySelector(".pa-view");
    return [view.clientWidth, view.clientHeight].map((length, axis) => {
      const [start, size] = [box[axis], box[2 + axis]];
      const shown = Math.min(size, Math.round(length * devicePixelRatio));
      return [Math.round(clamped(spot[axis] * photo[axis] - shown / 2, start, start + size - shown)), shown];
    });
  };
  const show = () => {
    const crop = document.querySelector(".pa-crop");
    if (!crop) return frame();
    const view = crop.querySelector(".pa-view");
    const { box } = numbers(crop);
    const room = [view.clientWidth, view.clientHeight];
    const [x, y] = seen(crop).map(([first, shown], axis) => {
      const free = Math.max(0, Math.round(room[axis] * devicePixelRatio) - shown);
      return (box[axis] - first + Math.floor(free / 2)) / devicePixelRatio;
    });
    const cut = split / 100 * room[0];
    crop.querySelectorAll("img").forEach((image, number) => {
      const sides = number ? `0 0 0 ${clamped(cut - x, 0, box[2])}px` : `0 ${clamped(x + box[2] / devicePixelRatio - cut, 0, box[2])}px 0 0`;
      Object.assign(image.style, { left: `${x}px`, top: `${y}px`, width: `${box[2] / devicePixelRatio}px`, clipPath: `inset(${sides})` });
    });
    view.querySelector("i").style.left = `${cut}px`;
    crop.querySelector("input").value = split;
    frame();
  };
  const frame = () => {
    const [crop, image] = [document.querySelector(".pa-crop"), whole()];
    const wrap = image?.closest(".wrap");
    let mark = wrap?.querySelector(".pa-frame");
    if (!crop || !wrap || !image.naturalWidth) return mark?.remove();
    if (!mark) wrap.append(mark = Object.assign(document.createElement("div"), { className: "pa-frame" }));
    const [place, around, { photo }] = [placeOf(image), wrap.getBoundingClientRect(), numbers(crop)];
    const [[left, width], [top, height]] = seen(crop);
    Object.assign(mark.style, {
      left: `${place.left - around.left + left / photo[0] * place.width}px`, width: `${width / photo[0] * place.width}px`,
      top: `${place.top - around.top + top / photo[1] * place.height}px`, height: `${height / photo[1] * place.height}px`,
    });
  };
  const ask = (x, y) => {
    const detail = { x: clamped(x, 0, 1), y: clamped(y, 0, 1) };
    document.querySelector(".pa-crop")?.dispatchEvent(new CustomEvent("pa-spot", { detail, bubbles: true }));
  };
  const attach = (crop) => {
    crop.dataset.ready = "1";
    const view = crop.querySelector(".pa-view");
    const divide = (event) => {
      const box = view.getBoundingClientRect();
      split = clamped((event.clientX - box.left) / box.width * 100, 0, 100);
      show();
    };
    view.addEventListener("pointerdown", (event) => { view.setPointerCapture(event.pointerId); divide(event); });
    view.addEventListener("pointermove", (event) => { if (view.hasPointerCapture(event.pointerId)) divide(event); });
    crop.querySelector("input").addEventListener("input", (event) => { split = Number(event.target.value); show(); });
    const moves = { ArrowLeft: [-0.5, 0], ArrowRight: [0.5, 0], ArrowUp: [0, -0.5], ArrowDown: [0, 0.5] };
    view.addEventListener("keydown", (event) => {
      const move = moves[event.key];
      if (!move) return;
      event.preventDefault();
      const { photo } = numbers(crop);
      const middle = seen(crop).map(([first, shown], axis) => (first + shown * (0.5 + move[axis])) / photo[axis]);
      ask(...middle);
    });
    new ResizeObserver(show).observe(view);
    if (hadFocus) view.focus({ preventScroll: true });
    show();
  };
  let hadFocus = false;
  document.addEventListener("focusin", (event) => { hadFocus = event.target.classList.contains("pa-view"); });
  let pressed = null;
  document.addEventListener("pointerdown", (event) => { pressed = [event.clientX, event.clientY]; }, true);
  document.addEventListener("click", (event) => {
    const image = whole();
    const isMoved = !pressed || Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) > 4;
    if (isMoved || !image || !event.target.closest("#try-slider .slider-wrap") || event.target.closest("[data-testid=slider]")) return;
    const place = placeOf(image);
    const [x, y] = [(event.clientX - place.left) / place.width, (event.clientY - place.top) / place.height];
    if (x >= 0 && x <= 1 && y >= 0 && y <= 1) ask(x, y);
  });
  document.addEventListener("load", (event) => { if (event.target === whole()) frame(); }, true);
  addEventListener("resize", show);
  const sizes = new ResizeObserver(frame);
  const zooms = new MutationObserver(frame);
  new MutationObserver(() => {
    for (const crop of document.querySelectorAll(".pa-crop:not([data-ready])")) attach(crop);
    const image = whole();
    if (image && !image.dataset.seen) {
      image.dataset.seen = "1";
      sizes.observe(image);
      zooms.observe(image, { attributes: true, attributeFilter: ["style"] });
    }
    if (!document.querySelector(".pa-crop")) frame();
  }).observe(document.documentElement, { childList: true, subtree: true });
})();

// What the page says beside itself of its trainings (.pa-news): the time of day at which they end, as this browser
// writes it; how far the running one is, in the title of the tab; and that one has ended, to those who asked for it.
(() => {
  const states = new Map();  // of trainings, by their keys
  const asks = () => "Notification" in window && Notification.permission === "default";
  const clock = (time) => {
    if (time.textContent) return;
    time.textContent = new Date(1000 * time.dataset.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    time.closest(".pa-until")?.removeAttribute("hidden");
  };
  const tell = (text) => {
    if (!("Notification" in window) || Notification.permission !== "granted" || document.hasFocus()) return;
    const note = new Notification("Portrait Atelier", { body: text });
    note.onclick = () => { window.focus(); note.close(); };
  };
  let ended = "";  // what is said in the title until the page is looked at
  const show = () => {
    document.querySelectorAll("time.pa-clock").forEach(clock);
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
