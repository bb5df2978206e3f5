"""Strikes on the struck agent: its process, its disk, its clock, what its operator does; and on the card of its first device."""

import shutil
from pathlib import Path

from larder_cli.child import kill_child, start_child
from tests.chaos.arena import STRUCK, larder
from tests.chaos.disks import fill
from tests.chaos.ground import Ground, is_held
from tests.chaos.records import Card, card
from tests.chaos.schedule import Strike

EAST = STRUCK[0]


class AgentStrikes:
    """`begin_<fault>` and `end_<fault>`, as the schedule names them."""

    def __init__(self, ground: Ground) -> None:
        self.g = ground

    def begin_agent_kill(self, strike: Strike) -> None:
        self.g.stage.kill("agent")

    def end_agent_kill(self, strike: Strike) -> None:
        self.g.begin("agent")
        self.g.deeds.recoveries += 1

    def begin_agent_stop(self, strike: Strike) -> None:
        self.g.stage.pause("agent")

    def end_agent_stop(self, strike: Strike) -> None:
        self.g.stage.resume("agent")
        self.g.deeds.recoveries += 1

    def begin_agent_eio(self, strike: Strike) -> None:
        """From its `when`th call on every fsync of the process fails."""
        self.g.excused["agent"] += 1
        calls = "fsync,fdatasync"
        inject = f"inject={calls}:error=EIO:when={1 + int(strike.pick * 6)}+"
        argv = ["strace", "-f", "-qq", "-e", f"trace={calls}", "-e", inject, "-p", str(self.g.stage.pid("agent"))]
        self._strace = start_child(argv, log=self.g.stage.plan.folder / "logs" / "strace.log")

    def end_agent_eio(self, strike: Strike) -> None:
        kill_child(self._strace)
        self.g.keep_alive()
        self.g.excused["agent"] -= 1

    def begin_agent_disk_full(self, strike: Strike) -> None:
        self.g.excused["agent"] += 1
        fill(self.g.arena.folder / "card", leave_bytes=0 if strike.pick < 0.5 else int(strike.pick * 400_000))

    def end_agent_disk_full(self, strike: Strike) -> None:
        (self.g.arena.folder / "card" / "ballast").unlink(missing_ok=True)
        self.g.after_full("agent")

    def begin_agent_discard(self, strike: Strike) -> None:
        """An operator gives entries up: a loss that is declared. Also while the agent runs, which must be refused."""
        device = STRUCK[int(strike.pick * 2)]
        words = ("agent", "discard", "--device", device, "--upto", "1000000", "--reason", "drill", "--yes",
                 "--config", self.g.stage.plan.agent_file)  # fmt: skip
        if is_held(self.g.stage.plan.state_dir(device) / "agent.lock"):
            self.g.refused(larder(*words), "another agent works here")
        self.g.stage.kill("agent")
        done = larder(*words)
        assert done.returncode == 0, done.stdout + done.stderr

    def end_agent_discard(self, strike: Strike) -> None:
        self.g.begin("agent")

    def begin_clock_step(self, strike: Strike) -> None:
        step_ms = int((strike.pick - 0.5) * 2 * (7_200_000 if strike.pick * 10 % 1 < 0.5 else 20_000))
        self.g.stage.clock_file.write_text(str(step_ms))

    def end_clock_step(self, strike: Strike) -> None:
        self.g.stage.clock_file.unlink()


class CardStrikes:
    """What was on a card that leaves stays in a drawer, where the oracle finds it."""

    def __init__(self, ground: Ground) -> None:
        self.g = ground
        self._drawers: list[Path] = []

    def hold_card(self) -> None:
        """Before anything happened: an image of the first device's card, as an installer keeps one."""
        if self.g.schedule.cards:
            self.g.stage.pause("agent")
            self._image()
            self.g.stage.resume("agent")

    def _image(self) -> Path:
        drawer = self.g.arena.folder / f"drawer-{len(self._drawers)}"
        drawer.mkdir()
        for file in on_card(self.g.stage.plan.state_dir(EAST)):
            shutil.copyfile(file, drawer / file.name)
        self._drawers.append(drawer)
        return drawer

    def _take_out(self) -> Path:
        """The card leaves the device; what stood on it goes to a drawer, where the oracle finds it."""
        if self.g.stage.running("agent"):
            self.g.stage.kill("agent")
        drawer = self._image()
        for file in on_card(self.g.stage.plan.state_dir(EAST)):
            file.unlink()
        self.g.deeds.cards.append(self._read(drawer))
        return drawer

    def _read(self, drawer: Path) -> Card:
        copy = self.g.arena.folder / f"read-{len(self.g.deeds.cards)}"
        shutil.copytree(drawer, copy)
        return card(EAST, copy)

    def _put_in(self, drawer: Path) -> None:
        for file in drawer.iterdir():
            shutil.copyfile(file, self.g.stage.plan.state_dir(EAST) / file.name)
        self.g.deeds.cards.append(self._read(drawer))  # its unsealed readings may stand twice

    def begin_card_wiped(self, strike: Strike) -> None:
        self._take_out()

    def end_card_wiped(self, strike: Strike) -> None:
        self.g.begin("agent")

    def begin_card_put_back(self, strike: Strike) -> None:
        """An image that was taken some time before."""
        older = list(self._drawers)
        self._take_out()
        self._put_in(older[int(strike.pick * len(older))])

    end_card_put_back = end_card_wiped

    def begin_card_swapped(self, strike: Strike) -> None:
        """The card itself stays, and a copy of it is kept for a later day."""
        if self.g.stage.running("agent"):
            self.g.stage.kill("agent")
        self._image()

    end_card_swapped = end_card_wiped


def on_card(state_dir: Path) -> list[Path]:
    """What stands on a device's card besides its key."""
    return [*state_dir.glob("outbox.db*"), *state_dir.glob("staging-*")]
