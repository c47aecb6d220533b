"""What WeChat Pay takes (API v3): refused when it is asked for, and cut to size in what older versions took."""

DESCRIPTION = 127
"""Characters of an order's `description`, which the payer reads."""
REFUND_REASON = 80
"""Characters of a refund's `reason`."""
