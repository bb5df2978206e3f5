"""The names of messages."""

import hashlib
import json


def reference(alarm: str, kind: str, severity: str, person: str, n: int = 0) -> str:
    """The name of a message: the same alarm, kind, severity and person have the same one in every copy of alarms.db, so that a driver
    that has it is not given it again after the file was built anew. `n` counts repetitions."""
    named: list[str | int] = [alarm, kind, severity, person, *([n] if n else [])]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()[:24]
