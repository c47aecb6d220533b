"""Two people publish definitions at the same time."""

import asyncio

import pytest

from deploy.catalogue import load_all
from deploy.operating.topics import prepare
from deploy.publishing.definition_store import ChangedMeanwhile, compare, published, write
from services.notify.definitions import Template
from shared.settings import Settings


def template(body: str, id: str = "raced") -> Template:
    return Template.model_validate(
        {"id": id, "version": 1, "status": "draft", "author": "a", "texts": {"zh": {"subject": "s", "body": body}}}
    )


async def test_two_that_publish_at_the_same_time_do_not_overwrite_each_other(parts: Settings) -> None:
    await prepare(load_all(parts), parts)
    definitions = await published(parts.kafka)
    both = [write(parts, compare([template(body)], definitions), body) for body in ("one", "other")]
    ends = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(end) for end in ends if end is not None) == [ChangedMeanwhile]
    [there] = [d for d in (await published(parts.kafka)).all() if d.id == "raced"]
    assert there.applied_by == ["one", "other"][ends.index(None)]


async def test_what_was_compared_must_still_be_so_when_it_is_written(parts: Settings) -> None:
    await prepare(load_all(parts), parts)
    before = compare([template("mine", "late")], await published(parts.kafka))
    await write(parts, compare([template("theirs", "late")], await published(parts.kafka)), "they")
    with pytest.raises(ChangedMeanwhile):
        await write(parts, before, "me")
    [there] = [d for d in (await published(parts.kafka)).all() if d.id == "late"]
    assert there.applied_by == "they"
