"""What the facts mean. Pure; every text says what is so, and what to do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

DAY_MS = 86_400_000
MINUTE_MS = 60_000

DISK_FULL, DISK_FILLING = 0.95, 0.80
"""Parts of a disk in use at which it is nearly full, and at which somebody should look."""

CERTIFICATE_DAYS, CALIBRATION_DAYS = 14, 30
RECEIPT_MS = 10 * MINUTE_MS
SILENT_MS = 2 * MINUTE_MS
LATE_HEARTBEATS = 3


class Finding(NamedTuple):
    """`word` for machines; `grave`: readings or evidence are being lost, or soon will be."""

    word: str
    grave: bool
    zh: str
    en: str
    do_zh: str
    do_en: str


class Certificate(NamedTuple):
    """Whose, and when it ends, in ms since 1970."""

    name: str
    expires_ms: int


@dataclass(frozen=True)
class Facts:
    """Of one device. `standing` as its process wrote it, None where it never ran; `broker`: why no connection could be made, ""
    where it could, None where nobody tried. `disk_used`: the part of its disk in use."""

    at_ms: int
    standing: Mapping[str, Any] | None
    counts: Mapping[str, int] = field(default_factory=dict)
    key: str = ""
    broker: str | None = None
    address: str = ""
    certificates: Sequence[Certificate] = ()
    disk_used: float = 0.0
    damaged: Sequence[str] = ()
    disk_ends: int = 0
    calibrations: Sequence[Certificate] = ()


def findings(facts: Facts) -> list[Finding]:
    """The gravest first."""
    return sorted(_all(facts), key=lambda one: not one.grave)


def _all(facts: Facts) -> Iterator[Finding]:
    if facts.key:
        yield Finding(
            "key",
            True,
            f"设备密钥不可用：{facts.key}",
            f"the device's key cannot be used: {facts.key}",
            "larder agent init，再到中心登记公钥",
            "larder agent init, then register its public half at the hub",
        )
    yield from _process(facts)
    yield from _broker(facts)
    yield from _disk(facts)
    if facts.standing is not None:
        yield from _clock(facts.standing)
        yield from _points(facts.standing)
    yield from _calibrations(facts)


def _process(facts: Facts) -> Iterator[Finding]:
    now = facts.standing
    if now is None:
        yield Finding(
            "never-ran",
            True,
            "还没有运行过",
            "it has never run",
            "systemctl start larder-agent",
            "systemctl start larder-agent",
        )
        return
    silent_ms = facts.at_ms - now["written_ms"]
    if silent_ms > max(MINUTE_MS, LATE_HEARTBEATS * now.get("heartbeat_ms", 30_000)):
        yield Finding(
            "not-running",
            True,
            f"{ago(silent_ms)}没有心跳：程序没有在运行，或卡住了",
            f"no heartbeat for {ago(silent_ms)}: the program does not run, or hangs",
            "systemctl status larder-agent；journalctl -u larder-agent",
            "systemctl status larder-agent; journalctl -u larder-agent",
        )
        return
    if now.get("maintenance"):
        yield Finding(
            "maintenance",
            False,
            f"检修中，不采样：{now['maintenance']}",
            f"in maintenance, takes no readings: {now['maintenance']}",
            "完毕后 larder agent maintenance end",
            "larder agent maintenance end when it is done",
        )
    refused = sum(count for name, count in facts.counts.items() if name.startswith("configs_refused"))
    if refused:
        yield Finding(
            "config-refused",
            False,
            f"拒绝了中心下发的配置 {refused} 次",
            f"configurations of the hub were refused {refused} times",
            "日志中有原因；测点编号和单位须与中心登记一致",
            "the log says why; points and units must be those of the hub's register",
        )
    if out := now.get("out"):
        yield Finding(
            "out-of-limits",
            True,
            f"超限：{'、'.join(out)}",
            f"out of limits: {', '.join(out)}",
            "现在去看",
            "go and look now",
        )


def _broker(facts: Facts) -> Iterator[Finding]:
    if facts.broker:
        yield Finding(
            "broker-unreachable",
            True,
            f"连不上代理 {facts.address}：{facts.broker}",
            f"the broker {facts.address} cannot be reached: {facts.broker}",
            "查网线或 4G、代理地址、防火墙；其间读数都留在本机",
            "check the cable or 4G, the broker's address, the firewall; readings are kept here meanwhile",
        )
    for name, expires_ms in facts.certificates:
        yield from _expiring(facts.at_ms, name, expires_ms)
    now = facts.standing
    if now is None or facts.broker:
        return
    if not now["mqtt"]:
        yield Finding(
            "not-connected",
            True,
            "代理可达，但没有登录上",
            "the broker can be reached, but has not let the device in",
            "查用户名和密码文件；日志中有代理的原话",
            "check user name and password file; the log has the broker's own words",
        )
    elif now["receipt_ms"] is None or facts.at_ms - now["receipt_ms"] > RECEIPT_MS:
        since = "从未有过" if now["receipt_ms"] is None else f"{ago(facts.at_ms - now['receipt_ms'])}没有"
        en = "never" if now["receipt_ms"] is None else f"not for {ago(facts.at_ms - now['receipt_ms'])}"
        yield Finding(
            "no-receipt",
            True,
            f"{since}中心的回执",
            f"a receipt from the hub came {en}",
            "问中心是否在运行、本机公钥是否已登记、[hub] public_key 对不对",
            "ask whether the hub runs, whether this device's key is registered there, whether [hub] public_key is right",
        )


def _expiring(at_ms: int, name: str, expires_ms: int) -> Iterator[Finding]:
    days = (expires_ms - at_ms) // DAY_MS
    if days >= CERTIFICATE_DAYS:
        return
    zh, en = (
        (f"{name} 的证书还有 {days} 天到期", f"the certificate of {name} expires in {days} days")
        if days >= 0
        else (f"{name} 的证书已过期", f"the certificate of {name} has expired")
    )
    yield Finding(
        "certificate-expires",
        days < 3,
        zh,
        en,
        "在代理上换证书（deploy/mosquitto/README.md）",
        "renew it at the broker (deploy/mosquitto/README.md)",
    )


def _disk(facts: Facts) -> Iterator[Finding]:
    if facts.disk_used >= DISK_FILLING:
        part = round(facts.disk_used * 100)
        yield Finding(
            "disk-full",
            facts.disk_used >= DISK_FULL,
            f"磁盘已用 {part} %",
            f"the disk is {part} % full",
            "df -h；清理日志，或换大卡",
            "df -h; clear old logs, or take a larger card",
        )
    if facts.standing is not None and (used := _outbox_used(facts.standing)) >= DISK_FILLING:
        part = round(used * 100)
        yield Finding(
            "outbox-full",
            used >= DISK_FULL,
            f"存储已用 {part} %，满后最旧的申报丢失",
            f"the outbox is {part} % full; after that the oldest readings are declared lost",
            "尽快恢复网络，或调大 outbox_mb",
            "bring the network back, or raise outbox_mb",
        )
    if facts.damaged:
        yield Finding(
            "outbox-damaged",
            True,
            f"存储损坏过：{'、'.join(facts.damaged)}",
            f"the outbox was damaged: {', '.join(facts.damaged)}",
            "换卡；损坏的文件是证据，留着",
            "replace the card; keep the files, they are evidence",
        )
    if facts.disk_ends:
        yield Finding(
            "disk-errors",
            False,
            f"因磁盘故障停过 {facts.disk_ends} 次",
            f"the disk has ended the program {facts.disk_ends} times",
            "dmesg；反复出现就换卡",
            "dmesg; replace the card if it comes back",
        )


def _outbox_used(now: Mapping[str, Any]) -> float:
    """What waits for a receipt is what cannot give way; what is safe stays only where there is room."""
    disk, backlog = now["disk"], now["backlog"]
    return disk["used"] / disk["bound"] if backlog["entries"] and disk["bound"] else 0.0


def _clock(now: Mapping[str, Any]) -> Iterator[Finding]:
    state = now["clock"][0]
    if state == "unset":
        yield Finding(
            "clock-unset",
            True,
            "时钟没有设过",
            "the clock was never set",
            "查 NTP：timedatectl；或装时钟电池",
            "check NTP: timedatectl; or fit a clock battery",
        )
    elif state == "restored":
        yield Finding(
            "clock-restored",
            False,
            "时钟来自电池或文件，没有对过时",
            "the clock came from a battery or a file and was not checked",
            "查 NTP：timedatectl",
            "check NTP: timedatectl",
        )


def _points(now: Mapping[str, Any]) -> Iterator[Finding]:
    for point, (quality, _, good_ms) in now.get("points", {}).items():
        if quality and (good_ms is None or good_ms > SILENT_MS):
            since = "开机以来" if good_ms is None else ago(good_ms)
            en = "since the start" if good_ms is None else f"for {ago(good_ms)}"
            yield Finding(
                "sensor-silent",
                True,
                f"测点 {point} {since}没有可信的读数（{quality}）",
                f"point {point} has given no good reading {en} ({quality})",
                "查接线、供电和地址：larder agent probe",
                "check wiring, power and address: larder agent probe",
            )


def _calibrations(facts: Facts) -> Iterator[Finding]:
    for name, expires_ms in facts.calibrations:
        days = (expires_ms - facts.at_ms) // DAY_MS
        if days < CALIBRATION_DAYS:
            zh = f"还有 {days} 天到期" if days >= 0 else "已过期"
            en = f"ends in {days} days" if days >= 0 else "has ended"
            yield Finding(
                "calibration-expires",
                days < 0,
                f"{name} 的校准证书{zh}",
                f"the calibration of {name} {en}",
                "送检，并在中心登记新证书",
                "have it calibrated and register the new certificate at the hub",
            )


def ago(ms: int) -> str:
    seconds = max(0, ms // 1000)
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
