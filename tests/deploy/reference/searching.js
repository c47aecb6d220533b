// What the search of a built site finds: `node searching.js SITE < words.json` prints word → locations, best first.
// It runs the worker that pages run, so that words are cut as there.
const fs = require("fs"), vm = require("vm");
const site = process.argv[2], workers = `${site}/assets/javascripts/workers`;
const SETUP = 0, QUERY = 2, RESULT = 3;
let listener, answered;
const page = {
  console, Intl, URL, setTimeout, importScripts() {}, location: { href: `http://site/${workers}` },
  addEventListener: (_, heard) => { listener = heard; },
  postMessage: (message) => answered(message),
};
page.self = page;
const [worker] = fs.readdirSync(workers).filter((name) => name.endsWith(".js"));
vm.runInNewContext(fs.readFileSync(`${workers}/${worker}`, "utf8"), page);
const ask = (type, data) => new Promise((resolve) => { answered = resolve; listener({ data: { type, data } }); });

(async () => {
  const index = JSON.parse(fs.readFileSync(`${site}/search/search_index.json`));
  await ask(SETUP, { ...index, options: { suggest: false } });
  const found = {};
  for (const word of JSON.parse(fs.readFileSync(0))) {
    const { type, data } = await ask(QUERY, word);
    if (type !== RESULT) throw new Error(`the worker answered ${type}`);
    found[word] = data.items.map((sections) => sections[0].location);
  }
  console.log(JSON.stringify(found));
})();
