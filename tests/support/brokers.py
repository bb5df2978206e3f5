"""Real brokers for tests: Mosquitto exactly as deployed, and the embedded nats-server, behind one port."""

import random
import shutil
import signal
import socket
import ssl
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from larder_cli.broker import BrokerUser, NatsBroker
from larder_cli.broker.connack import connack
from larder_cli.child import kill_child, signal_child, start_child, stop_child
from tests.support.waiting import wait_for

REPOSITORY = Path(__file__).resolve().parents[2]
SETUP = REPOSITORY / "deploy" / "mosquitto" / "setup.sh"
KINDS = ("mosquitto", "nats")
ALSO_KNOWN_AS = "broker.test"
"""A name that the broker's certificate has beside its address, for a test that brings its own hosts file."""


class Broker(Protocol):
    """A broker over one folder, at one address. ``ca_file`` is None when it speaks no TLS."""

    host: str
    port: int
    ca_file: Path | None

    def password(self, name: str) -> str: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...


def free_port() -> int:
    """A TCP port of the loopback that is free now, below the range from which the kernel takes ports for connections."""
    order = list(range(20000, 32000))
    random.SystemRandom().shuffle(order)
    for port in order:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port between 20000 and 32000")


def find_mosquitto() -> str | None:
    """Debian keeps it in /usr/sbin, which is not on everybody's PATH."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


class MosquittoBroker:
    """Debian's Mosquitto from ``deploy/mosquitto``; only the paths, the user and the port are this machine's."""

    def __init__(self, dir: Path, port: int, users: Sequence[BrokerUser]) -> None:
        self.dir = dir
        self.host = "127.0.0.1"
        self.port = port
        self.ca_file: Path | None = dir / "etc" / "ca.crt"
        self.log = dir / "mosquitto.log"
        self._users = tuple(users)
        self._passwords = {user.name: user.password for user in users}
        self._child: subprocess.Popen[bytes] | None = None

    def password(self, name: str) -> str:
        return self._passwords[name]

    def setup(self, *extra: str, devices: str = "") -> None:
        """Run deploy/mosquitto/setup.sh on this broker's folder."""
        owner = subprocess.run(["id", "-un"], check=True, capture_output=True, text=True).stdout.strip()
        folders = ["--dir", str(self.dir / "etc"), "--state", str(self.dir / "state")]
        listen = ["--owner", owner, "--port", str(self.port), "--bind", self.host]
        done = subprocess.run(
            [SETUP, *folders, *listen, "--devices", "-", *extra, "localhost", self.host, ALSO_KNOWN_AS],
            input=devices,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Set up (the first time), start, and return when it answers a CONNECT."""
        binary = find_mosquitto()
        assert binary, "mosquitto is not installed: scripts/system-packages.sh"
        if not (self.dir / "etc" / "mosquitto.conf").exists():
            self.dir.mkdir(parents=True, exist_ok=True)
            self.setup(devices="".join(f"{user.name}:{user.password}\n" for user in self._users))
        child = start_child([binary, "-c", self.dir / "etc" / "mosquitto.conf"], log=self.log)
        self._child = child
        trust = ssl.create_default_context(cafile=str(self.ca_file))

        def answers() -> bool:
            assert child.poll() is None, f"mosquitto ended with code {child.returncode}:\n{self.log.read_text()}"
            try:
                # A refusal proves it as well, and touches nobody's session.
                return connack(self.host, self.port, "nobody", "nothing", tls=trust) > 0
            except OSError:
                return False

        wait_for(answers, f"a CONNACK from mosquitto on port {self.port}")

    def revoke(self, name: str) -> None:
        """Take a user away, as deploy/mosquitto/README.md says."""
        self.setup("--revoke", name)
        self.reload()

    def reload(self) -> None:
        """SIGHUP: passwords, access list and certificates are read anew; connections stay."""
        if self._child is not None:
            signal_child(self._child, signal.SIGHUP)

    def stop(self) -> None:
        if self._child is not None:
            signal_child(self._child, signal.SIGCONT)
            stop_child(self._child)

    def kill(self) -> None:
        if self._child is not None:
            kill_child(self._child)

    def pause(self) -> None:
        if self._child is not None:
            signal_child(self._child, signal.SIGSTOP)

    def resume(self) -> None:
        if self._child is not None:
            signal_child(self._child, signal.SIGCONT)


def broker_of(kind: str, dir: Path, users: Sequence[BrokerUser], port: int | None = None) -> Broker:
    """A broker that is not started yet. ``kind`` is one of KINDS."""
    make: dict[str, Callable[[Path, int, Sequence[BrokerUser]], Broker]] = {
        "mosquitto": MosquittoBroker,
        "nats": NatsBroker,
    }
    return make[kind](dir, port or free_port(), users)
