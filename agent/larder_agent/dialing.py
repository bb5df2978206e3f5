"""A paho client that, when names are not answered, goes where its broker was last.

Only over TLS, and only to an address at which the broker has shown its certificate for that name: without one, whoever has that
address by now would be told the password.
"""

import socket
from typing import cast

import paho.mqtt.client as paho


class Client(paho.Client):
    """`last` is the address of the last accepted connection over TLS, None before there was one."""

    last: tuple[str, int] | None = None

    def _create_socket_connection(self) -> socket.socket:
        """paho's own step between the name and TLS, for which it has no public hook; row 29 of the fault table watches over it."""
        try:
            return socket.create_connection((cast(str, written(self._host)), self._port), timeout=self.connect_timeout)
        except socket.gaierror:
            if self.last is None:
                raise
            return socket.create_connection(self.last, timeout=self.connect_timeout)


def written(host: str) -> str | bytes:
    """As the look-up takes it: a name in plain letters needs no tables of the world's scripts (0.2 MB)."""
    return host.encode() if host.isascii() else host


def peer_of(client: paho.Client) -> tuple[str, int] | None:
    """The address that the connection leads to; None without one."""
    stream = client.socket()
    try:
        return None if stream is None else cast(socket.socket, stream).getpeername()[:2]
    except OSError:
        return None
