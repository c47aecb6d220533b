"""What every message is made of, and the registry from wire type to model."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self, TypedDict, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

T = TypeVar("T")


class _PersonalMark:
    """Marks a field that the codec seals with the key of its person."""

    def __repr__(self) -> str:
        return "PERSONAL"

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {**handler(schema), "x-personal": True}


PERSONAL = _PersonalMark()
Personal = Annotated[T | None, PERSONAL]
"""A field that identifies or describes a person. None once the person was erased: every reader must cope."""

_TYPES: dict[str, "type[Message]"] = {}


def plausible(at: datetime) -> bool:
    """No event of ours happened before 1900 or after 2200; such times come from broken clocks and break readers."""
    return 1900 <= at.year <= 2200


def _plausible(at: datetime) -> datetime:
    if not plausible(at):
        raise ValueError("the time must lie between the years 1900 and 2200")
    return at


Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]
"""A time with its UTC offset, within reason."""


def open_schema(schema: dict[str, Any]) -> None:
    """Readers elsewhere must cope with fields that are added within a version of a contract."""
    schema.pop("additionalProperties", None)


class Part(BaseModel):
    """A value inside messages, or a state. Errors never quote the input, which may be personal.

    A field that it does not have is refused, so that a misspelt one is noticed where it was written; what was stored
    is read by `stored`, which passes over what other versions wrote.

    `reborn` is set where an erased identity may come back (a hospital number): what is written of it then gets a key
    of its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, json_schema_extra=open_schema)
    reborn: ClassVar[bool] = False


M = TypeVar("M", bound=BaseModel)


def changed(model: M, **news: object) -> M:
    """The same model with some fields changed. Raises TypeError for a field that it does not have."""
    if unknown := news.keys() - type(model).model_fields.keys():
        raise TypeError(f"{type(model).__name__} has no field {', '.join(sorted(unknown))}")
    return model.model_copy(update=news)


def retold(model: type[M], source: BaseModel, *, leave: Collection[str] = ("id",), **more: object) -> M:
    """A message that says what another says, but for the fields to `leave`, and `more`.

    Raises `ValidationError` for a field of `source` that `model` does not have and that is not left.
    """
    return model(**{name: value for name, value in source if name not in leave} | more)


def narrowed(model: type[M], source: BaseModel, **more: object) -> M:
    """A message that says what another says as far as it has fields for it, and `more`."""
    return retold(model, source, leave=type(source).model_fields.keys() - model.model_fields.keys(), **more)


def stored(model: type[M], data: object) -> M:
    """What was written once, perhaps by another version: fields unknown here are passed over, at any depth."""
    return model.model_validate(data, extra="ignore")


class Message(Part):
    """Something that travels on a topic.

    `wire` is its type there. `key_field` names the aggregate it belongs to, which is also the record key;
    `seal_field` names whose data key seals its personal fields. `at` is when it happened in the world
    (CloudEvents `time`) and travels in the envelope, not in the data. `decider` is who decides it, where its wire type
    names another.
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
                raise TypeError(f"two messages claim the wire type {cls.wire}")
            _TYPES[cls.wire] = cls

    @classmethod
    def decided_in(cls) -> str:
        """The decider on whose topics it stands: `<decider>` of its wire type `careloop.<decider>.…`, mostly."""
        return cls.decider or cls.wire.split(".")[1]

    @property
    def key(self) -> str:
        """The id of the aggregate this belongs to."""
        return str(getattr(self, self.key_field))

    @property
    def seal_key(self) -> str:
        """The id of the identity whose data key seals the personal fields; the aggregate's where that is not known."""
        return str((self.seal_field and getattr(self, self.seal_field)) or getattr(self, self.key_field))

    @property
    def tied_to(self) -> tuple[str, ...]:
        """The identities of which each takes the key along when it is erased, where that key is none of theirs."""
        return ()

    @property
    def residue(self) -> str:
        """What to count this as where nobody's erasure reaches its key, which is then kept for a term only; else ""."""
        return "without-person" if self.seal_field and not getattr(self, self.seal_field) else ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """Whose keys seal it or take its key along and are kept for a term only, as long as no record holds them."""
        return (self.seal_key,) if self.reborn else ()

    @property
    def held(self) -> tuple[str, ...]:
        """What a record is known by from now on, and erased with: keys of these have no term."""
        return ()


class Event(Message):
    """A fact, in the past tense."""


class Stamp(TypedDict):
    """What every command is stamped with: what it is known by, and when it was issued."""

    id: str
    at: datetime


class Command(Message):
    """A wish, in the imperative. `id` names its cause; `at` is when it was issued, on the shared clock."""

    id: str = Field(min_length=1)

    def later(self, at: datetime) -> Self:
        """The same wish at another time."""
        return self.model_copy(update={"at": at})


def model_of(wire: str) -> type[Message] | None:
    """The model for a wire type, or None where this process does not know it."""
    return _TYPES.get(wire)


def known_types() -> dict[str, type[Message]]:
    """Every wire type this process has imported."""
    return dict(_TYPES)
