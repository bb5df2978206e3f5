"""`larder agent`: run it, make its keys, show its account and how it stands."""

import gc
import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from larder_agent import lean
from larder_agent.failures import AgentStopped

if TYPE_CHECKING:
    import argparse

    from larder_agent.config import AgentConfig

_EPILOG = """\
例 / example:
  larder agent init    --config /etc/larder/agent.toml     生成密钥，打印公钥 / make keys, print the public halves
  larder agent run     --config /etc/larder/agent.toml     运行 / run until SIGTERM
  larder agent status  --config /etc/larder/agent.toml     现在怎样 / how it stands
  larder agent doctor  --config /etc/larder/agent.toml     哪里不对、怎么办 / what is wrong, and what to do
  larder agent account --config /etc/larder/agent.toml --json   账目 / what was sealed, what is held
  larder agent scan                                        找传感器 / look for sensors
  larder agent probe onewire point.id=a point.sensor=28-00000a1b2c3d   读一次 / read once

退出码 / exit codes: 0 正常结束 clean, 70 程序缺陷 a bug, 74 磁盘故障 the disk failed (重启即可 start again), 78 配置有误 configuration
doctor: 0 一切正常 nothing is wrong, 1 有待处理 somebody should look, 2 严重 grave
"""

COMMANDS = {
    "run": "运行，直到 SIGTERM / run until SIGTERM",
    "init": "建立状态目录和设备密钥，打印公钥 / make state folders and device keys, print the public keys",
    "account": "读出每台设备的账目，不影响运行 / each device's account, read without disturbing it",
    "status": "每台设备现在怎样 / how each device stands",
    "doctor": "哪里不对、怎么办，说白话 / what is wrong in plain words, and what to do",
}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    import argparse

    parser = subparsers.add_parser(
        "agent",
        help="边缘端：采集、留存、上报 / the program on the device: read, keep, report",
        description="边缘端：采集、留存、上报 / the program on the device: read, keep, report",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_commands(parser)


def add_commands(parser: "argparse.ArgumentParser") -> None:
    import argparse

    from larder_agent import upkeep
    from larder_agent.commissioning import cli as commissioning

    commands = parser.add_subparsers(title="命令 / commands", dest="command", metavar="<command>", required=True)
    for name, line in COMMANDS.items():
        one = commands.add_parser(
            name, help=line, description=line, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        one.add_argument(
            "--config", required=True, type=Path, metavar="FILE", help="配置文件 agent.toml / the configuration"
        )
        if name in ("init", "account", "doctor"):
            one.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    commissioning.add_commands(commands)
    upkeep.add_commands(commands)


def run_plainly(words: list[str]) -> int | None:
    """`run --config FILE` as a service is started, without the parser of commands, which would stay in memory (1.4 MB) as long as the
    service; None for any other words."""
    if words[:2] != ["run", "--config"] or len(words) != 3:
        return None
    gc.disable()  # until the start has settled: nothing of what is imported is rubbish
    lean.defer()
    from larder_agent.config import load_config

    try:
        return _run(load_config(Path(words[2])), Path(words[2]))
    except AgentStopped as error:
        return _stopped(error)


def _stopped(error: AgentStopped) -> int:
    print(f"larder agent: {error}", file=sys.stderr)
    return error.code


def run(args: "argparse.Namespace") -> int:
    """The exit code; see the epilog."""
    lean.defer()
    from larder_agent import upkeep
    from larder_agent.commissioning import cli as commissioning
    from larder_agent.config import load_config

    try:
        if args.command in commissioning.COMMANDS:
            return commissioning.run(args)
        if args.command in upkeep.COMMANDS:
            return upkeep.run(args)
        if args.command == "doctor":
            from larder_agent.doctor import cli as doctor

            return doctor.run(args)
        config = load_config(args.config)
        if args.command == "run":
            return _run(config, args.config)
        if args.command == "init":
            return _init(config, args.json)
        return _account(config, args.json) if args.command == "account" else _status(config)
    except AgentStopped as error:
        return _stopped(error)


def _run(config: "AgentConfig", file: Path) -> int:
    from larder_agent import app, logs, memory
    from larder_agent.tasks import Tasks

    logs.log_to()
    memory.few_arenas()
    tasks = Tasks()
    app.stop_on_signals(tasks)
    with app.build(config, file) as devices:
        memory.give_back()
        code = app.run(devices, tasks)
        if code:
            logging.shutdown()
            os._exit(code)  # a thread may be in the midst of a commit: nothing is closed under it
        again = any(each.device.restarting for each in devices)
    if again:  # the hub asked for it: everything is closed, and the same command begins anew in this process
        logging.shutdown()
        os.execv(sys.executable, sys.orig_argv)
    return code


def _init(config: "AgentConfig", as_json: bool) -> int:
    from larder_agent.key import create_key

    keys = {device.id: create_key(device.state_dir).public for device in config.device}
    print(json.dumps(keys) if as_json else "\n".join(f"{name} {public}" for name, public in keys.items()))
    return 0


def _account(config: "AgentConfig", as_json: bool) -> int:
    from larder_agent.books import read_account

    accounts = {device.id: read_account(device.state_dir) for device in config.device}
    if as_json:
        fields: dict[str, Any] = {
            name: {
                "stream": one.books.stream,
                "head": one.books.head_n,
                "head_hash": one.books.head_hash,
                "safe": one.books.safe_n,
                "produced": one.books.produced,
                "declared_lost": one.books.lost,
                "held_readings": one.held_readings,
                "staged": one.staged,
                "held": [[line.stream, line.n, line.hash, line.readings] for line in one.held],
            }
            for name, one in accounts.items()
        }
        print(json.dumps(fields))
        return 0
    for name, one in accounts.items():
        books = one.books
        print(f"{name}  stream {books.stream}  head {books.head_n} {books.head_hash}")
        print(f"  产生 produced {books.produced:,}  申报丢失 declared lost {books.lost:,}")
        print(f"  仍在本机 held {one.held_readings:,} ({len(one.held):,} 条记录 entries)  待封存 staged {one.staged:,}")
    return 0


def _status(config: "AgentConfig") -> int:
    from larder_agent.metrics import COUNTERS, read_metrics

    for device in config.device:
        found = read_metrics(device.state_dir)
        print(f"{device.id}  ({device.state_dir})")
        if not found:
            print("  还没有运行过 / has not run yet: larder agent run")
            continue
        for line in standing_lines(found["now"], int(time.time() * 1000)):
            print(f"  {line}")
        for name, count in found["counts"].items():
            if not count:
                continue
            word, _, reason = name.partition(".")
            print(f"  {COUNTERS.get(word, word)}{f' [{reason}]' if reason else ''}: {count:,}")
    return 0


def standing_lines(now: dict[str, Any], at_ms: int) -> list[str]:
    """How a device stood when it last wrote its metrics, in words."""
    backlog, disk = now["backlog"], now["disk"]
    receipt = "还没有 none yet" if now["receipt_ms"] is None else f"{_ago(at_ms - now['receipt_ms'])}前 ago"
    return [
        f"记录于 {_ago(at_ms - now['written_ms'])}前 / as of that long ago",
        f"连接 connection: {('MQTT ' + now['mqtt']) if now['mqtt'] else '未连接 none'}  最近回执 last receipt: {receipt}",
        f"待回执 awaiting receipt: {backlog['entries']:,} 条记录 entries, {backlog['readings']:,} 读数 readings",
        f"存储 outbox: {disk['used'] / 2**20:.1f} / {disk['bound'] / 2**20:.0f} MB, 磁盘剩余 free {disk['free'] / 2**20:,.0f} MB",
        f"时钟 clock: {now['clock'][0]}, ± {'?' if now['clock'][1] is None else now['clock'][1]} ms",
        f"配置 configuration: {now.get('config') or '仅本地文件 the file alone'}",
        *([f"超限 out of limits: {', '.join(now['out'])}"] if now.get("out") else []),
        *_point_lines(now.get("points", {})),
        *([f"检修中 in maintenance: {now['maintenance']}"] if now.get("maintenance") else []),
        f"stream {now['stream']}  head {now['head']}  产生 produced {now['produced']:,}",
    ]


def _point_lines(points: dict[str, list[Any]]) -> list[str]:
    bad = [f"{point} {quality}" for point, (quality, *_) in points.items() if quality]
    return (
        [f"测点 points: {len(points)}, 不可信 not good: {len(bad)}{' (' + ', '.join(bad) + ')' if bad else ''}"]
        if points
        else []
    )


def _ago(ms: int) -> str:
    seconds = max(0, ms // 1000)
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
