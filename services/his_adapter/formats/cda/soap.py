"""The WebService: HL7 v2 messages and WS/T 500 documents in a SOAP call, answered with their acknowledgement."""

from importlib.resources import files

from aiokafka.errors import KafkaError
from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from services.his_adapter.formats.cda.envelope import SOAP11, SOAP12, TYPES, Call, acknowledgement, answer, call, fault
from services.his_adapter.formats.cda.intake import CdaIntake
from services.his_adapter.formats.cda.security import Envelope, WsSecurity
from services.his_adapter.formats.cda.xml import NotXml
from services.his_adapter.formats.common.apart import apart
from services.his_adapter.formats.common.speaking import senders_of, speaker
from services.his_adapter.formats.hl7.intake import Intake
from services.his_adapter.formats.hl7.message import Broken
from services.his_adapter.formats.hl7.text import decode
from services.his_adapter.settings import HisSettings
from shared.answers import says
from shared.caller import Caller
from shared.guard import MANY_PER_MINUTE, GuardedRoute, Public
from shared.host.deps import Deps
from shared.problems import Problem

WANTED = WsSecurity("his-adapter:write", per_minute=MANY_PER_MINUTE)


class SoapRoute(GuardedRoute):
    """Every error of these routes is a fault, in the version of SOAP that the request says it is."""

    errors, more = "text/xml fault", (500,)

    async def worded(self, request: Request, error: Exception) -> Response | None:
        """An error as a fault."""
        said = request.headers.get("content-type", "").lower()
        soap = SOAP12 if said.startswith("application/soap+xml") else SOAP11
        if isinstance(error, Problem):
            return Response(fault(soap, error.detail), error.status, error.headers, TYPES[soap])
        return _failed(soap, error.detail) if isinstance(error, HTTPException) else None


def routes(deps: Deps) -> APIRouter:
    """The routes of the WebService."""
    router, service = APIRouter(tags=["soap"], route_class=SoapRoute), WebService(deps)

    @router.get(
        "/v1/soap",
        response_class=Response,
        include_in_schema=False,
        dependencies=[Depends(Public("the contract, which holds nothing of anybody"))],
    )
    async def describe(wsdl: str = "") -> Response:
        """What the service is (WSDL 1.1); clients ask for it with `?wsdl`."""
        text = files(__package__).joinpath("service.wsdl").read_text()
        address = f"{deps.settings.hospital.public_url}/his/v1/soap"
        return Response(text.replace("ADDRESS", address), media_type="text/xml")

    @router.post(
        "/v1/soap",
        response_class=Response,
        max_body_size=HisSettings.of(deps.settings).mllp.max_frame_bytes,
        responses=says("text/xml"),
    )
    async def call_soap(envelope: Envelope = Depends(WANTED)) -> Response:
        """One call. The token is a bearer token, or the password of a WS-Security UsernameToken."""
        return await service.serve(envelope)

    return router


class WebService:
    """Answers calls in their own version of SOAP."""

    def __init__(self, deps: Deps) -> None:
        self._documents, self._messages, self._deps = CdaIntake(deps), Intake(deps), deps

    async def serve(self, envelope: Envelope) -> Response:
        """The response to a call that was let in."""
        try:
            asked = await apart(len(envelope.raw), lambda: call(envelope.raw))
        except NotXml as error:
            return _failed(SOAP11, str(error))
        if not asked.messages:
            what = "the Body holds neither an HL7 v2 message nor a ClinicalDocument: put one into a parameter, as text"
            return _failed(asked.soap, what)
        try:
            told = [await self._take(message, envelope.caller) for message in asked.messages]
        except KafkaError:
            return _failed(asked.soap, "it could not be stored: send it again", sender=False)
        return _answered(asked, told)

    async def _take(self, message: bytes, caller: Caller) -> str:
        if message.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"MSH", b"FHS", b"BHS")):
            senders = senders_of(caller, self._deps.settings.auth.senders_required)
            return _read(await self._messages.take(message, senders=senders))
        taken = await self._documents.take(message, await speaker(self._deps, caller, message, "soap"))
        return acknowledgement(taken.id, taken.code, taken.reason)


def _read(acknowledgement: bytes) -> str:
    """It comes in the charset of its message."""
    try:
        return decode(acknowledgement)  # MSH-18 says which
    except Broken:
        return acknowledgement.decode("latin-1")


def _answered(asked: Call, told: list[str]) -> Response:
    return Response(answer(asked, "".join(told)), media_type=TYPES[asked.soap])


def _failed(soap: str, reason: str, sender: bool = True) -> Response:
    """SOAP 1.1 wants 500 for every fault; 1.2 tells the sender's own by 400."""
    status = 400 if sender and soap != SOAP11 else 500
    return Response(fault(soap, reason, sender), status, media_type=TYPES[soap])
