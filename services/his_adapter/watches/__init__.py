"""Silence alarms: a `watch` definition names a source and how long it may send nothing; then staff are notified.

`policies.py` reports each message of the source, `domain.py` sets a timer and raises the alarm when it fires,
`beginning.py` (in the puller) reports that a definition is in force, `projections.py` holds the read models; notify
messages the staff.
"""
