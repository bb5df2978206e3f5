"""What is asked of the machine: the state folder, the disk, the broker and its certificate."""

import os
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from larder_agent import applied, exits
from larder_agent.doctor.findings import Certificate, Facts
from larder_agent.failures import AgentStopped
from larder_agent.key import load_key
from larder_agent.metrics import read_metrics
from larder_core.signing import PublicKey

if TYPE_CHECKING:
    from larder_agent.config import AgentConfig, BrokerConfig, DeviceConfig

TIMEOUT_S = 5.0


class DiskFacts(TypedDict):
    disk_used: float
    damaged: list[str]
    disk_ends: int


class BrokerFacts(TypedDict):
    broker: str
    address: str
    certificates: list[Certificate]


def disk_facts(folder: Path) -> DiskFacts:
    """Of the disk below `folder`. As `df` counts: what root keeps back is neither used nor free."""
    space = os.statvfs(folder)
    used = space.f_blocks - space.f_bfree
    part = used / (used + space.f_bavail) if used + space.f_bavail else 0.0
    damaged = sorted(path.name for path in folder.glob("outbox.db.damaged-*") if path.suffix[-1:].isdigit())
    return {"disk_used": part, "damaged": damaged, "disk_ends": exits.read(folder)}


def broker_facts(at: "BrokerConfig") -> BrokerFacts:
    """One TCP connection, and a TLS handshake where the configuration asks for TLS; nothing is said to the broker."""
    address = f"{at.host}:{at.port}"
    found: BrokerFacts = {"broker": "", "address": address, "certificates": []}
    try:
        with socket.create_connection((at.host, at.port), TIMEOUT_S) as plain:
            if at.ca_file is None:
                return found
            trust = ssl.create_default_context(cafile=str(at.ca_file))
            for authority in trust.get_ca_certs():
                found["certificates"].append(_certificate(f"CA {at.ca_file.name}", str(authority["notAfter"])))
            with trust.wrap_socket(plain, server_hostname=at.host) as peer:
                told = peer.getpeercert() or {}
                found["certificates"].append(_certificate(address, str(told["notAfter"])))
    except (OSError, ValueError, KeyError) as error:
        found["broker"] = str(error) or type(error).__name__
    return found


def _certificate(name: str, not_after: str) -> Certificate:
    return Certificate(name, round(ssl.cert_time_to_seconds(not_after) * 1000))


def facts_of(config: "AgentConfig", device: "DeviceConfig", broker: BrokerFacts, at_ms: int) -> Facts:
    """Raises AgentStopped where the state folder cannot be read."""
    key = ""
    try:
        load_key(device.state_dir)
    except AgentStopped as error:
        key = str(error)
    if not device.state_dir.is_dir():
        return Facts(at_ms=at_ms, standing=None, key=key, **broker)
    found = read_metrics(device.state_dir)
    return Facts(
        at_ms=at_ms,
        standing=found.get("now"),
        counts={name: int(str(count)) for name, count in found.get("counts", {}).items()},
        key=key,
        calibrations=_calibrations(config, device),
        **broker,
        **disk_facts(device.state_dir),
    )


def _calibrations(config: "AgentConfig", device: "DeviceConfig") -> list[Certificate]:
    loaded = applied.load(device.state_dir, PublicKey(config.hub.public_key), device.id)
    if loaded is None:
        return []
    return [
        Certificate(f"{one.id} ({one.calibration.certificate})", one.calibration.expires)
        for one in loaded[1].points
        if one.calibration is not None
    ]
