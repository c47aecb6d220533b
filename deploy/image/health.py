"""`python3 -m deploy.image.health`: the health check of the image. Exit 1 unless `/health/live` answers 200.

It runs every few seconds in each container, so it imports the standard library only. The certificate is not verified:
it asks the process beside it, whose certificate names the service and not this machine.
"""

import http.client
import os
import ssl
import sys


def alive(port: int, tls: bool, seconds: float = 5) -> str:
    """Ask the process on a port of this machine; returns "" if it lives, else what it answered."""
    if tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            "127.0.0.1", port, timeout=seconds, context=context
        )
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", "/health/live")
        answer = connection.getresponse()
        return "" if answer.status == 200 else f"{answer.status}: {answer.read(1000).decode(errors='replace')}"
    except (OSError, http.client.HTTPException) as error:
        return repr(error)
    finally:
        connection.close()


def main() -> int:
    """Ask where `CARELOOP_HTTP_PORT` says; returns the exit code."""
    trouble = alive(int(os.environ.get("CARELOOP_HTTP_PORT", "8080")), bool(os.environ.get("CARELOOP_HTTP__CERT_FILE")))
    if trouble:
        print(trouble, file=sys.stderr)
    return int(bool(trouble))


if __name__ == "__main__":
    sys.exit(main())
