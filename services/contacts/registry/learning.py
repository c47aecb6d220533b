"""Adds missing keys to existing records, for logs of older versions. A collision only becomes a merge proposal."""

from collections.abc import Sequence

from services.contacts.registry.answering import news
from services.contacts.registry.commands import LearnKeys
from services.contacts.registry.state import Registry
from services.contacts.registry.traits import PersonTraits, taught
from shared.contracts.contacts_identity import KeysLearned
from shared.decider import Rejection


def learn_keys(c: LearnKeys, registry: Registry) -> Sequence[KeysLearned] | Rejection:
    """Add those keys and traits that are new to the record. Rejects with `person-unknown`."""
    if c.person_id not in registry.held:
        return Rejection("person-unknown", f"there is no person {c.person_id}, or they were erased")
    before = registry.traits.get(c.person_id, PersonTraits())
    event = KeysLearned(
        at=c.at,
        person_id=c.person_id,
        **news(c.strong, c.phones, c.beside, registry, c.person_id),
        traits=None if before.whole and taught(before, c.traits, c.patient) == before else c.traits,
        patient=c.patient,
    )
    return [event] if event.strong or event.learned or event.beside or event.traits else []
