"""Orders and refunds as the platform keeps them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(slots=True)
class Trade:
    """One order."""

    body: dict[str, Any]
    state: str = "NOTPAY"
    transaction_id: str = ""
    paid: datetime | None = None
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
