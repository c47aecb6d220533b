"""How a site's numbers, codes and things are named in our words, the same in every format it sends."""

from datetime import tzinfo
from zoneinfo import ZoneInfo

from services.his_adapter.definitions import Site
from services.his_adapter.formats.hl7.dictionary import RECORDS, is_personal, meaning
from shared.contracts.facts import Identifier
from shared.ids import identifier_key


def eastern(text: str) -> bool:
    """Whether a text is written in Chinese, Japanese or Korean: there the family name comes first."""
    return han(text) or any("\u3040" <= letter <= "\u30ff" or "\uac00" <= letter <= "\ud7a3" for letter in text)


def han(text: str) -> bool:
    """Whether a text is written in Chinese."""
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


class Naming:
    """Names under one site's mapping and key."""

    def __init__(self, site_key: bytes, site: Site) -> None:
        self.site, self._key = site, site_key

    def key(self, kind: str, *parts: str) -> str:
        """The name of something under the site key: an order, a report, a visit."""
        return identifier_key(self._key, f"{kind}:{self.site.authority}", "\x1f".join(parts))

    def visit_key(self, patient_key: str, number: str) -> str:
        """The id of a visit."""
        return self.key("visit", patient_key, number)

    def identifier(self, system: str, value: str, exact: bool = False) -> Identifier:
        """A number with who gave it; `exact` where a and A are two (ids on a FHIR server)."""
        told = value.encode().hex() if exact else value
        return Identifier(system=system, key=identifier_key(self._key, system, told), value=value)

    def number(self, kind: str, theirs: str, value: str) -> Identifier:
        """A number by its type (table 0203) and what they call the authority that gave it."""
        authority = self.site.authorities.get(theirs, theirs) or self.site.authority
        return self.identifier(f"{'MRN' if kind in RECORDS else kind}:{authority}", value)

    def sorted(self, numbers: list[Identifier]) -> tuple[Identifier, ...]:
        """Each number once, the site's own record number first: they have no order where they come from."""
        own = f"MRN:{self.site.authority}"
        numbers.sort(key=lambda known: (known.system != own, not known.system.startswith("MRN:")))
        return tuple({number.key: number for number in numbers}.values())

    def names_somebody(self, kind: str, value: str) -> bool:
        """Whether a number is one that a single person has, and no placeholder (`<MRN>`, 无名氏, 99999)."""
        alike = len(value) > 3 and len(set(value)) == 1
        word = not any(sign.isdigit() for sign in value) and not (value.isascii() and value.isalnum())
        return is_personal(kind) and not (alike or word or value.upper() in self.site.nobody)

    def department(self, code: str) -> tuple[str, str]:
        """Our code and name of a department of theirs; theirs twice where the mapping does not know it."""
        known = self.site.departments.get(code)
        return (known.code, known.name) if known else (code, code)

    def means(self, table: str, code: str, otherwise: str = "") -> str:
        """What a code of theirs says, by a table of the dictionary."""
        return meaning(self.site.codes, table, code, otherwise)

    @property
    def zone(self) -> tzinfo:
        """The site's time zone."""
        return ZoneInfo(self.site.zone)
