"""The generated reference: fresh, valid, and guarded against incompatible change."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from deploy.catalogue import load_all, unstarted
from deploy.reference.generated import asyncapi, breaking, generate, published, schema_of, stale
from shared.contracts.his_raw import FeedAdvanced, HospitalMessageReceived

FOLDER = Path(__file__).parents[3] / "docs" / "reference"


def test_the_committed_reference_is_what_the_code_says() -> None:
    assert stale(FOLDER) == [], "run `make contracts`"


def test_a_changed_and_a_surplus_file_are_noticed(tmp_path: Path) -> None:
    for name, text in generate().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert stale(tmp_path) == []
    (tmp_path / "asyncapi.yaml").write_text("x: 1\n")
    (tmp_path / "schemas" / "old.json").write_text("{}")
    assert stale(tmp_path) == ["asyncapi.yaml", "schemas/old.json"]


def test_every_event_has_a_valid_schema_and_a_channel() -> None:
    channels = asyncapi()["channels"]
    listed = {wire for channel in channels.values() for wire in channel["messages"]}
    assert listed == published().keys()
    for model in published().values():
        jsonschema.Draft202012Validator.check_schema(schema_of(model))


def test_every_topic_for_others_stands_in_the_reference_and_no_other() -> None:
    owned = {topic.name for service in load_all(unstarted()) for topic in service.topics(True) if topic.for_others}
    document = asyncapi()
    assert document["channels"].keys() == document["operations"].keys() == owned
    raw = document["channels"]["careloop.his-adapter.raw.v1"]["messages"]
    assert raw.keys() == {HospitalMessageReceived.wire, FeedAdvanced.wire}
    assert [topic for topic in owned if f"`{topic}`" not in generate()["index.md"]] == []


def test_personal_fields_are_marked_in_the_schema() -> None:
    schema = schema_of(published()["careloop.followup.survey_answered.v1"])
    assert schema["properties"]["comment"]["x-personal"] is True
    assert "x-personal" not in schema["properties"]["score"]


OLD = {
    "type": "object",
    "properties": {"a": {"type": "string"}, "b": {"$ref": "#/$defs/B"}},
    "required": ["a"],
    "$defs": {"B": {"type": "object", "properties": {"c": {"enum": ["x", "y"], "type": "string"}}}},
}


def changed(**news: Any) -> dict[str, Any]:
    return {**OLD, **news}


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (OLD, []),
        (changed(properties={**OLD["properties"], "d": {"type": "string"}}), []),  # type: ignore[dict-item]
        (changed(properties={"a": {"type": "string"}}), ["data.b was removed"]),
        (changed(required=["a", "b"]), ["data.b became required: events already in the log lack it"]),
        (
            changed(properties={**OLD["properties"], "a": {"type": "integer"}}),  # type: ignore[dict-item]
            ["data.a: type string became integer"],
        ),
        (
            changed(**{"$defs": {"B": {"type": "object", "properties": {"c": {"enum": ["x"], "type": "string"}}}}}),
            ["data.b.c: 'y' is no longer allowed"],
        ),
    ],
)
def test_incompatible_changes_are_told_apart_from_harmless_ones(new: dict[str, Any], why: list[str]) -> None:
    assert breaking(OLD, new) == why
