"""Definitions are versioned rules as data: plans, surveys, SLA policies, calendars, templates, mappings.

On the topic, `<kind>/<id>/<version>` is kept for ever and `<kind>/<id>` names the current version. Consumers hold one
immutable snapshot at a time, so that a batch is decided with one set of definitions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
from immutables import Map
from pydantic import AfterValidator, Field, ValidationError, model_validator

from shared.contracts.base import Part, stored
from shared.definition_ref import Ref
from shared.rules import check

Condition = Annotated[str, AfterValidator(check)]
"""A CEL expression that compiles."""

_KINDS: dict[str, type["Definition"]] = {}
Status = Literal["draft", "reviewed", "published", "retired"]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise ValueError(f"{name!r} is no time zone such as Asia/Shanghai") from error
    return name


Zone = Annotated[str, AfterValidator(_zone)]
"""A name of the IANA time zone database."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference from one definition to another (`to`) in its field `where`.

    `gives`: the values that the other one gets, each with an example; it must use those in `must_use`.
    """

    to: Ref
    where: str
    gives: Mapping[str, Any] = field(default_factory=dict)
    must_use: frozenset[str] = frozenset()


class Definition(Part):
    """A versioned rule. `id` is stable, `version` counts from 1, `status` says whether it may be used.

    A draft may change; a reviewed or published version may only move to the next status. `author` and `reviewed_by` are
    two people. `applied_by` and `applied_at` are set by `careloop definitions apply`.
    """

    kind: ClassVar[str]
    owner: ClassVar[str]

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    version: int = Field(ge=1)
    status: Status = "published"
    title: str = ""
    author: str = ""
    reviewed_by: str = ""
    applied_by: str = ""
    applied_at: datetime | None = None

    @model_validator(mode="after")
    def _four_eyes(self) -> Self:
        if self.author and self.author == self.reviewed_by:
            raise ValueError("`reviewed_by` must be somebody else than `author`")
        if self.status == "reviewed" and not self.reviewed_by:
            raise ValueError("`reviewed_by` must name who reviewed it")
        return self

    @property
    def references(self) -> tuple[Reference, ...]:
        """The definitions that must be current for this one to work."""
        return ()

    def mistakes(self) -> Iterable[str]:
        """Errors of the definition, a sentence each. Checked when it is applied only: old versions still load."""
        return ()

    def misfits(self, reference: Reference) -> Iterable[str]:
        """Why it does not fit a definition that refers to it, a sentence each. Checked when either is applied."""
        return ()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        _KINDS[cls.kind] = cls

    @property
    def ref(self) -> str:
        """`<kind>/<id>/<version>`, as events contain it."""
        return str(self.this_version)

    @property
    def this_version(self) -> Ref:
        """A reference to this version."""
        return Ref(self.kind, self.id, self.version)

    @property
    def any_version(self) -> Ref:
        """A reference to the current version."""
        return Ref(self.kind, self.id)


D = TypeVar("D", bound=Definition)


def kinds() -> dict[str, type[Definition]]:
    """All kinds that this process has imported."""
    return dict(_KINDS)


class UnknownDefinition(Exception):
    """The definition is not loaded, or its record is invalid; the text names it."""


class Definitions:
    """An immutable snapshot of definitions."""

    def __init__(self, versions: "Map[str, Definition] | None" = None, current: "Map[str, int] | None" = None) -> None:
        self._versions: Map[str, Definition] = Map() if versions is None else versions
        self._current: Map[str, int] = Map() if current is None else current

    @classmethod
    def of(cls, *definitions: Definition) -> "Definitions":
        """A snapshot in which each of these is current; of several versions the last one."""
        snapshot = cls()
        for definition in definitions:
            snapshot = snapshot.with_version(definition).with_current(
                definition.kind, definition.id, definition.version
            )
        return snapshot

    def with_version(self, definition: Definition) -> "Definitions":
        """This snapshot with one more version."""
        return Definitions(self._versions.set(definition.ref, definition), self._current)

    def with_current(self, kind: str, id: str, version: int) -> "Definitions":
        """This snapshot with another current version."""
        return Definitions(self._versions, self._current.set(str(Ref(kind, id)), version))

    def current(self, kind: type[D]) -> list[D]:
        """The published current definitions of a kind, ordered by id."""
        start = str(Ref(kind.kind, ""))
        names = sorted(name for name in self._current if name.startswith(start))
        return [definition for name in names if (definition := self.find(kind, name.removeprefix(start)))]

    def find(self, kind: type[D], id: str) -> D | None:
        """The current version of a definition, or None if none is published."""
        definition = self._versions.get(str(Ref(kind.kind, id, self.current_version(kind.kind, id))))
        return definition if isinstance(definition, kind) and definition.status == "published" else None

    def version(self, kind: type[D], name: str | Ref) -> D:
        """The version that an event names. Raises `UnknownDefinition`."""
        definition = self._versions.get(str(name))
        if not isinstance(definition, kind):
            raise UnknownDefinition(f"{name} is not loaded: it was published once and versions are kept for ever")
        return definition

    def all(self) -> Iterable[Definition]:
        """All versions of all definitions."""
        return sorted(self._versions.values(), key=lambda d: (d.kind, d.id, d.version))

    def current_version(self, kind: str, id: str) -> int | None:
        """The number of the current version, or None."""
        return self._current.get(str(Ref(kind, id)))

    def applied(self, key: str, value: bytes) -> "Definitions":
        """This snapshot after one more record of a definitions topic; unknown kinds are ignored."""
        ref = Ref.parse(key)
        model = _KINDS.get(ref.kind)
        if model is None:
            return self
        data = orjson.loads(value)
        if ref.version is None:
            return self.with_current(ref.kind, ref.id, int(data["version"]))
        if unknown := data.keys() - model.model_fields.keys():
            raise UnknownDefinition(f"{key} on the definitions topic says {', '.join(sorted(unknown))}, unknown here")
        try:
            return self.with_version(stored(model, data))
        except ValidationError as error:
            raise UnknownDefinition(f"{key} on the definitions topic does not fit its model: {error}") from error
