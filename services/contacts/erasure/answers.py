"""What is answered about erasures: those that wait for a second person, and the certificate."""

from pydantic import AwareDatetime

from shared.answers import Answer
from shared.approvals import Waiting


class Residue(Answer):
    """What no erasure reaches, and when the last of it goes; null never."""

    kind: str
    count: int
    expires: AwareDatetime | None


class Certificate(Answer):
    """What an erasure destroyed. `complete`: every key is destroyed (`carried_out`) and no number is shared."""

    person_id: str
    cluster: list[str]
    requested_by: str
    approved_by: str | None = None
    event_id: str
    erased_at: AwareDatetime
    keys: list[str]
    left: int
    keys_destroyed: int
    carried_out: bool
    complete: bool
    residue: list[Residue]


class CertificateAnswer(Answer):
    """A certificate as of now: each is computed anew."""

    data: Certificate
    as_of: AwareDatetime


class ErasureWaiting(Waiting):
    """An erasure that waits for a second person, and whom it is about."""

    person_id: str
    cluster: list[str]
