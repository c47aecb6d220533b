"""Definitions of his_adapter: how to read the messages of a site, and which servers and tables are polled.

Systems that requests are sent to are in `requests/definitions.py`.
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
"""A path to an HL7 field or component: `ZPI-4`, `ZPI-4.1`."""


class Department(Part):
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
    """Return the current site that has `sender` in its senders, else the site `id`, else a site without mappings."""
    of_sender = (site for site in definitions.current(Site) if sender and sender in site.senders)
    return next(of_sender, None) or definitions.find(Site, id) or Site(id=id, version=1, authority=id.upper())


class Feed(Definition):
    """A FHIR server whose Bulk Data export is polled every `every_minutes`.

    `level` is the export level: "" (system), `Patient` or `Group/<id>`. The bearer token, if the server requires one,
    is a setting (`CARELOOP_FEEDS='{"<id>": "<token>"}'`): definitions hold no secrets. With `token_url` the setting is
    the private key (PEM) of `client_id` (SMART Backend Services); `key_id` is its id in the JWKS.

    The token is sent to the origin of `url`, and to the origins in `also_from` if the manifest requires it for a file
    there. `plain_http` allows requests without TLS, which anybody on the network can read.
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
        """Return the URLs without TLS. Checked also before polling, since older versions were not checked."""
        file_servers = (("also_from", url) for url in self.also_from)
        for field, url in (("url", self.url), ("token_url", self.token_url), *file_servers):
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
"""Kind of row → required fields, optional fields (besides those of `ANYWHERE`)."""
ANYWHERE = ("name", "birth_date", "sex", "phone", "email", "address", "updated")


class Table(Definition):
    """A table of the hospital: the kind of its `rows`, and `columns` (our field → their column).

    `codes` maps values by field (`class: {住院: inpatient}`). Rows come from files in the drop folder's directory of
    this id; or from a database: `url` (as in SQLAlchemy, without password), whose `view` is polled by its `watermark`
    column every `every_seconds`. Each poll reads the rows again that are up to `overlap_minutes` older than a watermark
    that is a time (at least a day if it is a date), or the last `overlap_rows` if it is a number or text; that must
    cover the longest transaction of the database.
    `historical` rows start no messages to patients. `after_reading`: a file is kept encrypted for
    `CARELOOP_DROP__KEEP_DAYS`, or deleted.
    TLS with a verified certificate is required for a database on another machine, with `tls: verified` also for one on
    this machine, with `tls: none` for neither. Certificates are settings (`CARELOOP_DATABASES`).
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
        required, optional = FIELDS[self.rows]
        allowed = (*required, *optional, *ANYWHERE)
        for field in self.columns:
            if field not in allowed:
                raise ValueError(f"`columns.{field}` is no field of {self.rows}: they have {', '.join(allowed)}")
        for field in required:
            if field not in self.columns:
                raise ValueError(f"`columns.{field}` is missing: {self.rows} cannot do without it")
        if bool(self.url) != bool(self.view) or bool(self.view) != bool(self.watermark):
            raise ValueError("a view needs all of `url`, `view` and `watermark`; files need none of them")
        return self
