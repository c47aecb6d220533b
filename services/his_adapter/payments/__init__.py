"""Payments: orders, payment links, refunds, and the daily comparison with the payment platform's bill.

`domain.py` is the aggregate of one payment, `wechat.py` the client of WeChat Pay's API v3. `sender.py` sends requests
to the platform, `notifications.py` receives its notifications, `bills.py` compares its daily bills and `progress.py`
stores how far; `api.py` and `projections.py` are for callers. A payment or refund counts once, whether a query, a
notification or a bill reports it first. A payment or refund that only the platform has becomes a dispute that a person
must settle.
"""
