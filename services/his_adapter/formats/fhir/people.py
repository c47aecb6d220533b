"""Patient, RelatedPerson, Communication, Coverage → facts."""

from collections.abc import Iterable
from typing import Any

from services.his_adapter.formats.common.head import Head, heading
from services.his_adapter.formats.common.naming import han
from services.his_adapter.formats.fhir.context import ResourceContext
from services.his_adapter.formats.fhir.resource import code, every, first
from shared.contracts import his_adapter as his
from shared.contracts.base import changed
from shared.contracts.facts import Details, Exchange, Payer, RelatedPerson

SEXES = ("male", "female", "other", "unknown")
BARE_DATE = len("2026-03-09")
LINKS = ("replaced-by", "replaces")
"""Patient.link.type of two records of one person that are merged; `seealso` and `refer` keep both records."""


def patient(c: ResourceContext) -> Iterable[his.PatientFact]:
    """Link the id on the server with the patient's identifiers; report details, replaced records and death."""
    own, numbers = c.patient(str(c.r.get("id"))), c.numbers(c.r)
    (phones, phones_removed), (emails, emails_removed) = _reached(c, "phone", "sms"), _reached(c, "email")
    details = Details(
        identifiers=(*own, *numbers),
        name=_name(c.r),
        birth_date=c.day(first(c.r, "birthDate")),
        sex=gender if (gender := first(c.r, "gender")) in SEXES else None,
        phones=phones or None,
        email=next(iter(emails), None),
        address=_address(c.r),
        language=str(first(c.r, "communication.language.coding.code"))[:2] or None,
        cleared=tuple(name for name, removed in (("phones", phones_removed), ("email", emails_removed)) if removed),
    )
    head = c.head(c.updated, details)
    if numbers:
        id_only = c.head(c.updated, changed(details, identifiers=own))
        yield his.PatientsLinked(**id_only, others=numbers, aliases=True)
    yield his.PatientDetailsReported(**head)
    for link in every(c.r, "link"):
        other = c.target(first(link, "other", {}))
        if link.get("type") in LINKS and other.startswith("Patient/"):
            linked = c.patient(other.removeprefix("Patient/"))
            yield his.PatientsLinked(**head, others=linked, retired=link["type"] == "replaces")
    yield from _death(c, head)


def _death(c: ResourceContext, head: Head) -> Iterable[his.PatientFact]:
    since = str(c.r.get("deceasedDateTime") or "")
    if since:
        at = c.time("deceasedDateTime")
        day = c.day(since) if len(since) <= BARE_DATE else at
        yield his.PatientDied(**heading(head, at or head["at"]), since=day)
    elif c.r.get("deceasedBoolean"):
        yield his.PatientDied(**head)
    elif c.r.get("deceasedBoolean") is False:
        yield his.DeathTakenBack(**head)


def related(c: ResourceContext) -> Iterable[his.PatientFact]:
    """RelatedPerson: a relative or other contact of a patient."""
    yield his.RelativeReported(
        **c.head(c.updated),
        relative=RelatedPerson(
            relation_id=c.key("relative", c.name),
            relationship=c.coded("relationship"),
            name=_name(c.r),
            phones=_reached(c, "phone", "sms")[0] or None,
            active=c.r.get("active", True) is not False,
        ),
    )


def communication(c: ResourceContext) -> Iterable[his.PatientFact]:
    """Communication: a message between a hospital system and a patient, in either direction."""
    status = str(c.r.get("status"))
    if status in ("entered-in-error", "unknown"):
        return
    sender = c.target(first(c.r, "sender", {}))
    about = c.coded("topic")
    yield his.CommunicationRecorded(
        **c.head(c.time("sent", "received")),
        exchange=Exchange(
            exchange_id=c.key("communication", c.name),
            direction="inbound" if sender.startswith(("Patient/", "RelatedPerson/")) else "outbound",
            medium=code(c.r, "medium"),
            topic=about.text or about.code,
            status=status,
        ),
    )


def coverage(c: ResourceContext) -> Iterable[his.PatientFact]:
    """Coverage: an insurance or other payer."""
    payer = first(c.r, "payor", {})
    yield his.CoverageReported(
        **c.head(c.updated),
        coverage=Payer(
            coverage_id=c.key("coverage", c.name),
            payer=c.target(payer).partition("/")[2] or str(first(payer, "identifier.value")),
            payer_name=str(first(payer, "display")),
            plan=str(first(c.r, "class.value")),
            number=first(c.r, "subscriberId", None),
            starts=c.day(first(c.r, "period.start")),
            ends=c.day(first(c.r, "period.end")),
        ),
    )


def _name(resource: dict[str, Any]) -> str | None:
    """Return the official, else usual name; family name first and unspaced in Chinese. None if there is none."""
    by_use = sorted(every(resource, "name"), key=lambda n: {"official": 0, "usual": 1}.get(n.get("use"), 2))
    current = [name for name in by_use if name.get("use") not in ("old", "maiden")]
    for name in current:
        if text := name.get("text"):
            return str(text)
        family, given = str(name.get("family", "")), [str(part) for part in name.get("given", ())]
        if whole := (family + "".join(given)) if han(family) else " ".join(filter(None, (*given, family))):
            return whole
    return None


def _reached(c: ResourceContext, *systems: str) -> tuple[tuple[str, ...], bool]:
    """Return the current contact points by rank, and whether there are only outdated ones."""
    contact_points = [t for t in every(c.r, "telecom") if t.get("system") in systems and t.get("value")]
    current = sorted((t for t in contact_points if not _is_past(c, t)), key=lambda t: t.get("rank", 99))
    return tuple(dict.fromkeys(str(t["value"]) for t in current)), bool(contact_points) and not current


def _is_past(c: ResourceContext, telecom: dict[str, Any]) -> bool:
    ended = c.day(first(telecom, "period.end"))
    return telecom.get("use") == "old" or (ended is not None and ended < c.updated.date())


def _address(resource: dict[str, Any]) -> str | None:
    address = next((a for a in every(resource, "address") if a.get("use") != "old"), None)
    if address is None:
        return None
    parts = [*address.get("line", ()), address.get("city"), address.get("state"), address.get("postalCode")]
    return str(address.get("text") or ", ".join(filter(None, parts))) or None
