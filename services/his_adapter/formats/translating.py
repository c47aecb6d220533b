"""A stored message read with the mapping in force; one that cannot be translated is refused with its place."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from services.his_adapter.definitions import Site, site_of
from services.his_adapter.formats.meaning import Untranslatable
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.policy import Refused

T = TypeVar("T")


def translated(
    read: Callable[[bytes, Site, HospitalMessageReceived], Sequence[T]],
    site_key: bytes,
    received: Envelope[HospitalMessageReceived],
    definitions: Definitions,
) -> Sequence[T]:
    """What `read` makes of it. Raises `Refused`."""
    try:
        return read(site_key, site_of(definitions, received.data.site), received.data)
    except Untranslatable as error:
        raise Refused(f"{received.data.format}-untranslatable", str(error)) from error
