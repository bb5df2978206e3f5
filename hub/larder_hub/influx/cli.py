"""`larder influx`: how far the writing to InfluxDB is, whether all is there, and writing it all once more."""

import argparse
import sys
import time
from contextlib import ExitStack

from larder_hub.accounting.moments import HINT, NoMoment, moment_ms
from larder_hub.app import secret
from larder_hub.backups.lock import HubLock
from larder_hub.config import ConfigError, HubConfig, InfluxConfig, load_config
from larder_hub.failures import FileFailed
from larder_hub.influx.checking import check
from larder_hub.influx.journal import Journal
from larder_hub.influx.lines import MEASUREMENTS
from larder_hub.influx.parts import JOURNAL, server_of
from larder_hub.influx.server import InfluxServer, NotNow
from larder_hub.ledger.reading import SqliteLedgerReader
from larder_hub.series.sqlite import SqliteSeriesReader

EXIT_DIFFERENT, EXIT_USAGE, EXIT_AWAY = 1, 2, 3
MOST_SHOWN = 10

_TEXT = "写往 InfluxDB 的曲线：进度、核对、重写 / the series in InfluxDB: how far, is all there, write anew"
_EPILOG = f"""\
例 / example:
  larder influx status --config /etc/larder/hub.toml       进度、等待和搁置 / how far, what waits, what was set aside
  larder influx check --config hub.toml --from 1d          逐条核对 / compare reading by reading
  larder influx rebuild --config hub.toml                  清空重写（先停中心端）/ drop, write all again (stop the hub first)

时刻 / moments: {HINT}
退出码 / exit code: 0 一致 / equal; 1 不一致 / different; 2 用法或文件有误 / wrong usage or files;
3 服务器不应答 / the server does not answer
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "influx", help=_TEXT, description=_TEXT, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    acts = parser.add_subparsers(title="动作 / acts", dest="act", required=True, metavar="<act>")
    for name, text in (
        ("status", "进度 / how far the writing is"),
        ("check", "逐条核对 / compare reading by reading"),
        ("rebuild", "清空并重写 / drop all and write it again"),
    ):
        act = acts.add_parser(
            name, help=text, description=text, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        act.add_argument("--config", required=True, metavar="FILE", help="配置文件 / the hub's TOML file")
        if name == "check":
            act.add_argument("--from", dest="from_", default="1d", metavar="MOMENT", help="起（默认一天前）/ beginning")
            act.add_argument("--to", metavar="MOMENT", help="止，不含（默认现在）/ end, excluded (default: now)")


def run(args: argparse.Namespace) -> int:
    """The exit code, as the help says."""
    from pathlib import Path

    file = Path(args.config)
    try:
        config = load_config(file)
        if config.influx is None:
            raise ConfigError(file, "influx", "there is no such section", "see docs/influx.md")
        with ExitStack() as stack:
            server = server_of(config.influx, secret(config.influx.token_file, "influx.token_file", file), file)
            stack.callback(server.close)
            journal = Journal(config.data_dir / JOURNAL)
            journal.open()
            stack.callback(journal.close)
            match args.act:
                case "status":
                    return _status(config, journal, stack)
                case "check":
                    return _check(config, server, args, stack)
                case _:
                    return _rebuild(config, config.influx, server, journal, stack)
    except (ConfigError, NoMoment, FileFailed) as error:
        print(f"larder influx: {error}", file=sys.stderr)
        return EXIT_USAGE
    except NotNow as error:
        print(f"larder influx: {error}", file=sys.stderr)
        return EXIT_AWAY


def _status(config: HubConfig, journal: Journal, stack: ExitStack) -> int:
    ledger = SqliteLedgerReader(config.data_dir / "ledger.db")
    stack.callback(ledger.close)
    mark, head, (waiting, aside) = journal.mark(), ledger.head(), journal.counts()
    print(f"账本 / ledger: {mark.position} / {head} ({head - mark.position} 待写 / to be written)")
    print(f"状态待写 / states waiting: {waiting}    搁置 / set aside: {aside}")
    for at_ms, line, reason in journal.aside(MOST_SHOWN):
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(at_ms / 1000))
        print(f"  {when}  {reason}\n    {line[:160]}")
    return 0


def _check(config: HubConfig, server: InfluxServer, args: argparse.Namespace, stack: ExitStack) -> int:
    now_ms = time.time_ns() // 1_000_000
    to_ms = now_ms if args.to is None else moment_ms(args.to, now_ms)
    series = SqliteSeriesReader(config.data_dir / "series.db")
    stack.callback(series.close)
    shown = sys.stderr.isatty()
    found = check(series, server, moment_ms(args.from_, to_ms), to_ms,
                  lambda text: print(f"\r\033[K{text}", end="", file=sys.stderr) if shown else None)  # fmt: skip
    print("\r\033[K" if shown else "", end="", file=sys.stderr)
    print(f"{found.readings} 条 / readings; 缺 / missing {len(found.missing)}; 多 / surplus {len(found.surplus)}")
    for word, some in (("缺 / missing", found.missing), ("多 / surplus", found.surplus)):
        for device, point, at_ms in some[:MOST_SHOWN]:
            print(f"  {word}: {device} {point} {time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(at_ms / 1000))}")
    return 0 if found.sound else EXIT_DIFFERENT


def _rebuild(config: HubConfig, influx: InfluxConfig, server: InfluxServer, journal: Journal, stack: ExitStack) -> int:
    assert config.registry_dir is not None, "load_config gives every folder its place"
    stack.enter_context(HubLock(config.registry_dir))
    dropped = [measurement for measurement in MEASUREMENTS if server.drop(measurement)]
    journal.begin_anew()
    if len(dropped) < len(MEASUREMENTS):
        print(f"{influx.dialect} 不能删除：重写会覆盖同一时刻的点，要清空请换一个 bucket")
        print(
            f"{influx.dialect} deletes nothing: points of the same time are written over; take another bucket to begin empty"
        )
    print("中心端下次运行时从头写 / the hub writes everything again when it runs")
    return 0
