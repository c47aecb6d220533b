"""Orders and refunds in the platform's memory."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(slots=True)
class Trade:
    """One order with its refunds; `body` is the request that created it."""

    body: dict[str, Any]
    state: str = "NOTPAY"
    transaction_id: str = ""
    paid: datetime | None = None
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
