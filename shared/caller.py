"""Who asks for something over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.actor import Actor


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, by the claims of a verified token: `sub`, `scope`, and of a person `roles`, `departments`, `campuses`.

    A list in a claim may also be one text with spaces, as `scope` is. `has_roles`: the claim `roles` is there, be it
    empty, so that a person asks and no machine. `senders` are the systems that it speaks for: without the claim (None)
    it speaks for itself, with an empty one for nobody.
    """

    name: str
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    campuses: frozenset[str] = frozenset()
    has_roles: bool = False
    senders: frozenset[str] | None = None

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> "Caller":
        """The caller that claims name."""
        lists = {field: field for field in ("roles", "departments", "campuses")} | {"scopes": "scope"}
        words = {field: _words(claims.get(claim)) for field, claim in lists.items()}
        senders = _words(claims["senders"]) if "senders" in claims else None
        return cls(str(claims["sub"]), **words, has_roles="roles" in claims, senders=senders)

    @property
    def actor(self) -> Actor:
        """Them, as commands name who did it: only people have roles, be it none of them."""
        return Actor("user" if self.has_roles else "service_account", self.name)

    @property
    def sender(self) -> str:
        """The one system it speaks for where what it sends names none; "" where its claim names several or none."""
        if self.senders is None or self.name in self.senders:
            return self.name
        return next(iter(self.senders)) if len(self.senders) == 1 else ""

    def holds(self, wanted: str) -> bool:
        """Whether they have a scope: itself, or `*` with its right (`*:read` for `cases:read`)."""
        return not self.scopes.isdisjoint({wanted, f"*:{wanted.partition(':')[2]}"})


def _words(claim: Any) -> frozenset[str]:
    return frozenset(claim.split() if isinstance(claim, str) else map(str, claim or ()))
