// Keys of the desk: j k move in a list, Enter opens, / finds, g and a letter goes to a screen, ? shows the help, and so on.
// They are off while somebody types or composes with an input method, and for who switched them off (WCAG 2.1.4);
// the switch is a cookie, so that it outlasts signing out.
(() => {
  const OFF = "careloop_keys=off";
  const dialog = document.getElementById("keys");
  const button = document.getElementById("keys-open");
  const on = document.getElementById("keys-on");
  if (!dialog) return;
  const off = () => document.cookie.split("; ").includes(OFF);
  const show = () => { on.checked = !off(); if (!dialog.open) dialog.showModal(); };
  button.hidden = false;
  button.addEventListener("click", show);
  on.addEventListener("change", () => {
    document.cookie = `${OFF}; path=/; samesite=lax; max-age=${on.checked ? 0 : 31536000}`;
  });

  const links = () => [...document.querySelectorAll("[data-list] tbody a")];
  let last = -1;
  const move = (step) => {
    const all = links();
    if (!all.length) return;
    const here = all.indexOf(document.activeElement);
    const from = here >= 0 ? here : last;
    last = Math.max(0, Math.min(all.length - 1, from + step));
    all[last].focus();
  };
  const go = (letter) => dialog.querySelector(`a[data-key="${CSS.escape(letter)}"]`)?.click();

  // What a page lets one do has its letter in `data-does`: fields and what changes something are focused, links opened.
  const act = (letter) => {
    const element = document.querySelector(`main [data-does="${CSS.escape(letter)}"]`);
    if (!element) return false;
    if (element.tagName === "A") element.click();
    else element.focus();
    return true;
  };

  let going = 0;
  document.addEventListener("keydown", (event) => {
    const where = event.target;
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (where.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(where.tagName) || off()) return;
    const after = Date.now() - going < 1500;
    going = 0;
    if (after && event.key.length === 1) go(event.key);
    else if (event.key === "g") going = Date.now();
    else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "/") go("f");
    else if (event.key === "q") go("c");
    else if (event.key === "n") go("t");
    else if (event.key === ".") dispatchEvent(new Event("palette"));
    else if (event.key === "?") show();
    else if (event.key.length !== 1 || !act(event.key)) return;
    event.preventDefault();
  });

  // The row of the case that is open beside its list is marked, also when only the case or the list was fetched.
  const mark = () => {
    for (const link of document.querySelectorAll("[data-list] a[hx-get]")) {
      if (link.pathname === location.pathname) link.closest("tr").setAttribute("aria-current", "true");
      else link.closest("tr").removeAttribute("aria-current");
    }
  };
  document.addEventListener("htmx:afterSettle", mark);
})();
