"""Authentication of requests: every route declares one, and it runs before any of the body is parsed.

FastAPI reads and parses a body before its dependencies run. So an authentication here is a dependency (a route gets its
result as an argument) that `GuardedRoute` executes first. A route with none, or two, cannot be built.
"""

from shared.guard.authentication import Authentication, BodySignature, Public, SignedLink
from shared.guard.bearer import Bearer, scope
from shared.guard.described import described
from shared.guard.documenting import documents
from shared.guard.limit import BODY_BYTES, KIBI
from shared.guard.rates import MANY_PER_MINUTE, RateCounts
from shared.guard.route import GuardedRoute, Tag, authentication_of, check_guarded, guarded

__all__ = [
    "BODY_BYTES",
    "KIBI",
    "MANY_PER_MINUTE",
    "Authentication",
    "Bearer",
    "BodySignature",
    "GuardedRoute",
    "Public",
    "RateCounts",
    "SignedLink",
    "Tag",
    "authentication_of",
    "check_guarded",
    "described",
    "documents",
    "guarded",
    "scope",
]
