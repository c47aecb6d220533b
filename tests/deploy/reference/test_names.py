"""What a page names is there: a reader who looks for it finds it."""

from pathlib import Path

import pytest

from tests.support.naming import ROOT, missing, missing_fields

PAGES = sorted(
    page.relative_to(ROOT) for page in (*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md")
)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_what_a_page_names_is_there(page: Path) -> None:
    assert missing((ROOT / page).read_text()) == []


@pytest.mark.parametrize(
    "text",
    [
        "`shared/idz.py`",
        "`shared/ids.py::derived`",
        "`payments/refundz.py`",
        "`shared/gards/`",
        "`python -m tests.ran`",
        "`shared.ids.derived`",
        "`CARELOOP_KAFKA__BOOTSTRAP_SERVER`",
        "`…__BOOTSTRAP_SERVER`",
        "`careloop lags`",
        "`careloop token --scop x`",
        "```\ncareloop dlq lists\n```",
        "`POST /contacts/v1/persons/find`",
        "`GET /his/v1/feeds?feed=`",
        "`GET …/settlement`",
        "`/his/v1/hl8`",
        "`careloop.audit.events.v1`",
        "`careloop.contacts.person_moved.v1`",
    ],
)
def test_what_is_not_there_is_noticed(text: str) -> None:
    assert len(missing(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "`shared/ids.py::derive` `payments/refunds.py` `shared/guard/` `domain.py`",
        "`python -m tests.run` `shared.ids.derive`",
        "`CARELOOP_KAFKA__BOOTSTRAP_SERVERS` `…__CA_FILE` `CARELOOP_BODY_BYTES__<SERVICE>`",
        "`careloop token --scope x --sender HIS/CITY`",
        "`POST /contacts/v1/persons/search` `GET /his/v1/messages?control_id=&status=` `POST …/settlement`",
        "`/his/v1/hl7` `POST /contacts/v1/persons/ID/erasure`",
        "`careloop.contacts.audit.v1` `careloop.contacts.person_registered.v1`",
        "`Patient/77` `HIS/CITY`",
    ],
)
def test_what_is_there_is_not_complained_of(text: str) -> None:
    assert missing(text) == []


def test_every_rule_of_a_hospital_names_its_file_and_the_fields_that_a_hospital_chooses() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    rules = text.partition("| a rule about |")[2].partition("\n\n")[0].splitlines()[2:]
    assert len(rules) >= 25
    assert [rule for rule in rules if "`services/" not in rule and "`shared/" not in rule] == []
    assert missing_fields(text) == []
    assert missing_fields("`survey.alarm_at` `survey.alarms_at` `identity.claimed`") == [
        "survey.alarms_at",
        "identity.claimed",
    ]
