"""`larder alarms replay` and `larder alarms profile`: what changed limits would have done on what the hub has stored."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from larder_core.limits.profile import LimitProfile
from larder_core.limits.profiles import PROFILES
from larder_hub.accounting.moments import HINT, NoMoment, moment_ms
from larder_hub.alarms.alarm import Alarm
from larder_hub.alarms.trial.case_file import CaseError
from larder_hub.alarms.trial.differences import ORDER, Comparison, Difference, compared
from larder_hub.alarms.trial.history import History, NoHistory
from larder_hub.alarms.trial.profile_file import read_profile, write_profile
from larder_hub.alarms.trial.report import padded, width
from larder_hub.alarms.trial.run import Settings, play
from larder_hub.alarms.trial.stage import Scene
from larder_hub.failures import FileFailed
from larder_hub.register.directory import Directory
from larder_hub.web.figures import moment_text

EXIT_USAGE = 2
SAY_EVERY_S = 2.0
EPILOG = f"""\
例 / example:
  larder alarms profile fridge.food > mine.yaml        现行限值，改后再试 / the present limits, to be changed
  larder alarms replay --data /var/lib/larder/hub --from 7d --profile mine.yaml
  larder alarms replay --data hub --from 2026-11-01 --to 2026-12-01 --profile mine.yaml --site minzhong --json

时刻 / moments: {HINT}。登记簿按现在的 / the register is the present one. 只读，中心运行时也可 / reads only, also beside a running hub.
"""
WORDS = {
    "gained": "新增 gained", "lost": "不再有 lost", "earlier": "更早 earlier", "later": "更晚 later",
    "graver": "更重 graver", "milder": "更轻 milder",
}  # fmt: skip


def add_parsers(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`replay` and `profile`."""
    text = "按历史试：改了限值会怎样 / what changed limits would have done on stored history"
    replay = _act(acts, "replay", text)
    replay.add_argument("--data", required=True, type=Path, metavar="DIR", help="中心的数据目录 / the hub's data_dir")
    replay.add_argument("--from", dest="from_", required=True, metavar="MOMENT", help="起 / beginning")
    replay.add_argument("--to", metavar="MOMENT", help="止，不含（默认现在）/ end, excluded (default: now)")
    replay.add_argument("--profile", required=True, type=Path, metavar="FILE", help="改了的限值 / the changed limits")
    replay.add_argument("--site", default="", metavar="SITE", help="只看一个单位 / one site")
    replay.add_argument(
        "--time-scale", type=float, default=1.0, metavar="N", help="中心的 time_scale / of the hub (default 1)"
    )
    replay.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    profile = _act(acts, "profile", "打印限值，可改了再试 / print limits, as a file to be changed")
    profile.add_argument("key", choices=sorted(PROFILES), metavar="KEY", help=", ".join(sorted(PROFILES)))


def _act(acts: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str) -> argparse.ArgumentParser:
    return acts.add_parser(
        name, help=text, description=text, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def run_profile(args: argparse.Namespace) -> int:
    print("\n".join(write_profile(PROFILES[args.key])))
    return 0


def run_replay(args: argparse.Namespace) -> int:
    """The exit code: 0, or 2 with the reason on stderr."""
    try:
        now_ms = time.time_ns() // 1_000_000
        to_ms = now_ms if args.to is None else moment_ms(args.to, now_ms)
        from_ms = moment_ms(args.from_, to_ms)
        profile = read_profile(args.profile, PROFILES)
        history = History(args.data)
        directory = history.directory()
        scene = history.scene(directory, _devices(directory, profile, args.site), from_ms, to_ms)
        settings = Settings(args.time_scale)
        found = _both(scene, {**PROFILES, profile.key: profile}, settings, from_ms)
    except (NoMoment, CaseError, NoHistory, FileFailed) as error:
        print(f"larder alarms replay: {error}", file=sys.stderr)
        return EXIT_USAGE
    if args.json:
        print(json.dumps(fields(found), ensure_ascii=False))
    else:
        print("\n".join(lines(found, profile, directory)))
    return 0


def _devices(directory: Directory, profile: LimitProfile, site: str) -> set[str]:
    """Those that anything can change for: with a point of the profile. Raises NoHistory."""
    if site and site not in directory.sites:
        raise NoHistory(f"there is no site {site!r} in the register (larder hub register show)")
    found = {
        device
        for (device, _), point in directory.points.items()
        if point.profile == profile.key and site in ("", directory.devices[device].site)
    }
    if not found:
        raise NoHistory(f"no point{f' of {site}' if site else ''} is judged by {profile.key}: nothing would change")
    return found


def _both(scene: Scene, changed: Mapping[str, LimitProfile], settings: Settings, from_ms: int) -> Comparison:
    before = play(scene, PROFILES, progress("现行 present", scene), settings)
    after = play(scene, changed, progress("改后 changed", scene), settings)
    return compared(before, after, from_ms)


def progress(name: str, scene: Scene) -> Callable[[int], None]:
    """Says on stderr how far a long run is."""
    said = [time.monotonic()]

    def told(minute_ms: int) -> None:
        if time.monotonic() - said[0] >= SAY_EVERY_S:
            said[0] = time.monotonic()
            part = (minute_ms - scene.start_ms) / max(1, scene.end_ms - scene.start_ms)
            print(f"{name}: {moment_text(minute_ms)} {part:.0%}", file=sys.stderr, flush=True)

    return told


# ------------------------------------------------------------------------------------------------ told


def fields(found: Comparison) -> dict[str, Any]:
    return {
        "alarms": _two(found.alarms),
        "warnings": _two(found.warnings),
        "messages": _two(found.messages),
        "weekly": [{"site": site, "week": week, "messages": _two(two)} for (site, week), two in found.weekly.items()],
        "differences": [
            {
                "change": one.change, "site": one.alarm.site, "device": one.alarm.device, "point": one.alarm.point,
                "kind": one.alarm.kind, "side": one.alarm.side, "since_ms": one.alarm.t0_ms, "minutes": one.minutes,
                "before": _side(one.before, one.before_ms), "after": _side(one.after, one.after_ms),
            }
            for one in found.differences
        ],
    }  # fmt: skip


def _two(pair: tuple[int, int]) -> dict[str, int]:
    return {"before": pair[0], "after": pair[1]}


def _side(alarm: Alarm | None, at_ms: int | None) -> dict[str, Any] | None:
    return None if alarm is None else {"id": alarm.id, "severity": str(alarm.severity), "at_ms": at_ms}


def lines(found: Comparison, profile: LimitProfile, directory: Directory) -> Iterator[str]:
    """A summary, the messages of each site and week, and what is not the same."""
    yield f"{profile.key} {profile.title_zh} / {profile.title_en}        现行 present → 改后 changed"
    counts = (("告警 alarms", found.alarms), ("预警 warnings", found.warnings), ("短信 messages", found.messages))
    for name, (before, after) in counts:
        yield f"  {padded(name, 16)}{before:>8,} → {after:,}  ({after - before:+,})"
    yield "  " + "，".join(f"{WORDS[change]} {found.count(change)}" for change in ORDER)
    moved = [(key, two) for key, two in found.weekly.items() if two[0] != two[1]]
    if moved:
        yield "每周短信 messages by week (只列不同的 those that differ)"
        for (site, week), (before, after) in moved:
            yield f"  {padded(_site(directory, site), 24)}{week}{before:>6,} → {after:,}"
    if found.differences:
        yield "不同的告警 alarms that differ"
        yield from _rows([_row(one, directory) for one in found.differences])


def _row(one: Difference, directory: Directory) -> tuple[str, ...]:
    alarm, minutes = one.alarm, one.minutes
    point = directory.points.get((alarm.device, alarm.point))
    place = None if point is None else directory.place_of(point)
    return (
        WORDS[one.change],
        f"{_site(directory, alarm.site)} {alarm.point if place is None else place.name_zh}",
        f"{alarm.kind} {alarm.side}".strip(),
        moment_text(alarm.t0_ms),
        "—" if one.before is None else f"{one.before.severity} {moment_text(one.before_ms or 0)}",
        "—" if one.after is None else f"{one.after.severity} {moment_text(one.after_ms or 0)}",
        "" if minutes is None else f"{minutes:+d} 分 min",
    )


def _site(directory: Directory, site: str) -> str:
    known = directory.sites.get(site)
    return site if known is None else known.name_zh


def _rows(rows: list[tuple[str, ...]]) -> Iterator[str]:
    head = ("", "点位 place", "", "起 since", "现行 present", "改后 changed", "")
    widths = [max(width(row[n]) for row in [head, *rows]) + 2 for n in range(len(head))]
    for row in [head, *rows]:
        yield "  " + "".join(padded(text, widths[n]) for n, text in enumerate(row)).rstrip()
