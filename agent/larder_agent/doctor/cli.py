"""`larder agent doctor`."""

import argparse
import json
import time
from pathlib import Path

from larder_agent.doctor.facts import broker_facts, facts_of
from larder_agent.doctor.findings import Finding, findings

SOUND, SOMETHING, GRAVE = 0, 1, 2


def run(args: argparse.Namespace) -> int:
    """0 where nothing is wrong, 1 where somebody should look, 2 where it is grave. Raises AgentStopped (78: the configuration)."""
    from larder_agent.config import load_config

    config = load_config(args.config)
    file: Path = args.config
    broker = broker_facts(config.broker)
    at_ms = int(time.time() * 1000)
    found = {device.id: findings(facts_of(config, device, broker, at_ms)) for device in config.device}
    if args.json:
        print(
            json.dumps({device: [one._asdict() for one in some] for device, some in found.items()}, ensure_ascii=False)
        )
    else:
        print(f"{file}")
        for device, some in found.items():
            print("\n".join([device, *(_lines(some) or ["  一切正常 / nothing is wrong"])]))
    worst = [one.grave for some in found.values() for one in some]
    return GRAVE if any(worst) else SOMETHING if worst else SOUND


def _lines(some: list[Finding]) -> list[str]:
    return [
        line
        for one in some
        for line in (
            f"  {'!!' if one.grave else ' !'} {one.zh} / {one.en}",
            f"     怎么办 do: {one.do_zh} / {one.do_en}",
        )
    ]
