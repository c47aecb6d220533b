"""A simulated payment platform: the part of WeChat Pay's API v3 that hospitals use, with signatures and encryption.

A GET of `/dev/wechat/pay/<order number>` pays an order as its customer. All data is in memory.
"""
