"""uvicorn on a socket that is bound before it serves, so that a port taken is an error at the start and port 0 can be asked for."""

import ipaddress
import socket
from pathlib import Path
from threading import Event

import uvicorn
from starlette.types import ASGIApp

from larder_hub.config import ConfigError

KEEP_ALIVE_S = 5
MAX_CONNECTIONS = 256
CLOSE_WITHIN_S = 3


class WebServer:
    """`bind()`, then `run(stop)` in a thread of its own; one instance serves once."""

    def __init__(
        self, app: ASGIApp, host: str, port: int, *, has_token: bool, config_file: Path = Path("hub.toml")
    ) -> None:
        self._app, self._host, self._port = app, host, port
        self._has_token, self._config_file = has_token, config_file
        self._socket: socket.socket | None = None

    def bind(self) -> int:
        """The port bound. From here on connections wait until `run` serves them. Raises ConfigError."""
        if not self._has_token and not is_loopback(self._host):
            raise ConfigError(
                self._config_file, "web.host", f"{self._host} can be reached by others, and anybody could sign alarms",
                "set web.operator_token_file, or host = \"127.0.0.1\" behind a proxy",
            )  # fmt: skip
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)[0]
            self._socket = socket.socket(family, kind, protocol)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(address)
            self._socket.listen(MAX_CONNECTIONS)
        except OSError as error:
            self.close()
            hint = "is another hub running? choose another web.port, or 0 for any free one"
            raise ConfigError(
                self._config_file, "web.port", f"cannot listen on {self._host}:{self._port}: {error}", hint
            ) from error
        return int(self._socket.getsockname()[1])

    def run(self, stop: Event) -> None:
        """Serve until `stop`; requests under way get three seconds to end."""
        if self._socket is None:
            self.bind()
        assert self._socket is not None
        config = uvicorn.Config(
            self._app, lifespan="off", log_config=None, access_log=False, server_header=False, date_header=True,
            timeout_keep_alive=KEEP_ALIVE_S, limit_concurrency=MAX_CONNECTIONS, timeout_graceful_shutdown=CLOSE_WITHIN_S,
            proxy_headers=False, ws="none",
        )  # fmt: skip
        try:
            _UntilStopped(config, stop).run(sockets=[self._socket])
        finally:
            self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class _UntilStopped(uvicorn.Server):
    """Looks at `stop` ten times a second, as uvicorn looks at its own flag."""

    def __init__(self, config: uvicorn.Config, stop: Event) -> None:
        super().__init__(config)
        self._stop = stop

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._stop.is_set()


def is_loopback(host: str) -> bool:
    """True only for what certainly cannot be reached from outside; a name other than localhost is not looked up."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
