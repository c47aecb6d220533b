"""Addresses in settings: their hosts, and whether a connection leaves this machine."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import parse_qsl, unquote

_AUTHORITY_ENDS = re.compile(r"[/?#]")
_KNOWN_OTHERWISE = ("mongodb-x509", "mongodb-aws", "mongodb-oidc", "gssapi")
_UNCHECKED = ("tlsinsecure", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames")


def beyond(host: str) -> bool:
    """Whether a host is another machine. Only loopback addresses and `localhost` are this one."""
    name = host.strip("[]").lower()
    if name.startswith("/"):  # a socket in the file system
        return False
    try:
        number = ip_address(name)
    except ValueError:
        return name != "localhost"
    mapped = number.ipv4_mapped if isinstance(number, IPv6Address) else None
    return not (mapped or number).is_loopback


def hosts(servers: str) -> list[str]:
    """The hosts of a list such as `kafka-1:9092,[fd00::1]:9092`."""
    return [_host(place) for place in servers.split(",") if place.strip()]


def _host(place: str) -> str:
    bare = place.strip().rpartition("://")[2]
    if bare.startswith("["):
        return bare[1:].partition("]")[0]
    return bare if bare.count(":") > 1 else bare.partition(":")[0]


def host_of(url: str) -> str:
    """The host of a URL; "" if it has none."""
    return _host(_AUTHORITY_ENDS.split(url.partition("://")[2], maxsplit=1)[0].rpartition("@")[2])


def plain(url: str) -> bool:
    """Whether a URL leads beyond this machine without TLS (its scheme does not end in s, as `https` and `mllps` do)."""
    return not url.partition("://")[0].lower().endswith("s") and beyond(host_of(url))


@dataclass(frozen=True, slots=True)
class MongoUrl:
    """The security of a MongoDB URL; TLS counts only if the server's certificate is verified."""

    hosts: list[str]
    tls: bool
    credentials: bool

    @classmethod
    def of(cls, url: str) -> "MongoUrl":
        """Parse without DNS; `mongodb+srv` implies TLS unless the URL says otherwise."""
        scheme, _, rest = url.partition("://")
        user, _, places = _AUTHORITY_ENDS.split(rest, maxsplit=1)[0].rpartition("@")
        options = {name.lower(): value.lower() for name, value in parse_qsl(rest.partition("?")[2])}
        implied = "true" if scheme == "mongodb+srv" else "false"
        tls = options.get("tls", options.get("ssl", implied)) == "true"
        checked = not any(options.get(name) == "true" for name in _UNCHECKED)
        authenticated = bool(user) or options.get("authmechanism") in _KNOWN_OTHERWISE
        return cls(hosts(unquote(places)), tls and checked, authenticated)
