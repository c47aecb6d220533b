"""Authentication other than by bearer token."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from fastapi import Request

from shared.guard.rates import MANY_PER_MINUTE
from shared.links import open_link


class Authentication(ABC):
    """Authentication of a route. `kind` and `wants`: shown in the list of routes.

    `per_minute`: the rate limit of one client, if it differs from the default (`shared/guard/rates.py`). `problems`:
    the slugs of its refusals.
    """

    kind: ClassVar[str]
    wants: str = ""
    per_minute: int | None = None
    problems: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    async def admit(self, request: Request) -> Any:
        """Who calls, or what the request proved. Raises a problem if it is not authenticated."""

    def client(self, admitted: Any) -> str:
        """The id under which requests are counted; "" for the network address."""
        return ""

    async def __call__(self, request: Request) -> Any:
        """As a dependency: the result of `admit` for this request."""
        return request.state.admitted


class SignedLink(Authentication):
    """A signed link of ours for one purpose: the path's `token`. Returns its subject."""

    kind = "signed link"

    def __init__(self, purpose: str) -> None:
        self.wants = purpose

    def client(self, admitted: str) -> str:
        """The link, whoever has it."""
        return admitted

    async def admit(self, request: Request) -> str:
        """Raises `LinkInvalid`."""
        deps = request.app.state.deps
        return open_link(deps.settings.auth.links, self.wants, request.path_params["token"], deps.clock())


class BodySignature(Authentication):
    """A signature over the raw body, in `header`. `check` returns what was signed, or raises a problem."""

    kind = "body signature"
    problems = ("signature-invalid",)

    def __init__(self, wants: str, header: str, check: Callable[[Request, bytes], Awaitable[Any]]) -> None:
        self.wants, self.header, self._check, self.per_minute = wants, header, check, MANY_PER_MINUTE

    async def admit(self, request: Request) -> Any:
        """Reads the body, up to the route's limit, without parsing it."""
        return await self._check(request, await request.body())


class Public(Authentication):
    """No authentication; `wants` says why."""

    kind = "public"

    def __init__(self, why: str) -> None:
        self.wants = why

    async def admit(self, request: Request) -> None:
        """Accept everybody."""
