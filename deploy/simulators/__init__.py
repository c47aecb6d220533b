"""Simulators of the systems around CareLoop: a hospital system, a payment platform, a mail relay.

They are used by the launcher, the demo and tests. They import no service, and no service imports them.
"""
