"""A hub's files with everything the account is made of: register, ledger, series. No thread, no broker, no hub that runs."""

from dataclasses import replace
from pathlib import Path

from larder_core.limits.profiles import SILENCE
from larder_hub.accounting.desk import AccountDesk, Sources
from larder_hub.accounting.report import DeviceAccount, Report
from larder_hub.directories import Directories
from larder_hub.ledger.account import AccountBook
from larder_hub.ledger.reading import SqliteLedgerReader
from larder_hub.ledger.witness import Witness
from larder_hub.metrics import Metrics
from larder_hub.register.contents import County, Register
from larder_hub.register.directory import Device, Directory, Place, Point, Site
from larder_hub.register.schema import open_register
from larder_hub.register.store import import_register
from larder_hub.series.sqlite import SqliteSeries
from tests.support.hubs import IntakeRig
from tests.support.speaker import START_MS, Speaker

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
COUNTIES = {code: County(code, f"县{code[-1]}", f"County {code[-1]}") for code in ("632221", "632224")}


def register_of(*speakers: Speaker, period_s: float = 60.0, in_service: bool = True) -> Register:
    """Each speaker's device at its own site, with one point `fridge-2-t` read every `period_s`."""
    homes = [one.address for one in speakers]
    return Register(
        COUNTIES,
        Directory(
            sites={home.site: Site(home.site, home.county, "canteen", f"{home.site}食堂", home.site) for home in homes},
            places={(home.site, "fridge-2"): Place(home.site, "fridge-2", "冷藏柜2", "Fridge 2") for home in homes},
            devices={
                one.address.device: Device(
                    one.address.device, one.address.county, one.address.site, one.key.public, in_service
                )
                for one in speakers
            },
            points={
                (home.device, "fridge-2-t"): Point(
                    home.device, "fridge-2-t", "fridge-2", "temperature", "Cel", period_s, ""
                )
                for home in homes
            },
        ),
    )


class AccountRig:
    """`now_ms` is what the account takes for now. Speakers sample once a minute from START_MS on."""

    def __init__(self, folder: Path, *speakers: Speaker, registered_ms: int = START_MS) -> None:
        self.folder, self.speakers = folder, speakers
        self.config = folder / "hub.toml"
        self.config.write_text('data_dir = "."\ndelivery_s = 0\n')
        self.intake = IntakeRig(folder, *speakers)
        self.now_ms = START_MS
        self.series = SqliteSeries(folder / "series.db", Metrics())
        self.series.open()
        self.register(register_of(*speakers), registered_ms)

    def register(self, register: Register, at_ms: int) -> None:
        db = open_register(self.folder / "hub.db")
        try:
            import_register(db, register, "test", at_ms, replace_key=True, remove=True)
        finally:
            db.close()

    def tell(self, speaker: Speaker, first: int, last: int | None = None) -> None:
        """Entries arrive, dated now."""
        self.intake.now_ms = self.now_ms - 1000
        self.intake.entry(speaker, speaker.message(first, last))
        self._project()

    def beat(self, speaker: Speaker, first: int = 1, *, online: bool = True) -> None:
        self.intake.now_ms = self.now_ms - 1000
        self.intake.status(speaker, speaker.status(first, online=online))

    def desk(self) -> AccountDesk:
        ledger = self.folder / "ledger.db"
        registered = Directories(self.folder / "hub.db", lambda: self.now_ms, every_ms=0).registered
        return AccountDesk(
            Sources(registered, AccountBook(ledger).streams, Witness(ledger), self.series), lambda: self.now_ms, SILENCE
        )

    def report(self, from_ms: int = START_MS, to_ms: int | None = None) -> Report:
        return self.desk().report(from_ms, self.now_ms if to_ms is None else to_ms)

    def device(self, speaker: Speaker) -> DeviceAccount:
        return next(one for one in self.report().devices if one.device == speaker.address.device)

    def close(self) -> None:
        self.series.close()
        self.intake.ledger.close()

    def _project(self) -> None:
        reader = SqliteLedgerReader(self.folder / "ledger.db")
        try:
            self.series.apply(reader.after(self.series.position(), 1_000_000))
        finally:
            reader.close()


def resting(register: Register) -> Register:
    """The same with every device out of service."""
    devices = {id: device._replace(in_service=False) for id, device in register.directory.devices.items()}
    return Register(register.counties, replace(register.directory, devices=devices))
