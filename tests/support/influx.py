"""Real series servers for tests: InfluxDB 1.6 behind an nginx that gives it the v2 write path, and VictoriaMetrics."""

import json
import os
import shutil
import signal
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path
from string import Template

from larder_hub.config import InfluxConfig
from larder_hub.influx.server import InfluxServer
from tests.support.brokers import free_port
from tests.support.waiting import wait_for

USER, PASSWORD = "hub", "hubpw"

_INFLUX = Template("""
reporting-disabled = true
bind-address = "127.0.0.1:$rpc"
[meta]
  dir = "$folder/meta"
[data]
  dir = "$folder/data"
  wal-dir = "$folder/wal"
  index-version = "tsi1"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:$http"
  auth-enabled = true
  log-enabled = false
""")

_NGINX = Template("""
pid $folder/nginx.pid;
error_log $folder/error.log;
worker_processes 1;
$user
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path $folder/body; proxy_temp_path $folder/proxy; fastcgi_temp_path $folder/f; uwsgi_temp_path $folder/u;
  scgi_temp_path $folder/s;
  client_max_body_size 25m;
  # InfluxDB 1.6 has neither the token of 1.8 nor its v2 path: both become what it knows.
  map $$http_authorization $$name { default ""; "~^Token (?<one>[^:]+):" $$one; }
  map $$http_authorization $$word { default ""; "~^Token [^:]+:(?<two>.+)$$" $$two; }
  map $$arg_bucket $$base { default ""; "~^(?<three>.+?)(%2F|/)" $$three; "~^(?<four>[^/%]+)$$" $$four; }
  map $$arg_bucket $$policy { default ""; "~^.+?(?:%2F|/)(?<five>.+)$$" "&rp=$$five"; }
  server {
    listen 127.0.0.1:$port;
    location = /api/v2/write {
      proxy_set_header Authorization "";
      proxy_pass http://127.0.0.1:$http/write?db=$$base$$policy&precision=$$arg_precision&u=$$name&p=$$word;
    }
    location = /query {
      proxy_set_header Authorization "";
      proxy_pass http://127.0.0.1:$http/query?$$args&u=$$name&p=$$word;
    }
    location / { return 404; }
  }
}
""")


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    assert found, f"{name} is not installed: scripts/system-packages.sh"
    return found


class RealInflux:
    """`start`, `kill` (-9) and `start` again keep its data. Its database is `larder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True)
        self._http, self._rpc, self.port = free_port(), free_port(), free_port()
        self._config, self._front = folder / "influx.conf", folder / "nginx.conf"
        self._config.write_text(_INFLUX.substitute(folder=folder, http=self._http, rpc=self._rpc))
        user = "user root;" if os.getuid() == 0 else ""
        self._front.write_text(_NGINX.substitute(folder=folder, http=self._http, port=self.port, user=user))
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def config(self) -> InfluxConfig:
        return InfluxConfig(url=f"http://127.0.0.1:{self.port}", dialect="influxdb1", bucket="larder", timeout_s=5)

    @property
    def token(self) -> str:
        return f"{USER}:{PASSWORD}"

    def start(self) -> None:
        if "nginx" not in self._running:
            self._run("nginx", "-c", str(self._front), "-g", "daemon off;")
        self._run("influxd", "run", "-config", str(self._config))
        wait_for(self._answers, "InfluxDB answers", 30)
        if not (self._folder / "made").exists():
            self.direct(f"CREATE USER {USER} WITH PASSWORD '{PASSWORD}' WITH ALL PRIVILEGES", signed=False)
            self.direct("CREATE DATABASE larder")
            (self._folder / "made").touch()

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self._http}/ping", timeout=1).close()
        except OSError:
            return False
        return True

    def direct(self, text: str, *, signed: bool = True) -> object:
        """A question or an order past nginx."""
        raw = urllib.parse.urlencode({"q": text}).encode()
        account = f"?db=larder&u={USER}&p={PASSWORD}" if signed else ""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._http}/query{account}", raw, timeout=10) as answer:
            return json.load(answer)

    def _run(self, name: str, *options: str) -> None:
        with (self._folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen([program(name), *options], stdout=log, stderr=log)

    def kill(self) -> None:
        """InfluxDB alone, with -9: nginx goes on and says 502."""
        self._end("influxd", signal.SIGKILL)

    def stop(self) -> None:
        for name in list(self._running):
            self._end(name, signal.SIGTERM)

    def _end(self, name: str, number: int) -> None:
        child = self._running.pop(name)
        child.send_signal(number)
        child.wait(20)

    def server(self) -> InfluxServer:
        server = InfluxServer(self.config, self.token)
        server.open()
        return server


class RealVictoria:
    def __init__(self, folder: Path) -> None:
        self._folder, self.port = folder, free_port()
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def config(self) -> InfluxConfig:
        return InfluxConfig(
            url=f"http://127.0.0.1:{self.port}", dialect="victoriametrics", bucket="larder", timeout_s=5
        )

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        command = [program("victoria-metrics"), f"-httpListenAddr=127.0.0.1:{self.port}", "-retentionPeriod=100y",
                   f"-storageDataPath={self._folder}", "-dedup.minScrapeInterval=1ms", "-search.latencyOffset=0s"]  # fmt: skip
        log = (self._folder.parent / "victoria.log").open("ab")
        self._running = subprocess.Popen(command, stdout=log, stderr=log)
        log.close()
        wait_for(self._answers, "VictoriaMetrics answers", 30)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=1).close()
        except OSError:
            return False
        return True

    def export(self, match: str) -> list[dict[str, object]]:
        """Every series of a match with all its samples."""
        urllib.request.urlopen(f"http://127.0.0.1:{self.port}/internal/force_flush", timeout=10).close()
        asked = urllib.parse.urlencode({"match[]": match, "reduce_mem_usage": "0"})
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/export?{asked}", timeout=10) as answer:
            return [json.loads(one) for one in answer.read().splitlines()]

    def stop(self) -> None:
        if self._running is not None:
            self._running.terminate()
            self._running.wait(20)
            self._running = None
