"""complaints opens cases for dissatisfied people and escalates those that are not handled in time.

In:  answers of followup that raised an alarm, complaints over HTTP, work that hospital systems leave to people
(requests without an answer, missing items of packets).
Out: `careloop.complaints.events.v1`: cases, their SLA clocks and escalations; calendars for all services.
Owns: cases, `sla-policy` and `calendar` definitions. Staff by role come from the staff directory of contacts.

A merge of two persons moves nothing here: a case stays with the record that it was opened for.
"""
