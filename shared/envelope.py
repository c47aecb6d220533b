"""CloudEvents 1.0 on Kafka: structured mode is written, structured and binary mode are read."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

import orjson

from shared.actor import UNKNOWN, Actor
from shared.contracts.base import Payload
from shared.origin import Origin

M = TypeVar("M", bound=Payload, covariant=True)

_REQUIRED = ("specversion", "id", "source", "type")
_TEXTS = {"keyid", "correlationid", "causationid", "time", "recordedtime", "fingerprint", "authtype", "authid"}


class Envelope(NamedTuple, Generic[M]):
    """A payload with its context. `data`: the typed payload.

    `time`: when it happened; `recorded`: when we learned it. `sequence`: number of the event within its aggregate, from
    1. `command_offset`: offset of the command that caused it. `fingerprint`: detects another request with the same
    Idempotency-Key. `keyid`: the key it was encrypted with if its identity may come back after an erasure: it names the
    key version. Messages that follow from it get the same `keyid`; once that key is destroyed, their personal fields
    are dropped. `origin`: only of commands from policies. `actor`: who caused it; events have that of their command.
    """

    data: M
    id: str
    source: str
    time: datetime
    recorded: datetime
    correlation_id: str
    causation_id: str
    sequence: int = 0
    command_offset: int = -1
    fingerprint: str = ""
    keyid: str = ""
    origin: Origin | None = None
    actor: Actor = UNKNOWN

    @property
    def key(self) -> str:
        """The aggregate's id, which is the record key."""
        return self.data.key


class Unreadable(Exception):
    """The bytes are no CloudEvent; the text names the attribute and the fix."""


def parse(value: bytes | None, headers: Iterable[tuple[str, bytes]] = ()) -> dict[str, Any]:
    """The CloudEvents attributes and `data` of a record in either mode.

    Raises `Unreadable` for malformed JSON and for a missing required attribute.
    """
    carried = dict(headers)
    if "ce_specversion" in carried or "ce_type" in carried:
        raw: Any = {name[3:]: _text(name, text) for name, text in carried.items() if name.startswith("ce_")}
        raw["data"] = _json(value)
    else:
        raw = _json(value)
    if not isinstance(raw, dict):
        raise Unreadable("the record is not a JSON object: send one CloudEvent in structured mode")
    for name in _REQUIRED:
        if type(raw.get(name)) is not str or not raw[name]:
            raise Unreadable(f"`{name}` is missing or no text: CloudEvents 1.0 requires it as a non-empty string")
    for name in _TEXTS & raw.keys():
        if type(raw[name]) is not str:
            raise Unreadable(f"`{name}` is {type(raw[name]).__name__}: CloudEvents attributes of that name are strings")
    if raw["specversion"] != "1.0":
        raise Unreadable(f"`specversion` is {raw['specversion']!r}: only 1.0 is understood")
    return raw


def _text(name: str, value: bytes | None) -> str:
    try:
        return (value or b"").decode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"the header `{name}` is not UTF-8") from error


def _json(value: bytes | None) -> Any:
    try:
        return orjson.loads(value or b"")
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"the record is not JSON: {error}") from error


def dumps(value: Any) -> bytes:
    """JSON as an exact copy: the buffer that orjson returns takes at least 4 KiB."""
    return bytes(memoryview(orjson.dumps(value)))


def header(headers: Iterable[tuple[str, bytes]] | Mapping[str, bytes], name: str) -> str | None:
    """The text of a record header, or None."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    for key, value in pairs:
        if key == name:
            return value.decode(errors="replace")
    return None
