"""How a route can know who asks, where no token says it."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from fastapi import Request

from shared.guard.rates import MANY_PER_MINUTE
from shared.links import open_link


class Authentication(ABC):
    """How a route knows who asks. `kind` and `wants` are what the list of routes says of it.

    `per_minute` is how often one client may ask, where that is not as often as anything (`shared/guard/rates.py`).
    `problems` are the slugs of how it refuses.
    """

    kind: ClassVar[str]
    wants: str = ""
    per_minute: int | None = None
    problems: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    async def admit(self, request: Request) -> Any:
        """Who asks, or what they proved to have. Raises a problem where they did not."""

    def client(self, admitted: Any) -> str:
        """Whose requests are counted together; "" for the peer's."""
        return ""

    async def __call__(self, request: Request) -> Any:
        """As a dependency: what `admit` gave for this request."""
        return request.state.admitted


class SignedLink(Authentication):
    """A link of ours, signed for one purpose: the path's `token`. Gives its subject."""

    kind = "signed link"

    def __init__(self, purpose: str) -> None:
        self.wants = purpose

    def client(self, admitted: str) -> str:
        """The link: whoever holds it."""
        return admitted

    async def admit(self, request: Request) -> str:
        """Raises `LinkInvalid`."""
        deps = request.app.state.deps
        return open_link(deps.settings.auth.links, self.wants, request.path_params["token"], deps.clock())


class BodySignature(Authentication):
    """A signature over the body as it came, in `header`. `check` gives what was signed, or raises a problem."""

    kind = "body signature"
    problems = ("signature-invalid",)

    def __init__(self, wants: str, header: str, check: Callable[[Request, bytes], Awaitable[Any]]) -> None:
        self.wants, self.header, self._check, self.per_minute = wants, header, check, MANY_PER_MINUTE

    async def admit(self, request: Request) -> Any:
        """The body is read, up to the route's limit, and nothing of it parsed."""
        return await self._check(request, await request.body())


class Public(Authentication):
    """Anybody: `wants` says why."""

    kind = "public"

    def __init__(self, why: str) -> None:
        self.wants = why

    async def admit(self, request: Request) -> None:
        """Nothing is asked."""
