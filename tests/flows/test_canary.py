"""The canary: every story runs with marked people, then everything that is kept or exported is searched for them."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.system import System
from tests.flows import doors, pulled, scenes
from tests.flows.conftest import directing
from tests.flows.permitted import unlisted, unneeded
from tests.support.collecting import collector
from tests.support.planted import PlantedValues
from tests.support.searching import Search, in_the_database, in_the_files, in_the_log, in_what_is_exported
from tests.support.systems import running

FASTER = {"OTEL_METRIC_EXPORT_INTERVAL": "2000", "OTEL_BSP_SCHEDULE_DELAY": "500"}
STORIES = (
    scenes.a_stay_its_survey_and_its_complaint,
    scenes.a_mail_the_relay_refuses,
    scenes.somebody_at_the_desk,
    scenes.money_and_requests,
    scenes.a_call_that_fits_two,
    doors.a_fhir_server,
    doors.a_web_service,
    doors.files_in_a_folder,
    doors.what_is_refused,
    pulled.rows_of_a_view,
    pulled.the_export_of_a_server,
    pulled.the_tickets_of_a_queue,
)


class Heard(logging.Handler):
    """Every line that this process logs, as a file would have it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it; but what the tests' own HTTP client says of its requests."""
        if not record.name.startswith(("httpx", "httpcore")):
            self.lines.append(self.format(record))


@pytest.fixture
def launcher_log() -> Iterator[Heard]:
    handler, root = Heard(), logging.getLogger()
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)


async def played(system: System, planted: PlantedValues) -> None:
    """Play every story to its end."""
    async with directing(system) as director:
        scene = scenes.Scene(system, director, planted)
        for story in STORIES:
            await story(scene)
            await director.rest()


async def test_nothing_personal_stands_where_it_is_not_permitted(
    tmp_path: Path, launcher_log: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = PlantedValues()
    async with collector() as (address, exported):
        for name, value in {**FASTER, "OTEL_EXPORTER_OTLP_ENDPOINT": address}.items():
            monkeypatch.setenv(name, value)
        async with running(tmp_path) as system:
            await played(system, planted)
            search = Search(planted.all)
            sightings = [*await in_the_log(search, system.settings), *await in_the_database(search, system.settings)]
    sightings += in_the_files(search, tmp_path, [tmp_path / "mongo"])
    sightings += search.within("the log of the launcher", "\n".join(launcher_log.lines).encode())
    sightings += in_what_is_exported(search, exported)
    assert not (lines := unlisted(sightings)), "\n".join(["may it stand there?", *lines])
    assert not (lines := unneeded(sightings)), "\n".join(["take this off the list", *lines])
