"""Build his_adapter: its declaration as a service, for production and tests."""

from collections.abc import Awaitable, Callable
from functools import partial

from services.his_adapter.api import routes
from services.his_adapter.directory.domain import DIRECTORY
from services.his_adapter.directory.policies import list_entries
from services.his_adapter.facts.domain import DECIDER
from services.his_adapter.facts.policies import HAND_ON, translate_messages
from services.his_adapter.formats import api as taking
from services.his_adapter.formats.fhir.intake import FhirIntake
from services.his_adapter.formats.hl7.intake import Intake
from services.his_adapter.formats.hl7.mllp import MllpServer
from services.his_adapter.formats.settings import MLLP, FormatSettings
from services.his_adapter.formats.tables.definitions import Table
from services.his_adapter.packets.domain import PACKETS
from services.his_adapter.payments.bills import GROUP as BILLS
from services.his_adapter.payments.bills import compare
from services.his_adapter.payments.domain import PAYMENTS
from services.his_adapter.payments.sender import GROUP as PAYING
from services.his_adapter.payments.sender import pay
from services.his_adapter.payments.settings import ACCOUNTS, PLATFORMS
from services.his_adapter.projections import PROJECTIONS
from services.his_adapter.pulling.fhir.definitions import Feed
from services.his_adapter.pulling.progress import Progress
from services.his_adapter.pulling.settings import FEEDS
from services.his_adapter.requests.domain import REQUESTS
from services.his_adapter.requests.policies import HEAR, SETTLE
from services.his_adapter.requests.sender import GROUP as ASKING
from services.his_adapter.requests.sender import send
from services.his_adapter.requests.settings import ENDPOINTS
from services.his_adapter.watches.beginning import LOOK, Beginnings
from services.his_adapter.watches.domain import WATCHES
from services.his_adapter.watches.policies import WATCH
from shared.host.deps import Deps
from shared.polling import every, poll
from shared.projector.standard import Trace
from shared.service import Role, Service
from shared.settings import Settings

PULLER = "his-adapter.puller"
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
    await MllpServer(FormatSettings.of(deps.settings).mllp, intake.take, intake.refuse).run()


async def pull(deps: Deps) -> None:
    """Run the puller role: poll FHIR servers and tables; beside it tidy the drop folder and begin watches.

    The imports are local: only this role needs the database and workbook libraries.
    """
    from services.his_adapter.pulling.fhir.poll import pull_export
    from services.his_adapter.pulling.sources import Pulling
    from services.his_adapter.pulling.tables.database import read_view
    from services.his_adapter.pulling.tables.folder import read_folder
    from services.his_adapter.pulling.tables.tidying import TIDY, tidy

    intake = FhirIntake(deps)

    async def read_table(table: Table, progress: Progress) -> None:
        await (read_view if table.view else read_folder)(deps, intake, table, progress)

    reads: dict[type[Feed | Table], Callable[..., Awaitable[None]]] = {
        Feed: partial(pull_export, deps, intake),
        Table: read_table,
    }
    chores = every(TIDY, lambda: tidy(deps)), every(LOOK, Beginnings(deps).report)
    await poll(deps, PULLER, Pulling(deps, reads), *chores)


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
            Role("puller", pull, {PULLER: ("his-directory",)}),
            Role("puller", compare, {BILLS: ("his-payments",)}, begins="now"),
            Role("sender", send, {ASKING: ("his-requests",)}),
            Role("sender", pay, {PAYING: ("his-payments",)}),
        ),
        uses={
            "api": (ENDPOINTS, PLATFORMS, ACCOUNTS),
            "intake": (MLLP,),
            "puller": (FEEDS, PLATFORMS, ACCOUNTS),
            "sender": (ENDPOINTS, PLATFORMS, ACCOUNTS),
        },
    )
