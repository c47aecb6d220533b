"""Records that may be one human: a caller who became a patient is joined, what is less sure a person is asked."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from services.contacts.commands import DecideMerge, MergePersons
from services.contacts.registry.clusters import merged_into
from services.contacts.registry.merging import merge
from services.contacts.registry.records import HARD, Profile
from services.contacts.registry.state import Registry, pair
from shared.contracts.contacts import IdentityResolved, PersonErased, PersonsMerged
from shared.contracts.contacts_identity import IdentifierShared, KeysLearned, MergeProposed, ProposalClosed
from shared.decider import Rejection
from shared.ids import derive

Joining = PersonsMerged | MergeProposed
FAMILY = 5
"""A phone of more people than this says nothing of who a record is: nothing is proposed."""


def proposal_id(one: str, other: str) -> str:
    """Two records are proposed once."""
    return derive("proposal", pair(one, other))


def joining(
    event: IdentityResolved | KeysLearned, registry: Registry, phones: Sequence[str], strong: Sequence[str], sure: bool
) -> list[Joining]:
    """What follows for others from what was just learned of a person; merges only where `sure` allows any.

    `registry` is the one that learned it.
    """
    person, found = event.person_id, list[Joining]()
    for other, phone in _others(registry, person, phones):
        reason = _reason(registry, person, other, phone)
        if reason and reason.method and sure:
            merged = _merged(event, registry, person, other, reason)
            found += merged
            for each in merged:
                registry = merged_into(registry, each)
        elif reason:
            found.append(_proposed(event, person, other, reason.words))
    for other in registry.people(strong):
        if other not in registry.cluster(person) and _may_be(registry, person, other):
            found.append(_proposed(event, person, other, "both were given the same number"))
    return _once(found, registry)


class Reason(NamedTuple):
    """Why two may be one human; a `method` where it is sure enough to join them."""

    words: str
    method: Literal["", "phone-and-name", "phone"] = ""


def _once(found: list[Joining], registry: Registry) -> list[Joining]:
    """Without proposals that are open already, each pair once."""
    seen, kept = set[str](), list[Joining]()
    for one in found:
        if isinstance(one, MergeProposed):
            if one.proposal_id in registry.proposals or one.proposal_id in seen:
                continue
            seen.add(one.proposal_id)
        kept.append(one)
    return kept


def _others(registry: Registry, person: str, phones: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Other humans of the same phones, each with a phone that they share."""
    cluster, seen = registry.cluster(person), set[tuple[str, ...]]()
    for phone in phones:
        humans = registry.people([phone])
        if len(humans) > FAMILY:
            continue
        for other in humans:
            human = registry.cluster(other)
            if human != cluster and human not in seen:
                seen.add(human)
                yield other, phone


def _reason(registry: Registry, person: str, other: str, phone: str) -> Reason | None:
    """Why two who share a phone may be one human; None where nothing says so, or something forbids it."""
    one, two = registry.profile(person), registry.profile(other)
    if registry.separate(person, other) or one.clash(two) & HARD:
        return None
    named = one.agrees(two, "name")
    if one.patient and two.patient:
        return _duplicate(one, two) if named else None
    if named:
        return Reason("phone and name agree", "phone-and-name")
    caller, patient = (two, one) if one.patient else (one, two)
    if caller.names or not caller.whole or not patient.names or not patient.patient:
        return None
    alone = len(registry.people([phone])) == 2 and phone not in registry.beside
    if alone and patient.adult:
        return Reason("the phone is theirs alone", "phone")
    return Reason(
        "somebody called from the phone, "
        + ("of somebody not known to be of age" if alone else "which others have too")
    )


def _duplicate(one: Profile, two: Profile) -> Reason:
    """Two records of the hospital's of one phone and name."""
    if not one.agrees(two, "birth"):
        return Reason("phone and name agree, a birth date is missing")
    numbers = ", the record numbers are two of one authority" if one.clash(two) else ""
    return Reason(f"phone, name and birth date agree{numbers}")


def _may_be(registry: Registry, person: str, other: str) -> bool:
    """Whether one number of two records may mean one human."""
    clash = registry.profile(person).clash(registry.profile(other))
    return not registry.separate(person, other) and not clash & {"birth", "sex"}


def _merged(
    event: IdentityResolved | KeysLearned, registry: Registry, person: str, other: str, reason: Reason
) -> Sequence[PersonsMerged]:
    """The patient's record leads."""
    lead, gone = (person, other) if registry.profile(person).patient else (other, person)
    command = MergePersons(
        id=derive("joined", pair(lead, gone)),
        at=event.at,
        person_id=lead,
        merged_id=gone,
        reason=f"a caller became a patient: {reason.words}",
        method=reason.method,
        sealed_for=lead,
    )
    merged = merge(command, registry)
    return [] if isinstance(merged, Rejection) else merged


def _proposed(event: IdentityResolved | KeysLearned, person: str, other: str, why: str) -> MergeProposed:
    one, two = sorted((person, other))
    return MergeProposed(at=event.at, proposal_id=proposal_id(one, two), candidates=(one, two), reasons=(why,))


def decide_merge(c: DecideMerge, registry: Registry) -> Sequence[PersonsMerged | ProposalClosed] | Rejection:
    """A person says whether two records are one human."""
    candidates = registry.proposals.get(c.proposal_id)
    if candidates is None:
        return Rejection("proposal-not-open", f"no proposal {c.proposal_id} waits for a decision")
    if not c.same:
        return [
            ProposalClosed(
                at=c.at,
                proposal_id=c.proposal_id,
                candidates=candidates,
                decided_by=c.decided_by,
                outcome="declined",
            )
        ]
    one, other = candidates
    why = f"{c.decided_by} decided"
    wish = MergePersons(id=c.id, at=c.at, person_id=one, merged_id=other, reason=why, sealed_for=one)
    return merge(wish, registry)


def closed(events: Sequence[object], registry: Registry) -> list[ProposalClosed]:
    """Proposals that are no questions any more after these events. `registry` is the one before them."""
    ends: list[ProposalClosed] = []
    for event in events:
        if isinstance(event, PersonsMerged | PersonErased):
            outcome: Literal["merged", "erased"] = "merged" if isinstance(event, PersonsMerged) else "erased"
            for id in dict.fromkeys(id for person in event.cluster for id in registry.proposed.get(person, ())):
                pair_ = registry.proposals[id]
                if outcome == "erased" or set(pair_) <= set(event.cluster):
                    ends.append(ProposalClosed(at=event.at, proposal_id=id, candidates=pair_, outcome=outcome))
    return ends


def crowded(event: IdentityResolved | KeysLearned, registry: Registry, most: int) -> list[IdentifierShared]:
    """Identifiers that were just given for one person too many. `registry` is the one that learned it."""
    owners = {key: len(registry.owners.get(key, ())) for key in event.learned}
    return [IdentifierShared(at=event.at, identifier=key, people=n) for key, n in owners.items() if n > most]
