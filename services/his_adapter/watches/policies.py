"""Policy: stored messages → commands of the watches for their source."""

from services.his_adapter.watches.commands import HearSource
from services.his_adapter.watches.definitions import Watch
from shared.contracts.base import Command
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.policy import Policy, caused


def _watch(received: Envelope[HospitalMessageReceived], definitions: Definitions) -> list[Command]:
    """Report a message to the watches of its source, at the time it was recorded, even if it is refused later."""
    message = received.data
    return [
        HearSource(id=caused(received, "watch", watch.id), at=received.recorded, watch=watch.id)
        for watch in definitions.current(Watch)
        if watch.waits_for(message.sender, message.message_type)
    ]


WATCH = Policy("watch", ("his-adapter",), (HospitalMessageReceived,), _watch, "his-watches", kind="raw")
