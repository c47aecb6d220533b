"""What an input says of somebody, as the registry knows it: which of it names one person, and its keyed hashes.

Policies hand over what was said; nothing in clear reaches the registry's commands.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypedDict
from unicodedata import normalize

from services.contacts.definitions import Identity
from services.contacts.identifying.citizens import citizen
from services.contacts.identifying.names import written
from services.contacts.identifying.phones import phones
from services.contacts.identifying.placeholders import no_birth, no_email, no_name, no_number, no_phone
from shared.contracts.contacts import Known, Traits
from shared.contracts.facts import Details
from shared.definitions import Definitions
from shared.ids import identifier_key

WEAK = ("phone", "email")
"""Kinds of identifier that several people may share; every other names one person."""
SERVER_IDS = ("FHIR", "FHIR-SERVER")
RECORDS = ("MRN", *SERVER_IDS)
"""Kinds of number of which one authority gives a person one: two of them are two records."""
NATIONAL = ("NI", "NNCHN", "NATIONAL-ID", "CITIZEN-ID", "ID-CARD", "IDCARD")
OF_AGE = 18


class Number(NamedTuple):
    """A number that names one person. `key` is as it was written, `national` the same whoever gave it to us.

    `authority` is who numbers records with it; "" where it is no record number.
    """

    key: str
    national: str = ""
    authority: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """All that lead to the person."""
        return tuple(filter(None, (self.key, self.national)))


class Described(TypedDict):
    """Who somebody is, as fields of `ResolveIdentity`: keyed hashes and traits."""

    strong: tuple[str, ...]
    records: tuple[str, ...]
    phones: tuple[str, ...]
    name_key: str | None
    traits: Traits


@dataclass(frozen=True, slots=True)
class Keys:
    """Hashes under one site key and a site's rules."""

    site_key: bytes
    rules: Identity

    def of_patient(self, details: Details, today: date, others: Collection[str] = ()) -> Described:
        """What a hospital says of a patient; `others` are keys of numbers that are another record's."""
        return self._described(details, [one for one in self.numbers(details, today) if one.key not in others], today)

    def of_caller(self, identifiers: Iterable[Known], name: str | None, today: date) -> Described:
        """What somebody says of themselves: phones and one address, and numbers as a hospital gives them."""
        known: dict[str, list[Known]] = {}
        for each in identifiers:
            kind = each.system.lower()
            known.setdefault(kind if kind in WEAK else "", []).append(each)
        given = [self.number(each.system, each.value, today) for each in known.get("", ())]
        phones = tuple(each.value for each in known.get("phone", ()) if each.value)
        email = next((each.value for each in known.get("email", ())), None)
        details = Details(name=name, phones=phones or None, email=email)
        return self._described(details, [number for number in given if number], today)

    def numbers(self, details: Details, today: date) -> Iterator[Number]:
        """The numbers of a hospital's details that name somebody."""
        for known in details.identifiers:
            if number := self.number(known.system, known.value, today, known.key):
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
        """What phones are known by, placeholders and hotlines left out."""
        rules = self.rules
        numbers = [number for value in values if value for number in phones(value, rules.region, rules.area_code)]
        real = (number for number in numbers if not no_phone(number, rules.nobody))
        return tuple(dict.fromkeys(identifier_key(self.site_key, "phone", number) for number in real))

    def emails(self, values: Iterable[str | None]) -> tuple[str, ...]:
        """What addresses are known by."""
        addresses = [normalize("NFKC", value).strip().lower() for value in values if value]
        real = (address for address in addresses if not no_email(address))
        return tuple(identifier_key(self.site_key, "email", address) for address in real)

    def number(self, system: str, value: str | None, today: date, key: str = "") -> Number | None:
        """A number that names somebody, else None. What an erased person's number was is told by its `key` alone."""
        kind = system.partition(":")[0].strip().upper()
        known = key or identifier_key(self.site_key, system, value or "")
        if value is not None and kind not in SERVER_IDS and no_number(value, self.rules.nobody):
            return None  # an id on a server is whatever the server made it
        if kind in NATIONAL and value is not None and (self.rules.region == "CN" or kind == "NNCHN"):
            valid = citizen(value, today)
            if valid == "":
                return None
            return Number(known, identifier_key(self.site_key, "citizen", valid) if valid else "")
        return Number(known, "", self.authority(system) if kind in RECORDS else "")

    def authority(self, system: str) -> str:
        """Who numbers records, as a trait."""
        return self._hash("authority", system)

    def searched(self, system: str, value: str, today: date) -> tuple[str, ...]:
        """Every key that a search by a number must look under."""
        kind = system.strip().lower()
        if kind in WEAK:
            return self.phones([value]) if kind == "phone" else self.emails([value])
        number = self.number(system, value, today)
        return number.keys if number else ()

    def name(self, name: str | None) -> str:
        """What a name is compared by; "" for one that is nobody's."""
        return self._hash("name", written(name)) if name and not no_name(name, self.rules.nobody) else ""

    def before(self, details: Details) -> str | None:
        """Name and birth date as older versions hashed them: what their records are met by until they are taught."""
        name = f"{details.name}|{details.birth_date}" if details.name and details.birth_date else ""
        known = name and self.name(details.name)
        return identifier_key(self.site_key, "name-and-birth", name) if known else None

    def traits(self, details: Details, numbers: Sequence[Number], today: date) -> Traits:
        """What tells this person from others."""
        born, sex = details.birth_date, details.sex
        if born and (no_birth(born, today) or f"{born}" in self.rules.nobody):
            born = None
        return Traits(
            name_key=self.name(details.name),
            birth_key=self._hash("birth", f"{born}") if born else "",
            sex_key=self._hash("sex", sex) if sex in ("male", "female") else "",
            national=next((number.national for number in numbers if number.national), ""),
            authorities=tuple(dict.fromkeys(number.authority for number in numbers if number.authority)),
            adult=bool(born and _age(born, today) >= OF_AGE),
        )

    def _hash(self, what: str, value: str) -> str:
        return identifier_key(self.site_key, f"trait:{what}", value) if value else ""


def keys_of(site_key: bytes, definitions: Definitions) -> Keys:
    """Hashes by the site's rules in force."""
    return Keys(site_key, definitions.find(Identity, "default") or _RULES)


_RULES = Identity(id="default", version=1)


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
