// LOGIN, the name of the one user and the texts by language, comes from the server before all of this.
// The page that asks for the password: it names what it belongs to, fills in the name, which is always the same, and
// says why a try waits, which Gradio leaves unsaid.
(() => {
  const language = [...navigator.languages, "en"].map((each) => each.slice(0, 2)).find((each) => LOGIN.texts[each]);
  const texts = LOGIN.texts[language];
  const find = (selector) => document.querySelector(`.main > .wrap ${selector}`);
  const make = (kind, className, text) => Object.assign(document.createElement(kind), { className, textContent: text });
  const tell = (text) => { if (find(".pa-told")) find(".pa-told").textContent = text; };
  const fill = () => {
    const [password, name] = [find("input[type=password]"), find("input[type=text]")];
    if (!password || !name) return;
    if (!find(".pa-brand")) {
      find("h2").before(make("h1", "pa-brand", "Portrait Atelier"));
      const told = make("p", "pa-told", "");
      told.setAttribute("role", "status");
      find(".form").before(told);
      [name.autocomplete, password.autocomplete, document.title] = ["username", "current-password", "Portrait Atelier"];
      setName(name);
      password.focus();
    }
    find(".creds:not([role])")?.setAttribute("role", "alert");
  };
  const setName = (name) => {
    name.value = LOGIN.user;
    name.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const again = () => {
    setName(find("input[type=text]"));
    find("input[type=password]").focus();
  };
  const send = window.fetch;
  window.fetch = async (address, ...options) => {
    if (!new URL(address, location).pathname.endsWith("/login")) return send(address, ...options);
    const button = find("button");
    button.disabled = true;
    const timer = setTimeout(() => tell(texts.slow), 1500);
    try {
      const answer = await send(address, ...options);
      tell(answer.status === 429 ? texts.many : "");
      if (answer.status === 400) setTimeout(again, 100);  // once Gradio has emptied both fields
      return answer;
    } catch (error) {
      tell(texts.gone);
      throw error;
    } finally {
      clearTimeout(timer);
      button.disabled = false;
    }
  };
  new MutationObserver(fill).observe(document, { childList: true, subtree: true });
})();
