"""Client of hospital systems over MLLP: one connection per endpoint; compares the identity before each request."""

from datetime import datetime
from uuid import uuid4

from services.his_adapter.formats.hl7.client import MllpClient, NotAnswered
from services.his_adapter.formats.hl7.message import Broken, Hl7Message
from services.his_adapter.formats.settings import FormatSettings
from services.his_adapter.requests import replies
from services.his_adapter.requests.commands import AnswerFields
from services.his_adapter.requests.definitions import Endpoint
from services.his_adapter.requests.identity import differs
from services.his_adapter.requests.settings import RequestSettings
from services.his_adapter.requests.writing import Writer
from shared.contracts.his_asks import Ask, BillAsked, Slot, Subject
from shared.contracts.his_requests import BillLine
from shared.host.deps import Deps

UNCHECKED = ("report", "settle")
"""Requests that no caller makes for themselves, so that the identity is not compared."""
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
"""Slugs of the 504 problem of a query that the hospital system did not answer."""


class Unanswerable(Exception):
    """An endpoint has no address; the text says which setting is missing."""


class HospitalClient:
    """The hospital systems, with the connections of this process."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._clients: dict[tuple[str, float], MllpClient] = {}

    async def put(self, endpoint: Endpoint, control_id: str, subject: Subject, ask: Ask) -> AnswerFields:
        """Compare the identity, send a request and return the answer as fields of `HearAnswer`; never raises.

        Without an answer the outcome is `trouble`.
        """
        if subject.number is None:
            return {"outcome": "refused", "reason": "erased"}
        try:
            must_check = endpoint.identity and ask.action not in UNCHECKED
            if must_check and (refusal := await self._identity_refusal(endpoint, subject)):
                return refusal
            raw = self._writer(endpoint).request(control_id, subject, ask)
            return replies.reply_fields(await self._ask(endpoint, raw, control_id), endpoint)
        except NotAnswered as trouble:
            return {"outcome": "trouble", "reason": trouble.reason}
        except Unanswerable:
            return {"outcome": "trouble", "reason": "address-missing"}

    async def _identity_refusal(self, endpoint: Endpoint, subject: Subject) -> AnswerFields | None:
        """Query the demographics (QBP^Q21) and return a refusal if they differ from `subject`, else None."""
        tag = uuid4().hex[:20]
        try:
            answer = await self._ask(endpoint, self._writer(endpoint).demographics(tag, subject), tag)
        except NotAnswered as trouble:  # the request itself was not sent yet
            return {"outcome": "trouble", "reason": f"identity-{trouble.reason}"}
        result = replies.reply_fields(answer, endpoint)
        if result["outcome"] != "accepted":
            return result if result["outcome"] == "refused" else {"outcome": "trouble", "reason": "identity-unanswered"}
        try:
            wrong = differs(answer, subject, endpoint)
        except Broken as error:
            return {"outcome": "refused", "reason": "identity-unreadable", "detail": error.detail}
        if wrong:
            detail = f"{', '.join(wrong)}: not what the hospital system holds for this number"
            return {"outcome": "refused", "reason": "identity-mismatch", "detail": detail}
        return None

    async def slots(
        self, endpoint: Endpoint, department: str, doctor: str, since: datetime, until: datetime
    ) -> list[Slot]:
        """Query the open slots, sorted by time. Raises `NotAnswered`, `Broken` or `Unanswerable`."""
        tag = uuid4().hex[:20]
        raw = self._writer(endpoint).slots(tag, department, doctor, since, until)
        answer = await self._ask(endpoint, raw, tag)
        result = replies.reply_fields(answer, endpoint)
        if result["outcome"] == "accepted":
            return sorted(replies.slots(answer, endpoint), key=lambda slot: slot.starts)
        if result.get("reason") == "not-found":
            return []
        raise NotAnswered(result.get("reason", "refused"), result.get("detail") or "the hospital system refused")

    async def bill(self, endpoint: Endpoint, subject: Subject) -> list[BillLine]:
        """Query a patient's unpaid charges. Raises `NotAnswered`, `Broken` or `Unanswerable`."""
        tag = uuid4().hex[:20]
        raw = self._writer(endpoint).request(tag, subject, BillAsked(action="bill"))
        result = replies.reply_fields(await self._ask(endpoint, raw, tag), endpoint)
        if result["outcome"] == "accepted" and (answer := result.get("answer")):
            return list(answer.bill)
        if result.get("reason") == "not-found":
            return []
        raise NotAnswered(result.get("reason", "refused"), result.get("detail") or "the hospital system refused")

    def _writer(self, endpoint: Endpoint) -> Writer:
        return Writer(endpoint, FormatSettings.of(self._deps.settings).mllp.site.upper(), self._deps.clock())

    async def _ask(self, endpoint: Endpoint, raw: bytes, control_id: str) -> Hl7Message:
        address = RequestSettings.of(self._deps.settings).endpoints.get(endpoint.id, endpoint.address)
        if not address:
            hint = f'set `address` in its definition, or CARELOOP_ENDPOINTS=\'{{"{endpoint.id}": "mllp://…"}}\''
            raise Unanswerable(f"endpoint {endpoint.id} has no address: {hint}")
        client_key = (address, endpoint.answer_seconds)
        if client_key not in self._clients:
            self._clients[client_key] = MllpClient(*client_key, FormatSettings.of(self._deps.settings).mllp)
        return await self._clients[client_key].ask(raw, control_id)

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()
