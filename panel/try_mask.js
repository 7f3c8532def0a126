// A mask is painted on the large preview: by mouse, pen or finger, or by the arrow keys and the space bar; regions of the
// portrait come from the server, to be painted on.
atelier.begin((stage) => {
  const LARGEST = 1024;  // pixels of the mask that is handed over
  const MOST_UNDO = 20;
  const find = (selector) => stage.querySelector(selector);
  const [canvas, ring, tools] = [".pa-paint", ".pa-ring", ".pa-mask-tools"].map(find);
  const [brush, eraser, feather, showMask] = [".pa-brush", ".pa-eraser", ".pa-feather", ".pa-show-mask"].map(find);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const { view, photo } = window.atelier.stage;
  const undone = [];
  let region = "", owner = null, told = null, last = null, spot = [0.5, 0.5], isFilled = false;

  const fit = (source) => {
    const scale = Math.min(1, LARGEST / Math.max(source.naturalWidth, source.naturalHeight));
    canvas.width = Math.max(1, Math.round(source.naturalWidth * scale));
    canvas.height = Math.max(1, Math.round(source.naturalHeight * scale));
  };
  const mark = () => {
    for (const each of tools.querySelectorAll("[data-part]")) each.setAttribute("aria-pressed", String(each.dataset.part === region));
    tools.querySelector("[data-do=clear]").disabled = !isFilled;
    tools.querySelector("[data-do=unpaint]").disabled = !undone.length;
    const longer = Math.max(photo.clientWidth, photo.clientHeight);
    canvas.style.filter = Number(feather.value) ? `blur(${feather.value / feather.dataset.per * longer}px)` : "";
    canvas.classList.toggle("pa-unseen", !showMask.checked);
  };
  const draw = async () => {
    const [look, wanted] = [window.atelier.stage.look(), told];
    if (!look || !wanted || wanted.photo !== look.photo) return;
    told = null;
    if (owner !== look.photo) {
      owner = look.photo;
      undone.length = 0;
      fit(find(".pa-before"));
    }
    [region, isFilled, feather.value] = [wanted.region, !!wanted.picture, Math.round(wanted.feather * feather.dataset.per)];
    pen.globalCompositeOperation = "source-over";
    pen.clearRect(0, 0, canvas.width, canvas.height);
    if (wanted.picture) {
      const image = new Image();
      image.src = wanted.picture;
      await image.decode();
      pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    }
    canvas.dataset.region = region;
    mark();
  };
  atelier.on("mask", (given) => { told = given; draw(); });
  document.addEventListener("pa-laid-out", () => { draw(); mark(); });

  const tell = () => atelier.ask("mask", {
    picture: isFilled && !region ? canvas.toDataURL("image/png") : "", region, feather: feather.value / feather.dataset.per,
  });
  const keepUndo = () => {
    undone.push({ pixels: pen.getImageData(0, 0, canvas.width, canvas.height), region, isFilled });
    if (undone.length > MOST_UNDO) undone.shift();
  };
  const undo = () => {
    const earlier = undone.pop();
    if (!earlier) return false;
    pen.putImageData(earlier.pixels, 0, 0);
    [region, isFilled] = [earlier.region, earlier.isFilled];
    mark();
    tell();
    return true;
  };
  window.atelier.stage.undoMask = undo;

  const line = (from, to) => {
    pen.globalCompositeOperation = eraser.checked ? "destination-out" : "source-over";
    pen.strokeStyle = "rgb(230, 48, 64)";
    pen.lineCap = "round";
    pen.lineWidth = brush.value / 100 * Math.max(canvas.width, canvas.height);
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(...to);
    pen.stroke();
  };
  const beginStroke = () => {
    keepUndo();
    if (eraser.checked && !isFilled) {  // taken away from everywhere
      pen.globalCompositeOperation = "source-over";
      pen.fillStyle = "rgb(230, 48, 64)";
      pen.fillRect(0, 0, canvas.width, canvas.height);
    }
    [region, isFilled] = ["", true];
  };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width * canvas.width, (event.clientY - box.top) / box.height * canvas.height];
  };
  const showRing = ([x, y]) => {
    const [box, around] = [canvas.getBoundingClientRect(), view.getBoundingClientRect()];
    const size = brush.value / 100 * Math.max(box.width, box.height);
    ring.hidden = canvas.hidden;
    Object.assign(ring.style, {
      left: `${box.left - around.left + x / canvas.width * box.width - size / 2}px`,
      top: `${box.top - around.top + y / canvas.height * box.height - size / 2}px`, width: `${size}px`, height: `${size}px`,
    });
    ring.classList.toggle("pa-erases", eraser.checked);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button || !event.isPrimary || owner !== window.atelier.stage.look()?.photo) return;
    canvas.setPointerCapture(event.pointerId);
    canvas.classList.add("pa-at-work");
    last = place(event);
    beginStroke();
    line(last, last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!event.isPrimary) return;
    for (const each of last && event.getCoalescedEvents ? [...event.getCoalescedEvents(), event] : [event]) {
      const next = place(each);
      if (last) line(last, last = next);
    }
    showRing(place(event));
  });
  const end = () => {
    if (!last) return;
    last = null;
    canvas.classList.remove("pa-at-work");
    mark();
    tell();
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("pointerleave", () => { if (!last) ring.hidden = true; });
  const moves = { ArrowLeft: [-0.02, 0], ArrowRight: [0.02, 0], ArrowUp: [0, -0.02], ArrowDown: [0, 0.02] };
  const pixels = () => [spot[0] * canvas.width, spot[1] * canvas.height];
  canvas.addEventListener("focus", () => { if (canvas.matches(":focus-visible")) showRing(pixels()); });
  canvas.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (!move && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    const from = pixels();
    if (move) spot = spot.map((value, axis) => Math.min(1, Math.max(0, value + move[axis])));
    showRing(pixels());
    if (move && !event.shiftKey) return;
    beginStroke();
    line(from, pixels());
    mark();
    tell();
  });

  const open = (is) => {
    window.atelier.stage.isPainting = is;
    tools.hidden = canvas.hidden = !is;
    ring.hidden = true;
    stage.classList.toggle("pa-masking", is);
    find("[data-do=mask]").setAttribute("aria-pressed", String(is));
    window.atelier.stage.layout();
  };
  const clear = () => {
    keepUndo();
    pen.clearRect(0, 0, canvas.width, canvas.height);
    [region, isFilled] = ["", false];
    mark();
    tell();
  };
  stage.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-do], [data-part]");
    if (pressed?.dataset.do === "mask") open(canvas.hidden);
    if (pressed?.dataset.do === "clear") clear();
    if (pressed?.dataset.do === "unpaint") undo();
    if (!pressed?.dataset.part) return;
    keepUndo();
    atelier.ask("region", { part: pressed.dataset.part, feather: feather.value / feather.dataset.per });
  });
  feather.addEventListener("input", mark);
  feather.addEventListener("change", () => { if (isFilled) tell(); });
  showMask.addEventListener("change", mark);
  document.addEventListener("keydown", (event) => {
    if (canvas.hidden || (event.key !== "[" && event.key !== "]") || event.target.closest?.("input:not([type=range], [type=checkbox]), textarea")) return;
    brush.value = Number(brush.value) + (event.key === "]" ? 2 : -2);
    if (!ring.hidden) {
      const [box, around] = [ring.getBoundingClientRect(), canvas.getBoundingClientRect()];
      showRing([(box.left + box.width / 2 - around.left) / around.width * canvas.width, (box.top + box.height / 2 - around.top) / around.height * canvas.height]);
    }
  });
});
