// The command palette: Ctrl+K opens it. What is typed shows the screens of that name after a pause; people are looked for
// when Enter is pressed, as a number is whole then: a search is a look at whoever has the number. Arrows move, Enter opens.
(() => {
  const PAUSE_MS = 200;
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const form = dialog.querySelector("form");
  const input = form.elements.q;
  const places = document.getElementById("palette-places");
  const links = () => [...places.querySelectorAll("a")];
  let timer = 0;
  let answered = null; // what was typed when the shown places were asked for
  let wants = false; // Enter came before they were shown

  function ask(people) {
    clearTimeout(timer);
    places.replaceChildren();
    answered = null;
    form.elements.people.value = people ? "yes" : "";
    htmx.trigger(form, "asked"); // one that is on its way is dropped (hx-sync)
  }
  function soon() {
    clearTimeout(timer);
    places.replaceChildren();
    answered = null;
    wants = false;
    timer = setTimeout(ask, PAUSE_MS, false);
  }
  function open() {
    dialog.showModal();
    input.select();
    wants = false;
    ask(false);
  }
  function enter() {
    wants = false;
    if (links().length) links()[0].click();
    else ask(true);
  }

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.isComposing) return;
    if (event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (!dialog.open) open();
  });
  addEventListener("palette", () => dialog.open || open());
  input.addEventListener("input", (event) => event.isComposing || soon());
  input.addEventListener("compositionend", soon);
  form.addEventListener("submit", (event) => event.preventDefault());
  places.addEventListener("htmx:afterSwap", () => {
    answered = input.value;
    if (form.elements.people.value) links()[0]?.focus();
    else if (wants) enter();
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const all = links();
    const here = all.indexOf(document.activeElement);
    if (event.key === "ArrowDown") all[Math.min(here + 1, all.length - 1)]?.focus();
    else if (event.key === "ArrowUp") (all[here - 1] || input).focus();
    else if (event.key === "Enter" && here < 0) {
      if (answered === input.value) enter();
      else wants = true;
    } else return;
    event.preventDefault();
  });
})();
