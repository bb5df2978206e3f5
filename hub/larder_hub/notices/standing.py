"""How the channels of messages stand: what each can, how it is, what it has no template for, and who is near a limit."""

import time
from pathlib import Path

import apsw

from larder_hub.alarms.schema import open_alarms
from larder_hub.config import HubConfig
from larder_hub.notices.budget import DAY_MS, PER_DAY, PER_HOUR
from larder_hub.notices.capabilities import capabilities
from larder_hub.notices.figures import day_and_clock_zh
from larder_hub.notices.port import masked
from larder_hub.notices.queue import NoticeQueue
from larder_hub.notices.reserve import kept_of, limit_of
from larder_hub.notices.templates import ApprovedTemplates
from larder_hub.notices.texts import Letterhead


def standing(config: HubConfig, now_ms: int | None = None) -> list[str]:
    """Lines for a person. Beside a running hub. Raises AlarmsFailed, and ValueError for a template's key that is none."""
    now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    file = config.data_dir / "alarms.db"
    connection = open_alarms(file) if Path(file).exists() else None
    health = {} if connection is None else NoticeQueue(connection).health()
    lines = []
    for name in config.sms.drivers:
        can, known = capabilities(name), health.get(name)
        down = known is not None and known.down_ms is not None
        lines.append(f"{name}  {can.label_zh} / {can.label_en}: {'不通 / down' if down else '可用 / usable'}")
        if known is not None and known.failing_ms is not None:
            lines.append(
                f"  自 {day_and_clock_zh(known.failing_ms)} 连续失败 {known.failures} 次 / failures in a row since then"
            )
        lines.append(f"  回执 / receipts: {'有 / yes' if can.receipts else '无 / no'}")
        allowed, kept = limit_of(name, config.sms), kept_of(name, config.sms)
        limit = "不限 / none" if allowed is None else f"{allowed}，留给严重 / kept for critical {kept}"
        lines.append(f"  每号每日 / a number and day: {limit}  {can.others[0]} / {can.others[1]}".rstrip(" /"))
        lines += _missing(config, name)
    lines.append(
        f"每人 / each person: {PER_HOUR}/时 hour, {PER_DAY}/日 day, 其余汇总 / the rest as a digest; 严重不限 / critical always"
    )
    lines += [f"notify.{name}  {_talk(connection, name, now_ms)}" for name in config.notify]
    if connection is not None:
        lines += _near(connection, config, now_ms)
        connection.close()
    return lines


def _missing(config: HubConfig, name: str) -> list[str]:
    section = {"aliyun": config.sms.aliyun, "tencent": config.sms.tencent}.get(name)
    if section is None:
        return []
    missing = ApprovedTemplates(Letterhead.of(config.sms), section.templates).missing("zh")
    return [f"  ! 缺 {len(missing)} 个模板 / templates missing: {' '.join(missing)}"] if missing else []


def _near(connection: apsw.Connection, config: HubConfig, now_ms: int) -> list[str]:
    """Numbers that had so many messages by a provider in the last day that the next may be refused."""
    rows = connection.execute(
        "SELECT a.provider, n.phone, count(*) FROM attempt a JOIN notice n ON n.id = a.notice WHERE a.begun_ms > ? "
        "AND a.outcome IN ('accepted', 'sent', 'delivered', 'silent') GROUP BY 1, 2 ORDER BY 3 DESC",
        (now_ms - DAY_MS,),
    )
    found = []
    for provider, phone, count in rows:
        per_day, kept = limit_of(str(provider), config.sms), kept_of(str(provider), config.sms)
        if provider in config.sms.drivers and per_day is not None and int(str(count)) >= per_day - max(1, kept):
            spared = "，只发严重 / only critical now" if kept else ""
            found.append(
                f"! {masked(str(phone))}: {provider} 一日内 {count} 条，上限 {per_day} / in a day, limit {per_day}{spared}"
            )
    return found


def _talk(connection: apsw.Connection | None, channel: str, now_ms: int) -> str:
    """How a chat group did in the last day, with the newest failure."""
    if connection is None:
        return "未用过 / never used"
    since = (channel, now_ms - DAY_MS)
    query = "SELECT state, count(*) FROM chat WHERE channel=? AND changed_ms > ? GROUP BY 1 ORDER BY 1"
    said = "  ".join(f"{state} {count}" for state, count in connection.execute(query, since))
    query = (
        "SELECT detail FROM chat WHERE channel=? AND changed_ms > ? AND detail != '' ORDER BY changed_ms DESC LIMIT 1"
    )
    why = connection.execute(query, since).fetchall()
    return f"24h: {said or '0'}" + (f"  ! {why[0][0]}" if why else "")
