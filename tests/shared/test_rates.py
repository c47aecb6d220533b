"""A client that runs wild is told when to come back, and takes nothing from others or from other routes."""

import pytest

from shared.guard import RateCounts, rates
from shared.problems import Problem


async def spent(
    counts: RateCounts, times: int, route: str, client: str, per_minute: int | None = None
) -> Problem | None:
    for _ in range(times):
        try:
            await counts.spend(route, client, per_minute)
        except Problem as problem:
            return problem
    return None


async def test_the_next_request_too_many_is_a_429_that_says_when_to_ask_again() -> None:
    counts = RateCounts(10)
    assert await spent(counts, 10, "GET /v1/cases", "li") is None
    refused = await spent(counts, 1, "GET /v1/cases", "li")
    assert refused is not None
    assert (refused.status, "more than 10 requests a minute to GET /v1/cases" in refused.detail) == (429, True)
    assert 1 <= int((refused.headers or {})["retry-after"]) <= 60


async def test_others_and_other_routes_are_counted_apart() -> None:
    counts = RateCounts(10)
    assert await spent(counts, 11, "GET /v1/cases", "li")
    assert await spent(counts, 10, "GET /v1/cases", "wang") is None
    assert await spent(counts, 10, "GET /v1/tasks", "li") is None


async def test_a_route_says_more_and_the_settings_have_the_last_word() -> None:
    counts = RateCounts(2, {"POST /v1/cases": 3})
    assert await spent(counts, 50, "POST /v1/touchpoints", "machine", 50) is None
    assert await spent(counts, 51, "POST /v1/touchpoints", "machine", 50)
    assert await spent(counts, 3, "POST /v1/cases", "machine", 50) is None
    assert await spent(counts, 1, "POST /v1/cases", "machine", 50)


async def test_as_many_clients_as_there_may_be_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MAX_CLIENTS", 100)
    counts = RateCounts(10)
    for number in range(1000):
        await counts.spend("GET /s/{token}", f"link-{number}", None)
    assert len(counts._storage.storage) <= 102
