"""Who asks for something over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.actor import Actor


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, by the claims of a verified token: `sub`, `scope`, and of a person `roles`, `departments`, `campuses`.

    A list in a claim may also be one text with spaces, as `scope` is. `has_roles`: the claim `roles` is there, be it
    empty, so that a person asks and no machine.
    """

    name: str
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    campuses: frozenset[str] = frozenset()
    has_roles: bool = False

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> "Caller":
        """The caller that claims name."""
        lists = {"scopes": "scope", "roles": "roles", "departments": "departments", "campuses": "campuses"}
        words = {field: _words(claims.get(claim)) for field, claim in lists.items()}
        return cls(str(claims["sub"]), **words, has_roles="roles" in claims)

    @property
    def actor(self) -> Actor:
        """Them, as commands name who did it: only people have roles."""
        return Actor("user" if self.roles else "service_account", self.name)

    def holds(self, wanted: str) -> bool:
        """Whether they have a scope: itself, or `*` with its right (`*:read` for `contacts:read`)."""
        return not self.scopes.isdisjoint({wanted, f"*:{wanted.partition(':')[2]}"})


def _words(claim: Any) -> frozenset[str]:
    return frozenset(claim.split() if isinstance(claim, str) else map(str, claim or ()))
