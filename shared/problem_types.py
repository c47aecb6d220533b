"""All problem types: slug, statuses, title, and what the caller can do.

They are data: `problems.yaml` in `shared` (for all services) and in the package of each service (`Service.package`).
The reference and the OpenAPI documents are generated from them; an architecture test finds slugs in code that are not
listed.
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
def problems_of(package: str) -> Mapping[str, ProblemType]:
    """The problem types that a package (of a service) adds, by slug; none if it has no `problems.yaml`."""
    return _read(package) if files(package).joinpath("problems.yaml").is_file() else {}


def all_problems(package: str) -> Mapping[str, ProblemType]:
    """All problem types of the service in a package."""
    return {**shared_problems(), **problems_of(package)}


def rejections(package: str, deciders: Collection[str]) -> list[str]:
    """The slugs with which these deciders of the service in a package reject commands."""
    return [slug for slug, type in all_problems(package).items() if {*type.deciders} & {*deciders}]
