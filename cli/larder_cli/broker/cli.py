"""``larder broker``: the embedded broker in the foreground."""

import argparse
import signal
import sys
from pathlib import Path

from larder_cli.broker.nats_server import BrokerUnavailable, NatsBroker
from larder_cli.broker.users import UsersFileError, read_users

EXIT_CONFIG = 2
EPILOG = """\
例 / example:
  larder broker --dir ./broker --users users.toml --port 1883

users.toml：
  [[users]]
  name = "hub"                    # 中心端 / the hub
  password_file = "hub.password"

  [[users]]
  name = "menyuan-017"            # 设备编号 / a device id
  password = "..."
  county = "632221"
  site = "school-017"
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``broker``."""
    parser = subparsers.add_parser(
        "broker",
        help="内置的 MQTT 代理 / the embedded MQTT broker",
        description="在前台运行内置的 MQTT 代理（nats-server，MQTT 3.1.1，无 TLS）；县级部署请用 Mosquitto，见 deploy/mosquitto / "
        "run the embedded MQTT broker in the foreground; a county uses Mosquitto, see deploy/mosquitto",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--dir", type=Path, required=True, help="存放配置、队列和日志的文件夹 / folder for configuration, queues, log"
    )
    parser.add_argument("--users", type=Path, required=True, metavar="users.toml", help="用户和密码 / who may connect")
    parser.add_argument("--port", type=int, default=1883, help="MQTT 端口（默认 1883）/ the MQTT port")
    parser.add_argument(
        "--host", default="127.0.0.1", help="监听地址（默认仅本机）/ listen address (default: this machine only)"
    )


def run(args: argparse.Namespace) -> int:
    """Run until SIGINT or SIGTERM, or until nats-server ends by itself; the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        broker = NatsBroker(args.dir, args.port, read_users(args.users), host=args.host)
        broker.start()
    except (UsersFileError, BrokerUnavailable, ValueError) as error:
        print(f"larder broker: {error}", file=sys.stderr)
        return EXIT_CONFIG
    print(f"MQTT 代理已就绪 / broker ready: {broker.host}:{broker.port}（日志 / log: {broker.log}）", flush=True)
    try:
        code = broker.wait()
    except KeyboardInterrupt:
        broker.stop()
        return 0
    print(f"larder broker: nats-server ended with code {code}; see {broker.log}", file=sys.stderr)
    return 1
