"""`careloop definitions`: what does not fit is refused, by whoever publishes it and in whatever order."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.catalogue import load_all
from deploy.operating.topics import prepare
from deploy.publishing.definition_store import ChangedMeanwhile, compare, published, read_files, write
from shared.settings import Settings
from tests.deploy.publishing.test_template_values import PLAN, template
from tests.support.parts import embedded_parts
from tests.support.workers import environment

pytestmark = pytest.mark.wiring
NEEDS_WARD = template("{{ ward }}", "{ward: 3A}")


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Settings]:
    async with embedded_parts(tmp_path) as settings:
        await prepare(load_all(settings), settings)
        yield settings


def careloop(parts: Settings, *words: str) -> tuple[int, str]:
    """Run a command; returns the exit code and stderr."""
    elsewhere = ["--data-dir", str(parts.data_dir / "none")]
    command = [sys.executable, "-m", "deploy.cli", "definitions", *words, *elsewhere]
    result = subprocess.run(command, env=environment(parts), capture_output=True, text=True, check=False)
    return result.returncode, result.stderr


def file(parts: Settings, *documents: str) -> Path:
    path = parts.data_dir / "rules.yaml"
    path.write_text("\n---\n".join(documents))
    return path


async def in_force(parts: Settings) -> dict[str, int | None]:
    definitions = await published(parts.kafka)
    return {
        f"{kind}/{id}": definitions.current_version(kind, id) for kind, id in (("plan", "after"), ("template", "t"))
    }


async def test_what_does_not_fit_is_refused_when_it_is_applied_and_when_it_is_put_in_force_again(
    parts: Settings,
) -> None:
    code, errors = careloop(parts, "apply", str(file(parts, PLAN, NEEDS_WARD)))
    assert code == 2
    assert "plan/after/1 names template/t/1 (steps.pills): `texts.en.body` uses `ward`" in errors
    assert await in_force(parts) == {"plan/after": None, "template/t": None}

    assert careloop(parts, "apply", str(file(parts, NEEDS_WARD)))[0] == 0
    assert careloop(parts, "apply", str(file(parts, PLAN, template("b", version=2))))[0] == 0
    code, errors = careloop(parts, "publish", "template/t/1")
    assert code == 2
    assert "plan/after/1 names template/t/1" in errors
    assert await in_force(parts) == {"plan/after": 1, "template/t": 2}


async def test_what_others_published_since_it_was_compared_must_fit_too(parts: Settings) -> None:
    await write(parts, compare(read_files([file(parts, template("b"))]), await published(parts.kafka)), "both")
    definitions = await published(parts.kafka)
    plan, needs_ward = (
        compare(read_files([file(parts, document)]), definitions)
        for document in (PLAN, NEEDS_WARD.replace("version: 1", "version: 2"))
    )
    await write(parts, plan, "one", must_fit=True)
    with pytest.raises(ChangedMeanwhile):
        await write(parts, needs_ward, "other", must_fit=True)
    assert await in_force(parts) == {"plan/after": 1, "template/t": 1}
