"""Every text of the console is there in both languages."""

import re
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from pydantic import BaseModel

import careloop_client.complaints.models as complaints
import careloop_client.contacts.models as contacts
import careloop_client.followup.models as followup
import careloop_client.notify.models as notify
import careloop_client.ops.models as ops
from console.comparing import FIELDS, MARKS
from console.roles import DESK, ROLES, SCOPES
from console.screens import NAMES
from console.screens.cases.filters import WHOSE
from console.screens.find.view import SYSTEMS
from console.screens.followup.view import TABS
from console.screens.identity.reasons import BELONGS, REASONS, TRAITS
from console.screens.messages.view import STATUSES
from console.screens.person.changes import SECTIONS
from console.screens.person.clinical import FLAGS
from console.screens.touchpoint.view import DIRECTIONS
from console.screens.trace.view import CODED, NO_WORDS
from console.screens.users.filters import ORDERS
from console.screens.users.view import Way
from console.texts import LANGUAGES, Language, catalog, language_name
from deploy.catalogue import answering, load_all, unstarted
from deploy.operating.doctor import DEPENDING
from deploy.operating.statuses import PROCESSES
from deploy.reference.generated import published
from shared.contracts.base import Command, known_types
from shared.contracts.facts import NO_KNOWN_ALLERGY
from shared.problem_types import all_problems

CONSOLE = Path(__file__).parents[2] / "console"
SERVICES = load_all(unstarted())
OPEN = {"reason", "reports"}
"""Kinds of names whose values are not all known: a code of a provider or a hospital is shown as it is."""
AUDIT = "careloop.audit."
"""Events that no trace reads."""
GATEWAY = {"problem.service-unavailable", "problem.path-unknown", "problem.path-invalid"}
"""Problems that the gateway answers with."""


def of_services() -> set[str]:
    """The problems that services answer with, each as the key of its sentence."""
    return {f"problem.{slug}" for service in answering(unstarted()) for slug in all_problems(service.package)}


def commands() -> set[str]:
    """The wire types of the commands of all services, which a trace names."""
    every = {wire: model for wire, model in known_types().items() if issubclass(model, Command)}
    return {wire for wire, model in every.items() if model.__module__.startswith("services.")}


def traced(field: str) -> set[str]:
    """The values that a field of events and commands may have where its set is closed, as a trace shows them."""
    models = [model for wire, model in known_types().items() if not wire.startswith(AUDIT)]
    return {value for model in models if field in model.model_fields for value in values(model, field)} - {""}


def values(model: type[BaseModel], field: str) -> list[str]:
    """The values that a field of a closed set may have."""
    annotation = model.model_fields[field].annotation
    literals = [annotation, *get_args(annotation)]
    return [str(value) for each in literals for value in get_args(each) if isinstance(value, str)]


CHECKS = (*DEPENDING, PROCESSES)
"""What an operator over HTTP is shown of `careloop doctor`."""

NAMED = {
    "screen": NAMES,
    "identifier": SYSTEMS,
    "sex": values(contacts.Identity, "sex"),
    "class": values(contacts.PersonVisit, "patient_class"),
    "field": values(contacts.PersonClaim, "field"),
    "step": ("registered", "admitted", "transferred", "discharged", "cancelled"),
    "consent": ("true", "false", "unsaid"),
    "severity": values(complaints.Case, "severity"),
    "category": values(complaints.Case, "category"),
    "case": values(complaints.Case, "status"),
    "sla": ("respond", "resolve"),
    "whose": WHOSE,
    "source": values(complaints.Case, "source"),
    "clock": ("met", "late", "running", "overdue"),
    "direction": DIRECTIONS,
    "task": (*values(followup.Task, "kind"), *values(followup.Task, "status")),
    "follow": TABS,
    "purpose": values(notify.Message, "purpose"),
    "message": values(notify.Message, "status"),
    "fate": STATUSES,
    "compared": FIELDS,
    "mark": MARKS,
    "review": values(contacts.IdentityReview, "kind"),
    "question": values(contacts.IdentityReview, "kind"),
    "because": (*REASONS.values(), *BELONGS.values()),
    "trait": TRAITS.values(),
    "use": values(contacts.Access, "purpose"),
    "access": values(contacts.Access, "result"),
    "judgement": ("true", "false"),
    "role": ROLES,
    "scope": {scope for each in SCOPES.values() for scope in (*DESK, *each)},
    "language": LANGUAGES,
    "order": ORDERS,
    "way": get_args(Way),
    "diagnosis": ("active", "resolved"),
    "allergy": ("active", "resolved", "disputed"),
    "none-known": NO_KNOWN_ALLERGY,
    "flag": FLAGS,
    "report": values(contacts.PersonResult, "status"),
    "section": SECTIONS,
    "outcome": ("accepted", "no-op", "rejected", "failed"),
    "rebuild": values(ops.RebuildState, "state"),
    "check": CHECKS,
    "says": {field for service in SERVICES for field in service.trace.says} - NO_WORDS,
    "mend": CHECKS,
    "channel": traced("channel"),
    "method": traced("method"),
    "action": traced("action"),
    "status": traced("status"),
}
"""What templates name by `_('kind.' + value)`."""


def written() -> set[str]:
    """The texts that templates and code ask for."""
    methods = [("**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
    keywords = {**DEFAULT_KEYWORDS, "Column": (1,), "Lack": (1,)}
    extracted = extract_from_dir(CONSOLE, methods, keywords=keywords)
    asked = {text for _, _, text, _, _ in extracted if isinstance(text, str)}
    return {text for text in asked if not text.endswith(".")} | {text for text in asked if " " in text}


def needed() -> set[str]:
    """All keys that each language must have."""
    named = {f"{kind}.{value}" for kind, each in NAMED.items() for value in each}
    keys = re.compile(r'"((?:sign-in|problem)\.[a-z-]+)"')
    in_code = {key for file in CONSOLE.rglob("*.py") for key in keys.findall(file.read_text())}
    troubles = re.compile(r'Trouble\(\d+, "([a-z-]+)"')
    slugs = {f"problem.{slug}" for file in CONSOLE.rglob("*.py") for slug in troubles.findall(file.read_text())}
    return written() | named | in_code | slugs | set(published()) | commands() | of_services() | GATEWAY


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there(language: Language) -> None:
    said = {str(message.id) for message in catalog(language) if message.id and message.string}
    assert needed() - said == set()


def test_no_text_is_kept_that_nothing_asks_for() -> None:
    kept = {str(message.id) for message in catalog("zh") if message.id}
    assert {text for text in kept - needed() if text.partition(".")[0] not in OPEN} == set()


@pytest.mark.parametrize("field", sorted(CODED))
def test_every_closed_value_of_a_field_in_a_trace_has_a_name(field: str) -> None:
    said = {str(message.id) for message in catalog("zh") if message.id}
    assert {f"{field}.{value}" for value in traced(field)} - said == set()


def test_what_a_template_names_by_kind_is_in_the_list() -> None:
    kinds = re.compile(r"_\('([a-z]+)\.' \+")
    used = {kind for file in CONSOLE.rglob("*.html") for kind in kinds.findall(file.read_text())}
    assert used - set(NAMED) == set()


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        ("zh-CN", "中文", "Chinese"),
        ("en", "英语", "English"),
        ("zh_TW", "中文", "Chinese"),
        ("普通话", "普通话", "普通话"),
        ("", "", ""),
    ],
)
def test_the_language_of_a_patient_has_a_name_in_that_of_the_reader(code: str, zh: str, en: str) -> None:
    assert (language_name("zh", code), language_name("en", code)) == (zh, en)
