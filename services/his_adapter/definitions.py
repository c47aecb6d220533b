"""Definitions his_adapter owns: what a sending site means by its codes, and which servers are read.

Which are asked is in `requests/definitions.py`.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator

from services.his_adapter.formats.hl7.dictionary import mistakes
from shared.contracts.base import Part
from shared.definitions import Definition, Definitions, Zone
from shared.host.hops import beyond

LocalField = Literal["name", "phones", "email", "address", "language"]
Path = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{2}-\d+(\.\d+){0,2}$")]
"""`ZPI-4` or `ZPI-4.1`."""


class Department(Part):
    """Our code and name for a department code of theirs."""

    code: str
    name: str


class Site(Definition):
    """One sending site. `authority` names the numbers of messages that carry none.

    `senders` are the systems that it speaks for, as `GET /his/v1/sources` names them; the site of the process
    (`CARELOOP_MLLP__SITE`) speaks for all others.
    `authorities` turns what stands in CX-4 (its name or its OID) into the name we use; `local` says where the sender
    writes what HL7 has another place for (`phones: ZPI-4`). `receivers` are the names that may stand in MSH-5 or
    MSH-6, `versions` those in MSH-12 (`2.3.1`), any where it is empty.
    `charset` is what undeclared text is that is not UTF-8. `died` are the dispositions (PV1-36, table 0112 unless said
    otherwise) of the dead, `nobody` what stands in PID-3 where there is no number.
    `codes` says what their own codes mean, by the tables of `dictionary.yaml` (`patient-class: {"3": emergency}`).
    `servers` names FHIR servers that send by several names (a feed and a subscription): name → senders.
    `dates` says what 01/02/2025 means where the sender writes dates with slashes instead of as HL7 does.
    """

    kind: ClassVar[str] = "site"
    owner: ClassVar[str] = "his_adapter"

    authority: str
    senders: tuple[str, ...] = ()
    servers: Mapping[str, tuple[str, ...]] = {}
    zone: Zone = "Asia/Shanghai"
    dates: Literal["hl7", "month-first", "day-first"] = "hl7"
    authorities: Mapping[str, str] = {}
    local: Mapping[LocalField, Path] = {}
    codes: Mapping[str, Mapping[str, str]] = {}
    departments: Mapping[str, Department] = {}
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
    """The mapping in force for a sender that has its own, else for a site, else one that maps nothing."""
    own = (site for site in definitions.current(Site) if sender and sender in site.senders)
    return next(own, None) or definitions.find(Site, id) or Site(id=id, version=1, authority=id.upper())


class Feed(Definition):
    """A FHIR server whose Bulk Data export is read every so many minutes.

    `level` is what is exported: everything, every `Patient`, or one `Group/<id>`. Its bearer token, where it wants one,
    is a setting (`CARELOOP_FEEDS='{"<id>": "<token>"}'`): definitions hold no secrets. With a `token_url` that value is
    the private key (PEM) by which `client_id` signs in (SMART Backend Services); `key_id` names it in the JWKS.

    Our token goes to the origin of `url` alone, and with files that ask for it to those in `also_from`: other servers
    inside the hospital that this one may name. `plain_http` lets it be asked without TLS, by whoever can listen.
    """

    kind: ClassVar[str] = "feed"
    owner: ClassVar[str] = "his_adapter"

    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
    level: Annotated[str, StringConstraints(pattern=r"^(|Patient|Group/[A-Za-z0-9.-]+)$")] = ""
    types: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z]+$")], ...] = ()
    every_minutes: int = Field(60, ge=1)
    token_url: Annotated[str, StringConstraints(pattern=r"^(|https?://\S+)$")] = ""
    client_id: str = ""
    key_id: str = ""
    scope: str = "system/*.read"
    also_from: tuple[Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#@]+$")], ...] = ()
    plain_http: bool = False

    @model_validator(mode="after")
    def _signs_in(self) -> Self:
        if self.token_url and not self.client_id:
            raise ValueError("`client_id` is missing: it says who signs in at `token_url`")
        return self

    def mistakes(self) -> Iterable[str]:
        """Also asked before it is read: versions of before may have them."""
        also = (("also_from", url) for url in self.also_from)
        for field, url in (("url", self.url), ("token_url", self.token_url), *also):
            host = urlsplit(url).hostname or ""
            if url.startswith("http:") and beyond(host) and not self.plain_http:
                yield (
                    f"`{field}` of feed/{self.id} is no https: what is read, and our token, would be for everybody on "
                    "the way to see: use https, or say `plain_http: true`"
                )


FIELDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "patients": (("number",), ()),
    "visits": (
        ("number", "visit"),
        (
            "admitted",
            "discharged",
            "status",
            "class",
            "department",
            "department_name",
            "doctor",
            "doctor_name",
            "diagnosis_code",
            "diagnosis",
        ),
    ),
    "appointments": (
        ("number", "appointment", "starts"),
        ("status", "department", "doctor", "doctor_name", "reason"),
    ),
    "charges": (("number", "charge", "amount"), ("at", "currency", "item")),
    "reports": (("number", "report", "title"), ("at", "status")),
    "departments": (("code",), ("name_zh", "name_en", "phone")),
    "doctors": (("code",), ("name_zh", "name_en", "title", "department")),
}
"""What a row may be: the fields it must have, and those it may have beside `ANYWHERE`."""
ANYWHERE = ("name", "birth_date", "sex", "phone", "email", "address", "updated")


class Table(Definition):
    """Rows of a hospital's own table: what a row is, and which of their columns is which of our fields.

    `codes` translates values (`class: {住院: inpatient}`). Files come into the drop folder's directory of this id; or
    `url` (SQLAlchemy's, without its password) names a database whose `view` is read by its `watermark` column every so
    many seconds. Each look reads again what lies so many minutes before a watermark that is a time (a day at least
    where it is a date), or so many rows where it is a number or text: longer than a transaction of theirs takes.
    `historical` rows message nobody. `after_reading` says what becomes of a file that was read: it is kept sealed for a
    term (`CARELOOP_DROP__KEEP_DAYS`), or deleted at once.
    A database beyond this machine is reached over verified TLS; `tls: none` does
    without, `tls: verified` demands it of one on this machine too. Certificates are settings (`CARELOOP_DATABASES`).
    """

    kind: ClassVar[str] = "table"
    owner: ClassVar[str] = "his_adapter"

    rows: Literal["patients", "visits", "appointments", "charges", "reports", "departments", "doctors"]
    columns: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]] = {}
    historical: bool = False
    after_reading: Literal["seal", "delete"] = "seal"
    url: str = ""
    tls: Literal["", "verified", "none"] = ""
    view: Annotated[str, StringConstraints(pattern=r"^(|[A-Za-z_]\w*(\.[A-Za-z_]\w*)?)$")] = ""
    watermark: Annotated[str, StringConstraints(pattern=r"^(|[A-Za-z_]\w*)$")] = ""
    every_seconds: int = Field(60, ge=1)
    overlap_minutes: int = Field(10, ge=0, le=10_080)
    overlap_rows: int = Field(1000, ge=0, le=100_000)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        needed, more = FIELDS[self.rows]
        known = (*needed, *more, *ANYWHERE)
        for field in self.columns:
            if field not in known:
                raise ValueError(f"`columns.{field}` is no field of {self.rows}: they have {', '.join(known)}")
        for field in needed:
            if field not in self.columns:
                raise ValueError(f"`columns.{field}` is missing: {self.rows} cannot do without it")
        if bool(self.url) != bool(self.view) or bool(self.view) != bool(self.watermark):
            raise ValueError("a view needs all of `url`, `view` and `watermark`; files need none of them")
        return self
