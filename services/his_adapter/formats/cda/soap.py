"""SOAP service: accepts HL7 v2 messages and WS/T 500 documents, answers with their acknowledgements."""

from importlib.resources import files

from aiokafka.errors import KafkaError
from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from services.his_adapter.formats.cda.envelope import SOAP11, SOAP12, TYPES, Call, acknowledgement, answer, call, fault
from services.his_adapter.formats.cda.intake import CdaIntake
from services.his_adapter.formats.cda.security import SoapEnvelope, WsSecurity
from services.his_adapter.formats.cda.xml import NotXml
from services.his_adapter.formats.common.speaking import senders_of, speaker
from services.his_adapter.formats.common.threads import in_thread_if_large
from services.his_adapter.formats.hl7.intake import Intake
from services.his_adapter.formats.hl7.message import Broken
from services.his_adapter.formats.hl7.text import decode
from services.his_adapter.formats.settings import FormatSettings
from shared.answers import Media, says, takes
from shared.bus.producer import RecordTooLarge
from shared.bus.writing import TooLarge
from shared.caller import Caller
from shared.guard import MANY_PER_MINUTE, GuardedRoute, Public, Tag
from shared.host.deps import Deps
from shared.problems import Problem

WANTED = WsSecurity("his-adapter:write", per_minute=MANY_PER_MINUTE, of_nobody="hospital systems send what they hold")

ENVELOPE = Media("envelope", ("text/xml", "application/soap+xml"), {"type": "string"})
FAULT = Media("fault", ENVELOPE.types, {"type": "string"})
"""Errors: an envelope with a fault, in the SOAP version of the call."""
TAG = Tag("soap", "SOAP 1.1 and 1.2: HL7 v2 messages and WS/T 500 documents")


REFUSED = ("sender-unknown", "erased-meanwhile", "envelope-invalid", "envelope-not-stored")


class SoapRoute(GuardedRoute):
    """Answers every error of these routes with a fault in the SOAP version of the request's content type."""

    errors = FAULT

    async def worded(self, request: Request, error: Exception) -> Response | None:
        """Return a fault for known errors, else None."""
        content_type = request.headers.get("content-type", "").lower()
        soap = SOAP12 if content_type.startswith("application/soap+xml") else SOAP11
        if isinstance(error, Problem):
            return Response(fault(soap, error.detail), error.status, error.headers, TYPES[soap])
        if isinstance(error, TooLarge | RecordTooLarge):
            return _failed(soap, f"{error}: nothing was taken")
        return _failed(soap, error.detail) if isinstance(error, HTTPException) else None


def routes(deps: Deps) -> APIRouter:
    """Return the routes of the SOAP service."""
    router, service = APIRouter(tags=[TAG], route_class=SoapRoute), WebService(deps)

    @router.get(
        "/v1/soap",
        response_class=Response,
        include_in_schema=False,
        dependencies=[Depends(Public("the contract, which holds nothing of anybody"))],
    )
    async def describe(wsdl: str = "") -> Response:
        """Return the WSDL 1.1 of the service; clients request it with `?wsdl`."""
        text = files(__package__).joinpath("service.wsdl").read_text()
        address = f"{deps.settings.hospital.public_url}/his/v1/soap"
        return Response(text.replace("ADDRESS", address), media_type="text/xml")

    @router.post(
        "/v1/soap",
        response_class=Response,
        max_body_size=FormatSettings.of(deps.settings).mllp.max_frame_bytes,
        responses=says(ENVELOPE, *REFUSED),
        openapi_extra=takes(ENVELOPE, "A SOAP envelope; the WSDL at `?wsdl` describes its operations"),
    )
    async def call_soap(envelope: SoapEnvelope = Depends(WANTED)) -> Response:
        """Accept one SOAP call. The token is a bearer token or the password of a WS-Security UsernameToken."""
        return await service.serve(envelope)

    return router


class WebService:
    """Handles SOAP calls of version 1.1 and 1.2."""

    def __init__(self, deps: Deps) -> None:
        self._documents, self._messages, self._deps = CdaIntake(deps), Intake(deps), deps

    async def serve(self, envelope: SoapEnvelope) -> Response:
        """Store the messages of an authenticated call; return the response."""
        try:
            soap_call = await in_thread_if_large(len(envelope.raw), lambda: call(envelope.raw))
        except NotXml as error:
            return _failed(SOAP11, str(error))
        if not soap_call.messages:
            reason = (
                "the Body holds neither an HL7 v2 message nor a ClinicalDocument: put one into a parameter, as text"
            )
            return _failed(soap_call.soap, reason)
        try:
            acknowledgements = [await self._take(message, envelope.caller) for message in soap_call.messages]
        except KafkaError:
            return _failed(soap_call.soap, "it could not be stored: send it again", sender=False)
        return _answered(soap_call, acknowledgements)

    async def _take(self, message: bytes, caller: Caller) -> str:
        if message.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"MSH", b"FHS", b"BHS")):
            senders = senders_of(caller, self._deps.settings.auth.senders_required)
            return _read(await self._messages.take(message, senders=senders))
        taken = await self._documents.take(message, await speaker(self._deps, caller, message, "soap"))
        return acknowledgement(taken.id, taken.code, taken.reason)


def _read(acknowledgement: bytes) -> str:
    """Decode an acknowledgement, which has the charset of its message."""
    try:
        return decode(acknowledgement)  # by MSH-18
    except Broken:
        return acknowledgement.decode("latin-1")


def _answered(soap_call: Call, acknowledgements: list[str]) -> Response:
    return Response(answer(soap_call, "".join(acknowledgements)), media_type=TYPES[soap_call.soap])


def _failed(soap: str, reason: str, sender: bool = True) -> Response:
    """Return a fault: status 500 in SOAP 1.1; in 1.2 400 for faults of the sender."""
    status = 400 if sender and soap != SOAP11 else 500
    return Response(fault(soap, reason, sender), status, media_type=TYPES[soap])
