"""Bytes to segments: delimiters, escapes, line ends, character sets, frames."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.formats.hl7.ack import ack, mode
from services.his_adapter.formats.hl7.message import Broken, Delimiters, escape, parse, unescape
from services.his_adapter.formats.hl7.mllp import END, START, Framer, FrameTooLarge
from services.his_adapter.formats.hl7.pointing import pointed
from services.his_adapter.formats.hl7.text import Undecodable, decode
from services.his_adapter.formats.hl7.writing import segment
from tests.conftest import SHANGHAI

HEAD = "MSH|^~\\&|HIS|CITY|CL|CITY|20260309093000+0800||ADT^A01|C1|P|2.5"
NOW = datetime(2026, 3, 9, 9, 30, tzinfo=SHANGHAI)


@pytest.mark.parametrize("line_end", ["\r", "\n", "\r\n"])
def test_any_line_end_separates_segments(line_end: str) -> None:
    message = parse(line_end.join([HEAD, "PID|1||100^^^CITY^MR~200^^^NAT^NI", "", "ZXX|own"]))
    assert [fields[0] for fields in message.segments] == ["MSH", "PID", "ZXX"]
    assert message.get("PID-3.4") == "CITY"
    assert [cx.get(1) for cx in message.first("PID").repetitions(3)] == ["100", "200"]


def test_paths_reach_fields_components_and_subcomponents() -> None:
    message = parse(f"{HEAD}\rPID|1||||A&B^C")
    head = message.first("MSH")
    assert (head.raw(1), head.raw(2), message.get("MSH-10")) == ("|", "^~\\&", "C1")
    assert message.type == "ADT^A01"
    assert (message.get("PID-5.1.2"), message.get("PID-5.2"), message.get("PID-99.9.9")) == ("B", "C", "")


def test_custom_delimiters_are_the_messages_own() -> None:
    message = parse("MSH#!*@%#HIS#CITY###20260309##ADT!A01#C1#P#2.3\rPID#1##7!!!AUTH!MR")
    assert (message.type, message.get("PID-3.4")) == ("ADT^A01", "AUTH")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (r"a\F\b\S\c\T\d\R\e\E\f", "a|b^c&d~e\\f"),
        (r"\X4142\ ", "AB"),
        (r"\XC4E3\ ", "你"),
        (r"1\.br\2", "1\n2"),
        (r"keep \Zunknown\ it", r"keep \Zunknown\ it"),
        (r"open \F", r"open \F"),
        ("no escape", "no escape"),
    ],
)
def test_escapes_are_resolved_and_unknown_ones_kept(raw: str, text: str) -> None:
    assert parse(f"{HEAD}\rNTE|1||{raw}").get("NTE-3") == text


@pytest.mark.parametrize(
    "text",
    ["", "PID|1", "MSH|", "MSH|^^^^|a", f"{HEAD}\rpi|1", f"{HEAD}\r{HEAD}"],
)
def test_a_broken_structure_says_where(text: str) -> None:
    with pytest.raises(Broken) as caught:
        parse(text)
    assert caught.value.segment == "MSH"


@given(st.text(alphabet="MSHPID|^~\\&\r\n ABC123王\x00", max_size=200))
def test_the_splitter_never_fails_otherwise(text: str) -> None:
    try:
        message = parse(f"MSH|^~\\&{text}")
    except Broken:
        return
    for fields in message.segments:
        for number in range(1, len(fields) + 2):
            message.first(fields[0]).get(number, 2, 2)


def test_utf8_is_tried_before_gb18030_and_a_declared_set_before_both() -> None:
    text = f"{HEAD}\rPID|1||||王^秀英"
    assert decode(text.encode()) == text
    assert decode(b"\xef\xbb\xbf" + text.encode()) == text
    assert decode(text.encode("gb18030")) == text
    latin = HEAD + "|" * 6 + "8859/1\rPID|1||||M\u00fcller"
    assert decode(latin.encode("latin-1")) == latin


def test_a_hanzi_whose_second_byte_is_a_delimiter_survives() -> None:
    text = f"{HEAD}\rPID|1||||弢^亅|x"  # GBK 8F5C 8169: bytes that look like \ and i
    assert parse(decode(text.encode("gb18030"))).get("PID-5.2") == "亅"


def test_bytes_that_no_charset_fits_are_named() -> None:
    with pytest.raises(Undecodable, match="MSH-18"):
        decode(HEAD.encode() + b"\r\xff\xff\xff")


@given(
    st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\x1c", b"").replace(b"\x0b", b"")), max_size=5), st.data()
)
def test_the_framer_finds_every_frame_however_the_bytes_arrive(frames: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(b"noise" + START + frame + END for frame in frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    framer, frames_found = Framer(10_000), []
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        frames_found += framer.feed(stream[begin:end])
    assert frames_found == frames


def test_a_frame_that_never_ends_is_refused_at_the_limit() -> None:
    framer = Framer(10)
    framer.feed(START + b"x" * 10)
    framer.check()
    framer.feed(b"x")
    with pytest.raises(FrameTooLarge, match="MAX_FRAME_BYTES"):
        framer.check()


def test_frames_before_one_that_is_too_large_count_though_they_come_in_one_read() -> None:
    framer = Framer(10)
    assert framer.feed(START + b"one" + END + START + b"x" * 11) == [b"one"]
    with pytest.raises(FrameTooLarge):
        framer.check()


def test_a_text_that_we_write_ends_no_frame_and_begins_no_message() -> None:
    written = segment("NTE", {3: "x\x1c\r\x0bMSH|^~\\&|EVIL"})
    assert Framer(10_000).feed(START + written.encode() + END) == [written.encode()]
    assert "\r" not in written


def test_an_acknowledgement_repeats_the_control_id_and_swaps_the_parties() -> None:
    lines = ack(parse(HEAD), "AA", NOW).decode().split("\r")
    assert lines[0].split("|")[2:6] == ["CL", "CITY", "HIS", "CITY"]
    assert lines[0].split("|")[8] == "ACK^A01^ACK"
    assert lines[1] == "MSA|AA|C1"


def test_an_error_names_segment_and_field() -> None:
    error = Broken("PID-3 (patient number) is required", "PID", 3)
    assert ack(parse(HEAD), "AE", NOW, error).decode().split("\r")[2].startswith("ERR||PID^1^3|100|E")


def test_even_garbage_gets_an_answer() -> None:
    assert b"MSA|AE|UNKNOWN" in ack(None, "AE", NOW, Broken("no MSH"))


@given(st.text(), st.sampled_from(["|^~\\&", "#*~!&", "|^~\0\0", "$%@!\0"]))
def test_what_is_escaped_comes_back(text: str, marks: str) -> None:
    d = Delimiters(*(mark.strip("\0") for mark in marks))
    plain = text.replace("\r", "\n").replace("\0", "")
    written = escape(plain, d)
    assert not any(mark in written for mark in (d.field, d.component, d.repetition, d.sub) if mark)
    if d.escape:
        assert unescape(written, d) == plain


def test_a_refusal_is_written_in_the_senders_delimiters() -> None:
    head = parse("MSH#*~!&#HIS#CITY#CL#CITY#20260309##ADT*A01#C1#P#2.5")
    answer = ack(head, "AE", NOW, Broken("PID-3 is required in ADT*A01 & more", "PID", 3)).decode()
    err = parse(answer).first("ERR")
    assert (err.get(2, 1), err.get(2, 3), err.get(7)) == ("PID", "3", "PID-3 is required in ADT*A01 & more")


@pytest.mark.parametrize(
    ("accept", "application", "good", "bad"),
    [
        ("", "", "AA", "AE"),
        ("AL", "", "CA", "CE"),
        ("AL", "AL", "CA", "CE"),
        ("NE", "AL", "AA", "AE"),
        ("", "AL", "AA", "AE"),
        ("NE", "NE", "AA", "AE"),
        ("ER", "NE", "AA", "CE"),
        ("SU", "", "CA", "AE"),
        ("??", "", "CA", "CE"),
    ],
)
def test_the_answer_is_the_one_the_sender_asked_for(accept: str, application: str, good: str, bad: str) -> None:
    message = parse(f"{HEAD}|||{accept}|{application}")
    assert (mode(message, "AA"), mode(message, "AE")) == (good, bad)


@pytest.mark.parametrize(
    ("detail", "where"),
    [
        ("PID-3: PID-3 is required", ["PID|1||⟦⟧||王"]),
        ("PID-9: nothing", ["PID|1||||王||||⟦⟧"]),
        ("MSH-10: the control id is required", [HEAD.replace("|C1|", "|⟦C1⟧|")]),
        ("EVN-2: no time", ["the message has no EVN segment"]),
        ("the rule failed", []),
    ],
)
def test_the_place_of_a_refusal_is_marked_in_its_segment(detail: str, where: list[str]) -> None:
    assert pointed(f"{HEAD}\nPID|1||||王", detail) == where
