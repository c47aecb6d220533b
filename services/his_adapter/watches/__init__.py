"""Silence alarms: which source must speak when (`watch` definitions), and telling staff when it does not.

`domain.py` tells a silence once, `watching.py` looks (in the puller), `view.py` shows it; notify messages the staff.
"""
