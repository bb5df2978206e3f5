"""Restore points: a folder with copies of the hub's databases, registered before it is taken.

The order is what makes it sound. First the point is registered with what the ledger has passed by then, so that every receipt from now
on keeps `safe` at or below it. Only then is the ledger copied: the copy holds at least that much. Then the copy is read back, and the
point is marked complete with what it really holds.
"""

import os
import shutil
from pathlib import Path

import apsw

from larder_hub.config import ConfigError, HubConfig
from larder_hub.folders import make_folder, sync
from larder_hub.key import FILE as KEY_FILE
from larder_hub.ledger.registry import Reach, Registry, RestorePoint
from larder_hub.ledger.schema import open_for_reading, open_ledger

LEDGER = "ledger.db"
BESIDE = ("alarms.db", "hub.db")
"""Copied before the ledger, so that no projection in a backup is ahead of the ledger beside it."""
ACTS = "acts.jsonl"
"""What people did; alarms.db takes up what it lacks of it."""
REBUILT = ("series.db",)
"""Computed from the ledger again after a restore."""


def open_registry(config: HubConfig) -> Registry:
    assert config.registry_dir is not None, "load_config gives every folder its place"
    registry = Registry(config.registry_dir / "registry.db")
    registry.open()
    return registry


def take(config: HubConfig, folder: Path, now_ms: int) -> RestorePoint:
    """A new restore point in `folder`, which must not exist yet. Beside a running hub. Raises ConfigError."""
    ledger = config.data_dir / LEDGER
    if not ledger.exists():
        raise ConfigError(ledger, "(file)", "there is no ledger to back up", "has the hub run with this data_dir?")
    try:
        make_folder(folder, 0o700, new=True)
    except FileExistsError as error:
        raise ConfigError(folder, "(folder)", "exists already", "each backup takes a new folder") from error
    registry = open_registry(config)
    try:
        point = registry.begin_point(folder.resolve(), _reach(ledger), now_ms)
        try:
            _copy_all(config.data_dir, folder)
            registry.complete_point(point, _reach(folder / LEDGER))
        except (apsw.Error, OSError, ConfigError) as error:
            registry.forget_point(point)  # else agents would keep records for a point that nobody can restore
            hint = "nothing of it is registered: delete the folder, make room, and take another"
            raise ConfigError(folder, "(folder)", f"the backup failed: {why(error)}", hint) from error
        return point._replace(complete=True)
    finally:
        registry.close()


def _copy_all(data_dir: Path, folder: Path) -> None:
    for name in (*BESIDE, LEDGER):
        if (data_dir / name).exists():
            _copy(data_dir / name, folder / name)
    if (data_dir / ACTS).exists():  # after alarms.db: it holds at least what that knows
        shutil.copyfile(data_dir / ACTS, folder / ACTS)
        _sync(folder / ACTS)
    _copy_key(data_dir / KEY_FILE, folder / KEY_FILE)


def why(error: Exception) -> str:
    """SQLite's own text of a full disk can be "not an error"."""
    return "the disk is full" if isinstance(error, apsw.FullError) else str(error)


def _reach(ledger: Path) -> dict[str, Reach]:
    """How far a ledger file has passed each stream, after SQLite has checked the file whole."""
    db = open_for_reading(ledger)
    hint = "keep it as evidence, and restore another point"
    try:
        verdict = db.pragma("quick_check")
        if verdict != "ok":
            raise ConfigError(ledger, "(file)", f"is damaged: {verdict}", hint)
        rows = db.execute("SELECT stream, upto, upto_hash FROM stream")
        return {stream: Reach(upto, digest) for stream, upto, digest in rows}
    except apsw.Error as error:
        raise ConfigError(ledger, "(file)", f"is damaged: {error}", hint) from error
    finally:
        db.close()


def _copy(source: Path, target: Path) -> None:
    """SQLite's own online backup: a consistent copy whatever the hub writes meanwhile; then synced."""
    came_from, goes_to = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READWRITE), apsw.Connection(str(target))
    try:
        with goes_to.backup("main", came_from, "main") as copying:
            while not copying.done:
                copying.step(1000)
        goes_to.execute("PRAGMA journal_mode=DELETE")
    finally:
        came_from.close()
        goes_to.close()
    _sync(target)


def _copy_key(source: Path, target: Path) -> None:
    """The hub's private key belongs to the backup: without it no agent believes the restored hub. Keep the folder as you keep keys."""
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(source.read_bytes())
    _sync(target)


def _sync(path: Path) -> None:
    for each in (path, path.parent):
        sync(each)


def restore(config: HubConfig, point: RestorePoint, now_ms: int) -> int:
    """Put a restore point in the place of the hub's databases; what was there is kept aside. Returns the new generation.

    The caller holds the hub's lock. The agents refill what the ledger has forgotten: the generation tells them to begin again. A
    restore that was interrupted is simply done again; until it has ended no hub starts (`refuse_unfinished`).
    """
    source = Path(point.file)
    _reach(source / LEDGER)
    registry = open_registry(config)
    try:
        generation = registry.begin_restore(point.id)
        _restore_acts(source / ACTS, config.data_dir / ACTS, now_ms)
        _set_aside(config.data_dir, now_ms)
        for name in (*BESIDE, LEDGER):
            if (source / name).exists():
                shutil.copyfile(source / name, config.data_dir / name)
                _sync(config.data_dir / name)
        if not (config.data_dir / KEY_FILE).exists():
            _copy_key(source / KEY_FILE, config.data_dir / KEY_FILE)
        registry.end_restore()
        return generation
    finally:
        registry.close()


def _restore_acts(backup: Path, present: Path, now_ms: int) -> None:
    """What people did since the backup is in no device that could send it again: the present file stays where it goes on from the
    backup's, and alarms.db takes up the rest. Otherwise it is kept aside."""
    if not backup.exists():
        return
    kept, held = backup.read_bytes(), present.read_bytes() if present.exists() else b""
    kept = kept[: kept.rfind(b"\n") + 1]
    if held.startswith(kept):
        return
    if held:
        present.rename(present.with_name(f"{ACTS}.before-restore-{now_ms}"))
    present.write_bytes(kept)
    _sync(present)


def begin_anew(config: HubConfig, now_ms: int) -> int:
    """An empty ledger where no backup is left: agents send what they still hold, and what they have deleted under safe is listed as
    unexplained. Returns the new generation."""
    registry = open_registry(config)
    try:
        generation = registry.begin_restore(0)
        _set_aside(config.data_dir, now_ms)
        ledger = open_ledger(config.data_dir / LEDGER)
        ledger.execute("INSERT INTO anew VALUES (?)", (now_ms,))
        ledger.close()
        _sync(config.data_dir / LEDGER)
        registry.end_restore()
        return generation
    finally:
        registry.close()


def _set_aside(data_dir: Path, now_ms: int) -> None:
    """Nothing is deleted: whatever stands where the databases go moves to a folder of its own."""
    aside = data_dir / f"before-restore-{now_ms}"
    aside.mkdir(parents=True)
    for name in (LEDGER, *BESIDE, *REBUILT):
        for each in data_dir.glob(f"{name}*"):
            each.rename(aside / each.name)


def refuse_unfinished(config: HubConfig) -> None:
    """A hub may not begin an empty ledger in the place of one that was lost, nor on half a restore. Raises ConfigError."""
    registry = open_registry(config)
    try:
        ledger, known = config.data_dir / LEDGER, sum(1 for _ in registry.streams())
        again = "larder hub restore-points, then larder hub restore --point N; if no backup is left: larder hub restore --begin-anew"
        if registry.restoring() is not None:
            raise ConfigError(ledger, "(file)", f"the restore of point {registry.restoring()} was interrupted", again)
        if known and not ledger.exists():
            raise ConfigError(
                ledger, "(file)", f"is gone, and the registry knows {known} streams that were in it", again
            )
    finally:
        registry.close()
