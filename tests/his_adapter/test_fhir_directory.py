"""Given a FHIR R4 resource about the hospital itself, when it is read, then what the directory is told."""

import pytest

from services.his_adapter.formats import meaning
from tests.support.fhir import KEY, SITE, entries, received


def test_a_role_gives_a_doctor_a_department_and_hours() -> None:
    role = {
        "resourceType": "PractitionerRole",
        "id": "r9",
        "practitioner": {"reference": "Practitioner/d17"},
        "organization": {"reference": "Organization/org-card"},
        "specialty": [{"text": "心血管"}],
        "availableTime": [
            {"daysOfWeek": ["mon", "wed"], "availableStartTime": "08:00:00", "availableEndTime": "11:30:00"}
        ],
        "notAvailable": [{"description": "节日", "during": {"start": "2026-05-01", "end": "2026-05-05"}}],
    }
    doctor, hours = entries(role)
    assert (str(doctor.entry_id), doctor.stated_fields) == (
        "doctor/d17",
        {"departments": ["CARD"], "specialties": ["心血管"]},
    )
    assert (str(hours.entry_id), hours.stated_fields["doctor"], hours.stated_fields["department"]) == (
        "clinic-hours/r9",
        "d17",
        "CARD",
    )
    assert hours.stated_fields["hours"] == [{"weekdays": [1, 3], "starts": "08:00:00", "ends": "11:30:00"}]
    assert hours.stated_fields["closed"][0]["until"] == "2026-05-05"
    [gone] = meaning.entries(KEY, SITE, received(role, message_type="DELETE PractitionerRole"))
    assert (str(gone.entry_id), gone.stated_fields, gone.source) == ("clinic-hours/r9", None, hours.source)


def test_names_are_told_in_every_language_they_have() -> None:
    doctor = {
        "resourceType": "Practitioner",
        "id": "d17",
        "name": [{"family": "李", "given": ["明"]}, {"text": "Li Ming"}],
    }
    assert entries(doctor)[0].stated_fields["names"] == {"zh": "李明", "en": "Li Ming"}
    translation = {
        "url": "http://hl7.org/fhir/StructureDefinition/translation",
        "extension": [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": "Cardiology"}],
    }
    organization = {
        "resourceType": "Organization",
        "id": "org-card",
        "name": "心内科",
        "_name": {"extension": [translation]},
    }
    [department] = entries(organization)
    names = {"zh": "心内科", "en": "Cardiology"}
    assert (str(department.entry_id), department.stated_fields["names"]) == ("department/CARD", names)


def test_places_and_prices_are_listed() -> None:
    position = {"latitude": 39.9, "longitude": 116.4}
    [place] = entries({"resourceType": "Location", "id": "l1", "name": "门诊楼", "position": position})
    assert (place.stated_fields["latitude"], place.stated_fields["names"]) == (39.9, {"zh": "门诊楼"})
    base = {"type": "base", "amount": {"value": 25.5, "currency": "CNY"}}
    priced = {"resourceType": "ChargeItemDefinition", "id": "x", "url": "urn:x", "status": "active", "title": "血常规"}
    code = {"code": {"coding": [{"code": "C77"}]}}
    [price] = entries({**priced, **code, "propertyGroup": [{"priceComponent": [base]}]})
    assert (str(price.entry_id), price.stated_fields["amount"]) == ("price/C77", "25.5")
    with pytest.raises(meaning.Untranslatable, match="latitude"):
        entries({"resourceType": "Location", "id": "l1", "position": {"latitude": 139.9, "longitude": 0}})
