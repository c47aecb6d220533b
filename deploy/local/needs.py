"""The environment of a child process of `up`: ordinary variables, and those settings that its roles use.

So the `/proc/PID/environ` of one child holds no secret of another.
"""

import json
from collections.abc import Collection, Mapping

from deploy.catalogue import uses as every_use
from shared.uses import Use

PREFIX = "CARELOOP_"
ORDINARY = {"HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV"}
ORDINARY_PREFIXES = ("LC_", "PYTHON")
OUTSIDE = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"}
"""Variables that only processes with outgoing connections need, as they do those of OpenTelemetry."""
OURS_ALONE = ("HTTP", "CONSOLE", "OPS", "GATEWAY", "SECRETS_DIR")
"""Settings of the gateway, the console and the API for operators only: services know nothing of them. A folder of
secrets would give each child those of all."""


def ordinary(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the broker and the database: ordinary variables, none of our settings."""
    return {name: value for name, value in env.items() if name in ORDINARY or name.startswith(ORDINARY_PREFIXES)}


def of_roles(env: Mapping[str, str], uses: Collection[Use]) -> dict[str, str]:
    """Return the environment of a process whose roles have these `uses`: settings of other uses are removed."""
    needed = {name for use in uses for name in use.withheld}
    withheld = [name for use in every_use() for name in use.withheld if name not in needed]
    ours = {name: value for name, value in env.items() if name.upper().startswith(PREFIX)}
    passed = {name: _without(name, value, [*withheld, *OURS_ALONE]) for name, value in ours.items()}
    outgoing = {name: value for name, value in env.items() if name.upper() in OUTSIDE or name.startswith("OTEL_")}
    return ordinary(env) | outgoing | {name: value for name, value in passed.items() if value is not None}


def _without(name: str, value: str, withheld: list[str]) -> str | None:
    """Return the value of a variable without withheld settings; None if the whole variable is withheld.

    A group of settings may be one variable with JSON: then the withheld fields are removed from the JSON.
    """
    setting = name.upper().removeprefix(PREFIX)
    if any(setting == hidden or setting.startswith(f"{hidden}__") for hidden in withheld):
        return None
    hidden_fields = {hidden.removeprefix(f"{setting}__") for hidden in withheld if hidden.startswith(f"{setting}__")}
    if not hidden_fields:
        return value
    fields = json.loads(value).items()
    return json.dumps({field: content for field, content in fields if field.upper() not in hidden_fields})
