"""Where a message comes in: check frame and structure, store the bytes, then acknowledge. In this order, always."""

from services.his_adapter.acks import ACKS
from services.his_adapter.definitions import Site
from services.his_adapter.hl7.ack import ack, mode
from services.his_adapter.hl7.message import Broken, Message, parse
from services.his_adapter.policies import site_of
from services.his_adapter.reading import Rejected, batch, check
from services.his_adapter.refusing import refuse
from services.his_adapter.storing import received, store
from shared.codec import Refusal
from shared.host.deps import Deps
from shared.telemetry import Headers, edge_span


class Intake:
    """Stores messages and answers them; used by MLLP and HTTP alike."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    @property
    def _site(self) -> Site:
        return site_of(self._deps.definitions.snapshot, self._deps.settings.mllp.site)

    async def take(self, raw: bytes) -> bytes:
        """The acknowledgement, only after every message (or its dead letter) is durable. Raises if one is neither."""
        with edge_span("receive HL7", **{"careloop.bytes": len(raw)}) as headers:
            try:
                found = batch(raw, self._site)
            except Broken as error:
                return await self._refuse(raw, error, None)
            if found.trouble:
                await self._keep(raw, Refusal("hl7-batch-incomplete", found.trouble))
            alone = len(found.messages) == 1 and not found.head
            parts = [(text, raw if alone else text.encode()) for text in found.messages]
            return found.answer([await self._take(text, part, headers) for text, part in parts])

    async def _take(self, text: str, raw: bytes, headers: Headers) -> bytes:
        message: Message | None = None
        with ACKS.timed() as timed:
            try:
                message = parse(text)
                timed["source"] = message.sender
                check(message, self._site)
            except Broken as error:
                timed["code"] = "refused"
                return await self._refuse(raw, error, message)
            await self._store(message, text, raw, headers)
            timed["code"] = "taken"
            return ack(message, mode(message, "AA"), self._deps.clock())

    async def refuse(self, raw: bytes, reason: str) -> bytes:
        """Keeps bytes that are no frame, with the reason; the negative answer to them."""
        return await self._refuse(raw, Broken(reason, "MSH", 0), None)

    async def _store(self, message: Message, text: str, raw: bytes, headers: Headers) -> None:
        control_id, kind = message.get("MSH-10"), message.type
        told = received(self._deps, raw, text, format="hl7v2", sender=message.sender, kind=kind, control_id=control_id)
        await store(self._deps, [told], headers)

    async def _refuse(self, raw: bytes, error: Broken, message: Message | None) -> bytes:
        message = message or _head(raw)
        about = message.get("MSH-10") if message else ""
        refusal = Refusal("hl7-broken", error.told, about)
        await self._keep(raw, refusal)
        code = mode(message, "AR" if isinstance(error, Rejected) else "AE")
        return ack(message, code, self._deps.clock(), error)

    async def _keep(self, raw: bytes, refusal: Refusal) -> None:
        await refuse(self._deps, raw, refusal, "mllp")


def _head(raw: bytes) -> Message | None:
    """The header of a message that cannot be read as a whole, so that the answer can name its control id."""
    line = raw.replace(b"\n", b"\r").split(b"\r", 1)[0]
    try:
        return parse(line.decode("latin-1"))
    except Broken:
        return None
