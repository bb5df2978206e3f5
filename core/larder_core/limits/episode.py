"""The identity of an alarm: the same episode has the same id on every machine and after every replay of the ledger."""

import hashlib
import json

ID_LENGTH = 16


def alarm_id(site: str, device: str, point: str, kind: str, side: str, t0_ms: int) -> str:
    """Sixteen hex digits of SHA-256 over what makes an episode one: where, of what kind, on which side (empty if it has none) and
    its start in device time. Severity is left out: an alarm that worsens stays the same alarm."""
    identity = json.dumps([site, device, point, kind, side, t0_ms], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(identity.encode()).hexdigest()[:ID_LENGTH]
