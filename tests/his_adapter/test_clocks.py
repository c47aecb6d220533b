"""Packed clocks: as a mapping would keep them, in at most 48 bytes each."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.facts import clocks
from services.his_adapter.facts.clocks import HOW, MAX_BUCKET_BYTES, WIDE, Bucket, Clock, digest_of, name_of

AT = datetime(2026, 3, 9, tzinfo=UTC)
HOWS = st.sampled_from([bytes([1]) * HOW, bytes([2]) * WIDE, bytes(HOW)])


@st.composite
def some_clocks(draw: st.DrawFn) -> Clock:
    at = AT + timedelta(microseconds=draw(st.integers(-(2**51), 2**51)))
    clock = Clock(at, draw(HOWS))
    for number in range(draw(st.integers(0, 6))):
        clock = clock.with_digest(digest_of(f"m{number}", "x"))
    return clock


@given(st.lists(st.tuples(st.integers(0, 200), some_clocks()), max_size=300))
def test_what_is_put_is_found_and_a_checkpoint_gives_it_back(puts: list[tuple[int, Clock]]) -> None:
    buckets: clocks.Buckets = {}
    whole: dict[bytes, Clock] = {}
    for number, clock in puts:
        name = name_of("patient", f"thing/{number}")
        buckets, whole[name] = clocks.put(buckets, name, clock), clock
    assert {name: clocks.find(buckets, name) for name in whole} == whole
    assert clocks.find(buckets, name_of("patient", "another")) is None
    assert sum(map(len, buckets.values())) <= 48 * len(whole)
    assert {name: clocks.restored(clocks.stored(each)) for name, each in buckets.items()} == buckets


def test_buckets_split_so_that_none_grows_with_the_patient() -> None:
    buckets: clocks.Buckets = {}
    for number in range(5_000):
        buckets = clocks.put(buckets, name_of("patient", f"charge/{number}"), Clock(AT, bytes(HOW), b"m" * 6))
    assert max(map(len, buckets.values())) <= MAX_BUCKET_BYTES
    assert sum(map(len, buckets.values())) == 5_000 * 30
    before = dict(buckets)
    buckets = clocks.put(buckets, name_of("patient", "charge/7"), Clock(AT, b"another!"))
    assert sum(buckets[name] is not before[name] for name in buckets) == 1


@pytest.mark.parametrize("count", [1, 3, 4, 40])
def test_no_message_of_the_newest_time_is_ever_forgotten(count: int) -> None:
    clock = Clock(AT, bytes(HOW))
    digests = [digest_of(f"m{number}", "charge") for number in range(count)]
    for digest in digests:
        clock = clock.with_digest(digest)
    assert all(clock.has_digest(digest) for digest in digests)
    assert len(clock.digests) <= 18


def test_few_messages_of_one_time_are_rarely_mistaken_for_one_that_was_heard() -> None:
    clock = Clock(AT, bytes(HOW))
    for number in range(6):
        clock = clock.with_digest(digest_of(f"m{number}", "charge"))
    mistaken = sum(clock.has_digest(digest_of(f"new{number}", "charge")) for number in range(20_000))
    assert mistaken < 40
    exact = Clock(AT, bytes(HOW)).with_digest(digest_of("m1", "charge"))
    assert not any(exact.has_digest(digest_of(f"new{number}", "charge")) for number in range(20_000))


def test_the_same_thing_of_another_patient_has_another_name() -> None:
    assert name_of("one", "charge/1") != name_of("other", "charge/1")


def test_of_an_erased_bucket_the_times_stay_and_where_things_stood_is_unknown() -> None:
    name = name_of("patient", "charge/1")
    clock = Clock(AT, b"standing").with_digest(digest_of("m1", "charge"))
    kept = clocks.stored(clocks.put({}, name, clock)[""])
    erased = {"": clocks.restored(Bucket(clocks=kept.clocks, hows=None))}
    assert clocks.find(erased, name) == clock._replace(how=bytes(HOW))
    assert b"standing" not in base64.b64decode(kept.clocks)
