"""Is the one who asks whom the hospital system holds under that number? Pure."""

import re
import unicodedata
from typing import assert_never

from services.his_adapter.formats.common.naming import han
from services.his_adapter.formats.hl7.message import Message
from services.his_adapter.requests.definitions import Endpoint
from services.his_adapter.requests.hearing import context_of
from shared.contracts.his_requests import Subject


def differs(message: Message, subject: Subject, endpoint: Endpoint) -> list[str]:
    """The fields of `identity` that the hospital system holds otherwise, or does not hold, by their names."""
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
                same = _digits(subject.phone) in {_digits(each) for each in theirs.phones or ()} - {""}
            case _:
                assert_never(field)
        wrong += [] if same else [field]
    return wrong


def _letters(name: str | None) -> list[str]:
    """A name as its words, in no order, since family names stand first here and last there; one word in Chinese."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", name or "").casefold())
    return ["".join(words)] if han(name or "") else sorted(words)


def _digits(phone: str | None) -> str:
    """The last eleven digits: a country code more or less is the same phone."""
    return re.sub(r"\D", "", phone or "")[-11:]
