"""The read models of all rooms."""

from services.his_adapter.directory import projections as directory
from services.his_adapter.facts.projections import FILES
from services.his_adapter.formats.projections import messages
from services.his_adapter.packets.projections import PACKETS
from services.his_adapter.payments.projections import APPROVALS, COMPARED, PAYMENTS
from services.his_adapter.pulling.projections import FEEDS
from services.his_adapter.requests import projections as requests
from services.his_adapter.watches.projections import HEARD, WATCHES
from shared.access import ACCESS
from shared.humans import HUMANS
from shared.people import PEOPLE

MESSAGES = messages({directory.COMMANDS: directory.from_message, requests.COMMANDS: requests.from_message})
PROJECTIONS = (
    MESSAGES,
    FEEDS,
    directory.DIRECTORY,
    requests.REQUESTS,
    PAYMENTS,
    APPROVALS,
    COMPARED,
    HEARD,
    WATCHES,
    FILES,
    PACKETS,
    HUMANS,
    PEOPLE,
    ACCESS,
)
