// Keeps what somebody types, so that it outlives a reload, a session that ended and a console that is away: in this tab
// alone, until the form was accepted, somebody else signs in, or its writer signs out.
(() => {
  const KEPT = "careloop-drafts";
  const { reader, accepted } = document.body.dataset;
  const channel = new BroadcastChannel(KEPT);
  const offered = new WeakSet();

  // ---- what is kept: key of a form → {fields: name → value, sent: whether it is on its way, under: its `key`} ----

  const all = () => JSON.parse(sessionStorage.getItem(KEPT) || "null") || { reader, drafts: {} };
  const clear = () => sessionStorage.removeItem(KEPT);
  function put(key, draft) {
    const kept = all();
    if (draft) kept.drafts[key] = draft;
    else delete kept.drafts[key];
    if (Object.keys(kept.drafts).length) sessionStorage.setItem(KEPT, JSON.stringify(kept));
    else clear();
  }

  const isDrafted = (form) => reader && form?.method === "post" && Boolean(form.querySelector("textarea:not([readonly])"));
  const key = (form) => `${new URL(form.action).pathname}#${form.id}`;
  const fields = (form) => [...form.elements].filter((each) => each.name && !["hidden", "password", "file"].includes(each.type) && each.tagName !== "BUTTON");
  const ticks = (field) => ["checkbox", "radio"].includes(field.type);
  const texts = (form) => fields(form).filter((each) => !ticks(each) && each.tagName !== "SELECT");
  const name = (field) => (ticks(field) ? `${field.name}=${field.value}` : field.name);

  const values = (form) => Object.fromEntries(fields(form).map((each) => [name(each), ticks(each) ? each.checked : each.value]));
  const same = (form, draft) => Boolean(draft) && JSON.stringify(draft.fields) === JSON.stringify(values(form));

  // What was sent, and of which nobody knows what became, is sent again under the same `key`, so that it is done once;
  // what was changed since is something else.
  function under(form, word) {
    const field = form.elements.key;
    if (!field) return;
    form.dataset.own ??= field.value;
    field.value = word || form.dataset.own;
  }

  function save(form) {
    const typed = texts(form).some((each) => each.value !== each.defaultValue);
    const before = all().drafts[key(form)];
    const word = before?.under && before.under === form.elements.key?.value && same(form, before) ? before.under : "";
    under(form, word);
    put(key(form), typed && { fields: values(form), sent: false, under: word });
  }

  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, ({ target }) => isDrafted(target.form) && save(target.form));
  }
  document.addEventListener("submit", ({ target }) => {
    if (new URL(target.action).pathname.startsWith("/sign-out")) {
      clear();
      channel.postMessage("clear");
    } else if (isDrafted(target)) {
      save(target);
      const draft = all().drafts[key(target)];
      if (draft) put(key(target), { ...draft, sent: true, under: target.elements.key?.value });
    }
  });
  channel.onmessage = clear;

  // ---- it is offered again ----

  function note(template, form, drop) {
    const copy = document.getElementById(template).content.firstElementChild.cloneNode(true);
    copy.querySelector("[data-drop]").addEventListener("click", () => {
      put(form, null);
      copy.remove();
      drop?.();
    });
    return copy;
  }

  // What the server filled in is left alone: another text there means that the form is about something else now.
  function offer(form) {
    const draft = all().drafts[key(form)];
    if (!draft || offered.has(form)) return;
    if (texts(form).some((each) => each.value && each.value !== draft.fields[each.name])) return;
    if (texts(form).every((each) => each.value === (draft.fields[each.name] ?? ""))) return;
    offered.add(form);
    for (const field of fields(form)) {
      if (!(name(field) in draft.fields)) continue;
      if (ticks(field)) field.checked = draft.fields[name(field)];
      else if (field.tagName !== "SELECT" || field.querySelector(`option[value="${CSS.escape(draft.fields[name(field)])}"]`)) {
        field.value = draft.fields[name(field)];
      }
    }
    if (same(form, draft)) under(form, draft.under);
    form.closest("details")?.setAttribute("open", "");
    form.prepend(note("draft-again", key(form), () => form.reset()));
    texts(form)[0].dispatchEvent(new Event("input", { bubbles: true }));
  }

  // The text of a form that is not there any more, for a case that somebody else resolved meanwhile.
  function leave(place) {
    const form = place.dataset.drafts;
    const draft = all().drafts[form];
    if (!draft || place.firstElementChild || [...document.forms].some((each) => isDrafted(each) && key(each) === form)) return;
    const copy = note("draft-left", form);
    copy.querySelector("textarea").value = Object.values(draft.fields).join("\n");
    place.append(copy);
  }

  function look() {
    [...document.forms].filter(isDrafted).forEach(offer);
    document.querySelectorAll("[data-drafts]").forEach(leave);
  }

  if (!reader) return; // whoever is not signed in is shown nothing, and what is kept waits
  if (all().reader !== reader) clear();
  for (const [form, { sent }] of Object.entries(all().drafts)) {
    if (sent && form.split("#")[0] === accepted) put(form, null);
  }
  look();
  document.addEventListener("htmx:afterSettle", look);
})();
