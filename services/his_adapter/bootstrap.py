"""Build his_adapter: its declaration as a service, for production and tests."""

import asyncio

from services.his_adapter import intake as taking
from services.his_adapter.api import routes
from services.his_adapter.directory.domain import DIRECTORY
from services.his_adapter.directory.policies import list_entries
from services.his_adapter.facts.domain import DECIDER
from services.his_adapter.facts.policies import HAND_ON, translate_messages
from services.his_adapter.formats.hl7.intake import Intake
from services.his_adapter.formats.hl7.mllp import MllpServer
from services.his_adapter.packets.domain import PACKETS
from services.his_adapter.payments.domain import PAYMENTS
from services.his_adapter.payments.sender import GROUP as PAYING
from services.his_adapter.payments.sender import pay
from services.his_adapter.payments.settings import ACCOUNTS, ENDPOINTS
from services.his_adapter.projections import PROJECTIONS
from services.his_adapter.requests.domain import REQUESTS
from services.his_adapter.requests.policies import HEAR, SETTLE
from services.his_adapter.requests.sender import GROUP as ASKING
from services.his_adapter.requests.sender import send
from services.his_adapter.settings import FEEDS, MLLP, HisSettings
from services.his_adapter.watches.domain import WATCHES
from services.his_adapter.watches.policies import WATCH
from shared.host.deps import Deps
from shared.projector.standard import Trace
from shared.service import Role, Service
from shared.settings import Settings

SCOPES = {
    "his-adapter": ("read", "write"),
    "his-directory": ("read", "write"),
    "his-requests": ("read", "write", "settle"),
    "his-payments": ("read", "write", "refund", "settle"),
    "his-packets": ("read", "write"),
}
TRACE = Trace(
    ids=("person_id", "message_id", "control_id", "patient_key", "request_id"),
    says=("due", "timer_id", "template", "reason", "status", "control_id", "until", "action", "accepted"),
)


async def listen(deps: Deps) -> None:
    """Run the MLLP server (intake role); the port opens once the definitions are loaded."""
    await deps.definitions.ready.wait()
    intake = Intake(deps)
    await MllpServer(HisSettings.of(deps.settings).mllp, intake.take, intake.refuse).run()


async def pull(deps: Deps) -> None:
    """Run the puller role. The import is local: only this role needs the database and workbook libraries."""
    from services.his_adapter.formats.feeds import pull as read

    await read(deps)


async def ask(deps: Deps) -> None:
    """Run the sender role: requests to hospital systems and to payment platforms."""
    async with asyncio.TaskGroup() as both:
        both.create_task(send(deps))
        both.create_task(pay(deps))


def build(settings: Settings) -> Service:
    """Return the declaration of the service."""
    site_key = settings.keys.site_key
    return Service(
        name="his_adapter",
        deciders=(DECIDER, DIRECTORY, REQUESTS, PAYMENTS, WATCHES, PACKETS),
        policies=(translate_messages(site_key), list_entries(site_key), HAND_ON, HEAR, SETTLE, WATCH),
        projections=PROJECTIONS,
        trace=TRACE,
        definitions_from=("his-adapter", "contacts"),
        raw=True,
        shown_in_timelines=False,
        api=routes,
        intake=taking.routes,
        mount="his",
        takes=("/v1/hl7", "/v1/fhir", "/v1/soap", "/v1/queue-tickets"),
        scopes=SCOPES,
        roles=(
            Role("intake", listen),
            Role("puller", pull, {"his-adapter.puller": ("his-directory",)}),
            Role("sender", ask, {ASKING: ("his-requests",), PAYING: ("his-payments",)}),
        ),
        uses={
            "api": (ENDPOINTS, ACCOUNTS),
            "intake": (MLLP,),
            "puller": (FEEDS, ENDPOINTS, ACCOUNTS),
            "sender": (ENDPOINTS, ACCOUNTS),
        },
    )
