"""The problems that a route may answer, from its declarations: slugs of `problems.yaml`."""

from collections.abc import Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from shared.guard.documenting import documented_problems

ALWAYS = (
    "bad-request",
    "request-timeout",
    "request-entity-too-large",
    "content-too-large",
    "too-large",
    "invalid-field",
    "parameter-unknown",
    "parameter-repeated",
    "too-many-requests",
    "internal-error",
    "log-away",
    "read-models-away",
)
"""Problems of every route."""
OF_PARAMETERS = {
    "person_id": ("person-unknown",),
    "person": ("person-unknown",),
    "cursor": ("cursor-invalid",),
    "min_position": ("position-invalid", "position-foreign", "position-not-reached"),
}
"""Problems that come with a parameter, on every route."""


def slugs_of(route: APIRoute) -> set[str]:
    """The problems of a route, without those that it names itself (`shared/answers.py`)."""
    slugs = {*ALWAYS, *documented_problems(route.dependant), *(("malformed-json",) if route.body_field else ())}
    return slugs | {slug for name in _parameters(route.dependant) for slug in OF_PARAMETERS.get(name, ())}


def _parameters(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in (*dependant.path_params, *dependant.query_params))
    for inner in dependant.dependencies:
        yield from _parameters(inner)
