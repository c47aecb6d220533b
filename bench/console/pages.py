"""How long the console's own process needs for a page, beside a bare FastAPI page and a bare `find_one`."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import httpx

from bench.bare_page import bare_page
from bench.console.loading import Loaded
from bench.measure import Measure, quantile
from deploy.local.system import System
from shared import mongo

WARM = 20


class NotLetIn(Exception):
    """The console refused a login."""


async def measures(system: System, loaded: Loaded, count: int) -> list[Measure]:
    """Queue, case and the person with many events, one after the other, as one person would open them."""
    asked = {
        "queue": ("zhou-complaints", "/cases"),
        "case": ("zhou-complaints", f"/cases/{loaded.case_id}"),
        "360": ("liu-nurse", f"/persons/{loaded.person}"),
    }
    taken: list[Measure] = []
    async with bare_page() as bare, mongo.connected(system.settings.mongo.url) as client:
        cases = client["careloop_complaints"]["cases"]
        for name, (login, path) in asked.items():
            async with signed_in(system, login) as http:
                ours = await _times(partial(_page, http, path), count)
            page = await _times(partial(_page, bare, "/"), count)
            one = await _times(partial(cases.find_one, {"_id": loaded.case_id}), count)
            for share in (50, 95):
                taken += _compared(name, share, ours, page, one)
    return taken


def _compared(name: str, share: int, ours: list[float], page: list[float], one: list[float]) -> list[Measure]:
    value, what = quantile(ours, share / 100) * 1000, f"console: {name}, server time p{share}"
    raws = {"page": (page, "bare FastAPI page"), "find_one": (one, "bare find_one")}
    return [
        Measure(f"console_{name}_{raw}_p{share}", what, value, "ms", quantile(times, share / 100) * 1000, label)
        for raw, (times, label) in raws.items()
    ]


@asynccontextmanager
async def signed_in(system: System, login: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without a screen at the console's own address."""
    assert system.backends is not None
    address = str(system.backends.console)
    async with httpx.AsyncClient(base_url=address, timeout=60) as http:
        answer = await http.post("/sign-in", data={"login": login, "password": system.users[login]})
        if answer.status_code != 303:
            raise NotLetIn(f"{login}: {answer.status_code}")
        yield http


async def _page(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 200, f"{path}: {answer.status_code}"


async def _times(ask: Callable[[], Awaitable[object]], count: int) -> list[float]:
    for _ in range(WARM):
        await ask()
    times: list[float] = []
    for _ in range(count):
        began = time.monotonic()
        await ask()
        times.append(time.monotonic() - began)
    return times
