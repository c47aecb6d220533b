// The command palette: Ctrl+K opens it, what is typed is asked for after a pause, arrows move, Enter opens.
(() => {
  const PAUSE_MS = 250;
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const form = dialog.querySelector("form");
  const input = form.querySelector("input");
  const places = document.getElementById("palette-places");
  const links = () => [...places.querySelectorAll("a")];
  let timer = 0;
  let entered = false; // Enter came before the answer: the first place is opened when it is there

  function ask(pause) {
    places.replaceChildren();
    entered = false;
    clearTimeout(timer);
    timer = setTimeout(() => htmx.trigger(form, "asked"), pause);
  }
  function open() {
    dialog.showModal();
    input.select();
    ask(0);
  }

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.isComposing) return;
    if (event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (!dialog.open) open();
  });
  addEventListener("palette", () => dialog.open || open());
  input.addEventListener("input", (event) => event.isComposing || ask(PAUSE_MS));
  input.addEventListener("compositionend", () => ask(PAUSE_MS));
  form.addEventListener("submit", (event) => event.preventDefault());
  places.addEventListener("htmx:afterSwap", () => entered && links()[0]?.click());
  dialog.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const all = links();
    const here = all.indexOf(document.activeElement);
    if (event.key === "ArrowDown") all[Math.min(here + 1, all.length - 1)]?.focus();
    else if (event.key === "ArrowUp") (all[here - 1] || input).focus();
    else if (event.key === "Enter" && here < 0) {
      entered = !all.length;
      all[0]?.click();
    } else return;
    event.preventDefault();
  });
})();
