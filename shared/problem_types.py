"""All problem types: slug, statuses, title, and what the caller can do.

They are data: `problems.yaml` in `shared` (for all services) and in each service. The reference and the OpenAPI
documents are generated from them; an architecture test finds slugs in code that are not listed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class ProblemType:
    """The problem type `/problems/<slug>`.

    `fix`: what the caller can do. `deciders`: those that reject commands with it.
    """

    slug: str
    statuses: tuple[int, ...]
    title: str
    fix: str
    deciders: tuple[str, ...] = ()


def _read(package: str) -> dict[str, ProblemType]:
    rows: dict[str, dict[str, Any]] = yaml.safe_load(files(package).joinpath("problems.yaml").read_text()) or {}
    types = {}
    for slug, row in rows.items():
        status = row["status"]
        statuses = tuple(status) if isinstance(status, list) else (status,)
        types[slug] = ProblemType(slug, statuses, row["title"], row["fix"], tuple(row.get("deciders", ())))
    return types


@cache
def shared_problems() -> Mapping[str, ProblemType]:
    """The problem types of all services, by slug."""
    return _read("shared")


@cache
def problems_of(service: str) -> Mapping[str, ProblemType]:
    """The problem types that one service (its package's name) adds, by slug; none for a service outside `services`."""
    try:
        return _read(f"services.{service}")
    except ModuleNotFoundError:
        return {}


def all_problems(service: str) -> Mapping[str, ProblemType]:
    """All problem types of a service."""
    return {**shared_problems(), **problems_of(service)}


def rejections(service: str, deciders: Collection[str]) -> list[str]:
    """The slugs with which these deciders of a service reject commands."""
    return [slug for slug, type in all_problems(service).items() if {*type.deciders} & {*deciders}]
