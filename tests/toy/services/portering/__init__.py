"""portering fetches patients who were discharged: a porter takes each ride on, and a late one is told.

In:  contacts' discharges.
Out: `careloop.portering.events.v1`: rides.
Owns: rides, `lateness` definitions.
"""
