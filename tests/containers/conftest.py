"""The image under test, built once; containers are removed by their label, whatever became of their test."""

import os
from collections.abc import Iterator

import pytest
from docker.models.images import Image

from tests.support.engine import LABEL, engine, image

os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"  # its image could not be pulled; what it does is done below


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs an engine."""
    for item in items:
        if "tests/containers/" in item.nodeid:
            item.add_marker(pytest.mark.containers)


@pytest.fixture(scope="session", autouse=True)
def cleaned() -> Iterator[None]:
    yield
    for container in engine().containers.list(all=True, filters={"label": LABEL}):
        container.remove(force=True, v=True)


@pytest.fixture(scope="session")
def built() -> Image:
    return image()
