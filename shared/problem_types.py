"""Every problem type there is: its slug, the statuses it comes with, what is wrong and what to do about it.

They are data: `problems.yaml` in `shared` (whatever any service may answer) and in each service. The reference and the
OpenAPI documents are made from them; an architecture test finds what code answers and these do not list.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class ProblemType:
    """What `/problems/<slug>` means.

    `fix` is what the caller does about it, `deciders` are those that reject a command with it.
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
    """Those of every service, by slug."""
    return _read("shared")


@cache
def problems_of(service: str) -> Mapping[str, ProblemType]:
    """Those that one service (its package's name) adds, by slug; none for a service outside `services`."""
    try:
        return _read(f"services.{service}")
    except ModuleNotFoundError:
        return {}


def all_problems(service: str) -> Mapping[str, ProblemType]:
    """Whatever a service may answer."""
    return {**shared_problems(), **problems_of(service)}


def rejections(service: str, deciders: Collection[str]) -> list[str]:
    """The slugs that these deciders of a service reject with."""
    return [slug for slug, known in all_problems(service).items() if {*known.deciders} & {*deciders}]
