"""A network namespace of its own for some programs: what the kernel does to their packets, and what they believe of names.

Needs root, iproute2 and nftables. The machine's own network is not touched, except for one end of a veth pair.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom

from tests.support.brokers import ALSO_KNOWN_AS

HINT = "make chaos installs what is missing; run it as root"


def _run(*words: str, text: str = "") -> str:
    done = subprocess.run(words, input=text, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr.strip()}"
    return done.stdout


class Namespace:
    """`here` is the address of the machine as seen from inside, `there` that of the namespace. `prefix` runs a command inside."""

    def __init__(self, name: str, here: str, there: str) -> None:
        self.name, self.here, self.there = name, here, there
        self.prefix = ["ip", "netns", "exec", name]
        self.outer, self.inner = f"{name}h", f"{name}n"
        self._files = Path("/etc/netns") / name

    def make(self) -> None:
        _run("ip", "netns", "add", self.name)
        _run("ip", "link", "add", self.outer, "type", "veth", "peer", "name", self.inner, "netns", self.name)
        _run("ip", "addr", "add", f"{self.here}/30", "dev", self.outer)
        _run("ip", "link", "set", self.outer, "up")
        self._inside("ip", "addr", "add", f"{self.there}/30", "dev", self.inner)
        self._inside("ip", "link", "set", self.inner, "up")
        self._inside("ip", "link", "set", "lo", "up")

    def remove(self) -> None:
        subprocess.run(["ip", "link", "del", self.outer], capture_output=True)
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True)
        shutil.rmtree(self._files, ignore_errors=True)

    def lose(self, percent: int) -> None:
        """Drop so many of a hundred packets, each way; 100 is a black hole that sends no error back."""
        rule = "drop" if percent >= 100 else f"numgen random mod 100 < {percent} drop"
        self._inside(
            "nft", "-f", "-",
            text=f"table inet chaos {{\n"
                 f"  chain out {{ type filter hook output priority 0; oifname {self.inner} {rule}; }}\n"
                 f"  chain in {{ type filter hook input priority 0; iifname {self.inner} {rule}; }}\n}}\n",
        )  # fmt: skip

    def limit(self, kbit: int) -> None:
        """So many kilobits a second each way, with at most two seconds of queue."""
        shape = ["root", "tbf", "rate", f"{kbit}kbit", "burst", "3000", "latency", "2s"]
        self._inside("tc", "qdisc", "replace", "dev", self.inner, *shape)
        _run("tc", "qdisc", "replace", "dev", self.outer, *shape)

    def unlimit(self) -> None:
        self._inside("tc", "qdisc", "del", "dev", self.inner, "root")
        _run("tc", "qdisc", "del", "dev", self.outer, "root")

    def cut(self) -> None:
        """The cable is out."""
        _run("ip", "link", "set", self.outer, "down")

    def mend(self) -> None:
        """The cable is in, no packet is lost."""
        _run("ip", "link", "set", self.outer, "up")
        self._inside("nft", "flush", "ruleset")

    def believe(self, address: str | None) -> None:
        """Where the broker's name leads inside; None: names are asked of a server that never answers."""
        self._files.mkdir(parents=True, exist_ok=True)
        line = f"{address} {ALSO_KNOWN_AS}\n" if address else ""
        # Written in place: the file is mounted over /etc/hosts when a program starts, and would be missed under a new inode.
        (self._files / "hosts").write_text(f"127.0.0.1 localhost\n{line}")
        (self._files / "resolv.conf").write_text("nameserver 192.0.2.1\noptions timeout:1 attempts:1\n")

    def _inside(self, *words: str, text: str = "") -> str:
        return _run(*self.prefix, *words, text=text)


@contextmanager
def namespace() -> Iterator[Namespace]:
    assert os.geteuid() == 0, f"network namespaces need root ({HINT})"
    for binary in ("ip", "tc", "nft"):
        assert shutil.which(binary), f"{binary} is not installed ({HINT})"
    random = SystemRandom()
    low = 4 * random.randrange(60)
    net = f"10.{random.randrange(180, 250)}.{random.randrange(250)}"
    made = Namespace(f"lc{random.randrange(16**6):06x}", f"{net}.{low + 1}", f"{net}.{low + 2}")
    try:
        made.make()
        yield made
    finally:
        made.remove()
