"""`larder reconcile`: balance the books of agents and hub from their files."""

import argparse
import json
import sqlite3
import sys
from pathlib import Path

from larder_cli.reconcile.balance import Balance, balance

_EPILOG = """\
例 / example:
  larder reconcile --data /var/lib/larder/hub --state /var/lib/larder/agent/minzhong-box --state /var/lib/larder/agent/liangku-box

每条记录自己解析、自己算哈希，不用系统自己的程序。平衡时退出码为 0，否则为 1。
Every line is parsed and hashed here, not by the system's own code. Exit code 0 when the books balance, otherwise 1.
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "reconcile", help="对账：产生 = 已存 + 申报丢失 + 待传 / balance every reading", epilog=_EPILOG,
        description="对账 / balance what agents produced against what the hub holds",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--data", required=True, type=Path, metavar="DIR", help="中心的数据目录 / the hub's data_dir")
    parser.add_argument("--state", required=True, type=Path, action="append", metavar="DIR",
                        help="一台设备的 state_dir，可重复 / a device's state_dir; may be repeated")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="输出 JSON / print JSON")


def run(args: argparse.Namespace) -> int:
    try:
        books = balance(args.state, args.data)
    except sqlite3.Error as error:
        print(f"{args.data} / {', '.join(map(str, args.state))}: {error} (are these the folders of a hub and of devices?)",
              file=sys.stderr)  # fmt: skip
        return 2
    print(json.dumps(books.fields(), ensure_ascii=False) if args.json else table(books))
    return 0 if books.good else 1


def table(books: Balance) -> str:
    """The balance for people: the equation first, then what must be zero."""
    lines = [
        f"产生 produced          {books.produced:>12,}",
        f"= 已存 stored          {books.stored:>12,}",
        f"+ 已声明丢失 declared  {books.declared_lost:>12,}",
        f"+ 设备待传 held        {books.held:>12,}",
        f"差额 difference        {books.difference:>12,}  {'平 OK' if not books.difference else '不平 DOES NOT BALANCE'}",
        f"重复 stored twice      {books.stored_twice + books.readings_twice:>12,}",
        f"不明 unexplained       {books.unexplained:>12,}",
        f"拒收 refused           {books.refused:>12,}",
    ]
    return "\n".join([*lines, *(f"!! {text}" for text in books.wrong)])
