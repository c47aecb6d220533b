"""Helpers of the tests: brokers, databases, servers of other systems, whole systems, and checks of them."""
