"""What may be reached from outside the hospital: routes whose link or body carries a signature of ours or a platform's.

So the gateway that patients reach can run where it reaches nothing else, and staff's routes do not exist there.
"""

import re
from collections.abc import Callable

from starlette.routing import compile_path

from deploy.catalogue import load_all, unstarted
from deploy.routes import app_of, routes_of
from shared.guard import BodySignature, SignedLink

Passes = Callable[[str, str], bool]
"""Whether a request is passed on, by method and path at the gateway."""


def for_patients() -> Passes:
    """Return what is passed on, from the routes of every service. HEAD goes where GET goes."""
    settings = unstarted()
    signed: list[tuple[str, re.Pattern[str]]] = [
        (route.method, compile_path(f"/{service.mount or service.name}{route.path}")[0])
        for service in load_all(settings)
        for route in routes_of(service, app_of(service, settings))
        if isinstance(route.authentication, SignedLink | BodySignature)
    ]

    def passes(method: str, path: str) -> bool:
        asked = "GET" if method == "HEAD" else method
        return any(asked == each and pattern.fullmatch(path) for each, pattern in signed)

    return passes
