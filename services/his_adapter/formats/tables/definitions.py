"""Definition of a table of the hospital: files of a drop folder, or a view in a database."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from shared.back_off import DAY, POLLING, BackOff
from shared.definitions import Definition

FIELDS_OF_ROWS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
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
    `CARELOOP_DROP__KEEP_DAYS`, or deleted. A file without a matching checksum file is read once it did not change for
    `unchanged_seconds`. A file is refused after `file_attempts` processes died while they read it.
    After a poll that failed the table is polled again after `back_off_seconds`, whose last value repeats.
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
    back_off_seconds: BackOff = POLLING
    unchanged_seconds: int = Field(5, ge=1, le=DAY)
    file_attempts: int = Field(2, ge=1, le=100)
    overlap_minutes: int = Field(10, ge=0, le=10_080)
    overlap_rows: int = Field(1000, ge=0, le=100_000)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        required, optional = FIELDS_OF_ROWS[self.rows]
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
