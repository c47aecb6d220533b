"""Live updates: what the deciders wrote becomes a word to the pages that show it, which then ask the services again.

`hub` reads the events topics without a group, and only the ids in them: no personal data, no keys. `changes` is what an
envelope says and the window in which a browser may resume, `stream` what waits for one browser, `passes` which ids a
page may hear of: those that its reader was shown, sealed when the page was rendered. `routes` sends them as server-sent
events (WHATWG HTML, 9.2). The browser's side is `static/live.js`.
"""
