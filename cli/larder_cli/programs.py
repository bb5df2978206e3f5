"""The sub-commands of ``larder``: where each lives, which extra it needs, and its one line of help.

A program's module exposes ``add_parser(subparsers) -> None``, which adds exactly one parser under the program's name, and
``run(args) -> int``, whose result is the exit code. Nothing here imports a program: a device that runs ``larder agent``
must not carry the hub in its memory.
"""

from typing import NamedTuple


class Program(NamedTuple):
    """One sub-command."""

    name: str
    module: str
    extra: str  # of the distribution: pip install 'larder[<extra>]'; "" when the bare distribution is enough
    line: str  # Chinese first, English beside it

    @property
    def hint(self) -> str:
        """What to type when something the program imports is not installed."""
        # In an environment that holds Larder already, pip adds what the extra lacks and leaves Larder itself alone. In an
        # empty one this line would fetch another project: the name is taken on PyPI.
        return f"pip install 'larder[{self.extra}]'" if self.extra else "install Larder again from its wheel"


PROGRAMS: tuple[Program, ...] = (
    Program(
        "agent", "larder_agent.cli", "agent", "边缘端：采集、留存、上报 / the program on the device: read, keep, report"
    ),
    Program("hub", "larder_hub.cli", "hub", "中心端：入账、告警、接口 / the hub: ledger, alarms, API"),
    Program(
        "account",
        "larder_hub.accounting.cli",
        "hub",
        "账：已收、待补、丢失、不明、完整率 / the gap account: is anything missing?",
    ),
    Program(
        "alarms",
        "larder_hub.alarms.trial.cli",
        "hub",
        "试报警规则：按案例、按历史 / try alarm rules, on cases and on history",
    ),
    Program(
        "influx",
        "larder_hub.influx.cli",
        "hub",
        "写往 InfluxDB 的曲线 / series in InfluxDB: status, check, rebuild",
    ),
    Program(
        "grafana",
        "larder_grafana.cli",
        "grafana",
        "Grafana 看板：生成、装入 / Grafana boards: make them, put them in",
    ),
    Program("series", "larder_hub.series.cli", "hub", "曲线：核对、导出 / the series: check, export"),
    Program("sim", "larder_sim.cli", "sim", "模拟的传感器和摄像头 / simulated sensors and cameras"),
    Program("demo", "larder_cli.demo.cli", "demo", "一条命令看全貌 / the whole system on one machine"),
    Program(
        "reconcile", "larder_cli.reconcile.cli", "demo", "对账：产生 = 已存 + 申报丢失 + 待传 / balance every reading"
    ),
    Program("broker", "larder_cli.broker.cli", "demo", "内置的 MQTT 代理 / the embedded MQTT broker"),
    Program("watch", "larder_cli.watch.cli", "", "在另一台机器上看守中心 / watch the hub from another machine"),
    Program("version", "larder_cli.version", "", "版本 / versions"),
)
