"""Whom the agent believes to be the broker: one whose certificate the configured authority signed, and at what time.

A board without a battery starts in 1970, when no certificate is valid yet; it would never reach the network that sets its clock
where only the broker is let through, and never send a reading. While the clock was never set, the dates of certificates are
therefore not judged; authority and name are, as ever. From the first connection after the clock was set, dates count again.
"""

import logging
import socket
import ssl
from pathlib import Path
from typing import Any

from larder_agent.clock import LARDER_BEGAN_MS, Clock
from larder_agent.failures import ConfigError

log = logging.getLogger("larder.agent.trust")

NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
"""X509_V_FLAG_NO_CHECK_TIME of <openssl/x509_vfy.h>; Python passes it on without a name for it."""


class Context(ssl.SSLContext):
    """Hands a name in plain letters on as bytes: as text it would load the tables of the world's scripts (0.2 MB)."""

    def wrap_socket(self, sock: socket.socket, *words: Any, **named: Any) -> ssl.SSLSocket:
        name = named.get("server_hostname")
        if isinstance(name, str) and name.isascii():
            named["server_hostname"] = name.encode()
        return super().wrap_socket(sock, *words, **named)


class Trust:
    """The authority of `ca_file`, read once. `file`: the configuration, for errors."""

    def __init__(self, ca_file: Path, clock: Clock) -> None:
        self._ca_file, self._clock = ca_file, clock

    def load(self, file: Path) -> "Trust":
        """Raises ConfigError where the authority's certificate cannot be read."""
        try:
            self._context = Context(ssl.PROTOCOL_TLS_CLIENT)  # certificate and name are demanded
            self._context.load_verify_locations(cafile=str(self._ca_file))
        except (OSError, ssl.SSLError) as error:
            hint = "the certificate of the authority that signed the broker's, in PEM"
            raise ConfigError(file, "broker.ca_file", f"{self._ca_file}: {error}", hint) from error
        return self

    def context(self) -> ssl.SSLContext:
        """For the connection about to be made."""
        dated = self._clock.wall_ms() >= LARDER_BEGAN_MS
        flags = self._context.verify_flags
        if dated == bool(flags & NO_CHECK_TIME):
            self._context.verify_flags = flags & ~NO_CHECK_TIME if dated else flags | NO_CHECK_TIME
            log.warning("the clock %s: dates of certificates are %s", "is set" if dated else "was never set",
                        "judged again" if dated else "not judged until it is set")  # fmt: skip
        return self._context
