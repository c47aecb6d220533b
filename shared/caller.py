"""The caller of an HTTP request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.actor import Actor


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller by the claims of a verified token: `sub`, `scope`, and for staff `roles`, `departments`, `campuses`.

    A list in a claim may also be a text with spaces, as `scope` is. `has_roles`: the claim `roles` exists, even if
    empty, so the caller is a person and no machine. `senders`: the systems that it speaks for; None (no claim): itself,
    empty: none.
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
        """The caller for these claims."""
        lists = {field: field for field in ("roles", "departments", "campuses")} | {"scopes": "scope"}
        words = {field: _words(claims.get(claim)) for field, claim in lists.items()}
        senders = _words(claims["senders"]) if "senders" in claims else None
        return cls(str(claims["sub"]), **words, has_roles="roles" in claims, senders=senders)

    @property
    def actor(self) -> Actor:
        """The caller as actor of commands: a person if there is a claim `roles`."""
        return Actor("user" if self.has_roles else "service_account", self.name)

    @property
    def sender(self) -> str:
        """The system it speaks for if a message names none; "" if its claim names several or none."""
        if self.senders is None or self.name in self.senders:
            return self.name
        return next(iter(self.senders)) if len(self.senders) == 1 else ""

    def holds(self, wanted: str) -> bool:
        """Whether the caller has a scope: the scope itself, or `*` with its right (`*:read` for `cases:read`)."""
        return not self.scopes.isdisjoint({wanted, f"*:{wanted.partition(':')[2]}"})


def _words(claim: Any) -> frozenset[str]:
    return frozenset(claim.split() if isinstance(claim, str) else map(str, claim or ()))
