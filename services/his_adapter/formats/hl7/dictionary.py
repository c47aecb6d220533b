"""Meanings of codes: the standard HL7 v2 tables (`dictionary.yaml`) and the additional codes of a site."""

import re
from collections.abc import Mapping
from importlib.resources import files

import yaml

Codes = Mapping[str, Mapping[str, str]]
"""Table → code → meaning."""

_BETWEEN = re.compile(r"[\s_-]")
RECORDS = ("MR", "PI", "PT")
PERSONAL = (*RECORDS, "NI", "PPN", "SS", "DL", "JHN", "HC", "PN", "RI", "EN", "NH", "CZ")
"""Identifier types (table 0203) that belong to a single person; a policy or an account may cover a family."""
_NATIONAL = re.compile(r"NN[A-Z]{2,3}")
"""National person identifiers of table 0203: NNxxx, by country."""


def is_personal(kind: str) -> bool:
    """Whether an identifier of this type belongs to a single person."""
    return kind in PERSONAL or bool(_NATIONAL.fullmatch(kind))


def _read() -> Codes:
    tables: Codes = yaml.safe_load(files(__package__).joinpath("dictionary.yaml").read_text(encoding="utf-8"))
    return tables


TABLES = _read()


def meaning(own: Codes, table: str, code: str, otherwise: str = "") -> str:
    """Meaning of a code: exact match in the site's `own` codes, else in the dictionary ignoring case and separators."""
    return own.get(table, {}).get(code) or TABLES[table].get(_BETWEEN.sub("", code).upper(), otherwise)


def mistakes(own: Codes) -> list[str]:
    """Return the errors in a site's own codes: unknown tables and unknown meanings."""
    errors = [f"`codes.{table}` is no table: there are {', '.join(TABLES)}" for table in own if table not in TABLES]
    for table in own.keys() & TABLES.keys():
        allowed = sorted({*TABLES[table].values(), *MORE.get(table, ())})
        wrong = [code for code, value in own[table].items() if value not in allowed and not _standard(table, value)]
        errors += [f"`codes.{table}.{code}` must be one of {', '.join(allowed)}" for code in wrong]
    return errors


def _standard(table: str, value: str) -> bool:
    """Whether a meaning is a standard code that is not listed here: a national identifier type or a language."""
    return (table == "identifier-type" and is_personal(value)) or (table == "language" and len(value) == 2)


MORE = {
    "abnormal-flag": ("abnormal",),
    "document-status": ("final",),
    "patient-class": ("other",),
    "identifier-type": (*PERSONAL, "AN", "VN"),
}
"""Allowed meanings that no code of `dictionary.yaml` maps to."""
