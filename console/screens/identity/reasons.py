"""Why something waits for a decision: the registry's sentences, by the names under which the locale has them."""

from dataclasses import dataclass

REASONS = {
    "its phone and name are shared by several people": "phone-and-name-shared",
    "its phone is shared by several people": "phone-shared",
    "its phone is shared, and not of all is the name known": "phone-shared-unnamed",
    "its hospital numbers belong to different people": "numbers-of-different",
    "its record number belongs to another person": "record-number-of-another",
    "one human with more than 50 records": "many-records",
    "phone and name agree": "phone-and-name",
    "phone and name agree, a birth date is missing": "no-birth-date",
    "phone, name and birth date agree": "phone-name-birth",
    "phone, name and birth date agree, the record numbers are two of one authority": "two-record-numbers",
    "the phone is theirs alone": "phone-alone",
    "somebody called from the phone, of somebody not known to be of age": "called-for-a-minor",
    "somebody called from the phone, which others have too": "called-from-shared",
    "both were given the same number": "same-number",
}
BELONGS = {
    "its record number belongs to a person of ": "record-number-contradicts",
    "its number belongs to a person of ": "number-contradicts",
}
"""Beginnings of sentences that end with a list of `TRAITS`."""
TRAITS = {
    "another name": "name",
    "another birth date": "birth",
    "another sex": "sex",
    "another national number": "national",
    "another record number of the same authority": "authority",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """`slug`: its name in the locale, "" for a sentence that is shown as it is; `traits`: what contradicts."""

    text: str
    slug: str = ""
    traits: tuple[str, ...] = ()


def reason(sentence: str) -> Reason:
    """The reason that the registry gives as a sentence."""
    if slug := REASONS.get(sentence):
        return Reason(sentence, slug)
    for beginning, slug in BELONGS.items():
        traits = sentence.removeprefix(beginning).split(", ")
        if sentence.startswith(beginning) and TRAITS.keys() >= set(traits):
            return Reason(sentence, slug, tuple(TRAITS[each] for each in traits))
    return Reason(sentence)
