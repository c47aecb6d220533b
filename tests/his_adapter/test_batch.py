"""Batches: every message of them on its own."""

import pytest

from services.his_adapter.formats.hl7.batch import split
from services.his_adapter.formats.hl7.checking import judge
from services.his_adapter.formats.hl7.message import Broken
from tests.his_adapter.test_translate import KEY, SITE, message

ONE, TWO = message("ADT^A01"), message("ADT^A03")
BHS = "BHS|^~\\&|HIS|CITY"


def test_one_message_is_a_batch_of_its_own() -> None:
    assert split(ONE).messages == [ONE]


def test_a_wrapped_batch_gives_its_messages_and_keeps_its_header() -> None:
    batch = split("\r".join(["FHS|^~\\&|HIS", BHS, ONE, TWO, "BTS|2", "FTS|1"]))
    assert (batch.messages, batch.head, batch.trouble) == ([ONE, TWO], "FHS|^~\\&|HIS", "")


def test_several_messages_without_a_wrapper_are_taken_one_by_one() -> None:
    assert split(f"{ONE}\r\n{TWO}").messages == [ONE, TWO]


def test_mllp_framing_that_was_stored_with_them_is_left_out() -> None:
    assert split(f"\x0b{ONE}\x1c\r\x0b{TWO}\x1c\r").messages == [ONE, TWO]


def test_several_batches_in_a_file_are_counted_together() -> None:
    batch = split("\r".join(["FHS|^~\\&", BHS, ONE, "BTS|1", BHS, TWO, "BTS|1", "FTS|2"]))
    assert (len(batch.messages), batch.trouble) == (2, "")


def test_a_trailer_that_counts_otherwise_is_told() -> None:
    batch = split("\r".join([BHS, ONE, "BTS|3"]))
    assert batch.trouble == "BTS-1 says 3 messages, the batch holds 1"


@pytest.mark.parametrize("text", [f"{BHS}\rBTS|0", f"PID|1\r{ONE}"])
def test_what_is_no_batch_is_refused(text: str) -> None:
    with pytest.raises(Broken):
        split(text)


def test_a_broken_message_in_the_middle_stops_no_other() -> None:
    judgements = judge("\r".join([BHS, ONE, "MSH|^~", TWO, "BTS|3"]).encode(), SITE, KEY)
    assert [each.verdict for each in judgements] == ["translated", "refused", "translated"]


def test_a_wrapped_batch_is_answered_wrapped() -> None:
    assert split(f"{BHS}\r{ONE}\rBTS|1").answer([b"MSH|A\r"]) == b"BHS|^~\\&\rMSH|A\rBTS|1\r"
    assert split(ONE).answer([b"MSH|A\r"]) == b"MSH|A\r"
