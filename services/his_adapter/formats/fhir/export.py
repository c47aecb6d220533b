"""FHIR Bulk Data `$export` (hl7.org/fhir/uv/bulkdata, STU2): asked for, waited for, read line by line, resumable."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urljoin

import httpx
import orjson
from pydantic import AwareDatetime, Field, ValidationError

from services.his_adapter.definitions import Feed
from services.his_adapter.formats.fhir.answers import WORDS, Budget, Failed, clean, pieces, whole
from services.his_adapter.formats.fhir.asking import Answer, Asking
from services.his_adapter.formats.fhir.bundle import turn
from services.his_adapter.formats.fhir.lines import lines
from services.his_adapter.formats.fhir.signing_in import NotLetIn, Signing
from services.his_adapter.settings import Bulk
from shared.contracts.base import Part, changed

JSON, NDJSON = "application/fhir+json", "application/fhir+ndjson"
BATCH, BATCH_BYTES = 200, 8 << 20
WAIT, LONGEST = 5.0, 300.0
OVERLAP = timedelta(minutes=10)
"""How far before the last export the next one begins: what a server was still writing then may be in neither."""


class File(Part):
    """One file of a manifest."""

    type: str
    url: str


class Manifest(Part):
    """What an export came to; `transaction_time` is when the next one begins."""

    transaction_time: AwareDatetime = Field(alias="transactionTime")
    output: tuple[File, ...] = ()
    deleted: tuple[File, ...] = ()
    error: tuple[File, ...] = ()
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

    def __init__(self, client: httpx.AsyncClient, feed: Feed, signing: Signing, limits: Bulk) -> None:
        self._asking, self._feed, self._limits = Asking(client, feed, signing), feed, limits
        self._budget = Budget(limits)

    async def ask(self, position: Position) -> Position:
        """Kick off. Raises `Failed`."""
        wanted = {"_outputFormat": NDJSON}
        if position.since:
            wanted["_since"] = (datetime.fromisoformat(position.since) - OVERLAP).isoformat()
        if self._feed.types:
            wanted["_type"] = ",".join(self._feed.types)
        place = "/".join(filter(None, (self._feed.url.rstrip("/"), self._feed.level, "$export")))
        async with self._get(place, {"accept": JSON, "prefer": "respond-async"}, wanted) as (answer, url):
            if answer.status_code != 202 or not answer.headers.get("content-location"):
                raise Failed(await _said("the kick-off", answer))
            return Position(since=position.since, status_url=urljoin(str(url), answer.headers["content-location"]))

    async def manifest(self, position: Position) -> Manifest:
        """Wait until the export is there, as long as the server says. Raises `Failed`."""
        while True:
            async with self._get(position.status_url, {"accept": "application/json"}) as (answer, _):
                if answer.status_code == 200:
                    return self._checked(await whole(answer, self._limits.max_manifest_bytes, "the manifest"))
                if answer.status_code not in (202, 429, 503):
                    raise Failed(await _said("the export", answer, words=False))
                pause = _retry_after(answer)
            await asyncio.sleep(pause)

    def _checked(self, body: bytes) -> Manifest:
        try:
            manifest = Manifest.model_validate_json(body, extra="ignore")
        except ValidationError as error:
            first = error.errors()[0]
            raise Failed(f"the manifest is none: {first['loc']} {first['msg']}") from error
        files, most = len((*manifest.output, *manifest.deleted, *manifest.error)), self._limits.max_files
        if files > most:
            raise Failed(f"the manifest names {files} files, more than {most} (CARELOOP_BULK__MAX_FILES)")
        return manifest

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

    async def errors(self, manifest: Manifest) -> AsyncIterator[bytes]:
        """The lines of what the server could not export. Raises `Failed`."""
        for file in manifest.error:
            async for batch in self._read(file, manifest.requires_access_token, 0):
                for line in filter(bytes.strip, batch):
                    yield line

    async def _read(self, file: File, needs_token: bool, skip: int) -> AsyncIterator[list[bytes]]:
        """A file's lines behind `skip`, so many or so much at a time. Our token goes to nobody we were not told of."""
        batch, size, at = list[bytes](), 0, 0
        origins = self._asking.origins
        place, goes = urljoin(self._feed.url, file.url), origins.trusted if needs_token else _nowhere
        async with self._asking.get(place, {"accept": NDJSON}, goes) as (answer, _):
            if answer.status_code != 200:
                raise Failed(await _said(f"the {clean(file.type)} file", answer, words=False))
            async for line in lines(pieces(answer, self._budget), self._limits.max_line_bytes):
                at += 1
                if at > skip:
                    batch.append(line)
                    size += len(line)
                if len(batch) == BATCH or size > BATCH_BYTES:
                    yield batch
                    batch, size = [], 0
        if batch:
            yield batch

    async def end(self, position: Position) -> None:
        """Tell the server that its files are no longer needed; nothing depends on it."""
        with suppress(httpx.HTTPError, NotLetIn, Failed):
            await self._asking.delete(position.status_url)

    def _get(
        self, url: str, headers: dict[str, str], params: dict[str, str] | None = None
    ) -> AbstractAsyncContextManager[Answer]:
        return self._asking.get(url, headers, self._asking.origins.own, params)


def _nowhere(url: httpx.URL) -> bool:
    return False


async def _said(what: str, answer: httpx.Response, words: bool = True) -> str:
    """What the server answered; in its own words only where no patient can be in them, else by its codes."""
    try:
        issues = orjson.loads(await whole(answer, WORDS, "the answer")).get("issue", [])
        said = [(issue.get("diagnostics") if words else "") or issue.get("code") for issue in issues[:5]]
        told = "; ".join(clean(each) for each in said)
    except (ValueError, AttributeError, TypeError, Failed):
        told = ""
    return f"{what} was answered {answer.status_code}{': ' if told else ''}{told}"


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
