"""What was refused is edited as text, and goes through the door as the bytes that it takes."""

import pytest

from services.his_adapter.formats.hl7.text import decoded
from services.his_adapter.formats.resending import as_bytes, as_text, spoken_for

HL7 = "MSH|^~\\&|HIS|CITY|||20260309||ADT^A01|m1|P|2.5.1|||||CHN|GB 18030-2000\rPID|1||1||张^伟\r"


@pytest.mark.parametrize("charset", ["gb18030", "utf-8"])
def test_a_message_in_any_charset_is_read_repaired_and_read_again(charset: str) -> None:
    text = as_text(HL7.replace("GB 18030-2000", "GB 18030-2000" if charset == "gb18030" else "").encode(charset))
    assert "张^伟\n" in text
    assert "\r" not in text
    sent = as_bytes(text.replace("张^伟", "王秀").replace("\n", "\r\n"))
    assert decoded(sent)[1] == "utf-8", "though MSH-18 says something else"
    assert decoded(sent)[0].split("\r")[1] == "PID|1||1||王秀"
    assert spoken_for(sent, "") == ("HIS/CITY",)


def test_what_cannot_be_decoded_is_shown_all_the_same() -> None:
    assert as_text(b"MSH|^~\\&|HIS|CITY|||||||||||||||ASCII\rPID|\xff\xfe\r").startswith("MSH|")
    assert as_text(b"\xff{") == "�{"


def test_json_stays_as_it_is() -> None:
    assert as_bytes('{"a":\r\n "张"}') == '{"a":\n "张"}'.encode()
