"""A hub with its pulse, and who watches it, as real processes: broker, hub, agent with the driver `pulse`, `larder watch`."""

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path
from subprocess import Popen, run
from typing import Any

import tomli_w

from larder_cli.broker import BrokerUser, NatsBroker
from larder_cli.child import kill_child, start_child, stop_child
from tests.support.brokers import free_port
from tests.support.waiting import wait_for

MINUTE_S = 1.0
"""A minute of this world lasts a second: every limit of the watcher and of the hub is divided by 60."""

PHONE = "+8613900139000"


class PulseRig:
    """`start()` all of it; each program can be killed and started again by name: broker, hub, agent, watch."""

    def __init__(self, folder: Path, missed: int = 3) -> None:
        self.folder, self.port, self._missed = folder, free_port(), missed
        users = [BrokerUser("hub", "hub-secret"), BrokerUser("pulse-box", "box-secret", "632221", "hub-room")]
        self.broker = NatsBroker(folder / "broker", free_port(), users)
        self._children: dict[str, Popen[bytes]] = {}
        (folder / "logs").mkdir()
        for name, secret in (("hub.password", "hub-secret"), ("box.password", "box-secret")):
            (folder / name).write_text(secret)
            (folder / name).chmod(0o600)

    def start(self) -> None:
        self.broker.start()
        self._configure()
        for name in ("hub", "agent"):
            self.begin(name)
        wait_for(lambda: (ages := self.ages()) and ages["notices"] < 1500, f"the first beat\n{self.logs()}", 40.0)
        self.begin("watch")

    def begin(self, name: str) -> None:
        words = {
            "hub": ["-m", "larder_hub", "run", "--config", "hub.toml"],
            "agent": ["-m", "larder_agent", "run", "--config", "agent.toml"],
            "watch": ["-m", "larder_cli.main", "watch", "run", "--config", "watch.toml"],
        }[name]
        argv = [sys.executable, *words[:-1], str(self.folder / words[-1])]
        self._children[name] = start_child(argv, log=self.folder / "logs" / f"{name}.log")

    def kill(self, name: str) -> None:
        kill_child(self._children.pop(name))

    def stop(self) -> None:
        for name in list(self._children):
            kill_child(self._children.pop(name))
        self.broker.stop()

    def end(self, name: str) -> None:
        """SIGTERM."""
        stop_child(self._children.pop(name))

    # ---------------------------------------------------------------- asking

    def ages(self) -> dict[str, int]:
        """ms by stage; empty while the hub does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/pulse", timeout=5) as answer:
                found = json.load(answer)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return {}
        return {one["stage"]: one["age_ms"] for one in found["stages"]}

    def ask(self, path: str) -> Any:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)

    def messages(self) -> list[str]:
        """What the watcher sent, in order, without the number."""
        return [file.read_text("utf-8").split("\n")[1] for file in sorted((self.folder / "sms").glob("*.txt"))]

    def check(self) -> tuple[int, str]:
        words = [sys.executable, "-m", "larder_cli.main", "watch", "check", "--config", str(self.folder / "watch.toml")]
        done = run(words, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    def logs(self) -> str:
        return "\n".join(
            f"--- {file.name}\n{file.read_text('utf-8')[-1500:]}" for file in sorted((self.folder / "logs").iterdir())
        )

    # ---------------------------------------------------------------- files

    def _configure(self) -> None:
        at = {"host": self.broker.host, "port": self.broker.port}
        self._write("hub.toml", {
            "data_dir": "hub", "time_scale": 60.0, "delivery_s": 15.0, "web": {"port": self.port},
            "broker": {**at, "password_file": "hub.password"}, "pulse": {"watchers": ["west"], "silent_min": 5.0},
        })  # fmt: skip
        key = json.loads(self._call("larder_hub", "init", "--config", "hub.toml", "--json"))["public_key"]
        self._write("agent.toml", {
            "broker": {**at, "password_file": "box.password"}, "hub": {"public_key": key},
            "device": [{"county": "632221", "site": "hub-room", "id": "pulse-box", "state_dir": "box", "period_s": MINUTE_S / 2,
                        "seal_after_s": 0.1, "heartbeat_s": 0.5, "resend_after_s": 1.0,
                        "source": [{"driver": "pulse", "id": "pulse"}]}],
        })  # fmt: skip
        keys = json.loads(self._call("larder_agent", "init", "--config", "agent.toml", "--json"))
        point = {
            "id": "pulse",
            "place": "pulse",
            "quantity": "other",
            "unit": "count",
            "period_s": MINUTE_S / 2,
            "profile": "pulse",
        }
        self._write("register.toml", {
            "county": [{"code": "632221", "name_zh": "门源县", "name_en": "Menyuan"}],
            "site": [{"id": "hub-room", "county": "632221", "kind": "hub", "name_zh": "中心机房", "name_en": "hub room",
                      "place": [{"id": "pulse", "name_zh": "心跳", "name_en": "pulse"}],
                      "device": [{"id": "pulse-box", "public_key": keys["pulse-box"], "point": [point]}]}],
        })  # fmt: skip
        self._call("larder_hub", "register", "import", str(self.folder / "register.toml"), "--config", "hub.toml")
        self._write("watch.toml", {
            "name": "west", "hub": f"http://127.0.0.1:{self.port}", "second": f"127.0.0.1:{free_port()}", "phones": [PHONE],
            "duty_phone": "0970-8640000", "every_s": MINUTE_S / 3, "minute_s": MINUTE_S, "missed": self._missed,
            "timeout_s": 2.0, "repeat_min": 0.0,
            "send": {"way": "file"},
        })  # fmt: skip

    def _write(self, name: str, table: dict[str, Any]) -> None:
        (self.folder / name).write_text(tomli_w.dumps(table), encoding="utf-8")

    def _call(self, module: str, *words: str) -> str:
        argv = [str(self.folder / word) if word.endswith(".toml") and "/" not in word else word for word in words]
        done = run([sys.executable, "-m", module, *argv], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout
