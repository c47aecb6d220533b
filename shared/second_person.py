"""The four-eyes rule: one person proposes, another one decides before the proposal expires. Pure.

The proposer is in the decider's state and the second person in the command, so that every API is covered.
"""

from datetime import datetime, timedelta

from shared.contracts.base import Moment, Part
from shared.contracts.contacts_rules import SecondPerson
from shared.decider import Rejection
from shared.definitions import Definitions
from shared.projector import Item
from shared.projector.model import Document

COLLECTION = "approvals"
RULES = SecondPerson(id="default", version=1)
"""The rules where none are published."""


def waits_until(at: datetime, definitions: Definitions) -> datetime:
    """Until when a proposal that is made `at` waits; then it must be made again."""
    return at + timedelta(days=(definitions.find(SecondPerson, RULES.id) or RULES).wait_days)


class Proposal(Part):
    """A proposal that waits for a second person: by whom, and until when."""

    id: str
    by: str
    until: Moment

    def waits(self, at: datetime) -> bool:
        """Whether it can still be decided."""
        return at < self.until


def refusal(proposal: Proposal | None, id: str, by: str, at: datetime, approved: bool) -> Rejection | None:
    """Why `by` may not decide the proposal `id` at that time; None if they may. The proposer may withdraw it."""
    if proposal is None or proposal.id != id:
        return Rejection("approval-unknown", f"nothing that is called {id} waits for a second person")
    if not proposal.waits(at):
        return Rejection("approval-expired", f"{id} waited until {proposal.until.isoformat()}: it must be asked again")
    if approved and by == proposal.by:
        return Rejection("second-person-needed", f"{by} asked for {id}: somebody else must approve it")
    return None


def waiting(kind: str, subject: str, proposal: str, by: str, until: datetime, decide: str, item: Item) -> Document:
    """The document of a proposal in the collection of approvals.

    `subject`: the payment or person it is about; `decide`: the route for the decision. Personal fields stay encrypted
    in its event.
    """
    assert item.envelope is not None
    fields = {"kind": kind, "subject": subject, "proposal": proposal, "proposed_by": by, "decide": decide}
    return {**fields, "since": item.envelope.recorded, "until": until, "proposed_as": item.raw}
