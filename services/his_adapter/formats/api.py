"""HTTP: messages that hospital systems push. Served by the intake role, with MLLP, in its own process."""

from fastapi import APIRouter, Depends, Request, Response

from services.his_adapter.formats.answers import TicketTaken
from services.his_adapter.formats.cda import soap
from services.his_adapter.formats.common.speaking import senders_of, speaker
from services.his_adapter.formats.common.storing import received, store
from services.his_adapter.formats.fhir import api as fhir
from services.his_adapter.formats.hl7.intake import Intake
from services.his_adapter.formats.queues.body import Ticket
from services.his_adapter.formats.settings import FormatSettings
from shared.answers import Media, answers, says, takes
from shared.caller import Caller
from shared.guard import MANY_PER_MINUTE, guarded, scope
from shared.host.deps import Deps
from shared.problems import Problem
from shared.telemetry import edge_span

HL7 = Media("hl7", ("application/hl7-v2",), {"type": "string", "examples": ["MSH|^~\\&|HIS|…"]})
WRITE = scope("his-adapter:write", per_minute=MANY_PER_MINUTE, of_nobody="hospital systems send what they hold")


def routes(deps: Deps) -> APIRouter:
    """Return the routes of the intake role."""
    router, intake = guarded(tags=["his"]), Intake(deps)
    router.include_router(fhir.routes(deps))
    router.include_router(soap.routes(deps))

    @router.post(
        "/v1/hl7",
        response_class=Response,
        max_body_size=FormatSettings.of(deps.settings).mllp.max_frame_bytes,
        responses=says(HL7, "body-missing", "erased-meanwhile", "sender-unknown"),
        openapi_extra=takes(HL7, "One HL7 v2 message, segments separated by CR; its charset is that of MSH-18"),
    )
    async def send_hl7(request: Request, historical: bool = False, caller: Caller = Depends(WRITE)) -> Response:
        """Accept one HL7 v2 message as the body (`application/hl7-v2`); the response is its acknowledgement.

        `historical` data (as data whose MSH-11.2 says that it is from an archive) starts no messages to patients.
        """
        raw = await request.body()
        if not raw:
            raise Problem(400, "body-missing", "send one HL7 v2 message as the request body")
        senders = senders_of(caller, deps.settings.auth.senders_required)
        return Response(await intake.take(raw, historical, senders), media_type=HL7.types[0])

    @router.post(
        "/v1/queue-tickets",
        status_code=202,
        responses=answers(TicketTaken, "erased-meanwhile", "sender-unknown", status=202),
    )
    async def report_queue_ticket(ticket: Ticket, caller: Caller = Depends(WRITE)) -> dict[str, str]:
        """Accept all that a queue system knows about a ticket; each finished stage becomes a waiting time."""
        raw, name = ticket.model_dump_json(), f"{ticket.queue}/{ticket.ticket}"
        sender = await speaker(deps, caller, raw.encode(), "queue")
        message = received(deps, raw.encode(), raw, format="queue", sender=sender, kind="queue", control_id=name)
        with edge_span("receive queue ticket") as headers:
            await store(deps, [message], headers)
        return {"message_id": message.message_id}

    return router
