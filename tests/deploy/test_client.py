"""The generated client: fresh, and made of nothing but what the documents say."""

import shutil
from pathlib import Path

from deploy.client import FOLDER, client_files, stale_client
from deploy.client.operations import Operation, Parameter, operations, type_of

ROOT = Path(__file__).parents[2]


def test_generating_the_client_again_changes_nothing() -> None:
    assert stale_client(ROOT / FOLDER) == [], "run `make contracts`"


def test_a_changed_a_missing_and_a_surplus_file_are_noticed(tmp_path: Path) -> None:
    shutil.copytree(ROOT / FOLDER, tmp_path / "c")
    (tmp_path / "c/notify/calls.py").write_text("x = 1\n")
    (tmp_path / "c/notify/old.py").write_text("")
    (tmp_path / "c/careloop.py").unlink()
    assert stale_client(tmp_path / "c") == ["careloop.py", "notify/calls.py", "notify/old.py"]


def test_every_file_is_marked_as_generated() -> None:
    assert all("enerated" in text.splitlines()[0] for text in client_files().values())


def test_types_are_those_of_python() -> None:
    text, null = {"type": "string"}, {"type": "null"}
    assert type_of({"anyOf": [{"type": "string", "format": "date-time"}, null]}) == "datetime"
    assert type_of({"type": "string", "enum": ["a", "b"]}) == "Literal['a', 'b']"
    assert type_of({"type": "array", "items": {"$ref": "#/components/schemas/Case"}}) == "list[models.Case]"
    assert type_of({"anyOf": [text, {"type": "integer"}]}) == "str | int"


def test_what_a_provider_signs_is_left_out_and_bodies_of_other_standards_are_taken_as_they_are() -> None:
    answer = {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Case"}}}}}
    operation = {"operationId": "get_case", "summary": "One", "security": [{"bearer": ["c:read"]}], "responses": answer}
    xml = {"content": {"text/xml": {"schema": {"type": "string"}}}}
    paths = {
        "/a/{id}": {"get": {**operation, "parameters": [{"name": "id", "in": "path", "required": True, "schema": {}}]}},
        "/b": {"post": {**operation, "security": [{"signature": []}]}},
        "/c": {"post": {**operation, "requestBody": xml, "responses": {"200": xml}}},
        "/d": {"delete": {**operation, "responses": {"204": {}}}},
    }
    first, text, nothing = operations({"paths": paths, "components": {}}, ())
    id = Parameter("id", "id", "Any", "path", required=True)
    assert first == Operation("get_case", "GET", "/a/{id}", "models.Case", "", (id,), "One\n\nScope `c:read`.")
    assert (text.answer, text.body, text.raw, text.media) == ("bytes", "str | bytes", True, ("text/xml",))
    assert (nothing.answer, nothing.body, nothing.raw, nothing.media) == ("None", "", True, ())
    assert first.url == "/a/{quote(id, safe='')}"
