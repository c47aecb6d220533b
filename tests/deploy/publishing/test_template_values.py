"""A template is checked against the values it declares and those its users give, when it is applied and never later."""

from pathlib import Path

import pytest

from deploy.catalogue import load_all, unstarted
from deploy.publishing.definition_store import compare, read_files, refusals
from services.notify.definitions import Template
from services.notify.rendering import render
from shared.definitions import Definition, Definitions

SHIPPED = Path(__file__).parents[3] / "deploy/local/definitions"
TEMPLATE = """
kind: template
id: t
version: 1
texts: {{en: {{subject: s, body: "{body}"}}}}
values: {values}
"""
PLAN = """
kind: plan
id: after
version: 1
when: discharge.department == 'CARD'
zone: Asia/Shanghai
steps: [{id: pills, kind: reminder, after_days: 1, at: "10:00", template: t, purpose: care}]
"""
ASKING = PLAN.replace("kind: reminder", "kind: survey, survey: stay")
SURVEY = 'kind: survey\nid: stay\nversion: 1\nquestion: {en: "How was it?"}'
CALENDAR = 'kind: calendar\nid: office\nversion: 1\nzone: Asia/Shanghai\nhours: {0: [["08:30", "12:00"]]}'
POLICY = """
kind: sla-policy
id: late
version: 1
when: "true"
calendar: office
respond_minutes: 1
resolve_minutes: 1
levels: [{role: chief, template: t}]
"""
STAFF = "kind: staff\nid: lin\nversion: 1\nname: Lin\nemail: lin@x.example"
WATCH = "kind: watch\nid: adt\nversion: 1\nsource: HIS/CITY\nstaff: [lin]\ntemplate: t"
load_all(unstarted())


def template(body: str, values: str = "{}", version: int = 1) -> str:
    return TEMPLATE.format(body=body, values=values).replace("version: 1", f"version: {version}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def read(folder: Path, *documents: str) -> list[Definition]:
    file = folder / "definitions.yaml"
    file.write_text("\n---\n".join(documents))
    return read_files([file])


def refused(folder: Path, *documents: str, there: Definitions | None = None) -> list[str]:
    definitions = there or Definitions()
    return refusals(compare(read(folder, *documents), definitions), definitions)


@pytest.mark.parametrize(
    ("body", "values"),
    [
        ("{{ name }} {{ hospital }}", "{}"),
        ("{{ ward }}", "{ward: 3A}"),
        ("{{ visit.ward }}", "{visit: {ward: 3A}}"),
        ("{% for one in pills %}{{ loop.index }} {{ one }}{% endfor %}", "{pills: [a, b]}"),
        ("{% if ward is defined %}{{ ward | default('') }}{% endif %}", "{ward: 3A}"),
        ("{% set sum = minutes // 60 %}{{ sum }}{{ range(2) | list }}", "{minutes: 90}"),
    ],
)
def test_a_template_that_declares_what_it_uses_is_taken(folder: Path, body: str, values: str) -> None:
    assert refused(folder, template(body, values)) == []


@pytest.mark.parametrize(
    ("body", "values", "words"),
    [
        (
            "{{ ward }}{{ wrad }}",
            "{ward: 3A}",
            ["uses `wrad`", "`values` does not declare", "may use hospital, name, ward"],
        ),
        ("{{ link }}", "{}", ["uses `link`", "may use hospital, name"]),
        ("{% if ward is defined %}{{ ward }}{% endif %}", "{}", ["uses `ward`"]),
        ("{% for one in pills %}{{ one }}{% endfor %}", "{}", ["uses `pills`"]),
        ("{% if name == 'x' %}{{ ward }}{% endif %}", "{}", ["uses `ward`"]),
        ("{{ ward | shout }}", "{ward: 3A}", ["uses `shout`: there is no such filter"]),
        ("{% if name == 'x' %}{{ name | shout }}{% endif %}", "{}", ["uses `shout`: there is no such filter"]),
        ("{{ name is loud }}", "{}", ["uses `loud`: there is no such test"]),
        ("{% if name == 'x' %}{% include 'other' %}{% endif %}", "{}", ["another template"]),
        ("{% block a %}{% endblock %}{% block a %}{% endblock %}", "{}", ["is no Jinja2", "defined twice"]),
        ("{{ visit.wrad }}", "{visit: {ward: 3A}}", ["cannot be rendered", "'wrad'"]),
        ("{{ ''.__class__ }}", "{}", ["cannot be rendered", "__class__"]),
        ("{{ minutes + name }}", "{minutes: 3}", ["cannot be rendered", "TypeError"]),
        ("{{ name[0] }}", "{}", ["cannot be rendered", "name is not known"]),
    ],
)
def test_a_text_that_would_fail_when_it_is_sent_is_refused_with_its_place(
    folder: Path, body: str, values: str, words: list[str]
) -> None:
    [sentence] = refused(folder, template(body, values))
    assert sentence.startswith("template/t/1: `texts.en.body` ")
    assert [word for word in words if word not in sentence] == []


def test_a_declared_value_that_no_text_uses_is_refused_since_every_user_would_have_to_give_it(folder: Path) -> None:
    assert refused(folder, template("b", "{ward: 3A}")) == [
        "template/t/1: `values.ward` is declared, and no text uses it"
    ]


@pytest.mark.parametrize(
    ("user", "body", "values", "words"),
    [
        (
            [PLAN],
            "{{ link }}",
            "{link: x}",
            "plan/after/1 names template/t/1 (steps.pills): `texts.en.body` uses `link`",
        ),
        ([ASKING, SURVEY], "{{ link }}{{ ward }}", "{link: x, ward: 3A}", "uses `ward`, which it is not given"),
        ([ASKING, SURVEY], "b", "{}", "`texts.en` does not use `link`"),
        ([POLICY, CALENDAR], "{{ link }}", "{link: x}", "sla-policy/late/1 names template/t/1 (levels.0)"),
        ([POLICY, CALENDAR], "{{ level.name }}", "{level: {name: x}}", "cannot be rendered"),
        ([WATCH, STAFF], "{{ level }}", "{level: 1}", "watch/adt/1 names template/t/1 (template)"),
        ([WATCH, STAFF], "{{ level }}", "{level: 1}", "may use hospital, minutes, name, since, source, types"),
    ],
)
def test_who_names_a_template_must_give_what_it_needs(
    folder: Path, user: list[str], body: str, values: str, words: str
) -> None:
    [sentence] = refused(folder, *user, template(body, values))
    assert words in sentence


@pytest.mark.parametrize(
    ("user", "body", "values"),
    [
        ([PLAN], "{{ name }}", "{}"),
        ([ASKING, SURVEY], "{{ link }}", "{link: 'https://x.example'}"),
        (
            [POLICY, CALENDAR],
            "{{ case_id }}{{ department }}{{ level + 1 }}{{ reason }}",
            "{case_id: c, department: CARD, level: 1, reason: r}",
        ),
        (
            [WATCH, STAFF],
            "{{ source }}{{ types }}{{ minutes // 60 }}{{ since }}",
            "{source: HIS, types: ADT, minutes: 90, since: '2026-03-13T10:00+08:00'}",
        ),
    ],
)
def test_who_gives_what_a_template_needs_may_name_it(folder: Path, user: list[str], body: str, values: str) -> None:
    assert refused(folder, *user, template(body, values)) == []


def test_every_language_of_an_invitation_needs_the_link(folder: Path) -> None:
    only_english = template("{{ link }}", "{link: x}").replace("texts: {", "texts: {zh: {subject: s, body: b}, ")
    [sentence] = refused(folder, ASKING, SURVEY, only_english)
    assert "`texts.zh` does not use `link`" in sentence


def test_a_template_does_not_change_under_who_uses_it(folder: Path) -> None:
    there = Definitions.of(*read(folder, PLAN, template("b")))
    [sentence] = refused(folder, template("{{ ward }}", "{ward: 3A}", version=2), there=there)
    assert "plan/after/1 names template/t/2 (steps.pills)" in sentence
    assert refused(folder, template("{{ name }}", version=2), there=there) == []


def test_people_are_still_followed_by_an_older_version_of_a_plan_until_it_is_retired(folder: Path) -> None:
    newer = PLAN.replace("version: 1", "version: 2").replace("template: t", "template: other")
    other = template("b").replace("id: t", "id: other")
    there = Definitions.of(*read(folder, PLAN, newer, template("b"), other))
    changed = template("{{ ward }}", "{ward: 3A}", version=2)
    [sentence] = refused(folder, changed, there=there)
    assert sentence.startswith("plan/after/1 goes on for what began under it until it is retired")
    assert refused(folder, changed, PLAN + "status: retired", there=there) == []


def test_what_was_published_without_a_declaration_loads_renders_and_is_not_refused_again(folder: Path) -> None:
    old = b'{"id": "t", "version": 1, "texts": {"en": {"subject": "s", "body": "{{ ward }}{{ link }}"}}}'
    there = Definitions.of(*read(folder, PLAN)).applied("template/t/1", old).applied("template/t", b'{"version": 1}')
    kept = there.find(Template, "t")
    assert kept
    assert render(kept, "en", {"ward": "3A", "link": ""}) == ("s", "3A")
    assert refused(folder, template("{{ ward }}{{ link }}"), PLAN, there=there) == []
    assert refused(folder, template("{{ ward }}{{ link }}") + "status: retired", there=there) == []
    [ward_or_link] = refused(folder, PLAN.replace("version: 1", "version: 2"), there=there)
    assert "uses `link`, `ward`, which it is not given" in ward_or_link


def test_the_shipped_definitions_are_taken_also_over_those_of_a_release_without_declarations(folder: Path) -> None:
    shipped = read_files([SHIPPED])
    assert refusals(compare(shipped, Definitions()), Definitions()) == []
    old = [
        Template(id=each.id, version=1, texts=each.texts) if isinstance(each, Template) else each for each in shipped
    ]
    changes = compare(shipped, Definitions.of(*old))
    assert refusals(changes, Definitions.of(*old)) == []
    assert {change.what for change in changes} == {"same", "new"}
