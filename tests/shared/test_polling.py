"""Sources are polled beside the loop: nobody waits for what a poll does, so what fails there must be heard of."""

from collections.abc import Iterable, Sequence

import pytest

from shared import polling
from shared.polling import PolledSource, Poller
from tests.support.eventually import eventually


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
    monkeypatch.setattr(polling, "LOOK", 0.01)
    patient, impatient = Unreadable("401"), Unreadable("401", back_off=(1,))
    impatient.name = "feed/other"
    poller = Poller(lambda: [patient, impatient], [].append)
    await poller.open(0)
    await eventually(lambda: len(impatient.reported) > 1)
    await poller.close()
    assert len(patient.reported) == 1
