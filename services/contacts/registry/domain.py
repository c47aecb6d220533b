"""The decider of the registry: which person an identifier belongs to. If several fit, staff are asked. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from services.contacts.identifying.definitions import Identity
from services.contacts.registry.answered import was_answered, with_answer
from services.contacts.registry.answering import is_patient, settle
from services.contacts.registry.clusters import merged_into, separated_from
from services.contacts.registry.commands import (
    ConfirmErasure,
    DecideErasure,
    DecideIdentity,
    DecideMerge,
    ErasePerson,
    ExpireInput,
    ForgetKeys,
    LearnKeys,
    MergePersons,
    NoteConsent,
    NoteDeath,
    RegistryCommands,
    RequestErasure,
    ResolveIdentity,
    UnmergePersons,
)
from services.contacts.registry.erasing import expire, under_way
from services.contacts.registry.erasure_requests import erasing, with_erasure
from services.contacts.registry.identifiers import rules_of
from services.contacts.registry.learning import learn_keys
from services.contacts.registry.matching import resolve, unless_it_contradicts
from services.contacts.registry.merging import linked, merge, unmerge
from services.contacts.registry.proposing import closed, crowded, decide_merge, joining
from services.contacts.registry.reports import noted_consent, noted_death
from services.contacts.registry.servers import bound, mixed, with_givers
from services.contacts.registry.standing import changed as changed_standing
from services.contacts.registry.standing import note_consent, note_death
from services.contacts.registry.state import (
    Registry,
    close,
    decided,
    kept_apart,
    learn,
    propose,
    shared_by_many,
    waited,
    waits_no_longer,
)
from shared.contracts.base import changed
from shared.contracts.contacts import IdentityAmbiguous, IdentityResolved, PersonErased, PersonsMerged, PersonsUnmerged
from shared.contracts.contacts_identity import (
    ErasureCarriedOut,
    ErasureDeclined,
    ErasureRequested,
    IdentifierShared,
    InputDropped,
    KeysForgotten,
    KeysLearned,
    MergeProposed,
    ProposalClosed,
)
from shared.contracts.contacts_standing import ConsentNoted, DeathNoted, StandingChanged
from shared.decider import Decider, Rejection
from shared.definitions import Definitions

RegistryEvents = (
    IdentityResolved
    | IdentityAmbiguous
    | KeysLearned
    | IdentifierShared
    | PersonsMerged
    | PersonsUnmerged
    | MergeProposed
    | ProposalClosed
    | ErasureRequested
    | ErasureDeclined
    | PersonErased
    | KeysForgotten
    | ErasureCarriedOut
    | InputDropped
    | DeathNoted
    | ConsentNoted
    | StandingChanged
)


def decide(
    command: RegistryCommands, registry: Registry, definitions: Definitions
) -> Sequence[RegistryEvents] | Rejection:
    """Decide a command: its own events, what they imply for other records, and the standings they change.

    Implied events: merges and merge proposals, identifiers shared by too many people, proposals that are settled by it.
    Rejections: `person-unknown`, `input-not-waiting`, `proposal-not-open`, `too-many-records`, `not-merged` and those
    of erasures (`erasure_requests.py`).
    """
    if isinstance(command, ResolveIdentity):
        command = bound(command, registry)
    events = _decide_alone(command, registry, definitions)
    if isinstance(events, Rejection) or not events:
        return events
    after = _evolved(registry, events)
    more: list[RegistryEvents] = []
    if isinstance(command, ResolveIdentity | LearnKeys | DecideIdentity):
        rules = rules_of(definitions)
        more += _implied(command, events[0], after, rules)
    if isinstance(command, ResolveIdentity) and isinstance(events[0], IdentityResolved):
        more += mixed(command, after, events[0].person_id)
    if registry.proposals:
        more += closed([*events, *more], registry)
    return _with_standings(command.at, [*events, *more], registry, _evolved(after, more))


def _evolved(registry: Registry, events: Sequence[RegistryEvents]) -> Registry:
    for event in events:
        registry = evolve(registry, event)
    return registry


def _with_standings(
    at: datetime, events: Sequence[RegistryEvents], registry: Registry, after: Registry
) -> Sequence[RegistryEvents]:
    """Fill in the human of each `IdentityResolved`, and add the `StandingChanged` events."""
    people = dict.fromkeys(person for event in events for person in _changed_people(event))
    standings = changed_standing(registry, after, people, at)
    after = replace(after, version=registry.version + bool(standings))
    return [
        *(changed(e, human=after.whole(e.person_id)) if isinstance(e, IdentityResolved) else e for e in events),
        *standings,
    ]


def _changed_people(event: RegistryEvents) -> Sequence[str]:
    """The records whose human or standing may have changed by an event."""
    match event:
        case PersonsMerged():
            return event.cluster
        case PersonsUnmerged():
            return [person for cluster in event.clusters for person in cluster]
        case DeathNoted() | ConsentNoted():
            return [event.person_id]
        case IdentityResolved() | IdentityAmbiguous() | KeysLearned() | IdentifierShared():
            return []
        case MergeProposed() | ProposalClosed() | PersonErased() | KeysForgotten() | StandingChanged():
            return []
        case ErasureRequested() | ErasureDeclined() | ErasureCarriedOut() | InputDropped():
            return []
        case _:
            assert_never(event)


def _decide_alone(
    command: RegistryCommands, registry: Registry, definitions: Definitions
) -> Sequence[RegistryEvents] | Rejection:
    """The events of the command itself. An input that was resolved or is waiting already gives none."""
    match command:
        case ResolveIdentity():
            if command.input_id in registry.waiting or was_answered(registry.answered, command.input_id):
                return []
            if under_way(command, registry):
                return []
            answer = unless_it_contradicts(command, registry, resolve(command, registry))
            return [answer] if isinstance(answer, IdentityAmbiguous) else linked(command, registry, answer)
        case LearnKeys():
            return learn_keys(command, registry)
        case DecideIdentity():
            return settle(command, registry)
        case MergePersons():
            return merge(command, registry)
        case UnmergePersons():
            return unmerge(command, registry)
        case DecideMerge():
            return decide_merge(command, registry)
        case RequestErasure() | DecideErasure() | ErasePerson() | ForgetKeys() | ConfirmErasure():
            return erasing(command, registry, definitions)
        case ExpireInput():
            return expire(command, registry)
        case NoteDeath():
            return note_death(command, registry)
        case NoteConsent():
            return note_consent(command, registry)
        case _:
            assert_never(command)


def _implied(
    command: ResolveIdentity | LearnKeys | DecideIdentity, learned: RegistryEvents, after: Registry, rules: Identity
) -> Sequence[RegistryEvents]:
    """Merges and proposals for other records that share what was just learned, and identifiers of too many people."""
    if not isinstance(learned, IdentityResolved | KeysLearned) or not (
        learned.strong or learned.learned or learned.traits
    ):
        return []
    crowd = crowded(learned, after, rules.most_people)
    if isinstance(command, DecideIdentity):
        return crowd
    sure = isinstance(command, ResolveIdentity)
    return [*joining(learned, after, command.phones, command.strong, sure, rules.family), *crowd]


def evolve(registry: Registry, event: RegistryEvents) -> Registry:
    """Apply an event to the state."""
    match event:
        case IdentityResolved():
            return _resolved(registry, event)
        case IdentityAmbiguous():
            return waited(registry, event)
        case KeysLearned():
            return learn(registry, event, event.patient)
        case IdentifierShared():
            return shared_by_many(registry, event)
        case PersonsMerged():
            return merged_into(registry, event)
        case PersonsUnmerged():
            return kept_apart(separated_from(registry, event), event.clusters)
        case MergeProposed():
            return propose(registry, event)
        case ProposalClosed():
            return close(registry, event)
        case ErasureRequested() | ErasureDeclined() | PersonErased() | KeysForgotten() | ErasureCarriedOut():
            return with_erasure(registry, event)
        case InputDropped():
            return waits_no_longer(registry, event.input_id)
        case DeathNoted():
            return noted_death(registry, event)
        case ConsentNoted():
            return noted_consent(registry, event)
        case StandingChanged():
            return replace(registry, version=event.human.version)
        case _:
            assert_never(event)


def _resolved(registry: Registry, event: IdentityResolved) -> Registry:
    patient = is_patient(event.carried_type)
    if patient:
        registry = with_givers(registry, event)
    else:
        registry = replace(registry, answered=with_answer(registry.answered, event.input_id))
    return decided(learn(registry, event, patient), event)


REGISTRY = Decider(
    name="contacts-registry", initial=Registry, decide=decide, evolve=evolve, partitions=1, remembered=20_000
)
