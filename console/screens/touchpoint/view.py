"""What the note of a contact says, and who it was."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from careloop_client.contacts.models import KnownIdentifier, TouchpointReported
from console.screens.find.view import system_of
from shared.contracts.staff import Staff

CHANNELS = ("phone", "desk")
DIRECTIONS = ("inbound", "outbound")
FIELDS = ("kind", "issuer", "value", "name", "channel", "direction", "summary", "key")
EMPTY: Mapping[str, str] = {**dict.fromkeys(FIELDS, ""), "kind": "phone", "channel": "phone", "direction": "inbound"}
"""The form before anybody typed anything."""


def touchpoint(asked: Mapping[str, str], staff: Staff, at: datetime) -> TouchpointReported:
    """The contact as contacts takes it; the agent and their department are tied to the person by it."""
    identifier = KnownIdentifier(system=system_of(asked["kind"], asked["issuer"]), value=asked["value"])
    channel: Literal["phone", "desk"] = "desk" if asked["channel"] == "desk" else "phone"
    return TouchpointReported(
        at=at,
        touchpoint_id=asked["key"],
        identifiers=[identifier],
        channel=channel,
        direction="outbound" if asked["direction"] == "outbound" else "inbound",
        name=asked["name"] or None,
        summary=asked["summary"],
        agent=staff.id,
        department=staff.department,
    )
