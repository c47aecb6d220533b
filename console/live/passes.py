"""A pass: the ids and lists that a page showed its reader, sealed when it was rendered: no browser can add to it."""

import base64
import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from console.live.changes import key_of
from shared.ciphers import DataKey
from shared.contracts.staff import Staff

CONTEXT = b"careloop.console.live.v1"
"""Authenticated with each pass, so that nothing else sealed with the key is taken for one."""
IDS = b"careloop.console.ids.v1"
LIFETIME = 1800.0
"""Seconds for which a page hears of what it showed; then it asks the services again, which decide anew."""
MOST_KEYS = 200
"""Most ids on one pass, so that those of ten tabs fit into one request."""


@dataclass(frozen=True, slots=True)
class Pass:
    """`mark`: how far the page was up to date; `until`: when it ends (monotonic time of this process).

    `rights`: a digest of the reader's roles and departments: when those change, it is no longer good.
    """

    staff_id: str
    rights: str
    mark: str
    until: float
    keys: tuple[str, ...]


_PASS = TypeAdapter(Pass)


def rights_of(staff: Staff) -> str:
    """A digest of what decides whom somebody may read."""
    rights = json.dumps([sorted(staff.roles), sorted(staff.reads_in), sorted(staff.campuses)])
    return hashlib.sha256(rights.encode()).hexdigest()[:12]


class Passes:
    """Seals passes and opens them again. `key`: 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = DataKey(key)

    def sealed(self, staff: Staff, mark: str, subjects: Iterable[str]) -> str:
        """A pass for these subjects (`<decider>/<id>`), after a word that is the same for the same subjects.

        By that word a page keeps the pass that it has when it is rendered again.
        """
        keys = tuple(dict.fromkeys(key_of(*subject.split("/", 1)) for subject in subjects))[:MOST_KEYS]
        granted = Pass(staff.id, rights_of(staff), mark, time.monotonic() + LIFETIME, keys)
        word = hashlib.sha256(_PASS.dump_json(Pass(staff.id, granted.rights, "", 0, keys))).hexdigest()[:12]
        sealed = base64.urlsafe_b64encode(self._key.seal(_PASS.dump_json(granted), CONTEXT)).decode()
        return f"{word}.{sealed}"

    def word(self, staff: Staff, ids: Iterable[str]) -> str:
        """Ids that a page of this reader sends back when a part of it is asked for again, sealed."""
        return base64.urlsafe_b64encode(self._key.seal(json.dumps([staff.id, *ids]).encode(), IDS)).decode()

    def ids(self, staff: Staff, word: str) -> list[str]:
        """The ids of a word; none if it was altered, or is of another reader."""
        try:
            reader, *ids = json.loads(self._key.open(base64.urlsafe_b64decode(word), IDS))
        except ValueError:
            return []
        return [str(id) for id in ids] if reader == staff.id else []

    def opened(self, text: str, staff: Staff) -> Pass | None:
        """The pass of a text; None if it was altered, is of somebody else or of other rights, or has ended."""
        try:
            sealed = base64.urlsafe_b64decode(text.rpartition(".")[2])
            granted = _PASS.validate_json(self._key.open(sealed, CONTEXT))
        except (ValueError, ValidationError):
            return None
        good = granted.staff_id == staff.id and granted.rights == rights_of(staff) and time.monotonic() < granted.until
        return granted if good else None
