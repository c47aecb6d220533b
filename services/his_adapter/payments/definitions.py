"""The definition of a payment platform."""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from shared.back_off import DAY, POLLING, BackOff
from shared.contracts.base import Part
from shared.definitions import Definition, Definitions, Zone

OpenMinutes = Annotated[int, Field(ge=1, le=24 * 60)]
"""How long a payment may be open, in minutes, by its request or by the provider."""


class Asking(Part):
    """How the platform is asked again. All but `refund_attempts` are seconds.

    Between attempts that fail `back_off_seconds` pass, the last of them again and again. Whether an order was paid is
    asked `after_expiry_seconds` after it expired, what became of a refund `refund_every_seconds` after it was taken
    over. A refund that the platform did not answer in `refund_attempts` attempts in a row becomes a dispute, which a
    person settles. A daily bill that could not be read is asked for again after `bill_back_off_seconds`, the last of
    them repeats.
    """

    back_off_seconds: BackOff = (5, 15, 60, 300)
    after_expiry_seconds: int = Field(60, ge=1, le=DAY)
    refund_every_seconds: int = Field(300, ge=1, le=DAY)
    refund_attempts: int = Field(8, ge=1, le=100)
    bill_back_off_seconds: BackOff = POLLING


class Provider(Definition):
    """A merchant's account with WeChat Pay (API v3).

    Keys are settings (`CARELOOP_PAYMENTS`), as definitions contain no secrets. `certificate_serial`: serial number of
    the merchant's certificate. `platform_key`: id of the platform's public key, which verifies its signatures. The bill
    of each day from `bills_from` is compared on the next day after `bills_hour` o'clock in `zone`. A refund needs a
    second person if the payment's refunds would exceed `second_person_above` in total (0: every refund). `charges` of a
    payment are compared with the hospital's bill; `unchecked` if no hospital system reports charges. A payment expires
    after `open_minutes` unless its request says otherwise. `asking`: when the platform is asked again.
    """

    kind: ClassVar[str] = "payment-provider"
    owner: ClassVar[str] = "his_adapter"

    address: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")] = "https://api.mch.weixin.qq.com"
    app_id: str
    merchant_id: str
    certificate_serial: str
    platform_key: str
    zone: Zone = "Asia/Shanghai"
    bills_from: date | None = None
    bills_hour: int = Field(10, ge=0, le=23)
    second_person_above: Decimal = Field(Decimal(0), ge=0)
    charges: Literal["checked", "unchecked"] = "checked"
    open_minutes: OpenMinutes = 30
    asking: Asking = Asking()


def open_minutes(definitions: Definitions, provider: str) -> int:
    """How long a payment is open whose request does not say; the default if no such provider is in force."""
    definition = definitions.find(Provider, provider)
    return definition.open_minutes if definition else Provider.model_fields["open_minutes"].default
