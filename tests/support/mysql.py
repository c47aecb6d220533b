"""The beginning of the MySQL protocol, as a server: the greeting, then TLS if it has a certificate."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

PROTOCOL_41, SSL, SECURE_CONNECTION, PLUGIN_AUTH = 0x200, 0x800, 0x8000, 0x80000
DENIED = b"\xff\x15\x04#28000Access denied"
"""Error 1045."""


@dataclass(slots=True)
class MysqlGreeter:
    """The server's address, and the bytes that clients sent before and within TLS."""

    port: int = 0
    clear: list[bytes] = field(default_factory=list)
    sealed: list[bytes] = field(default_factory=list)


def _packet(number: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "little") + bytes([number]) + body


def _greeting(tls: bool) -> bytes:
    able = PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH | (SSL if tls else 0)
    low, high = (able & 0xFFFF).to_bytes(2, "little"), (able >> 16).to_bytes(2, "little")
    salt = b"12345678", b"123456789012\0"
    body = b"\x0a8.4.0\0" + bytes(4) + salt[0] + b"\0" + low + b"\xff" + bytes(2) + high + bytes([21]) + bytes(10)
    return _packet(0, body + salt[1] + b"mysql_native_password\0")


def _read(connection: socket.socket) -> bytes:
    """Read exactly one packet: the bytes after it may belong to the TLS handshake."""
    size = int.from_bytes(connection.recv(4, socket.MSG_WAITALL)[:3], "little")
    return connection.recv(size, socket.MSG_WAITALL)


@contextmanager
def mysql(context: ssl.SSLContext | None) -> Iterator[MysqlGreeter]:
    """Run a server that greets, switches to TLS if it has a context, reads the login and denies it."""
    greeter = MysqlGreeter()

    class Greeter(BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(_greeting(context is not None))
            greeter.clear += [packet] if (packet := _read(self.request)) else []
            if context is None or not packet:
                return
            with (
                suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as within,
            ):  # they may not want us
                greeter.sealed.append(within.recv(4096)[4:])
                within.sendall(_packet(3, DENIED))

    with ThreadingTCPServer(("127.0.0.1", 0), Greeter) as server:
        greeter.port = server.server_address[1]
        serving = Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield greeter
        finally:
            server.shutdown()
            serving.join()
