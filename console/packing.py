"""Compresses pages, where no other site can learn of it.

A page holds what is personal beside words of its address. Whoever can have it asked for with words of their choice,
again and again, and sees its compressed size on the way, learns what is beside them (BREACH, CVE-2013-3587). Browsers
say where a request comes from (Sec-Fetch-Site, Fetch Metadata): only what the console's own pages ask for, or somebody
at their desk typed or kept, is compressed.
"""

import gzip
from collections.abc import Mapping

OWN = {"same-origin", "none"}
"""Requests that no other site caused; an old browser that does not say gets plain pages."""
VARY = "cookie, accept-encoding, sec-fetch-site"


def takes_gzip(headers: Mapping[str, str]) -> bool:
    """Whether a browser that asks with these headers can unpack gzip."""
    return "gzip" in headers.get("accept-encoding", "")


def packed(headers: Mapping[str, str], content: bytes) -> tuple[bytes, dict[str, str]]:
    """The content of an answer to a request with these headers, and the headers of the answer that say how it is."""
    if headers.get("sec-fetch-site") in OWN and takes_gzip(headers):
        return gzip.compress(content, 6, mtime=0), {"vary": VARY, "content-encoding": "gzip"}
    return content, {"vary": VARY}
