// What pages need beyond htmx: show a problem that the server answers instead of dropping it; choose all rows of a list.
document.addEventListener("change", ({ target }) => {
  if (!target.dataset.all) return;
  for (const box of document.querySelectorAll(`input[type=checkbox][name="${CSS.escape(target.dataset.all)}"]`)) {
    box.checked = target.checked;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status >= 400) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
