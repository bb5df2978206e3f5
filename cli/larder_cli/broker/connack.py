"""Asking a broker for a CONNACK, in MQTT 3.1.1 over a plain or TLS socket.

This says more than an open port: a broker listens before it can authenticate, and a proxy listens for ever.
"""

import socket
import ssl
import struct

ACCEPTED = 0
BAD_CREDENTIALS = 4
NOT_AUTHORISED = 5

_CLEAN_SESSION, _PASSWORD, _USERNAME = 0x02, 0x40, 0x80
_KEEPALIVE_S = 30


def _field(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("!H", len(raw)) + raw


def _remaining_length(length: int) -> bytes:
    out = bytearray()
    while True:
        length, low = divmod(length, 128)
        out.append(low | (0x80 if length else 0))
        if not length:
            return bytes(out)


def connect_packet(client_id: str, username: str | None, password: str) -> bytes:
    """The bytes of a CONNECT: MQTT 3.1.1, clean session, no will. No ``username``: neither name nor password is sent."""
    flags = _CLEAN_SESSION if username is None else _CLEAN_SESSION | _USERNAME | _PASSWORD
    body = _field("MQTT") + bytes([4, flags]) + struct.pack("!H", _KEEPALIVE_S) + _field(client_id)
    if username is not None:
        body += _field(username) + _field(password)
    return b"\x10" + _remaining_length(len(body)) + body


def connack(
    host: str,
    port: int,
    username: str | None,
    password: str,
    *,
    client_id: str = "larder-connack",
    tls: ssl.SSLContext | None = None,
    timeout_s: float = 5.0,
) -> int:
    """Connect, and return the CONNACK's return code (0: accepted, 4 and 5: refused), then leave.

    The session is clean: never ask with the client id of one that keeps its session. Raises OSError when nothing
    answers in time, ``ssl.SSLError`` (an OSError) when the certificate is not trusted, ConnectionError when the answer
    is not a CONNACK.
    """
    stream = socket.create_connection((host, port), timeout=timeout_s)
    try:
        if tls is not None:
            stream = tls.wrap_socket(stream, server_hostname=host)
        stream.sendall(connect_packet(client_id, username, password))
        answer = b""
        while len(answer) < 4:
            part = stream.recv(4 - len(answer))
            if not part:
                raise ConnectionError(f"{host}:{port} closed the connection instead of sending a CONNACK")
            answer += part
        if answer[:2] != b"\x20\x02":
            raise ConnectionError(
                f"{host}:{port} answered {answer.hex()}, which is not a CONNACK: no MQTT 3.1.1 broker"
            )
        if answer[3] == ACCEPTED:
            stream.sendall(b"\xe0\x00")  # DISCONNECT
        return answer[3]
    finally:
        stream.close()
