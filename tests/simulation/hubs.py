"""The hub's custody, all of it real: ledger, registry, intake, backups. A second one may go on beside it after a restore."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import apsw

import larder_hub.backups.points
from larder_core.signing import to_text
from larder_hub.backups.points import begin_anew, open_registry, refuse_unfinished, restore, take
from larder_hub.config import ConfigError, HubConfig
from larder_hub.ingest.intake import Intake
from larder_hub.ingest.mailbox import Arrival
from larder_hub.key import FILE as KEY_FILE
from larder_hub.key import load_key
from larder_hub.ledger.registry import Registry, RestorePoint
from larder_hub.ledger.schema import LedgerFailed
from larder_hub.ledger.store import Ledger
from larder_hub.register.directory import Directory
from tests.simulation.connections import Connection
from tests.simulation.disks import Files, cut, files_of, put_back
from tests.simulation.sites import Killed

if TYPE_CHECKING:
    from tests.simulation.world import World

Packet = tuple[str, bytes]


class SimHub:
    """`settle` returns None if the process ended in it: nothing was answered, and what was committed is in the files."""

    def __init__(self, world: "World", config: HubConfig, register: Directory) -> None:
        assert config.registry_dir is not None
        self.world, self.config, self.register = world, config, register
        self.data, self.second_place = config.data_dir, config.registry_dir
        if not config.data_dir.exists():
            config.data_dir.mkdir(parents=True)
            (config.data_dir / KEY_FILE).write_text(to_text(b"\x07" * 32))
            (config.data_dir / KEY_FILE).chmod(0o600)
        self.key = load_key(config.data_dir)
        self.backups = 0
        self.start()

    # ---------------------------------------------------------------- a process

    def start(self) -> None:
        refuse_unfinished(self.config)
        self.torn: dict[Path, Files] = {}
        self.ledger = Ledger(self.data / "ledger.db", Registry(self.second_place / "registry.db"))
        self.ledger.open()
        self.ledger._db = Connection(self.ledger._db, self.data / "ledger.db", "hub", self.world.sites, self.world.random,  # type: ignore[assignment]
                                     lambda: apsw.IOError("disk I/O error"), lambda: apsw.FullError("disk is full"))  # fmt: skip
        note = self.ledger.registry.note
        self.ledger.registry.note = lambda *words: self._note(note, *words)  # type: ignore[method-assign]
        self.intake = Intake(self.ledger, lambda: self.register, self.key, credit=self.world.credit)

    def _note(self, note: object, *words: object) -> None:
        sites, file = self.world.sites, self.second_place / "registry.db"
        sites.kill("hub.kill-before-registry")
        if sites.strikes("hub.registry-cut"):
            self.torn[file] = cut(self.world.random, file, lambda: note(*words))  # type: ignore[operator]
            raise Killed("hub.registry-cut")
        note(*words)  # type: ignore[operator]

    def settle(self, packets: list[Packet]) -> list[Packet] | None:
        group = [Arrival(topic, payload, 1, 1, 1) for topic, payload in packets]
        try:
            owed = self.intake.settle(group, self.world.time.now_ms).receipts
            self.world.sites.kill("hub.kill-before-answer")
        except (LedgerFailed, Killed) as end:
            self.world.truth.say("the hub ended", type(end).__name__)
            self.restart()
            return None
        return [(one.topic, one.payload) for one in owed]

    def restart(self) -> None:
        """The process or the machine is gone, and comes back; files are as they were at that moment."""
        ledger, registry = self.data / "ledger.db", self.second_place / "registry.db"
        torn = self.ledger._db.torn  # type: ignore[attr-defined]
        if torn is not None:
            self.torn[ledger] = torn
        left = {file: self.torn.get(file, files_of(file)) for file in (ledger, registry)}
        self.ledger.close()
        for file, files in left.items():
            put_back(file, files)
        self.start()

    # ---------------------------------------------------------------- backups

    def backup(self) -> None:
        """Two restore points of different age, as a prudent operator keeps. One that was killed on its way counts."""
        self.backups += 1
        cutting = self.world.sites.strikes("hub.backup-cut")
        copy = larder_hub.backups.points._copy

        def copy_or_die(source: Path, target: Path) -> None:
            if cutting:
                raise Killed("hub.backup-cut")
            copy(source, target)

        with patch.object(larder_hub.backups.points, "_copy", copy_or_die):
            try:
                take(self.config, self.data.parent / f"backup-{self.backups}", self.world.time.now_ms)
            except Killed:
                self.world.truth.say("a backup was not finished")
        registry = open_registry(self.config)
        for point in registry.restore_points()[:-2]:
            registry.forget_point(point)
            shutil.rmtree(point.file)
        registry.close()

    def restore(self) -> "SimHub | None":
        """From any complete restore point. Returns the hub that was, if it goes on somewhere with copies of its disks."""
        registry = open_registry(self.config)
        points = [point for point in registry.restore_points() if point.complete]
        registry.close()
        if not points:
            return None
        second = self._double() if self.world.sites.strikes("hub.second") else None
        self.ledger.close()
        with patch.object(larder_hub.backups.points, "_sync", self._sync_or_die):
            while not self._restored(self.world.random.choice(points)):
                self.world.truth.say("a restore was not finished")
        self.start()
        return second

    def ask_again(self, device: str) -> None:
        """For any range of the stream that the device speaks, held by the ledger or not."""
        stream = self.ledger.current_stream(device)
        if stream is None or not stream.chain.head:
            return
        first = self.world.random.randint(1, stream.chain.head)
        span = (first, min(stream.chain.head, first + self.world.random.choice([0, 3, 30])))
        self.ledger.registry.requests.ask(device, stream.stream, span, "drill", self.world.time.now_ms)

    def unanswered(self) -> list[str]:
        """Open requests about streams that are still spoken."""
        open_ones = [one for one in self.ledger.registry.requests.all() if one.closed_ms is None]
        current = [self.ledger.current_stream(one.device) for one in open_ones]
        return [f"{one.stream[:6]} {one.first}..{one.last}" for one, stream in zip(open_ones, current, strict=True)
                if stream is not None and stream.stream == one.stream]  # fmt: skip

    def lose_everything(self) -> None:
        """The registry alone is left. What agents have deleted under safe nobody has any more."""
        registry = open_registry(self.config)
        for point in registry.restore_points():
            registry.forget_point(point)
            shutil.rmtree(point.file)
        registry.close()
        self.ledger.close()
        for file in self.data.glob("ledger.db*"):
            file.unlink()
        self.backups += 1
        begin_anew(self.config, self.world.time.now_ms + self.backups)
        self.start()

    def _restored(self, point: RestorePoint) -> bool:
        self.backups += 1
        try:
            restore(self.config, point, self.world.time.now_ms + self.backups)
        except Killed:
            try:
                refuse_unfinished(self.config)
            except ConfigError:
                return False
            raise AssertionError("a hub would have started on half a restore") from None
        return True

    def _sync_or_die(self, path: Path) -> None:
        self.world.sites.kill("hub.restore-cut")

    def _double(self) -> "SimHub":
        self.backups += 1
        folder = self.data.parent / f"second-{self.backups}"
        for file, place in ((self.data / "ledger.db", "data"), (self.second_place / "registry.db", "registry")):
            (folder / place).mkdir(parents=True)
            put_back(folder / place / file.name, files_of(file))
        shutil.copy2(self.data / KEY_FILE, folder / "data" / KEY_FILE)
        config = self.config.model_copy(update={"data_dir": folder / "data", "registry_dir": folder / "registry"})
        return SimHub(self.world, config, self.register)

    def close(self) -> None:
        self.ledger.close()
