"""Clock, ids, rules, definitions, positions, webhooks, links, settings: each in a few sentences."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from services.followup.definitions import Survey
from shared import webhooks
from shared.bus.clients import partition_of
from shared.bus.topics import topic_name
from shared.clock import SharedClock
from shared.definitions import Definitions, UnknownDefinition
from shared.ids import derive, identifier_key
from shared.links import LinkInvalid, open_link, sign_link
from shared.positions import token, vector
from shared.problems import Problem
from shared.rules import BadRule, check, holds
from shared.settings import Keys, Secrets
from shared.telemetry import carried_trace, context_of
from shared.webhooks import SignatureInvalid, sign, verify

NOW = datetime(2026, 3, 9, tzinfo=UTC)


def test_a_frozen_clock_stands_and_every_follower_sees_a_jump(tmp_path: Path) -> None:
    here, there = SharedClock(tmp_path / "clock.json"), SharedClock(tmp_path / "clock.json")
    here.set(NOW, 0)
    assert there() == NOW == there()
    here.set(NOW + timedelta(days=1), 0)
    assert there() == NOW + timedelta(days=1)


def test_a_clock_without_an_anchor_is_the_real_one(tmp_path: Path) -> None:
    assert abs(SharedClock(tmp_path / "none")() - datetime.now(UTC)) < timedelta(seconds=5)
    with pytest.raises(ValueError, match="CARELOOP_CLOCK_FILE"):
        SharedClock().set(NOW, 0)


def test_a_clock_is_moved_only_to_a_time_with_an_offset(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="offset"):
        SharedClock(tmp_path / "c").set(NOW.replace(tzinfo=None), 0)


def test_ids_follow_from_causes_and_boundaries_count() -> None:
    assert derive("a", 1) == str(uuid5(UUID("6f0d2c5e-2b0a-5c39-9d0e-0c6a7e1b5f11"), "a\x1f1"))
    assert len({derive("a", "b"), derive("ab"), derive("b", "a"), derive("a", "b", "")}) == 4


def test_an_identifier_is_the_same_in_any_case_and_unreadable() -> None:
    key = b"k" * 32
    assert identifier_key(key, "MRN:City", " a1 ") == identifier_key(key, "mrn:city", "A1")
    assert identifier_key(key, "MRN:City", "a1") != identifier_key(b"x" * 32, "MRN:City", "a1")


@pytest.mark.parametrize(("key", "partition"), [("21", 1), ("person", 3), ("", 1)])
def test_partitions_are_javas(key: str, partition: int) -> None:
    """Kafka's Utils.murmur2 as tested in UtilsTest: murmur2("21") is -973932308, of "" 275646681."""
    java_hashes = {"21": -973932308, "": 275646681}
    if key in java_hashes:
        assert partition_of(key, 4) == (java_hashes[key] & 0x7FFFFFFF) % 4
    assert 0 <= partition_of(key, 4) < 4


def test_topics_are_named_by_rule() -> None:
    assert topic_name("his_adapter", "events") == "careloop.his-adapter.events.v1"
    assert topic_name("notify", "dlq") == "careloop.notify.dlq"


def test_rules_hold_or_not_and_bad_ones_say_why() -> None:
    assert holds("case.department == 'CARD' && case.score <= 2", {"case": {"department": "CARD", "score": 1}})
    assert not holds("case.department in ['ORTH']", {"case": {"department": "CARD"}})
    for expression in ("case.nothing == 1", "other > 1", "1 + 1"):
        with pytest.raises(BadRule):
            holds(expression, {"case": {}})
    with pytest.raises(ValueError, match="CEL"):
        check("a &&")


def survey(version: int, status: str = "published") -> Survey:
    return Survey(id="s", version=version, question={"zh": "?"}, status=status)


def test_definitions_keep_every_version_and_one_in_force() -> None:
    definitions = Definitions.of(survey(1), survey(2))
    assert [s.version for s in definitions.current(Survey)] == [2]
    assert definitions.version(Survey, "survey/s/1") == survey(1)
    assert definitions.with_current("survey", "s", 1).find(Survey, "s") == survey(1)
    with pytest.raises(UnknownDefinition, match="survey/s/9"):
        definitions.version(Survey, "survey/s/9")


def test_a_draft_is_kept_and_not_used() -> None:
    assert Definitions.of(survey(1, "draft")).current(Survey) == []


def test_a_snapshot_follows_its_topic_and_passes_unknown_kinds_over() -> None:
    value = json.dumps(survey(3).model_dump(mode="json")).encode()
    definitions = (
        Definitions().applied("survey/s/3", value).applied("survey/s", b'{"version": 3}').applied("x/y", b"{}")
    )
    assert definitions.find(Survey, "s") == survey(3)


@given(st.dictionaries(st.text(max_size=5), st.integers(0, 2**40), max_size=4))
def test_a_position_survives_its_word(at: dict[str, int]) -> None:
    assert vector(token(at)) == at


@pytest.mark.parametrize("word", ["", "%%%", "bm90IGpzb24", "WzFd"])
def test_a_word_we_did_not_give_out_is_a_clear_400(word: str) -> None:
    with pytest.raises(Problem, match="min_position"):
        vector(word)


def test_a_webhook_verifies_and_a_changed_one_does_not() -> None:
    headers = sign("secret", "id-1", b"body")
    assert verify(Secrets("secret"), headers, b"body") == "id-1"
    for secret, signed, body in (
        ("secret", headers, b"other"),
        ("wrong", headers, b"body"),
        ("", headers, b"body"),
        ("secret", {**headers, "webhook-timestamp": "1"}, b"body"),
        ("secret", {}, b"body"),
    ):
        with pytest.raises(SignatureInvalid):
            verify(Secrets(secret), signed, body)


def test_a_secret_of_the_standard_is_decoded_before_it_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of the specification: the key is what follows `whsec_`, base64."""
    monkeypatch.setattr(webhooks.time, "time", lambda: 1614265330.0)
    secret, id, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}'
    signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    headers = {"webhook-id": id, "webhook-timestamp": "1614265330", "webhook-signature": f"v1,AAAA {signature}"}
    assert verify(Secrets(secret), headers, body) == id
    assert sign(secret, id, body)["webhook-signature"] == signature


@pytest.mark.parametrize(
    ("odd", "word"),
    [
        ({"webhook-signature": "v1,\u00e9"}, "signature"),
        ({"webhook-signature": "\u00e9 \u00ff"}, "signature"),
        ({"webhook-timestamp": "\u00b2"}, "timestamp"),
        ({"webhook-timestamp": "9" * 5000}, "timestamp"),
        ({"webhook-timestamp": "-1"}, "timestamp"),
        ({"webhook-id": "\u00e9"}, "signature"),
        ({"webhook-id": ""}, "webhook-id"),
    ],
)
def test_odd_bytes_in_a_signed_header_are_a_wrong_signature_and_no_error(odd: dict[str, str], word: str) -> None:
    headers = {**sign("secret", "id-1", b"body"), **odd}
    with pytest.raises(SignatureInvalid, match=word):
        verify(Secrets("secret"), headers, b"body")


def test_a_secret_that_is_half_standard_says_so() -> None:
    with pytest.raises(SignatureInvalid, match="base64"):
        verify(Secrets("whsec_\u00e9"), sign("secret", "id-1", b"body"), b"body")


def test_a_webhook_signed_with_a_former_secret_verifies_until_that_is_taken_out() -> None:
    headers = sign("before", "id-1", b"body")
    assert verify(Secrets("now", ("long-ago", "before")), headers, b"body") == "id-1"
    for secrets in (Secrets("now"), Secrets("", ("before",))):
        with pytest.raises(SignatureInvalid):
            verify(secrets, headers, b"body")


SECRET = Secrets("s" * 32)


def test_a_link_opens_for_its_purpose_until_it_expires() -> None:
    link = sign_link(SECRET, "survey", "task-1", NOW + timedelta(days=1))
    assert open_link(SECRET, "survey", link, NOW) == "task-1"
    for secret, purpose, word, now, why in (
        (SECRET, "survey", link, NOW + timedelta(days=2), "expired"),
        (SECRET, "booking", link, NOW, "broken"),
        (Secrets("x" * 32), "survey", link, NOW, "broken"),
        (Secrets(""), "survey", link, NOW, "broken"),
        (SECRET, "survey", link[:-2], NOW, "broken"),
    ):
        with pytest.raises(LinkInvalid, match=why):
            open_link(secret, purpose, word, now)


def test_a_link_of_a_former_secret_opens_until_that_is_taken_out() -> None:
    before, now = Secrets("b" * 32), Secrets("n" * 32, ("a" * 32, "b" * 32))
    link = sign_link(before, "survey", "task-1", NOW + timedelta(days=1))
    assert open_link(now, "survey", link, NOW) == "task-1"
    assert (
        jwt.get_unverified_header(sign_link(now, "survey", "t", NOW))["kid"] != jwt.get_unverified_header(link)["kid"]
    )
    with pytest.raises(LinkInvalid, match="broken"):
        open_link(Secrets("n" * 32), "survey", link, NOW)


@pytest.mark.parametrize("secrets", [SECRET, Secrets("n" * 32, ("s" * 32,))])
def test_a_link_of_an_earlier_release_names_no_secret_and_opens(secrets: Secrets) -> None:
    claims = {"p": "survey", "s": "task-1", "e": int(NOW.timestamp()) + 60}
    assert open_link(secrets, "survey", jwt.encode(claims, "s" * 32, algorithm="HS256"), NOW) == "task-1"
    with pytest.raises(LinkInvalid, match="broken"):
        open_link(secrets, "survey", jwt.encode(claims, "x" * 32, algorithm="HS256"), NOW)


def test_a_link_that_names_one_secret_and_is_signed_with_another_does_not_open() -> None:
    claims, secrets = {"p": "survey", "s": "task-1", "e": int(NOW.timestamp()) + 60}, Secrets("n" * 32, ("s" * 32,))
    named = jwt.get_unverified_header(sign_link(secrets, "survey", "t", NOW))["kid"]
    with pytest.raises(LinkInvalid, match="broken"):
        open_link(secrets, "survey", jwt.encode(claims, "s" * 32, "HS256", {"kid": named}), NOW)


def test_nobody_signs_links_with_nothing() -> None:
    with pytest.raises(ValueError, match=r"CARELOOP_AUTH__LINK_SECRET.*careloop keys new"):
        sign_link(Secrets(""), "survey", "task-1", NOW)


@pytest.mark.parametrize(
    ("site", "words"),
    [("", "is not set"), ("22" * 15, "has 15 bytes"), ("zz" * 32, "is no hex"), ("2" * 63, "is no hex")],
)
def test_a_site_key_that_anybody_could_guess_is_none(site: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"CARELOOP_KEYS__SITE {words}.*careloop keys new"):
        _ = Keys(site=SecretStr(site)).site_key


def test_a_trace_is_carried_on_with_our_span_as_parent_and_broken_ones_begin_anew() -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    [(_, value)] = carried_trace([("traceparent", parent.encode())], "00f067aa0ba902b7")
    assert value == b"00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01"
    assert context_of("00-zz-1-01") is None
    [(_, fresh)] = carried_trace([("traceparent", b"nonsense")], "00f067aa0ba902b7")
    assert context_of(fresh.decode()) is not None
