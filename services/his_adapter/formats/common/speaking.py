"""Senders a credential may use: of a token by its claim `senders`, of an MLLP client by its certificate."""

from services.his_adapter.formats.common.refusing import refuse
from shared.caller import Caller
from shared.codec import Refusal
from shared.host.deps import Deps
from shared.problems import Problem

Senders = frozenset[str] | None
"""Senders that a credential may use; None: any (for messages that name their sender)."""


def may_speak(sender: str, senders: Senders) -> bool:
    """Whether a credential for `senders` may send a message of this sender."""
    return senders is None or sender in senders


def senders_of(caller: Caller, required: bool) -> Senders:
    """Return the senders of a token; without the claim any, or none if `required` (`auth.senders_required`)."""
    return frozenset() if required and caller.senders is None else caller.senders


async def speaker(deps: Deps, caller: Caller, raw: bytes, where: str) -> str:
    """Return the sender of a message that does not name one: the only sender of the token.

    Raises a 403 problem if the token has no sender or several; the message becomes a dead letter.
    """
    sender = "" if deps.settings.auth.senders_required and caller.senders is None else caller.sender
    if sender:
        return sender
    several = ", ".join(sorted(caller.senders or ()))
    reason = f"it names several, {several}: give each its own" if several else "it names none in its claim `senders`"
    problem = Problem(403, "sender-unknown", f"the token must speak for one sender, and {reason}")
    await refuse(deps, raw, Refusal("sender-unknown", problem.detail), where, caller.name)
    raise problem
