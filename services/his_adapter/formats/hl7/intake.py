"""HL7 v2 intake: check frame and structure, store the message on Kafka, then acknowledge, always in this order."""

import asyncio
import re
from codecs import BOM_UTF8
from functools import partial

from services.his_adapter.formats.common.refusing import refuse
from services.his_adapter.formats.common.speaking import Senders, may_speak
from services.his_adapter.formats.common.storing import received, store, stored_before
from services.his_adapter.formats.common.threads import in_thread_if_large
from services.his_adapter.formats.definitions import Site, site_of
from services.his_adapter.formats.hl7.ack import ack, mode
from services.his_adapter.formats.hl7.acks import ACKS
from services.his_adapter.formats.hl7.checking import Rejected, batch, check
from services.his_adapter.formats.hl7.message import Broken, Hl7Message, parse
from services.his_adapter.formats.hl7.sizing import read
from services.his_adapter.formats.settings import FormatSettings
from shared.bus.writing import TooLarge
from shared.codec import Refusal
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.host.deps import Deps
from shared.mongo import MongoError
from shared.telemetry import Headers, edge_span

_MSH = re.compile(rb"(?<![^\r\n\x0b])MSH[^\r\n]*")
PAST = ("A", "R", "I")
"""Processing modes of historical data (MSH-11.2, table 0207): archive, restore, initial load."""


class Intake:
    """Stores and acknowledges messages that arrive over MLLP or HTTP."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    def _site(self, message: Hl7Message | None) -> Site:
        sender = message.sender if message else ""
        return site_of(self._deps.definitions.snapshot, FormatSettings.of(self._deps.settings).mllp.site, sender)

    async def take(self, raw: bytes, historical: bool = False, senders: Senders = None) -> bytes:
        """Store every message of a frame and return the acknowledgements.

        Returns after each message or its dead letter is durable; raises if one could not be stored. `senders` are the
        sending systems that the client's credential may send for.
        """
        with edge_span("receive HL7", **{"careloop.bytes": len(raw)}) as headers:
            try:
                head = _head(raw)
                site = self._site(head)
                contents = await in_thread_if_large(len(raw), lambda: batch(raw, site))
            except Broken as error:
                return await self._refuse(raw, error, None)
            if contents.trouble:
                sender = head.sender if head else ""
                await self._keep(raw, Refusal("hl7-batch-incomplete", contents.trouble), sender)
            single = len(contents.messages) == 1 and not contents.head
            parts = [(text, raw if single else text.encode()) for text in contents.messages]
            take = partial(self._take, contents.charset, historical, senders, headers)
            return contents.answer([await take(text, part) for text, part in parts])

    async def _take(
        self, charset: str, historical: bool, senders: Senders, headers: Headers, text: str, raw: bytes
    ) -> bytes:
        message = event = None
        with ACKS.timed() as timed:
            try:
                message = await in_thread_if_large(len(text), lambda: read(text))
                timed["source"] = message.sender
                _check_sender(message, senders)
                site = self._site(message)
                event = self._received(message, text, raw, site, historical)
                await in_thread_if_large(len(text), partial(check, message, site))
            except Broken as error:
                if event is None or not await self._was_taken(event):
                    timed["code"] = "refused"
                    return await self._refuse(raw, error, message, charset)
            try:
                await store(self._deps, [event], headers)
            except TooLarge:
                timed["code"] = "refused"
                return await self._refuse(raw, Broken("the message is larger than what can be kept"), message, charset)
            timed["code"] = "taken"
            return ack(message, mode(message, "AA"), self._deps.clock(), charset=charset)

    async def _was_taken(self, event: HospitalMessageReceived) -> bool:
        """Whether the same message was accepted before the site's rules changed: a repeat gets the same answer."""
        try:
            async with asyncio.timeout(1):
                return bool(await stored_before(self._deps, [event.message_id, event.former_id or ""]))
        except (MongoError, TimeoutError):
            return False

    async def refuse(self, raw: bytes, reason: str) -> bytes:
        """Keep bytes that are not a frame as a dead letter; return the negative acknowledgement."""
        return await self._refuse(raw, Broken(reason, "MSH", 0), None)

    def _received(
        self, message: Hl7Message, text: str, raw: bytes, site: Site, historical: bool
    ) -> HospitalMessageReceived:
        return received(
            self._deps,
            raw,
            text,
            format="hl7v2",
            sender=message.sender,
            kind=message.type,
            control_id=message.get("MSH-10"),
            site=site.id,
            historical=historical or message.get("MSH-11.2").upper() in PAST,
        )

    async def _refuse(self, raw: bytes, error: Broken, message: Hl7Message | None, charset: str = "") -> bytes:
        if message is None:
            message, charset = _head(raw), "latin-1"
        control_id, sender = (message.get("MSH-10"), message.sender) if message else ("", "")
        not_for_us = isinstance(error, Rejected)
        await self._keep(raw, Refusal("hl7-rejected" if not_for_us else "hl7-broken", error.detail, control_id), sender)
        code = mode(message, "AR" if not_for_us else "AE")
        return ack(message, code, self._deps.clock(), error, charset)

    async def _keep(self, raw: bytes, refusal: Refusal, sender: str) -> None:
        await refuse(self._deps, raw, refusal, "mllp", sender)


def _check_sender(message: Hl7Message, senders: Senders) -> None:
    """Raise `Rejected` if the client's credential may not send for the sender named in MSH-3/MSH-4."""
    if not may_speak(message.sender, senders):
        reason = f"MSH-3/MSH-4 is {message.sender!r}: this credential does not speak for it"
        raise Rejected(reason, "MSH", 3, "207")


def _head(raw: bytes) -> Hl7Message | None:
    """Parse only the MSH segment, for the sender and control id of bytes that are not (or cannot be) decoded."""
    line = _MSH.search(raw[:8192].removeprefix(BOM_UTF8))
    try:
        return parse(line[0].decode("latin-1"), whole=False) if line else None
    except Broken:
        return None
