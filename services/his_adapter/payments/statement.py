"""Parser of the platform's daily trade bill; and the errors of requests: `PlatformTrouble`, `PlatformRefused`."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_AMOUNT = re.compile(r"-?\d{1,12}(\.\d{1,2})?", re.ASCII)


class PlatformTrouble(Exception):
    """The platform did not answer, or its answer is invalid: try again. `reason`: a slug or the platform's code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PlatformRefused(Exception):
    """The platform refused the request for good. `code`: the platform's error code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A line of a trade bill: a payment, or a refund of one."""

    payment_id: str
    transaction_id: str
    amount: Decimal
    refund_id: str = ""
    refunded: bool = False


def lines(text: str) -> Iterator[StatementLine]:
    """Parse a trade bill (CSV with a header; totals follow after the lines). Raises `PlatformTrouble`.

    Every value begins with a backtick, as it may contain commas.
    """
    header, *rows = text.replace("\r\n", "\n").strip("\ufeff\n").split("\n")
    try:
        for row in itertools.takewhile(lambda row: row.startswith("`"), rows):  # the totals have a header of their own
            values = dict(zip(header.split(","), row[1:].split(",`"), strict=True))
            is_refund = values["交易状态"] == "REFUND"
            yield StatementLine(
                payment_id=values["商户订单号"],
                transaction_id=values["微信订单号"],
                amount=_yuan(values["退款金额" if is_refund else "订单金额"]),
                refund_id=values["商户退款单号"] if is_refund else "",
                refunded=is_refund and values["退款状态"] == "SUCCESS",
            )
    except (KeyError, ValueError, ArithmeticError) as error:
        raise PlatformTrouble("bill-unreadable") from error


def _yuan(text: str) -> Decimal:
    """Parse an amount in yuan. Raises ValueError, also for other numbers that Python accepts (`NaN`, `1e999`)."""
    if not _AMOUNT.fullmatch(text):
        raise ValueError("no amount")
    return Decimal(text)
