"""contacts: identity of patients and callers, their details, consents and contact history.

In:  inputs about a person: his_adapter's facts, touchpoints on `careloop.contacts.inbox.v1` and over HTTP.
     The registry (`careloop.contacts-registry.*`, one partition) first resolves each input to a person id.
Out: `careloop.contacts.events.v1`: the same facts keyed by person id, details, consents, touchpoints, relations of
     staff to persons.
Owns: identity (registry), persons, consent and preferences, the staff directory, read permissions, the 360 view and its
     timeline.

Rooms, each importing only those before it: `identifying/` (one form for names, phones and numbers); `registry/` (which
person an input is about, which records are one human, who is erased), beside it `person/` (details, claims and recorded
inputs of one record); `person_360/` (the 360, its timeline, search); `access/` (who may read a person, emergency
access, the access log), beside it `erasure/` (destroys keys, certifies) and `desks/` (sessions, locks and
saved views of staff at the console: a decider of its own, `careloop.contacts-desks.*`).
In the root: `domain.py` and `commands.py`, the aggregate of one person, which joins `person/` and `access/`;
`policies.py`, which takes inputs to the registry and what it answers to the person; `api.py`, which has their routes.
"""
