"""The declaration of a screen, from which menu, rights and tests follow."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from console.live.parts import Part
from console.roles import Role
from shared.contracts.audit import PurposeOfUse


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen: `path` of its page, and the roles that may open it.

    `name` is its folder and the key of its title in the locale (`screen.<name>`). `in_menu`: False for screens that are
    opened from others, as a person's from a search. `keys`: the letter that opens it after `g`.
    `filters`: the names in its address that a saved view may hold (`console/saved_views.py`): choices from lists.
    `purpose`: why its people look at persons, as the services record it (HL7 v3 PurposeOfUse).
    `events`: its parts that stay current, by name.
    """

    name: str
    path: str
    roles: frozenset[Role]
    in_menu: bool = True
    keys: str = ""
    purpose: PurposeOfUse = "HOPERAT"
    filters: tuple[str, ...] = ()
    events: Mapping[str, Part] = field(default_factory=dict, hash=False)

    def opens_for(self, roles: Collection[str]) -> bool:
        """Whether somebody with these roles may open it."""
        return not self.roles.isdisjoint(roles)
