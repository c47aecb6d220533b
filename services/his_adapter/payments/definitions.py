"""The definition of a payment platform."""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from shared.definitions import Definition, Zone


class Provider(Definition):
    """A merchant's account with WeChat Pay (API v3).

    Keys are settings (`CARELOOP_PAYMENTS`), as definitions contain no secrets. `certificate_serial`: serial number of
    the merchant's certificate. `platform_key`: id of the platform's public key, which verifies its signatures. The bill
    of each day from `bills_from` is compared on the next day after `bills_hour` o'clock in `zone`. A refund needs a
    second person if the payment's refunds would exceed `second_person_above` in total (0: every refund). `charges` of a
    payment are compared with the hospital's bill; `unchecked` if no hospital system reports charges.
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
