"""For whom a credential speaks: a token by its claim `senders`, an MLLP client by its certificate (`mllp.senders`)."""

from services.his_adapter.formats.common.refusing import refuse
from shared.caller import Caller
from shared.codec import Refusal
from shared.host.deps import Deps
from shared.problems import Problem

Senders = frozenset[str] | None
"""The senders a credential speaks for; None: any (of messages that name their sender themselves)."""


def may_speak(sender: str, senders: Senders) -> bool:
    """Whether a message that names this sender may come by a credential for those."""
    return senders is None or sender in senders


def senders_of(caller: Caller, required: bool) -> Senders:
    """Whom a token speaks for: anybody without the claim, unless that is `required` (`auth.senders_required`)."""
    return frozenset() if required and caller.senders is None else caller.senders


async def speaker(deps: Deps, caller: Caller, raw: bytes, where: str) -> str:
    """Who sends what names no sender itself: the one the token speaks for.

    Raises a 403 problem where it is none or one of several; what was sent is a dead letter then.
    """
    sender = "" if deps.settings.auth.senders_required and caller.senders is None else caller.sender
    if sender:
        return sender
    several = ", ".join(sorted(caller.senders or ()))
    why = f"it names several, {several}: give each its own" if several else "it names none in its claim `senders`"
    problem = Problem(403, "sender-unknown", f"the token must speak for one sender, and {why}")
    await refuse(deps, raw, Refusal("sender-unknown", problem.detail), where, caller.name)
    raise problem
