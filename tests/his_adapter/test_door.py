"""What is checked before a message is taken: what it must hold, whom it is for, in which letters it is answered."""

import pytest

from services.his_adapter.formats.hl7.ack import ack
from services.his_adapter.formats.hl7.checking import check, judge
from services.his_adapter.formats.hl7.message import Broken, parse
from services.his_adapter.formats.hl7.text import decode, decoded
from shared.contracts.base import changed
from tests.his_adapter.test_families import BARE, obr
from tests.his_adapter.test_hl7 import NOW
from tests.his_adapter.test_translate import KEY, SITE, message


@pytest.mark.parametrize(
    ("kind", "lines", "place"),
    [
        ("ADT^A40", [], "MRG-1"),
        ("ORU^R01", [], "OBR-4"),
        ("ORM^O01", [], "ORC-1"),
        ("SIU^S12", [], "SCH-2"),
        ("MDM^T02", [], "TXA-12"),
        ("ORM^O01", [obr()], ""),
    ],
)
def test_what_a_message_cannot_do_without_is_asked_for_at_the_door(kind: str, lines: list[str], place: str) -> None:
    text = parse("\r".join([message(kind, **BARE), *lines]))
    if not place:
        check(text, SITE)
        return
    with pytest.raises(Broken) as caught:
        check(text, SITE)
    assert (f"{caught.value.segment}-{caught.value.field}", caught.value.code) == (place, "101")


def test_a_message_that_says_nowhere_when_is_refused_at_the_door() -> None:
    with pytest.raises(Broken, match="MSH-7 is required"):
        check(parse("MSH|^~\\&|A|B|C|D|||ADT^A28|C1|P|2.5\rPID|1||1"), SITE)


@pytest.mark.parametrize("kind", ["ADT^A20", "SIU^S23", "SIU^S24"])
def test_what_speaks_of_beds_and_slots_but_names_a_patient_is_refused_with_the_reason(kind: str) -> None:
    [judged] = judge(message(kind).encode(), SITE, KEY)
    assert (judged.verdict, "beds or slots" in judged.reason) == ("refused", True)


@pytest.mark.parametrize("written", ["adt^a01", "ADT_A01", "ADT^A01^ADT_A01", "Adt^a01"])
def test_a_type_is_known_however_it_is_written(written: str) -> None:
    assert parse(message().replace("ADT^A01", written)).type == "ADT^A01"


@pytest.mark.parametrize(("version", "taken"), [("2.3.1", True), ("V2.4", False), ("20", False), ("2.5", False)])
def test_a_site_may_say_which_versions_it_takes(version: str, taken: bool) -> None:
    site = changed(SITE, versions=("2.3.1",))
    [judged] = judge(message().replace("|P|2.5", f"|P|{version}").encode(), site, KEY)
    assert (judged.verdict == "translated") is taken
    [anywhere] = judge(message().replace("|P|2.5", f"|P|{version}").encode(), SITE, KEY)
    assert (anywhere.verdict == "translated") is (version != "20")


@pytest.mark.parametrize("charset", ["gb18030", "utf-8", "iso8859-1"])
def test_a_control_id_comes_back_in_the_bytes_it_came_in(charset: str) -> None:
    name = "Müller" if charset == "iso8859-1" else "王"
    declared = "8859/1" if charset == "iso8859-1" else ""
    head = f"MSH|^~\\&|A|B|C|D|20260309||ADT^A28|{name}1|P|2.5||||||{declared}"
    raw = f"{head}\rPID|1||1".encode(charset)
    text, charset_found = decoded(raw)
    answer = ack(parse(text), "AA", NOW, charset=charset_found)
    assert f"MSA|AA|{name}1\r".encode(charset) in answer
    assert answer.split(b"\r")[0].endswith(f"|{declared}".encode() if declared else b"|2.5")


def test_a_byte_order_mark_outdoes_msh_18() -> None:
    head = "MSH|^~\\&|A|B|C|D|20260309||ADT^A28|C1|P|2.5||||||GBK\rPID|1||1||王"
    assert decode(b"\xef\xbb\xbf" + head.encode()).endswith("王")
