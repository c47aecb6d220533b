// Keeps the parts of a page current that declare `data-live`. One tab of the browser reads the stream (Web Locks elects
// it) and passes on what it hears (BroadcastChannel); when it closes, the next one goes on where each tab stopped.
(() => {
  const LOCK = "careloop-live";
  const QUIET_MS = 100; // what comes within this time is one request
  const BETWEEN_MS = 700; // a part is not asked for more often than that
  const SPREAD_MS = 2000; // within this time the pages of a whole house ask again when the console is back
  const CONNECT_MS = 50; // what other tabs want is one connection
  const AWAY_MS = 5000; // after this time without a stream the page says so
  const RETRY_MS = [1000, 2000, 5000, 15000];
  const tab = Math.random().toString(36).slice(2);
  const channel = new BroadcastChannel(LOCK);
  const passes = new Map(); // word of the pass → {pass, due, heard: mark up to which its changes were heard}
  const parts = new Map(); // id of the part → {seen, timer, busy, tries, stale, all}
  let joined = false;
  let leader = null;
  let unload = false;

  const live = () => [...document.querySelectorAll("[data-live]")];
  const word = (element) => element.dataset.pass.split(".")[0];
  const later = (tries) => RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] * (0.7 + Math.random() * 0.6);

  // ---- this tab: what it shows, and asking for it again ----

  // A pass that is rendered again for the same ids changes nothing until the old one is about to end.
  function scan() {
    let changed = false;
    for (const element of live()) {
      const old = passes.get(word(element));
      if (old && (Date.now() < old.due || old.pass === element.dataset.pass)) continue;
      passes.set(word(element), { pass: element.dataset.pass, due: Date.now() + element.dataset.lasts * 900, heard: "" });
      changed = true;
    }
    const words = new Set(live().map(word));
    for (const gone of [...passes.keys()].filter((each) => !words.has(each))) {
      passes.delete(gone);
      changed = true;
    }
    if (!joined && passes.size) join();
    else if (changed) want();
  }

  function want() {
    const mine = { tab, passes: [...passes.values()].map((each) => [each.pass, each.heard]) };
    channel.postMessage({ want: mine });
    leader?.wants(mine);
  }

  function join() {
    joined = true;
    if (navigator.locks) navigator.locks.request(LOCK, lead);
    else lead(); // no secure context: each tab reads for itself
    want();
  }

  function hear(event) {
    for (const each of passes.values()) {
      if (event.mark && event.open.includes(each.pass)) each.heard = event.mark;
    }
    if (event.kind === "change") {
      const decider = event.type.split(".")[1];
      for (const element of live()) {
        const shows = element.dataset.live.split(" ");
        const about = ["*", ...event.id.split(" ")].map((id) => `${decider}/${id}`);
        if (about.some((each) => shows.includes(each))) stale(element, event.position);
      }
    } else if (event.kind === "refresh") {
      for (const element of live()) {
        const refused = event.passes?.includes(passes.get(word(element))?.pass);
        if (refused) passes.get(word(element)).due = 0;
        if (refused) stale(element, event.position, false, Math.random() * SPREAD_MS);
        else if (!event.passes) stale(element, event.position);
      }
    } else if (event.kind !== "presence") note(event.kind);
    if (["presence", "here"].includes(event.kind)) {
      document.dispatchEvent(new CustomEvent("careloop:presence", { detail: event }));
    }
  }

  function stale(element, position, all = false, least = QUIET_MS) {
    const part = parts.get(element.id) || { seen: new Set(), tries: 0 };
    parts.set(element.id, part);
    if (position) part.seen.add(position);
    part.seen = new Set([...part.seen].slice(-80));
    part.stale = true;
    part.all ||= all;
    if (part.timer && !all) return;
    clearTimeout(part.timer);
    const wait = part.tries ? later(part.tries) : Math.max(least, (part.at || 0) + BETWEEN_MS - Date.now());
    part.timer = setTimeout(ask, all ? 0 : wait, element.id, part);
  }

  // Nothing is asked for a tab that nobody sees: it is done when it is seen, and each request is a look at a person.
  async function ask(id, part) {
    const element = document.getElementById(id);
    clearTimeout(part.timer);
    part.timer = 0;
    if (!element?.dataset.live || part.busy || !part.stale || document.hidden || unload) return;
    const asked = [...part.seen];
    Object.assign(part, { busy: true, stale: false, status: 0, seen: new Set(), shown: part.all, all: false, at: Date.now() });
    const url = new URL(element.dataset.from, location.href);
    for (const position of asked) url.searchParams.append("seen", position);
    const headers = { "careloop-live": "1" };
    try {
      await htmx.ajax("GET", url.pathname + url.search, { target: element, source: element, swap: "morph:outerHTML", headers });
    } catch {
      part.status = 0;
    }
    part.busy = false;
    if (part.status === 401) return hear({ kind: "over" });
    const failed = part.status === 0 || part.status >= 500;
    part.tries = failed ? part.tries + 1 : 0;
    if (failed) asked.forEach((position) => part.seen.add(position));
    if (failed) part.all ||= part.shown;
    const again = document.getElementById(id);
    if ((failed || part.stale) && again?.dataset.live) stale(again);
  }

  function awake() {
    if (document.hidden) return;
    for (const element of live()) {
      const part = parts.get(element.id);
      const pass = passes.get(word(element));
      if (part?.stale) ask(element.id, part);
      else if (pass && Date.now() >= pass.due) stale(element);
    }
  }

  // ---- what somebody is doing stays as it is ----

  const EDITS = "input, select, textarea, [contenteditable]";
  const dirty = new WeakSet();
  let morphing = false;
  document.addEventListener("input", (event) => event.target.form && dirty.add(event.target.form));
  document.addEventListener("reset", (event) => dirty.delete(event.target));
  document.addEventListener("htmx:afterRequest", (event) => event.detail.successful && dirty.delete(event.detail.elt));

  const typing = () => (document.activeElement?.matches(EDITS) ? document.activeElement : null);
  const chosen = (node) => node.type === "checkbox" && node.checked && dirty.has(node.form);
  const kept = (node) => node === typing() || chosen(node) || node.dataset?.kept !== undefined || (node.tagName === "FORM" && (dirty.has(node) || node.contains(typing())));
  const holds = (node) => kept(node) || [...(node.querySelectorAll?.(`form, [data-kept], ${EDITS}`) || [])].some(kept);
  Object.assign(Idiomorph.defaults.callbacks, {
    beforeNodeMorphed: (node) => !(morphing && kept(node)),
    beforeNodeRemoved: (node) => !(morphing && holds(node)),
    beforeAttributeUpdated: (name, node) => !(morphing && name === "open" && node.tagName === "DETAILS"),
  });

  const within = (list, node) => Boolean(node) && list.contains(node);
  const reading = (list) =>
    within(list, document.activeElement) ||
    (!getSelection().isCollapsed && within(list, getSelection().anchorNode)) ||
    list.getBoundingClientRect().top < 0;

  function struck(row, says) {
    const copy = row.cloneNode(true);
    if (copy.classList.contains("gone")) return copy;
    copy.classList.add("gone");
    const note = document.createElement("span");
    note.className = "hidden";
    note.textContent = says;
    (copy.querySelector("td") || copy).append(note);
    return copy;
  }

  // Rows keep their places: new ones wait behind a button, one that is gone stays until then, struck out. Where there is
  // a next page (`data-cut`), as many of the last rows as are new may only have moved there: they are not struck out.
  function settle(fresh, old) {
    const rows = new Map([...fresh.children].filter((row) => row.id).map((row) => [row.id, row]));
    const before = [...old.children].filter((row) => row.id);
    const arrivals = [...rows.keys()].filter((id) => !before.some((row) => row.id === id));
    const pushed = fresh.dataset.cut === undefined ? 0 : arrivals.length;
    const absent = before.length - 1 - before.findLastIndex((row) => rows.has(row.id));
    const moved = new Set(before.slice(before.length - Math.min(absent, pushed)));
    const still = (row) => rows.get(row.id) || (moved.has(row) ? row.cloneNode(true) : struck(row, fresh.dataset.gone));
    fresh.replaceChildren(...before.map(still));
    fresh.closest("table")?.toggleAttribute("hidden", !before.length); // the last row, struck out, is still shown
    if (!arrivals.length) return;
    const button = document.createElement("button");
    button.type = "button";
    button.id = `${fresh.id}-new`;
    button.dataset.shows = fresh.id;
    button.textContent = fresh.dataset.new.replace("#", arrivals.length);
    const line = document.createElement("p");
    line.setAttribute("role", "status");
    line.append(button);
    const box = fresh.closest("table") || fresh;
    box.before(line);
  }

  document.addEventListener("click", (event) => {
    const list = document.getElementById(event.target.closest?.("[data-shows]")?.dataset.shows);
    if (list) stale(list.closest("[data-live]"), undefined, true);
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { requestConfig, xhr, target } = event.detail;
    if (!requestConfig?.headers["careloop-live"]) return;
    const part = parts.get(target.id); // none: it asks every few seconds, and hears of no changes
    if (part) part.status = xhr.status;
    else note(xhr.status === 401 ? "over" : xhr.status < 500 ? "here" : "away");
    event.detail.shouldSwap = xhr.status < 500 && xhr.status !== 401;
    if (!event.detail.shouldSwap) return;
    const template = document.createElement("template");
    template.innerHTML = event.detail.serverResponse;
    event.detail.shouldSwap = Boolean(template.content.getElementById(target.id)); // a page of trouble is no part
    if (!event.detail.shouldSwap) return;
    for (const fresh of template.content.querySelectorAll("[data-arrivals]")) {
      const old = document.getElementById(fresh.id);
      const waits = old?.children.length && !part?.shown && (fresh.dataset.arrivals === "wait" || reading(old));
      if (waits) settle(fresh, old);
    }
    event.detail.serverResponse = template.innerHTML;
    morphing = true;
  });
  document.addEventListener("htmx:afterSwap", () => (morphing = false));
  const polls = ({ requestConfig, target }) => requestConfig?.headers["careloop-live"] && !parts.has(target.id);
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && polls(event.detail)) event.preventDefault();
  });
  document.addEventListener("htmx:sendError", (event) => polls(event.detail) && note("away"));
  document.addEventListener("htmx:afterSettle", scan);

  // ---- the leader: one stream for all tabs ----

  function lead() {
    const tabs = new Map();
    let source = null;
    let open = [];
    let timer = 0;
    let tries = 0;
    let away = 0;

    const tell = (event) => {
      for (const each of [...tabs.values()].flatMap((one) => one.passes)) {
        if (event.mark && open.includes(each[0])) each[1] = event.mark;
      }
      channel.postMessage({ event });
      hear(event);
    };
    const soon = (wait = CONNECT_MS) => {
      clearTimeout(timer);
      timer = setTimeout(connect, wait);
    };

    function connect() {
      const wanted = new Map();
      for (const each of tabs.values()) each.passes.forEach(([pass, mark]) => wanted.set(pass, mark));
      const list = [...wanted.keys()];
      if (source?.readyState === EventSource.OPEN && open.join() === list.join()) return;
      source?.close();
      open = list;
      const query = new URLSearchParams([...wanted].map(([pass, mark]) => ["pass", `${pass}~${mark}`]));
      source = new EventSource(`/live?${query}`);
      source.addEventListener("change", ({ data, lastEventId }) =>
        tell({ ...JSON.parse(data), kind: "change", mark: lastEventId, open }));
      source.addEventListener("refresh", ({ data, lastEventId }) => {
        const { position, passes } = JSON.parse(data);
        const refused = passes?.map((number) => list[number]);
        tell({ kind: "refresh", position, passes: refused, mark: refused ? "" : lastEventId, open });
      });
      source.addEventListener("presence", ({ data }) => tell({ ...JSON.parse(data), kind: "presence" }));
      source.addEventListener("over", () => {
        source.close();
        tell({ kind: "over" });
        soon(RETRY_MS.at(-1));
      });
      source.onopen = () => {
        tries = 0;
        clearTimeout(away);
        away = 0;
        tell({ kind: "here" });
      };
      source.onerror = () => {
        away ||= setTimeout(tell, AWAY_MS, { kind: "away" });
        if (source.readyState === EventSource.CLOSED) soon(later(tries++));
      };
    }

    leader = {
      wants: (mine) => {
        tabs.set(mine.tab, mine);
        soon();
      },
      bye: (id) => tabs.delete(id),
    };
    channel.postMessage({ who: true });
    want();
    return new Promise(() => {}); // the lock is held until the tab is gone
  }

  // ---- what people are told ----

  function note(kind) {
    const box = document.getElementById("live-note");
    if (!box) return;
    box.hidden = kind === "here";
    box.textContent = kind === "here" ? "" : box.dataset[kind];
  }

  channel.onmessage = ({ data }) => {
    if (data.who && joined) want();
    else if (data.want) leader?.wants(data.want);
    else if (data.bye) leader?.bye(data.bye);
    else if (data.event) hear(data.event);
  };
  addEventListener("pagehide", () => {
    unload = true;
    channel.postMessage({ bye: tab });
  });
  document.addEventListener("visibilitychange", awake);
  setInterval(awake, 30000);
  scan();
})();
