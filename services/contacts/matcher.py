"""Teaches the registry how people whom contacts knows are written now: a role of its own, for logs of older versions.

It reads what contacts published from the beginning, opens what is sealed, and commands the registry with its hashes.
Nothing is done twice by a repeat: what the registry knows already is a no-op, and what collides is only proposed.
"""

from datetime import UTC
from typing import assert_never

from aiokafka import TopicPartition

from services.contacts.commands import LearnKeys
from services.contacts.policies import REGISTRY
from services.contacts.registry.identifiers import keys_of
from shared.contracts.base import Command
from shared.contracts.contacts import PersonDetailsChanged, PersonRegistered, TouchpointRecorded
from shared.contracts.facts import BARE_ID, SERVER_ID, Details
from shared.contracts.person_facts import RelativeReported
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.host.deps import Deps
from shared.host.roles import loop
from shared.policy import Policy, PolicyPartition, caused

GROUP = "contacts.matcher"
Known = PersonRegistered | PersonDetailsChanged | RelativeReported | TouchpointRecorded


def learning(site_key: bytes, definitions: Definitions | None = None) -> Policy:
    """What contacts told of a person, as keys; another version of the rules teaches anew what is read again."""
    rules = keys_of(site_key, definitions or Definitions()).rules.ref

    def react(event: Envelope[Known], definitions: Definitions) -> list[Command]:
        told, keys = event.data, keys_of(site_key, definitions)
        today = event.recorded.astimezone(UTC).date()
        details = _details(told)
        if details == Details() and not isinstance(told, RelativeReported):
            return []  # a caller: what is claimed of them comes with the touchpoint
        relatives = told.relative.phones or () if isinstance(told, RelativeReported) else ()
        known = keys.of_patient(details, today, _of_their_servers(details))
        command = LearnKeys(
            id=caused(event, "learn-keys", rules),
            at=told.at,
            person_id=told.person_id,
            strong=known["strong"],
            phones=known["phones"],
            beside=keys.phones(relatives),
            traits=known["traits"],
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


def _of_their_servers(details: Details) -> frozenset[str]:
    """Ids that come with their server as well: which of those name this person, the registry was told."""
    ids = details.identifiers
    if not any(id.system.startswith(SERVER_ID) for id in ids):
        return frozenset()
    return frozenset(id.key for id in ids if id.system.startswith(BARE_ID))


def _details(told: Known) -> Details:
    """Who somebody is, as far as an event tells; what is claimed tells people apart as well."""
    match told:
        case PersonRegistered() | PersonDetailsChanged():
            return told.details
        case TouchpointRecorded():
            return Details(name=next((claim.value for claim in told.claims if claim.field == "name"), None))
        case RelativeReported():
            return Details()
        case _:
            assert_never(told)


async def match(deps: Deps) -> None:
    """The matcher role."""
    await deps.definitions.ready.wait()
    policy = learning(deps.settings.keys.site_key, deps.definitions.snapshot)

    def handler(tp: TopicPartition) -> PolicyPartition:
        definitions = deps.definitions
        return PolicyPartition((policy,), deps.sender, deps.codec, lambda: definitions.snapshot, deps.letters, GROUP)

    await loop(deps, GROUP, handler)()
