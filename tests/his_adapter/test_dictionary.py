"""Codes and what they mean: every meaning is one that the contracts know, and a site's own words win."""

from typing import get_args

import pytest
from pydantic import ValidationError

from services.his_adapter.formats.definitions import Site, site_of
from services.his_adapter.formats.hl7.checking import judge
from services.his_adapter.formats.hl7.dictionary import MORE, TABLES, is_personal, meaning
from shared.contracts.base import changed
from shared.contracts.facts import ReportStatus, Visit
from shared.definitions import Definitions
from tests.his_adapter.test_translate import KEY, SITE, message

MEANINGS = {
    "sex": {"male", "female", "other", "unknown"},
    "patient-class": set(get_args(Visit.model_fields["patient_class"].annotation)),
    "appointment-status": {"cancelled", "missed"},
    "result-status": {*get_args(ReportStatus), "not-yet"},
    "abnormal-flag": {"normal", "abnormal", "critical"},
    "document-status": {"preliminary", "final"},
    "order-control": {"revoked", "on-hold", "entered-in-error"},
    "order-status": {"completed", "revoked", "on-hold"},
}
WORDS = ("identifier-type", "language")
"""Tables whose meanings are codes of a standard."""


def test_every_meaning_is_one_the_contracts_know() -> None:
    code_tables = [(table, codes) for table, codes in TABLES.items() if table not in WORDS]
    assert {table: {*codes.values(), *MORE.get(table, ())} for table, codes in code_tables} == MEANINGS
    assert all(is_personal(kind) for kind in TABLES["identifier-type"].values())
    assert all(len(code) == 2 for code in TABLES["language"].values())


def test_every_code_is_a_word_in_capitals() -> None:
    for table, codes in TABLES.items():
        for code in codes:
            assert isinstance(code, str), (table, code)
            assert code == code.upper(), (table, code)


def sex_and_class(site: Site, sex: str, kind: str) -> tuple[str | None, str]:
    pid, pv1 = f"PID|1||100^^^CITY^MR||王^秀英|||{sex}", f"PV1|1|{kind}|W3||||||||||||||||V001"
    [judged] = judge(message(PID=pid, PV1=pv1).encode(), site, KEY)
    [admitted, *_] = judged.facts
    return admitted.patient.sex, admitted.visit.patient_class  # type: ignore[attr-defined]


def test_a_site_says_what_its_own_codes_mean_and_the_dictionary_the_rest() -> None:
    codes = {"sex": {"7": "other"}, "patient-class": {"3": "emergency", "E": "outpatient"}}
    site = changed(SITE, codes=codes)
    assert sex_and_class(site, "7", "3") == ("other", "emergency")
    assert sex_and_class(site, "女", "E") == ("female", "outpatient")
    assert sex_and_class(site, "1", "i") == ("male", "inpatient")
    assert sex_and_class(SITE, "7", "3") == (None, "other")


@pytest.mark.parametrize(
    ("codes", "words"),
    [({"sx": {"1": "male"}}, "codes.sx"), ({"sex": {"1": "man"}}, "codes.sex.1` must be one of fem")],
)
def test_a_table_or_meaning_nobody_knows_is_named(codes: dict[str, dict[str, str]], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Site(id="s", version=1, authority="CITY", codes=codes)


def test_a_code_nobody_knows_means_nothing() -> None:
    assert meaning({}, "sex", "Q") == ""
    assert meaning({}, "patient-class", "Q", "other") == "other"


def test_a_sender_with_a_site_of_its_own_is_read_by_it() -> None:
    east = changed(SITE, id="east", senders=("HIS/EAST",), authority="EAST")
    definitions = Definitions.of(SITE, east)
    assert site_of(definitions, SITE.id, "HIS/EAST").authority == "EAST"
    assert site_of(definitions, SITE.id, "HIS/CITY").authority == "CITY"
    assert site_of(definitions, "nobody", "HIS/CITY").authority == "NOBODY"
