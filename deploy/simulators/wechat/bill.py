"""The platform's trade bill of a day, a CSV file."""

from collections.abc import Mapping, Sequence

from deploy.simulators.wechat.trades import ZONE, Trade

HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,"
    "代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,"
    "申请退款金额,费率备注"
)
SUMS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


def file(merchant_id: str, trades: Mapping[str, Trade], day: str, extra: Sequence[str] = ()) -> bytes | None:
    """Return the bill with the payments and refunds of a day; None without any. `extra` are lines added as they are."""
    rows = [HEAD]
    for number, trade in trades.items():
        if trade.paid and trade.paid.astimezone(ZONE).date().isoformat() == day:
            rows.append(_row(merchant_id, number, trade, None))
            rows += [_row(merchant_id, number, trade, refund) for refund in trade.refunds]
    rows += extra
    return "\r\n".join([*rows, SUMS, "`" + ",`".join("0" * 7), ""]).encode("utf-8-sig") if len(rows) > 1 else None


def _row(merchant_id: str, number: str, trade: Trade, refund: str | None) -> str:
    refunded = trade.refunds[refund] if refund else None
    total = trade.body["amount"]["total"] / 100
    refund_amount = refunded["amount"]["refund"] / 100 if refunded else 0
    values = dict.fromkeys(HEAD.split(","), "")
    values |= {
        "交易时间": f"{trade.paid.astimezone(ZONE):%Y-%m-%d %H:%M:%S}" if trade.paid else "",
        "商户号": merchant_id,
        "微信订单号": trade.transaction_id,
        "商户订单号": number,
        "交易状态": "REFUND" if refunded else "SUCCESS",
        "商户退款单号": refund or "",
        "退款金额": f"{refund_amount:.2f}",
        "退款状态": refunded["status"] if refunded else "",
        "商品名称": trade.body["description"],
        "订单金额": f"{0 if refunded else total:.2f}",
    }
    return "`" + ",`".join(values.values())
