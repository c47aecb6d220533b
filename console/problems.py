"""What went wrong, as a sentence for the person at the desk: the service's problem by its slug, or that it is away."""

from dataclasses import dataclass

import httpx

from careloop_client import NotDecidedYet, ProblemAnswered


@dataclass(frozen=True, slots=True)
class Trouble:
    """`slug` names its sentence in the locale (`problem.<slug>`); `detail`: what the service says, in English.

    `break_glass`: emergency access would show what was refused.
    """

    status: int
    slug: str
    detail: str = ""
    break_glass: bool = False

    @property
    def undecided(self) -> bool:
        """Whether nobody knows yet if the command was done: it may be sent again under the same key only."""
        return self.slug in ("service-unavailable", "not-decided-yet")


FAILURES = (ProblemAnswered, NotDecidedYet, httpx.TransportError)


def trouble_of(error: Exception) -> Trouble:
    """The trouble for one of `FAILURES`."""
    match error:
        case ProblemAnswered():
            return Trouble(error.status, error.slug or "service-unavailable", error.detail, "break_glass" in error.more)
        case NotDecidedYet():
            return Trouble(202, "not-decided-yet")
        case _:
            return Trouble(503, "service-unavailable", type(error).__name__)
