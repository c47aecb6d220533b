"""When two coded statements are about one thing: the same code of one terminology, or the same text. Pure."""

TERMINOLOGIES = {
    "I9": ("i9", "i9c", "i9cdx", "2.16.840.1.113883.6.103"),
    "I10": ("i10", "i10c", "i10p", "2.16.840.1.113883.6.3", "2.16.840.1.113883.6.90"),
    "SCT": ("sct", "snomed-ct", "snomed ct", "http://snomed.info/sct", "2.16.840.1.113883.6.96"),
    "LN": ("ln", "loinc", "http://loinc.org", "2.16.840.1.113883.6.1"),
    "ATC": ("atc", "http://www.whocc.no/atc", "2.16.840.1.113883.6.73"),
    "RXNORM": ("rxnorm", "http://www.nlm.nih.gov/research/umls/rxnorm", "2.16.840.1.113883.6.88"),
    "UNII": ("unii", "http://fdasis.nlm.nih.gov", "2.16.840.1.113883.4.9"),
}
"""Public terminologies, in which a code has one meaning everywhere → the names of each in HL7 v2 (table 0396), FHIR
(uri) and CDA (OID), in lower case."""
_NAMES = {name: terminology for terminology, names in TERMINOLOGIES.items() for name in names}


def thing(system: str | None, code: str | None, text: str | None) -> str:
    """What a statement is about: statements with the same answer are about one thing; "" without code and text.

    A code of a public terminology says it alone. A code of a hospital's own system has its meaning only there, and not
    every sender names its system: system, code and text count. Without a code it is the text. Case does not matter.
    """
    code, text = (code or "").strip().upper(), (text or "").strip().upper()
    name = (system or "").strip().lower().removeprefix("urn:oid:").rstrip("/")
    if not code:
        return text
    if name in _NAMES:
        return f"{_NAMES[name]}|{code}"
    return f"{name}|{code}|{text}"
