// What pages need beyond htmx: show a problem that the server answers instead of dropping it; choose all rows of a list.
document.addEventListener("change", ({ target }) => {
  if (!target.dataset.all) return;
  for (const box of document.querySelectorAll(`input[type=checkbox][name="${CSS.escape(target.dataset.all)}"]`)) {
    box.checked = target.checked;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (xhr.status < 400) return;
  event.detail.isError = false;
  if (requestConfig?.headers["careloop-live"]) return; // live.js sees to its own
  event.detail.shouldSwap = (xhr.getResponseHeader("content-type") || "").startsWith("text/html");
  const note = document.getElementById("live-note"); // what is on the page stays, and can be sent again
  if (!event.detail.shouldSwap && note) Object.assign(note, { hidden: false, textContent: note.dataset.away });
});
