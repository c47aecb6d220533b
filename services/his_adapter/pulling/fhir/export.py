"""FHIR Bulk Data `$export` (hl7.org/fhir/uv/bulkdata, STU2): kick-off, polling and resumable reading of its files."""

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

from services.his_adapter.formats.fhir.bundle import turn
from services.his_adapter.formats.settings import Bulk
from services.his_adapter.pulling.fhir.bodies import WORDS, Budget, Failed, clean, pieces, whole
from services.his_adapter.pulling.fhir.client import FhirAnswer, FhirClient
from services.his_adapter.pulling.fhir.definitions import Feed
from services.his_adapter.pulling.fhir.lines import lines
from services.his_adapter.pulling.fhir.signing_in import Signing, SignInRefused
from shared.contracts.base import Part, changed

JSON, NDJSON = "application/fhir+json", "application/fhir+ndjson"
BATCH, BATCH_BYTES = 200, 8 << 20
WAIT_SECONDS, MAX_WAIT_SECONDS = 5.0, 300.0
OVERLAP = timedelta(minutes=10)
"""The next export starts this long before the last one, for resources that were being written at that time."""


class File(Part):
    """One file of a manifest."""

    type: str
    url: str


class Manifest(Part):
    """Manifest of a finished export; `transaction_time` becomes `since` of the next one."""

    transaction_time: AwareDatetime = Field(alias="transactionTime")
    output: tuple[File, ...] = ()
    deleted: tuple[File, ...] = ()
    error: tuple[File, ...] = ()
    requires_access_token: bool = Field(True, alias="requiresAccessToken")


class Position(Part):
    """Read position of a feed: everything before `since`, and the files and lines read of an export in progress."""

    since: str = ""
    status_url: str = ""
    files: int = 0
    lines: int = 0


class Lines(NamedTuple):
    """Lines of a file, and the position after they are stored (`then`)."""

    type: str
    lines: list[bytes]
    deleted: bool
    then: Position


class Export:
    """Runs the exports of one feed over an HTTP client."""

    def __init__(self, client: httpx.AsyncClient, feed: Feed, signing: Signing, limits: Bulk) -> None:
        self._asking, self._feed, self._limits = FhirClient(client, feed, signing), feed, limits
        self._budget = Budget(limits)

    async def ask(self, position: Position) -> Position:
        """Start an export; return the position with its status URL. Raises `Failed`."""
        params = {"_outputFormat": NDJSON}
        if position.since:
            params["_since"] = (datetime.fromisoformat(position.since) - OVERLAP).isoformat()
        if self._feed.types:
            params["_type"] = ",".join(self._feed.types)
        url_of_export = "/".join(filter(None, (self._feed.url.rstrip("/"), self._feed.level, "$export")))
        async with self._get(url_of_export, {"accept": JSON, "prefer": "respond-async"}, params) as (answer, url):
            if answer.status_code != 202 or not answer.headers.get("content-location"):
                raise Failed(await _error_text("the kick-off", answer))
            return Position(since=position.since, status_url=urljoin(str(url), answer.headers["content-location"]))

    async def manifest(self, position: Position) -> Manifest:
        """Poll at the server's interval until the export is finished; return its manifest. Raises `Failed`."""
        while True:
            async with self._get(position.status_url, {"accept": "application/json"}) as (answer, _):
                if answer.status_code == 200:
                    return self._checked(await whole(answer, self._limits.max_manifest_bytes, "the manifest"))
                if answer.status_code not in (202, 429, 503):
                    raise Failed(await _error_text("the export", answer, words=False))
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
        """Yield the lines that are not read yet, patients first. Raises `Failed`; lines yielded before remain valid."""
        files = [(file, False) for file in sorted(manifest.output, key=lambda file: turn(file.type))]
        files += [(file, True) for file in manifest.deleted]
        for number, (file, deleted) in enumerate(files[position.files :], position.files):
            done = position.lines if number == position.files else 0
            async for batch in self._read(file, manifest.requires_access_token, done):
                done += len(batch)
                then = changed(position, files=number, lines=done)
                yield Lines(file.type, batch, deleted, then)

    async def errors(self, manifest: Manifest) -> AsyncIterator[bytes]:
        """Yield the lines of the error files: resources that the server could not export. Raises `Failed`."""
        for file in manifest.error:
            async for batch in self._read(file, manifest.requires_access_token, 0):
                for line in filter(bytes.strip, batch):
                    yield line

    async def _read(self, file: File, needs_token: bool, skip: int) -> AsyncIterator[list[bytes]]:
        """Yield the lines of a file after `skip`, in batches. The token is only sent to trusted origins."""
        batch, size, number = list[bytes](), 0, 0
        origins = self._asking.origins
        address, token_goes_to = urljoin(self._feed.url, file.url), origins.trusted if needs_token else _nowhere
        async with self._asking.get(address, {"accept": NDJSON}, token_goes_to) as (answer, _):
            if answer.status_code != 200:
                raise Failed(await _error_text(f"the {clean(file.type)} file", answer, words=False))
            async for line in lines(pieces(answer, self._budget), self._limits.max_line_bytes):
                number += 1
                if number > skip:
                    batch.append(line)
                    size += len(line)
                if len(batch) == BATCH or size > BATCH_BYTES:
                    yield batch
                    batch, size = [], 0
        if batch:
            yield batch

    async def end(self, position: Position) -> None:
        """Delete the export on the server; errors are ignored."""
        with suppress(httpx.HTTPError, SignInRefused, Failed):
            await self._asking.delete(position.status_url)

    def _get(
        self, url: str, headers: dict[str, str], params: dict[str, str] | None = None
    ) -> AbstractAsyncContextManager[FhirAnswer]:
        return self._asking.get(url, headers, self._asking.origins.own, params)


def _nowhere(url: httpx.URL) -> bool:
    return False


async def _error_text(what: str, answer: httpx.Response, words: bool = True) -> str:
    """Describe an error response. `words`: quote its diagnostics; else only codes, as texts may name patients."""
    try:
        issues = orjson.loads(await whole(answer, WORDS, "the answer")).get("issue", [])
        texts = [(issue.get("diagnostics") if words else "") or issue.get("code") for issue in issues[:5]]
        details = "; ".join(clean(text) for text in texts)
    except (ValueError, AttributeError, TypeError, Failed):
        details = ""
    return f"{what} was answered {answer.status_code}{': ' if details else ''}{details}"


def _retry_after(answer: httpx.Response) -> float:
    """Return the seconds to wait by `Retry-After` (seconds or HTTP date), 5 without it, at most 300."""
    retry_after = answer.headers.get("retry-after", "")
    if retry_after.isdigit():
        return min(float(retry_after), MAX_WAIT_SECONDS)
    try:
        until, now = (parsedate_to_datetime(text) for text in (retry_after, answer.headers["date"]))
        return min(max((until - now).total_seconds(), 0.0), MAX_WAIT_SECONDS)
    except (ValueError, TypeError, KeyError):
        return WAIT_SECONDS
