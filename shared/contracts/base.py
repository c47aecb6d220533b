"""Base classes of all payloads: events and commands. And the registry from wire type to model."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self, TypedDict, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

T = TypeVar("T")


class _PersonalMark:
    """Marks a field that the codec encrypts with the person's data key."""

    def __repr__(self) -> str:
        return "PERSONAL"

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {**handler(schema), "x-personal": True}


PERSONAL = _PersonalMark()
Personal = Annotated[T | None, PERSONAL]
"""A field that identifies or describes a person. None after the person was erased: every consumer must handle that."""

_TYPES: dict[str, "type[Payload]"] = {}


def plausible(at: datetime) -> bool:
    """Whether a time lies between 1900 and 2200; other times come from wrong clocks and break consumers."""
    return 1900 <= at.year <= 2200


def _plausible(at: datetime) -> datetime:
    if not plausible(at):
        raise ValueError("the time must lie between the years 1900 and 2200")
    return at


Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]
"""A time with UTC offset between 1900 and 2200."""


def open_schema(schema: dict[str, Any]) -> None:
    """Allow additional properties: fields may be added within a version of a contract."""
    schema.pop("additionalProperties", None)


class Part(BaseModel):
    """A value inside payloads, or a state. Errors never quote the input, which may be personal.

    Unknown fields are refused, so that typing errors are noticed; `stored` reads data of other versions and ignores
    them.

    A field that was renamed in the code keeps its written name as the `alias`; it is read and written under that.

    `reborn`: an erased identity may come back (a hospital number); what is written then is encrypted with a new key
    version.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra=open_schema,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )
    reborn: ClassVar[bool] = False


M = TypeVar("M", bound=BaseModel)


def changed(model: M, **fields: object) -> M:
    """A copy with some fields changed. Raises TypeError for an unknown field."""
    if unknown := fields.keys() - type(model).model_fields.keys():
        raise TypeError(f"{type(model).__name__} has no field {', '.join(sorted(unknown))}")
    return model.model_copy(update=fields)


def retold(model: type[M], source: BaseModel, *, leave: Collection[str] = ("id",), **more: object) -> M:
    """A payload with the fields of `source`, without those in `leave`, plus `more`.

    Raises `ValidationError` for a field of `source` that `model` does not have and that is not in `leave`.
    """
    return model(**{name: value for name, value in source if name not in leave} | more)


def narrowed(model: type[M], source: BaseModel, **more: object) -> M:
    """A payload with those fields of `source` that `model` has, plus `more`."""
    return retold(model, source, leave=type(source).model_fields.keys() - model.model_fields.keys(), **more)


def stored(model: type[M], data: object) -> M:
    """Read data that was written earlier, perhaps by another version: unknown fields are ignored, at any depth."""
    return model.model_validate(data, extra="ignore")


class Payload(Part):
    """What an envelope carries on a topic: an event or a command.

    `wire`: its type on the topic. `key_field`: the field with the aggregate's id, which is the record key.
    `seal_field`: the field with the identity whose data key encrypts the personal fields. `at`: when it happened
    (CloudEvents `time`); it is in the envelope, not in the data. `decider`: the decider, if the wire type names another
    one.
    """

    wire: ClassVar[str]
    key_field: ClassVar[str] = "person_id"
    seal_field: ClassVar[str | None] = None
    decider: ClassVar[str] = ""

    at: Moment

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "wire" in cls.__dict__:
            if _TYPES.get(cls.wire, cls).__qualname__ != cls.__qualname__:
                raise TypeError(f"two payloads have the wire type {cls.wire}")
            _TYPES[cls.wire] = cls

    @classmethod
    def decided_in(cls) -> str:
        """The decider on whose topics it is, usually that of its wire type `careloop.<decider>.…`."""
        return cls.decider or cls.wire.split(".")[1]

    @property
    def key(self) -> str:
        """The id of its aggregate."""
        return str(getattr(self, self.key_field))

    @property
    def seal_key(self) -> str:
        """The identity whose data key encrypts the personal fields; the aggregate if that is unknown."""
        return str((self.seal_field and getattr(self, self.seal_field)) or getattr(self, self.key_field))

    @property
    def tied_to(self) -> tuple[str, ...]:
        """Identities whose erasure also destroys the key of this payload, if that key is not theirs."""
        return ()

    @property
    def residue(self) -> str:
        """The kind under which its key is counted if no erasure reaches it and it is kept for a term only; else ""."""
        return "without-person" if self.seal_field and not getattr(self, self.seal_field) else ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """Numbers whose keys encrypt it (or are tied to its key) and have a term while no record has the number."""
        return (self.seal_key,) if self.reborn else ()

    @property
    def held(self) -> tuple[str, ...]:
        """Identifiers that a record has from now on: keys of these have no term."""
        return ()


class Event(Payload):
    """Something that happened; named in the past tense. `on`: the kind of topic that it is on (`shared/bus/topics.py`).

    Audit events are on the audit topic of every service, all others on a topic of their decider.
    """

    on: ClassVar[str] = "events"


class Stamp(TypedDict):
    """Fields of every command: its id, and when it was issued."""

    id: str
    at: datetime


class Command(Payload):
    """A request to a decider, named in the imperative. `id` derives from its cause; `at`: when it was issued."""

    id: str = Field(min_length=1)

    def later(self, at: datetime) -> Self:
        """The same command at another time."""
        return self.model_copy(update={"at": at})


def model_of(wire: str) -> type[Payload] | None:
    """The model of a wire type, or None if this process does not know it."""
    return _TYPES.get(wire)


def known_types() -> dict[str, type[Payload]]:
    """All wire types that this process has imported."""
    return dict(_TYPES)
