"""Patient, RelatedPerson, Communication, Coverage: who somebody is, who belongs to them, what was said to them."""

from collections.abc import Iterable
from typing import Any

from services.his_adapter.formats.common.head import Head, heading
from services.his_adapter.formats.common.naming import han
from services.his_adapter.formats.fhir.context import Context
from services.his_adapter.formats.fhir.resource import code, every, first
from shared.contracts import his_adapter as his
from shared.contracts.base import changed
from shared.contracts.facts import Details, Exchange, Payer, Relation

SEXES = ("male", "female", "other", "unknown")
BARE_DATE = len("2026-03-09")
LINKS = ("replaced-by", "replaces")
"""Patient.link.type: two records of one human; `seealso` and `refer` keep both."""


def patient(c: Context) -> Iterable[his.PatientFact]:
    """The id on the server and the record numbers are one patient; then who they are."""
    own, numbers = c.patient(str(c.r.get("id"))), c.numbers(c.r)
    (phones, phoneless), (mails, mailless) = _reached(c, "phone", "sms"), _reached(c, "email")
    details = Details(
        identifiers=(*own, *numbers),
        name=_name(c.r),
        birth_date=c.day(first(c.r, "birthDate")),
        sex=gender if (gender := first(c.r, "gender")) in SEXES else None,
        phones=phones or None,
        email=next(iter(mails), None),
        address=_address(c.r),
        language=str(first(c.r, "communication.language.coding.code"))[:2] or None,
        cleared=tuple(name for name, none in (("phones", phoneless), ("email", mailless)) if none),
    )
    head = c.head(c.updated, details)
    if numbers:
        alone = c.head(c.updated, changed(details, identifiers=own))
        yield his.PatientsLinked(**alone, others=numbers, aliases=True)
    yield his.PatientDetailsReported(**head)
    for link in every(c.r, "link"):
        other = c.target(first(link, "other", {}))
        if link.get("type") in LINKS and other.startswith("Patient/"):
            known = c.patient(other.removeprefix("Patient/"))
            yield his.PatientsLinked(**head, others=known, retired=link["type"] == "replaces")
    yield from _death(c, head)


def _death(c: Context, head: Head) -> Iterable[his.PatientFact]:
    since = str(c.r.get("deceasedDateTime") or "")
    if since:
        at = c.time("deceasedDateTime")
        day = c.day(since) if len(since) <= BARE_DATE else at
        yield his.PatientDied(**heading(head, at or head["at"]), since=day)
    elif c.r.get("deceasedBoolean"):
        yield his.PatientDied(**head)
    elif c.r.get("deceasedBoolean") is False:
        yield his.DeathTakenBack(**head)


def related(c: Context) -> Iterable[his.PatientFact]:
    """RelatedPerson: somebody who belongs to a patient."""
    yield his.RelativeReported(
        **c.head(c.updated),
        relative=Relation(
            relation_id=c.key("relative", c.name),
            relationship=c.coded("relationship"),
            name=_name(c.r),
            phones=_reached(c, "phone", "sms")[0] or None,
            active=c.r.get("active", True) is not False,
        ),
    )


def communication(c: Context) -> Iterable[his.PatientFact]:
    """Communication: what the hospital's own systems told a patient, or were told."""
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


def coverage(c: Context) -> Iterable[his.PatientFact]:
    """Coverage: who pays."""
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
    """The official or usual name; family name first and unspaced in Chinese, as people say it."""
    named = sorted(every(resource, "name"), key=lambda n: {"official": 0, "usual": 1}.get(n.get("use"), 2))
    kept = [name for name in named if name.get("use") not in ("old", "maiden")]
    for name in kept:
        if text := name.get("text"):
            return str(text)
        family, given = str(name.get("family", "")), [str(part) for part in name.get("given", ())]
        if whole := (family + "".join(given)) if han(family) else " ".join(filter(None, (*given, family))):
            return whole
    return None


def _reached(c: Context, *systems: str) -> tuple[tuple[str, ...], bool]:
    """Where somebody is reached now, by rank; and whether all that is said of it is of the past."""
    told = [t for t in every(c.r, "telecom") if t.get("system") in systems and t.get("value")]
    kept = sorted((t for t in told if not _is_past(c, t)), key=lambda t: t.get("rank", 99))
    return tuple(dict.fromkeys(str(t["value"]) for t in kept)), bool(told) and not kept


def _is_past(c: Context, telecom: dict[str, Any]) -> bool:
    ended = c.day(first(telecom, "period.end"))
    return telecom.get("use") == "old" or (ended is not None and ended < c.updated.date())


def _address(resource: dict[str, Any]) -> str | None:
    told = next((a for a in every(resource, "address") if a.get("use") != "old"), None)
    if told is None:
        return None
    parts = [*told.get("line", ()), told.get("city"), told.get("state"), told.get("postalCode")]
    return str(told.get("text") or ", ".join(filter(None, parts))) or None
