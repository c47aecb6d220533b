"""HL7 v2 message → facts, or a reasoned refusal. Pure: the same text and mapping give the same facts."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.his_adapter.definitions import Site
from services.his_adapter.hl7.message import Broken, Field, Message, Segment
from shared.contracts import his_adapter as his
from shared.contracts.facts import Coded, Details, Identifier, Visit
from shared.ids import identifier_key

SEX = {"M": "male", "F": "female", "O": "other", "A": "other", "U": "unknown", "N": "unknown"}
CLASSES = {"I": "inpatient", "O": "outpatient", "E": "emergency"}
CLEARED = '""'


class Translator:
    """`site_key` turns numbers into HMACs; `site` says what the sender's codes mean."""

    def __init__(self, site_key: bytes, site: Site, message_id: str, historical: bool = False) -> None:
        self._key, self._site = site_key, site
        self._message_id, self._historical = message_id, historical

    def facts(self, message: Message) -> list[his.PatientFact] | None:
        """The facts of a message; None where its type is not ours. Raises `Broken`."""
        build = _BUILDERS.get(message.type)
        return None if build is None else [build(self, message)]

    def head(self, message: Message) -> dict[str, object]:
        """What every fact carries."""
        patient = self.patient(message.first("PID"))
        return {
            "at": self._when(message),
            "patient_key": patient.identifiers[0].key,
            "patient": patient,
            "message_id": self._message_id,
            "control_id": message.get("MSH-10"),
            "source_system": "/".join(filter(None, (message.get("MSH-3"), message.get("MSH-4")))),
            "historical": self._historical,
        }

    def _when(self, message: Message) -> datetime:
        """EVN-2, else MSH-7; EVN-6 never orders events."""
        for path in ("EVN-2", "MSH-7"):
            if text := message.get(path):
                segment, _, field = path.partition("-")
                return self.time(text, segment, int(field))
        raise Broken("neither EVN-2 nor MSH-7 says when this happened", "MSH", 7)

    def time(self, text: str, segment: str, field: int) -> datetime:
        """An HL7 DTM, in the site's zone where it has no offset. Raises `Broken`."""
        body, zone = text.split(".")[0], ZoneInfo(self._site.zone)
        offset = text[-5:] if len(text) > 5 and text[-5] in "+-" else ""
        digits = body.removesuffix(offset)[:14] if offset else body[:14]
        shapes = {4: "%Y", 6: "%Y%m", 8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
        try:
            local = datetime.strptime(digits, shapes[len(digits)])  # noqa: DTZ007 the zone follows
            if not 1900 <= local.year <= 2200:
                raise ValueError("a year no patient lived in")
            return local.replace(tzinfo=datetime.strptime(offset, "%z").tzinfo if offset else zone)
        except (KeyError, ValueError) as error:
            raise Broken(f"{segment}-{field} is no HL7 time (YYYYMMDDHHMMSS[+ZZZZ])", segment, field) from error

    def patient(self, pid: Segment) -> Details:
        """PID as details. Raises `Broken` where no number identifies the patient."""
        identifiers = tuple(self._identifier(cx) for cx in pid.repetitions(3) if cx.get(1) not in ("", CLEARED))
        if not identifiers:
            raise Broken("PID-3 holds no patient number", "PID", 3)
        cleared = [name for name, field in (("name", 5), ("phones", 13), ("address", 11)) if pid.raw(field) == CLEARED]
        return Details(
            identifiers=identifiers,
            name=_name(pid),
            birth_date=self._birth(pid.get(7)),
            sex=SEX.get(pid.get(8).upper()),
            phones=_phones(pid),
            email=next((xtn.get(4) for xtn in pid.repetitions(13) if "@" in xtn.get(4)), None),
            address=_text(", ".join(filter(None, (pid.get(11, part) for part in (1, 3, 4, 5))))),
            language=_text(pid.get(15).lower()[:2]),
            cleared=tuple(cleared),
        )

    def _identifier(self, cx: Field) -> Identifier:
        kind = cx.get(5) or "MR"
        authority = cx.get(4) or self._site.authority
        system = f"MRN:{authority}" if kind in ("MR", "PI", "PT") else f"{kind}:{authority}"
        return Identifier(system=system, key=identifier_key(self._key, system, cx.get(1)), value=cx.get(1))

    def _birth(self, text: str) -> date | None:
        try:
            return self.time(text[:8], "PID", 7).date() if len(text) >= 8 else None
        except Broken:
            return None

    def visit(self, message: Message) -> Visit:
        """PV1 as a visit, named by the patient with PV1-19 (a count at some sites), else by the admission time."""
        pv1, pid = message.first("PV1"), message.first("PID")
        number = pv1.get(19) or pv1.get(44) or f"{self._when(message):%Y%m%d}"
        code = pv1.get(10) or pv1.get(3)
        known = self._site.departments.get(code)
        doctor = next(pv1.repetitions(7), None) or next(pv1.repetitions(17), None)
        return Visit(
            visit_id=identifier_key(self._key, f"visit:{self._site.authority}", f"{pid.get(3)}/{number}"),
            number=number,
            patient_class=CLASSES.get(pv1.get(2), "other"),
            department=known.code if known else code,
            department_name=known.name if known else code,
            ward=pv1.get(3),
            doctor=doctor.get(1) if doctor else "",
            doctor_name=_joined(doctor.get(2), doctor.get(3)) if doctor else "",
        )

    def diagnoses(self, message: Message) -> tuple[Coded, ...]:
        """DG1-3 of every DG1 segment, or its text in DG1-4."""
        found = [(dg1.get(3, 1), dg1.get(3, 2) or dg1.get(4), dg1.get(3, 3)) for dg1 in message.all("DG1")]
        return tuple(Coded(code=_text(c), text=_text(t), system=s or "I10") for c, t, s in found if c or t)


def _text(text: str) -> str | None:
    return text if text and text != CLEARED else None


def _joined(family: str, given: str) -> str:
    """Family name first and without a blank in Chinese, given name first elsewhere."""
    han = any("\u4e00" <= letter <= "\u9fff" for letter in family + given)
    return f"{family}{given}" if han else " ".join(filter(None, (given, family)))


def _name(pid: Segment) -> str | None:
    return _text(_joined(pid.get(5, 1), pid.get(5, 2))) if pid.raw(5) != CLEARED else None


def _phones(pid: Segment) -> tuple[str, ...] | None:
    numbers = [xtn.get(1) or xtn.get(12) for field in (13, 14) for xtn in pid.repetitions(field)]
    return tuple(dict.fromkeys(n for n in numbers if n and n != CLEARED and "@" not in n)) or None


def _admitted(t: Translator, m: Message) -> his.PatientFact:
    return his.PatientAdmitted(**t.head(m), visit=t.visit(m), diagnoses=t.diagnoses(m))


def _discharged(t: Translator, m: Message) -> his.PatientFact:
    disposition = m.get("PV1-36")
    return his.PatientDischarged(**t.head(m), visit=t.visit(m), diagnoses=t.diagnoses(m), disposition=disposition)


def _registered(t: Translator, m: Message) -> his.PatientFact:
    return his.VisitRegistered(**t.head(m), visit=t.visit(m))


def _transferred(t: Translator, m: Message) -> his.PatientFact:
    return his.PatientTransferred(**t.head(m), visit=t.visit(m), from_department=m.get("PV1-6"))


def _undone(what: str) -> Callable[[Translator, Message], his.PatientFact]:
    return lambda t, m: his.VisitCancelled(**t.head(m), visit=t.visit(m), undoes=what)


def _details(t: Translator, m: Message) -> his.PatientFact:
    return his.PatientDetailsReported(**t.head(m))


_BUILDERS: dict[str, Callable[[Translator, Message], his.PatientFact]] = {
    "ADT^A01": _admitted,
    "ADT^A02": _transferred,
    "ADT^A03": _discharged,
    "ADT^A04": _registered,
    "ADT^A08": _details,
    "ADT^A11": _undone("admission"),
    "ADT^A12": _undone("transfer"),
    "ADT^A13": _undone("discharge"),
    "ADT^A28": _details,
    "ADT^A31": _details,
}
TRANSLATED = frozenset(_BUILDERS)
