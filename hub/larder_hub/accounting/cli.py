"""`larder account`: the gap account, whether the hub runs or not."""

import argparse
import sys
import time
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from larder_core.limits.profiles import SILENCE
from larder_hub.accounting.desk import AccountDesk, Sources
from larder_hub.accounting.moments import HINT, NoMoment, moment_ms
from larder_hub.accounting.report import Report, Scope
from larder_hub.accounting.table import account_csv, account_table
from larder_hub.config import ConfigError, HubConfig, load_config
from larder_hub.directories import Directories
from larder_hub.failures import FileFailed
from larder_hub.ledger.account import AccountBook
from larder_hub.ledger.witness import Witness
from larder_hub.series.sqlite import SqliteSeriesReader
from larder_hub.web.answers_account import account

EXIT_UNEXPLAINED = 1
EXIT_USAGE = 2

_TEXT = (
    "对账：已收、待补、声明丢失、不明、完整率 / the gap account: stored, awaited, declared lost, unexplained, complete"
)
_EPILOG = f"""\
例 / example:
  larder account --config /etc/larder/hub.toml                                  最近一天 / the last day
  larder account --config hub.toml --county 632224 --from 7d
  larder account --config hub.toml --device minzhong-box --from 2026-11-01 --to 2026-12-01 --json

时刻 / moments: {HINT}（北京时间 / Beijing time without an offset; 7d: before --to）
退出码 / exit code: 0 无不明 / nothing is unexplained; 1 有不明的条目或读数 / entries or readings that nothing explains;
2 用法或文件有误 / wrong usage or files
"""


class NotKnown(ValueError):
    """A county, site or device that neither the register nor the ledger knows."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "account", help=_TEXT, description=_TEXT, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="配置文件 / the hub's TOML file")
    parser.add_argument("--county", default="", metavar="CODE", help="只看一个县 / one county, by its six digits")
    parser.add_argument("--site", default="", metavar="SITE", help="只看一个单位 / one site")
    parser.add_argument("--device", default="", metavar="DEVICE", help="只看一台设备 / one device")
    parser.add_argument(
        "--from", dest="from_", metavar="MOMENT", help="起（默认一天前）/ beginning (default: a day before)"
    )
    parser.add_argument("--to", metavar="MOMENT", help="止，不含（默认现在）/ end, excluded (default: now)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="输出 JSON，同接口 / print JSON, as the API answers")
    form.add_argument("--csv", action="store_true", help="输出 CSV / print CSV")


def run(args: argparse.Namespace) -> int:
    """The exit code: 0; 1 if entries or readings are unexplained; 2 with the reason on stderr."""
    try:
        found = _report(load_config(args.config), args)
    except (ConfigError, NoMoment, NotKnown, FileFailed) as error:
        print(f"larder account: {error}", file=sys.stderr)
        return EXIT_USAGE
    if args.json:
        print(account(found).model_dump_json())
    else:
        print(account_csv(found) if args.csv else account_table(found), end="" if args.csv else "\n")
    return EXIT_UNEXPLAINED if found.total.balance.unexplained or found.total.completeness.unexplained else 0


def _report(config: HubConfig, args: argparse.Namespace) -> Report:
    now_ms = _now_ms()
    to_ms = None if args.to is None else moment_ms(args.to, now_ms)
    from_ms = None if args.from_ is None else moment_ms(args.from_, now_ms if to_ms is None else to_ms)
    if from_ms is not None and from_ms >= (now_ms if to_ms is None else to_ms):
        raise NoMoment("--from 不早于 --to / is not before --to (时段至少一毫秒 / a period has a beginning and an end)")
    for name in ("hub.db", "ledger.db", "series.db"):
        if not (config.data_dir / name).exists():
            raise ConfigError(config.data_dir / name, "(file)", "is not there", "has the hub run with this data_dir?")
    registered = Directories(config.data_dir / "hub.db", _now_ms).registered
    book, witness = AccountBook(config.data_dir / "ledger.db"), Witness(config.data_dir / "ledger.db")
    series = SqliteSeriesReader(config.data_dir / "series.db")
    figures = SILENCE.model_copy(update={"delivery_s": config.delivery_s}).scaled(config.time_scale)
    try:
        desk = AccountDesk(Sources(registered, book.streams, witness, series), _now_ms, figures)
        found = desk.report(from_ms, to_ms, Scope(args.county, args.site, args.device))
        if not found.devices:
            everything = desk.report(from_ms, to_ms)
            _complain(everything, {"county": args.county, "site": args.site, "device": args.device})
        return found
    finally:
        for each in (series, witness, book):
            each.close()


def _complain(everything: Report, asked: Mapping[str, str]) -> None:
    """Raises NotKnown for the first of those asked for that there is not; does nothing where there is no device at all."""
    known = {
        "county": [one.id for one in everything.counties],
        "site": [one.id for one in everything.sites],
        "device": [one.device for one in everything.devices],
    }
    words = {"county": "县", "site": "单位", "device": "设备"}
    for name, wanted in asked.items():
        if wanted and wanted not in known[name]:
            near = get_close_matches(wanted, known[name], n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known[name])[:8]) or 'none'}"
            raise NotKnown(f"没有这个{words[name]} / there is no {name} {wanted[:64]!r} ({hint})")
    if any(asked.values()):
        raise NotKnown("没有同时符合的设备 / no device is all of these (leave out --county or --site)")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
