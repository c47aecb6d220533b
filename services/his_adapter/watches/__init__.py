"""Silence alarms: which source must speak when (`watch` definitions), and telling staff when it does not.

`policies.py` hears messages, `domain.py` sets a timer and tells a silence when it fires, `beginning.py` (in the puller)
tells that a definition is in force, `projections.py` shows it; notify messages the staff.
"""
