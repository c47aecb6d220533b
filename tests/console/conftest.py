"""Embedded parts for the wiring tests of the console."""

from collections.abc import AsyncIterator

import pytest

from shared.settings import Settings
from tests.support.parts import embedded_parts


@pytest.fixture(scope="session")
async def parts(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Settings]:
    async with embedded_parts(tmp_path_factory.mktemp("parts")) as settings:
        yield settings
