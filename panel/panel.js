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
  }).observe(document.documentElement, { childList: true, subtree: true });
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
