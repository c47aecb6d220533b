"""What tells the people of the registry apart, per record and per human, and what forbids that two are one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from shared.contracts.contacts import Traits

NAMES = 3
"""Names a record is known by, the newest first: people marry, and typing errors are mended."""
Trait = Literal["name", "birth", "sex", "national", "authority"]


class Record(NamedTuple):
    """Keyed hashes of what a record says of its person; "" and () where nothing. `patient`: the hospital knows them.

    `whole`: all that was ever said of it is here. Records of older versions are not until the matcher taught them.
    """

    patient: bool = False
    adult: bool = False
    names: tuple[str, ...] = ()
    birth: str = ""
    sex: str = ""
    national: str = ""
    authorities: tuple[str, ...] = ()
    whole: bool = False


def taught(record: Record, traits: Traits, patient: bool) -> Record:
    """The record after one more input. What a patient's callers say changes nothing that the hospital said."""
    authorities = tuple(dict.fromkeys((*record.authorities, *traits.authorities)))
    if record.patient and not patient:
        return record._replace(authorities=authorities)  # what callers say is a claim
    said = (traits.name_key, *(record.names if record.patient else ())) if patient else (*record.names, traits.name_key)
    return record._replace(
        patient=record.patient or patient,
        adult=traits.adult if traits.birth_key else record.adult,
        names=tuple(dict.fromkeys(filter(None, said)))[:NAMES] or record.names,
        birth=traits.birth_key or record.birth,
        sex=traits.sex_key or record.sex,
        national=traits.national or record.national,
        authorities=authorities,
    )


@dataclass(frozen=True, slots=True)
class Profile:
    """What all records of one human say."""

    patient: bool
    adult: bool
    whole: bool
    names: frozenset[str]
    births: frozenset[str]
    sexes: frozenset[str]
    nationals: frozenset[str]
    authorities: frozenset[str]

    @classmethod
    def of(cls, records: Iterable[Record]) -> "Profile":
        """One human of these records."""
        all_ = list(records)
        return cls(
            patient=any(record.patient for record in all_),
            adult=any(record.adult for record in all_),
            whole=all(record.whole for record in all_),
            names=frozenset(name for record in all_ for name in record.names),
            births=frozenset(record.birth for record in all_ if record.birth),
            sexes=frozenset(record.sex for record in all_ if record.sex),
            nationals=frozenset(record.national for record in all_ if record.national),
            authorities=frozenset(authority for record in all_ for authority in record.authorities),
        )

    def agrees(self, other: "Profile", *traits: Trait) -> bool:
        """Whether both say each of these, and the same."""
        return all(self._of(trait) & other._of(trait) for trait in traits)

    def clash(self, other: "Profile") -> frozenset[Trait]:
        """What forbids that they are one: what both say and differently, and two numbers of one authority."""
        differs = {t for t in _SAID if self._of(t) and other._of(t) and not self._of(t) & other._of(t)}
        same_authority: set[Trait] = {"authority"} if self.authorities & other.authorities else set()
        return frozenset(differs | same_authority)

    def _of(self, trait: Trait) -> frozenset[str]:
        match trait:
            case "name":
                return self.names
            case "birth":
                return self.births
            case "sex":
                return self.sexes
            case "national":
                return self.nationals
            case "authority":
                return self.authorities


_SAID: tuple[Trait, ...] = ("name", "birth", "sex", "national")
HARD = frozenset[Trait](_SAID)
"""What no duplicate of a record shows; two record numbers of one authority it may."""
WORDS: dict[Trait, str] = {
    "name": "another name",
    "birth": "another birth date",
    "sex": "another sex",
    "national": "another national number",
    "authority": "another record number of the same authority",
}


def told(clash: Iterable[Trait]) -> str:
    """A clash in words."""
    return ", ".join(WORDS[trait] for trait in WORDS if trait in clash)
