"""Asking hospital systems over MLLP: connections kept per endpoint, identity checked before anything is done."""

from datetime import datetime
from uuid import uuid4

from services.his_adapter.formats.hl7.client import MllpClient, NotAnswered
from services.his_adapter.formats.hl7.message import Broken, Message
from services.his_adapter.requests import hearing
from services.his_adapter.requests.commands import Said
from services.his_adapter.requests.definitions import Endpoint
from services.his_adapter.requests.identity import differs
from services.his_adapter.requests.writing import Writer
from services.his_adapter.settings import HisSettings
from shared.contracts.his_requests import Ask, BillAsked, BillLine, Slot, Subject
from shared.host.deps import Deps

UNCHECKED = ("report", "settle")
"""What nobody asks for on the phone: no one's identity is in question."""


UNANSWERED = (
    "unreachable",
    "broken-off",
    "silent",
    "no-answer",
    "answer-unreadable",
    "hospital-busy",
    "refused-by-hospital",
    "refused",
)
"""Why a question that is asked while the caller waits has no answer: the problems of a 504."""


class Unanswerable(Exception):
    """An endpoint cannot be asked; the text says what to mend."""


class Hospital:
    """The hospital's systems as one process asks them."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._clients: dict[tuple[str, float], MllpClient] = {}

    async def put(self, endpoint: Endpoint, control_id: str, subject: Subject, ask: Ask) -> Said:
        """Ask for something; the fields of `HearAnswer`."""
        if subject.number is None:
            return {"outcome": "refused", "reason": "erased"}
        try:
            checks = endpoint.identity and ask.action not in UNCHECKED
            if checks and (refusal := await self._checked(endpoint, subject)):
                return refusal
            raw = self._writer(endpoint).request(control_id, subject, ask)
            return hearing.heard(await self._ask(endpoint, raw, control_id), endpoint)
        except NotAnswered as trouble:
            return {"outcome": "trouble", "reason": trouble.reason}
        except Unanswerable:
            return {"outcome": "trouble", "reason": "address-missing"}

    async def _checked(self, endpoint: Endpoint, subject: Subject) -> Said | None:
        """Why this may be somebody else, if so."""
        tag = uuid4().hex[:20]
        try:
            answer = await self._ask(endpoint, self._writer(endpoint).demographics(tag, subject), tag)
        except NotAnswered as trouble:  # nothing was asked for yet
            return {"outcome": "trouble", "reason": f"identity-{trouble.reason}"}
        told = hearing.heard(answer, endpoint)
        if told["outcome"] != "accepted":
            return told if told["outcome"] == "refused" else {"outcome": "trouble", "reason": "identity-unanswered"}
        try:
            wrong = differs(answer, subject, endpoint)
        except Broken as error:
            return {"outcome": "refused", "reason": "identity-unreadable", "detail": error.told}
        if wrong:
            what = f"{', '.join(wrong)}: not what the hospital system holds for this number"
            return {"outcome": "refused", "reason": "identity-mismatch", "detail": what}
        return None

    async def slots(
        self, endpoint: Endpoint, department: str, doctor: str, since: datetime, until: datetime
    ) -> list[Slot]:
        """Open times, by time. Raises `NotAnswered`, `Broken` or `Unanswerable`."""
        tag = uuid4().hex[:20]
        raw = self._writer(endpoint).slots(tag, department, doctor, since, until)
        answer = await self._ask(endpoint, raw, tag)
        told = hearing.heard(answer, endpoint)
        if told["outcome"] == "accepted":
            return sorted(hearing.slots(answer, endpoint), key=lambda slot: slot.starts)
        if told.get("reason") == "not-found":
            return []
        raise NotAnswered(told.get("reason", "refused"), told.get("detail") or "the hospital system refused")

    async def bill(self, endpoint: Endpoint, subject: Subject) -> list[BillLine]:
        """What is open of a patient's charges. Raises `NotAnswered`, `Broken` or `Unanswerable`."""
        tag = uuid4().hex[:20]
        raw = self._writer(endpoint).request(tag, subject, BillAsked(action="bill"))
        told = hearing.heard(await self._ask(endpoint, raw, tag), endpoint)
        if told["outcome"] == "accepted" and (answer := told.get("answer")):
            return list(answer.bill)
        if told.get("reason") == "not-found":
            return []
        raise NotAnswered(told.get("reason", "refused"), told.get("detail") or "the hospital system refused")

    def _writer(self, endpoint: Endpoint) -> Writer:
        return Writer(endpoint, HisSettings.of(self._deps.settings).mllp.site.upper(), self._deps.clock())

    async def _ask(self, endpoint: Endpoint, raw: bytes, control_id: str) -> Message:
        address = HisSettings.of(self._deps.settings).endpoints.get(endpoint.id, endpoint.address)
        if not address:
            hint = f'set `address` in its definition, or CARELOOP_ENDPOINTS=\'{{"{endpoint.id}": "mllp://…"}}\''
            raise Unanswerable(f"endpoint {endpoint.id} has no address: {hint}")
        place = (address, endpoint.answer_seconds)
        if place not in self._clients:
            self._clients[place] = MllpClient(*place, HisSettings.of(self._deps.settings).mllp)
        return await self._clients[place].ask(raw, control_id)

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()
