"""``larder watch``: watch a hub from another machine."""

import argparse
import logging
import signal
import sys
from pathlib import Path
from threading import Event

from larder_cli.watch.asking import ask
from larder_cli.watch.config import WatchConfig, WatchConfigError, load_config
from larder_cli.watch.judging import Sight
from larder_cli.watch.memory import MemoryFailed, recall
from larder_cli.watch.rounds import watch
from larder_cli.watch.texts import clock

EXIT_CONFIG = 2
EXIT_DISK = 74
EPILOG = """\
例 / example:
  larder watch run --config /etc/larder/watch.toml         一直守候 / watch for ever
  larder watch check --config /etc/larder/watch.toml       只看一次，不发短信 / one look, no message

退出码 / exit code of check: 0 有心跳 / beating; 1 没有 / not; 2 配置有误 / wrong configuration
"""

SAID = {
    Sight.BEATING: "有心跳 / beating",
    Sight.STALE: "中心有应答，但心跳停了 / the hub answers, but its pulse stands",
    Sight.UNREACHABLE: "中心无应答，别处有应答 / the hub does not answer, others do",
    Sight.CUT_OFF: "本机断网，中心情况不明 / our own network is gone: nothing is known of the hub",
    Sight.NO_PULSE: "中心有应答，但没有登记心跳设备 / the hub answers, but has no pulse device in its register",
}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``watch``."""
    parser = subparsers.add_parser(
        "watch",
        help="在另一台机器上看守中心 / watch the hub from another machine",
        description="在另一台机器上看守中心：心跳停三分钟，就从自己的通道发短信 / "
        "watch the hub from another machine: after three minutes without its pulse, say so by a way of our own",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    acts = parser.add_subparsers(title="动作 / acts", dest="act", required=True, metavar="<act>")
    for name, text in (
        ("run", "看守，直到 SIGTERM / watch until SIGTERM"),
        ("check", "看一次，说出所见，不发短信 / one look: say what is seen, send nothing"),
    ):
        act = acts.add_parser(
            name, help=text, description=text, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        act.add_argument(
            "--config", required=True, type=Path, metavar="FILE", help="配置文件 / the watcher's TOML file"
        )


def run(args: argparse.Namespace) -> int:
    """The exit code: 0; 1 where `check` sees no heartbeat; 2 for a wrong configuration; 74 where the state file fails."""
    try:
        config = load_config(args.config)
        return _check(config) if args.act == "check" else _watch(config)
    except WatchConfigError as error:
        print(error, file=sys.stderr)
        return EXIT_CONFIG
    except MemoryFailed as error:
        print(f"larder watch: {error}", file=sys.stderr)
        return EXIT_DISK


def _watch(config: WatchConfig) -> int:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    watch(config, stop)
    return 0


def _check(config: WatchConfig) -> int:
    seen, watched = ask(config), recall(config.state_file)
    print(f"{SAID[seen.sight]}" + (f"（{seen.age_ms / 1000:.0f} 秒前 / s ago）" if seen.age_ms else ""))
    if seen.detail:
        print(f"  {seen.detail}")
    if watched.loss is not None:
        print(f"  自 {clock(watched.loss.since_ms)} 起失联，已告知 / lost since then, told: {len(watched.told_ms)}")
    return 0 if seen.sight is Sight.BEATING else 1
