"""Which identifiers of an input name one person, and the HMACs under which the registry stores them.

Policies pass in the input; commands of the registry contain no identifier in clear.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypedDict
from unicodedata import normalize

from services.contacts.identifying.citizens import citizen
from services.contacts.identifying.definitions import Identity
from services.contacts.identifying.names import written
from services.contacts.identifying.phones import phones
from services.contacts.identifying.placeholders import no_birth, no_email, no_name, no_number, no_phone
from shared.contracts.contacts import KnownIdentifier, Traits
from shared.contracts.facts import BARE_ID, SERVER_ID, Details
from shared.definitions import Definitions
from shared.ids import identifier_key

WEAK = ("phone", "email")
"""Kinds of identifier that several people may share; every other kind names one person."""
RECORDS = ("MRN", BARE_ID, SERVER_ID)
"""Kinds of number of which an authority gives a person one: two different ones are two records."""
NATIONAL = ("NI", "NNCHN", "NATIONAL-ID", "CITIZEN-ID", "ID-CARD", "IDCARD")
DEFAULT_RULES = Identity(id="default", version=1)


class Number(NamedTuple):
    """A number that names one person. `key`: HMAC of system and value; `national`: HMAC that all systems share.

    `authority`: the issuer of a medical record number; "" for other numbers.
    """

    key: str
    national: str = ""
    authority: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """All HMACs that identify the person."""
        return tuple(filter(None, (self.key, self.national)))


class Described(TypedDict):
    """The person of an input as fields of `ResolveIdentity`: HMACs and traits."""

    strong: tuple[str, ...]
    records: tuple[str, ...]
    phones: tuple[str, ...]
    name_key: str | None
    traits: Traits


@dataclass(frozen=True, slots=True)
class IdentityKeys:
    """Computes HMACs under the site key, by the rules of the site."""

    site_key: bytes
    rules: Identity

    def of_patient(self, details: Details, today: date, others: Collection[str] = ()) -> Described:
        """Describe a patient by a hospital's details. `others`: keys of numbers that belong to another record."""
        numbers = [number for number in self.numbers(details, today) if number.key not in others]
        return self._described(details, numbers, today)

    def of_caller(self, identifiers: Iterable[KnownIdentifier], name: str | None, today: date) -> Described:
        """Describe a caller by what they give: phones, the first email, and numbers of the hospital."""
        by_kind: dict[str, list[KnownIdentifier]] = {}
        for identifier in identifiers:
            kind = identifier.system.lower()
            by_kind.setdefault(kind if kind in WEAK else "", []).append(identifier)
        numbers = [self.number(identifier.system, identifier.value, today) for identifier in by_kind.get("", ())]
        phones = tuple(identifier.value for identifier in by_kind.get("phone", ()) if identifier.value)
        email = next((identifier.value for identifier in by_kind.get("email", ())), None)
        details = Details(name=name, phones=phones or None, email=email)
        return self._described(details, [number for number in numbers if number], today)

    def numbers(self, details: Details, today: date) -> Iterator[Number]:
        """The numbers in a hospital's details that name a person (no placeholders)."""
        for identifier in details.identifiers:
            if number := self.number(identifier.system, identifier.value, today, identifier.key):
                yield number

    def _described(self, details: Details, numbers: Sequence[Number], today: date) -> Described:
        return Described(
            strong=tuple(dict.fromkeys(key for number in numbers for key in number.keys)),
            records=tuple(number.key for number in numbers if number.authority),
            phones=(*self.phones(details.phones or ()), *self.emails([details.email])),
            name_key=self.before(details),
            traits=self.traits(details, numbers, today),
        )

    def phones(self, values: Iterable[str | None]) -> tuple[str, ...]:
        """HMACs of phone numbers, without placeholders and hotlines."""
        rules = self.rules
        numbers = [number for value in values if value for number in phones(value, rules.region, rules.area_code)]
        real = (number for number in numbers if not no_phone(number, rules.nobody))
        return tuple(dict.fromkeys(identifier_key(self.site_key, "phone", number) for number in real))

    def emails(self, values: Iterable[str | None]) -> tuple[str, ...]:
        """HMACs of email addresses, without placeholders."""
        addresses = [normalize("NFKC", value).strip().lower() for value in values if value]
        real = (address for address in addresses if not no_email(address))
        return tuple(identifier_key(self.site_key, "email", address) for address in real)

    def number(self, system: str, value: str | None, today: date, key: str = "") -> Number | None:
        """The number of a system, or None for a placeholder or an invalid one.

        `key`: its HMAC if that is known already; the only thing left of an erased person's number (`value` None).
        """
        kind = system.partition(":")[0].strip().upper()
        hmac = key or identifier_key(self.site_key, system, value or "")
        if value is not None and kind not in (BARE_ID, SERVER_ID) and no_number(value, self.rules.nobody):
            return None  # server ids are exempt: any text may be a real one
        if kind in NATIONAL and value is not None and (self.rules.region == "CN" or kind == "NNCHN"):
            citizen_number = citizen(value, today)
            if citizen_number == "":
                return None
            return Number(hmac, identifier_key(self.site_key, "citizen", citizen_number) if citizen_number else "")
        return Number(hmac, "", self.authority(system) if kind in RECORDS else "")

    def authority(self, system: str) -> str:
        """The trait for the issuer of a record number."""
        return self._hash("authority", system)

    def searched(self, system: str, value: str, today: date) -> tuple[str, ...]:
        """All HMACs that a search for an identifier must look up."""
        kind = system.strip().lower()
        if kind in WEAK:
            return self.phones([value]) if kind == "phone" else self.emails([value])
        number = self.number(system, value, today)
        return number.keys if number else ()

    def name(self, name: str | None) -> str:
        """The HMAC that names are compared by; "" for a placeholder."""
        return self._hash("name", written(name)) if name and not no_name(name, self.rules.nobody) else ""

    def before(self, details: Details) -> str | None:
        """The HMAC of name and birth date as older versions stored it, for records that the matcher has not taught."""
        name = f"{details.name}|{details.birth_date}" if details.name and details.birth_date else ""
        is_name = name and self.name(details.name)
        return identifier_key(self.site_key, "name-and-birth", name) if is_name else None

    def traits(self, details: Details, numbers: Sequence[Number], today: date) -> Traits:
        """The traits that distinguish this person from others."""
        born, sex = details.birth_date, details.sex
        if born and (no_birth(born, today) or f"{born}" in self.rules.nobody):
            born = None
        return Traits(
            name_key=self.name(details.name),
            birth_key=self._hash("birth", f"{born}") if born else "",
            sex_key=self._hash("sex", sex) if sex in ("male", "female") else "",
            national=next((number.national for number in numbers if number.national), ""),
            authorities=tuple(dict.fromkeys(number.authority for number in numbers if number.authority)),
            adult=bool(born and _age(born, today) >= self.rules.adult_years),
        )

    def _hash(self, what: str, value: str) -> str:
        return identifier_key(self.site_key, f"trait:{what}", value) if value else ""


def keys_of(site_key: bytes, definitions: Definitions) -> IdentityKeys:
    """The `IdentityKeys` for the rules of identity in force."""
    return IdentityKeys(site_key, rules_of(definitions))


def rules_of(definitions: Definitions) -> Identity:
    """The rules of identity in force; the defaults if the hospital published none."""
    return definitions.find(Identity, "default") or DEFAULT_RULES


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
