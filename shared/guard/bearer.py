"""Authentication by bearer token."""

from typing import Any

from fastapi import Request
from fastapi.openapi.models import HTTPBearer
from fastapi.openapi.models import SecurityBase as Scheme
from fastapi.security.base import SecurityBase

from shared.auth import allowed, bearer
from shared.caller import Caller
from shared.guard.authentication import Authentication


class Bearer(Authentication, SecurityBase):
    """A bearer token with a scope; returns the `Caller`.

    `once`: the scope that covered this right before it had its own, accepted with `auth.wide_scopes`. `of_nobody`: why
    its routes need not ask whether the caller may read a person; "" if they ask (a `Reader`, `acting`).
    """

    kind = "bearer"
    scheme_name = "bearer"
    model: Scheme = HTTPBearer(bearerFormat="JWT", description="A token with the scope that the operation names")
    problems = ("token-missing", "token-invalid", "scope-missing", "token-keys-away")

    def __init__(self, wants: str, once: str = "", per_minute: int | None = None, of_nobody: str = "") -> None:
        self.wants, self.once, self.per_minute, self.of_nobody = wants, once, per_minute, of_nobody

    def client(self, admitted: Any) -> str:
        """The caller, from whatever address."""
        return str(admitted.name)

    async def admit(self, request: Request) -> Caller:
        """Raises a 401, 403 or 503 problem."""
        return await allowed(request.app.state.verifier, bearer(request.headers), self.wants, self.once)


def scope(wanted: str, once: str = "", per_minute: int | None = None, of_nobody: str = "") -> Bearer:
    """A dependency: the caller has a bearer token with the scope `wanted`; options as of `Bearer`."""
    return Bearer(wanted, once, per_minute, of_nobody)
