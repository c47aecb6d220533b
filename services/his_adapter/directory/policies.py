"""Policy: raw messages → commands of the directory."""

from services.his_adapter.directory.commands import command_of
from services.his_adapter.formats import meaning
from services.his_adapter.formats.translating import translated
from shared.contracts.base import Command
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.policy import Policy, caused


def list_entries(site_key: bytes) -> Policy:
    """Return the policy that lists the directory entries of each stored message."""

    def react(received: Envelope[HospitalMessageReceived], definitions: Definitions) -> list[Command]:
        if not meaning.tells_directory(received.data.format, received.data.message_type):
            return []
        entries = translated(meaning.entries, site_key, received, definitions)
        return [command_of(entry, caused(received, "list", index)) for index, entry in enumerate(entries)]

    return Policy("list", ("his-adapter",), (HospitalMessageReceived,), react, "his-directory", kind="raw")
