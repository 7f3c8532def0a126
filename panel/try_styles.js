// The wall of styles: each on the current photo, as far as it is seen; search, favorites, and looks that were used lately.
(() => {
  const AT_ONCE = 4;  // pictures of one question
  const PATIENCE = 60_000;  // milliseconds until an unanswered question is asked anew
  const MOST_RECENT = 6;
  const LOOKED_AT = 2000;  // milliseconds after which a look counts as used
  const pictures = new Map();  // by photo and style
  let wall = null, styles = [], chosen = null, photo = null, asked = 0, current = null, since = 0, isStarsOnly = false;
  let stars = new Set(atelier.kept("stars", []));
  let recent = atelier.kept("recent", []);  // settings, and whether files were made with them
  const seen = new Set();  // values of styles on the screen
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[-_\s]+/g, " ");
  const cells = () => [...wall.querySelectorAll(".pa-style:not([hidden])")];
  const cellOf = (value) => [...wall.querySelectorAll(".pa-style")].find((cell) => cell.dataset.value === value);

  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) seen[isIntersecting ? "add" : "delete"](target.dataset.value);
    ask();
  }, { rootMargin: "120px" });

  const ask = () => {
    if (!photo || (asked && Date.now() - asked < PATIENCE)) return;
    const missing = styles.filter(({ value }) => seen.has(value) && !pictures.has(`${photo}|${value}`));
    const quick = missing.filter((style) => !style.slow).slice(0, AT_ONCE);
    const wanted = (quick.length ? quick : missing.slice(0, 1)).map(({ value }) => value);
    if (!wanted.length) return;
    asked = Date.now();
    atelier.ask("covers", { photo, styles: wanted });
  };
  atelier.on("covers", (told) => {
    asked = 0;
    for (const [value, address] of Object.entries(told.pictures)) pictures.set(`${told.photo}|${value}`, address);
    paint();
    ask();
  });

  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  const cell = ({ value, name, cover }) => {
    const image = element("img", { src: cover, alt: "", loading: "lazy" });
    const pick = element("button", { type: "button", className: "pa-pick", tabIndex: -1, title: name }, image, element("span", { textContent: name }));
    pick.setAttribute("aria-label", name);
    const star = element("button", { type: "button", className: "pa-star", tabIndex: -1, textContent: "★" });
    const made = element("div", { className: "pa-style" }, pick, star);
    made.dataset.value = value;
    return made;
  };
  const build = () => {
    observer.disconnect();
    seen.clear();
    const sorted = [...styles].sort((one, other) => stars.has(other.value) - stars.has(one.value));
    wall.querySelector(".pa-styles").replaceChildren(...sorted.map(cell));
    for (const each of wall.querySelectorAll(".pa-style")) observer.observe(each);
    filter();
    paint();
  };
  const paint = () => {
    if (!wall) return;
    for (const each of wall.querySelectorAll(".pa-style")) {
      const { value } = each.dataset;
      const [pick, star] = each.children;
      const style = styles.find((one) => one.value === value);
      const own = pictures.get(`${photo}|${value}`);
      const address = own || style.cover;
      const image = pick.querySelector("img");
      if (image.getAttribute("src") !== address) image.src = address;
      each.classList.toggle("pa-own", !!own);
      pick.setAttribute("aria-pressed", String(value === chosen));
      const said = (stars.has(value) ? wall.dataset.unstar : wall.dataset.star).replace("{name}", style.name);
      star.setAttribute("aria-label", said);
      star.setAttribute("aria-pressed", String(stars.has(value)));
      star.title = said;
    }
    const stop = cells().find((each) => each.dataset.value === chosen) || cells()[0];
    for (const each of wall.querySelectorAll(".pa-style > button")) each.tabIndex = each.parentElement === stop ? 0 : -1;
  };
  const filter = () => {
    const wanted = plain(wall.querySelector("input").value.trim()).split(" ");
    for (const each of wall.querySelectorAll(".pa-style")) {
      const name = plain(styles.find(({ value }) => value === each.dataset.value).name);
      each.hidden = !wanted.every((word) => name.includes(word)) || (isStarsOnly && !stars.has(each.dataset.value));
    }
    wall.querySelector(".pa-none").textContent = cells().length ? "" : wall.dataset.none;
  };

  const reveal = (found) => {  // within the wall, so that the page stays where it is
    const place = wall.querySelector(".pa-styles");
    if (!found) return;
    const [top, height] = [found.offsetTop, found.offsetHeight];  // of the wall's scrolled room
    if (top < place.scrollTop) place.scrollTop = top;
    else if (top + height > place.scrollTop + place.clientHeight) place.scrollTop = top + height - place.clientHeight;
  };
  const pick = (value) => {
    if (!value) return;
    chosen = value;
    paint();
    reveal(cellOf(value));
    atelier.ask("pick", { value });
    document.dispatchEvent(new Event("pa-asked"));
  };
  window.atelier.wall = {
    step(by) {
      const all = cells();
      pick(all[all.findIndex((each) => each.dataset.value === chosen) + by]?.dataset.value);
    },
  };
  const toggleStar = (value) => {
    if (!stars.delete(value)) stars.add(value);
    atelier.keep("stars", [...stars]);
    filter();
    paint();
  };

  const labelOf = (settings) => {
    const name = styles.find(({ value }) => value === settings.style)?.name;
    return name && `${name}${settings.second ? ` + ${settings.second}` : ""} · ${Math.round(settings.strength * 100)} %`;
  };
  const listRecent = () => {
    if (!wall) return;
    const known = recent.filter(({ settings }) => labelOf(settings));
    const buttons = known.map(({ settings }) => {
      const made = element("button", { type: "button", className: "pa-tool pa-wide", textContent: labelOf(settings) });
      made.addEventListener("click", () => {
        atelier.ask("restore", settings);
        document.dispatchEvent(new Event("pa-asked"));
      });
      return made;
    });
    const place = wall.querySelector(".pa-recent");
    place.replaceChildren(element("span", { className: "pa-quiet", textContent: wall.dataset.recent }), ...buttons);
    place.hidden = !known.length;
  };
  const use = (settings, isMade) => {  // of looks of one name, the latest that files were made with, or else the latest
    const label = settings && labelOf(settings);
    const same = recent.find((other) => labelOf(other.settings) === label);
    if (!label || (same?.isMade && !isMade)) return;
    recent = [{ settings, isMade }, ...recent.filter((other) => other !== same)].slice(0, MOST_RECENT);
    atelier.keep("recent", recent);
    listRecent();
  };
  document.addEventListener("click", (event) => { if (event.target.closest?.("#make")) use(current, true); });

  atelier.on("wall", (told) => {
    const isSame = JSON.stringify(styles) === JSON.stringify(told.styles);
    for (const { value, cover } of styles) {  // the style of a training has become better: its pictures are old
      if (told.styles.some((style) => style.value === value && style.cover === cover)) continue;
      for (const key of [...pictures.keys()]) if (key.endsWith(`|${value}`)) pictures.delete(key);
    }
    const isOther = chosen !== told.chosen;
    [styles, chosen] = [told.styles, told.chosen];
    if (wall) isSame && wall.querySelector(".pa-style") ? paint() : build();
    if (wall && isOther) reveal(cellOf(chosen));
    listRecent();
  });
  atelier.on("look", (told) => {
    if (!told.after) { photo = null; return paint(); }
    if (current && current.style !== told.settings.style && Date.now() - since > LOOKED_AT) use(current, false);
    if (current?.style !== told.settings.style) since = Date.now();
    [photo, current, chosen] = [told.photo, told.settings, told.settings.style];
    paint();
    ask();
  });

  const attach = (found) => {
    wall = found;
    const search = wall.querySelector("input");
    search.addEventListener("input", () => { filter(); paint(); });
    search.addEventListener("keydown", (event) => {
      const [first] = cells();
      if (event.key === "Escape" && search.value) { search.value = ""; filter(); paint(); }
      else if (event.key === "Enter" && first) { event.preventDefault(); pick(first.dataset.value); }
      else if (event.key === "ArrowDown" && first) { event.preventDefault(); first.firstElementChild.focus(); }
    });
    wall.querySelector(".pa-stars").addEventListener("click", (event) => {
      isStarsOnly = !isStarsOnly;
      event.currentTarget.setAttribute("aria-pressed", String(isStarsOnly));
      filter();
      paint();
    });
    wall.addEventListener("click", (event) => {
      const value = event.target.closest(".pa-style")?.dataset.value;
      if (!value) return;
      if (event.target.closest(".pa-star")) toggleStar(value); else pick(value);
    });
    wall.addEventListener("keydown", (event) => {
      const from = event.target.closest(".pa-style");
      const columns = getComputedStyle(wall.querySelector(".pa-styles")).gridTemplateColumns.split(" ").length;
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
      if (!from || !by) return;
      event.preventDefault();
      const next = cells()[cells().indexOf(from) + by];
      if (!next) return;
      for (const each of wall.querySelectorAll(".pa-style > button")) each.tabIndex = each.parentElement === next ? 0 : -1;
      next.firstElementChild.focus();
    });
    if (styles.length) build();
    listRecent();
  };
  window.atelier.startWall = (root) => {
    const found = root.querySelector(".pa-wall");
    if (found && found !== wall) attach(found);
  };
})();
