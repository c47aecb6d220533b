"""contacts: identity of patients and callers, their details, consents and contact history.

In:  inputs about a person: his_adapter's facts, touchpoints on `careloop.contacts.inbox.v1` and over HTTP.
     The registry (`careloop.contacts-registry.*`, one partition) first resolves each input to a person id.
Out: `careloop.contacts.events.v1`: the same facts keyed by person id, details, consents, touchpoints, relations of
     staff to persons.
Owns: identity (registry), persons, consent and preferences, the staff directory, read permissions, the 360 view and its
     timeline.
"""
