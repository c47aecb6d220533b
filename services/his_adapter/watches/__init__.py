"""Silence alarms: which source must speak when (`watch` definitions), and telling staff when it does not.

`domain.py` tells a silence once, `looking.py` looks (in the puller), `projections.py` shows it; notify messages the
staff.
"""
