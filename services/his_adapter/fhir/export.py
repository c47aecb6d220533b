"""FHIR Bulk Data `$export` (hl7.org/fhir/uv/bulkdata, STU2): asked for, waited for, read line by line, resumable."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urljoin

import httpx
from pydantic import AwareDatetime, Field, ValidationError

from services.his_adapter.definitions import Feed
from services.his_adapter.fhir.bundle import turn
from services.his_adapter.fhir.signing_in import Bearer, NotLetIn
from shared.contracts.base import Part, changed

JSON, NDJSON = "application/fhir+json", "application/fhir+ndjson"
BATCH = 200
WAIT, LONGEST = 5.0, 300.0
OVERLAP = timedelta(minutes=10)
"""How far before the last export the next one begins: what a server was still writing then may be in neither."""


class Failed(Exception):
    """The server did not do as asked; the text says what it answered."""


class File(Part):
    """One file of a manifest."""

    type: str
    url: str


class Manifest(Part):
    """What an export came to; `transaction_time` is when the next one begins."""

    transaction_time: AwareDatetime = Field(alias="transactionTime")
    output: tuple[File, ...] = ()
    deleted: tuple[File, ...] = ()
    requires_access_token: bool = Field(True, alias="requiresAccessToken")


class Position(Part):
    """How far a feed was read: everything before `since`, and of an export under way so many files and lines."""

    since: str = ""
    status_url: str = ""
    files: int = 0
    lines: int = 0


class Lines(NamedTuple):
    """Some lines of a file, and where to go on once they are stored."""

    type: str
    lines: list[bytes]
    deleted: bool
    then: Position


class Export:
    """One feed's exports over an HTTP client."""

    def __init__(self, client: httpx.AsyncClient, feed: Feed, auth: httpx.Auth | None = None) -> None:
        self._client, self._feed, self._auth = client, feed, auth or Bearer("")

    async def ask(self, position: Position) -> Position:
        """Kick off. Raises `Failed`."""
        wanted = {"_outputFormat": NDJSON}
        if position.since:
            wanted["_since"] = (datetime.fromisoformat(position.since) - OVERLAP).isoformat()
        if self._feed.types:
            wanted["_type"] = ",".join(self._feed.types)
        place = "/".join(filter(None, (self._feed.url.rstrip("/"), self._feed.level, "$export")))
        answer = await self._get(place, {"accept": JSON, "prefer": "respond-async"}, wanted)
        if answer.status_code != 202 or not answer.headers.get("content-location"):
            raise Failed(_said("the kick-off", answer))
        return Position(since=position.since, status_url=urljoin(str(answer.url), answer.headers["content-location"]))

    async def manifest(self, position: Position) -> Manifest:
        """Wait until the export is there, as long as the server says. Raises `Failed`."""
        while True:
            answer = await self._get(position.status_url, {"accept": "application/json"})
            if answer.status_code == 200:
                try:
                    return Manifest.model_validate_json(answer.content, extra="ignore")
                except ValidationError as error:
                    first = error.errors()[0]
                    raise Failed(f"the manifest is none: {first['loc']} {first['msg']}") from error
            if answer.status_code not in (202, 429, 503):
                raise Failed(_said("the export", answer))
            await asyncio.sleep(_retry_after(answer))

    async def lines(self, manifest: Manifest, position: Position) -> AsyncIterator[Lines]:
        """What is left to read, patients first. Raises `Failed`; what was given before counts."""
        files = [(file, False) for file in sorted(manifest.output, key=lambda file: turn(file.type))]
        files += [(file, True) for file in manifest.deleted]
        for number, (file, deleted) in enumerate(files[position.files :], position.files):
            done = position.lines if number == position.files else 0
            async for batch in self._read(file, manifest.requires_access_token, done):
                done += len(batch)
                then = changed(position, files=number, lines=done)
                yield Lines(file.type, batch, deleted, then)

    async def _read(self, file: File, needs_token: bool, skip: int) -> AsyncIterator[list[bytes]]:
        batch: list[bytes] = []
        place, auth = urljoin(self._feed.url, file.url), self._auth if needs_token else None
        async with self._client.stream("GET", place, headers={"accept": NDJSON}, auth=auth) as answer:
            if answer.status_code != 200:
                await answer.aread()
                raise Failed(_said(f"the {file.type} file", answer))
            at = 0
            async for line in _lines(answer):
                at += 1
                if at > skip:
                    batch.append(line)
                if len(batch) == BATCH:
                    yield batch
                    batch = []
        if batch:
            yield batch

    async def end(self, position: Position) -> None:
        """Tell the server that its files are no longer needed; nothing depends on it."""
        try:
            await self._client.delete(position.status_url, auth=self._auth)
        except (httpx.HTTPError, NotLetIn):
            return

    async def _get(self, url: str, headers: dict[str, str], params: dict[str, str] | None = None) -> httpx.Response:
        return await self._client.get(url, headers=headers, params=params, auth=self._auth)


async def _lines(answer: httpx.Response) -> AsyncIterator[bytes]:
    """Lines end with LF alone: httpx's own reader also breaks where a text holds U+2028."""
    rest = b""
    async for chunk in answer.aiter_bytes():
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line
    if rest:
        yield rest


def _said(what: str, answer: httpx.Response) -> str:
    """What the server answered, in its own words where it has any."""
    try:
        issues = answer.json().get("issue", [])
        words = "; ".join(str(issue.get("diagnostics") or issue.get("code")) for issue in issues)
    except (ValueError, AttributeError):
        words = ""
    return f"{what} was answered {answer.status_code}{': ' if words else ''}{words}"


def _retry_after(answer: httpx.Response) -> float:
    """Seconds, or until an HTTP date; 5 s where nothing is said."""
    said = answer.headers.get("retry-after", "")
    if said.isdigit():
        return min(float(said), LONGEST)
    try:
        until, now = (parsedate_to_datetime(text) for text in (said, answer.headers["date"]))
        return min(max((until - now).total_seconds(), 0.0), LONGEST)
    except (ValueError, TypeError, KeyError):
        return WAIT
