"""Two hubs live: row 43."""

import shutil
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import pytest
import tomli_w

from larder_cli.child import kill_child
from larder_cli.demo.stage import Stage, free_port
from tests.chaos.hubs import answers, larder_hub, second_hub
from tests.chaos.measures import balanced, hub_metric
from tests.chaos.rows import row
from tests.chaos.test_hub_disks import generation
from tests.support.stages import grows, keep_nothing, logs, staged
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process
Show = Callable[[str, object], None]


@row(43, "two hubs on one data directory", injection="larder hub run a second time, and a restore beside it",
     expected="the second ends with a clear message, the first goes on", metric="exit status", quick=True)  # fmt: skip
def test_a_second_hub_on_one_directory_does_not_start(tmp_path: Path, record_property: Show) -> None:
    with staged(tmp_path, "nats") as stage:
        done = larder_hub(stage, "run")
        record_property("exit_status", done.returncode)
        assert done.returncode == 2 and "another hub runs over this registry" in done.stderr
        grows(stage, 20)


@contextmanager
def copied(stage: Stage, folder: Path, client_id: str | None) -> Iterator["Popen[bytes]"]:
    """A hub over a copy of the running hub's files, as somebody makes who moves a machine and forgets the old one."""
    stage.stop_program("hub")
    shutil.copytree(stage.plan.data_dir, folder / "data")
    stage.restart("hub")
    config = tomllib.loads(stage.plan.hub_file.read_text())
    config["data_dir"] = str(folder / "data")
    config["web"]["port"] = free_port()
    if client_id:
        config["broker"]["client_id"] = client_id
    (folder / "hub.toml").write_text(tomli_w.dumps(config))
    child = second_hub(folder / "hub.toml", folder / "hub.log")
    try:
        yield child
    finally:
        kill_child(child)


@row(43, "two hubs on copies of the data, one broker", injection="a copy is started, with the same client id or another",
     expected="the later one stops, the other raises its generation; agents deleted nothing meanwhile and send it all again",
     metric="seconds until one has stopped, larder_rival_hubs_total")  # fmt: skip
@pytest.mark.parametrize(
    ("kind", "client_id"),
    [("mosquitto", None), ("nats", None), ("mosquitto", "larder-hub-2"), ("nats", "larder-hub-2")],
)
def test_two_hubs_on_copies_find_each_other(
    tmp_path: Path, kind: str, client_id: str | None, record_property: Show
) -> None:
    """[H13]"""
    (tmp_path / "copy").mkdir()
    with staged(tmp_path / "stage", kind) as stage:
        keep_nothing(stage)
        grows(stage, 40)
        with copied(stage, tmp_path / "copy", client_id) as child:
            began = time.monotonic()
            code = wait_for(lambda: child.poll(), f"the copy stops\n{logs(stage)}", 45)
            record_property("stopped_s", round(time.monotonic() - began, 1))
        said = (tmp_path / "copy" / "hub.log").read_text("utf-8")
        assert code == 75 and "another hub with this key is live" in said and "larder hub restore" in said, said[-800:]
        answers(stage)
        wait_for(
            lambda: hub_metric(stage, "larder_rival_hubs_total", verdict="stay") == 1, f"noticed\n{logs(stage)}", 20
        )
        assert generation(stage.plan.data_dir / "registry") == 2
        grows(stage, 40)
        balanced(stage)
