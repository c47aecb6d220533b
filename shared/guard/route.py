"""Routes whose authentication runs before anything else."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any, ClassVar, Self

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from shared.answers import Media
from shared.guard.audited import audited
from shared.guard.authentication import Authentication
from shared.guard.limit import BODY_BYTES, limited
from shared.guard.refusals import Refusals
from shared.problems import Problem

REFUSALS = Refusals()
"""The refusals of this process."""


class Tag(str):
    """A tag of routes, and what the OpenAPI document says about it."""

    about: str

    def __new__(cls, name: str, about: str) -> Self:
        """The tag, which is its name."""
        tag = super().__new__(cls, name)
        tag.about = about
        return tag


class GuardedRoute(APIRoute):
    """A route behind its authentication. Subclasses write errors in the format of their protocol.

    `max_body_size` (`most`): maximum size of a body; default `app.state.body_bytes`, else 64 KiB (FastAPI's own limit
    would answer in plain text before authentication). `errors`: the body of its errors if they are no problem details.

    The name of its function is the operation id, the first sentence of its docstring the summary.
    """

    errors: ClassVar[Media | None] = None

    def __init__(
        self, path: str, endpoint: Callable[..., Any], *, max_body_size: int | None = None, **options: Any
    ) -> None:
        self.most = max_body_size
        options["operation_id"] = options.get("operation_id") or endpoint.__name__
        options["summary"] = options.get("summary") or _first_sentence(endpoint)
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind its authentication. Raises `TypeError` unless exactly one is declared."""
        handle, guard = super().get_route_handler(), authentication_of(self)

        async def guarded(request: Request) -> Response:
            most = self.most or int(getattr(request.app.state, "body_bytes", BODY_BYTES))
            request = Request(request.scope, limited(request, most))
            try:
                request.state.admitted = admitted = await guard.admit(request)
                if rates := getattr(request.app.state, "rates", None):
                    peer = request.client.host if request.client else ""
                    await rates.spend(f"{request.method} {self.path}", guard.client(admitted) or peer, guard.per_minute)
                answer = await handle(request)
                await audited(request, admitted, "shown")
                return answer
            except Exception as error:
                REFUSALS.note(request, self.path, error)
                if isinstance(error, Problem) and error.status in (403, 404):
                    await audited(request, getattr(request.state, "admitted", None), "refused")
                error_response = await self.worded(request, error)
                if error_response is None:
                    raise
                return error_response

        return guarded

    async def worded(self, request: Request, error: Exception) -> Response | None:
        """The response to an error, if these routes have a format of their own for it."""
        return None


def _first_sentence(endpoint: Callable[..., Any]) -> str:
    line = (endpoint.__doc__ or "").strip().partition("\n")[0]
    return line.partition(": ")[0].partition("; ")[0].rstrip(".")


def authentication_of(route: APIRoute) -> Authentication:
    """The authentication that a route declares. Raises `TypeError` unless it declares exactly one."""
    declared = list(dict.fromkeys(_declared(route.dependant)))
    if len(declared) != 1:
        raise TypeError(f"{route.path} must declare one authentication (shared/guard), it has {len(declared)}")
    return declared[0]


def _declared(dependant: Dependant) -> Iterator[Authentication]:
    for inner in dependant.dependencies:
        if isinstance(inner.call, Authentication):
            yield inner.call
        yield from _declared(inner)


def check_guarded(app: FastAPI) -> None:
    """Raises `TypeError` for a route that is no `GuardedRoute`."""
    for each in iter_route_contexts(app.routes):
        if isinstance(each.original_route, APIRoute) and not isinstance(each.original_route, GuardedRoute):
            raise TypeError(f"{each.path} is no GuardedRoute: build its router with `guarded` (shared/guard)")


def guarded(**options: Any) -> APIRouter:
    """A router of guarded routes; options as of `APIRouter`."""
    return APIRouter(route_class=GuardedRoute, **options)
