"""`larder series`: is the series what the ledger says, and readings as a file."""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from larder_hub.accounting.moments import HINT, NoMoment, moment_ms
from larder_hub.config import ConfigError, HubConfig, load_config
from larder_hub.directories import Directories
from larder_hub.failures import FileFailed
from larder_hub.ledger.reading import SqliteLedgerReader
from larder_hub.register.directory import Directory
from larder_hub.series.checking import compare
from larder_hub.series.exporting import WRITERS, Missing, Row, readings
from larder_hub.series.sqlite import SqliteSeriesReader

EXIT_DIFFERENT, EXIT_USAGE = 1, 2
SHOWN = 10
SAID_EVERY = 10_000

_TEXT = "曲线：核对、导出 / the series: check against the ledger, export"
_EPILOG = f"""\
例 / example:
  larder series check --config /etc/larder/hub.toml                        从账本重算并逐条比较 / rebuild and compare
  larder series export --config hub.toml --site minzhong --from 7d --to now --out week.xlsx
  larder series export --config hub.toml --device minzhong-box --from 2026-11-01 --to 2026-12-01 --out november.parquet

格式由文件名决定 / the format is that of the file's name: .csv .xlsx .parquet
时刻 / moments: {HINT}
退出码 / exit code: 0; 1 不一致 / different; 2 用法或文件有误 / wrong usage or files
"""


class NothingThere(ValueError):
    """No point is all of what was asked for."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "series", help=_TEXT, description=_TEXT, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    acts = parser.add_subparsers(title="动作 / acts", dest="act", required=True, metavar="<act>")
    for name, text in (
        ("check", "从账本重算并比较 / rebuild from the ledger and compare"),
        ("export", "导出读数 / readings as a file"),
    ):
        act = acts.add_parser(
            name, help=text, description=text, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        act.add_argument("--config", required=True, type=Path, metavar="FILE", help="配置文件 / the hub's TOML file")
        if name == "export":
            act.add_argument(
                "--out", required=True, type=Path, metavar="FILE", help="输出文件 / where to, .csv .xlsx .parquet"
            )
            act.add_argument("--site", default="", metavar="SITE", help="只要一个单位 / one site")
            act.add_argument("--device", default="", metavar="DEVICE", help="只要一台设备 / one device")
            act.add_argument("--from", dest="from_", default="1d", metavar="MOMENT", help="起（默认一天前）/ beginning")
            act.add_argument("--to", metavar="MOMENT", help="止，不含（默认现在）/ end, excluded (default: now)")


def run(args: argparse.Namespace) -> int:
    """The exit code, as the help says."""
    try:
        config = load_config(args.config)
        with ExitStack() as stack:
            series = SqliteSeriesReader(config.data_dir / "series.db")
            stack.callback(series.close)
            return _check(config, series, stack) if args.act == "check" else _export(config, series, args)
    except (ConfigError, NoMoment, FileFailed, Missing, NothingThere) as error:
        print(f"larder series: {error}", file=sys.stderr)
    except OSError as error:
        print(f"larder series: {error.filename}: {error.strerror} (choose another --out)", file=sys.stderr)
    return EXIT_USAGE


def _check(config: HubConfig, series: SqliteSeriesReader, stack: ExitStack) -> int:
    ledger = SqliteLedgerReader(config.data_dir / "ledger.db")
    stack.callback(ledger.close)
    upto = series.stands()
    found = compare(ledger, series, upto, config.data_dir, _say)
    _say("")
    print(f"账本第 1 到 {upto} 条 / entries 1 to {upto}; {found.readings} 条读数 / readings")
    print(
        f"缺 / missing {len(found.missing)}; 多 / surplus {len(found.surplus)}; 末值不同 / last differs {len(found.last)}"
    )
    for word, some in (("缺 / missing", found.missing), ("多 / surplus", found.surplus)):
        for device, point, at_ms in some[:SHOWN]:
            print(f"  {word}: {device} {point} {time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(at_ms / 1000))}")
    if not found.sound:
        print("停中心端，删 series.db，再启动：自动重建 / stop the hub, remove series.db, start it: it is built again")
    return 0 if found.sound else EXIT_DIFFERENT


def _export(config: HubConfig, series: SqliteSeriesReader, args: argparse.Namespace) -> int:
    make = WRITERS.get(args.out.suffix.removeprefix("."))
    if make is None:
        raise Missing(f"{args.out}: 不认识的格式 / unknown format {args.out.suffix!r} (.csv .xlsx .parquet)")
    now_ms = time.time_ns() // 1_000_000
    to_ms = now_ms if args.to is None else moment_ms(args.to, now_ms)
    directory = Directories(config.data_dir / "hub.db", lambda: now_ms).current()
    keys = sorted(key for key in series.last() if _wanted(key, directory, args))
    if not keys:
        raise NothingThere("没有符合的测点 / no point is all of these (see larder hub register export)")
    writer = make(args.out)
    try:
        writer.rows(_counted(readings(series, directory, keys, moment_ms(args.from_, to_ms), to_ms)))
    finally:
        writer.close()
    _say("")
    print(f"{args.out}: {args.out.stat().st_size} 字节 / bytes")
    return 0


def _wanted(key: tuple[str, str], directory: Directory, args: argparse.Namespace) -> bool:
    device = directory.devices.get(key[0])
    return (not args.device or key[0] == args.device) and (
        not args.site or (device is not None and device.site == args.site)
    )


def _counted(rows: Iterable[Row]) -> Iterator[Row]:
    for count, row in enumerate(rows, start=1):
        if count % SAID_EVERY == 0:
            _say(f"{count} 条 / readings, {row.device} {row.point}")
        yield row


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr)
