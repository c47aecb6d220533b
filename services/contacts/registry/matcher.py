"""The role `matcher`: teaches the registry the keys of existing persons under the current normalisation rules.

It reads the events of contacts from the beginning, decrypts them and sends the registry the HMACs of their identifiers.
Reading them again is harmless: keys that the registry has are no-ops, and a collision only becomes a merge proposal.
"""

from datetime import UTC
from typing import assert_never

from aiokafka import TopicPartition

from services.contacts.registry.commands import REGISTRY, LearnKeys
from services.contacts.registry.identifiers import keys_of
from shared.contracts.base import Command
from shared.contracts.contacts import PersonDetailsChanged, PersonRegistered, TouchpointRecorded
from shared.contracts.facts import BARE_ID, SERVER_ID, Details, has_kind
from shared.contracts.person_facts import RelativeReported
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.host.deps import Deps
from shared.host.roles import loop
from shared.policy import Policy, PolicyPartition, caused

GROUP = "contacts.matcher"
Learned = PersonRegistered | PersonDetailsChanged | RelativeReported | TouchpointRecorded


def learning(site_key: bytes, definitions: Definitions | None = None) -> Policy:
    """The policy: details in events of contacts → `LearnKeys`. Another version of the rules has other command ids."""
    rules = keys_of(site_key, definitions or Definitions()).rules.ref

    def react(event: Envelope[Learned], definitions: Definitions) -> list[Command]:
        data, keys = event.data, keys_of(site_key, definitions)
        today = event.recorded.astimezone(UTC).date()
        details = _details(data)
        if details == Details() and not isinstance(data, RelativeReported):
            return []  # a caller without details: their claims come with the touchpoint
        relatives = data.relative.phones or () if isinstance(data, RelativeReported) else ()
        described = keys.of_patient(details, today, _bare_ids(details))
        command = LearnKeys(
            id=caused(event, "learn-keys", rules),
            at=data.at,
            person_id=data.person_id,
            strong=described["strong"],
            phones=described["phones"],
            beside=keys.phones(relatives),
            traits=described["traits"],
            patient=bool(details.identifiers),
        )
        return [command]

    return Policy(
        f"learn-keys/{rules}",
        ("contacts",),
        (PersonRegistered, PersonDetailsChanged, RelativeReported, TouchpointRecorded),
        react,
        REGISTRY,
    )


def _bare_ids(details: Details) -> frozenset[str]:
    """Keys of the FHIR ids without a server if there are ids with one: the registry got them with a `Twin`."""
    ids = details.identifiers
    if not any(has_kind(id.system, SERVER_ID) for id in ids):
        return frozenset()
    return frozenset(id.key for id in ids if has_kind(id.system, BARE_ID))


def _details(event: Learned) -> Details:
    """The details in an event; of a touchpoint the claimed name, which also distinguishes persons."""
    match event:
        case PersonRegistered() | PersonDetailsChanged():
            return event.details
        case TouchpointRecorded():
            return Details(name=next((claim.value for claim in event.claims if claim.field == "name"), None))
        case RelativeReported():
            return Details()
        case _:
            assert_never(event)


async def match(deps: Deps) -> None:
    """Run the role `matcher`."""
    await deps.definitions.ready.wait()
    policy = learning(deps.settings.keys.site_key, deps.definitions.snapshot)

    def handler(tp: TopicPartition) -> PolicyPartition:
        definitions = deps.definitions
        return PolicyPartition((policy,), deps.sender, deps.codec, lambda: definitions.snapshot, deps.letters, GROUP)

    await loop(deps, GROUP, handler)()
