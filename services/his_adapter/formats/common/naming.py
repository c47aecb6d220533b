"""Translate a site's identifiers, codes and departments into ours, in the same way for every format."""

from datetime import tzinfo
from zoneinfo import ZoneInfo

from services.his_adapter.formats.definitions import Site
from services.his_adapter.formats.hl7.dictionary import RECORDS, is_personal, meaning
from shared.contracts.facts import Identifier, has_kind
from shared.ids import identifier_key


def eastern(text: str) -> bool:
    """Whether a text has Chinese, Japanese or Korean letters; such names start with the family name."""
    return han(text) or any("\u3040" <= letter <= "\u30ff" or "\uac00" <= letter <= "\ud7a3" for letter in text)


def han(text: str) -> bool:
    """Whether a text has Chinese characters."""
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


class Naming:
    """Builds identifiers by the mapping and the HMAC key of one site."""

    def __init__(self, site_key: bytes, site: Site) -> None:
        self.site, self._key = site, site_key

    def key(self, kind: str, *parts: str) -> str:
        """Return the id of an order, report, visit or other thing: an HMAC under the site key."""
        return identifier_key(self._key, f"{kind}:{self.site.authority}", "\x1f".join(parts))

    def visit_key(self, patient_key: str, number: str) -> str:
        """Return the id of a visit."""
        return self.key("visit", patient_key, number)

    def identifier(self, system: str, value: str, exact: bool = False) -> Identifier:
        """Return an identifier; `exact` if its value is case-sensitive (ids on a FHIR server)."""
        keyed = value.encode().hex() if exact else value
        return Identifier(system=system, key=identifier_key(self._key, system, keyed), value=value)

    def number(self, kind: str, authority: str, value: str) -> Identifier:
        """Return an identifier by its type (table 0203) and the site's name of the assigning authority."""
        assigned_by = self.site.authorities.get(authority, authority) or self.site.authority
        return self.identifier(f"{'MRN' if kind in RECORDS else kind}:{assigned_by}", value)

    def sorted(self, numbers: list[Identifier]) -> tuple[Identifier, ...]:
        """Remove duplicates and sort the site's own medical record number first; sources send them in any order."""
        own = f"MRN:{self.site.authority}"
        numbers.sort(key=lambda number: (number.system != own, not has_kind(number.system, "MRN")))
        return tuple({number.key: number for number in numbers}.values())

    def names_somebody(self, kind: str, value: str) -> bool:
        """Whether an identifier belongs to a single person and is not a placeholder (`<MRN>`, 无名氏, 99999)."""
        repeated = len(value) > 3 and len(set(value)) == 1
        word = not any(sign.isdigit() for sign in value) and not (value.isascii() and value.isalnum())
        return is_personal(kind) and not (repeated or word or value.upper() in self.site.nobody)

    def department(self, code: str) -> tuple[str, str]:
        """Return our code and name of a department; the site's code twice if the mapping does not list it."""
        department = self.site.departments.get(code)
        return (department.code, department.name) if department else (code, code)

    def means(self, table: str, code: str, otherwise: str = "") -> str:
        """Return the meaning of a site's code in a table of the dictionary, else `otherwise`."""
        return meaning(self.site.codes, table, code, otherwise)

    @property
    def zone(self) -> tzinfo:
        """The site's time zone."""
        return ZoneInfo(self.site.zone)
