"""Every parser of what comes from outside: damaged input by hypothesis, shapes made to cost at full size.

A small, fixed sample runs with the unit tests; `make fuzz` runs all of it, at the size that is really taken.
"""

import os

from hypothesis import settings

FULL = os.environ.get("CARELOOP_FUZZ") == "full"
LARGE = (16 if FULL else 1) << 20
"""Bytes of what takes 16 MiB."""
SMALL = 64 << 10
sample = settings(max_examples=3000 if FULL else 60, derandomize=not FULL, database=None, deadline=None)
