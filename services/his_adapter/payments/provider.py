"""The definition of a payment platform."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from shared.definitions import Definition, Zone


class Provider(Definition):
    """A merchant's account with WeChat Pay (API v3).

    Keys are settings (`CARELOOP_PAYMENTS`), since definitions hold no secrets. `certificate_serial` names the
    merchant's certificate, `platform_key` the platform's public key that signs what it sends. Bills are compared from
    `bills_from` on, the day after, once it is `bills_hour` in `zone`.
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
