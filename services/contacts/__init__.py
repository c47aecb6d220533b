"""contacts knows who everybody is, and what we know of them.

In:  person-bearing inputs: his_adapter's facts, touchpoints on `careloop.contacts.inbox.v1` and over HTTP.
     Each is first resolved by the registry (`careloop.contacts-registry.*`, one partition).
Out: `careloop.contacts.events.v1`: the same facts keyed by person, details, consent, touchpoints, ties of staff.
Owns: identity (registry), the person, consent and preferences, the staff directory, who may read whom, the 360 and its
     timeline.
"""
