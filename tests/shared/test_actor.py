"""Who did it stands in every command and is copied onto its events; what was written before reads as unknown."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from shared.actor import UNKNOWN, Actor, actor_attributes, actor_of, system
from shared.caller import Caller
from shared.codec import Codec, Encoded, Refusal
from shared.contracts.base import Event
from shared.decider.partition import Partition
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.keystore import LocalKeyStore
from shared.policy import Policy, RecordPlace, command_envelope, reactions
from shared.sealing import KeyRing
from tests.shared.test_partition import AT, COUNTER, Add, Added, command

LI = Actor("user", "li")


@pytest.fixture
def codec(tmp_path: Path) -> Codec:
    return Codec(KeyRing(LocalKeyStore(tmp_path / "keys.sqlite"), bytes(32)))


async def carried(codec: Codec, envelope: Envelope[Any]) -> tuple[dict[str, Any], Envelope[Any]]:
    """An envelope's attributes on the topic, and how it is read there."""
    [value] = await codec.encode([envelope])
    [read] = await codec.decode([Encoded(value)])
    return orjson.loads(value), read


async def test_a_commands_actor_is_carried_and_stands_on_its_events(codec: Codec) -> None:
    asked = command("a", 2)._replace(actor=LI)
    raw, read = await carried(codec, asked)
    assert ((raw["authtype"], raw["authid"]), read.actor) == (("user", "li"), LI)
    answer = Partition(COUNTER, "test-0").handle(read, 0, Definitions(), AT)
    assert [event.actor for event in answer.events] == [LI, LI]
    raw, read = await carried(codec, answer.events[0])
    assert ((raw["authtype"], raw["authid"]), read.actor) == (("user", "li"), LI)


async def test_what_was_written_before_there_were_actors_reads_as_unknown(codec: Codec) -> None:
    raw, read = await carried(codec, command("a", 1))
    assert (read.actor, {"authtype", "authid"} & raw.keys()) == (UNKNOWN, set())


@pytest.mark.parametrize("headers", [{"authtype": "root", "authid": "x"}, {"authtype": ""}])
def test_a_type_nobody_knows_is_no_type(headers: dict[str, str]) -> None:
    assert actor_of(headers) == Actor("unknown", headers.get("authid", ""))


async def test_an_actor_that_is_no_text_is_refused_by_its_name(codec: Codec) -> None:
    [value] = await codec.encode([command("a", 1)])
    [read] = await codec.decode([Encoded(orjson.dumps(orjson.loads(value) | {"authid": 7}))])
    assert isinstance(read, Refusal)
    assert "`authid`" in read.detail


def once(event: Envelope[Any], definitions: Definitions) -> list[Add]:
    return [Add(id=f"{event.id}-1", at=AT, counter="c", by=1)]


def reacted(kind: str, actor: Actor) -> Actor:
    added: Event = Added(at=AT, counter="c", by=1)
    event = Envelope(added, "e", "/integrator", AT, AT, "e", "e", actor=actor)
    policy = Policy("count", ("test",), (Added,), once, "test", kind=kind)
    [reaction] = reactions([policy], event, RecordPlace(policy.topics[0], 0, 0), Definitions(), AT)
    return reaction.commands[0].actor


def test_a_rule_acts_in_its_own_name_and_an_inbox_only_claims() -> None:
    assert reacted("events", LI) == system("policy/count")
    assert reacted("inbox", LI) == Actor("claimed", "li")
    assert reacted("inbox", UNKNOWN) == Actor("claimed", "/integrator")


@pytest.mark.parametrize("roles", [["nurse"], []])
def test_a_token_with_the_claim_roles_is_a_persons_be_it_empty(roles: list[str]) -> None:
    assert Caller.of({"sub": "li", "roles": roles}).actor == LI


def test_a_token_without_the_claim_roles_is_a_programs() -> None:
    assert Caller.of({"sub": "feed"}).actor == Actor("service_account", "feed")


def test_who_asks_stands_in_the_command() -> None:
    assert actor_attributes(command_envelope("test", once(command("a", 1), Definitions())[0], AT, actor=LI).actor) == {
        "authtype": "user",
        "authid": "li",
    }
