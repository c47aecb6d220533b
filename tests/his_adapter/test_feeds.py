"""The puller reads beside its loop: nobody waits for what it does, so what fails there must be heard of."""

from types import SimpleNamespace
from typing import Any

from services.his_adapter.formats.feeds import Reader
from tests.support.eventually import eventually


async def test_a_reader_that_fails_ends_its_process() -> None:
    failures = list[BaseException]()
    deps: Any = SimpleNamespace(definitions=None, fatal=failures.append)  # it will not even find what there is to read
    reader = Reader(deps)
    await reader.open(0)
    await eventually(lambda: failures)
    await reader.close()
