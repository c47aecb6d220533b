"""The environment a child of `up` gets: what any program needs, and of ours what its roles use.

Whoever reads `/proc/PID/environ` of one child learns no secret of another.
"""

import json
from collections.abc import Collection, Mapping

from deploy.catalogue import uses as every_use
from shared.uses import Use

PREFIX = "CARELOOP_"
ORDINARY = {"HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV"}
ORDINARY_PREFIXES = ("LC_", "PYTHON")
OUTSIDE = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"}
"""What only those need who speak with others; so do the settings of OpenTelemetry."""
OURS_ALONE = ("HTTP",)
"""How the gateway listens: the children are behind it, on this machine."""


def ordinary(env: Mapping[str, str]) -> dict[str, str]:
    """For the broker and the database: none of our settings, nothing else of whoever started us."""
    return {name: value for name, value in env.items() if name in ORDINARY or name.startswith(ORDINARY_PREFIXES)}


def of_roles(env: Mapping[str, str], uses: Collection[Use]) -> dict[str, str]:
    """For a process of ours whose roles have these `uses`: what others alone use is withheld."""
    withheld = [name for use in every_use() if use not in uses for name in use.withheld]
    ours = {name: value for name, value in env.items() if name.upper().startswith(PREFIX)}
    given = {name: _without(name, value, [*withheld, *OURS_ALONE]) for name, value in ours.items()}
    reaching = {name: value for name, value in env.items() if name.upper() in OUTSIDE or name.startswith("OTEL_")}
    return ordinary(env) | reaching | {name: value for name, value in given.items() if value is not None}


def _without(name: str, value: str, withheld: list[str]) -> str | None:
    """A setting without what is withheld: as a variable of its own, of a part of it, or within a group's JSON."""
    setting = name.upper().removeprefix(PREFIX)
    if any(setting == each or setting.startswith(f"{each}__") for each in withheld):
        return None
    within = {each.removeprefix(f"{setting}__") for each in withheld if each.startswith(f"{setting}__")}
    if not within:
        return value
    return json.dumps({field: said for field, said in json.loads(value).items() if field.upper() not in within})
