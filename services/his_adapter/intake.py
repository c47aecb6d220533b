"""Where a message comes in: check frame and structure, store the bytes, then acknowledge. In this order, always."""

import hashlib
from typing import Any

from services.his_adapter.hl7.ack import ack, mode
from services.his_adapter.hl7.message import Broken, Message, parse
from services.his_adapter.hl7.text import Undecodable, decode
from services.his_adapter.policies import site_of
from services.his_adapter.translate import TRANSLATED
from shared.bus.clients import partition_of
from shared.bus.topics import topic_name
from shared.bus.writing import Out, send_groups
from shared.codec import Refusal
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.envelope import Envelope
from shared.host.deps import Deps
from shared.ids import derive
from shared.telemetry import Headers, edge_span


class Intake:
    """Stores messages and answers them; used by MLLP and HTTP alike."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._raw = topic_name("his-adapter", "raw")

    async def take(self, raw: bytes) -> bytes:
        """The acknowledgement, only after the message (or its dead letter) is durable. Raises if neither is."""
        with edge_span("receive HL7", **{"careloop.bytes": len(raw)}) as headers:
            message: Message | None = None
            try:
                text = decode(raw)
                message = parse(text)
                self._check(message)
            except (Broken, Undecodable) as error:
                broken = error if isinstance(error, Broken) else Broken(str(error), "MSH", 18)
                return await self._refuse(raw, broken, message)
            await self._store(message, text, raw, headers)
            return ack(message, mode(message, "AA"), self._deps.clock())

    async def refuse(self, raw: bytes, reason: str) -> bytes:
        """Keeps bytes that are no frame, with the reason; the negative answer to them."""
        return await self._refuse(raw, Broken(reason, "MSH", 0), None)

    def _check(self, message: Message) -> None:
        """Whether it is complete and for us. Raises `Broken` or `Rejected`."""
        for field, what in ((9, "message type"), (10, "control id")):
            if not message.get(f"MSH-{field}"):
                raise Broken(f"the {what} is required", "MSH", field)
        site = site_of(self._deps.definitions.snapshot, self._deps.settings.mllp.site)
        if message.get("MSH-11") and message.get("MSH-11") not in site.processing_ids:
            raise Rejected(f"MSH-11 is {message.get('MSH-11')!r}, this site takes {site.processing_ids}", "MSH", 11)
        if message.get("MSH-12") and not message.get("MSH-12").startswith("2"):
            raise Rejected(f"MSH-12 is {message.get('MSH-12')!r}: only HL7 version 2 is spoken here", "MSH", 12)
        if message.type in TRANSLATED and not message.get("PID-3"):
            raise Broken("the patient number is required", "PID", 3)

    async def _store(self, message: Message, text: str, raw: bytes, headers: Headers) -> None:
        sender = "/".join(filter(None, (message.get("MSH-3"), message.get("MSH-4")))) or "unknown"
        digest = hashlib.sha256(raw).hexdigest()
        id = derive("hl7", sender, message.get("MSH-10"), digest)
        now = self._deps.clock()
        received = HospitalMessageReceived(
            at=now,
            message_id=id,
            sender=sender,
            site=self._deps.settings.mllp.site,
            message_type=message.type,
            control_id=message.get("MSH-10"),
            body_hash=digest[:32],
            text=text,
        )
        envelope = Envelope(
            received, id=id, source="/careloop/his-adapter", time=now, recorded=now, correlation_id=id, causation_id=id
        )
        [value] = await self._deps.codec.encode([envelope])
        lane = partition_of(sender, self._deps.settings.kafka.partitions)
        await send_groups(self._deps.producer, self._raw, lane, [[Out(sender, value, headers)]])

    async def _refuse(self, raw: bytes, error: Broken, message: Message | None) -> bytes:
        message = message or _head(raw)
        about = message.get("MSH-10") if message else ""
        refusal = Refusal("hl7-broken", f"{error.segment}-{error.field}: {error}", about)
        await self._deps.letters.keep(_Bytes(raw), refusal, "his-adapter.mllp")
        code = mode(message, "AR" if isinstance(error, Rejected) else "AE")
        return ack(message, code, self._deps.clock(), error)


def _head(raw: bytes) -> Message | None:
    """The header of a message that cannot be read as a whole, so that the answer can name its control id."""
    line = raw.replace(b"\n", b"\r").split(b"\r", 1)[0]
    try:
        return parse(line.decode("latin-1"))
    except Broken:
        return None


class Rejected(Broken):
    """Well-formed, and not for us (AR)."""


class _Bytes:
    """Raw bytes as the dead letters know a record; the same bytes are the same letter."""

    def __init__(self, raw: bytes) -> None:
        self.value, self.headers, self.key = raw, (), b""
        self.topic, self.partition = f"mllp/{hashlib.sha256(raw).hexdigest()}", 0
        self.offset: Any = 0
