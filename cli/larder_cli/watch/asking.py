"""One round: what the hub says of its pulse, and where it says nothing, whether anybody else answers."""

import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request
from urllib.parse import quote

from larder_cli.watch.config import WatchConfig
from larder_cli.watch.judging import Seen, Sight

MOST_BYTES = 64 * 1024
LATE = 1.5
"""A pulse is stale once it is older than so many minutes; how long that may last is for the judge."""


def ask(config: WatchConfig) -> Seen:
    """Never raises: what cannot be had is what is reported."""
    try:
        return read_pulse(_get(config), config.minute_s * 1000 * LATE)
    except (OSError, http.client.HTTPException, ValueError) as error:
        problem = f"{config.hub}: {error}"
    if _answers(config.second, config.timeout_s):
        return Seen(Sight.UNREACHABLE, detail=problem)
    return Seen(Sight.CUT_OFF, detail=f"{problem}; {config.second} does not answer either")


def read_pulse(answer: object, late_ms: float) -> Seen:
    """The answer of /api/pulse as what was seen. Raises ValueError for anything else: a proxy's page is no hub."""
    if (
        not isinstance(answer, dict)
        or answer.get("program") != "larder-hub"
        or not isinstance(answer.get("stages"), list)
    ):
        raise ValueError("this is no hub's answer: does the address point to the hub's web?")
    ages = {str(one["stage"]): _age(one) for one in answer["stages"] if isinstance(one, dict) and "stage" in one}
    if not ages:
        return Seen(Sight.NO_PULSE, detail="the hub has no pulse in its register")
    told = list(ages.values())[-1]
    if told <= late_ms:
        return Seen(Sight.BEATING, told)
    stage = next((name for name, age in ages.items() if age > late_ms), "")
    if stage == "ledger" and answer.get("broker") is False:
        stage = "broker"
    return Seen(Sight.STALE, told, stage, f"the pulse stands at {stage} for {told / 1000:.0f} s")


def _age(stage: dict[str, object]) -> int:
    age = stage.get("age_ms")
    if not isinstance(age, int) or age < 0:
        raise ValueError("a stage without its age")
    return age


def _get(config: WatchConfig) -> object:
    trust = ssl.create_default_context(cafile=str(config.ca_file) if config.ca_file else None)
    url = f"{config.hub}/api/pulse?watcher={quote(config.name)}"
    with urllib.request.urlopen(
        url, timeout=config.timeout_s, context=trust if url.startswith("https") else None
    ) as answer:
        found: object = json.loads(answer.read(MOST_BYTES))
    return found


def _answers(address: str, timeout_s: float) -> bool:
    """Whether something listens at host:port, or at least says that nothing does: a refusal has come over the network, too."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout_s):
            return True
    except ConnectionRefusedError:
        return True
    except (OSError, ValueError):
        return False
