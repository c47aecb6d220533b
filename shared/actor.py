"""Who did it: CloudEvents' Auth Context extension (`authtype`, `authid`), in every command and on all its events."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, cast, get_args

AuthType = Literal["user", "service_account", "app_user", "system", "claimed", "unknown"]
"""A person with a role; a program; a patient behind a link; our own rules; what an inbox says of itself; not told."""


OUTSIDE = ("user", "service_account", "app_user")
"""Those that asked us for something."""


class Actor(NamedTuple):
    """Who caused something. `id` is the token's `sub`, the rule's name, or what names the outside client."""

    type: AuthType
    id: str


UNKNOWN = Actor("unknown", "")
"""Of what was written before commands had actors."""


def system(name: str) -> Actor:
    """One of our own rules or roles."""
    return Actor("system", name)


def actor_of(raw: Mapping[str, Any]) -> Actor:
    """The actor among a record's attributes."""
    said = raw.get("authtype", "unknown")
    return Actor(cast(AuthType, said) if said in get_args(AuthType) else "unknown", raw.get("authid", ""))


def actor_attributes(actor: Actor) -> dict[str, str]:
    """An actor as CloudEvents attributes; none for nobody known."""
    return {"authtype": actor.type, "authid": actor.id} if actor != UNKNOWN else {}
