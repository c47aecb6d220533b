"""Definition of a FHIR server whose Bulk Data export is polled."""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator

from shared.back_off import POLLING, BackOff
from shared.definitions import Definition
from shared.host.hops import beyond


class Feed(Definition):
    """A FHIR server whose Bulk Data export is polled every `every_minutes`.

    After a poll that failed it is polled again after `back_off_seconds`, whose last value repeats.
    `level` is the export level: "" (system), `Patient` or `Group/<id>`. The bearer token, if the server requires one,
    is a setting (`CARELOOP_FEEDS='{"<id>": "<token>"}'`): definitions hold no secrets. With `token_url` the setting is
    the private key (PEM) of `client_id` (SMART Backend Services); `key_id` is its id in the JWKS.

    The token is sent to the origin of `url`, and to the origins in `also_from` if the manifest requires it for a file
    there. `plain_http` allows requests without TLS, which anybody on the network can read.
    """

    kind: ClassVar[str] = "feed"
    owner: ClassVar[str] = "his_adapter"

    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
    level: Annotated[str, StringConstraints(pattern=r"^(|Patient|Group/[A-Za-z0-9.-]+)$")] = ""
    types: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z]+$")], ...] = ()
    every_minutes: int = Field(60, ge=1)
    back_off_seconds: BackOff = POLLING
    token_url: Annotated[str, StringConstraints(pattern=r"^(|https?://\S+)$")] = ""
    client_id: str = ""
    key_id: str = ""
    scope: str = "system/*.read"
    also_from: tuple[Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#@]+$")], ...] = ()
    plain_http: bool = False

    @model_validator(mode="after")
    def _signs_in(self) -> Self:
        if self.token_url and not self.client_id:
            raise ValueError("`client_id` is missing: it says who signs in at `token_url`")
        return self

    def mistakes(self) -> Iterable[str]:
        """Return the URLs without TLS. Checked also before polling, since older versions were not checked."""
        file_servers = (("also_from", url) for url in self.also_from)
        for field, url in (("url", self.url), ("token_url", self.token_url), *file_servers):
            host = urlsplit(url).hostname or ""
            if url.startswith("http:") and beyond(host) and not self.plain_http:
                yield (
                    f"`{field}` of feed/{self.id} is no https: what is read, and our token, would be for everybody on "
                    "the way to see: use https, or say `plain_http: true`"
                )
