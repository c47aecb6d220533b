"""Match an input to a person: by record number, then any other number, then phone with name and birth date.

The phone alone is used last, and only for callers. A contradicting trait forbids a match, whatever else agrees.
"""

from services.contacts.registry.answering import Answer, ambiguous, asked, is_patient, resolved
from services.contacts.registry.commands import ResolveIdentity
from services.contacts.registry.state import Registry
from services.contacts.registry.traits import PersonTraits, Profile, Trait, taught, worded
from shared.contracts.contacts import IdentityAmbiguous, Traits
from shared.ids import derive


def unless_it_contradicts(c: ResolveIdentity, registry: Registry, answer: Answer) -> Answer:
    """Merge on an alias only if the person that `strong` identifies has no other identifier; otherwise ask a person.

    An alias is another number of the same record (`aliases`, `same`); it may be mistyped.
    """
    if not c.aliases or isinstance(answer, IdentityAmbiguous):
        return answer
    cluster = registry.cluster(answer.person_id)
    others = [person for person in registry.people(c.same) if person not in cluster]
    identifiers = {key for person in cluster for key in registry.held.get(person, ()) if key in registry.owners}
    if not others or identifiers <= set(c.strong):
        return answer
    return ambiguous(c, [answer.person_id, *others], "its record number belongs to another person")


def resolve(c: ResolveIdentity, registry: Registry) -> Answer:
    """Resolve an input to a person, or to a question that a person must answer."""
    profile = Profile.of(taught(PersonTraits(), c.traits or Traits(), patient=True))
    by_record = registry.people(c.records)
    if len(by_record) > 1:
        return asked(c, registry, by_record, "its hospital numbers belong to different people")
    if by_record:
        return _by_record(c, registry, by_record[0], profile)
    by_number = registry.people(c.strong) or (registry.people(c.same) if c.aliases else [])
    if len(by_number) > 1:
        return asked(c, registry, by_number, "its hospital numbers belong to different people")
    if by_number:
        return _by_number(c, registry, by_number[0], profile)
    by_phone = registry.people(c.phones)
    if c.strong or is_patient(c.carried_type):
        return _numbered(c, registry, by_phone, profile)
    return _called(c, registry, by_phone, profile)


def _by_record(c: ResolveIdentity, registry: Registry, person: str, profile: Profile) -> Answer:
    """A known record number: accepted, unless name and birth date differ (a reused number, a newborn's mother's)."""
    clash = profile.clash(registry.profile(person))
    if {"name", "birth"} <= clash:
        return asked(c, registry, [person], f"its record number belongs to a person of {worded(clash - {'authority'})}")
    return resolved(c, registry, person, "identifier", "a hospital number is known for this person")


def _by_number(c: ResolveIdentity, registry: Registry, person: str, profile: Profile) -> Answer:
    """Another known number (national id, card) may be lent or mistyped: it does not outweigh a contradicting trait."""
    human = registry.profile(person)
    clash: set[Trait] = set(profile.clash(human))
    if profile.agrees(human, "birth"):  # a corrected name, or a marriage
        clash.discard("name")
    if c.aliases and not registry.people(c.strong):  # the alias is a number of this very record
        clash.clear()
    if not clash:
        return resolved(c, registry, person, "identifier", "a hospital number is known for this person")
    if c.records:
        return _new(c, registry, f"its number belongs to a person of {worded(clash)}")
    return asked(c, registry, [person], f"its number belongs to a person of {worded(clash)}")


def _numbered(c: ResolveIdentity, registry: Registry, by_phone: list[str], profile: Profile) -> Answer:
    """Only unknown numbers: match a known person if phone, name and birth date agree, else register a new one."""
    humans = {person: registry.profile(person) for person in by_phone}
    by_old_key = {registry.cluster(person) for person in registry.people([c.name_key])} if c.name_key else set()
    matching = [
        person
        for person, human in humans.items()
        if profile.agrees(human, "name", "birth") or (not human.names and registry.cluster(person) in by_old_key)
    ]
    matching = [person for person in matching if not profile.clash(humans[person])]
    if len(matching) == 1:
        return resolved(c, registry, matching[0], "phone-and-name", "phone, name and birth date agree with one person")
    return _new(c, registry, "no identifier of it is known")


def _called(c: ResolveIdentity, registry: Registry, by_phone: list[str], profile: Profile) -> Answer:
    """A caller without a known number: by phone and name; by phone alone only if no name contradicts."""
    humans = {person: registry.profile(person) for person in by_phone}
    named = [person for person in by_phone if profile.agrees(humans[person], "name")]
    if len(named) == 1:
        return resolved(c, registry, named[0], "phone-and-name", "phone and name agree with one person")
    if len(named) > 1:
        return asked(c, registry, named, "its phone and name are shared by several people")
    if not by_phone:
        return _new(c, registry, "no identifier of it is known")
    if profile.names:
        return _named(c, registry, by_phone, humans)
    if len(by_phone) == 1:
        return resolved(c, registry, by_phone[0], "phone", "the phone is known for one person only")
    callers = [person for person in by_phone if not humans[person].patient]
    if len(callers) == 1 and not any(_another(humans[callers[0]], humans[person]) for person in by_phone):
        return resolved(c, registry, callers[0], "phone", "who called from this phone before is known by it alone")
    return asked(c, registry, by_phone, "its phone is shared by several people")


def _another(one: Profile, other: Profile) -> bool:
    """Whether the two have different names."""
    return "name" in one.clash(other)


def _named(c: ResolveIdentity, registry: Registry, by_phone: list[str], humans: dict[str, Profile]) -> Answer:
    """The caller's name is new for this phone: match a person without a name, ask, or register a new person."""
    nameless = [person for person in by_phone if not humans[person].names]
    if len(by_phone) == 1 and nameless:
        return resolved(c, registry, nameless[0], "phone", "the phone is known for one person only")
    if any(humans[person].patient for person in nameless):
        return asked(c, registry, by_phone, "its phone is shared, and not of all is the name known")
    return _new(c, registry, "its phone belongs to a person of another name")


def _new(c: ResolveIdentity, registry: Registry, why: str) -> Answer:
    return resolved(c, registry, derive(c.input_id, "person"), "new", why)
