"""Merge, link and unlink patients: A40 and similar events (HL7 v2 chapter 3)."""

from collections.abc import Iterable, Sequence

from services.his_adapter.formats.common.head import Head
from services.his_adapter.formats.hl7.message import Broken
from services.his_adapter.formats.hl7.translate.context import MessageContext
from shared.contracts import his_adapter as his
from shared.contracts.base import changed


def merged(c: MessageContext) -> Iterable[his.PatientFact]:
    """A18, A34, A40, A47: the identifiers in MRG-1 are retired and now belong to the patient in PID."""
    retired = c.numbers(c.m.first("MRG"), 1) or c.numbers(c.m.first("MRG"), 4)
    if not retired:
        raise Broken("MRG-1 holds no number that was merged", "MRG", 1)
    retired_keys = {identifier.key for identifier in retired}
    remaining = tuple(i for i in c.details.identifiers if i.key not in retired_keys)
    if not remaining:
        raise Broken("PID-3 names no number but those that MRG-1 retires", "PID", 3)
    head = c.head()
    patient = changed(head["patient"], identifiers=remaining)
    kept: Head = {**head, "patient": patient, "patient_key": remaining[0].key}
    yield his.PatientsLinked(**kept, others=retired, retired=True)


def linked(contexts: Sequence[MessageContext]) -> Iterable[his.PatientFact]:
    """A24: link two patients whose identifiers both stay in use. The pair is sorted, as for A37."""
    first, second = _pair(contexts)
    yield his.PatientsLinked(**first.head(), others=second.numbers(second.m.first("PID"), 3), retired=False)


def unlinked(contexts: Sequence[MessageContext]) -> Iterable[his.PatientFact]:
    """A37: undo a link, the two are different people."""
    first, second = _pair(contexts)
    yield his.PatientsUnlinked(**first.head(), others=second.numbers(second.m.first("PID"), 3))


def _pair(contexts: Sequence[MessageContext]) -> tuple[MessageContext, MessageContext]:
    if len(contexts) != 2 or not all(c.numbers(c.m.first("PID"), 3) for c in contexts):
        raise Broken("two PID segments must name the two patients", "PID", 3)
    first, second = sorted(contexts, key=lambda c: c.numbers(c.m.first("PID"), 3)[0].key)
    return first, second
