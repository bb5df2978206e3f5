"""The account as an aligned table, and as CSV: Chinese first, English beside it. Pure."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from larder_hub.accounting.completeness import Completeness
from larder_hub.accounting.report import DeviceAccount, Report
from larder_hub.accounting.sums import Balance, balance, remarkable
from larder_hub.ledger.account import StreamAccount, StreamState
from larder_hub.web.figures import ago_text, duration_text, full_moment_text, percent_text
from larder_hub.web.words import DEVICE_STATE, STREAM_STATE, Said

NO_ONE = Said("未登记", "not in the register")
_HEADINGS = (
    ("", ""), ("应到", "due"), ("已收", "stored"), ("待补", "awaited"), ("声明丢失", "lost"), ("不明", "unexpl."),
    ("无法证明", "unproven"), ("拒收", "refused"), ("旁证", "evidence"), ("完整率", "complete"), ("状态", "state"),
)  # fmt: skip
CSV_COLUMNS = (
    "level", "county", "site", "device", "stream", "name_zh", "name_en", "state", "first_heard_ms", "heard_ms", "silent_since_ms",
    "entries_due", "stored", "awaited", "declared_lost", "unexplained", "unproven", "refused", "evidence", "readings_stored",
    "readings_declared_lost", "losses", "from_ms", "to_ms", "readings_due", "readings_here", "good", "bad", "lost", "awaited_readings",
    "absent", "unheard", "unexplained_readings", "percent",
)  # fmt: skip


def account_table(report: Report) -> str:
    """Counties, their sites, their devices, the streams worth a line; then what is missing, in words."""
    rows = [*_rows(report)]
    lines = [
        f"账 / account  {full_moment_text(report.period.from_ms)} — {full_moment_text(report.period.to_ms)} 北京时间 Beijing time",
        "条数自始累计，完整率按本时段应有读数 / counts are entries since the beginning; complete: readings due in the period",
        "",
        *aligned([[zh for zh, _ in _HEADINGS], [en for _, en in _HEADINGS], *rows]),
        "",
        *_readings_lines(report.total.completeness),
        *_remarks(report),
    ]
    return "\n".join(line.rstrip() for line in lines)


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The first and the last column to the left, the others to the right; a Chinese character is two columns wide."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            _left(text, width) if place in (0, len(row) - 1) else " " * (width - _width(text)) + text
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells)


def account_csv(report: Report) -> str:
    """One line for the whole, each county, site, device and stream; reasons as `word:count` separated by spaces."""
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    period = {"from_ms": report.period.from_ms, "to_ms": report.period.to_ms}
    for level, sums in (("all", (report.total,)), ("county", report.counties), ("site", report.sites)):
        for one in sums:
            named = {"name_zh": one.name_zh, "name_en": one.name_en, "county": one.county}
            site = one.id if level == "site" else ""
            writer.writerow({"level": level, "site": site, **named, **_counts(one.balance, one.completeness), **period})
    for device in report.devices:
        place = {"county": device.county, "site": device.site, "device": device.device}
        stands = device.standing
        said = {"state": stands.state, "heard_ms": stands.heard_ms, "silent_since_ms": stands.silent_since_ms}
        writer.writerow({"level": "device", **place, **said, **_counts(device.balance, device.completeness), **period})
        for stream in device.streams:
            heard = {"state": stream.state, "first_heard_ms": stream.first_heard_ms, "heard_ms": stream.heard_ms}
            counts = _entries(balance([stream]))
            writer.writerow({"level": "stream", **place, "stream": stream.stream, **heard, **counts})
    return out.getvalue()


def _rows(report: Report) -> Iterator[list[str]]:
    for county in report.counties:
        yield _line(
            f"{county.name_zh or NO_ONE.zh} {county.name_en or NO_ONE.en}", county.balance, county.completeness, ""
        )
        for site in (one for one in report.sites if one.county == county.id):
            yield _line(
                f"  {site.name_zh or NO_ONE.zh} {site.name_en or NO_ONE.en}", site.balance, site.completeness, ""
            )
            for device in (one for one in report.devices if one.site == site.id and one.county == county.id):
                yield from _device_rows(device, report.now_ms)
    yield _line("合计 total", report.total.balance, report.total.completeness, "")


def _device_rows(device: DeviceAccount, now_ms: int) -> Iterator[list[str]]:
    yield _line(f"    {device.device}", device.balance, device.completeness, _standing_text(device, now_ms))
    for stream in device.streams:
        if len(device.streams) > 1 or (stream.state is not StreamState.CURRENT and remarkable(stream)):
            said = STREAM_STATE[stream.state]
            yield _line(f"      {stream.stream[:8]}…", balance([stream]), None, f"{said.zh} {said.en}")


def _standing_text(device: DeviceAccount, now_ms: int) -> str:
    stands = device.standing
    said = DEVICE_STATE[stands.state]
    text = f"{said.zh} {said.en}"
    if stands.silent_since_ms is None:
        return text
    silent = now_ms - stands.silent_since_ms
    since, patience = full_moment_text(stands.silent_since_ms), stands.patience_ms
    return (
        f"{text}：末次 last heard {since}，{ago_text(silent, 'zh')} {ago_text(silent, 'en')}"
        f"（应在 {duration_text(patience, 'zh')} 内 / expected within {duration_text(patience, 'en')}）"
    )


def _line(name: str, one: Balance, complete: Completeness | None, state: str) -> list[str]:
    counts = (
        one.due, one.stored, one.awaited, one.declared_lost, one.unexplained, one.unproven, one.refused, one.evidence,
    )  # fmt: skip
    share = "" if complete is None else percent_text(complete.stored, complete.due) or "—"
    return [name, *(f"{count:,}" for count in counts), share, state]


def _readings_lines(one: Completeness) -> Iterator[str]:
    yield (
        f"读数 readings  应有 due {one.due:,} = 有效 good {one.good:,} + 无效 bad {sum(one.bad.values()):,}"
        f" + 声明丢失 lost {sum(one.declared_lost.values()):,} + 待补 awaited {one.awaited:,}"
        f" + 停测 absent {sum(one.absent.values()):,} + 失联 unheard {one.unheard:,} + 不明 unexplained {one.unexplained:,}"
    )
    for zh, en, reasons in (
        ("无效", "bad", one.bad), ("声明丢失", "lost", one.declared_lost), ("停测", "absent", one.absent),
    ):  # fmt: skip
        if reasons:
            yield f"  {zh} {en}: {_reasons(reasons.items())}"


def _remarks(report: Report) -> Iterator[str]:
    for loss in report.total.balance.losses:
        yield (
            f"声明丢失 declared lost  {loss.reason}: {loss.ranges:,} 段 ranges, {loss.entries:,} 条 entries,"
            f" {loss.readings:,} 读数 readings"
        )
    for device in report.devices:
        for stream in device.streams:
            yield from (f"!! {text}" for text in _missing(device.device, stream))


def _missing(device: str, stream: StreamAccount) -> Iterator[str]:
    name = f"{device} {stream.stream}"
    if stream.unexplained:
        yield f"不明 unexplained  {name}: {_ranges(stream.ranges_unexplained)}"
    if stream.unproven:
        yield f"无法证明 unproven  {name}: {_ranges(stream.ranges_unproven)}"


def _ranges(spans: Iterable[tuple[int, int]]) -> str:
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def _counts(one: Balance, complete: Completeness) -> dict[str, object]:
    return _entries(one) | {
        "readings_due": complete.due, "readings_here": complete.stored, "good": complete.good,
        "bad": _reasons(complete.bad.items()), "lost": _reasons(complete.declared_lost.items()),
        "awaited_readings": complete.awaited, "absent": _reasons(complete.absent.items()), "unheard": complete.unheard,
        "unexplained_readings": complete.unexplained, "percent": percent_text(complete.stored, complete.due) or "",
    }  # fmt: skip


def _entries(one: Balance) -> dict[str, object]:
    return {
        "entries_due": one.due, "stored": one.stored, "awaited": one.awaited, "declared_lost": one.declared_lost,
        "unexplained": one.unexplained, "unproven": one.unproven, "refused": one.refused, "evidence": one.evidence,
        "readings_stored": one.readings_stored, "readings_declared_lost": one.readings_declared_lost,
        "losses": _reasons((loss.reason, loss.entries) for loss in one.losses),
    }  # fmt: skip


def _reasons(counts: Iterable[tuple[str, int]]) -> str:
    return " ".join(f"{reason}:{count}" for reason, count in sorted(counts))


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _left(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
