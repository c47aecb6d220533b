"""Definitions as files: what applying them would change, and what is refused with its reason."""

from pathlib import Path

import pytest

from deploy.catalogue import load_all, unstarted
from deploy.local.options import DEFINITIONS
from deploy.publishing.definition_store import BadDefinition, DefinitionChange, compare, missing, read_files
from shared.definitions import Definition, Definitions

SURVEY = """
kind: survey
id: stay
version: 1
question: {en: "How was it?"}
"""
PLAN = """
kind: plan
id: after
version: 1
when: discharge.department == 'CARD'
zone: Asia/Shanghai
steps: [{id: ask, kind: survey, after_days: 7, at: "10:00", template: t, purpose: survey, survey: stay}]
"""
TEMPLATE = """
kind: template
id: t
version: 1
texts: {en: {subject: s, body: b}}
"""
load_all(unstarted())


def read(tmp_path: Path, *documents: str) -> list[Definition]:
    file = tmp_path / "definitions.yaml"
    file.write_text("\n---\n".join(documents))
    return read_files([file])


def change_of(tmp_path: Path, there: str, wanted: str) -> DefinitionChange:
    [change] = compare(read(tmp_path, wanted), Definitions.of(*read(tmp_path, there)))
    return change


def written_otherwise(definition: Definition) -> Definition:
    """The definition as it is read from a topic where another process wrote its sets, in an order of its own."""
    sets = {name for name in type(definition).model_fields if isinstance(getattr(definition, name), frozenset)}
    written = definition.model_dump(mode="json")
    return type(definition).model_validate(written | {name: written[name][::-1] for name in sets})


def test_every_definition_of_the_demo_is_the_same_when_it_is_read_again() -> None:
    wanted = read_files([DEFINITIONS])
    present = Definitions.of(*map(written_otherwise, wanted))
    assert {change.definition.ref: change.fields for change in compare(wanted, present) if change.what != "same"} == {}


def test_what_is_new_and_what_is_the_same(tmp_path: Path) -> None:
    [change] = compare(read(tmp_path, SURVEY), Definitions())
    assert (change.what, change.becomes_current) == ("new", True)
    assert change_of(tmp_path, SURVEY, SURVEY).what == "same"


@pytest.mark.parametrize(
    ("there", "wanted", "verdict"),
    [
        ("status: draft\nopen_days: 3", "status: draft\nopen_days: 4", "changed"),
        ("status: draft\nopen_days: 3", "status: published\nopen_days: 4", "changed"),
        ("status: reviewed\nreviewed_by: chen", "status: published\nreviewed_by: chen", "changed"),
        ("status: published", "status: retired", "changed"),
        ("status: reviewed\nreviewed_by: chen", "status: reviewed\nreviewed_by: chen\nopen_days: 4", "conflict"),
        ("status: published\nopen_days: 3", "status: published\nopen_days: 4", "conflict"),
        ("status: published", "status: draft", "conflict"),
        ("status: retired", "status: published", "conflict"),
    ],
)
def test_a_definition_moves_forwards_and_is_fixed_from_its_review_on(
    tmp_path: Path, there: str, wanted: str, verdict: str
) -> None:
    assert change_of(tmp_path, SURVEY + there, SURVEY + wanted).what == verdict


def test_a_change_names_its_fields(tmp_path: Path) -> None:
    assert change_of(tmp_path, SURVEY, SURVEY + "open_days: 4\nscale: 3").fields == ("scale", "open_days")


def test_what_is_retired_is_in_force_no_more(tmp_path: Path) -> None:
    [retired] = read(tmp_path, SURVEY + "status: retired")
    assert Definitions.of(retired).find(type(retired), "stay") is None


def test_a_reference_must_lead_to_something_published(tmp_path: Path) -> None:
    plan = compare(read(tmp_path, PLAN), Definitions())
    assert missing(plan, Definitions()) == [
        "plan/after/1 names template/t, which is not published",
        "plan/after/1 names survey/stay, which is not published",
    ]
    assert missing(plan, Definitions.of(*read(tmp_path, SURVEY, TEMPLATE))) == []
    together = compare(read(tmp_path, PLAN, SURVEY, TEMPLATE), Definitions())
    assert missing(together, Definitions()) == []
    drafts = compare(read(tmp_path, PLAN, SURVEY + "status: draft", TEMPLATE), Definitions())
    assert missing(drafts, Definitions()) == ["plan/after/1 names survey/stay, which is not published"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind: nothing", "`kind` is 'nothing'"),
        ("a: [", "is no YAML"),
        (SURVEY + "tilte: x", "`tilte`"),
        (SURVEY + "status: done", "`status`"),
        (SURVEY + "author: li\nreviewed_by: li", "somebody else"),
        (SURVEY + "status: reviewed", "who reviewed it"),
        (SURVEY + "---" + SURVEY, "document 2"),
        (PLAN.replace("==", "="), "at character 22"),
        (PLAN.replace(".department", ".departmnt"), "there is no field 'departmnt'"),
        (PLAN.replace("Asia/Shanghai", "Asia/Shangai"), "no time zone"),
        (PLAN.replace(", survey: stay", ""), "names the survey"),
        (SURVEY + f"author: {'l' * (1 << 20)}", "larger than a record"),
    ],
)
def test_a_bad_definition_is_named_with_its_field(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadDefinition, match=r"definitions\.yaml") as raised:
        read(tmp_path, text)
    assert words in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1
