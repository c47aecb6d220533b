"""Money: orders, links, what the platform reports, refunds, and the daily comparison with its bill.

`domain.py` says what becomes of a payment, `wechat.py` speaks WeChat Pay's API v3, `sender.py` asks it,
`notifications.py` hears it, `bills.py` compares, `api.py` and `projections.py` are what callers see. Whatever way news
of a payment comes, it counts once; what the platform says and we do not know is an open item, never passed over.
"""
