"""notify is the only one that messages people. It decides, its `sender` role sends, receipts come back to it.

In:  followup's due reminders and surveys, complaints' escalations, contacts' details and consents, receipts.
Out: `careloop.notify.events.v1`: every request, decision, attempt and delivery.
Owns: messages per recipient, `template`, `quiet-hours` and `delivery` definitions, the channels.
"""
