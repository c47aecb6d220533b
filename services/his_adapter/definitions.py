"""Definitions his_adapter owns: what one sending site means by its codes, and which servers are read."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from shared.contracts.base import Part
from shared.definitions import Definition, Zone

LocalField = Literal["name", "phones", "email", "address", "language"]
Path = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{2}-\d+(\.\d+){0,2}$")]
"""`ZPI-4` or `ZPI-4.1`."""


class Department(Part):
    """Our code and name for a department code of theirs."""

    code: str
    name: str


class Site(Definition):
    """One sending site. `authority` names the numbers of messages that carry none.

    `authorities` turns what stands in CX-4 (its name or its OID) into the name we use; `local` says where the sender
    writes what HL7 has another place for (`phones: ZPI-4`). `receivers` are the names that may stand in MSH-5 or
    MSH-6, any where it is empty.
    `charset` is what undeclared text is that is not UTF-8. `died` are the dispositions (PV1-36, table 0112 unless said
    otherwise) of the dead, `nobody` what stands in PID-3 where there is no number.
    `dates` says what 01/02/2025 means where the sender writes dates with slashes instead of as HL7 does.
    """

    kind: ClassVar[str] = "site"
    owner: ClassVar[str] = "his_adapter"

    authority: str
    zone: Zone = "Asia/Shanghai"
    dates: Literal["hl7", "month-first", "day-first"] = "hl7"
    authorities: Mapping[str, str] = {}
    local: Mapping[LocalField, Path] = {}
    departments: Mapping[str, Department] = {}
    charset: Literal["gb18030", "iso8859-1", "cp1252", "big5"] = "gb18030"
    died: tuple[str, ...] = ("20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "40", "41", "42")
    nobody: tuple[str, ...] = ("0", "无", "NONE", "NULL", "UNKNOWN", "N/A", "NA")
    receivers: tuple[str, ...] = ()
    processing_ids: tuple[str, ...] = ("P", "T", "D")


class Feed(Definition):
    """A FHIR server whose Bulk Data export is read every so many minutes.

    `level` is what is exported: everything, every `Patient`, or one `Group/<id>`. Its bearer token, where it wants one,
    is a setting (`CARELOOP_FEEDS='{"<id>": "<token>"}'`): definitions hold no secrets.
    """

    kind: ClassVar[str] = "feed"
    owner: ClassVar[str] = "his_adapter"

    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
    level: Annotated[str, StringConstraints(pattern=r"^(|Patient|Group/[A-Za-z0-9.-]+)$")] = ""
    types: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z]+$")], ...] = ()
    every_minutes: int = Field(60, ge=1)
