"""Modbus, RTSP and ONVIF in a network of one's own: connect, and ask one question that changes nothing."""

import ipaddress
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

from larder_agent.commissioning.scanning import Found, Progress
from larder_agent.drivers.camera.allow import SITE_NETWORKS, Policy
from larder_agent.drivers.camera.http_fetch import Fetcher, Place
from larder_agent.drivers.camera.line import BadAnswer
from larder_agent.drivers.modbus.blocks import Block
from larder_agent.drivers.modbus.failure import Failure
from larder_agent.drivers.modbus_tcp.connection import Connection
from larder_agent.drivers.onvif_camera.questions import DATE_AND_TIME, clock_of
from larder_agent.drivers.onvif_camera.soap import CONTENT_TYPE, Fault, Token, read_answer, write_question
from larder_agent.drivers.port import SettingsError

MOST_HOSTS = 1024
AT_ONCE = 32
MODBUS_PORT, RTSP_PORT, ONVIF_PORT = 502, 554, 80
OPTIONS = b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"


def hosts_of(network: str) -> list[str]:
    """Raises SettingsError: what is not a private network of at most 1024 addresses is not scanned."""
    try:
        found = ipaddress.ip_network(network, strict=False)
    except ValueError:
        raise SettingsError("network", f"{network} is no network", "as 192.168.1.0/24") from None
    own = (*SITE_NETWORKS, ipaddress.ip_network("127.0.0.0/8"))
    if not any(found.version == one.version and found.subnet_of(one) for one in own):  # type: ignore[arg-type]
        raise SettingsError("network", f"{network} is not a site's own", "within 10/8, 172.16/12 or 192.168/16")
    if found.num_addresses > MOST_HOSTS:
        raise SettingsError("network", f"{network} has {found.num_addresses} addresses", f"at most {MOST_HOSTS}: /22")
    return [str(host) for host in found.hosts()]


def scan_network(
    hosts: list[str],
    progress: Progress,
    timeout_s: float,
    modbus: int = MODBUS_PORT,
    rtsp: int = RTSP_PORT,
    onvif: int = ONVIF_PORT,
) -> Iterator[Found]:
    questions = [partial(_ask_modbus, host, modbus, timeout_s) for host in hosts]
    questions += [partial(_ask_rtsp, host, rtsp, timeout_s) for host in hosts]
    questions += [partial(_ask_onvif, host, onvif, timeout_s) for host in hosts]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for at, found in enumerate(threads.map(lambda ask: ask(), questions), 1):
            progress(at, len(questions), hosts[(at - 1) % len(hosts)])
            if found is not None:
                yield found


def _ask_modbus(host: str, port: int, timeout_s: float) -> Found | None:
    """Holding register 0 of unit 1: whatever comes back says that Modbus is spoken; silence only that a port is open."""
    with closing(Connection(host, port, timeout_s, time.monotonic)) as line:
        try:
            (word,) = line.ask(Block(1, "holding", 0, 1, ()))
            seen = f"unit 1 holding 0 = {word}"
        except Failure as failure:
            if not line.is_open:
                return None
            seen = f"unit 1: {failure.quality}"
    words = f"host={host} port={port} point.id=x point.unit=Cel point.register=0 point.scale=-1"
    return Found("modbus-tcp", f"{host}:{port} {seen}", words)


def _ask_rtsp(host: str, port: int, timeout_s: float) -> Found | None:
    try:
        with socket.create_connection((host, port), timeout_s) as connection:
            connection.sendall(OPTIONS)
            answer = connection.recv(256)
    except OSError:
        return None
    if not answer.startswith(b"RTSP/1."):
        return None
    status = answer.partition(b"\r\n")[0].decode("ascii", "replace")
    return Found("rtsp-camera", f"{host}:{port} {status}", f"id=camera-1 host={host} port={port} path=/")


def _ask_onvif(host: str, port: int, timeout_s: float) -> Found | None:
    """The time, which an ONVIF device tells to all. A multicast probe (WS-Discovery) would stop at routers and containers."""
    place = Place(host, port, "/onvif/device_service")
    policy = Policy((ipaddress.ip_network(host),), loopback=True)
    fetcher = Fetcher(host, None, False, policy, False, time.monotonic, str)
    question = write_question(DATE_AND_TIME, None, Token(b"", ""))
    try:
        answer = fetcher.fetch(place, time.monotonic() + timeout_s, "POST", (("Content-Type", CONTENT_TYPE),), question)
        shown = clock_of(read_answer(answer.body))
    except (OSError, BadAnswer, Fault):
        return None
    return Found(
        "onvif-camera", f"{host}:{port} ONVIF {shown:%Y-%m-%d %H:%M:%S} UTC", f"id=camera-1 host={host} port={port}"
    )
