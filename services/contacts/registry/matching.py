"""Who is an input about? A record number decides, then any other number, then phone with name and birth date.

The phone alone decides last, and only for who called. What contradicts forbids a match, whatever else agrees.
"""

from services.contacts.commands import ResolveIdentity
from services.contacts.registry.answering import Answer, ambiguous, asked, is_patient, resolved
from services.contacts.registry.records import Profile, Record, Trait, taught, told
from services.contacts.registry.state import Registry
from shared.contracts.contacts import IdentityAmbiguous, Traits
from shared.ids import derive


def unless_it_contradicts(c: ResolveIdentity, registry: Registry, answer: Answer) -> Answer:
    """Another name of a record joins two people only where one was known by that name alone: else it may be a typo."""
    if not c.aliases or isinstance(answer, IdentityAmbiguous):
        return answer
    cluster = registry.cluster(answer.person_id)
    others = [person for person in registry.people(c.same) if person not in cluster]
    known = {key for person in cluster for key in registry.held.get(person, ()) if key in registry.owners}
    if not others or known <= set(c.strong):
        return answer
    return ambiguous(c, [answer.person_id, *others], "its record number belongs to another person")


def resolve(c: ResolveIdentity, registry: Registry) -> Answer:
    """Who it is about, or the question that a person must answer."""
    said = Profile.of([taught(Record(), c.traits or Traits(), patient=True)])
    by_record = registry.people(c.records)
    if len(by_record) > 1:
        return asked(c, registry, by_record, "its hospital numbers belong to different people")
    if by_record:
        return _by_record(c, registry, by_record[0], said)
    by_number = registry.people(c.strong) or (registry.people(c.same) if c.aliases else [])
    if len(by_number) > 1:
        return asked(c, registry, by_number, "its hospital numbers belong to different people")
    if by_number:
        return _by_number(c, registry, by_number[0], said)
    by_phone = registry.people(c.phones)
    if c.strong or is_patient(c.carried_type):
        return _numbered(c, registry, by_phone, said)
    return _called(c, registry, by_phone, said)


def _by_record(c: ResolveIdentity, registry: Registry, person: str, said: Profile) -> Answer:
    """The number of a record is its record; of somebody else altogether, it was reused or a newborn's mother's."""
    clash = said.clash(registry.profile(person))
    if {"name", "birth"} <= clash:
        return asked(c, registry, [person], f"its record number belongs to a person of {told(clash - {'authority'})}")
    return resolved(c, registry, person, "identifier", "a hospital number is known for this person")


def _by_number(c: ResolveIdentity, registry: Registry, person: str, said: Profile) -> Answer:
    """Another number (a national one, a card) is lent and mistyped: what contradicts, it does not outweigh."""
    human = registry.profile(person)
    clash: set[Trait] = set(said.clash(human))
    if said.agrees(human, "birth"):  # a name mended or married
        clash.discard("name")
    if c.aliases and not registry.people(c.strong):  # it names the very record
        clash.clear()
    if not clash:
        return resolved(c, registry, person, "identifier", "a hospital number is known for this person")
    if c.records:
        return _new(c, registry, f"its number belongs to a person of {told(clash)}")
    return asked(c, registry, [person], f"its number belongs to a person of {told(clash)}")


def _numbered(c: ResolveIdentity, registry: Registry, by_phone: list[str], said: Profile) -> Answer:
    """A number nobody knows: phone, name and birth date together make a known person of it."""
    humans = {person: registry.profile(person) for person in by_phone}
    before = {registry.cluster(person) for person in registry.people([c.name_key])} if c.name_key else set()
    both = [
        person
        for person, human in humans.items()
        if said.agrees(human, "name", "birth") or (not human.names and registry.cluster(person) in before)
    ]
    both = [person for person in both if not said.clash(humans[person])]
    if len(both) == 1:
        return resolved(c, registry, both[0], "phone-and-name", "phone, name and birth date agree with one person")
    return _new(c, registry, "no identifier of it is known")


def _called(c: ResolveIdentity, registry: Registry, by_phone: list[str], said: Profile) -> Answer:
    """Somebody called: by phone and name; by the phone alone only where no name speaks against it."""
    humans = {person: registry.profile(person) for person in by_phone}
    named = [person for person in by_phone if said.agrees(humans[person], "name")]
    if len(named) == 1:
        return resolved(c, registry, named[0], "phone-and-name", "phone and name agree with one person")
    if len(named) > 1:
        return asked(c, registry, named, "its phone and name are shared by several people")
    if not by_phone:
        return _new(c, registry, "no identifier of it is known")
    if said.names:
        return _named(c, registry, by_phone, humans)
    if len(by_phone) == 1:
        return resolved(c, registry, by_phone[0], "phone", "the phone is known for one person only")
    callers = [person for person in by_phone if not humans[person].patient]
    if len(callers) == 1 and not any(_another(humans[callers[0]], humans[person]) for person in by_phone):
        return resolved(c, registry, callers[0], "phone", "who called from this phone before is known by it alone")
    return asked(c, registry, by_phone, "its phone is shared by several people")


def _another(one: Profile, other: Profile) -> bool:
    return "name" in one.clash(other)


def _named(c: ResolveIdentity, registry: Registry, by_phone: list[str], humans: dict[str, Profile]) -> Answer:
    nameless = [person for person in by_phone if not humans[person].names]
    if len(by_phone) == 1 and nameless:
        return resolved(c, registry, nameless[0], "phone", "the phone is known for one person only")
    if any(humans[person].patient for person in nameless):
        return asked(c, registry, by_phone, "its phone is shared, and not of all is the name known")
    return _new(c, registry, "its phone belongs to a person of another name")


def _new(c: ResolveIdentity, registry: Registry, why: str) -> Answer:
    return resolved(c, registry, derive(c.input_id, "person"), "new", why)
