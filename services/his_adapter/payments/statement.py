"""The trade bill of a day as the platform writes it, and how the platform says that it cannot or will not."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_AMOUNT = re.compile(r"-?\d{1,12}(\.\d{1,2})?", re.ASCII)


class Trouble(Exception):
    """The platform did not answer, or not so that it can be believed; `reason` is a slug or its code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(Exception):
    """The platform says no; `code` is its own."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a trade bill: a payment, or a refund of one."""

    payment_id: str
    transaction_id: str
    amount: Decimal
    refund_id: str = ""
    refunded: bool = False


def lines(text: str) -> Iterator[Line]:
    """A trade bill: values begin with a backtick, since they may hold commas; sums follow. Raises `Trouble`."""
    head, *rows = text.replace("\r\n", "\n").strip("\ufeff\n").split("\n")
    try:
        for each in itertools.takewhile(lambda line: line.startswith("`"), rows):  # the sums have a header of their own
            row = dict(zip(head.split(","), each[1:].split(",`"), strict=True))
            back = row["交易状态"] == "REFUND"
            yield Line(
                payment_id=row["商户订单号"],
                transaction_id=row["微信订单号"],
                amount=_yuan(row["退款金额" if back else "订单金额"]),
                refund_id=row["商户退款单号"] if back else "",
                refunded=back and row["退款状态"] == "SUCCESS",
            )
    except (KeyError, ValueError, ArithmeticError) as error:
        raise Trouble("bill-unreadable") from error


def _yuan(text: str) -> Decimal:
    """An amount in digits. Raises ValueError: what else Python reads as a number (`NaN`, `1e999`) nobody paid."""
    if not _AMOUNT.fullmatch(text):
        raise ValueError("no amount")
    return Decimal(text)
