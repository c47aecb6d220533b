"""The actor of a command: CloudEvents Auth Context extension (`authtype`, `authid`), copied to all of its events."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, cast, get_args

AuthType = Literal["user", "service_account", "app_user", "system", "claimed", "unknown"]
"""Staff; a program; a patient with a signed link; our own rules; what an inbox record claims; unknown."""


OUTSIDE = ("user", "service_account", "app_user")
"""Actors that made a request to us."""


class Actor(NamedTuple):
    """Who caused something. `id`: the token's `sub`, the rule's name, or the id of the outside client."""

    type: AuthType
    id: str


UNKNOWN = Actor("unknown", "")
"""The actor of records from before commands had actors."""


def system(name: str) -> Actor:
    """The actor for one of our own rules or roles."""
    return Actor("system", name)


def actor_of(raw: Mapping[str, Any]) -> Actor:
    """The actor among a record's attributes."""
    auth_type = raw.get("authtype", "unknown")
    return Actor(cast(AuthType, auth_type) if auth_type in get_args(AuthType) else "unknown", raw.get("authid", ""))


def actor_attributes(actor: Actor) -> dict[str, str]:
    """An actor as CloudEvents attributes; empty if unknown."""
    return {"authtype": actor.type, "authid": actor.id} if actor != UNKNOWN else {}
