"""Stages whose programs reach the broker over a bad line: through the proxy, or from a network namespace of their own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from larder_cli.demo.plan import BrokerAddress
from larder_cli.demo.stage import Stage
from tests.chaos.netns import Namespace, namespace
from tests.chaos.proxy import Proxy
from tests.support.brokers import ALSO_KNOWN_AS
from tests.support.stages import staged

KEEPALIVE_S = 5
"""The shortest that the configuration allows."""

SHORT_KEEPALIVE = {"agent": {"broker": {"keepalive_s": KEEPALIVE_S}}, "hub": {"broker": {"keepalive_s": KEEPALIVE_S}}}


@contextmanager
def proxied(folder: Path, kind: str, *programs: str, seed: int = 1, **more: Any) -> Iterator[tuple[Stage, Proxy]]:
    """`programs` (hub, agent) reach the broker through the proxy, all others directly. `more` is for `staged`."""
    with Proxy(("", 0), seed=seed) as proxy:

        def arrange(stage: Stage) -> None:
            proxy.upstream = (stage.broker.host, stage.broker.port)
            for program in programs:
                stage.broker_for[program] = BrokerAddress(*proxy.address, stage.broker.ca_file)

        with staged(folder, kind, arrange=arrange, **more) as stage:
            yield stage, proxy


@contextmanager
def remote(folder: Path, kind: str, **more: Any) -> Iterator[tuple[Stage, Namespace, Proxy]]:
    """Agent and simulated hardware in a namespace, broker and hub outside; the agent knows the broker by its name."""
    with namespace() as site, Proxy(("", 0), host=site.here) as proxy:

        def arrange(stage: Stage) -> None:
            proxy.upstream = (stage.broker.host, stage.broker.port)
            stage.prefix |= {"agent": site.prefix, "sim": site.prefix}
            stage.broker_for["agent"] = BrokerAddress(ALSO_KNOWN_AS, proxy.address[1], stage.broker.ca_file)
            site.believe(site.here)

        with staged(folder, kind, arrange=arrange, **more) as stage:
            yield stage, site, proxy


def broker_forgets(stage: Stage) -> None:
    """The broker is killed, and its queues and sessions are gone."""
    stage.kill("broker")
    for name in ("jetstream", "*.db"):
        for found in list(stage.plan.broker_dir.rglob(name)):
            shutil.rmtree(found, ignore_errors=True)
            with suppress(OSError):
                found.unlink()
