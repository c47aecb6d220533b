"""The caller of an HTTP request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.actor import Actor


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller by the token claims (RFC 7519) `sub`, `scope`, and for staff `roles`, `departments`, `campuses`.

    A list in a token claim may also be a text with spaces, as `scope` is. `has_roles`: the token claim `roles` exists,
    even if empty, so the caller is a person and no machine. `senders`: the systems that it speaks for; None (no such
    token claim): itself, empty: none.
    """

    name: str
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    campuses: frozenset[str] = frozenset()
    has_roles: bool = False
    senders: frozenset[str] | None = None

    @classmethod
    def of(cls, token_claims: Mapping[str, Any]) -> "Caller":
        """The caller that a verified token names."""
        lists = {field: field for field in ("roles", "departments", "campuses")} | {"scopes": "scope"}
        words = {field: _words(token_claims.get(name)) for field, name in lists.items()}
        senders = _words(token_claims["senders"]) if "senders" in token_claims else None
        return cls(str(token_claims["sub"]), **words, has_roles="roles" in token_claims, senders=senders)

    @property
    def actor(self) -> Actor:
        """The caller as actor of commands: a person if there is a token claim `roles`."""
        return Actor("user" if self.has_roles else "service_account", self.name)

    @property
    def sender(self) -> str:
        """The system it speaks for if a message names none; "" if its token names several or none."""
        if self.senders is None or self.name in self.senders:
            return self.name
        return next(iter(self.senders)) if len(self.senders) == 1 else ""

    def holds(self, wanted: str) -> bool:
        """Whether the caller has a scope: the scope itself, or `*` with its right (`*:read` for `cases:read`)."""
        return not self.scopes.isdisjoint({wanted, f"*:{wanted.partition(':')[2]}"})


def _words(value: Any) -> frozenset[str]:
    return frozenset(value.split() if isinstance(value, str) else map(str, value or ()))
