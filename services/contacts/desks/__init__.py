"""What belongs to a member of staff at the console, in every browser: ended sessions, locks, saved views.

A decider of its own (`careloop.contacts-desks.*`, one partition), keyed by staff id: nothing here is about a patient.
The console follows its events, so that each of its processes obeys them. It keeps no checkpoint: its state is read from
its events at each start, which are a few a day and member of staff.
"""
