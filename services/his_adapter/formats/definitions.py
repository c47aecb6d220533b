"""Definition of a site: how to read the messages of the systems that send as it."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import StringConstraints, model_validator

from services.his_adapter.formats.hl7.dictionary import mistakes
from shared.contracts.base import Part
from shared.definitions import Definition, Definitions, Zone

LocalField = Literal["name", "phones", "email", "address", "language"]
Hl7Path = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{2}-\d+(\.\d+){0,2}$")]
"""A path to an HL7 field or component: `ZPI-4`, `ZPI-4.1`."""


class MappedDepartment(Part):
    """Our code and name of a department, for a code of the site."""

    code: str
    name: str


class Site(Definition):
    """How to read the messages of one sending site. `authority` is the assigning authority of numbers without one.

    `senders` are the systems to which it applies, as `GET /his/v1/sources` names them; the site of the process
    (`CARELOOP_MLLP__SITE`) applies to all others.
    `authorities` maps CX-4 (a name or an OID) to the name we use; `local` is the path at which the sender puts a field
    that HL7 has elsewhere (`phones: ZPI-4`). `receivers` are the accepted values of MSH-5 and MSH-6, `versions` those
    of MSH-12 (`2.3.1`), `processing_ids` those of MSH-11; empty: all.
    `charset` is the encoding of text that declares none and is not UTF-8. `died` are the dispositions (PV1-36, table
    0112 by default) of a death, `nobody` the values of PID-3 that mean that there is no number.
    `codes` maps the site's own codes, by table of `dictionary.yaml` (`patient-class: {"3": emergency}`).
    `servers` groups senders that are one FHIR server (a feed and a subscription): server → senders.
    `dates` is the order of day and month if the sender writes dates as 01/02/2025.
    """

    kind: ClassVar[str] = "site"
    owner: ClassVar[str] = "his_adapter"

    authority: str
    senders: tuple[str, ...] = ()
    servers: Mapping[str, tuple[str, ...]] = {}
    zone: Zone = "Asia/Shanghai"
    dates: Literal["hl7", "month-first", "day-first"] = "hl7"
    authorities: Mapping[str, str] = {}
    local: Mapping[LocalField, Hl7Path] = {}
    codes: Mapping[str, Mapping[str, str]] = {}
    departments: Mapping[str, MappedDepartment] = {}
    charset: Literal["gb18030", "iso8859-1", "cp1252", "big5"] = "gb18030"
    died: tuple[str, ...] = ("20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "40", "41", "42")
    nobody: tuple[str, ...] = ("0", "NONE", "NULL", "UNKNOWN", "NA", "ANONYMOUS", "ANONIMO", "MRN")
    receivers: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    processing_ids: tuple[str, ...] = ("P", "T", "D")

    @model_validator(mode="after")
    def _understood(self) -> Self:
        if wrong := mistakes(self.codes):
            raise ValueError("; ".join(wrong))
        return self


def site_of(definitions: Definitions, id: str, sender: str = "") -> Site:
    """Return the current site that has `sender` in its senders, else the site `id`, else a site without mappings."""
    of_sender = (site for site in definitions.current(Site) if sender and sender in site.senders)
    return next(of_sender, None) or definitions.find(Site, id) or Site(id=id, version=1, authority=id.upper())
