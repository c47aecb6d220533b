"""One call: what is sent, and what comes back as a model or an exception. By hand, used by what is generated."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import date, datetime
from json import dumps
from typing import Any, Protocol, TypeVar

import httpx
from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
PENDING = 202


class ProblemAnswered(Exception):
    """The service refused, or could not. `slug` names the problem type (docs/reference/problems.md).

    `more` are the fields beyond RFC 9457, as `errors`: each field with what is wrong. `retry_after` is in seconds.
    """

    def __init__(self, status: int, body: Mapping[str, Any], retry_after: int | None = None) -> None:
        self.status, self.retry_after = status, retry_after
        self.slug = str(body.get("type", "")).rpartition("/")[2]
        self.title, self.detail = str(body.get("title", "")), str(body.get("detail", ""))
        self.more = {name: value for name, value in body.items() if name not in ("type", "title", "status", "detail")}
        super().__init__(f"{status} {self.slug}: {self.detail}")


class NotDecidedYet(Exception):
    """A command was taken and is not decided yet: `get_command` with its id tells later what became of it."""

    def __init__(self, command_id: str) -> None:
        self.command_id = command_id
        super().__init__(f"command {command_id} was taken and is not decided yet")


class Caller:
    """The routes of one service, `base` before each: where a gateway shows it, `""` for the service itself.

    `http` holds the address and the bearer token: `httpx.AsyncClient(base_url=…, headers={"authorization": …})`.
    """

    def __init__(self, http: httpx.AsyncClient, base: str) -> None:
        self._http, self._base = http, base

    async def _call(
        self,
        method: str,
        path: str,
        answer: type[M],
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        body: BaseModel | Mapping[str, Any] | None = None,
    ) -> M:
        """Raises `ProblemAnswered`, `NotDecidedYet`, `httpx.TransportError`."""
        json = body.model_dump(mode="json", exclude_unset=True) if isinstance(body, BaseModel) else body
        response = await self._ask(method, path, query, headers, json=json)
        if response.status_code == PENDING and "location" in response.headers:
            raise NotDecidedYet(response.json()["command_id"])
        return answer.model_validate_json(response.content)

    async def _exchange(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        body: str | bytes | Mapping[str, Any] | None = None,
        content_type: str | None = None,
    ) -> httpx.Response:
        """Send a body that another standard defines, a text as UTF-8. Raises as `_call` does."""
        content = body if isinstance(body, str | bytes | None) else dumps(body)
        return await self._ask(method, path, query, {**(headers or {}), "content-type": content_type}, content=content)

    async def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        headers: Mapping[str, str | None] | None,
        **body: Any,
    ) -> httpx.Response:
        response = await self._http.request(
            method,
            self._base + path,
            params={name: _text(value) for name, value in (query or {}).items() if value is not None},
            headers={name: value for name, value in (headers or {}).items() if value is not None},
            **body,
        )
        if response.is_error:
            raise ProblemAnswered(response.status_code, _problem(response), _seconds(response))
        return response


class PageOf(Protocol[T]):
    """What a route that lists answers with."""

    @property
    def data(self) -> list[T]:
        """Its documents."""

    @property
    def next(self) -> str | None:
        """The `cursor` of the next page, None at the end."""


async def every(fetch: Callable[..., Awaitable[PageOf[T]]], **parameters: Any) -> AsyncIterator[T]:
    """All that a route lists, page by page: `async for case in every(client.complaints.list_cases, status="open")`."""
    cursor: str | None = None
    while True:
        page = await fetch(**parameters, cursor=cursor)
        for each in page.data:
            yield each
        cursor = page.next
        if cursor is None:
            return


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _problem(response: httpx.Response) -> dict[str, Any]:
    """The problem details; of what a proxy answered instead, its text."""
    if response.headers.get("content-type", "").startswith("application/problem+json"):
        return dict(response.json())
    return {"type": "", "title": response.reason_phrase, "detail": response.text[:500]}


def _seconds(response: httpx.Response) -> int | None:
    retry_after = response.headers.get("retry-after", "")
    return int(retry_after) if retry_after.isdecimal() else None
