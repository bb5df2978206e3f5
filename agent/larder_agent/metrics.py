"""Every counter of the agent, declared here; kept for each device, counted from the start of the process."""

import json
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from types import MappingProxyType

from larder_agent.failures import DiskFailed

FILE = "metrics.json"

COUNTERS: Mapping[str, str] = MappingProxyType(
    {
        "readings": "读数 / readings taken",
        "readings_bad": "其中不可信 / of them without a good value",
        "flaws": "不可信的原因 / why readings were not good, by reason",
        "clock_unset": "时钟未设时的读数 / readings taken before the clock was ever set",
        "recovered": "重启后补封的读数 / readings that an ended process had taken, sealed after it",
        "sealed": "封存的记录 / entries sealed",
        "declared_lost": "申报丢失的读数 / readings declared lost, the outbox being full",
        "pruned": "中心确认后删除 / deletions of what is safe at the hub",
        "frozen": "更换记录流 / streams ended, by reason",
        "outbox_damaged": "损坏的存储文件 / damaged outbox files set aside",
        "io_error_exits": "因磁盘故障停止，历次累计 / ends of the agent because of its disk, over all processes",
        "connects": "连接 / connections to the broker",
        "connect_failures": "连接失败 / connections refused or lost, by reason",
        "sent": "发出的记录 / entries sent",
        "resent": "其中重发 / of them sent again",
        "publish_refused": "被拒的发布 / publishes refused by the broker, by reason",
        "publish_held": "等待发布 / times the broker's acknowledgements were awaited before sending on",
        "receipts": "回执 / receipts from the hub",
        "receipts_ignored": "不采信的回执 / receipts ignored, by reason",
        "prune_refused": "散列不符而未删 / safe numbers whose hash was not ours",
        "unproven": "中心无法验证的报文 / payloads that proved nothing to the hub, by reason",
        "messages_dropped": "来不及处理的下行报文 / messages from the broker dropped, too many at once",
        "absent": "到时未采的读数 / readings that fell due and were not taken, by reason",
        "clock_set": "时钟校正 / times that the clock was set",
        "configs_applied": "采用的下发配置 / configurations of the hub applied",
        "configs_refused": "拒绝的下发配置 / configurations refused, by reason",
        "commands": "执行的命令 / commands done, by name",
        "commands_refused": "拒绝的命令 / commands refused, by reason",
        "local_alarms": "本地告警 / changes of alarms judged on the device",
        "alarm_output_failures": "告警输出不应答 / times the buzzer or relay did not answer",
        "task_failures": "任务故障 / tasks that failed unforeseen, by task",
    }
)


class Metrics:
    """Counts from any thread; one file, written whole, so that a reader never sees half of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._counts: dict[str, int] = {}
        self._lock = Lock()

    def count(self, name: str, by: int = 1, *, reason: str = "") -> None:
        """Raises KeyError for a counter that is not declared."""
        COUNTERS[name]
        key = f"{name}.{reason}" if reason else name
        with self._lock:
            self._counts[key] = self._counts.get(key, 0) + by

    def counts(self) -> dict[str, int]:
        with self._lock:
            return dict(sorted(self._counts.items()))

    def write(self, standing: Mapping[str, object]) -> None:
        """`standing`: what is so now, beside what was counted. Raises DiskFailed."""
        beside = self.path.with_name(self.path.name + ".new")
        try:
            beside.write_text(json.dumps({"now": standing, "counts": self.counts()}, indent=1) + "\n", encoding="utf-8")
            beside.replace(self.path)
        except OSError as error:
            raise DiskFailed(self.path, error) from error


def read_metrics(folder: Path) -> dict[str, dict[str, object]]:
    """What `write` wrote last; empty where there is nothing yet."""
    try:
        return dict(json.loads((folder / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
