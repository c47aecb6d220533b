"""What payments answer with."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime

from shared.answers import Answer
from shared.approvals import Waiting
from shared.contracts.base import Personal
from shared.contracts.his_payments import Dispute, PaymentStep, ToldBy, Way


class RefundShown(Answer):
    """Money on its way back; one that is `proposed` waits for a second person until `until`."""

    amount: Decimal
    asked_by: str
    status: Literal["proposed", "asked", "made", "declined", "failed"]
    until: AwareDatetime | None = None
    approved_by: str | None = None
    declined_by: str | None = None
    reason: str | None = None


class DisputeShown(Answer):
    """What the platform's bill of `day` tells otherwise; `theirs` is its amount."""

    reason: Dispute
    day: date | None
    theirs: Decimal | None
    transaction_id: str


class Payment(Answer):
    """A payment as it stands; `stray` is one that only the platform knows. `link` is what to pay by."""

    payment_id: str
    person_id: str
    status: Literal["ordering", "offered", "paid", "closed", "stray"]
    provider: str | None = None
    amount: Decimal | None = None
    currency: Literal["CNY"] | None = None
    way: Way | None = None
    description: Personal[str] = None
    link: Personal[str] = None
    expires: AwareDatetime | None = None
    asked: AwareDatetime
    asked_by: str | None = None
    changed: AwareDatetime
    step: PaymentStep | None = None
    attempts: int | None = None
    reason: str | None = None
    detail: str | None = None
    until: AwareDatetime | None = None
    paid: AwareDatetime | None = None
    transaction_id: str | None = None
    told_by: ToldBy | None = None
    reconciled: date | None = None
    refunds: dict[str, RefundShown]
    disputed: bool
    dispute: DisputeShown | None = None
    settled_by: str | None = None
    confirmed_by: str | None = None
    note: Personal[str] = None


class PaymentWaiting(Waiting):
    """A refund of so much, or how to settle a dispute, that waits for a second person; `reason` is who proposed's."""

    person_id: str
    amount: Decimal | None = None
    reason: Personal[str]
