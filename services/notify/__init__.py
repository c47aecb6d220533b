"""notify is the only service that messages people: it decides, its `sender` role sends, receipts return to it.

In:  due reminders and surveys of followup, escalations of complaints, details and consents of contacts, receipts.
Out: `careloop.notify.events.v1`: every request, decision, attempt and delivery.
Owns: messages per recipient, `template`, `quiet-hours` and `delivery` definitions, the channels.
"""
