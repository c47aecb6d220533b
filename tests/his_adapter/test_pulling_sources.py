"""After how long a source that failed is polled again: what its definition says."""

from typing import Any

import pytest

from services.his_adapter.formats.tables.definitions import Table
from services.his_adapter.payments.bills import Bill
from services.his_adapter.payments.definitions import Asking
from services.his_adapter.pulling.fhir.definitions import Feed
from services.his_adapter.pulling.sources import Pulled
from shared.contracts.base import changed
from shared.definitions import Definition
from tests.his_adapter.test_payments import WECHAT

FEED = Feed(id="main", version=1, url="https://fhir.hospital.example")
TABLE = Table(id="visits", version=1, rows="patients", columns={"number": "no"})


@pytest.mark.parametrize("definition", [FEED, TABLE])
def test_feeds_and_tables_say_themselves_when_they_are_polled_again(definition: Definition) -> None:
    nothing: Any = None
    assert Pulled(definition, nothing, nothing).back_off == (2, 4, 8, 16, 32, 64, 128, 256, 512, 600)
    assert Pulled(changed(definition, back_off_seconds=(30,)), nothing, nothing).back_off == (30,)


def test_a_platform_says_when_its_bill_is_asked_for_again() -> None:
    nothing: Any = None
    assert Bill(nothing, WECHAT, nothing).back_off[-1] == 600
    hourly = changed(WECHAT, asking=Asking(bill_back_off_seconds=(3600,)))
    assert Bill(nothing, hourly, nothing).back_off == (3600,)
