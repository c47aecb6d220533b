"""A payment platform for a laptop: WeChat Pay's API v3 as far as hospitals use it, with its signatures and seals.

What its customer would do on a phone is done at `/dev/wechat/pay/<order number>`. Nothing outlives the process.
"""
