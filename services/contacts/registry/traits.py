"""Traits per record and per human that distinguish people, and which contradictions forbid that two are one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from shared.contracts.contacts import Traits

MAX_NAMES = 3
"""Names that a record keeps, the newest first: people marry, and typing errors are corrected."""
Trait = Literal["name", "birth", "sex", "national", "authority"]


class PersonTraits(NamedTuple):
    """HMACs of a person's traits; "" and () if unknown. `patient`: the person was registered by the hospital.

    `whole`: all traits that were ever reported are here; false for records of older versions until the matcher taught
    them.
    """

    patient: bool = False
    adult: bool = False
    names: tuple[str, ...] = ()
    birth: str = ""
    sex: str = ""
    national: str = ""
    authorities: tuple[str, ...] = ()
    whole: bool = False


def taught(before: PersonTraits, traits: Traits, patient: bool) -> PersonTraits:
    """Add the traits of an input. What a caller says about a patient does not change what the hospital said."""
    authorities = tuple(dict.fromkeys((*before.authorities, *traits.authorities)))
    if before.patient and not patient:
        return before._replace(authorities=authorities)  # a caller's words are only a claim
    if patient:
        names: tuple[str, ...] = (traits.name_key, *(before.names if before.patient else ()))
    else:
        names = (*before.names, traits.name_key)
    return before._replace(
        patient=before.patient or patient,
        adult=traits.adult if traits.birth_key else before.adult,
        names=tuple(dict.fromkeys(filter(None, names)))[:MAX_NAMES] or before.names,
        birth=traits.birth_key or before.birth,
        sex=traits.sex_key or before.sex,
        national=traits.national or before.national,
        authorities=authorities,
    )


@dataclass(frozen=True, slots=True)
class Profile:
    """The traits of all records of one human."""

    patient: bool
    adult: bool
    whole: bool
    names: frozenset[str]
    births: frozenset[str]
    sexes: frozenset[str]
    nationals: frozenset[str]
    authorities: frozenset[str]

    @classmethod
    def of(cls, first: PersonTraits, *others: PersonTraits) -> "Profile":
        """The profile of the human whose persons have these traits."""
        mine = cls(
            patient=first.patient,
            adult=first.adult,
            whole=first.whole,
            names=frozenset(first.names),
            births=frozenset((first.birth,) if first.birth else ()),
            sexes=frozenset((first.sex,) if first.sex else ()),
            nationals=frozenset((first.national,) if first.national else ()),
            authorities=frozenset(first.authorities),
        )
        return mine._with(cls.of(*others)) if others else mine

    def _with(self, other: "Profile") -> "Profile":
        return Profile(
            patient=self.patient or other.patient,
            adult=self.adult or other.adult,
            whole=self.whole and other.whole,
            names=self.names | other.names,
            births=self.births | other.births,
            sexes=self.sexes | other.sexes,
            nationals=self.nationals | other.nationals,
            authorities=self.authorities | other.authorities,
        )

    def agrees(self, other: "Profile", *traits: Trait) -> bool:
        """Whether both have each of these traits and share a value."""
        return all(self._of(trait) & other._of(trait) for trait in traits)

    def clash(self, other: "Profile") -> frozenset[Trait]:
        """The traits that contradict: both have them without a common value, or numbers of the same authority."""
        differs = {t for t in _SINGLE if self._of(t) and other._of(t) and not self._of(t) & other._of(t)}
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


_SINGLE: tuple[Trait, ...] = ("name", "birth", "sex", "national")
HARD = frozenset[Trait](_SINGLE)
"""Traits that never differ between duplicates of one record; two record numbers of one authority may."""
WORDS: dict[Trait, str] = {
    "name": "another name",
    "birth": "another birth date",
    "sex": "another sex",
    "national": "another national number",
    "authority": "another record number of the same authority",
}


def worded(clash: Iterable[Trait]) -> str:
    """The clash as English text."""
    return ", ".join(WORDS[trait] for trait in WORDS if trait in clash)
