"""What a hospital has around CareLoop, played on a laptop: its information system, a payment platform, a mailbox.

For the launcher, the demo and tests. No service knows of them, and they know no service.
"""
