"""Compare a request's patient with the demographics that the hospital system holds for the number. Pure."""

import re
import unicodedata
from typing import assert_never

from services.his_adapter.formats.common.naming import han
from services.his_adapter.formats.hl7.message import Hl7Message
from services.his_adapter.requests.definitions import Endpoint
from services.his_adapter.requests.replies import context_of
from shared.contracts.his_asks import Subject


def differs(message: Hl7Message, subject: Subject, endpoint: Endpoint) -> list[str]:
    """Return the names of the endpoint's `identity` fields that differ from PID, or are missing in either."""
    context, pid = context_of(message, endpoint), message.first("PID")
    theirs = context.patient(pid)
    wrong: list[str] = []
    for field in endpoint.identity:
        match field:
            case "name":
                same = bool(subject.name and theirs.name) and _letters(subject.name) == _letters(theirs.name)
            case "birth_date":
                same = subject.birth_date is not None and subject.birth_date == theirs.birth_date
            case "phone":
                same = _digits(subject.phone) in {_digits(phone) for phone in theirs.phones or ()} - {""}
            case _:
                assert_never(field)
        wrong += [] if same else [field]
    return wrong


def _letters(name: str | None) -> list[str]:
    """Return the sorted words of a name (family names come first or last); one word for a Chinese name."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", name or "").casefold())
    return ["".join(words)] if han(name or "") else sorted(words)


def _digits(phone: str | None) -> str:
    """Return the last eleven digits, so that numbers with and without country code are equal."""
    return re.sub(r"\D", "", phone or "")[-11:]
