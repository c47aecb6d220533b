"""What one person can only propose: another one decides, while it waits. Pure.

Who proposed stands in the decider's state and who decides in the command, so that no way in goes round it.
"""

from datetime import datetime, timedelta

from shared.contracts.base import Moment, Part
from shared.decider import Rejection
from shared.projector import Item
from shared.projector.model import Document

COLLECTION = "approvals"
WAITS = timedelta(days=7)
"""How long a proposal waits; then it must be made again."""


class Proposal(Part):
    """What waits for a second person: whose wish it is, and until when it can be decided."""

    id: str
    by: str
    until: Moment

    def waits(self, at: datetime) -> bool:
        """Whether it can still be decided."""
        return at < self.until


def refusal(proposal: Proposal | None, id: str, by: str, at: datetime, approved: bool) -> Rejection | None:
    """Why `by` may not decide the proposal `id` so at that time. Who proposed may still take it back."""
    if proposal is None or proposal.id != id:
        return Rejection("approval-unknown", f"nothing that is called {id} waits for a second person")
    if not proposal.waits(at):
        return Rejection("approval-expired", f"{id} waited until {proposal.until.isoformat()}: it must be asked again")
    if approved and by == proposal.by:
        return Rejection("second-person-needed", f"{by} asked for {id}: somebody else must approve it")
    return None


def waiting(kind: str, subject: str, proposal: str, by: str, until: datetime, decide: str, item: Item) -> Document:
    """The document of a proposal.

    `subject` is the payment or person it is about, `decide` the route that takes the verdict. What is personal stays
    sealed in its event.
    """
    assert item.envelope is not None
    who = {"kind": kind, "subject": subject, "proposal": proposal, "proposed_by": by, "decide": decide}
    return {**who, "since": item.envelope.recorded, "until": until, "proposed_as": item.raw}
