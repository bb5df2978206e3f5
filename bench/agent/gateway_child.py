"""Runs in the environment of thingsboard-gateway, never in ours: its storage, fed with lines, or what can be read from it again.

gateway_child.py put  file|sqlite FOLDER COUNT SPACING_MS   puts COUNT groups of ten readings; prints each number once put() is back
gateway_child.py read file|sqlite FOLDER                    prints how many readings can be read
"""

import json
import logging
import os
import sys
import threading
import time
from pathlib import Path

POINTS = 10
WAIT = threading.Event().wait


def storage_of(kind, folder):
    """With room for everything; the rest as its own example configuration has it."""
    log, stop = logging.getLogger("storage"), threading.Event()
    log.trace = lambda *words, **named: None
    if kind == "file":
        from thingsboard_gateway.storage.file.file_event_storage import FileEventStorage

        settings = {"data_folder_path": folder + "/", "max_file_count": 1000, "max_records_per_file": 10000,
                    "max_records_between_fsync": 10, "max_read_records_count": 100000}  # fmt: skip
        return FileEventStorage(settings, log, stop)
    from thingsboard_gateway.storage.sqlite.sqlite_event_storage import SQLiteEventStorage

    settings = {"data_file_path": folder + "/", "messages_ttl_check_in_hours": 1, "messages_ttl_in_days": 7,
                "max_read_records_count": 100000}  # fmt: skip
    return SQLiteEventStorage(settings, log, stop)


def written():
    told = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(told["write_bytes"]) - int(told["cancelled_write_bytes"])


def put(kind, folder, count, spacing_s):
    storage = storage_of(kind, folder)
    before, cpu, began = written(), time.process_time(), time.monotonic()
    for n in range(count):
        values = {f"point-{at}": (n * 7 + at) % 3 + 40 for at in range(POINTS)}
        event = {"deviceName": "box", "deviceType": "default", "attributes": [],
                 "telemetry": [{"ts": 1790000000000 + n * 10000, "values": values}]}  # fmt: skip
        if storage.put(json.dumps(event)) is not False:
            print(n, flush=True)
        if spacing_s:
            WAIT(spacing_s)
    WAIT(2)  # its writer thread commits once a second or so
    told = {"bytes": written() - before, "cpu_s": time.process_time() - cpu, "seconds": time.monotonic() - began - 2}
    print(json.dumps(told), flush=True)
    os._exit(0)


def read(kind, folder):
    storage, found, idle = storage_of(kind, folder), 0, 0
    while idle < 3:
        pack = storage.get_event_pack()
        found += len(pack)
        idle = 0 if pack else idle + 1
        storage.event_pack_processing_done() if pack else WAIT(0.3)
    print(found * POINTS, flush=True)
    os._exit(0)


if sys.argv[1] == "put":
    put(sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]) / 1000)
else:
    read(sys.argv[2], sys.argv[3])
