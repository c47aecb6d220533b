"""complaints turns dissatisfaction into cases, and sees that somebody answers in time.

In:  followup's answers that raised an alarm, complaints over HTTP, work that hospital systems leave to people
(requests without an answer, papers that are missing).
Out: `careloop.complaints.events.v1`: cases, their SLA clocks and escalations; calendars for everybody.
A merge of two persons moves nothing here: a case stays with the record it was opened for.
Owns: cases, `sla-policy` and `calendar` definitions. Staff by role come from contacts' directory.
"""
