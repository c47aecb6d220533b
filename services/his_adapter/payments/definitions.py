"""The definition of a payment platform."""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from shared.definitions import Definition, Zone


class Provider(Definition):
    """A merchant's account with WeChat Pay (API v3).

    Keys are settings (`CARELOOP_PAYMENTS`), since definitions hold no secrets. `certificate_serial` names the
    merchant's certificate, `platform_key` the platform's public key that signs what it sends. Bills are compared from
    `bills_from` on, the day after, once it is `bills_hour` in `zone`. A refund by which more than `second_person_above`
    of a payment would have gone back needs a second person: each of them unless it says more. `charges` that a payment
    names are compared with the hospital's bill; `unchecked` where no hospital system tells us of them.
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
