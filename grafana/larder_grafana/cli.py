"""`larder grafana`: boards as files, or straight into a Grafana."""

import argparse
import sys
from pathlib import Path

from larder_grafana.build import write
from larder_grafana.client import GrafanaClient, GrafanaRefused
from larder_grafana.setting import DONE, Setting, Source, steps

EXIT_CHANGED, EXIT_USAGE, EXIT_REFUSED = 1, 2, 3

_TEXT = "Grafana 看板：生成、装入 / Grafana boards: make them, put them in"
_EPILOG = """\
例 / example:
  larder grafana build --dir boards                                  生成 JSON / the boards as JSON, for provisioning
  larder grafana apply --url http://127.0.0.1:3000 --token-file grafana.token --influx http://127.0.0.1:8086 --dry-run
  larder grafana apply --url https://grafana.example --token-file grafana.token --influx http://influx:8086 \\
      --database larder --influx-token-file influx.token --team 门源县局 --team 祁连县局

退出码 / exit code: 0 已一致 / as it should be; 1 有改动（--dry-run 时为要改动）/ changed, or with --dry-run to be changed;
2 用法或文件有误 / wrong usage or files; 3 Grafana 拒绝或不应答 / Grafana refused or does not answer
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "grafana", help=_TEXT, description=_TEXT, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    acts = parser.add_subparsers(title="动作 / acts", dest="act", required=True, metavar="<act>")

    def act(name: str, text: str) -> argparse.ArgumentParser:
        return acts.add_parser(
            name, help=text, description=text, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
        )

    build = act("build", "生成 JSON / the boards as JSON files")
    build.add_argument("--dir", type=Path, required=True, metavar="DIR", help="目录 / where to")
    apply = act("apply", "装入 Grafana，可重复执行 / put everything into a Grafana; again changes nothing")
    apply.add_argument("--url", required=True, metavar="URL", help="Grafana 地址 / its address")
    apply.add_argument(
        "--token-file", required=True, type=Path, metavar="FILE", help="服务账号令牌 / token of a service account"
    )
    apply.add_argument(
        "--influx", required=True, metavar="URL", help="Grafana 看到的 InfluxDB / InfluxDB as Grafana reaches it"
    )
    apply.add_argument(
        "--database", default="larder", metavar="NAME", help="库名 / database, or bucket by its DBRP mapping"
    )
    apply.add_argument("--influx-user", default="", metavar="NAME", help="InfluxDB 1 的用户 / user of InfluxDB 1")
    apply.add_argument("--influx-password-file", type=Path, metavar="FILE", help="InfluxDB 1 的口令 / its password")
    apply.add_argument(
        "--influx-token-file", type=Path, metavar="FILE", help="InfluxDB 2、3 的令牌 / token of InfluxDB 2 and 3"
    )
    apply.add_argument(
        "--team", action="append", default=[], metavar="NAME", help="可看的团队，可重复 / may look; repeatable"
    )
    apply.add_argument("--public", action="store_true", help="州总览公开 / show the overview without signing in")
    apply.add_argument(
        "--alerts-to", default="", metavar="URL", help="Grafana 自身告警发往 / where Grafana's own alerts go"
    )
    apply.add_argument("--renew-secrets", action="store_true", help="重写口令 / write the secrets again")
    apply.add_argument("--dry-run", action="store_true", help="只说要改什么 / only say what would change")


def run(args: argparse.Namespace) -> int:
    """The exit code, as the help says."""
    try:
        return _build(args) if args.act == "build" else _apply(args)
    except OSError as error:
        print(f"larder grafana: {error.filename}: {error.strerror} (give the path of a readable file)", file=sys.stderr)
        return EXIT_USAGE
    except GrafanaRefused as error:
        print(f"larder grafana: {error}", file=sys.stderr)
        return EXIT_REFUSED


def _build(args: argparse.Namespace) -> int:
    for file in write(args.dir):
        print(file)
    return 0


def _apply(args: argparse.Namespace) -> int:
    source = Source(
        args.influx,
        args.database,
        args.influx_user,
        _secret(args.influx_password_file),
        _secret(args.influx_token_file),
    )
    setting = Setting(
        source, teams=args.team, public=args.public, alerts_to=args.alerts_to, renew_secrets=args.renew_secrets
    )
    changed = 0
    for step in steps(setting, GrafanaClient(args.url, _secret(args.token_file))):
        changed += 1
        print(f"{DONE[step.change].zh} / {step.change}: {step.what}", flush=True)
        if not args.dry_run:
            step.act()
    if not changed:
        print("已一致 / as it should be")
    return EXIT_CHANGED if changed else 0


def _secret(file: Path | None) -> str:
    return "" if file is None else file.read_text(encoding="utf-8").strip()
