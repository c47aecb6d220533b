"""Finds records that may be one human: merges a caller who became a patient, proposes less certain pairs."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from services.contacts.registry.clusters import merged_into
from services.contacts.registry.commands import DecideMerge, MergePersons
from services.contacts.registry.merging import merge
from services.contacts.registry.state import Registry, pair
from services.contacts.registry.traits import HARD, Profile
from shared.contracts.contacts import IdentityResolved, PersonErased, PersonsMerged
from shared.contracts.contacts_identity import IdentifierShared, KeysLearned, MergeProposed, ProposalClosed
from shared.decider import Rejection
from shared.ids import derive

Joining = PersonsMerged | MergeProposed


def proposal_id(one: str, other: str) -> str:
    """The id of a proposal: a pair of records is proposed once."""
    return derive("proposal", pair(one, other))


def joining(
    event: IdentityResolved | KeysLearned,
    registry: Registry,
    phones: Sequence[str],
    strong: Sequence[str],
    sure: bool,
    family: int,
) -> list[Joining]:
    """Merges and proposals that follow from what was just learned about a person.

    `registry`: the state after learning. Without `sure` every match is only proposed. A phone of more than `family`
    people is no evidence.
    """
    person, events = event.person_id, list[Joining]()
    for other, phone in _others(registry, person, phones, family):
        reason = _reason(registry, person, other, phone)
        if reason and reason.method and sure:
            merged = _merged(event, registry, person, other, reason)
            events += merged
            for merge_event in merged:
                registry = merged_into(registry, merge_event)
        elif reason:
            events.append(_proposed(event, person, other, reason.words))
    for other in registry.people(strong):
        if other not in registry.cluster(person) and _may_be(registry, person, other):
            events.append(_proposed(event, person, other, "both were given the same number"))
    return _once(events, registry)


class MergeReason(NamedTuple):
    """Why two records may be one human. `method` is set if the evidence suffices for a merge."""

    words: str
    method: Literal["", "phone-and-name", "phone"] = ""


def _once(events: list[Joining], registry: Registry) -> list[Joining]:
    """Remove proposals that are open already, and duplicates."""
    seen, unique = set[str](), list[Joining]()
    for event in events:
        if isinstance(event, MergeProposed):
            if event.proposal_id in registry.proposals or event.proposal_id in seen:
                continue
            seen.add(event.proposal_id)
        unique.append(event)
    return unique


def _others(registry: Registry, person: str, phones: Sequence[str], family: int) -> Iterator[tuple[str, str]]:
    """Other humans with one of the phones of at most `family` people, each with the first phone that they share."""
    cluster, seen = registry.cluster(person), set[tuple[str, ...]]()
    for phone in phones:
        humans = registry.people([phone])
        if len(humans) > family:
            continue
        for other in humans:
            human = registry.cluster(other)
            if human != cluster and human not in seen:
                seen.add(human)
                yield other, phone


def _reason(registry: Registry, person: str, other: str, phone: str) -> MergeReason | None:
    """Why two records that share a phone may be one human; None if there is no evidence or a trait forbids it."""
    one, two = registry.profile(person), registry.profile(other)
    if registry.separate(person, other) or one.clash(two) & HARD:
        return None
    same_name = one.agrees(two, "name")
    if one.patient and two.patient:
        return _duplicate(one, two) if same_name else None
    if same_name:
        return MergeReason("phone and name agree", "phone-and-name")
    caller, patient = (two, one) if one.patient else (one, two)
    if caller.names or not caller.whole or not patient.names or not patient.patient:
        return None
    alone = len(registry.people([phone])) == 2 and phone not in registry.beside
    if alone and patient.adult:
        return MergeReason("the phone is theirs alone", "phone")
    return MergeReason(
        "somebody called from the phone, "
        + ("of somebody not known to be of age" if alone else "which others have too")
    )


def _duplicate(one: Profile, two: Profile) -> MergeReason:
    """The reason for two hospital records with the same phone and name."""
    if not one.agrees(two, "birth"):
        return MergeReason("phone and name agree, a birth date is missing")
    numbers = ", the record numbers are two of one authority" if one.clash(two) else ""
    return MergeReason(f"phone, name and birth date agree{numbers}")


def _may_be(registry: Registry, person: str, other: str) -> bool:
    """Whether two records with the same number may be one human."""
    clash = registry.profile(person).clash(registry.profile(other))
    return not registry.separate(person, other) and not clash & {"birth", "sex"}


def _merged(
    event: IdentityResolved | KeysLearned, registry: Registry, person: str, other: str, reason: MergeReason
) -> Sequence[PersonsMerged]:
    """Merge the two; the patient's record leads."""
    lead, other_record = (person, other) if registry.profile(person).patient else (other, person)
    command = MergePersons(
        id=derive("joined", pair(lead, other_record)),
        at=event.at,
        person_id=lead,
        merged_id=other_record,
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
    """Apply a person's decision on a proposal. Rejects with `proposal-not-open`, and as `merge` does."""
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
    """Close the proposals that these events settle. `registry`: the state before them."""
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
    """Identifiers that now belong to more than `most` people. `registry`: the state after learning."""
    owners = {key: len(registry.owners.get(key, ())) for key in event.learned}
    return [IdentifierShared(at=event.at, identifier=key, people=n) for key, n in owners.items() if n > most]
