"""The id by which a provider reports is written as what a webhook may say, and read as what was sent."""

import re

import pytest

from services.notify.commands import PROVIDER_ID, ProviderId


def test_an_id_is_read_back_from_its_text() -> None:
    sent = ProviderId("m-1", 2, "p-1")
    assert (str(sent), ProviderId.of("m-1.2.p-1")) == ("m-1.2.p-1", sent)


@pytest.mark.parametrize("text", ["m.1", "m.one.p", "m.1.p.q", ".1.p", "m.1.", "m.1234567890.p", "m.1.\x00"])
def test_what_is_no_such_text_is_refused_before_it_is_read(text: str) -> None:
    assert re.search(PROVIDER_ID, "m.1.p")
    assert not re.search(PROVIDER_ID, text)
