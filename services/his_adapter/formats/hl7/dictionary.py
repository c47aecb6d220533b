"""What codes mean: the dictionary of HL7 v2 (`dictionary.yaml`), and what a site says of its own."""

import re
from collections.abc import Mapping
from importlib.resources import files

import yaml

Codes = Mapping[str, Mapping[str, str]]
"""Table → code → meaning."""


_BETWEEN = re.compile(r"[\s_-]")
RECORDS = ("MR", "PI", "PT")
PERSONAL = (*RECORDS, "NI", "PPN", "SS", "DL", "JHN", "HC", "PN", "RI", "EN", "NH", "CZ")
"""Kinds of number (table 0203) that one person alone has; a policy or an account may be a family's."""
_NATIONAL = re.compile(r"NN[A-Z]{2,3}")
"""NNxxx of table 0203, by country."""


def is_personal(kind: str) -> bool:
    """Whether a number of that kind is one that a single person has."""
    return kind in PERSONAL or bool(_NATIONAL.fullmatch(kind))


def _read() -> Codes:
    found: Codes = yaml.safe_load(files(__package__).joinpath("dictionary.yaml").read_text(encoding="utf-8"))
    return found


TABLES = _read()


def meaning(own: Codes, table: str, code: str, otherwise: str = "") -> str:
    """What a code says: by the site's `own` words as they stand, else by the dictionary, in capitals and one word."""
    return own.get(table, {}).get(code) or TABLES[table].get(_BETWEEN.sub("", code).upper(), otherwise)


def mistakes(own: Codes) -> list[str]:
    """What is wrong with a site's own codes: tables and meanings nobody knows."""
    found = [f"`codes.{table}` is no table: there are {', '.join(TABLES)}" for table in own if table not in TABLES]
    for table in own.keys() & TABLES.keys():
        known = sorted({*TABLES[table].values(), *MORE.get(table, ())})
        strange = [code for code, said in own[table].items() if said not in known and not _standard(table, said)]
        found += [f"`codes.{table}.{code}` must be one of {', '.join(known)}" for code in strange]
    return found


def _standard(table: str, said: str) -> bool:
    """Whether a meaning is a code of a standard that needs no list: a national number, a language."""
    return (table == "identifier-type" and is_personal(said)) or (table == "language" and len(said) == 2)


MORE = {
    "abnormal-flag": ("abnormal",),
    "document-status": ("final",),
    "patient-class": ("other",),
    "identifier-type": (*PERSONAL, "AN", "VN"),
}
"""Meanings that no code of the dictionary has."""
