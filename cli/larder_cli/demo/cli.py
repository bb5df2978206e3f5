"""`larder demo`: the whole system on this machine."""

import argparse
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event

from rich.console import Console, RenderableType
from rich.live import Live

from larder_cli.broker import BrokerUnavailable
from larder_cli.demo import dummy_phone
from larder_cli.demo.dummy_phone import DummyPhone, PhoneFailed
from larder_cli.demo.ending import Ending, end
from larder_cli.demo.glance import Glance, look, look_wide
from larder_cli.demo.keys import QUIT, Keys, pressed
from larder_cli.demo.load import load_of
from larder_cli.demo.overview import Prefecture, overview
from larder_cli.demo.plan import Pace
from larder_cli.demo.screen import Stand, events, render
from larder_cli.demo.stage import Stage, StageFailed, is_free
from larder_cli.reconcile.cli import table
from larder_sim.shipped import find_shipped
from larder_sim.world_file import load_world

_EPILOG = """\
例 / example:
  larder demo                  海北州，一直运行，q 或 Ctrl-C 结束并对账 / the prefecture, until q or Ctrl-C, then balances the books
  larder demo --world small    一个县六个场所 / six sites of one county
  larder demo --for 120        120 秒后自己结束 / ends by itself after 120 seconds
  larder demo --for 60 --plain 每个事件一行 / one line an event

最后一行是 JSON 对账；账不平或有记录存了两次时退出码为 1。
The last line is the account as JSON; the exit code is 1 when it does not balance or anything is stored twice.
"""
PORT = 8080
SCALE = 60.0
LOOK_S = 0.5
WIDE_LOOK_S = 2.0
HAIBEI, SMALL = "haibei", "small"
WORLDS = {HAIBEI: ("haibei", "haibei-live"), SMALL: ("demo", "demo")}
"""What is said for a world: its file and its scenario."""
CALM = Pace(seal_after_s=10.0, heartbeat_s=15.0, resend_after_s=10.0)
"""For a hundred devices on two cores."""
MANY_DEVICES = 20


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "demo", help="一条命令看全貌 / the whole system on one machine", epilog=_EPILOG,
        description="一个州的模拟硬件、边缘端、代理、中心，一条命令 / simulated hardware of a prefecture, agents, broker and hub",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument(
        "--for", dest="seconds", type=float, metavar="S", help="运行秒数 / seconds to run (default: until Ctrl-C)"
    )
    parser.add_argument(
        "--plain", action="store_true", help="每个事件一行 / one line an event, as when the output is no terminal"
    )
    parser.add_argument(
        "--dir", type=Path, metavar="D", help="数据目录，默认 var/demo-<时间> / folder for everything it writes"
    )
    parser.add_argument(
        "--port", type=int, default=PORT, metavar="N", help=f"页面端口，默认 {PORT} / port of the status page"
    )
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="模拟的随机种子 / seed of the simulation")
    parser.add_argument(
        "--world", default=HAIBEI, metavar="W",
        help=f"世界：{HAIBEI}（默认）、{SMALL}（一个县六个场所）或文件 / the prefecture, six sites of a county, or a file",
    )  # fmt: skip
    parser.add_argument("--scenario", metavar="S", help="情景文件或名称 / scenario file or name (default: the world's)")


def run(args: argparse.Namespace) -> int:
    """0 when the books balance, 1 when they do not, 2 when something could not be started."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    console = Console()
    try:
        with _stage(args, console) as stage:
            last = _watch(stage, args, console, stop)
            console.print(
                "正在结束：封存、发完、对账 / ending: sealing, sending the rest, balancing the books", highlight=False
            )
            ending = end(stage, last.glance, last.seconds)
    except (StageFailed, BrokerUnavailable, PhoneFailed) as error:
        print(error, file=sys.stderr)
        return 2
    return _say(ending, stage, console)


class Watched:
    """What the last look saw, and how long the system ran."""

    def __init__(self) -> None:
        self.glance: Glance | None = None
        self.began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began


@contextmanager
def _stage(args: argparse.Namespace, console: Console) -> Iterator[Stage]:
    """Everything started; whatever happens, nothing is left running."""
    folder = args.dir or Path("var") / f"demo-{datetime.now():%Y%m%d-%H%M%S}"
    port = args.port if args.port == 0 or is_free(args.port) else 0
    if port != args.port:
        console.print(f"端口 {args.port} 已被占用，另选一个 / port {args.port} is taken, choosing another")
    phone, sms = _sms(folder.resolve() / "phone", console)
    name, scenario = WORLDS.get(args.world, (args.world, "quiet"))
    world = load_world(find_shipped(name, "worlds"))
    many = sum(len(site.devices) for site in world.sites) >= MANY_DEVICES
    stage = Stage(
        world,
        args.scenario or scenario,
        folder,
        pace=CALM if many else Pace(),
        scale=SCALE,
        web_port=port,
        seed=args.seed,
        sms=sms,
    )
    try:
        if phone:
            phone.start()
        stage.start(lambda text: console.print(text, highlight=False))
        console.print(f"页面 / status page: {stage.url}   数据 / files: {folder}", highlight=False, soft_wrap=True)
        yield stage
    finally:
        for name in ("agent", "hub", "broker", "sim"):
            stage.kill(name)
        if phone:
            phone.stop()


def _sms(folder: Path, console: Console) -> tuple[DummyPhone | None, dict[str, str]]:
    """gammu-smsd with its dummy phone where it is installed, else a folder of files; which of both is said."""
    if dummy_phone.installed():
        phone = DummyPhone(folder)
        console.print("短信经 gammu-smsd 的模拟手机 / SMS go through gammu-smsd with its dummy phone", highlight=False)
        return phone, {"driver": "gammu-smsd", "gammu_config": str(phone.config)}
    console.print(
        "未装 gammu-smsd，短信写入文件 / gammu-smsd is not installed: SMS are written to files", highlight=False
    )
    return None, {"driver": "file"}


def _watch(stage: Stage, args: argparse.Namespace, console: Console, stop: Event) -> Watched:
    """Show what goes on until the time is over, a signal or `q` comes, or a program ends by itself."""
    watched = Watched()
    many = is_wide(stage)
    live = None if args.plain or not console.is_terminal else Live(console=console, screen=True, refresh_per_second=2)
    with ExitStack() as stack:
        key_within = stack.enter_context(pressed()) if live else None
        if live:
            stack.enter_context(live)
        keys, done = Keys(stage), list[str]()
        while not stop.is_set() and (args.seconds is None or watched.seconds < args.seconds):
            key = key_within(WIDE_LOOK_S if many else LOOK_S) if key_within else ""
            if not key:
                stop.wait(0.0 if key_within and sys.stdin.isatty() else WIDE_LOOK_S if many else LOOK_S)
            elif key == QUIT:
                break
            elif said := keys.press(key):
                done.append(f"{watched.seconds:6.1f}s {said}")
            if ended := stage.ended():
                raise StageFailed(ended)
            glance = look_wide(stage.ask) if many else look(stage.ask)
            if glance is None:
                continue
            if live:
                live.update(_drawn(stage, glance, watched, console.width, done))
            else:
                for line in events(watched.glance, glance):
                    console.print(f"{watched.seconds:6.1f}s {line}", highlight=False, soft_wrap=True, markup=False)
            watched.glance = glance
    console.print(_taken(stage, watched.seconds), highlight=False)
    return watched


def is_wide(stage: Stage) -> bool:
    """Too many devices for a table of places."""
    return len(stage.plan.devices) >= MANY_DEVICES


def _drawn(stage: Stage, glance: Glance, watched: Watched, width: int, done: Sequence[str]) -> RenderableType:
    if not is_wide(stage):
        return render(glance, Stand(watched.seconds, stage.scale, stage.url, stage.produced()), width)
    points = sum(len(site.points(device)) for site, device in stage.plan.devices)
    seen = Prefecture(glance.account, glance.open, glance.notices, watched.seconds, stage.scale, stage.url, stage.seed, points,
                      stage.produced(), done, _taken(stage, watched.seconds))  # fmt: skip
    return overview(seen, width)


def _taken(stage: Stage, seconds: float) -> str:
    """The load since the start, all programs but the broker: cores and memory."""
    load = load_of(stage.pids)
    return f"CPU {load.cpu_s / max(seconds, 1.0):.2f} 核 cores, {load.resident / 1e6:.0f} MB"


def _say(ending: Ending, stage: Stage, console: Console) -> int:
    console.print(table(ending.books), highlight=False, markup=False)
    states = f"$(printf -- ' --state %s' {stage.plan.root('agent') / 'devices'}/*)"
    console.print(
        f"复核 / check again: larder reconcile --data {stage.plan.data_dir} {states}", highlight=False, soft_wrap=True
    )
    print(ending.line(), flush=True)
    return 0 if ending.good else 1
