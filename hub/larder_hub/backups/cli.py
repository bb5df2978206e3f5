"""`larder hub backup`, `restore`, `restore-points` and `forget`."""

import argparse
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import apsw

from larder_hub.backups.lock import HubLock
from larder_hub.backups.points import begin_anew, open_registry, restore, take, why
from larder_hub.config import ConfigError, HubConfig
from larder_hub.ledger.registry import RestorePoint

ACTS = ("backup", "restore", "restore-points", "forget")
_EPILOG = """\
例 / example:
  larder hub backup --to /backup/larder/2026-11-24 --config /etc/larder/hub.toml      运行中即可 / beside a running hub
  larder hub restore-points --config /etc/larder/hub.toml
  larder hub restore --point 3 --config /etc/larder/hub.toml                           先停中心 / stop the hub first
  larder hub restore --begin-anew --config /etc/larder/hub.toml                        没有任何备份时 / when no backup is left
  larder hub forget --point 1 --config /etc/larder/hub.toml                            此后可删其目录 / then its folder may go

每个未 forget 的备份都可能被恢复，所以设备一直保留其后的记录：备份删除前先 forget。
Agents keep whatever a registered backup lacks, since it could be restored: forget a point before you delete its folder.
"""


def add_parsers(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for name, text in (
        ("backup", "备份 / take a restore point beside a running hub"),
        ("restore", "恢复 / put a restore point in the place of the hub's databases"),
        ("restore-points", "备份列表 / the restore points that agents still keep records for"),
        ("forget", "作废一个备份 / a restore point that will never be restored"),
    ):
        act = acts.add_parser(
            name, help=text, description=text, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        act.add_argument("--config", required=True, type=Path, metavar="FILE", help="配置文件 / the hub's TOML file")
        if name == "backup":
            act.add_argument(
                "--to", required=True, type=Path, metavar="DIR", help="新目录 / a folder that does not exist yet"
            )
        if name in ("restore", "forget"):
            chosen = act.add_mutually_exclusive_group(required=True)
            chosen.add_argument("--point", type=int, metavar="N", help="编号 / its number in restore-points")
            if name == "restore":
                text = "空账本，缺者列为未说明 / an empty ledger: what agents no longer hold is listed as unexplained"
                chosen.add_argument("--begin-anew", action="store_true", help=text)


def run(config: HubConfig, args: argparse.Namespace) -> int:
    """Raises ConfigError."""
    now_ms = time.time_ns() // 1_000_000
    if args.act == "backup":
        point = take(config, args.to, now_ms)
        print(f"备份 {point.id} 完成 / restore point {point.id} complete: {point.file}")
        return 0
    if args.act == "restore" and args.begin_anew:
        with _stopped(config):
            generation = begin_anew(config, now_ms)
        print(f"空账本，第 {generation} 代；启动中心后设备补其所存，其余列为未说明\n"
              f"an empty ledger, generation {generation}: start the hub; what no agent sends is listed as unexplained")  # fmt: skip
        return 0
    registry = open_registry(config)
    try:
        points = registry.restore_points()
        if args.act == "restore-points":
            for point in points:
                print(_line(point))
            return 0
        chosen = next((point for point in points if point.id == args.point), None)
        if chosen is None:
            raise ConfigError(
                config.data_dir, "--point", f"there is no restore point {args.point}", "larder hub restore-points"
            )
        if args.act == "forget":
            registry.forget_point(chosen)
            print(
                f"备份 {chosen.id} 已作废 / restore point {chosen.id} is forgotten; its folder may be deleted: {chosen.file}"
            )
            return 0
    finally:
        registry.close()
    with _stopped(config):
        try:
            generation = restore(config, chosen, now_ms)
        except (apsw.Error, OSError) as error:
            hint = f"make room, then the same again: larder hub restore --point {chosen.id}; until it has ended no hub starts"
            raise ConfigError(
                config.data_dir, "(folder)", f"point {chosen.id} is not restored: {why(error)}", hint
            ) from error
    print(f"已恢复到备份 {chosen.id}，第 {generation} 代；启动中心后设备自动补齐\n"
          f"restored point {chosen.id}, generation {generation}: start the hub, the agents refill the rest")  # fmt: skip
    return 0


def _stopped(config: HubConfig) -> HubLock:
    assert config.registry_dir is not None, "load_config gives every folder its place"
    return HubLock(config.registry_dir)


def _line(point: RestorePoint) -> str:
    when = datetime.fromtimestamp(point.begun_ms / 1000, ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M:%S")
    return f"{point.id:>4}  {when}  {'完整 complete' if point.complete else '未完成 not complete'}  {point.file}"
