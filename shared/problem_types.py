"""All problem types: slug, statuses, title, and what the caller can do.

They are data: `problems.yaml` in `shared` (for all services), in the package of each service (`Service.package`) and in
its rooms. A row of a service or a room that has only `deciders` adds these to a problem type that is listed further up.
The reference and the OpenAPI documents are generated from them; an architecture test finds slugs in code that are not
listed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
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


Rows = Mapping[str, Mapping[str, Any]]


def _rows(folder: Traversable) -> Rows:
    file = folder.joinpath("problems.yaml")
    return (yaml.safe_load(file.read_text()) or {}) if file.is_file() else {}


def _type(slug: str, row: Mapping[str, Any]) -> ProblemType:
    status = row["status"]
    statuses = tuple(status) if isinstance(status, list) else (status,)
    return ProblemType(slug, statuses, row["title"], row["fix"], tuple(row.get("deciders", ())))


@cache
def shared_problems() -> Mapping[str, ProblemType]:
    """The problem types of all services, by slug."""
    return {slug: _type(slug, row) for slug, row in _rows(files("shared")).items()}


@cache
def _files_of(package: str) -> tuple[Rows, ...]:
    """The `problems.yaml` of a service and of its rooms."""
    rooms = sorted((folder for folder in files(package).iterdir() if folder.is_dir()), key=lambda folder: folder.name)
    return tuple(_rows(folder) for folder in (files(package), *rooms))


@cache
def problems_of(package: str) -> Mapping[str, ProblemType]:
    """The problem types that a package (of a service) adds, by slug; none if it has no `problems.yaml`."""
    described = {slug for rows in _files_of(package) for slug, row in rows.items() if "status" in row}
    return {slug: type for slug, type in all_problems(package).items() if slug in described}


@cache
def all_problems(package: str) -> Mapping[str, ProblemType]:
    """All problem types of the service in a package. Raises `ValueError` if two of its files describe the same one."""
    types, described = dict(shared_problems()), set[str]()
    for slug, row in (pair for rows in _files_of(package) for pair in rows.items()):
        if "status" not in row:
            types[slug] = replace(types[slug], deciders=(*types[slug].deciders, *row["deciders"]))
        elif slug in described:
            raise ValueError(f"{package} describes the problem {slug} twice")
        else:
            types[slug] = _type(slug, row)
            described.add(slug)
    return types


def rejections(package: str, deciders: Collection[str]) -> list[str]:
    """The slugs with which these deciders of the service in a package reject commands."""
    return [slug for slug, type in all_problems(package).items() if {*type.deciders} & {*deciders}]
