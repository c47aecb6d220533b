"""Two people publish definitions at the same time."""

import asyncio

from deploy.catalogue import load_all
from deploy.definition_store import ChangedMeanwhile, compare, published, write
from deploy.topics import prepare
from services.notify.definitions import Template
from shared.settings import Settings


def template(body: str) -> Template:
    return Template.model_validate(
        {"id": "raced", "version": 1, "status": "draft", "author": "a", "texts": {"zh": {"subject": "s", "body": body}}}
    )


async def test_two_that_publish_at_the_same_time_do_not_overwrite_each_other(parts: Settings) -> None:
    await prepare(load_all(parts), parts)
    known = await published(parts.kafka)
    both = [write(parts, compare([template(body)], known), body) for body in ("one", "other")]
    ends = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(end) for end in ends if end is not None) == [ChangedMeanwhile]
    [there] = [d for d in (await published(parts.kafka)).all() if d.id == "raced"]
    assert there.applied_by == ["one", "other"][ends.index(None)]


async def test_what_was_compared_must_still_be_so_when_it_is_written(parts: Settings) -> None:
    await prepare(load_all(parts), parts)
    before = compare([template("mine")], await published(parts.kafka))
    await write(parts, compare([template("theirs")], await published(parts.kafka)), "they")
    late = await asyncio.gather(write(parts, before, "me"), return_exceptions=True)
    there = next(d for d in (await published(parts.kafka)).all() if d.id == "raced")
    if before[0].what == "new":
        assert isinstance(late[0], ChangedMeanwhile)
        assert there.applied_by == "they"
