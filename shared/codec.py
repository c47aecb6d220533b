"""Between typed envelopes and bytes on a topic: validation, sealing, upcasting."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import ValidationError

from shared.contracts.base import Command, Message, model_of
from shared.envelope import Envelope, Unreadable, parse
from shared.personal import plan_of, put_back, take_out
from shared.sealing import KeyRing

Upcaster = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a record cannot be read: a slug for counting, a sentence that names the field and the fix."""

    reason: str
    detail: str


class Codec:
    """Reads and writes records. `upcasters` turn a wire type of the past into (newer type, newer data)."""

    def __init__(self, ring: KeyRing, upcasters: dict[str, Upcaster] | None = None) -> None:
        self._ring, self._upcasters = ring, upcasters or {}

    async def encode(self, envelopes: Sequence[Envelope[Message]]) -> list[bytes]:
        """The structured-mode bytes of each envelope, personal fields sealed."""
        sealed = [envelope.data for envelope in envelopes if plan_of(type(envelope.data))]
        await self._ring.load({message.seal_key for message in sealed if not message.reborn}, create=True)
        lives = await self._ring.living({message.seal_key for message in sealed if message.reborn})
        return [self._write(envelope, lives) for envelope in envelopes]

    async def decode(self, records: Iterable[Any], types: frozenset[str] | None = None) -> list[Any]:
        """For each record its envelope, a `Refusal`, or None where its type is not among `types`."""
        parsed = [self._parse(record, types) for record in records]
        await self._ring.load({raw["keyid"] for raw in parsed if isinstance(raw, dict) and raw.get("keyid")})
        return [self._read(raw) if isinstance(raw, dict) else raw for raw in parsed]

    def _parse(self, record: Any, types: frozenset[str] | None) -> dict[str, Any] | Refusal | None:
        try:
            raw = parse(record.value, record.headers or ())
        except Unreadable as error:
            return Refusal("unreadable", str(error))
        except (TypeError, ValueError, AttributeError) as error:
            return Refusal("unreadable", f"the record is no CloudEvent: {type(error).__name__}")
        return None if types is not None and raw["type"] not in types else raw

    def _write(self, envelope: Envelope[Message], lives: dict[str, str]) -> bytes:
        message = envelope.data
        wire = type(message).wire
        data = message.model_dump(mode="json", exclude={"id", "at"} if isinstance(message, Command) else {"at"})
        raw: dict[str, Any] = {
            "specversion": "1.0",
            "id": envelope.id,
            "source": envelope.source,
            "type": wire,
            "subject": message.key,
            "time": message.at.isoformat(),
            "recordedtime": envelope.recorded.astimezone(UTC).isoformat(),
            "datacontenttype": "application/json",
            "dataschema": f"/schemas/{wire}",
            "correlationid": envelope.correlation_id,
            "causationid": envelope.causation_id,
            "sequence": envelope.sequence,
            "commandoffset": envelope.command_offset,
        }
        if secret := take_out(plan_of(type(message)), data):
            key = lives.get(message.seal_key, message.seal_key)
            raw["keyid"] = key
            data["sealed"] = self._ring.seal(key, orjson.dumps(secret), f"{envelope.id} {wire}")
        raw["data"] = data
        return orjson.dumps(raw)

    def _read(self, raw: dict[str, Any]) -> Envelope[Message] | Refusal:
        wire, data = raw["type"], raw.get("data") or {}
        try:
            sealed = data.pop("sealed", None) if isinstance(data, dict) else None
            opened = self._ring.open(raw["keyid"], sealed, f"{raw['id']} {wire}") if sealed else None
            while wire in self._upcasters:
                wire, data = self._upcasters[wire](data)
            model = model_of(wire)
            if model is None:
                return Refusal("unknown-type", f"`type` {wire!r} is not in the contracts: see docs/reference")
            if opened:
                put_back(plan_of(model), data, orjson.loads(opened))
            return _envelope(model, raw, data)
        except ValidationError as error:
            return Refusal("invalid", describe(error))
        except (ValueError, TypeError, KeyError) as error:
            return Refusal("invalid", f"{type(error).__name__}: {error}")


def _envelope(model: type[Message], raw: dict[str, Any], data: dict[str, Any]) -> Envelope[Message]:
    recorded = datetime.fromisoformat(raw.get("recordedtime") or raw["time"])
    inner = {**data, "at": raw["time"], "id": raw["id"]} if issubclass(model, Command) else {**data, "at": raw["time"]}
    message = model.model_validate(inner)
    return Envelope(
        data=message,
        id=raw["id"],
        source=raw["source"],
        time=message.at,
        recorded=recorded,
        correlation_id=raw.get("correlationid") or raw["id"],
        causation_id=raw.get("causationid") or raw["id"],
        sequence=int(raw.get("sequence", 0)),
        command_offset=int(raw.get("commandoffset", -1)),
    )


def describe(error: ValidationError) -> str:
    """One sentence per mistake: `data.field`: what is wrong. Values are left out, they may be personal."""
    return "; ".join(
        f"`{'.'.join(map(str, mistake['loc'])) or 'data'}`: {mistake['msg']}"
        for mistake in error.errors(include_input=False, include_url=False)
    )
