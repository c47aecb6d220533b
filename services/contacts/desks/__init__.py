"""What belongs to a member of staff at the console and must hold in every browser: so far when their sessions ended.

A decider of its own (`careloop.contacts-desks.*`, one partition), keyed by staff id: nothing here is about a patient.
"""
