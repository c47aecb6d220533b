"""The read models of all rooms."""

from services.his_adapter.directory.projections import DIRECTORY
from services.his_adapter.facts.projections import MESSAGES
from services.his_adapter.packets.projections import FILES, PACKETS
from services.his_adapter.payments.projections import PAYMENTS
from services.his_adapter.payments.waiting import APPROVALS
from services.his_adapter.pulling.projections import FEEDS
from services.his_adapter.requests.projections import REQUESTS
from services.his_adapter.watches.projections import HEARD, WATCHES
from shared.access import ACCESS
from shared.humans import HUMANS
from shared.people import PEOPLE

PROJECTIONS = (
    MESSAGES,
    FEEDS,
    DIRECTORY,
    REQUESTS,
    PAYMENTS,
    APPROVALS,
    HEARD,
    WATCHES,
    FILES,
    PACKETS,
    HUMANS,
    PEOPLE,
    ACCESS,
)
