"""Sources are polled beside the loop: nobody waits for what a poll does, so what fails there must be heard of."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from services.his_adapter.formats.tables.definitions import Table
from services.his_adapter.payments.bills import Bill
from services.his_adapter.payments.definitions import Asking
from services.his_adapter.pulling import loop
from services.his_adapter.pulling.fhir.definitions import Feed
from services.his_adapter.pulling.loop import PolledSource, Poller
from services.his_adapter.pulling.sources import Pulled
from services.his_adapter.watches.definitions import Watch
from shared.contracts.base import changed
from shared.definitions import Definition
from tests.his_adapter.test_payments import WECHAT
from tests.support.eventually import eventually

FEED = Feed(id="main", version=1, url="https://fhir.hospital.example")
TABLE = Table(id="visits", version=1, rows="patients", columns={"number": "no"})


class Unreadable:
    """A source that fails, with what it reports."""

    name = "feed/main"

    def __init__(self, words: str, back_off: Sequence[int] = (600,)) -> None:
        self._words, self.back_off = words, back_off
        self.reported = list[str]()

    async def poll(self) -> None:
        raise KeyError("a name that may be personal")

    async def report(self, trouble: str) -> None:
        self.reported.append(trouble)

    def error_text(self, error: Exception) -> str:
        return self._words


async def test_a_poller_that_cannot_list_its_sources_ends_its_process() -> None:
    failures = list[BaseException]()

    def sources() -> Iterable[PolledSource]:
        raise RuntimeError("no definitions")

    poller = Poller(sources, failures.append)
    await poller.open(0)
    await eventually(lambda: failures)
    await poller.close()


async def test_a_chore_that_fails_ends_its_process() -> None:
    failures = list[BaseException]()

    async def chore() -> None:
        raise RuntimeError("the disk is gone")

    poller = Poller(list, failures.append, [chore])
    await poller.open(0)
    await eventually(lambda: failures)
    await poller.close()


async def test_a_source_that_fails_reports_why_and_an_unforeseen_error_without_its_text() -> None:
    failures = list[BaseException]()
    foreseen, unforeseen = Unreadable("the server answered 401"), Unreadable("")
    unforeseen.name = "feed/other"
    poller = Poller(lambda: [foreseen, unforeseen], failures.append)
    await poller.open(0)
    await eventually(lambda: foreseen.reported and unforeseen.reported)
    await poller.close()
    assert foreseen.reported == ["the server answered 401"]
    assert unforeseen.reported == ["KeyError: the service's log has more"]
    assert failures == []


async def test_a_source_that_fails_is_polled_again_after_the_waits_of_its_definition(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loop, "LOOK", 0.01)
    patient, impatient = Unreadable("401"), Unreadable("401", back_off=(1,))
    impatient.name = "feed/other"
    poller = Poller(lambda: [patient, impatient], [].append)
    await poller.open(0)
    await eventually(lambda: len(impatient.reported) > 1)
    await poller.close()
    assert len(patient.reported) == 1


@pytest.mark.parametrize("definition", [FEED, TABLE])
def test_feeds_and_tables_say_themselves_when_they_are_polled_again(definition: Definition) -> None:
    nothing: Any = None
    assert Pulled(definition, nothing, nothing).back_off == (2, 4, 8, 16, 32, 64, 128, 256, 512, 600)
    assert Pulled(changed(definition, back_off_seconds=(30,)), nothing, nothing).back_off == (30,)


def test_a_watch_whose_beginning_cannot_be_sent_is_tried_again_as_others_are_by_default() -> None:
    nothing: Any = None
    assert Pulled(Watch(id="adt", version=1, source="HIS"), nothing, nothing).back_off[0] == 2


def test_a_platform_says_when_its_bill_is_asked_for_again() -> None:
    nothing: Any = None
    assert Bill(nothing, WECHAT, nothing).back_off[-1] == 600
    hourly = changed(WECHAT, asking=Asking(bill_back_off_seconds=(3600,)))
    assert Bill(nothing, hourly, nothing).back_off == (3600,)
