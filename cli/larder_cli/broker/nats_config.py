"""The nats-server configuration of the embedded broker, as text. Pure.

nats-server maps an MQTT topic to a subject (``/`` becomes ``.``), and permissions are written on subjects. A denied
subscription is refused in the SUBACK; a denied publish is acknowledged and goes nowhere.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from larder_cli.broker.users import HUB, WATCH, BrokerUser
from larder_core.names import BEACONS, DOWN, UP, Address, Channel, subscription


class BrokerLimits(NamedTuple):
    """Every bound of the broker. Nothing in it grows with what clients send."""

    packet_bytes: int = 160 * 1024  # an entry is at most 64 KiB; a message of several entries stays under this
    pending_bytes: int = 16 * 1024 * 1024  # waiting for one slow client, before it is cut off
    connections: int = 4096
    in_flight: int = 1000  # QoS 1 messages a subscription may hold without PUBACK; the hub commits in groups
    ack_wait_s: int = 30  # then a message is delivered again
    store_bytes: int = 1024 * 1024 * 1024  # sessions, retained and queued messages on disk
    memory_bytes: int = 64 * 1024 * 1024
    log_bytes: int = 8 * 1024 * 1024  # each of log_files; a hostile client makes a line with every packet
    log_files: int = 3


DEFAULT_LIMITS = BrokerLimits()


def _quoted(text: str) -> str:
    """A string of the configuration language. JSON's escapes are understood by it, for the characters we let through."""
    if not text.isprintable():
        raise ValueError("a control character cannot stand in the broker's configuration")
    return json.dumps(text, ensure_ascii=False)


def _list(subjects: Iterable[str]) -> str:
    return "[" + ", ".join(_quoted(subject) for subject in subjects) + "]"


def _subject(topic_filter: str) -> str:
    """The subject of an MQTT filter. No identifier of ours holds a character that nats-server would escape."""
    return topic_filter.replace("+", "*").replace("/", ".")


def permissions(user: BrokerUser) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The subjects a user may publish to, and those it may subscribe to."""

    def anyones(channels: Sequence[Channel]) -> tuple[str, ...]:
        return tuple(_subject(subscription(channel)) for channel in channels)

    if user.name == HUB:
        return anyones(DOWN), (*anyones(UP), _subject(BEACONS))
    if user.name == WATCH:
        return (), ("larder.v1.*.*.*.*",)
    address = Address(user.county or "", user.site or "", user.name)
    up, down = (tuple(_subject(address.topic(channel)) for channel in channels) for channels in (UP, DOWN))
    return up, down


def _side(allowed: Sequence[str]) -> str:
    # An empty "allow" list would allow everything.
    return f"{{allow: {_list(allowed)}}}" if allowed else '{deny: [">"]}'


def render_users(users: Sequence[BrokerUser]) -> str:
    """``users.conf``: the authorization block, with the passwords. Raises ValueError on a name used twice."""
    names = [user.name for user in users]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"broker user named twice: {', '.join(twice)}")
    lines = ["authorization {", "  timeout: 10", "  users: ["]
    for user in users:
        publish, subscribe = permissions(user)
        lines.append(
            f"    {{user: {_quoted(user.name)}, password: {_quoted(user.password)}, "
            f'allowed_connection_types: ["MQTT"], '
            f"permissions: {{publish: {_side(publish)}, subscribe: {_side(subscribe)}}}}}"
        )
    return "\n".join([*lines, "  ]", "}", ""])


def render_server(dir: Path, host: str, port: int, limits: BrokerLimits) -> str:
    """``nats.conf`` for the absolute folder ``dir``: everything but the users, included from ``users.conf`` beside it."""
    return f"""\
# Written by `larder broker` at each start: changes made here are lost.
server_name: larder
log_file: {_quoted(str(dir / "nats.log"))}
logfile_size_limit: {limits.log_bytes}
logfile_max_num: {limits.log_files}
listen: "127.0.0.1:-1"  # nats-server's own protocol; no user may use it (allowed_connection_types)
max_payload: {limits.packet_bytes}
max_pending: {limits.pending_bytes}
max_connections: {limits.connections}
max_control_line: 4096
jetstream {{
  store_dir: {_quoted(str(dir / "store"))}
  max_mem: {limits.memory_bytes}
  max_file: {limits.store_bytes}
  sync_interval: always  # fsync before each acknowledgement; the default is every two minutes
}}
mqtt {{
  listen: {_quoted(f"{host}:{port}")}
  max_ack_pending: {limits.in_flight}
  ack_wait: "{limits.ack_wait_s}s"
}}
include "users.conf"
"""
