"""The routes of his adapter. Generated from docs/reference/openapi/his-adapter.json: never edit it."""

from datetime import date, datetime
from typing import Any, Literal
from urllib.parse import quote

from careloop_client.calling import Caller
from careloop_client.his_adapter import models


class HisAdapter(Caller):
    """The routes of his adapter."""

    async def put_entry(
        self,
        kind: Literal["department", "doctor", "location", "clinic-hours", "price", "transport", "news"],
        code: str,
        body: models.DepartmentFields
        | models.DoctorFields
        | models.LocationFields
        | models.ClinicHoursFields
        | models.PriceFields
        | models.TransportFields
        | models.NewsFields,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Set the fields that this caller says of an entry; fields it omits are dropped, other sources' stay.

        Scope `his-directory:write`.

        Problems: `field-invalid`, `field-too-long`, `field-unknown`, `names-missing`.
        """
        return await self._call(
            "PUT",
            f"/v1/directory/{quote(kind, safe='')}/{quote(code, safe='')}",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def withdraw_entry(
        self,
        kind: Literal["department", "doctor", "location", "clinic-hours", "price", "transport", "news"],
        code: str,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Withdraw an entry, for all its sources.

        Scope `his-directory:write`.

        Problems: `entry-unknown`.
        """
        return await self._call(
            "DELETE",
            f"/v1/directory/{quote(kind, safe='')}/{quote(code, safe='')}",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
        )

    async def get_entry(
        self,
        kind: Literal["department", "doctor", "location", "clinic-hours", "price", "transport", "news"],
        code: str,
        *,
        lang: Literal["zh", "en"] | None = None,
        min_position: str | None = None,
    ) -> models.OneEntry:
        """Return one entry.

        Scope `his-directory:read`.

        Problems: `entry-unknown`.
        """
        return await self._call(
            "GET",
            f"/v1/directory/{quote(kind, safe='')}/{quote(code, safe='')}",
            models.OneEntry,
            query={
                "lang": lang,
                "min_position": min_position,
            },
        )

    async def get_directory(
        self,
        *,
        min_position: str | None = None,
    ) -> models.KindOverviewList:
        """List the kinds with the number of their entries, the last change and the last confirmation.

        Scope `his-directory:read`.
        """
        return await self._call(
            "GET",
            "/v1/directory",
            models.KindOverviewList,
            query={
                "min_position": min_position,
            },
        )

    async def list_entries(
        self,
        kind: Literal["department", "doctor", "location", "clinic-hours", "price", "transport", "news"],
        *,
        lang: Literal["zh", "en"] | None = None,
        department: str | None = None,
        doctor: str | None = None,
        q: str | None = None,
        on: date | None = None,
        inactive: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        min_position: str | None = None,
    ) -> models.EntryPage:
        """List entries of a kind by code; `next` is the cursor of the next page; with `on` a page may be short.

        Scope `his-directory:read`.
        """
        return await self._call(
            "GET",
            f"/v1/directory/{quote(kind, safe='')}",
            models.EntryPage,
            query={
                "lang": lang,
                "department": department,
                "doctor": doctor,
                "q": q,
                "on": on,
                "inactive": inactive,
                "limit": limit,
                "cursor": cursor,
                "min_position": min_position,
            },
        )

    async def list_slots(
        self,
        *,
        since: datetime,
        until: datetime,
        department: str | None = None,
        doctor: str | None = None,
    ) -> models.SlotsAnswer:
        """Ask the hospital system for its open slots, sorted by time; they are not stored.

        Scope `his-requests:read`.

        Problems: `period-invalid`, `endpoint-unknown`, `answer-unreadable`, `broken-off`, `hospital-busy`, `no-answer`, `refused`, `refused-by-hospital`, `silent`, `unreachable`.
        """
        return await self._call(
            "GET",
            "/v1/slots",
            models.SlotsAnswer,
            query={
                "since": since,
                "until": until,
                "department": department,
                "doctor": doctor,
            },
        )

    async def place_request(
        self,
        body: models.NewRequest,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Place a request; `aggregate` in the response is its id, also sent to the hospital as control id (MSH-10).

        Scope `his-requests:write`.

        Problems: `number-foreign`, `endpoint-missing`.
        """
        return await self._call(
            "POST",
            "/v1/requests",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def list_requests(
        self,
        *,
        person: str | None = None,
        status: Literal["none", "claimed", "started", "waiting", "received", "overdue", "answered", "closed"]
        | None = None,
        action: Literal["book", "move", "cancel", "register", "bed", "bill", "report", "settle"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.RequestShownPage:
        """List requests, newest first; `next` is the cursor of the next page.

        Scope `his-requests:read`.
        """
        return await self._call(
            "GET",
            "/v1/requests",
            models.RequestShownPage,
            query={
                "person": person,
                "status": status,
                "action": action,
                "limit": limit,
                "cursor": cursor,
                "min_position": min_position,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def retry_request(
        self,
        id: str,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Send a request that timed out again, with the same control id.

        Scope `his-requests:write`.

        Problems: `request-unknown`, `endpoint-missing`, `request-not-overdue`.
        """
        return await self._call(
            "POST",
            f"/v1/requests/{quote(id, safe='')}/retry",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
        )

    async def settle_request(
        self,
        id: str,
        body: models.RequestSettlement,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Settle a request that timed out by hand.

        Scope `his-requests:settle`.

        Problems: `request-unknown`, `request-not-overdue`.
        """
        return await self._call(
            "POST",
            f"/v1/requests/{quote(id, safe='')}/settlement",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def get_request(
        self,
        id: str,
        *,
        wait: float | None = None,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.OneRequestShown:
        """Return one request and the hospital system's answer.

        Scope `his-requests:read`.

        Problems: `request-unknown`.
        """
        return await self._call(
            "GET",
            f"/v1/requests/{quote(id, safe='')}",
            models.OneRequestShown,
            query={
                "wait": wait,
                "min_position": min_position,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def ask_payment(
        self,
        body: models.NewPayment,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Create a payment. `aggregate` in the answer is the payment's id and the merchant's order number.

        Scope `his-payments:write`.

        Problems: `charge-currency`, `charge-twice`, `charge-unknown`, `charges-differ`, `number-foreign`, `subject-missing`, `provider-missing`, `charge-taken`, `text-too-long`, `answer-unreadable`, `broken-off`, `hospital-busy`, `no-answer`, `refused`, `refused-by-hospital`, `silent`, `unreachable`.
        """
        return await self._call(
            "POST",
            "/v1/payments",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def list_payments(
        self,
        *,
        person: str | None = None,
        status: Literal["ordering", "offered", "paid", "closed", "stray"] | None = None,
        disputed: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.PaymentPage:
        """List payments, newest first; `next` is the cursor of the next page.

        Scope `his-payments:read`.
        """
        return await self._call(
            "GET",
            "/v1/payments",
            models.PaymentPage,
            query={
                "person": person,
                "status": status,
                "disputed": disputed,
                "limit": limit,
                "cursor": cursor,
                "min_position": min_position,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def cancel_payment(
        self,
        id: str,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Cancel a payment that was not made yet.

        Scope `his-payments:write`.

        Problems: `payment-unknown`, `payment-made`, `payment-under-way`.
        """
        return await self._call(
            "POST",
            f"/v1/payments/{quote(id, safe='')}/cancellation",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
        )

    async def ask_refund(
        self,
        id: str,
        body: models.NewRefund,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Refund a payment in full or in part: at once, or after a second person approves it (`/v1/approvals`).

        Scope `his-payments:refund`.

        Problems: `payment-unknown`, `payment-not-made`, `refund-too-high`, `refund-under-way`, `refund-waits`, `text-too-long`.
        """
        return await self._call(
            "POST",
            f"/v1/payments/{quote(id, safe='')}/refunds",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def propose_settlement(
        self,
        id: str,
        body: models.DisputeSettlement,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Propose how to settle a dispute between the platform's data and ours; a second person must confirm it.

        Scope `his-payments:settle`.

        Problems: `payment-unknown`, `payment-not-disputed`, `settlement-waits`.
        """
        return await self._call(
            "POST",
            f"/v1/payments/{quote(id, safe='')}/settlement",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def get_payment(
        self,
        id: str,
        *,
        wait: float | None = None,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.OnePayment:
        """One payment with its status and, once it is offered, the `link` to pay by.

        Scope `his-payments:read`.

        Problems: `payment-unknown`.
        """
        return await self._call(
            "GET",
            f"/v1/payments/{quote(id, safe='')}",
            models.OnePayment,
            query={
                "wait": wait,
                "min_position": min_position,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def list_approvals(
        self,
        *,
        by: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.PaymentWaitingPage:
        """List proposals that wait, newest first. POST `{"approved": true}` to `decide`; `next` is the next cursor.

        Scope `his-payments:read`.
        """
        return await self._call(
            "GET",
            "/v1/approvals",
            models.PaymentWaitingPage,
            query={
                "by": by,
                "limit": limit,
                "cursor": cursor,
                "min_position": min_position,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def decide_refund(
        self,
        id: str,
        refund_id: str,
        body: models.Approval,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Approve a refund that somebody else requested, or decline it; the requester may withdraw it.

        Scope `his-payments:refund`.

        Problems: `approval-unknown`, `payment-unknown`, `approval-expired`, `second-person-needed`.
        """
        return await self._call(
            "POST",
            f"/v1/payments/{quote(id, safe='')}/refunds/{quote(refund_id, safe='')}/decision",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def decide_settlement(
        self,
        id: str,
        proposal_id: str,
        body: models.Approval,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Approve a settlement that somebody else proposed, or decline it; the proposer may withdraw it.

        Scope `his-payments:settle`.

        Problems: `approval-unknown`, `payment-unknown`, `approval-expired`, `second-person-needed`.
        """
        return await self._call(
            "POST",
            f"/v1/payments/{quote(id, safe='')}/settlements/{quote(proposal_id, safe='')}/decision",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def prepare_packet(
        self,
        body: models.NewPacket,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Prepare a packet; `aggregate` in the response is its id.

        Scope `his-packets:write`.

        Problems: `item-unknown`, `number-foreign`, `formality-unknown`, `patient-unknown`.
        """
        return await self._call(
            "POST",
            "/v1/packets",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def list_packets(
        self,
        *,
        person: str | None = None,
        status: Literal["open", "complete"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.PacketShownPage:
        """List packets, newest first; `next` is the cursor of the next page.

        Scope `his-packets:read`.
        """
        return await self._call(
            "GET",
            "/v1/packets",
            models.PacketShownPage,
            query={
                "person": person,
                "status": status,
                "limit": limit,
                "cursor": cursor,
                "min_position": min_position,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def fill_packet(
        self,
        id: str,
        body: models.More,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Fill gaps with values entered by hand or sent by the hospital system since.

        Scope `his-packets:write`.

        Problems: `item-unknown`, `number-foreign`, `packet-unknown`, `patient-unknown`.
        """
        return await self._call(
            "POST",
            f"/v1/packets/{quote(id, safe='')}/items",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def get_packet(
        self,
        id: str,
        *,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.OnePacketShown:
        """Return one packet with all its items and their values.

        Scope `his-packets:read`.

        Problems: `packet-unknown`.
        """
        return await self._call(
            "GET",
            f"/v1/packets/{quote(id, safe='')}",
            models.OnePacketShown,
            query={
                "min_position": min_position,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def list_messages(
        self,
        *,
        control_id: str | None = None,
        status: Literal["received", "not-ours", "translated", "refused"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        min_position: str | None = None,
    ) -> models.HospitalMessagePage:
        """List received messages with their status, newest first; `next` is the cursor of the next page.

        Scope `his-adapter:read`.

        Problems: `search-moved`.
        """
        return await self._call(
            "GET",
            "/v1/messages",
            models.HospitalMessagePage,
            query={
                "control_id": control_id,
                "status": status,
                "limit": limit,
                "cursor": cursor,
                "min_position": min_position,
            },
        )

    async def search_messages(
        self,
        body: models.Search,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        min_position: str | None = None,
    ) -> models.HospitalMessagePage:
        """Search messages by control id or FHIR resource; ids, which may be of patients, are not part of the URL.

        Scope `his-adapter:read`.
        """
        return await self._call(
            "POST",
            "/v1/messages/search",
            models.HospitalMessagePage,
            query={
                "limit": limit,
                "cursor": cursor,
                "min_position": min_position,
            },
            body=body,
        )

    async def list_sources(
        self,
        *,
        hours: int | None = None,
    ) -> models.SourceList:
        """List sending systems: last message, number of messages by status, refusals by reason.

        Scope `his-adapter:read`.
        """
        return await self._call(
            "GET",
            "/v1/sources",
            models.SourceList,
            query={
                "hours": hours,
            },
        )

    async def list_watches(
        self,
    ) -> models.WatchedList:
        """List watched sources: whether each is silent, and since when.

        Scope `his-adapter:read`.
        """
        return await self._call(
            "GET",
            "/v1/watches",
            models.WatchedList,
        )

    async def list_feeds(
        self,
    ) -> models.FeedList:
        """List polled sources: the position, the number of resources read, and the error that stops it, if any.

        Scope `his-adapter:read`.
        """
        return await self._call(
            "GET",
            "/v1/feeds",
            models.FeedList,
        )

    async def send_fhir_bundle(
        self,
        body: dict[str, Any],
        *,
        historical: bool | None = None,
        content_type: Literal["application/fhir+json", "application/json"] = "application/fhir+json",
    ) -> dict[str, Any]:
        """Accept a Bundle: a transaction (all or nothing), a batch, or a subscription notification.

        `historical` data starts no messages to patients.

        Scope `his-adapter:write`.

        Problems: `erased-meanwhile`.
        """
        answer = await self._exchange(
            "POST",
            "/v1/fhir",
            query={
                "historical": historical,
            },
            body=body,
            content_type=content_type,
        )
        return dict(answer.json())

    async def put_fhir_resource(
        self,
        kind: str,
        id: str,
        body: dict[str, Any],
        *,
        historical: bool | None = None,
        content_type: Literal["application/fhir+json", "application/json"] = "application/fhir+json",
    ) -> dict[str, Any]:
        """Accept a created or changed resource, as sent by a rest-hook subscription with a payload.

        Scope `his-adapter:write`.

        Problems: `erased-meanwhile`.
        """
        answer = await self._exchange(
            "PUT",
            f"/v1/fhir/{quote(kind, safe='')}/{quote(id, safe='')}",
            query={
                "historical": historical,
            },
            body=body,
            content_type=content_type,
        )
        return dict(answer.json())

    async def delete_fhir_resource(
        self,
        kind: str,
        id: str,
    ) -> None:
        """Withdraw the directory entry of a deleted resource; facts about patients do not change.

        Scope `his-adapter:write`.

        Problems: `erased-meanwhile`.
        """
        await self._exchange(
            "DELETE",
            f"/v1/fhir/{quote(kind, safe='')}/{quote(id, safe='')}",
        )

    async def post_fhir_resource(
        self,
        kind: str,
        body: dict[str, Any],
        *,
        historical: bool | None = None,
        content_type: Literal["application/fhir+json", "application/json"] = "application/fhir+json",
    ) -> dict[str, Any]:
        """Accept a created or changed resource from a server that uses POST.

        Scope `his-adapter:write`.

        Problems: `erased-meanwhile`.
        """
        answer = await self._exchange(
            "POST",
            f"/v1/fhir/{quote(kind, safe='')}",
            query={
                "historical": historical,
            },
            body=body,
            content_type=content_type,
        )
        return dict(answer.json())

    async def get_fhir_metadata(
        self,
    ) -> dict[str, Any]:
        """Return the CapabilityStatement.

        Scope `his-adapter:read`.
        """
        answer = await self._exchange(
            "GET",
            "/v1/fhir/metadata",
        )
        return dict(answer.json())

    async def call_soap(
        self,
        body: str | bytes,
        *,
        content_type: Literal["text/xml", "application/soap+xml"] = "text/xml",
    ) -> bytes:
        """Accept one SOAP call. The token is a bearer token or the password of a WS-Security UsernameToken.

        Scope `his-adapter:write`.

        Problems: `envelope-invalid`, `envelope-not-stored`, `erased-meanwhile`.
        """
        answer = await self._exchange(
            "POST",
            "/v1/soap",
            body=body,
            content_type=content_type,
        )
        return answer.content

    async def send_hl7(
        self,
        body: str | bytes,
        *,
        historical: bool | None = None,
    ) -> bytes:
        """Accept one HL7 v2 message as the body (`application/hl7-v2`); the response is its acknowledgement.

        `historical` data (as data whose MSH-11.2 says that it is from an archive) starts no messages to patients.

        Scope `his-adapter:write`.

        Problems: `body-missing`, `sender-unknown`, `erased-meanwhile`.
        """
        answer = await self._exchange(
            "POST",
            "/v1/hl7",
            query={
                "historical": historical,
            },
            body=body,
            content_type="application/hl7-v2",
        )
        return answer.content

    async def report_queue_ticket(
        self,
        body: models.Ticket,
    ) -> models.TicketTaken:
        """Accept all that a queue system knows about a ticket; each finished stage becomes a waiting time.

        Scope `his-adapter:write`.

        Problems: `sender-unknown`, `erased-meanwhile`.
        """
        return await self._call(
            "POST",
            "/v1/queue-tickets",
            models.TicketTaken,
            body=body,
        )

    async def get_command(
        self,
        id: str,
    ) -> models.CommandDone:
        """Get the outcome of a command.

        Scope `his-adapter:read`.

        Problems: `item-unknown`, `approval-unknown`, `entry-unknown`, `fact-unknown`, `formality-unknown`, `packet-unknown`, `payment-unknown`, `provider-missing`, `request-unknown`, `watch-unknown`, `answer-of-another`, `approval-expired`, `attempt-settled`, `endpoint-missing`, `payment-expired`, `payment-made`, `payment-not-disputed`, `payment-not-made`, `payment-under-way`, `refund-too-high`, `refund-under-way`, `refund-waits`, `request-not-overdue`, `second-person-needed`, `settlement-waits`, `text-too-long`.
        """
        return await self._call(
            "GET",
            f"/commands/{quote(id, safe='')}",
            models.CommandDone,
        )
