"""Translate a stored message with the current mapping of its site, or refuse it with the field at fault."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from services.his_adapter.formats.definitions import Site, site_of
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
    """Return the result of `read` for a stored message. Raises `Refused` if it cannot be translated."""
    try:
        return read(site_key, site_of(definitions, received.data.site), received.data)
    except Untranslatable as error:
        raise Refused(f"{received.data.format}-untranslatable", str(error)) from error
