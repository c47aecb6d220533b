"""complaints turns dissatisfaction into cases, and sees that somebody answers in time.

In:  followup's answers that raised an alarm, complaints over HTTP.
Out: `careloop.complaints.events.v1`: cases, their SLA clocks and escalations; calendars for everybody.
Owns: cases, `sla-policy` and `calendar` definitions. Staff by role come from contacts' directory.
"""
