"""Where a message comes in: check frame and structure, store the bytes, then acknowledge. In this order, always."""

import asyncio
import re
from codecs import BOM_UTF8
from functools import partial

from services.his_adapter.definitions import Site, site_of
from services.his_adapter.formats.common.apart import apart
from services.his_adapter.formats.common.refusing import refuse
from services.his_adapter.formats.common.speaking import Senders, may_speak
from services.his_adapter.formats.common.storing import received, store
from services.his_adapter.formats.hl7.ack import ack, mode
from services.his_adapter.formats.hl7.acks import ACKS
from services.his_adapter.formats.hl7.checking import Rejected, batch, check
from services.his_adapter.formats.hl7.message import Broken, Message, parse
from services.his_adapter.formats.hl7.sizing import read
from services.his_adapter.settings import HisSettings
from shared.bus.writing import TooLarge
from shared.codec import Refusal
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.host.deps import Deps
from shared.mongo import MongoError
from shared.telemetry import Headers, edge_span

_MSH = re.compile(rb"(?<![^\r\n\x0b])MSH[^\r\n]*")
PAST = ("A", "R", "I")
"""Table 0207 (MSH-11.2): from an archive, restored from one, initial load."""


class Intake:
    """Stores messages and answers them; used by MLLP and HTTP alike."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    def _site(self, message: Message | None) -> Site:
        sender = message.sender if message else ""
        return site_of(self._deps.definitions.snapshot, HisSettings.of(self._deps.settings).mllp.site, sender)

    async def take(self, raw: bytes, historical: bool = False, senders: Senders = None) -> bytes:
        """The acknowledgement, only after every message (or its dead letter) is durable. Raises if one is neither.

        `senders` are those that whoever sent it speaks for.
        """
        with edge_span("receive HL7", **{"careloop.bytes": len(raw)}) as headers:
            try:
                head = _head(raw)
                site = self._site(head)
                found = await apart(len(raw), lambda: batch(raw, site))
            except Broken as error:
                return await self._refuse(raw, error, None)
            if found.trouble:
                sender = head.sender if head else ""
                await self._keep(raw, Refusal("hl7-batch-incomplete", found.trouble), sender)
            alone = len(found.messages) == 1 and not found.head
            parts = [(text, raw if alone else text.encode()) for text in found.messages]
            take = partial(self._take, found.charset, historical, senders, headers)
            return found.answer([await take(text, part) for text, part in parts])

    async def _take(
        self, charset: str, historical: bool, senders: Senders, headers: Headers, text: str, raw: bytes
    ) -> bytes:
        message = told = None
        with ACKS.timed() as timed:
            try:
                message = await apart(len(text), lambda: read(text))
                timed["source"] = message.sender
                _own(message, senders)
                site = self._site(message)
                told = self._received(message, text, raw, site, historical)
                await apart(len(text), partial(check, message, site))
            except Broken as error:
                if told is None or not await self._was_taken(told):
                    timed["code"] = "refused"
                    return await self._refuse(raw, error, message, charset)
            try:
                await store(self._deps, [told], headers)
            except TooLarge:
                timed["code"] = "refused"
                return await self._refuse(raw, Broken("the message is larger than what can be kept"), message, charset)
            timed["code"] = "taken"
            return ack(message, mode(message, "AA"), self._deps.clock(), charset=charset)

    async def _was_taken(self, told: HospitalMessageReceived) -> bool:
        """Whether the same was taken before the site's rules changed: a repeat gets the first answer."""
        same = {"_id": {"$in": [told.message_id, told.former_id]}}
        try:
            async with asyncio.timeout(1):
                return await self._deps.database["messages"].find_one(same) is not None
        except (MongoError, TimeoutError):
            return False

    async def refuse(self, raw: bytes, reason: str) -> bytes:
        """Keeps bytes that are no frame, with the reason; the negative answer to them."""
        return await self._refuse(raw, Broken(reason, "MSH", 0), None)

    def _received(
        self, message: Message, text: str, raw: bytes, site: Site, historical: bool
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

    async def _refuse(self, raw: bytes, error: Broken, message: Message | None, charset: str = "") -> bytes:
        if message is None:
            message, charset = _head(raw), "latin-1"
        about, sender = (message.get("MSH-10"), message.sender) if message else ("", "")
        not_for_us = isinstance(error, Rejected)
        await self._keep(raw, Refusal("hl7-rejected" if not_for_us else "hl7-broken", error.told, about), sender)
        code = mode(message, "AR" if not_for_us else "AE")
        return ack(message, code, self._deps.clock(), error, charset)

    async def _keep(self, raw: bytes, refusal: Refusal, sender: str) -> None:
        await refuse(self._deps, raw, refusal, "mllp", sender)


def _own(message: Message, senders: Senders) -> None:
    """Whether a message is of a sender that its credential speaks for. Raises `Rejected`."""
    if not may_speak(message.sender, senders):
        what = f"MSH-3/MSH-4 is {message.sender!r}: this credential does not speak for it"
        raise Rejected(what, "MSH", 3, "207")


def _head(raw: bytes) -> Message | None:
    """The header alone, of what cannot be read (yet): who sends it, and under which control id."""
    line = _MSH.search(raw[:8192].removeprefix(BOM_UTF8))
    try:
        return parse(line[0].decode("latin-1"), whole=False) if line else None
    except Broken:
        return None
