// Tells who else is at the case or person of a page, and says where this reader is. One tab of the browser says it for
// all (Web Locks elects it); a tab that nobody sees, or where nobody did anything for ten minutes, is nowhere.
(() => {
  const NAME = "careloop-presence";
  const AGAIN_MS = 20000;
  const BETWEEN_MS = 1000; // it is not said more often than that
  const TYPING_MS = 30000; // for so long after the last letter somebody counts as writing
  const IDLE_MS = 600000;
  const DRAWN_MS = 150;
  const MOST_SAID = 40; // the console refuses more at once
  const tab = Math.random().toString(36).slice(2);
  const channel = new BroadcastChannel(NAME);
  const people = new Map(); // subject → the others who are there
  let leader = null;
  let joined = false;
  let active = Date.now();
  let typed = 0;
  let stopped = 0;
  let drawing = 0;

  // ---- what this reader is told ----

  const places = () => [...document.querySelectorAll("[data-presence]")];

  function draw() {
    drawing = 0;
    for (const place of places()) {
      const there = people.get(place.dataset.presence) || [];
      const text = there.map(({ name, what }) => place.dataset[what].replace("#", name)).join(" · ");
      if (place.textContent !== text) place.textContent = text;
    }
  }

  document.addEventListener("careloop:presence", ({ detail }) => {
    if (detail.kind === "here") people.clear(); // a new stream says all of it again
    else people.set(detail.subject, detail.people);
    drawing ||= setTimeout(draw, DRAWN_MS);
  });

  // ---- where this reader is ----

  const word = (subject) =>
    [...document.querySelectorAll("[data-live]")].find((part) => part.dataset.live.split(" ").includes(subject))?.dataset.pass;

  function mine() {
    if (document.hidden || Date.now() - active > IDLE_MS) return [];
    const what = Date.now() - typed < TYPING_MS ? "typing" : "viewing";
    const subjects = places().map((place) => place.dataset.presence);
    return subjects.map((subject) => ({ subject, what, word: word(subject) })).filter((each) => each.word);
  }

  function say(list = mine(), now = false) {
    if (!joined && !list.length) return;
    if (!joined) join();
    channel.postMessage({ tab, list });
    leader?.hears(tab, list, now);
  }

  function join() {
    joined = true;
    if (navigator.locks) navigator.locks.request(NAME, lead);
    else lead(); // no secure context: each tab speaks for itself
  }

  for (const kind of ["pointermove", "pointerdown", "keydown", "scroll"]) {
    document.addEventListener(kind, () => {
      const back = Date.now() - active > IDLE_MS;
      active = Date.now();
      if (back) say();
    }, { passive: true, capture: true });
  }
  document.addEventListener("input", (event) => {
    if (!event.isTrusted || event.target.form?.method !== "post" || !places().length) return;
    const begins = Date.now() - typed >= TYPING_MS;
    typed = Date.now();
    clearTimeout(stopped);
    stopped = setTimeout(say, TYPING_MS + 100);
    if (begins) say();
  });
  document.addEventListener("visibilitychange", () => say());
  document.addEventListener("htmx:afterSettle", () => {
    draw();
    say();
  });
  addEventListener("pagehide", () => say([], true));
  addEventListener("pageshow", (event) => event.persisted && say());
  setInterval(() => document.hidden || say(), AGAIN_MS);

  // ---- the tab that speaks for all ----

  function lead() {
    const tabs = new Map(); // tab → what it is at, and when it said so
    let spoken = new Map(); // subject → what was said last
    let last = 0;
    let timer = 0;

    function speak() {
      timer = 0;
      const wanted = new Map();
      for (const [id, { list, at }] of tabs) {
        if (!list.length || Date.now() - at > 2.5 * AGAIN_MS) tabs.delete(id);
        else for (const each of list) if (each.what === "typing" || !wanted.has(each.subject)) wanted.set(each.subject, each);
      }
      const gone = [...spoken.values()].filter((each) => !wanted.has(each.subject)).map((each) => ({ ...each, what: "gone" }));
      const news = gone.length || [...wanted.values()].some((each) => spoken.get(each.subject)?.what !== each.what);
      if (!news && Date.now() - last < AGAIN_MS - BETWEEN_MS) return;
      const body = JSON.stringify([...gone, ...wanted.values()].slice(0, MOST_SAID));
      spoken = wanted;
      if (body === "[]") return;
      last = Date.now();
      const headers = { "content-type": "application/json", "careloop-live": "1" };
      fetch("/live/presence", { method: "POST", headers, body, keepalive: true }).catch(() => (spoken = new Map()));
    }

    // A tab that is not seen has slow timers, so that what another one says is passed on at once if it may be.
    leader = {
      hears: (id, list, now) => {
        tabs.set(id, { list, at: Date.now() });
        const wait = last + BETWEEN_MS - Date.now();
        if (now || wait <= 0) speak();
        else timer ||= setTimeout(speak, wait);
      },
    };
    channel.postMessage({ who: true });
    say();
    return new Promise(() => {}); // the lock is held until the tab is gone
  }

  channel.onmessage = ({ data }) => {
    if (data.who) say();
    else if (navigator.locks) leader?.hears(data.tab, data.list, false);
  };
  say();
})();
