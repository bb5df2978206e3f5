"""Strikes on the hub: its process, its disk, its commits, its backups, its register."""

import sys
import time

from larder_cli.child import start_child
from tests.chaos.arena import larder
from tests.chaos.disks import fill
from tests.chaos.ground import Ground, is_held
from tests.chaos.schedule import Strike

LARDER = (sys.executable, "-m", "larder_cli.main")


class HubStrikes:
    """`begin_<fault>` and `end_<fault>`, as the schedule names them."""

    def __init__(self, ground: Ground) -> None:
        self.g = ground

    def begin_hub_kill(self, strike: Strike) -> None:
        self.g.stage.kill("hub")

    def end_hub_kill(self, strike: Strike) -> None:
        self.g.begin("hub")
        self.g.deeds.recoveries += 1

    def begin_hub_stop(self, strike: Strike) -> None:
        self.g.stage.pause("hub")

    def end_hub_stop(self, strike: Strike) -> None:
        self.g.stage.resume("hub")

    def begin_hub_die_around_commit(self, strike: Strike) -> None:
        self.g.excused["hub"] += 1
        self.g.stage.kill("hub")
        way = "before" if strike.pick < 0.5 else "after"
        self.g.stage.begin_hub("tests.support.sabotaged_hub", f"die-{way}-commit={1 + int(strike.pick * 20)}")

    def end_hub_die_around_commit(self, strike: Strike) -> None:
        self.g.stage.kill("hub")
        self.g.excused["hub"] -= 1
        self.g.begin("hub")

    def begin_hub_backup(self, strike: Strike) -> None:
        folder = self.g.arena.folder / f"point-{int(time.monotonic() * 1000)}"
        argv = [*LARDER, "hub", "backup", "--to", folder, "--config", self.g.stage.plan.hub_file]
        self.g.tools.append(start_child(argv, log=self.g.stage.plan.folder / "logs" / "backup.log"))

    def begin_hub_restore(self, strike: Strike) -> bool:
        """Beside a running hub it must be refused; then the hub is gone, and one of the complete points comes back."""
        told = larder("hub", "restore-points", "--config", self.g.stage.plan.hub_file).stdout
        points = [int(line.split()[0]) for line in told.splitlines() if "not complete" not in line]
        if not points:
            return False
        words = (
            "hub",
            "restore",
            "--point",
            str(points[int(strike.pick * len(points))]),
            "--config",
            self.g.stage.plan.hub_file,
        )
        if is_held(self.g.arena.folder / "registry" / "hub.lock"):
            self.g.refused(larder(*words), "another hub runs over this registry")
        self.g.stage.kill("hub")
        done = larder(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        self.g.deeds.outages.append((0, time.time_ns() // 1_000_000))
        return True

    def end_hub_restore(self, strike: Strike) -> None:
        if not self.g.stage.running("hub"):
            self.g.begin("hub")
            self.g.deeds.recoveries += 1

    def begin_hub_disk_full(self, strike: Strike) -> None:
        self.g.excused["hub"] += 1
        fill(self.g.arena.folder / "hub-disk", leave_bytes=int(strike.pick * 30) << 20 if strike.pick > 0.3 else 0)

    def end_hub_disk_full(self, strike: Strike) -> None:
        (self.g.arena.folder / "hub-disk" / "ballast").unlink(missing_ok=True)
        self.g.after_full("hub")

    def begin_broken_register(self, strike: Strike) -> None:
        broken = self.g.arena.folder / "broken-register.toml"
        whole = self.g.stage.plan.register_file.read_text()
        broken.write_text(whole[: int(len(whole) * strike.pick)] + "\n[[site]]\nid = 7\n")
        done = larder("hub", "register", "import", broken, "--config", self.g.stage.plan.hub_file)
        self.g.refused(done, "broken-register.toml")
