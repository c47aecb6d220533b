"""Converts between typed envelopes and bytes on a topic: validation, encryption, upcasting."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError

from shared.actor import actor_attributes, actor_of
from shared.bounding import within
from shared.contracts.base import Command, Payload, model_of, stored
from shared.envelope import Envelope, Unreadable, dumps, parse
from shared.keystore import Tie
from shared.origin import origin_attributes, origin_of
from shared.personal import field_tree, put_back, take_out
from shared.sealing import KeyRing, LoadedKeys, LostKey, identity_of

Upcaster = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a record cannot be read: a slug for counting, a sentence that names the field and the fix.

    `about`: the sender's id of the record, if it is no CloudEvent and has one.
    """

    reason: str
    detail: str
    about: str = ""


class Encoded(NamedTuple):
    """A record of bytes that do not come from a consumer. `topic`: the place that they came from, for dead letters."""

    value: bytes
    headers: Sequence[tuple[str, bytes]] = ()
    key: bytes = b""
    topic: str = ""
    partition: int = 0
    offset: int = 0


class Codec:
    """Reads and writes records. `upcasters`: old wire type → (newer type, newer data)."""

    def __init__(self, ring: KeyRing, upcasters: dict[str, Upcaster] | None = None) -> None:
        self._ring, self._upcasters = ring, upcasters or {}

    async def encode(self, envelopes: Sequence[Envelope[Payload]]) -> list[bytes]:
        """The structured-mode bytes of each envelope, with personal fields encrypted."""
        values, _ = await self.sealed(envelopes)
        return values

    async def sealed(self, envelopes: Sequence[Envelope[Payload]]) -> tuple[list[bytes], LoadedKeys]:
        """As `encode`, with the keys that were loaded.

        Ties and terms of keys are stored before anything is encrypted with them.
        """
        parts = [_parted(envelope.data) for envelope in envelopes]
        sealed = [envelope for envelope, (_, secret) in zip(envelopes, parts, strict=True) if secret]
        payloads = [envelope.data for envelope in sealed]
        numbers: dict[str, datetime | None] = {n: each.recorded for each in sealed for n in each.data.numbers}
        numbers.update((number, None) for each in envelopes for number in each.data.held)
        causes = {envelope.keyid for envelope in sealed if envelope.keyid}
        keys = await self._ring.load({*causes, *(m.seal_key for m in payloads if not m.reborn)}, create=True)
        reborn = {m.seal_key for m in payloads if m.reborn}
        keys |= await self._ring.current(reborn.union(numbers, *(m.tied_to for m in payloads)), numbers)
        await self._ring.tie(
            [Tie(keys.of(who), _keyid(each, keys)) for each in sealed for who in each.data.tied_to],
            [
                self._ring.term(_keyid(each, keys), each.data.residue, each.recorded)
                for each in sealed
                if each.data.residue
            ],
        )
        written = [_write(each, data, secret, keys) for each, (data, secret) in zip(envelopes, parts, strict=True)]
        return written, keys

    async def decode(
        self, records: Iterable[Any], types: frozenset[str] | None = None, strict: bool = False, ask: bool = False
    ) -> list[Any]:
        """For each record its envelope, a `Refusal`, or None if its type is not among `types`.

        Another version of one of `types` that the contracts do not have is refused, not skipped. `strict`: refuse
        fields that are too long or unknown; for records from outside clients. `ask`: ask the key store, so that nothing
        is decrypted with a destroyed key; for deciders.
        """
        return [decoded for _, decoded in await self.read(records, types, strict, ask)]

    async def read(
        self, records: Iterable[Any], types: frozenset[str] | None = None, strict: bool = False, ask: bool = False
    ) -> list[tuple[dict[str, Any], Any]]:
        """As `decode`, each with the record's attributes and `data` as on the topic, still encrypted."""
        parsed = [(record, self._parse(record)) for record in records]
        wanted = [raw for _, raw in parsed if isinstance(raw, dict) and _concerns(types, raw["type"])]
        keys = await self._ring.load({raw["keyid"] for raw in wanted if raw.get("keyid")}, ask=ask)
        return [self._decoded(record, raw, types, keys, strict) for record, raw in parsed]

    def _decoded(
        self, record: Any, raw: dict[str, Any] | Refusal, types: frozenset[str] | None, keys: LoadedKeys, strict: bool
    ) -> tuple[dict[str, Any], Any]:
        if isinstance(raw, Refusal):
            return {}, raw
        decoded = self._read(record, raw, keys, strict) if _concerns(types, raw["type"]) else None
        if types is not None and isinstance(decoded, Envelope) and type(decoded.data).wire not in types:
            decoded = None  # another version of a requested type
        return raw, decoded

    def _parse(self, record: Any) -> dict[str, Any] | Refusal:
        try:
            return parse(record.value, record.headers or ())
        except Unreadable as error:
            return Refusal("unreadable", str(error))
        except (TypeError, ValueError, AttributeError) as error:
            return Refusal("unreadable", f"the record is no CloudEvent: {type(error).__name__}")

    def _read(self, record: Any, raw: dict[str, Any], keys: LoadedKeys, strict: bool) -> Envelope[Payload] | Refusal:
        try:
            return self._payload(raw, *_opened(record, raw, keys), strict)
        except ValidationError as error:
            return Refusal("invalid", describe(error))
        except ValueError as error:
            return Refusal("invalid", str(error))
        except LostKey:
            if not strict:
                raise
            return Refusal("invalid", "`keyid` names no key of ours: send `data` in clear, we seal it")

    def _payload(
        self, raw: dict[str, Any], data: Any, secret: bytes | None, strict: bool
    ) -> Envelope[Payload] | Refusal:
        wire = raw["type"]
        try:
            while wire in self._upcasters:
                wire, data = self._upcasters[wire](data)
            model = model_of(wire)
            if model is None:
                return Refusal("unknown-type", f"`type` {wire!r} is not in the contracts: see docs/reference")
            if secret:
                put_back(field_tree(model), data, orjson.loads(secret))
            return _envelope(model, raw, data, strict)
        except (KeyError, TypeError) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from error


def _parted(payload: Payload) -> tuple[dict[str, Any], dict[str, Any]]:
    """The data of a payload without personal fields, and the personal fields."""
    data = payload.model_dump(mode="json", exclude={"id", "at"} if isinstance(payload, Command) else {"at"})
    return data, take_out(field_tree(type(payload)), data)


def _write(envelope: Envelope[Payload], data: dict[str, Any], secret: dict[str, Any], keys: LoadedKeys) -> bytes:
    payload, wire = envelope.data, type(envelope.data).wire
    raw: dict[str, Any] = {
        "specversion": "1.0",
        "id": envelope.id,
        "source": envelope.source,
        "type": wire,
        "subject": payload.key,
        "time": payload.at,
        "recordedtime": envelope.recorded.astimezone(UTC),
        "datacontenttype": "application/json",
        "dataschema": f"/schemas/{wire}",
        "correlationid": envelope.correlation_id,
        "causationid": envelope.causation_id,
        "sequence": envelope.sequence,
        "commandoffset": envelope.command_offset,
    }
    if envelope.fingerprint:
        raw["fingerprint"] = envelope.fingerprint
    raw |= actor_attributes(envelope.actor)
    if envelope.origin:
        raw |= origin_attributes(envelope.origin)
    if secret:
        raw["keyid"] = _keyid(envelope, keys)
        usable = not envelope.keyid or keys.knows(envelope.keyid)
        ciphertext = keys.seal(raw["keyid"], orjson.dumps(secret), f"{envelope.id} {wire}") if usable else None
        data["sealed"] = ciphertext
    raw["data"] = data
    return dumps(raw)


def _keyid(envelope: Envelope[Payload], keys: LoadedKeys) -> str:
    """The key to encrypt with; that of the cause if it is of the same identity, which keeps the key version."""
    identity = envelope.data.seal_key
    return envelope.keyid if identity_of(envelope.keyid) == identity else keys.of(identity)


def _opened(record: Any, raw: dict[str, Any], keys: LoadedKeys) -> tuple[Any, bytes | None]:
    """`data` without its ciphertext, and the cleartext; None if the key was destroyed. Raises ValueError."""
    data = raw.get("data") or {}
    ciphertext = data.get("sealed") if isinstance(data, dict) else None
    if not ciphertext:
        return data, None
    if not isinstance(ciphertext, str) or not raw.get("keyid"):
        raise ValueError("`data.sealed` must be a text, and `keyid` must name the key it was sealed with")
    data = parse(record.value, record.headers or ())["data"]  # a copy: `raw` stays as on the topic
    del data["sealed"]
    return data, keys.open(raw["keyid"], ciphertext, f"{raw['id']} {raw['type']}")


def _concerns(types: frozenset[str] | None, wire: str) -> bool:
    return types is None or wire in types or _stem(wire) in _stems(types)


def _stem(wire: str) -> str:
    return wire.rpartition(".v")[0]


@lru_cache(maxsize=256)
def _stems(types: frozenset[str]) -> frozenset[str]:
    return frozenset(map(_stem, types))


def _envelope(model: type[Payload], raw: dict[str, Any], data: dict[str, Any], strict: bool) -> Envelope[Payload]:
    recorded = _time(raw, "recordedtime" if raw.get("recordedtime") else "time")
    inner = {**data, "at": raw["time"], "id": raw["id"]} if issubclass(model, Command) else {**data, "at": raw["time"]}
    if "sealed_with" in model.model_fields:
        inner["sealed_with"] = raw.get("keyid", "")
    payload = within(model.model_validate(inner)) if strict else stored(model, inner)
    return Envelope(
        data=payload,
        id=raw["id"],
        source=raw["source"],
        time=payload.at,
        recorded=recorded,
        correlation_id=raw.get("correlationid") or raw["id"],
        causation_id=raw.get("causationid") or raw["id"],
        sequence=_count(raw, "sequence", 0),
        command_offset=_count(raw, "commandoffset", -1),
        fingerprint=raw.get("fingerprint", ""),
        keyid=raw.get("keyid", "") if model.reborn else "",
        origin=origin_of(raw) if isinstance(payload, Command) else None,
        actor=actor_of(raw),
    )


def _count(raw: dict[str, Any], name: str, otherwise: int) -> int:
    number = int(raw.get(name, otherwise))
    if abs(number) >= 1 << 63:
        raise ValueError(f"`{name}` must be a whole number of 64 bits")
    return number


def _time(raw: dict[str, Any], name: str) -> datetime:
    try:
        return datetime.fromisoformat(raw[name])
    except (KeyError, ValueError, TypeError) as error:
        raise ValueError(f"`{name}` must be an ISO 8601 time with its offset: 2026-03-09T10:00:00+08:00") from error


def describe(error: ValidationError) -> str:
    """One sentence per error: `data.field`: what is wrong. Without values, which may be personal."""
    return "; ".join(
        f"`{'.'.join(map(str, mistake['loc'])) or 'data'}`: {mistake['msg']}"
        for mistake in error.errors(include_input=False, include_url=False)
    )
